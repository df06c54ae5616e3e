"""GSAS-II's instrument parameter files."""

import math

import pytest

from pipeline.core.errors import StudyError
from pipeline.rietveld.model.instrument_file import instrument_of_file, profile_of_file

LAB = """#GSAS-II instrument parameter file
Type:PXC;Bank:1
Lam1:1.5406;Lam2:1.5444;Zero:0.01;Polariz.:0.5;Azimuth:0.0;I(L2)/I(L1):0.5
U:2.0;V:-2.0;W:5.0;X:1.0;Y:8.0;Z:0.0;SH/L:0.02
"""
ONE_A_LINE = """#GSAS-II instrument parameter file; do not add/delete items!
Type:PXC
Bank:1.0
Lam:0.45220
Polariz.:0.99
Azimuth:0.0
Zero:0.0
U:1.1
V:-0.1
W:0.02
X:0.0
Y:0.1
Z:0.0
SH/L:0.002
"""


def test_units_of_the_profile() -> None:
    profile = profile_of_file(LAB, "lab.instprm")
    # the variance W = 5 centideg^2 is a FWHM of 2.3548 sqrt(5) centideg
    assert math.sqrt(profile.w_deg2) == pytest.approx(0.023548200 * math.sqrt(5.0))
    assert profile.u_deg2 / profile.w_deg2 == pytest.approx(2 / 5)
    assert profile.v_deg2 / profile.w_deg2 == pytest.approx(-2 / 5)
    assert (profile.x_deg, profile.y_deg) == pytest.approx((0.01, 0.08))
    assert (profile.axial_ratio, profile.zero_deg) == (0.02, 0.01)


def test_what_else_a_file_says() -> None:
    lab = instrument_of_file(LAB, "lab.instprm")
    assert (lab.wavelength_angstrom, lab.kalpha2_angstrom, lab.kalpha2_ratio) == (
        1.5406,
        1.5444,
        0.5,
    )
    beam = instrument_of_file(ONE_A_LINE, "beam.instprm")
    assert (beam.wavelength_angstrom, beam.kalpha2_angstrom, beam.kalpha2_ratio) == (
        0.4522,
        None,
        None,
    )
    assert beam.polarisation_ratio == 0.99


def test_a_file_with_one_numbered_bank() -> None:
    text = LAB.replace("#GSAS-II", "#Bank 1: GSAS-II")
    assert profile_of_file(text, "x") == profile_of_file(LAB, "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAB.replace("PXC", "PNT"), "it is for neutron time of flight"),
        (LAB.replace("PXC", "PNC"), "it is for neutrons of one wavelength"),
        (LAB.replace("PXC", "PXE"), "it is for energy-dispersive X-rays"),
        (LAB.replace("PXC", "SXC"), "it is for single crystals"),
        (LAB.replace("Type:PXC", "Kind:PXC"), "it is for the type ''"),
        (LAB.replace("U:2.0;", ""), "it has no U"),
        (LAB.replace("W:5.0", "W:five"), "W is 'five', which is no number"),
        (LAB.replace("W:5.0", "W:nan"), "W is 'nan', which is no number"),
        (LAB.replace("Z:0.0", "Z:1.0"), "a constant Lorentzian width Z = 1"),
        (LAB.replace("W:5.0", "W:5e5"), r"in square centidegree"),
        (LAB.replace("SH/L:0.02", "SH/L:2"), "an axial ratio of 2"),
        ("INS   BANK      1\nINS   HTYPE   PXCR\n", "it is one of GSAS"),
        ("<?xml version='1.0'?>", "its first line is"),
        ("", "its first line is ''"),
        (LAB.replace("#GSAS-II", "#Bank 1: GSAS-II") + LAB.replace("#GSAS-II", "#Bank 2: GSAS-II"), "it holds several banks"),
    ],
)  # fmt: skip
def test_refused(text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        profile_of_file(text, "lab.instprm")
    assert "'lab.instprm'" in str(caught.value)
