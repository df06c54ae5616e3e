"""The door that every scan passes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read.checks import admit, looks_like, spans_edge
from pipeline.xas.records import FailedScan, Flag, RawScan, ScanStatus

ENERGY = np.linspace(8200, 8600, 81)
STEP = 0.5 + np.arctan((ENERGY - 8345) / 2) / np.pi
NI_K_EV = 8333.0


def row(mode: str = "transmission", element: str = "Ni", edge: str = "K") -> Dataset:
    return Dataset("d", "xas", "sample", "x", element=element, edge=edge, mode=mode)


def scan(energy: np.ndarray = ENERGY, mu: np.ndarray = STEP, **more: object) -> RawScan:
    return RawScan("f", "l", energy, mu, **more)  # type: ignore[arg-type]


def good(found: RawScan | FailedScan) -> RawScan:
    assert isinstance(found, RawScan), found
    return found


def failed(found: RawScan | FailedScan, status: ScanStatus) -> str:
    assert isinstance(found, FailedScan)
    assert found.status is status
    return found.reason


def test_a_good_scan_passes_unchanged() -> None:
    found = good(admit(scan(reference_mu=STEP), row()))
    np.testing.assert_array_equal(found.energy_ev, ENERGY)
    np.testing.assert_array_equal(found.mu, STEP)
    assert found.flags == ()


def test_descending_energies_are_turned_round() -> None:
    found = good(admit(scan(ENERGY[::-1], STEP[::-1], reference_mu=2 * STEP[::-1]), row()))
    np.testing.assert_array_equal(found.energy_ev, ENERGY)
    np.testing.assert_array_equal(found.mu, STEP)
    np.testing.assert_array_equal(found.reference_mu, 2 * STEP)
    assert found.flags == (Flag.ENERGY_SORTED,)


@given(st.permutations(range(ENERGY.size)))
def test_any_order_is_sorted(order: list[int]) -> None:
    found = good(admit(scan(ENERGY[order], STEP[order]), row()))
    np.testing.assert_array_equal(found.energy_ev, ENERGY)
    np.testing.assert_array_equal(found.mu, STEP)


def test_repeated_energies_are_averaged() -> None:
    energy = np.concatenate((ENERGY[:1], ENERGY[:1], ENERGY))
    mu = np.concatenate(([3.0, 6.0], STEP))
    mu[2] = 0.0
    found = good(admit(scan(energy, mu), row()))
    np.testing.assert_array_equal(found.energy_ev, ENERGY)
    assert found.mu[0] == 3.0
    np.testing.assert_array_equal(found.mu[1:], STEP[1:])
    assert found.flags == (Flag.DUPLICATE_ENERGIES_MERGED,)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["energy", "mu"])
def test_not_finite(value: float, where: str) -> None:
    arrays = {"energy": ENERGY.copy(), "mu": STEP.copy()}
    arrays[where][[7, 9]] = value
    reason = failed(admit(scan(**arrays), row()), ScanStatus.NOT_FINITE)
    assert "2 of 81 points" in reason
    assert "row 8" in reason


def test_a_reference_that_is_not_finite_is_dropped() -> None:
    reference = STEP.copy()
    reference[0] = np.nan
    found = good(admit(scan(reference_mu=reference), row()))
    assert found.reference_mu is None
    assert found.flags == (Flag.NO_REFERENCE,)


def test_too_short() -> None:
    energy = np.linspace(8300, 8400, 19)
    assert "19 points" in failed(admit(scan(energy, energy), row()), ScanStatus.TOO_SHORT)
    assert good(admit(scan(np.linspace(8300, 8400, 20), np.arange(20.0)), row()))
    repeated = np.repeat(energy, 3)
    assert "19 points" in failed(admit(scan(repeated, repeated), row()), ScanStatus.TOO_SHORT)


def angles(spacing: float, per_radian: float) -> np.ndarray:
    return np.arcsin(12398.419843320026 / (2 * spacing * ENERGY)) * per_radian


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        (ENERGY / 1e3, ("keV", "unit=kev")),
        (angles(3.1356, 180 / np.pi), ("Si(111)", "unit=deg d_spacing=3.1356")),
        (angles(3.1356, 1e3), ("Si(111)", "unit=mrad d_spacing=3.1356")),
        (angles(1.9202, 1.0), ("Si(220)", "unit=rad d_spacing=1.9202")),
        (np.arange(81.0), ("cannot be eV",)),
        (STEP, ("cannot be eV",)),
        (ENERGY - 9000, ("cannot be eV",)),
        (np.linspace(-1, 9000, 81), ("cannot be eV",)),
    ],
)
def test_axes_that_are_no_ev_are_recognised(axis: np.ndarray, words: tuple[str, ...]) -> None:
    reason = failed(admit(scan(axis, STEP), row()), ScanStatus.BAD_ENERGY)
    for word in words:
        assert word in reason


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [
        (8200, 8600, True),
        (8357, 8600, True),  # begins 24 eV above the tabulated edge: a calibration off by 30
        (8359, 8600, False),
        (8200, 8314, True),
        (8200, 8312, False),
        (8330, 8340, False),  # 10 eV long: no edge fits
    ],
)
def test_the_scan_must_span_the_edge(low: float, high: float, inside: bool) -> None:
    assert spans_edge(low, high, NI_K_EV) is inside
    energy = np.linspace(low, high, 81)
    found = admit(scan(energy, np.arctan(energy - (low + high) / 2)), row())
    if inside:
        good(found)
    else:
        reason = failed(found, ScanStatus.NO_EDGE)
        assert "Ni K edge at 8333 eV" in reason


def test_another_element_is_named() -> None:
    energy = ENERGY - 8345 + 7715
    reason = failed(admit(scan(energy), row()), ScanStatus.NO_EDGE)
    assert "Co K at 7709 eV" in reason


def test_soft_edges_pass_too() -> None:
    energy = np.linspace(840, 890, 200)
    assert good(admit(scan(energy, np.arctan(energy - 853)), row(edge="L3")))
    assert looks_like(0.84, 0.89, 852.7).startswith("keV")


@pytest.mark.parametrize(
    ("claim", "passes"),
    [
        ({}, True),
        ({"element": "Ni"}, True),
        ({"element": "Ni", "edge": "K"}, True),
        ({"element": "Co"}, False),
        ({"edge": "L3"}, False),
    ],
)
def test_claims_of_the_file(claim: dict[str, str], passes: bool) -> None:
    found = admit(scan(**claim), row())
    if passes:
        good(found)
    else:
        reason = failed(found, ScanStatus.BAD_ENERGY)
        assert "table says Ni K" in reason
        assert " ".join(claim.values()) in reason


def test_an_unspecific_l_edge_is_no_contradiction() -> None:
    energy = np.linspace(840, 890, 200)
    assert good(admit(scan(energy, np.arctan(energy - 853), edge="L"), row(edge="L3")))


@pytest.mark.parametrize(
    ("height", "level", "mode", "normalised", "flagged"),
    [
        (3.5, 0, "transmission", False, True),
        (2.9, 0, "transmission", False, False),
        (1.0, 9.0, "transmission", False, False),  # the level is only a ratio of gains
        (3.5, 0, "fluorescence", False, False),
        (3.5, 0, "transmission", True, False),
    ],
)
def test_total_absorption(
    height: float, level: float, mode: str, normalised: bool, flagged: bool
) -> None:
    mu = level + height * (STEP - STEP[1]) / (STEP[-2] - STEP[1])
    found = good(admit(scan(mu=mu, is_normalised=normalised), row(mode)))
    assert (Flag.TOTAL_ABSORPTION_HIGH in found.flags) is flagged


@pytest.mark.parametrize(
    ("element", "edge", "message"),
    [
        ("Xx", "K", "'Xx' is no element"),
        ("Ni", "Q", "no tabulated Q edge"),
        ("", "", "`element` and `edge` are needed"),
    ],
)
def test_an_edge_that_does_not_exist_is_refused(element: str, edge: str, message: str) -> None:
    with pytest.raises(RawDataError, match=message):
        admit(scan(), row(element=element, edge=edge))
