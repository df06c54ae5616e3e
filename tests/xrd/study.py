"""A study whose results are written from simulated records, for tests of the steps that read results."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.nexus import Plot, Provenance, StepResult, write_result
from pipeline.core.study import Dataset, Study
from pipeline.xrd import nexus
from pipeline.xrd.options import XrdOptions
from tests.xrd import build

NONE = Provenance({}, (), {})
HOT, COLD = "conv_hot", "cg_hot"
LAYERED = {
    "a_angstrom": 2.87,
    "c_angstrom": 14.2,
    "reflections": [list(h) for h in build.LAYERED],
}
OPTIONS: dict[str, Any] = {
    "phases": {
        build.PHASE: LAYERED,
        build.SPINEL: {"system": "cubic", "a_angstrom": 8.15, "reflections": [[2, 2, 0]]},
    },
    "track": {"window_deg": 0.3, "search_deg": 0.15},
    "cell": {
        "phase": build.PHASE,
        "ratios": {"i003_i104": {"over": [[0, 0, 3]], "under": [[1, 0, 4]]}},
        "splittings": {"s108_110": [[1, 0, 8], [1, 1, 0]]},
    },
    "broadening": {},
    "transitions": {
        "changes": {
            "spinel_rise": {"quantity": "area", "phase": build.SPINEL, "hkl": [2, 2, 0]},
            "loss_of_003": {"quantity": "area", "hkl": [0, 0, 3]},
            "c_jump": {"quantity": "c"},
        }
    },
    "overrides": {name: {"transitions": None} for name in ("pristine", "cycled")}
    | {name: {"broadening": None} for name in (HOT, COLD)},
}


def rows() -> tuple[Dataset, ...]:
    def xrd(name: str, path: str, sample: str, state: str = "") -> Dataset:
        return Dataset(name, "xrd", "sample", path, sample, state, mode="debye-scherrer")

    return (
        xrd(HOT, "hot_*.xy", "conventional"),
        xrd(COLD, "cg_*.xy", "CG"),
        xrd("pristine", "pristine.xrdml", "NMC811", "pristine"),
        xrd("cycled", "cycled.xrdml", "NMC811", "200 cycles"),
        Dataset("conv_gas", "ms", "sample", "gas.asc", "conventional", together=HOT),
    )


def study(home: Path, **changed: Any) -> Study:
    options = XrdOptions.model_validate(OPTIONS | changed)
    return Study("s", home, home / "s.yaml", Path("raw"), rows(), {"xrd": options})


def write_results(made: Study, n_frames: int = 30) -> None:
    """Results of every step of every data set; frames 10 and 11 of the first could not be read."""
    for name in (HOT, COLD):
        truth, bad = build.heated(n_frames), (10, 11) if name == HOT else ()
        _write(made, name, "read", nexus.patterns_result, build.converted(truth, bad=bad))
        _write(made, name, "track", nexus.tracks_result, build.tracks(truth, bad=bad))
        _write(made, name, "cell", nexus.cells_result, build.cells(truth, bad=bad))
        later = 0.0 if name == HOT else 60.0
        changed = build.transitions(truth, later_c=later)
        _write(made, name, "transition", nexus.transitions_result, changed)
    rest = build.at_rest()
    worn = replace(rest, c_angstrom=rest.c_angstrom * 1.006, changed=np.array([0.3]))
    for name, truth, size in (("pristine", rest, 90.0), ("cycled", worn, 40.0)):
        patterns = build.converted(truth, angstrom=0.7093, dataset=name)
        _write(made, name, "read", nexus.patterns_result, patterns)
        _write(made, name, "track", nexus.tracks_result, build.tracks(truth, angstrom=0.7093))
        _write(made, name, "cell", nexus.cells_result, build.cells(truth))
        _write(made, name, "broadening", nexus.broadening_result, build.broadening(size, 0.1))
    write_gas(made)


def _write(made: Study, name: str, step: str, result_of: Any, record: object) -> None:
    path = made.home / made.result("xrd", name, step)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_result(path, result_of(record, made.dataset(name), NONE))


def write_gas(made: Study) -> None:
    """Oxygen that comes at 230 degC, as the technique of mass spectra plots it."""
    temperature_c = np.linspace(25.0, 500.0, 200)
    released = np.exp(-0.5 * ((temperature_c - 230.0) / 15.0) ** 2)
    plots = tuple(
        Plot(
            name,
            name,
            "signal_normalised",
            ("temperature_c",),
            {"signal_normalised": share * released, "temperature_c": temperature_c},
            {"signal_normalised": "signal", "temperature_c": "temperature (°C)"},
        )
        for name, share in (("mz_32", 1.0), ("mz_44", 0.2), ("mz_18", 0.1))
    )
    path = made.home / made.result("ms", "conv_gas", "release")
    path.parent.mkdir(parents=True, exist_ok=True)
    truth = build.broadening(50.0, 0.1)  # any record: nobody who plots looks at it
    result = StepResult("ms", "release", 1, "conv_gas", "gas", "conventional", truth, plots, NONE)
    write_result(path, result)
