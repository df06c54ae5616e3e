"""A study whose Rietveld results are written from simulated records, for tests of the steps that read results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.core.nexus import Provenance, write_result
from pipeline.core.study import Dataset, Study
from pipeline.rietveld import nexus
from pipeline.rietveld.options import RietveldOptions
from pipeline.xrd.nexus import patterns_result
from tests.rietveld import build
from tests.xrd.build import at_rest, converted

NONE = Provenance({}, (), {})
HR, LAB, SERIES, MIXED, STANDARD = "ncm96_hr", "ncm96_lab", "ncm_charging", "mixture", "lab6_hr"
DATASETS = (HR, LAB, SERIES, MIXED)
LAYERED = {
    "model": "layered-oxide",
    "a_angstrom": 2.877,
    "c_angstrom": 14.2,
    "composition": {"Ni": 0.95, "Co": 0.018, "Mn": 0.032},
}
OPTIONS: dict[str, Any] = {
    "engine": "both",
    "datasets": list(DATASETS),
    "standards": {STANDARD: {"phase": "LaB6"}},
    "sensitivity": [HR],
    "phases": {"NCM": LAYERED, "NiO": {"known": "NiO"}, "LaB6": {"known": "LaB6"}},
    "use": ["NCM"],
    "instrument": {"standard": STANDARD},
    "overrides": {MIXED: {"use": ["NCM", "NiO"]}},
}


def rows() -> tuple[Dataset, ...]:
    """The table: two instruments, a series, a mixture, a standard."""

    def xrd(name: str, path: str, sample: str, state: str = "", role: str = "sample") -> Dataset:
        return Dataset(name, "xrd", role, path, sample, state, mode="debye-scherrer")

    return (
        xrd(HR, "hr.xye", "C-NCM96", "pristine"),
        xrd(LAB, "lab.xrdml", "C-NCM96", "pristine, lab"),
        xrd(SERIES, "op_*.xye", "C-NCM96", "charging"),
        xrd(MIXED, "mixture.xye", "C-NCM96 + NiO"),
        xrd(STANDARD, "lab6.xye", "LaB6", role="standard"),
    )


def study(home: Path, **changed: Any) -> Study:
    """A study without files; `changed` are keys of the `rietveld` block."""
    options = RietveldOptions.model_validate(OPTIONS | changed)
    return Study("s", home, home / "s.yaml", Path("raw"), rows(), {"rietveld": options})


def write_results(made: Study, n_frames: int = 8, engines: Sequence[str] = build.ENGINES) -> None:
    """Results of every step of every data set; one pattern was refused by one engine, one frame could not be read."""
    covariates, a, c = build.charged(n_frames)
    results = {
        HR: build.refinements(HR, engines=engines),
        LAB: build.refinements(LAB, refused={1: build.MINIMA}, seed=6),
        SERIES: build.refinements(
            SERIES,
            a_angstrom=a,
            c_angstrom=c,
            covariates=covariates,
            refused={2: build.NO_FRAME, 3: build.MINIMA, n_frames + 2: build.NO_FRAME},
            step_deg=0.05,
        ),
        MIXED: build.refinements(MIXED, weights_percent={"NCM": 80.0, "NiO": 20.0}),
    }
    for name, found in results.items():
        _write(made, name, "refine", nexus.refinements_result, found)
        _write_wavelength(made, name)
    _write(made, STANDARD, "instrument", nexus.profiles_result, build.instrument_profiles(STANDARD))
    choices = build.sensitivity(HR, engines=build.ENGINES, refused={5: build.MINIMA})
    _write(made, HR, "sensitivity", nexus.sensitivity_result, choices)


def _write_wavelength(made: Study, name: str) -> None:
    """What powder diffraction would have read, for the wavelength in it."""
    read = converted(at_rest(), angstrom=build.WAVELENGTH_ANGSTROM, dataset=name, n_points=50)
    path = made.home / made.result("xrd", name, "read")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_result(path, patterns_result(read, made.dataset(name), NONE))


def _write(made: Study, name: str, step: str, result_of: Any, record: object) -> None:
    path = made.home / made.result("rietveld", name, step)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_result(path, result_of(record, made.dataset(name), NONE))
