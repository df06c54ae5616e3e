"""GSAS-II opened for a while: each job in a folder of its own, its .gpx and .lst kept for the user."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.errors import EngineError
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.engines.gsas2.answer import ENGINE, fit_of
from pipeline.rietveld.engines.gsas2.find import Found, environment_of
from pipeline.rietveld.engines.gsas2.process import Died, LineProcess, TookTooLong
from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.interface.as_json import plain
from pipeline.rietveld.options import Gsas2Options

DRIVER = Path(__file__).parent / "driver" / "__main__.py"
KEPT = ("fit.gpx", "fit.lst")
SAME_CHI2 = 1e-3


@contextmanager
def opened_gsas2(found: Found, options: Gsas2Options, keep: Path) -> Iterator[Engine]:
    """Open GSAS-II; its process ends with the context.

    Args:
        found: where it is, from `find_gsas2`.
        options: time limit of a job, and whether its files are kept.
        keep: folder for `<job>/<job>.gpx` and `.lst`, made with the first.

    Raises:
        EngineError: it was not found.
    """
    if found.problem:
        raise EngineError(f"GSAS-II cannot be opened. {found.problem}")
    with tempfile.TemporaryDirectory(prefix="gsas2-") as name:
        folder = Path(name)
        process = LineProcess(
            [found.python, str(DRIVER)], environment_of(found.path), folder / "gsas2.log"
        )
        asked = _Asked(process, found.version, options, folder, keep)
        try:
            yield Engine(ENGINE, found.version, asked.refine)
        finally:
            process.close()


class _Asked:
    def __init__(
        self, process: LineProcess, version: str, options: Gsas2Options, folder: Path, keep: Path
    ) -> None:
        self._process, self._version, self._options = process, version, options
        self._folder, self._keep, self._count = folder, keep, 0
        self._kept: dict[str, float] = {}

    def refine(self, job: Job) -> Fit | Failure:
        """Refine one job."""
        self._count += 1
        work = self._folder / f"{self._count:06d}"
        work.mkdir()
        question = json.dumps({"job": plain(job), "folder": str(work)}, allow_nan=False)
        limit = self._options.time_limit_s
        try:
            answer = self._process.ask(question, limit)
        except TookTooLong:
            text = (
                f"GSAS-II gave no answer within {limit:g} s and was ended. Give it more in `rietveld.gsas2.time_limit_s`, "
                "or refine less."
            )
            return Failure(ENGINE, self._version, "time_limit", text)
        except Died as error:
            return Failure(
                ENGINE, self._version, "engine_failed", f"GSAS-II's process failed: {error}"
            )
        else:
            found = fit_of(answer, self._version)
            if isinstance(found, Fit) and self._options.keep == "all":
                self._keep_best(job, found, work)
            return found
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _keep_best(self, job: Job, fit: Fit, work: Path) -> None:
        """Of jobs of one name, which are starts of one refinement, keep the best, and of equally good ones the last."""
        chi2 = float((((job.counts - fit.calculated_counts) / job.sigma_counts) ** 2).sum())
        if chi2 <= self._kept.get(job.name, chi2) * (1 + SAME_CHI2):
            self._kept[job.name] = min(chi2, self._kept.get(job.name, chi2))
            folder = self._keep / job.name
            try:
                _keep(work, folder)
            except OSError as error:
                raise EngineError(
                    f"GSAS-II's files cannot be kept in '{folder}' ({error.strerror}). Make this folder writable, or write "
                    "`rietveld.gsas2.keep: none`."
                ) from None


def _keep(work: Path, folder: Path) -> None:
    """Move what GSAS-II wrote to a folder that appears whole."""
    made = [work / name for name in KEPT if (work / name).is_file()]
    if not made:
        return
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for file in made:
        shutil.move(file, part / f"{folder.name}{file.suffix}")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
