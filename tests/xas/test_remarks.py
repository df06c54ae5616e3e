"""Files with one fault each, from reading to the edge: one message or flag, and nothing else is harmed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import AnalysisError
from pipeline.core.study import Dataset
from pipeline.xas.calibrate import calibrate
from pipeline.xas.normalise import normalise
from pipeline.xas.options import CalibrateOptions, NormaliseOptions
from pipeline.xas.read import read_series
from pipeline.xas.records import (
    CalibratedSeries,
    Covariates,
    Flag,
    FoilTemplate,
    NormalisedSeries,
    ScanStatus,
)
from pipeline.xas.template import build_template

from .build import GRID_EV, edge, foil

SCANS, FAULTY = 6, 2
OPTIONS = NormaliseOptions(pre_ev=(-150, -50), post_ev=(80, 500))
ROW = Dataset(
    *("scans", "xas", "sample", "*.dat"),
    columns={"energy": "1", "i0": "2", "it": "3", "ir": "4"},
    element="Ni",
    edge="K",
    mode="transmission",
)
Columns = dict[str, np.ndarray]
Fault = Callable[[Columns], None]


def measured(number: int) -> Columns:
    """Energy, total absorption of the sample, and of the foil behind it."""
    rng = np.random.default_rng(number)
    noise = 5e-4 * rng.normal(size=(2, GRID_EV.size))
    return {
        "energy_ev": GRID_EV.copy(),
        "mu": 0.5 + 0.7 * edge(GRID_EV) + noise[0],
        "foil": 0.3 + 0.9 * foil(GRID_EV) + noise[1],
    }


def write(path: Path, columns: Columns) -> None:
    it = 1e6 * np.exp(-columns["mu"])
    table = np.stack(
        [columns["energy_ev"], np.full(it.size, 1e6), it, it * np.exp(-columns["foil"])], axis=1
    )
    np.savetxt(path, table, fmt=("%.3f", "%.6f", "%.6f", "%.6f"))


@pytest.fixture(scope="module")
def template() -> FoilTemplate:
    scans = [measured(100 + i) for i in range(4)]
    return build_template(
        [s["energy_ev"] for s in scans],
        [s["foil"] for s in scans],
        element="Ni",
        edge="K",
        e0_ev=8333.0,
        options=CalibrateOptions(),
    )


def analysed(
    folder: Path, template: FoilTemplate | None, fault: Fault
) -> tuple[CalibratedSeries, NormalisedSeries]:
    """Six scans, of which one has a fault, read from their files, calibrated and normalised."""
    files = []
    for number in range(SCANS):
        columns = measured(number)
        if number == FAULTY:
            fault(columns)
        path = folder / f"scan_{number}.dat"
        write(path, columns)
        files.append((path, path.name))
    series = read_series(ROW, files)
    calibrated = calibrate(series, Covariates.unknown(series.n_scans), template, CalibrateOptions())
    return calibrated, normalise(calibrated, 8340.0, OPTIONS)


def others(result: CalibratedSeries | NormalisedSeries) -> set[object]:
    """Status and flags of the scans without a fault."""
    pairs = zip(result.status, result.flags, strict=True)
    return {pair for i, pair in enumerate(pairs) if i != FAULTY}


def set_to(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Fault:
    def fault(columns: Columns) -> None:
        columns[name] = change(columns[name])

    return fault


def descending(columns: Columns) -> None:
    for name in columns:
        columns[name] = columns[name][::-1]


def twice(columns: Columns) -> None:
    for name in columns:
        columns[name] = np.insert(columns[name], 80, columns[name][80])


def cut_above_the_edge(columns: Columns) -> None:
    for name in columns:
        columns[name] = columns[name][GRID_EV < 8600]


COBALT_FOIL = set_to("foil", lambda _: 1.2 * (GRID_EV / 7709.0) ** -3)
NOISE_FOR_A_FOIL = set_to("foil", lambda f: np.random.default_rng(9).normal(size=f.size))
FOIL_THAT_ENDS = set_to("foil", lambda f: np.where(GRID_EV < 8345, f, np.nan))

FAILURES = {
    "an inverted edge": (
        set_to("mu", lambda mu: 3 - mu),
        ScanStatus.INVERTED_EDGE,
        "the absorption falls at the edge: step -0.6",
    ),
    "zero step": (
        set_to("mu", lambda mu: np.random.default_rng(1).normal(1.0, 1e-3, mu.size)),
        ScanStatus.NO_EDGE,
        "no edge at E0 8340 eV: step",
    ),
    "a window outside the scan": (
        cut_above_the_edge,
        ScanStatus.WINDOW_OUTSIDE_SCAN,
        "`post_ev` [80, 500] about E0 8340 eV is 8420.00 to 8840.00 eV, but the scan runs from",
    ),
    "absorption that is not finite": (
        set_to("mu", lambda mu: np.where(np.arange(mu.size) == 40, np.nan, mu)),
        ScanStatus.NOT_FINITE,
        "1 of 432 points have no absorption: i0 or it is zero, negative or not finite, first at row 41",
    ),
    "a foil of another element": (
        COBALT_FOIL,
        ScanStatus.NOT_CONVERGED,
        "the foil scan cannot be aligned within 25 eV: another foil, or no foil",
    ),
    "noise for a foil": (NOISE_FOR_A_FOIL, ScanStatus.NOT_CONVERGED, "the foil's noise is"),
    "a foil that is too far off": (
        set_to("foil", lambda _: 0.3 + 0.9 * foil(GRID_EV + 25.6)),
        ScanStatus.NOT_CONVERGED,
        "eV off, more than `max_shift_ev` 25 eV",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_fault_costs_its_scan_alone(name: str, template: FoilTemplate, tmp_path: Path) -> None:
    fault, status, reason = FAILURES[name]
    calibrated, result = analysed(tmp_path, template, fault)
    assert result.status[FAULTY] is status
    assert reason in result.reason[FAULTY]
    assert others(result) == {(ScanStatus.OK, ())}
    sound = np.delete(np.arange(SCANS), FAULTY)
    assert np.isfinite(result.edge_step[sound]).all()
    assert np.isnan(result.edge_step[FAULTY])
    assert np.isnan(result.half_step_ev[FAULTY])
    wrong_foil = status is ScanStatus.NOT_CONVERGED
    assert (Flag.CALIBRATION_FAILED in calibrated.flags[FAULTY]) == wrong_foil


REMARKS = {
    "descending energies": (descending, Flag.ENERGY_SORTED),
    "a repeated energy": (twice, Flag.DUPLICATE_ENERGIES_MERGED),
    "a sample that is too thick": (
        set_to("mu", lambda mu: 0.5 + 4.6 * (mu - 0.5)),
        Flag.TOTAL_ABSORPTION_HIGH,
    ),
    "no foil": (set_to("foil", lambda f: np.full(f.size, np.nan)), Flag.NO_REFERENCE),
    "a foil that ends below its window": (FOIL_THAT_ENDS, Flag.NO_REFERENCE),
    "a foil of another thickness": (
        set_to("foil", lambda f: f + 0.035 * np.sin(GRID_EV / 5)),
        Flag.CALIBRATION_POOR,
    ),
    "a foil far off": (
        set_to("foil", lambda _: 0.3 + 0.9 * foil(GRID_EV - 12.0)),
        Flag.SHIFT_LARGE,
    ),
    "an edge that jumps": (
        set_to("mu", lambda _: 0.5 + 0.7 * edge(GRID_EV - 1.0)),
        Flag.EDGE_JUMP,
    ),
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_stands_at_its_scan_alone(
    name: str, template: FoilTemplate, tmp_path: Path
) -> None:
    fault, flag = REMARKS[name]
    _, result = analysed(tmp_path, template, fault)
    assert result.status == (ScanStatus.OK,) * SCANS, result.reason
    assert flag in result.flags[FAULTY]
    assert others(result) == {(ScanStatus.OK, ())}


def test_foils_of_another_element_make_no_template() -> None:
    scans = [1.2 * (GRID_EV / 7709.0) ** -3 for _ in range(3)]
    with pytest.raises(
        AnalysisError, match="none of 3 scans has a rising edge within 25 eV of 8333 eV"
    ):
        build_template(
            [GRID_EV] * 3, scans, element="Ni", edge="K", e0_ev=8333.0, options=CalibrateOptions()
        )


def test_a_series_without_any_template_is_flagged_and_kept(tmp_path: Path) -> None:
    calibrated, result = analysed(tmp_path, None, lambda columns: None)
    assert result.status == (ScanStatus.OK,) * SCANS
    assert set(result.flags) == {(Flag.NO_REFERENCE,)}
    assert (calibrated.shift_sigma_ev == 0.5).all()
    assert np.isfinite(result.half_step_sigma_ev).all()
