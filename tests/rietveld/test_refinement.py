"""Series: bad frames, restarts, engines side by side; the record that comes out."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.rietveld.interface import Failure, Fit, Job
from pipeline.rietveld.records import FitStatus, Flag, Gate, Patterns, Refinements
from pipeline.rietveld.refinement import refinements
from tests.rietveld import toy
from tests.rietveld.test_gates import with_value


def refined(patterns: Patterns, *answers, **options: object) -> Refinements:
    engines = [toy.engine(a, f"toy{k}" if k else "toy") for k, a in enumerate(answers)]
    models = (toy.model(),)
    source = toy.instrument()
    return refinements(patterns, toy.used(**options), models, source, engines)


def drifting(n: int) -> list[dict[str, float]]:
    """A cell that grows, and mixing with it."""
    return [
        {
            **toy.TRUTH,
            "NCM.a_angstrom": 2.87707 + 0.002 * k,
            "NCM.mixing_fraction": 0.0185 + 0.01 * k,
        }
        for k in range(n)
    ]


def test_one_pattern_has_its_numbers_with_what_follows_from_them():
    found = refined(toy.patterns(), toy.refine, starts=3)
    assert found.status == (FitStatus.OK,)
    assert found.flags == ((),)
    assert found.reason == ("",)
    a, sigma = found.parameters.column("NCM.a_angstrom")
    assert abs(a[0] - 2.87707) < 4 * sigma[0]
    mixing, sigma = found.derived.column("NCM.mixing_percent")
    assert abs(mixing[0] - 1.85) < 4 * sigma[0]
    slab, sigma = found.derived.column("NCM.slab_mo2_angstrom")
    assert abs(slab[0] - 2.1004) < 4 * sigma[0]
    assert found.refused.names == ()
    assert found.point_count[0] == toy.AXIS.size
    assert found.refined_count[0] == len(found.parameters.names)
    assert found.gof[0] == pytest.approx(found.rwp_percent[0] / found.rexp_percent[0])
    assert found.reduced_chi2[0] == pytest.approx(found.gof[0] ** 2)
    assert len(found.starts.what) == 3
    assert found.starts.same == (True, True, True)
    assert set(found.stages.start_index) == {0.0, 1.0, 2.0}
    assert np.diag(found.correlation_ratio[0]) == pytest.approx(1.0)
    oxygen = found.atoms.atom.index("O1")
    assert found.atoms.z_fraction[oxygen] == found.parameters.column("NCM.O1.z_fraction")[0][0]
    assert len(found.bonds.distance_angstrom) > 0
    assert found.calculated_counts.shape == found.observed_counts.shape == (1, toy.AXIS.size)


def test_a_series_is_followed_from_frame_to_frame():
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        return toy.refine(job)

    truths = drifting(5)
    found = refined(toy.patterns(truths=truths), answer, starts=3)
    assert set(found.status) == {FitStatus.OK}
    assert [job.warm for job in asked] == [False] * 3 + [True] * 5  # one of them asks for texture
    for name, key in (("a_angstrom", "NCM.a_angstrom"), ("mixing_percent", "NCM.mixing_fraction")):
        value, sigma = found.derived.column(f"NCM.{name}")
        unit = 100 if name == "mixing_percent" else 1
        truth = unit * np.array([t[key] for t in truths])
        assert (np.abs(value - truth) < 4 * sigma).all()
    assert Flag.RESTARTED not in {flag for flags in found.flags for flag in flags}


def test_a_bad_frame_is_a_status_and_leaves_no_trace_in_the_next():
    patterns = toy.patterns(truths=drifting(4))
    counts = np.array(patterns.intensity_counts)
    counts[1, 300] = np.nan
    broken = replace(
        patterns,
        intensity_counts=counts,
        status=("ok", "ok", "unreadable", "ok"),
        reason=("", "", "no numbers", ""),
    )
    whole, found = refined(patterns, toy.refine), refined(broken, toy.refine)
    ok = FitStatus.OK
    assert found.status == (ok, FitStatus.BAD_INPUT, FitStatus.FRAME_FAILED, ok)
    assert "NaN" in found.reason[1]
    assert found.reason[2] == "no numbers"
    for row in (1, 2):
        assert np.isnan(found.parameters.value[row]).all()
        assert np.isnan(found.derived.value[row]).all()
        assert np.isnan(found.rwp_percent[row])
        assert np.isnan(found.calculated_counts[row]).all()
    for column in range(len(whole.parameters.names)):
        sigma = whole.parameters.sigma[3, column]
        apart = abs(found.parameters.value[3, column] - whole.parameters.value[3, column])
        assert apart < 0.02 * sigma


def test_a_frame_that_fails_a_gate_is_nobodys_start():
    asked: list[Job] = []

    def answer(job: Job) -> Fit:
        asked.append(job)
        fit = toy.refine(job)
        if job.name.startswith("toy_1"):
            return with_value(with_value(fit, "NCM.mixing_fraction", -0.1), "NCM.a_angstrom", 2.95)
        return fit

    found = refined(toy.patterns(3), answer)
    assert [s is FitStatus.OK for s in found.status] == [True, False, True]
    last = asked[-1]
    assert last.warm
    assert last.name == "toy_2_toy"
    assert last.phases[0].cell[0] == found.parameters.column("NCM.a_angstrom")[0][0]


def test_results_of_a_frame_that_fails_a_gate_stand_in_refused():
    found = refined(
        toy.patterns(),
        lambda job: with_value(toy.refine(job), "NCM.mixing_fraction", -0.047, 0.003),
    )
    assert found.status == (FitStatus.GATE_FAILED,)
    assert found.failed_gates == ((Gate.MIXING_POSSIBLE.value,),)
    assert found.reason[0].startswith("Mixing of 'NCM' -4.7(3) %")
    assert found.parameters.names == ()
    assert found.derived.names == ()
    assert found.refused.column("NCM.mixing_fraction")[0][0] == -0.047
    assert np.isfinite(found.calculated_counts).all()
    assert len(found.atoms.atom) == 0


@pytest.mark.parametrize(
    ("kind", "status"),
    [("engine_failed", FitStatus.ENGINE_FAILED), ("time_limit", FitStatus.TIME_LIMIT)],
)
def test_an_engine_that_fails_is_a_status_with_its_words(kind, status):
    found = refined(toy.patterns(), lambda job: Failure("toy", "9", kind, f"said no to {job.name}"))
    assert found.status == (status,)
    assert found.reason == ("said no to toy_0_toy",)
    assert found.engine_version == ("9",)
    assert found.observed_counts.shape == (1, toy.AXIS.size)


def test_no_frame_at_all_still_makes_a_record():
    patterns = replace(toy.patterns(2), status=("unreadable",) * 2, reason=("no",) * 2)
    found = refined(patterns, toy.refine)
    assert found.status == (FitStatus.FRAME_FAILED,) * 2
    assert found.two_theta_deg.shape[0] == 2


def test_a_frame_that_a_neighbour_leads_astray_is_restarted():
    """Warm starts of frame 2 end at an impossible mixing; from all starts it is found."""

    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        astray = job.warm and job.name.startswith("toy_2")
        return with_value(fit, "NCM.mixing_fraction", -0.2, 0.003) if astray else fit

    found = refined(toy.patterns(4), answer, starts=3)
    assert set(found.status) == {FitStatus.OK}
    assert [Flag.RESTARTED in flags for flags in found.flags] == [False, False, True, False]


def test_a_frame_that_fits_much_worse_than_its_neighbour_is_restarted():
    def answer(job: Job) -> Fit:
        fit = toy.refine(job)
        if job.warm and job.name.startswith("toy_2"):
            return replace(fit, calculated_counts=fit.calculated_counts * 0.93)
        return fit

    found = refined(toy.patterns(4), answer, starts=2)
    assert [Flag.RESTARTED in flags for flags in found.flags] == [False, False, True, False]
    assert found.rwp_percent[2] < 1.2 * found.rwp_percent[1]


def test_a_frame_that_is_worse_in_itself_keeps_its_answer():
    truths = [toy.TRUTH] * 3
    patterns = toy.patterns(truths=truths)
    counts = np.array(patterns.intensity_counts)
    weak = np.random.default_rng(4).binomial(counts[1].astype(int), 0.1)
    counts[1] = weak
    found = refined(replace(patterns, intensity_counts=counts), toy.refine)
    assert set(found.status) == {FitStatus.OK}
    assert [Flag.RESTARTED in flags for flags in found.flags] == [False, True, False]


def test_engines_stand_side_by_side_and_their_difference_is_a_remark():
    def other(job: Job) -> Fit:
        fit = toy.refine(job)
        name = "NCM.a_angstrom"
        shifted = with_value(fit, name, fit.of(name)[0] * (1 + 100e-6))
        return shifted if job.name.startswith("toy_1") else fit

    found = refined(toy.patterns(2), toy.refine, other)
    assert found.engine == ("toy", "toy", "toy1", "toy1")
    assert list(found.frame) == [0, 1, 0, 1]
    differ = [Flag.ENGINES_DIFFER in flags for flags in found.flags]
    assert differ == [False, True, False, True]


def test_mixing_that_differs_between_engines_is_a_remark():
    def other(job: Job) -> Fit:
        return with_value(toy.refine(job), "NCM.mixing_fraction", 0.09)

    found = refined(toy.patterns(), toy.refine, other)
    assert all(Flag.ENGINES_DIFFER in flags for flags in found.flags)


def test_lithium_that_nobody_gave_is_a_remark():
    phases = {"NCM": toy.used().phases["NCM"].model_dump()}
    phases["NCM"].pop("li_fraction")
    found = refined(toy.patterns(), toy.refine, phases=phases)
    assert Flag.LI_CONTENT_ASSUMED in found.flags[0]
    assert Flag.LI_CONTENT_ASSUMED not in refined(toy.patterns(), toy.refine).flags[0]


def test_remarks_of_the_pattern_and_the_instrument_are_kept():
    patterns = replace(toy.patterns(), flags=(("file_remark", "no_esd"),))
    source = toy.instrument(flags=(Flag.PROFILE_NOT_CALIBRATED,))
    found = refinements(patterns, toy.used(), (toy.model(),), source, [toy.engine()])
    assert found.flags[0] == (Flag.FILE_REMARK, Flag.PROFILE_NOT_CALIBRATED, Flag.ONE_START)


def test_the_same_input_gives_the_same_record():
    one, two = (refined(toy.patterns(2), toy.refine, starts=3) for _ in range(2))
    np.testing.assert_array_equal(one.parameters.value, two.parameters.value)
    np.testing.assert_array_equal(one.derived.sigma, two.derived.sigma)
