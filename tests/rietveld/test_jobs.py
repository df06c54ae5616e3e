"""What goes to an engine: points, esds, choices; and what is refused, in words, before an engine sees it."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.instrument_source import LABORATORY, SYNCHROTRON, Measured
from pipeline.rietveld.interface import Job, Profile
from pipeline.rietveld.jobs import job_of
from pipeline.rietveld.points import Points, Refused, points_of
from pipeline.rietveld.records import FitStatus, Patterns
from tests.rietveld import toy


def changed(field: str, at: int | None, value: float, start: Patterns | None = None) -> Patterns:
    made = start or toy.patterns()
    array = np.array(getattr(made, field))
    if array.ndim == 2:
        array[0, at] = value
    else:
        array[0] = value
    return replace(made, **{field: array})


def asked(patterns: Patterns, **options: object) -> Job | Refused:
    return job_of(patterns, 0, toy.used(**options), (toy.model(),), toy.instrument(), "toy")


def refusal(patterns: Patterns, **options: object) -> str:
    found = asked(patterns, **options)
    assert isinstance(found, Refused)
    assert found.status is FitStatus.BAD_INPUT
    return found.reason


def with_esds(value: float = 5.0) -> Patterns:
    made = toy.patterns()
    return replace(made, sigma_counts=np.full(made.sigma_counts.shape, value))


def test_counts_have_the_root_as_esd_and_that_of_one_count_at_none():
    found = points_of(changed("intensity_counts", 7, 0.0), 0, toy.used())
    assert isinstance(found, Points)
    expected = np.sqrt(np.maximum(found.counts, 1.0))
    assert found.sigma_counts == pytest.approx(expected)
    assert found.sigma_counts[7] == 1.0


def test_rates_have_the_gain_in_their_esds():
    made = changed("intensity_counts", 3, 0.0)
    rates = replace(made, intensity_counts=made.intensity_counts / 4, gain_ratio=np.array([0.25]))
    found = points_of(rates, 0, toy.used())
    assert isinstance(found, Points)
    assert found.sigma_counts == pytest.approx(np.sqrt(np.maximum(found.counts * 4, 1.0)) / 4)


def test_stated_esds_are_used_as_they_are():
    found = points_of(with_esds(5.0), 0, toy.used())
    assert isinstance(found, Points)
    assert (found.sigma_counts == 5.0).all()


def test_intensities_on_an_unknown_scale_have_esds_from_their_scatter():
    made = toy.patterns()
    scaled = replace(
        made, intensity_counts=made.intensity_counts * 0.013, gain_ratio=np.array([np.nan])
    )
    found = points_of(scaled, 0, toy.used())
    assert isinstance(found, Points)
    ratio = found.sigma_counts / (0.013 * np.sqrt(np.maximum(made.intensity_counts[0], 1)))
    assert np.median(ratio) == pytest.approx(1.0, abs=0.08)


def test_smooth_intensities_on_an_unknown_scale_are_refused():
    made = toy.patterns()
    flat = replace(
        made,
        intensity_counts=np.full(made.intensity_counts.shape, 3.0),
        gain_ratio=np.array([np.nan]),
    )
    assert "esds" in refusal(flat)


def test_a_nan_is_refused_with_its_angle_and_can_be_left_out():
    made = changed("intensity_counts", 500, np.nan)
    assert "54.0000 deg" in refusal(made)
    job = asked(made, excluded_deg=[(53.9, 54.1)])
    assert isinstance(job, Job)
    assert np.isfinite(job.counts).all()


def test_the_padding_of_a_shorter_frame_is_no_nan():
    made = toy.patterns()
    two_theta, counts = np.array(made.two_theta_deg), np.array(made.intensity_counts)
    two_theta[0, -50:] = counts[0, -50:] = np.nan
    job = asked(replace(made, two_theta_deg=two_theta, intensity_counts=counts))
    assert isinstance(job, Job)
    assert job.counts.size == toy.AXIS.size - 50


def test_a_stated_esd_of_zero_is_refused_where_there_are_counts():
    made = changed("sigma_counts", 500, 0.0, with_esds())
    assert "1 esds are 0" in refusal(made)
    assert "excluded_deg" in refusal(made)


def test_a_stated_esd_of_zero_at_no_counts_is_that_of_one_count():
    made = changed("intensity_counts", 500, 0.0, changed("sigma_counts", 500, 0.0, with_esds()))
    found = points_of(made, 0, toy.used())
    assert isinstance(found, Points)
    assert found.sigma_counts[500] == 1.0


@pytest.mark.parametrize("value", [np.nan, -1.0, np.inf])
def test_a_stated_esd_that_is_none_is_refused(value):
    assert "esds are no numbers" in refusal(changed("sigma_counts", 500, value, with_esds()))


def test_counts_below_zero_are_refused_and_noise_about_a_subtracted_background_is_not():
    assert "below 0" in refusal(changed("intensity_counts", 500, -2.0))
    assert isinstance(asked(changed("intensity_counts", 500, -2.0, with_esds())), Job)
    assert "below 0" in refusal(changed("intensity_counts", 500, -200.0, with_esds()))


def test_angles_that_do_not_ascend_are_refused():
    assert "do not ascend" in refusal(changed("two_theta_deg", 500, 33.0))
    assert "do not ascend" in refusal(changed("two_theta_deg", 500, float(toy.AXIS[499])))


def test_an_empty_pattern_is_refused():
    made = toy.patterns()
    dark = replace(made, intensity_counts=np.zeros(made.intensity_counts.shape))
    assert "all intensities are 0" in refusal(dark)


def test_too_few_points_are_refused():
    said = refusal(toy.patterns(), range_deg=(40.0, 41.0))
    assert f"of {toy.AXIS.size} points are left by `range_deg` of 40 to 41 deg" in said
    assert f"from {toy.AXIS[0]:g} to {toy.AXIS[-1]:g} deg" in said


def test_a_pattern_that_was_cut_off_is_refused_as_such():
    made = toy.patterns()
    fields = ("two_theta_deg", "intensity_counts", "sigma_counts")
    cut = replace(made, **{name: getattr(made, name)[:, :80] for name in fields})
    said = refusal(cut)
    assert "the pattern has 80 points" in said
    assert "range_deg" not in said


@pytest.mark.parametrize(
    ("geometry", "ratio", "said"),
    [
        ("debye-scherrer", 1.001, ""),
        ("debye-scherrer", 0.7093 / 1.5406, "measured at 0.7"),
        ("bragg-brentano", 1.0, "measured in bragg-brentano geometry"),
    ],
)
def test_a_standard_of_another_instrument_is_refused(geometry, ratio, said):
    made = toy.patterns()
    standard = Measured("lab6", geometry, ratio * float(made.wavelength_angstrom[0]))
    source = toy.instrument(standard=standard)
    found = job_of(made, 0, toy.used(), (toy.model(),), source, "toy")
    assert said in found.reason if isinstance(found, Refused) else not said


def test_a_stage_below_the_pattern_is_refused():
    stages = [{"free": ["scale"]}, {"free": ["cell"], "up_to_deg": float(toy.AXIS[50])}]
    said = refusal(toy.patterns(), stages=stages)
    assert "stage 2" in said
    assert f"begins at {toy.AXIS[0]:g} deg" in said


@pytest.mark.parametrize("value", [np.nan, 154.06, -1.0])
def test_a_wavelength_that_is_none_is_refused(value):
    assert "wavelength" in refusal(changed("wavelength_angstrom", None, value))


def test_a_frame_that_failed_before_keeps_its_reason():
    made = replace(toy.patterns(), status=("unreadable",), reason=("no numbers in it",))
    found = asked(made)
    assert found == Refused(FitStatus.FRAME_FAILED, "no numbers in it")


def test_an_engine_without_a_profile_from_the_standard_is_not_asked():
    source = toy.instrument(refused={"toy": "standard 'lab6': it did not converge"})
    found = job_of(toy.patterns(), 0, toy.used(), (toy.model(),), source, "toy")
    assert isinstance(found, Refused)
    assert "lab6" in found.reason
    assert isinstance(job_of(toy.patterns(), 0, toy.used(), (toy.model(),), source, "other"), Job)


def test_range_and_exclusions_are_applied():
    job = asked(toy.patterns(), range_deg=(20.0, 80.0), excluded_deg=[(40.0, 45.0)])
    assert isinstance(job, Job)
    x = job.two_theta_deg
    assert x[0] >= 20.0
    assert x[-1] <= 80.0
    assert not ((x >= 40.0) & (x <= 45.0)).any()


def test_position_is_displacement_on_a_focusing_circle_and_zero_elsewhere():
    lab = replace(toy.patterns(), geometry="bragg-brentano")
    for made, wanted in ((lab, "displacement"), (toy.patterns(), "zero")):
        job = asked(made)
        assert isinstance(job, Job)
        assert job.position == wanted
    job = asked(lab, position="zero")
    assert isinstance(job, Job)
    assert job.position == "zero"


def test_polarisation_is_that_of_a_tube_for_a_doublet_or_a_known_anode():
    made = toy.patterns()
    doublet = replace(made, kalpha2_angstrom=np.array([1.5444]), kalpha2_ratio=np.array([0.5]))
    copper = replace(made, wavelength_angstrom=np.array([1.5406]))
    for patterns, wanted in ((made, 0.95), (doublet, 0.5), (copper, 0.5)):
        job = asked(patterns)
        assert isinstance(job, Job)
        assert job.polarisation_ratio == wanted
    source = toy.instrument(polarisation_ratio=0.7)
    job = job_of(made, 0, toy.used(), (toy.model(),), source, "toy")
    assert isinstance(job, Job)
    assert job.polarisation_ratio == 0.7


def test_all_engines_are_asked_the_same_but_for_the_profile():
    own = Profile(0.0, 0.0, 0.01, 0.0, 0.02, 0.03)
    source = toy.instrument(by_engine={"one": own})
    one, two = (
        job_of(toy.patterns(), 0, toy.used(), (toy.model(),), source, name)
        for name in ("one", "two")
    )
    assert isinstance(one, Job)
    assert isinstance(two, Job)
    assert one.profile == own
    assert two.profile == SYNCHROTRON
    assert replace(one, profile=two.profile, name=two.name).phases == two.phases
    np.testing.assert_array_equal(one.counts, two.counts)


def test_a_profile_refined_on_the_sample_starts_as_wide_as_its_lines():
    source = toy.instrument(refine=("w_deg2", "x_deg", "y_deg"))
    phases = (toy.model(refine_size=True), toy.model(name="other", refine_size=True))
    job = job_of(toy.patterns(), 0, toy.used(), phases, source, "toy")
    assert isinstance(job, Job)
    assert 0.04 < np.sqrt(job.profile.w_deg2) + job.profile.x_deg + job.profile.y_deg < 0.4
    assert not job.phases[0].refine_size
    assert not job.phases[0].refine_strain
    assert job.phases[1].refine_size
    assert job.phases[1].refine_strain
    assert job.profile_free == ("w_deg2", "x_deg", "y_deg")


def test_the_usual_profile_is_that_of_the_geometry():
    lab = replace(toy.patterns(), geometry="bragg-brentano")
    job = asked(lab)
    assert isinstance(job, Job)
    assert job.profile == LABORATORY


def test_the_background_starts_below_the_lines():
    job = asked(toy.patterns(), background_terms=5)
    assert isinstance(job, Job)
    assert len(job.background_counts) == 5
    assert 70 < job.background_counts[0] < 110
