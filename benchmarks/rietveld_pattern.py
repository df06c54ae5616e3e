"""One lab pattern of 6,751 points refined by the embedded engine and by GSAS-II: same job, start and stages.

CPU time of one refinement once all is loaded. GSAS-II runs in a process of its own, whose time is known when it has ended: that of
three refinements less that of one, over two. The difference is the larger one of oxygen height and mixing, in our sigmas; a
stands in the note, since the same axial divergence moves lines differently in the two.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from benchmarks import powder
from benchmarks.row import Row, cpu_seconds
from pipeline.core.errors import EngineError
from pipeline.rietveld.engines.gsas2 import Found, find_gsas2, opened_gsas2
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.jobs import job_of
from pipeline.rietveld.options import Gsas2Options
from pipeline.rietveld.points import Refused

REPEATS = 2
COMPARED = ("O1.z_fraction", "mixing_fraction")


def run() -> Row | str:
    """Time both; a word why not where GSAS-II is not found."""
    options = Gsas2Options(keep="none")
    found = find_gsas2(options)
    if found.problem:
        return f"GSAS-II was not found: {found.problem}"
    asked = powder.used(powder.STAGES)
    job = job_of(powder.patterns(1), 0, asked, powder.models(), powder.instrument(), "rietx")
    if isinstance(job, Refused):
        return f"no job: {job.reason}"
    with opened_rietx() as ours:
        _fit(ours.refine(job))
        ours_s, answer = cpu_seconds(lambda: ours.refine(job), REPEATS)
    one = _fit(answer)
    loaded_s, other = _by_gsas2(found, options, job, 1)
    more_s, _ = _by_gsas2(found, options, job, 1 + REPEATS)
    peer_s = (more_s - loaded_s) / REPEATS
    apart = max(
        abs(one.of(name)[0] - other.of(name)[0]) / one.of(name)[1]
        for name in (f"{powder.PHASE}.{key}" for key in COMPARED)
    )
    mixing = [100 * fit.of(f"{powder.PHASE}.mixing_fraction")[0] for fit in (one, other)]
    a = [fit.of(f"{powder.PHASE}.a_angstrom")[0] for fit in (one, other)]
    settled = ["" if fit.converged else ", not converged" for fit in (one, other)]
    return Row(
        name="rietveld_pattern",
        ours_s=ours_s,
        peer_s=peer_s,
        max_abs_difference=apart,
        sizes={"points": job.counts.size, "refined": len(one.parameters)},
        versions={"rietx": metadata.version("rietx"), "GSAS-II": found.version},
        note=f"z, mixing in sigma; mixing {mixing[0]:.3f} %{settled[0]} and {mixing[1]:.3f} %{settled[1]}, "
        f"a {1e6 * (a[0] / a[1] - 1):+.1f} ppm",
    )


def _by_gsas2(found: Found, options: Gsas2Options, job: Job, times: int) -> tuple[float, Fit]:
    """CPU seconds of a GSAS-II that starts, refines the job some times and ends, and its last answer."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as keep, opened_gsas2(found, options, Path(keep)) as engine:
        for k in range(times):
            answer = engine.refine(replace(job, name=f"again_{k}"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent, _fit(answer)


def _fit(answer: Fit | Failure) -> Fit:
    if isinstance(answer, Failure):
        raise EngineError(f"no refinement to time: {answer.message}")
    return answer


if __name__ == "__main__":
    print(run(), file=sys.stdout)
