"""A hundred lab patterns whose cell changes, refined from neighbour to neighbour, against each from the study's own start.

Series of 25, 50 and 100 patterns show whether time is linear in their number, and the peak of memory whether it grows. The
difference is that of a between both ways, in sigmas.
"""

from __future__ import annotations

import resource
import sys
from functools import partial
from importlib import metadata

import numpy as np

from benchmarks import powder
from benchmarks.row import Row, cpu_seconds
from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.records import FitStatus, Patterns, Refinements
from pipeline.rietveld.refinement import refinements

NUMBERS = (25, 50, 100)
COLD = (0, 24, 49, 74, 99)


def run() -> Row:
    """Time series of several lengths, and some of their patterns one by one."""
    seconds, peaks_mb = [], []
    found = _refined(powder.patterns(1))  # loads what is loaded late
    for number in NUMBERS:
        asked = powder.patterns(number)
        spent, found = cpu_seconds(partial(_refined, asked))
        seconds.append(spent)
        peaks_mb.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    cold_s, single = cpu_seconds(lambda: _one_by_one(powder.patterns(NUMBERS[-1])))
    a, sigma = found.parameters.column(f"{powder.PHASE}.a_angstrom")
    good = sum(status is FitStatus.OK for status in found.status)
    each = ", ".join(f"{n}: {s / n:.2f}" for n, s in zip(NUMBERS, seconds, strict=True))
    grown = (peaks_mb[-1] - peaks_mb[0]) / (NUMBERS[-1] - NUMBERS[0])
    return Row(
        name="rietveld_series",
        ours_s=seconds[-1],
        peer_s=cold_s * NUMBERS[-1] / len(COLD),
        max_abs_difference=float(np.max(np.abs(a[list(COLD)] - single) / sigma[list(COLD)])),
        sizes={"patterns": NUMBERS[-1], "points": int(found.two_theta_deg.shape[1])},
        versions={"rietx": metadata.version("rietx")},
        note=f"a in sigma; s a pattern in series of {each}; {good} of {NUMBERS[-1]} good; {peaks_mb[-1]:.0f} MB at most, "
        f"{grown:.2f} MB more a pattern; the peer refines each from the start, timed on {len(COLD)}",
    )


def _refined(asked: Patterns) -> Refinements:
    with opened_rietx() as engine:
        return refinements(asked, powder.used(), powder.models(), powder.instrument(), (engine,))


def _one_by_one(asked: Patterns) -> FloatArray:
    """The cell of some patterns `(n,)`, each as a series of its own."""
    name = f"{powder.PHASE}.a_angstrom"
    return np.array([_refined(_only(asked, k)).parameters.column(name)[0][0] for k in COLD])


def _only(asked: Patterns, k: int) -> Patterns:
    """A series of one of its patterns."""
    one = slice(k, k + 1)
    values = {
        name: getattr(asked, name)[one]
        for name in asked.__slots__
        if name not in ("dataset", "geometry", "covariates")
    }
    return Patterns(
        dataset=asked.dataset,
        geometry=asked.geometry,
        covariates=type(asked.covariates).unknown(1),
        **values,
    )


if __name__ == "__main__":
    print(run(), file=sys.stdout)
