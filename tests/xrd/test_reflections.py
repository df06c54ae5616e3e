"""Which lines are looked for, and what a space group says against them."""

import numpy as np
import pytest

from pipeline.core.study import Dataset
from pipeline.physics.bragg import two_theta_deg
from pipeline.xrd.options import PhaseOptions, StandardOptions, XrdOptions, check
from pipeline.xrd.options.symmetry import symmetry_problems
from pipeline.xrd.reflections import expected_lines
from tests.xrd.known_lines import CU, NMC

SPINEL = PhaseOptions(system="cubic", a_angstrom=8.15, reflections=[(2, 2, 0), (4, 0, 0)])


def problems(space_group, reflections, system="hexagonal", **cell):
    cell = cell or ({"c_angstrom": 14.2} if system == "hexagonal" else {})
    phase = PhaseOptions(
        system=system, a_angstrom=2.87, space_group=space_group, reflections=reflections, **cell
    )
    found = list(symmetry_problems(("xrd", "phases", "NMC"), "NMC", phase))
    return [(p.where[3:], p.message) for p in found]


def test_lines_of_phases_in_order_and_the_standard_last():
    lines = expected_lines(
        {"NMC": NMC, "spinel": SPINEL}, StandardOptions(two_theta_deg=51.965, true_deg=50.9), CU
    )
    assert lines.label[:2] == ("NMC 003", "NMC 101")
    assert lines.label[-3:] == ("spinel 220", "spinel 400", "standard")
    assert lines.phase[-1] == ""
    assert lines.hkl[-1] == "standard"
    assert np.isnan(lines.h_index[-1])
    assert lines.spacing_angstrom[0] == pytest.approx(14.25 / 3)
    assert lines.spacing_angstrom[-2] == pytest.approx(8.15 / 4)
    # It is looked for where it is seen, not where it belongs.
    assert two_theta_deg(lines.spacing_angstrom[-1], CU) == pytest.approx(51.965)


def test_without_a_wavelength_the_standard_has_no_spacing():
    lines = expected_lines({"NMC": NMC}, StandardOptions(two_theta_deg=52.0), np.nan)
    assert np.isnan(lines.spacing_angstrom[-1])
    assert np.isfinite(lines.spacing_angstrom[:-1]).all()


def test_a_reflection_beyond_reach_stays_in_the_list():
    phase = NMC.model_copy(update={"reflections": [(0, 0, 3), (4, 4, 30)]})
    lines = expected_lines({"NMC": phase}, None, CU)
    assert lines.hkl == ("003", "4 4 30")
    assert np.isnan(two_theta_deg(lines.spacing_angstrom[1], CU))


def test_both_settings_of_a_rhombohedral_lattice_are_taken():
    """Papers on layered oxides write (102), (105), (108) beside (101) and (104)."""
    names = [(1, 0, 1), (1, 0, 2), (0, 1, 2), (1, 0, 5), (1, 0, 8), (1, 1, 0)]
    assert not problems("R -3 m", names)


def test_forbidden_reflections_are_refused_with_the_reason():
    """-h + k + l = 3n in R-3m on hexagonal axes; h + k = 4n for hk0 by the d glide of Fd-3m."""
    found = problems("R -3 m", [(0, 0, 3), (1, 0, 4), (1, 0, 3)])
    assert found == [
        (("reflections", 2), "(103) is forbidden by R -3 m:H: the lattice is centred.")
    ]
    found = problems("F d -3 m", [(2, 2, 0), (2, 0, 0)], "cubic")
    assert found[0][0] == ("reflections", 1)
    assert "glide plane or screw axis" in found[0][1]


@pytest.mark.parametrize(
    ("space_group", "system", "text"),
    [
        ("Zz", "hexagonal", "no space-group symbol"),
        ("A", "hexagonal", "no space-group symbol"),
        ("F d -3 m", "hexagonal", "is cubic, and 'NMC' is described on hexagonal axes"),
        ("R -3 m:R", "hexagonal", "rhombohedral axes"),
        ("P 1 1 2/m", "monoclinic", "unique axis along c"),
    ],
)
def test_symbols_that_do_not_fit_are_refused(space_group, system, text):
    more = (
        {"b_angstrom": 8.5, "c_angstrom": 5.0, "beta_deg": 109.0} if system == "monoclinic" else {}
    )
    ((where, message),) = problems(space_group, [(1, 1, 0)], system, **more)
    assert where == ("space_group",)
    assert text in message


@pytest.mark.parametrize("space_group", ["", "R-3m", "R -3 m:H", "R -3 m", "P 63/m m c"])
def test_symbols_that_fit_pass(space_group):
    assert problems(space_group, [(0, 0, 6), (1, 1, 0)]) == []


def test_the_study_check_reports_them():
    phases = {"NMC": {"a_angstrom": 2.87, "c_angstrom": 14.2, "space_group": "R -3 m"}}
    phases["NMC"]["reflections"] = [[0, 0, 4]]
    (problem,) = check(XrdOptions.model_validate({"phases": phases}), [])
    assert problem.where == ("xrd", "phases", "NMC", "reflections", 0)
    assert "forbidden" in problem.message


def test_lines_for_size_and_strain_must_be_followed():
    phases = {
        "NMC": {"a_angstrom": 2.87, "c_angstrom": 14.2, "reflections": [[0, 0, 3], [1, 0, 4]]}
    }
    options = {"phases": phases, "track": {}, "broadening": {"lines": [[0, 0, 3], [1, 1, 0]]}}
    (problem,) = check(XrdOptions.model_validate(options), [])
    assert problem.where == ("xrd", "broadening", "lines", 1)
    assert "(110) is not among" in problem.message


def test_lines_of_the_sample_are_not_asked_of_the_instrument():
    phases = {
        "NMC": {"a_angstrom": 2.87, "c_angstrom": 14.2, "reflections": [[0, 0, 3], [1, 0, 4]]}
    }
    lab6 = {"LaB6": {"system": "cubic", "a_angstrom": 4.157, "reflections": [[1, 1, 0]]}}
    options = {
        "phases": phases,
        "track": {},
        "broadening": {"instrument": "LaB6", "lines": [[0, 0, 3]]},
        "overrides": {"LaB6": {"phases": lab6}},
    }
    dataset = Dataset("LaB6", "xrd", "standard", "LaB6.xy")
    assert list(check(XrdOptions.model_validate(options), [dataset])) == []
