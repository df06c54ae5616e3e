"""The simulated crystals diffract as real ones do: known positions, intensities and extinctions."""

import numpy as np
import pytest

from pipeline.demo.cathodes import NMC622, lanthanum_hexaboride, layered, spinel
from pipeline.demo.crystals import Crystal, PowderLines, Site, powder_lines, spacing_angstrom
from pipeline.demo.patterns import lorentz_polarisation, two_theta_deg

CU, MO, SYNCHROTRON = 1.540593, 0.709317, 0.45220


def intensities(
    lines: PowderLines, wavelength: float, polarised_fraction: float = 0.5
) -> np.ndarray:
    angle = two_theta_deg(lines.spacing_angstrom, wavelength)
    return np.asarray(lines.strength * lorentz_polarisation(angle, polarised_fraction))


def ratio(crystal: Crystal, wavelength: float, polarised_fraction: float = 0.5) -> float:
    lines = powder_lines(crystal, wavelength, 1.9)
    found = intensities(lines, wavelength, polarised_fraction)
    return float(found[lines.place(0, 0, 3)] / found[lines.place(1, 0, 4)])


def test_silicon_is_where_it_should_be() -> None:
    silicon = Crystal("F d -3 m:1", 5.43102, 5.43102, (Site((0, 0, 0), (("Si", 1.0),), 0.46),))
    lines = powder_lines(silicon, CU, 0.9)
    seen = [tuple(hkl) for hkl in lines.indices[:5].tolist()]
    # (222) is extinct for round atoms; the angles are NIST's for SRM 640.
    shown = [hkl for hkl, s in zip(seen, lines.strength, strict=False) if s > 1e-9]
    assert shown == [(1, 1, 1), (2, 2, 0), (3, 1, 1), (4, 0, 0)]
    angles = two_theta_deg(lines.spacing_angstrom, CU)
    for hkl, angle in (((1, 1, 1), 28.441), ((2, 2, 0), 47.300), ((3, 1, 1), 56.120)):
        assert angles[lines.place(*hkl)] == pytest.approx(angle, abs=3e-3)
    # By hand: |F|^2 is 32 f^2 for (111) and 64 f^2 for (220), f 10.54 and 8.71 (International Tables), 8 and 12 planes.
    factor = lorentz_polarisation(np.array([28.441, 47.300]), polarised_fraction=0.5)
    thermal = np.exp(-2 * 0.46 / 4 * (1 / 1.9201**2 - 1 / 3.1356**2))
    by_hand = 12 * 64 * 8.71**2 / (8 * 32 * 10.54**2) * factor[1] / factor[0] * thermal
    found = intensities(lines, CU)
    assert found[lines.place(2, 2, 0)] / found[lines.place(1, 1, 1)] == pytest.approx(
        by_hand, rel=0.02
    )


def test_structure_factor_of_one_kind_of_atom_by_hand() -> None:
    """CsCl of one element: F = 0 for odd sums; for even ones 2 f exp(-B s^2)."""
    sites = (Site((0, 0, 0), (("Ni", 1.0),), 0.5), Site((0.5, 0.5, 0.5), (("Ni", 1.0),), 0.5))
    lines = powder_lines(Crystal("P m -3 m", 3.0, 3.0, sites), CU, 1.2)
    odd = lines.indices.sum(axis=1) % 2 == 1
    assert odd.sum() >= 2
    assert np.allclose(lines.strength[odd], 0.0, atol=1e-12)
    one = powder_lines(Crystal("P m -3 m", 3.0, 3.0, sites[:1]), CU, 1.2)
    np.testing.assert_allclose(lines.strength[~odd], 4.0 * one.strength[~odd], rtol=1e-12)
    assert one.strength[one.place(1, 1, 0)] / one.strength[one.place(2, 0, 0)] > 12 / 6


def test_layered_oxide_has_the_lines_of_its_space_group() -> None:
    lines = powder_lines(layered(NMC622, 2.868, 14.23, 0.98, 0.02, 0.2410), CU, 1.35)
    seen = [tuple(hkl) for hkl in lines.indices.tolist()]
    wanted = [(0, 0, 3), (1, 0, 1), (0, 0, 6), (0, 1, 2), (1, 0, 4), (0, 1, 5), (0, 0, 9)]
    assert seen == [*wanted, (1, 0, 7), (0, 1, 8), (1, 1, 0), (1, 1, 3)]


def test_intensity_ratio_of_nmc622() -> None:
    """1.2 to 1.4 is what well ordered NMC622 shows with copper; mixing lowers it."""
    good, mixed = (layered(NMC622, 2.868, 14.23, 0.98, x, 0.2410) for x in (0.02, 0.06))
    assert 1.2 < ratio(good, CU) < 1.4
    assert ratio(mixed, CU) < 0.9 * ratio(good, CU)
    # Molybdenum gives 12 % less and a synchrotron at 0.452 angstrom 15 % less for the same crystal, by
    # the Lorentz and polarisation factors; dispersion, which is another for each, moves it by some per cent more.
    angles = [two_theta_deg(np.array([4.743, 2.037]), w) for w in (CU, MO, SYNCHROTRON)]
    copper, molybdenum, beam = (
        lorentz_polarisation(angle, polarised)
        for angle, polarised in zip(angles, (0.5, 0.5, 1.0), strict=True)
    )
    of_copper = copper[0] / copper[1]
    assert molybdenum[0] / molybdenum[1] / of_copper == pytest.approx(0.88, abs=0.01)
    assert beam[0] / beam[1] / of_copper == pytest.approx(0.85, abs=0.01)


def test_the_line_220_of_a_spinel_is_its_tetrahedral_metals() -> None:
    strong, none = (spinel(NMC622, 8.09, tetrahedral) for tetrahedral in (0.4, 0.0))
    of_strong, of_none = (powder_lines(made, SYNCHROTRON, 1.4) for made in (strong, none))
    place = of_strong.place(2, 2, 0)
    assert of_none.strength[place] < 0.1 * of_strong.strength[place]


def test_lanthanum_hexaboride() -> None:
    lines = powder_lines(lanthanum_hexaboride(), CU, 1.2)
    angles = two_theta_deg(lines.spacing_angstrom, CU)
    # Certificate of SRM 660: 21.358, 30.385, 37.442 deg.
    assert angles[:3] == pytest.approx([21.358, 30.385, 37.442], abs=2e-3)


def test_a_hexagonal_cell_of_cubic_shape_has_cubic_spacings() -> None:
    """At c = a sqrt(24) the planes (108) and (110) are as far apart as (440) of the cube."""
    cube = 8.09
    a, c = cube / np.sqrt(8.0), cube * np.sqrt(3.0)
    hexagonal = spacing_angstrom(np.array([[0, 0, 3], [1, 0, 4], [1, 0, 8], [1, 1, 0]]), a, c)
    cubic = spacing_angstrom(np.array([[1, 1, 1], [4, 0, 0], [4, 4, 0], [4, 4, 0]]), cube)
    np.testing.assert_allclose(hexagonal, cubic, rtol=1e-12)
