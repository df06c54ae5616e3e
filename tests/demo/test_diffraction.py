"""The simulated patterns: areas, widths and counts are as designed, and the series do what they should."""

from functools import cache

import numpy as np
import pytest
from scipy.special import voigt_profile

from pipeline.core.arrays import IntArray
from pipeline.demo import charging, diffraction, heating, patterns, powder_truth
from pipeline.demo.diffraction import CHARGE, HEATINGS, POWDERS
from pipeline.demo.heating import BEAMLINE, START_C
from pipeline.demo.patterns import Instrument, Texture

SEED = 20
CONVENTIONAL, GRADIENT = HEATINGS
FLAT = Instrument(
    ((1.0, 1.0),), 10.0, 30.0, 0.01, (0.0, 0.0, 0.06**2), 0.03, polarised_fraction=1.0
)


@cache
def heated() -> IntArray:
    return CONVENTIONAL.measure(SEED)


def one_line(instrument: Instrument, texture: Texture, at_deg: float = 20.0) -> np.ndarray:
    wavelength = instrument.wavelength_angstrom
    spacing = np.array([wavelength / (2 * np.sin(np.radians(at_deg) / 2))])
    nothing = np.zeros_like(instrument.two_theta_deg)
    return patterns.expected_counts(instrument, spacing, np.array([500.0]), texture, nothing)


def test_a_line_has_its_area_and_place() -> None:
    axis, found = FLAT.two_theta_deg, one_line(FLAT, Texture())
    # A Lorentzian of FWHM 0.03 keeps 0.6 % beyond 1.6 deg.
    assert found.sum() * 0.01 == pytest.approx(500.0, rel=0.01)
    assert axis[found.argmax()] == pytest.approx(20.0, abs=1e-9)
    shape = voigt_profile(axis - 20.0, 0.06 / np.sqrt(8 * np.log(2)), 0.015)
    inside = np.abs(axis - 20.0) < 1.5
    # Averaged over a step of a seventh of the width, a line is half a per cent lower.
    np.testing.assert_allclose(found[inside], 500.0 * shape[inside], rtol=0.012)


def test_a_step_collects_what_falls_into_it() -> None:
    coarse = Instrument(
        ((1.0, 1.0),), 10.0, 30.0, 0.05, (0.0, 0.0, 0.06**2), 0.03, polarised_fraction=1.0
    )
    fine = one_line(FLAT, Texture())
    centre = np.searchsorted(FLAT.two_theta_deg, 20.0)
    mean = fine[centre - 2 : centre + 3].mean()
    assert one_line(coarse, Texture())[200] == pytest.approx(mean, rel=0.01)


def test_size_and_strain_broaden_as_scherrer_and_wilson_say() -> None:
    sharp = Instrument(
        ((1.0, 1.0),), 10.0, 60.0, 0.002, (0.0, 0.0, 1e-8), 0.0, polarised_fraction=1.0
    )
    for at_deg in (20.0, 50.0):
        for texture, breadth in (
            (Texture(size_nm=20.0), 0.94 * 1.0 / (200.0 * np.cos(np.radians(at_deg / 2)))),
            (Texture(strain_percent=0.2), 4 * 0.002 * np.tan(np.radians(at_deg / 2))),
        ):
            found = one_line(sharp, texture, at_deg)
            integral_deg = 500.0 / found.max()
            assert integral_deg == pytest.approx(np.degrees(breadth), rel=0.01)


def test_a_displaced_specimen_and_a_zero_move_lines() -> None:
    """1 mm outside a circle of 200 mm is 2 cos(theta) / 200 rad less."""
    circle = Instrument(
        *(((1.0, 1.0),), 10.0, 30.0, 0.01, (0.0, 0.0, 0.06**2), 0.03),
        polarised_fraction=0.5, zero_deg=0.1, radius_mm=200.0,
    )  # fmt: skip
    found = one_line(circle, Texture(displacement_mm=1.0))
    moved = -np.degrees(2 * np.cos(np.radians(10.0)) / 200.0) + 0.1
    assert circle.two_theta_deg[found.argmax()] == pytest.approx(20.0 + moved, abs=0.0051)


def test_counts_are_poisson() -> None:
    """The last 60 frames hardly differ: their variance is their mean."""
    late = heated()[-40:].astype(np.float64)
    between = (BEAMLINE.two_theta_deg > 14.5) & (BEAMLINE.two_theta_deg < 15.2)
    level = late[:, between]
    assert level.var(ddof=1, axis=0).mean() / level.mean() == pytest.approx(1.0, abs=0.08)


def test_the_pattern_holds_the_lines_that_were_asked_for() -> None:
    at_c = heating.frame_temperature_c()
    spacing, area = CONVENTIONAL.lines(at_c)
    place = heating.line_labels().index((1, 0, 4))
    centre = patterns.two_theta_deg(spacing[0, place : place + 1], 0.45220)[0] + BEAMLINE.zero_deg
    axis, counts = BEAMLINE.two_theta_deg, heated()[0].astype(np.float64)
    around, beside = np.abs(axis - centre) < 0.3, (np.abs(axis - centre) - 0.45) ** 2 < 0.1**2
    net = counts[around] - counts[beside].mean()
    # Tails beyond the window, and what they add beside it, are some 4 %.
    assert net.sum() * 0.01 == pytest.approx(area[0, place], rel=0.06)
    assert (net * axis[around]).sum() / net.sum() == pytest.approx(centre, abs=0.003)


def test_heating_expands_then_turns_to_a_cube() -> None:
    at_c = np.array([START_C, 105.0, 480.0])
    a, c = CONVENTIONAL.cell_angstrom(at_c)
    assert a[1] / a[0] - 1 == pytest.approx(80 * heating.A_PER_C, rel=1e-3)
    assert c[1] / c[0] - 1 == pytest.approx(80 * heating.C_PER_C, rel=1e-3)
    assert c[2] / a[2] == pytest.approx(np.sqrt(24.0), rel=1e-9)
    labels = heating.line_labels()
    _, area = CONVENTIONAL.lines(at_c)
    assert area[2, labels.index((0, 0, 3))] < 0.4 * area[0, labels.index((0, 0, 3))]
    assert area[0, labels.index((2, 2, 0))] < 1e-9
    assert area[2, labels.index((2, 2, 0))] > 50
    spacing, _ = CONVENTIONAL.lines(at_c)
    pair = [labels.index(hkl) for hkl in ((0, 1, 8), (1, 1, 0))]
    split = np.diff(patterns.two_theta_deg(spacing[:, pair], 0.45220), axis=1)[:, 0]
    assert split[0] > 0.3
    assert split[2] == pytest.approx(0.0, abs=1e-6)


def test_conventional_turns_at_once_and_the_gradient_late_and_gradually() -> None:
    sharp, gradual = (
        powder_truth.step_through(
            heating.frame_temperature_c(), powder_truth.line_area(run, (2, 2, 0))
        ).numbers
        for run in HEATINGS
    )
    assert sharp["onset"] == pytest.approx(190.0, abs=0.5)
    assert gradual["onset"] > sharp["onset"] + 15
    assert gradual["width"] > 3 * sharp["width"]


def test_a_step_that_is_one_is_found_exactly() -> None:
    x = np.linspace(25.0, 500.0, 120)
    p = 1 / (1 + np.exp((230.0 - x) / 12.0))
    found = powder_truth.step_through(x, (1 - p) * (5.0 - 0.001 * x) + p * (2.0 + 0.002 * x))
    assert (found.midpoint, found.scale) == pytest.approx((230.0, 12.0), abs=1e-6)


def test_cycling_moves_003_to_lower_angles_and_weakens_it() -> None:
    fresh, cycled = (powder.measure(SEED) for powder in POWDERS)
    axis = charging.LABORATORY.two_theta_deg
    window = (axis > 8.0) & (axis < 9.1)
    assert axis[window][cycled[window].argmax()] < axis[window][fresh[window].argmax()]
    assert cycled[window].sum() < 0.95 * fresh[window].sum()
    assert powder_truth.intensity_ratio("lab_200") < powder_truth.intensity_ratio("lab_pristine")


def test_the_tube_gives_a_doublet() -> None:
    (kalpha1, first), (kalpha2, second) = charging.LABORATORY.wavelengths
    assert (kalpha1, kalpha2) == (0.709317, 0.713607)
    assert second / first == pytest.approx(0.5)
    assert first + second == pytest.approx(1.0)


def test_c_rises_then_falls_on_charge_and_a_shrinks() -> None:
    a, c = charging.cell_angstrom(charging.frame_share())
    assert (np.diff(a) < 0).all()
    top = int(c.argmax())
    assert 20 < top < 30
    assert (np.diff(c[: top - 1]) > 0).all()
    assert (np.diff(c[top + 1 :]) < 0).all()
    # H2 grows faster than H1.
    assert np.diff(c)[15:20].mean() > 2 * np.diff(c)[:5].mean()
    assert (np.diff(charging.voltage_v(charging.frame_share())) > 0).all()
    assert CHARGE.measure(SEED).shape == (charging.N_FRAMES, charging.LABORATORY.two_theta_deg.size)


def test_the_raw_data_are_small_and_named_beforehand() -> None:
    made = diffraction.contents(SEED)
    assert sorted(made) == sorted(diffraction.names())
    assert sum(len(content) for content in made.values()) < 10e6
