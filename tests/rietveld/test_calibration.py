"""The instrument's profile from a standard: what is held, what is refined, and when it is none."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.calibration import NO_SIZE_NM, profiles
from pipeline.rietveld.instrument_source import instrument_source
from pipeline.rietveld.interface import Failure, Fit, Job, Profile
from pipeline.rietveld.line_widths import line_widths_deg, start_profile, width_problem
from pipeline.rietveld.options import InstrumentOptions, RietveldOptions, StandardOptions
from pipeline.rietveld.records import FitStatus, Flag, InstrumentProfiles, Patterns
from tests.rietveld import toy

STANDARD = StandardOptions(phase="NCM", background_terms=2)


def everything(**options: object) -> RietveldOptions:
    return RietveldOptions.model_validate(toy.used(**options).model_dump())


def calibrated(patterns: Patterns, answer, standard: StandardOptions = STANDARD, **options: object):
    model = toy.model(cell=(2.87707, 2.87707, 14.19522, 90.0, 90.0, 120.0))
    return profiles(patterns, model, standard, everything(**options), [toy.engine(answer)])


def with_terms(job: Job, **terms: float) -> Fit:
    """An answer whose profile is given: its terms refined with a sigma of a tenth."""
    held = replace(job, profile_free=(), phases=(replace(job.phases[0], strain_percent=0.15),))
    fit = toy.refine(held)
    values = {name: getattr(job.profile, name) for name in job.profile_free} | terms
    names = tuple(f"profile.{n}" for n in values if n in job.profile_free)
    more = np.array([values[n.split(".")[1]] for n in names])
    size = len(fit.parameters)
    covariance = np.zeros((size + len(more), size + len(more)))
    covariance[:size, :size] = fit.covariance
    covariance[range(size, size + len(more)), range(size, size + len(more))] = 0.01
    return replace(
        fit,
        parameters=(*fit.parameters, *names),
        at_bound=(*fit.at_bound, *(False for _ in names)),
        initial=np.concatenate([fit.initial, more]),
        value=np.concatenate([fit.value, more]),
        sigma=np.concatenate([fit.sigma, np.full(len(more), 0.1)]),
        covariance=covariance,
    )


def good(job: Job) -> Fit:
    return with_terms(job, u_deg2=0.002, v_deg2=-0.001, w_deg2=0.004, x_deg=0.01, y_deg=0.02)


def row(found: InstrumentProfiles, name: str) -> float:
    return float(found.profile.column(name)[0][0])


def test_the_cell_is_held_and_the_profile_is_what_is_refined():
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        return good(job)

    found = calibrated(toy.patterns(), answer)
    phase = asked[0].phases[0]
    assert not any((phase.refine_cell, phase.refine_size, phase.refine_strain))
    assert phase.size_nm == NO_SIZE_NM
    assert asked[0].profile_free[-1] == "axial_ratio"
    assert found.status == (FitStatus.OK,), found.reason
    assert row(found, "u_deg2") == 0.002
    assert row(found, "axial_ratio") == asked[0].profile.axial_ratio
    assert abs(row(found, "zero_deg") - 0.01) < 0.003
    assert row(found, "displacement_um") == 0.0
    assert found.cell_a_angstrom == 2.87707


def test_a_profile_reaches_the_samples():
    found = calibrated(toy.patterns(), good)
    source = instrument_source(InstrumentOptions(standard="lab6"), {}, found)
    assert source.profile("toy", "debye-scherrer").w_deg2 == 0.004
    assert source.flags == ()


def test_axial_divergence_can_be_held_and_size_given():
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        return good(job)

    calibrated(
        toy.patterns(),
        answer,
        STANDARD.model_copy(update={"refine_axial": False, "size_nm": 500.0}),
    )
    assert "axial_ratio" not in asked[0].profile_free
    assert asked[0].phases[0].size_nm == 500.0


def test_a_term_that_stops_at_none_is_held_there():
    def answer(job: Job) -> Fit:
        fit = good(job)
        return replace(fit, at_bound=tuple(n == "profile.x_deg" for n in fit.parameters))

    found = calibrated(toy.patterns(), answer)
    assert found.status == (FitStatus.OK,), found.reason
    assert Flag.WIDTH_AT_ZERO in found.flags[0]
    assert row(found, "x_deg") == pytest.approx(0.01)
    assert np.isnan(found.profile.column("x_deg")[1][0])


def test_lines_without_width_are_no_profile():
    found = calibrated(
        toy.patterns(), lambda job: with_terms(job, w_deg2=-0.1, x_deg=0.0, y_deg=0.0)
    )
    assert found.status == (FitStatus.GATE_FAILED,)
    assert "no width at" in found.reason[0]
    assert np.isnan(found.profile.value).all()
    source = instrument_source(InstrumentOptions(standard="lab6"), {}, found)
    assert "no width" in source.refused["toy"]


def test_a_standard_that_did_not_converge_is_no_profile():
    found = calibrated(toy.patterns(), lambda job: replace(good(job), converged=False))
    assert found.status == (FitStatus.GATE_FAILED,)
    assert "did not converge" in found.reason[0]


def test_a_standard_that_cannot_be_read_is_a_status():
    broken = replace(toy.patterns(), status=("unreadable",), reason=("no numbers",))
    found = calibrated(broken, good)
    assert found.status == (FitStatus.FRAME_FAILED,)
    assert found.reason == ("no numbers",)
    found = calibrated(toy.patterns(), lambda _: Failure("toy", "1", "time_limit", "too slow"))
    assert found.status == (FitStatus.TIME_LIMIT,)


def test_the_first_good_frame_of_a_standard_is_taken():
    patterns = replace(toy.patterns(2), status=("unreadable", "ok"), reason=("no", ""))
    assert calibrated(patterns, good).status == (FitStatus.OK,)


def test_widths_are_those_of_the_lines():
    x = np.arange(20.0, 60.0, 0.01)
    y = 20 + sum(
        1000 * np.exp(-4 * np.log(2) * ((x - c) / 0.12) ** 2) for c in (25.0, 33.0, 41.0, 52.0)
    )
    widths = line_widths_deg(x, y)
    assert len(widths) == 4
    assert widths == pytest.approx(0.12, rel=0.03)
    usual = Profile(0.001, 0.0, 0.0004, 0.003, 0.003, 0.002)
    found = start_profile(x, y, usual)
    assert found.axial_ratio == usual.axial_ratio
    assert start_profile(x, np.full(x.size, 3.0), usual) == usual


def test_a_width_is_told_over_the_whole_range():
    x = np.linspace(10.0, 140.0, 50)
    assert width_problem(Profile(0.002, -0.002, 0.004, 0.01, 0.01, 0.0), x) == ""
    refined_on_a_sample = Profile(0.0002, 0.001, -0.0051, 0.016, 0.102, 0.037)
    assert "Gaussian FWHM^2 of the profile is -0.0" in width_problem(refined_on_a_sample, x)
    assert width_problem(Profile(0.0, 0.0, -1e-5, 0.02, 0.02, 0.0), x) == ""
    assert "140.0 deg" in width_problem(Profile(0.0, 0.0, 0.0, 0.001, -0.1, 0.0), x)


@pytest.mark.parametrize(("ppm", "told"), [(0.0, False), (1000.0, True)])
def test_a_standard_whose_cell_would_not_be_the_certified_one_is_told(ppm, told):
    """A wavelength that is wrong, which the profile and the zero hide while the cell is held."""
    patterns = toy.patterns()
    wrong = replace(patterns, wavelength_angstrom=patterns.wavelength_angstrom * (1 + ppm * 1e-6))

    found = calibrated(wrong, good, STANDARD, gates={"rwp_percent": 99.0, "gof_ratio": 99.0})
    assert found.status == (FitStatus.OK,), found.reason
    value, sigma = found.profile.column("cell_difference_ppm")
    assert abs(value[0] - ppm) < 4 * sigma[0]
    assert (Flag.STANDARD_CELL_OFF in found.flags[0]) is told
    source = instrument_source(InstrumentOptions(standard="lab6"), {}, found)
    assert source.flags == ((Flag.STANDARD_CELL_OFF,) if told else ())


def test_a_standard_that_fits_with_its_cell_free_alone_names_the_wavelength():
    patterns = toy.patterns()
    wrong = replace(patterns, wavelength_angstrom=patterns.wavelength_angstrom * 1.001)
    found = calibrated(wrong, good, STANDARD, gates={"gof_ratio": 2.0})
    assert found.status == (FitStatus.GATE_FAILED,)
    assert "the wavelength is probably 1.545999 angstrom and not 1.547546" in found.reason[0]
