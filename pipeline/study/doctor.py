"""What is installed and found, and what each missing thing costs."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline import __version__
from pipeline.rietveld.engines.gsas2 import find_gsas2
from pipeline.rietveld.options import Gsas2Options

GSAS2_PAGE = "https://advancedphotonsource.github.io/GSAS-II-tutorials/install.html"
ROOM_GB = 5.0

PACKAGES = (
    ("snakemake", "no study runs as a whole; single steps still do"),
    ("rietx", "no Rietveld refinement without GSAS-II"),
    ("gemmi", "no CIF is read and no Rietveld model is made"),
    ("xraylarch", "no Athena project, no EXAFS and no comparison with its normalisation"),
    ("hdf5plugin", "HDF5 files with compressed detector images are refused"),
)


def report(folder: Path, gsas2: Gsas2Options) -> Iterator[str]:
    """Say line by line what is there.

    Args:
        folder: where results go.
        gsas2: `rietveld.gsas2` of the study, or its defaults.

    Yields:
        Short lines: what, whether it is there, its version, what it costs when it is missing.
    """
    yield _line("ok", "cathode-xray", __version__)
    yield _line("ok", "Python", platform.python_version())
    for name, cost in PACKAGES:
        yield from _package(name, cost)
    yield from _gsas2(gsas2)
    yield from _slurm()
    yield _disk(folder)
    yield _phases()


def _package(name: str, cost: str) -> Iterator[str]:
    try:
        yield _line("ok", name, version(name))
    except PackageNotFoundError:
        yield _line("missing", name, f"{cost}. Install the project's requirements/lock.txt.")


def _gsas2(options: Gsas2Options) -> Iterator[str]:
    found = find_gsas2(options)
    if not found.problem:
        yield _line("ok", "GSAS-II", f"{found.version}, {found.python}")
        return
    cost = "`rietveld.engine: auto` refines with rietx, and no second engine confirms it."
    yield _line("missing", "GSAS-II", cost)
    for place in found.looked_at:
        yield _more(f"{place.python} ({place.because}): {place.answer}")
    if not found.looked_at:
        yield _more(found.problem)
    yield _more(f"How to get it: {GSAS2_PAGE}")
    yield _more("Then name its interpreter in `rietveld.gsas2.python` or in GSAS2_PYTHON.")


def _slurm() -> Iterator[str]:
    program = shutil.which("sbatch")
    if program is None:
        cost = "studies run on this machine alone (profiles/slurm needs `sbatch`)"
        yield _line("missing", "Slurm", cost)
    elif importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        cost = "`sbatch` is there, Snakemake's plugin is not: install requirements/lock.txt"
        yield _line("missing", "Slurm", cost)
    else:
        yield _line("ok", "Slurm", program)


def _disk(folder: Path) -> str:
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    if free < ROOM_GB:
        return _line("low", "disk", f"{free:.1f} GB free at {place}: a large series may not fit")
    return _line("ok", "disk", f"{free:.0f} GB free at {place}")


def _phases() -> str:
    from pipeline.rietveld.model.known import KNOWN

    return _line("ok", "phases", f"built in for `known:`: {', '.join(sorted(KNOWN))}")


def _line(state: str, name: str, text: str) -> str:
    return f"{state:<8} {name:<13} {text}"


def _more(text: str) -> str:
    return f"{'':<22} {text}"
