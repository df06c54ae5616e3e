"""Line shapes of the simulated patterns: axial divergence against its published form, pseudo-Voigt against Voigt."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from pipeline.demo.axial import axial_shifts_deg
from pipeline.demo.patterns import FWHM_OF_GAUSS, pseudo_voigt, voigt


def test_first_moment_of_axial_divergence() -> None:
    """Of two even fillings <(z - z')^2> = (S^2 + H^2) / 3, so the mean shift is -(S^2 + H^2) / (6 L^2 tan 2theta)."""
    for angle, s, h in (
        (15.0, 0.01, 0.01),
        (25.0, 0.004, 0.012),
        (60.0, 0.02, 0.0),
        (130.0, 0.01, 0.01),
    ):
        shifts, weights = axial_shifts_deg(angle, s, h)
        expected = -np.degrees((s**2 + h**2) / (6.0 * np.tan(np.radians(angle))))
        assert weights.sum() == pytest.approx(1.0)
        assert shifts @ weights == pytest.approx(expected, rel=2e-3)
        assert (shifts * np.sign(expected) >= 0).all()
    shifts, weights = axial_shifts_deg(20.0, 0.0, 0.0)
    assert (shifts.tolist(), weights.tolist()) == ([pytest.approx(0.0, abs=1e-12)], [1.0])


def test_asymmetry_is_that_of_finger_cox_and_jephcoat() -> None:
    """Their density over 2 phi, D = W / (h cos 2phi), by numerical integration of a smooth kernel."""
    angle, s, h = 18.0, 0.008, 0.012

    def climb(shown_deg: float) -> float:
        cosines = np.cos(np.radians(shown_deg)) / np.cos(np.radians(angle))
        return float(np.sqrt(max(cosines**2 - 1.0, 0.0)))

    def density(shown_deg: float) -> float:
        x = climb(shown_deg)
        wide = 2.0 * min(s, h) if x < h - s else h + s - x
        return float(max(wide, 0.0) / (x * np.cos(np.radians(shown_deg))))

    def kernel(shown_deg: float) -> float:
        return float(np.exp(-0.5 * ((shown_deg - 17.99) / 0.02) ** 2))

    begin = np.degrees(np.arccos(np.cos(np.radians(angle)) * np.sqrt(1 + (s + h) ** 2)))
    bend = np.degrees(np.arccos(np.cos(np.radians(angle)) * np.sqrt(1 + (h - s) ** 2)))

    def integral(weigh: bool) -> float:
        # 2 phi = 2 theta - u^2 takes the infinite end away.
        ends = [0.0, np.sqrt(angle - bend), np.sqrt(angle - begin)]
        return sum(
            float(quad(
                lambda u: 2 * u * density(angle - u * u) * (kernel(angle - u * u) if weigh else 1.0),
                max(low, 1e-7), high,
            )[0])
            for low, high in pairwise(ends)
        )  # fmt: skip

    shifts, weights = axial_shifts_deg(angle, s, h)
    ours = sum(w * kernel(angle + d) for d, w in zip(shifts, weights, strict=True))
    assert ours == pytest.approx(integral(True) / integral(False), rel=1e-3)


def test_pseudo_voigt_stands_for_a_voigt_function() -> None:
    x = np.linspace(-60.0, 60.0, 240001)
    for gauss, lorentz in ((0.1, 1e-9), (0.1, 0.03), (0.1, 0.1), (0.02, 0.1)):
        ours, true = pseudo_voigt(x, gauss, lorentz), voigt(x, gauss, lorentz)
        assert np.trapezoid(ours, x) == pytest.approx(1.0, abs=2e-3)
        assert np.abs(ours - true).max() < 0.013 * true.max()
    sigma = 0.1 / FWHM_OF_GAUSS
    assert pseudo_voigt(np.zeros(1), 0.1, 0.0)[0] == pytest.approx(1 / (sigma * np.sqrt(2 * np.pi)))
    assert pseudo_voigt(np.array([0.05]), 1e-9, 0.1)[0] == pytest.approx(1 / (np.pi * 0.1))
