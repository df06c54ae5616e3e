"""Cells from line positions: exact recovery, corrections, standards, outliers, sigmas that cover."""

import numpy as np
import pytest
from scipy.optimize import brentq

from pipeline.physics.lattice import FREE, volume_angstrom3
from pipeline.xrd.cell import cells
from pipeline.xrd.options import CellOptions, PhaseOptions, RatioOptions, StandardOptions
from pipeline.xrd.records import Flag, FrameStatus, LineStatus
from pipeline.xrd.shift_laws import displacement_law
from tests.xrd.known_lines import CU, LAYERED, NMC, tracks, true_two_theta

TRUE = (2.8701, 2.8701, 14.2103, 90.0, 90.0, 120.0)
GEOMETRIES = ("bragg-brentano", "debye-scherrer", "grazing-incidence")
SYSTEMS = {
    "cubic": (8.15, 8.15, 8.15, 90, 90, 90),
    "tetragonal": (5.7, 5.7, 9.1, 90, 90, 90),
    "hexagonal": TRUE,
    "orthorhombic": (4.9, 6.1, 10.3, 90, 90, 90),
    "monoclinic": (4.95, 8.55, 5.03, 90, 109.2, 90),
    "triclinic": (5.1, 6.2, 7.3, 81.0, 95.0, 103.0),
}
GENERAL = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, -1, 2)]
GENERAL += [(2, 1, 3), (2, 0, -1), (1, 2, -1), (0, 2, 3)]


def fit(position, correction="none", phase=NMC, reference=None, sigma=0.001, given=None, **more):
    made = tracks(phase, position, sigma, **(given or {}))
    return cells(made, "NMC", phase, CellOptions(correction=correction, **more), reference)


def start(system, cell):
    """Options whose start cell is 1 % too long, and 1 deg off in its free angles."""
    values = dict(zip(("a", "b", "c", "alpha", "beta", "gamma"), cell, strict=True))
    given = {
        f"{n}_angstrom" if len(n) == 1 else f"{n}_deg": v * 1.01 if len(n) == 1 else v + 1
        for n, v in values.items()
        if n in FREE[system]
    }
    return PhaseOptions(system=system, reflections=GENERAL, **given)


@pytest.mark.parametrize("correction", ["none", "zero", "displacement"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_exact_positions_give_the_cell_back(system, correction):
    cell = np.array(SYSTEMS[system], float)
    exact = true_two_theta(GENERAL, cell)
    law = {"none": 0.0, "zero": 1.0}.get(correction)
    law = displacement_law("bragg-brentano", exact) if law is None else law
    found = fit(exact + 0.08 * law, correction, start(system, cell))
    assert found.status == (FrameStatus.OK,)
    recovered = [found.a_angstrom, found.b_angstrom, found.c_angstrom]
    recovered += [found.alpha_deg, found.beta_deg, found.gamma_deg]
    np.testing.assert_allclose(np.array(recovered)[:, 0], cell, rtol=1e-8)
    assert found.volume_angstrom3[0] == pytest.approx(volume_angstrom3(cell), rel=1e-8)
    assert found.c_over_a_ratio[0] == pytest.approx(cell[2] / cell[0], rel=1e-8)
    fixed = [n for n in ("alpha", "beta", "gamma") if n not in FREE[system]]
    assert all(getattr(found, f"{n}_sigma_deg")[0] == 0 for n in fixed)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_displacement_is_found_in_micrometres(geometry):
    """100 um at 240 mm; in Bragg-Brentano geometry at 0 deg: -2 s / R = -0.0477 deg."""
    exact = true_two_theta(LAYERED, TRUE)
    seen = exact + np.degrees(0.1 / 240) * displacement_law(geometry, exact)
    found = fit(seen, "displacement", given={"geometry": geometry})
    assert found.displacement_um[0] == pytest.approx(100.0, rel=1e-6)
    assert found.c_angstrom[0] == pytest.approx(TRUE[2], rel=1e-8)
    # At the start cell's (003), half a percent away from the true one.
    assert found.shift_deg[0] == pytest.approx(seen[0, 0] - exact[0, 0], abs=1e-4)


def test_displacement_laws_at_their_ends():
    """Bragg-Brentano: 2 s/R at 0, nothing at 180; capillary: reversed at 180; grazing: most at 90."""
    angle = np.array([0.0, 90.0, 180.0])
    np.testing.assert_allclose(
        displacement_law("bragg-brentano", angle), [-2, -np.sqrt(2), 0], atol=1e-12
    )
    np.testing.assert_allclose(displacement_law("debye-scherrer", angle), [-1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(displacement_law("grazing-incidence", angle), [0, -1, 0], atol=1e-12)


def test_without_a_radius_there_is_no_displacement_in_micrometres():
    found = fit(true_two_theta(LAYERED, TRUE), "displacement", given={"radius": np.nan})
    assert np.isnan(found.displacement_um[0])
    assert found.status == (FrameStatus.OK,)


def test_c_from_a_displaced_pattern_without_correction_is_wrong_and_the_model_sigma_covers_it():
    """What the corrections are for: 0.05 deg of displacement moves c; zero and displacement nearly agree."""
    exact = true_two_theta(LAYERED, TRUE)
    rng = np.random.default_rng(2)
    seen = (
        exact + 0.02 * displacement_law("bragg-brentano", exact) + rng.normal(0, 1e-3, exact.shape)
    )
    wrong, right, zero = (fit(seen, c) for c in ("none", "displacement", "zero"))
    assert abs(wrong.c_angstrom[0] - TRUE[2]) > 0.01
    assert abs(right.c_angstrom[0] - TRUE[2]) < 4 * right.c_sigma_angstrom[0]
    assert Flag.FIT_POOR in wrong.flags[0]
    between = abs(right.c_angstrom[0] - zero.c_angstrom[0])
    assert right.c_model_sigma_angstrom[0] in (0.0, pytest.approx(between, rel=1e-6))


def test_model_sigma_is_the_largest_distance_between_allowed_cells():
    """At low angles zero and displacement cannot be told apart, and both are allowed."""
    exact = true_two_theta(LAYERED[:5], TRUE)
    rng = np.random.default_rng(5)
    phase = NMC.model_copy(update={"reflections": LAYERED[:5]})
    seen = exact + 0.05 + rng.normal(0, 3e-3, exact.shape)
    zero = fit(seen, "zero", phase, sigma=3e-3)
    displacement = fit(seen, "displacement", phase, sigma=3e-3)
    for name in ("a", "c"):
        one, other = (getattr(f, f"{name}_angstrom")[0] for f in (zero, displacement))
        assert getattr(zero, f"{name}_model_sigma_angstrom")[0] == pytest.approx(abs(one - other))


def test_frames_may_use_different_lines_and_bad_ones_say_why():
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 6, axis=0)
    words = np.full(exact.shape, LineStatus.FITTED, dtype=object)
    words[1, :4] = LineStatus.ABSENT  # four are left
    words[2, :] = LineStatus.TOO_WEAK
    words[3, 2:] = LineStatus.ABSENT  # two lines for three parameters
    words[4, [1, 3, 4, 5, 6, 7]] = LineStatus.ABSENT
    frames = [FrameStatus.OK] * 5 + [FrameStatus.UNREADABLE]
    exact[5] = np.nan
    found = fit(exact, "zero", given={"status": words, "frames": frames})
    wanted = ["ok", "ok", "no_lines", "too_few_lines", "too_few_lines", "unreadable"]
    assert [str(s) for s in found.status] == wanted
    np.testing.assert_allclose(found.c_angstrom[:2], TRUE[2], rtol=1e-8)
    assert np.isnan(found.c_angstrom[2:]).all()
    assert np.isnan(found.volume_sigma_angstrom3[2:]).all()
    np.testing.assert_array_equal(found.line_count, [8, 4, 0, 2, 2, 0])
    assert "2 of 8 lines for 3 parameters (a, c, zero)" in found.reason[3]


def test_basal_lines_alone_give_c_and_nothing_else():
    """Operando series often have (003) alone: c is three times its spacing, and a is not known."""
    for lines, correction in (([(0, 0, 3)], "none"), ([(0, 0, 3), (0, 0, 6), (0, 0, 9)], "zero")):
        phase = NMC.model_copy(update={"reflections": lines})
        found = fit(true_two_theta(lines, TRUE), correction, phase)
        assert found.status == (FrameStatus.OK,)
        assert found.c_angstrom[0] == pytest.approx(TRUE[2], rel=1e-8)
        assert found.c_sigma_angstrom[0] > 0
        for name in ("a", "a_sigma", "b", "b_sigma"):
            assert np.isnan(getattr(found, f"{name}_angstrom")[0])
        assert np.isnan([found.volume_angstrom3[0], found.volume_sigma_angstrom3[0]]).all()
        assert np.isnan([found.c_over_a_ratio[0], found.c_over_a_sigma_ratio[0]]).all()


def test_lines_that_do_not_determine_the_cell_are_refused():
    """A frame with 00l lines only, of a series that has others, says nothing about a."""
    phase = NMC.model_copy(update={"reflections": [(0, 0, 3), (0, 0, 6), (0, 0, 9), (1, 0, 1)]})
    exact = np.repeat(true_two_theta(phase.reflections, TRUE), 2, axis=0)
    exact[1, 3] = np.nan
    found = fit(exact, "none", phase)
    assert found.status == (FrameStatus.OK, FrameStatus.TOO_FEW_LINES)
    assert "do not determine" in found.reason[1]


def test_a_cell_that_nothing_checks_is_none_where_most_lines_were_not_found():
    """From a start cell far off, the few lines that were found may be others than they are taken for."""
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 2, axis=0)
    exact[1, 3:] = np.nan
    found = fit(exact, "displacement")
    assert found.status == (FrameStatus.OK, FrameStatus.TOO_FEW_LINES)
    assert np.isnan(found.c_angstrom[1])
    assert f"3 of {len(LAYERED)} lines for 3 parameters" in found.reason[1]


def test_as_many_lines_as_parameters_is_flagged():
    phase = NMC.model_copy(update={"reflections": LAYERED[:2]})
    found = fit(true_two_theta(phase.reflections, TRUE), "none", phase)
    assert found.flags[0] == (Flag.NO_DEGREES_OF_FREEDOM,)
    assert np.isnan(found.reduced_chi2[0])
    assert found.a_sigma_angstrom[0] > 0
    assert np.isnan(found.c_model_sigma_angstrom[0])


def test_wrong_indices_give_no_cell():
    """Angles of another phase altogether: no cell within a factor of two of the start."""
    found = fit(np.linspace(90.0, 150.0, 8)[None], "none")
    assert found.status[0] in (FrameStatus.NOT_CONVERGED, FrameStatus.OK)
    if found.status[0] is FrameStatus.OK:
        assert Flag.FIT_POOR in found.flags[0]


def test_a_line_wrongly_fitted_is_left_out_and_named():
    rng = np.random.default_rng(0)
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 3, axis=0)
    seen = exact + rng.normal(0, 1e-3, exact.shape)
    seen[1, 6] += 0.08
    found = fit(seen, "zero")
    assert [Flag.LINE_EXCLUDED in f for f in found.flags] == [False, True, False]
    assert found.reason[1] == "left out: 108"
    np.testing.assert_array_equal(found.line_count, [8, 7, 8])
    assert (np.abs(found.a_angstrom - TRUE[0]) < 4 * found.a_sigma_angstrom).all()


def test_two_lines_taken_for_each_other_are_left_out_together():
    """(108) and (110) cross while the cell shrinks, and their names were swapped: neither stands out alone."""
    rng = np.random.default_rng(1)
    exact = true_two_theta(LAYERED, TRUE)
    seen = exact + rng.normal(0, 1e-3, exact.shape)
    seen[:, [6, 7]] = seen[:, [7, 6]]
    for correction in ("displacement", "zero", "none"):
        found = fit(seen, correction)
        assert found.reason[0] == "left out: 108, 110"
        assert abs(found.a_angstrom[0] - TRUE[0]) < 4 * found.a_sigma_angstrom[0]
        assert Flag.FIT_POOR not in found.flags[0]


def test_good_lines_are_seldom_left_out():
    """At most about one frame in a hundred loses a line by chance; here all sigmas are right."""
    rng = np.random.default_rng(4)
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 2000, axis=0)
    found = fit(exact + rng.normal(0, 1e-3, exact.shape), "zero")
    assert np.mean([Flag.LINE_EXCLUDED in f for f in found.flags]) < 0.01


def test_no_line_is_left_out_where_none_can_be_spared():
    exact = true_two_theta(LAYERED, TRUE)[:, :4]
    phase = NMC.model_copy(update={"reflections": LAYERED[:4]})
    seen = exact.copy()
    seen[0, 3] += 0.1
    found = fit(seen, "zero", phase)
    assert found.line_count[0] == 4
    assert Flag.FIT_POOR in found.flags[0]


@pytest.mark.parametrize("correction", ["none", "zero", "displacement", "standard"])
def test_quoted_sigmas_cover(correction):
    """5,000 frames: one sigma covers 72 % of the truths of a, c, V, c/a and the shift.

    Of five or six degrees of freedom: exact sigmas would cover 68.3, and being scaled up where the
    scatter is large by chance, but never down, gives 72 (mean of 2 Phi(sqrt(max(1, chi2 / f))) - 1).
    """
    rng = np.random.default_rng(7)
    n = 5000
    exact = np.repeat(true_two_theta(LAYERED, TRUE), n, axis=0)
    sigma = np.array([1, 4, 3, 3, 1, 3, 2, 2]) * 1e-3
    law = displacement_law("bragg-brentano", exact)
    size = {"none": 0.0, "zero": 0.05}.get(correction, 0.03)
    shift = size * (1.0 if correction == "zero" else law)
    more, given = {}, {}
    if correction == "standard":
        true_deg = 52.0
        of_standard = displacement_law("bragg-brentano", np.array([true_deg]))[0]
        given["standard"] = true_deg + size * of_standard + rng.normal(0, 1e-3, n)
        more["standard"] = StandardOptions(two_theta_deg=52.0, true_deg=true_deg)
    found = fit(exact + shift + sigma * rng.normal(size=exact.shape), correction, sigma=sigma, given=given, **more)  # fmt: skip
    pulls = {
        "a": (found.a_angstrom - TRUE[0]) / found.a_sigma_angstrom,
        "c": (found.c_angstrom - TRUE[2]) / found.c_sigma_angstrom,
        "V": (found.volume_angstrom3 - volume_angstrom3(TRUE)) / found.volume_sigma_angstrom3,
        "c/a": (found.c_over_a_ratio - TRUE[2] / TRUE[0]) / found.c_over_a_sigma_ratio,
    }
    if correction != "none":
        at_first = shift[:, 0] if correction != "zero" else 0.05
        pulls["shift"] = (found.shift_deg - at_first) / found.shift_sigma_deg
    for name, pull in pulls.items():
        own = correction == "standard" and name == "shift"  # no scatter of lines in it
        expected = 0.683 if own else 0.72
        assert np.mean(np.abs(pull) < 1) == pytest.approx(expected, abs=0.02), name
        assert abs(pull.mean()) < 0.1, name


def test_sigmas_grow_with_the_scatter_about_the_lines():
    """Positions that scatter three times their sigmas: reduced chi2 near nine, sigmas three times as large."""
    rng = np.random.default_rng(8)
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 1500, axis=0)
    found = fit(exact + rng.normal(0, 3e-3, exact.shape), "zero", sigma=1e-3)
    assert np.median(found.reduced_chi2) == pytest.approx(8.5, abs=1.0)
    covered = np.abs(found.c_angstrom - TRUE[2]) < found.c_sigma_angstrom
    assert covered.mean() == pytest.approx(0.65, abs=0.05)  # Student's, of five degrees of freedom


def test_the_scatter_about_the_peak_fit_counts():
    exact = true_two_theta(LAYERED, TRUE)
    once, twice = (fit(exact, given={"scatter_ratio": np.full(exact.shape, s)}) for s in (1.0, 2.0))
    assert twice.c_sigma_angstrom[0] == pytest.approx(2 * once.c_sigma_angstrom[0])


def test_internal_standard_with_a_true_position():
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 3, axis=0)
    sizes = np.array([0.5, 0.6, 0.7])  # about a degree, as in a cell for operando work
    seen = exact + sizes[:, None] * displacement_law("bragg-brentano", exact)
    standard = 50.93 + sizes * displacement_law("bragg-brentano", np.array([50.93]))
    options = StandardOptions(two_theta_deg=50.0, true_deg=50.93, tolerance_deg=0.05)
    found = fit(seen, "standard", given={"standard": standard}, standard=options)
    np.testing.assert_allclose(found.c_angstrom, TRUE[2], rtol=1e-7)
    np.testing.assert_allclose(found.a_angstrom, TRUE[0], rtol=1e-7)
    np.testing.assert_array_equal(found.standard_deg, standard)
    assert [Flag.STANDARD_MOVED in f for f in found.flags] == [False, True, True]


def test_a_standard_that_lies_elsewhere_than_the_sample_shows_in_the_model_sigma():
    """A window before the sample: displaced by 0.1 deg less. Eight lines know better, and say how far it is."""
    exact = true_two_theta(LAYERED, TRUE)
    rng = np.random.default_rng(6)
    seen = (
        exact + 0.5 * displacement_law("bragg-brentano", exact) + rng.normal(0, 1e-3, exact.shape)
    )
    standard = 50.93 + 0.45 * displacement_law("bragg-brentano", np.array([50.93]))
    options = StandardOptions(two_theta_deg=50.0, true_deg=50.93)
    found = fit(seen, "standard", given={"standard": standard}, standard=options)
    away = abs(found.c_angstrom[0] - TRUE[2])
    assert away > 0.02
    assert found.c_model_sigma_angstrom[0] == pytest.approx(away, abs=2e-3)
    assert Flag.CORRECTION_MATTERS in found.flags[0] or Flag.FIT_POOR in found.flags[0]


def test_a_standard_by_its_spacing_is_the_same():
    exact = true_two_theta(LAYERED, TRUE)
    by_spacing = StandardOptions(
        two_theta_deg=50.9, spacing_angstrom=CU / 2 / np.sin(np.radians(25))
    )
    by_angle = StandardOptions(two_theta_deg=50.9, true_deg=50.0)
    one, other = (
        fit(exact, "standard", given={"standard": [50.2]}, standard=s)
        for s in (by_spacing, by_angle)
    )
    assert one.c_angstrom[0] == pytest.approx(other.c_angstrom[0], rel=1e-12)


def test_a_standard_of_unknown_position_keeps_frames_together():
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 3, axis=0)
    law = displacement_law("bragg-brentano", exact)
    sizes = np.array([0.0, 0.02, -0.03])
    of_standard = displacement_law("bragg-brentano", np.array([52.0]))[0]
    options = StandardOptions(two_theta_deg=52.0)
    standard = 52.0 + sizes * of_standard
    common = 0.05 * law  # stays: nobody says where the standard belongs
    found = fit(exact + common + sizes[:, None] * law, "standard", given={"standard": standard}, standard=options)  # fmt: skip
    np.testing.assert_allclose(found.c_angstrom, found.c_angstrom[0], rtol=2e-6)
    assert abs(found.c_angstrom[0] - TRUE[2]) > 0.01


def test_a_lost_standard_is_a_status_where_it_corrects_and_a_flag_elsewhere():
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 2, axis=0)
    options = StandardOptions(two_theta_deg=52.0, true_deg=52.0)
    given = {"standard": [52.0, np.nan]}
    found = fit(exact, "standard", given=given, standard=options)
    assert found.status == (FrameStatus.OK, FrameStatus.STANDARD_LOST)
    assert np.isnan(found.a_angstrom[1])
    found = fit(exact, "zero", given=given, standard=options)
    assert found.status == (FrameStatus.OK, FrameStatus.OK)
    assert found.flags == ((), (Flag.STANDARD_MISSING,))


def test_a_standard_that_no_displacement_moves_says_so():
    """Across the beam, a capillary's line at 90 deg stays where it is."""
    exact = true_two_theta(LAYERED, TRUE)
    options = StandardOptions(two_theta_deg=90.0, true_deg=90.0)
    given = {"standard": [90.0], "geometry": "debye-scherrer"}
    found = fit(exact, "standard", given=given, standard=options)
    assert found.status == (FrameStatus.STANDARD_LOST,)
    assert "does not move" in found.reason[0]


def test_far_from_the_reference_is_flagged_on_the_first_good_frame():
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 3, axis=0)
    exact[0] = np.nan
    frames = [FrameStatus.UNREADABLE, FrameStatus.OK, FrameStatus.OK]
    powder = fit(true_two_theta(LAYERED, (2.87, 2.87, 13.9, 90, 90, 120)))
    near = fit(exact, given={"frames": frames}, reference=powder, reference_tolerance_ratio=0.03)
    assert near.flags == ((), (), ())
    far = fit(exact, given={"frames": frames}, reference=powder, reference_tolerance_ratio=0.01)
    assert far.flags == ((), (Flag.CELL_FAR_FROM_REFERENCE,), ())


def test_only_the_lines_asked_for_are_used():
    exact = true_two_theta(LAYERED, TRUE)
    exact[0, 7] += 0.5
    found = fit(exact, "none", lines=LAYERED[:7])
    assert found.c_angstrom[0] == pytest.approx(TRUE[2], rel=1e-9)
    assert found.line_count[0] == 7


def test_intensity_ratios_and_splittings():
    """Areas 1..8: I003/I104 = 1/5; (006)+(102) over (101) = 7/2; with their sigmas."""
    exact = true_two_theta(LAYERED, TRUE)
    area = np.arange(1.0, 9.0)[None]
    given = {"area_counts_deg": area, "area_sigma_counts_deg": 0.1 * np.ones((1, 8))}
    ratios = {
        "i003_i104": RatioOptions(over=[(0, 0, 3)], under=[(1, 0, 4)]),
        "r": RatioOptions(over=[(0, 0, 6), (1, 0, 2)], under=[(1, 0, 1)]),
    }
    more = {"ratios": ratios, "splittings": {"s": ((1, 0, 8), (1, 1, 0))}}
    found = fit(exact, given=given, **more)
    np.testing.assert_allclose(found.intensity_ratio, [[0.2, 3.5]])
    np.testing.assert_allclose(found.intensity_cu_ratio, found.intensity_ratio, rtol=1e-12)
    expected = 0.2 * np.hypot(0.1, 0.02), 3.5 * np.hypot(0.1 * np.sqrt(2) / 7, 0.05)
    np.testing.assert_allclose(found.intensity_sigma_ratio[0], expected)
    assert found.splitting_deg[0, 0] == pytest.approx(exact[0, 7] - exact[0, 6], abs=1e-3)
    assert found.splitting_sigma_deg[0, 0] == pytest.approx(np.sqrt(2) * 1e-3, rel=1e-4)
    words = np.full((1, 8), LineStatus.FITTED, dtype=object)
    words[0, 4] = words[0, 7] = LineStatus.ABSENT
    found = fit(exact, given=given | {"status": words}, **more)
    assert np.isnan(found.intensity_ratio[0, 0])
    assert np.isnan(found.splitting_deg[0, 0])
    assert found.intensity_ratio[0, 1] == pytest.approx(3.5)


def test_a_merged_pair_counts_once_and_only_as_a_pair():
    """(006) holds the counts of (102): their sum over (101) is known, (006) alone and its position are not."""
    exact = true_two_theta(LAYERED, TRUE)
    words = np.full((1, 8), LineStatus.FITTED, dtype=object)
    words[0, 3] = LineStatus.MERGED
    seen = exact.copy()
    seen[0, 3], seen[0, 2] = np.nan, exact[0, 2:4].mean()
    marks = tuple("lines_merged" if j in (2, 3) else "-" for j in range(8))
    area = np.arange(1.0, 9.0)[None]
    given = {"status": words, "line_flags": (marks,), "area_counts_deg": area}
    ratios = {
        "pair": RatioOptions(over=[(0, 0, 6), (1, 0, 2)], under=[(1, 0, 1)]),
        "alone": RatioOptions(over=[(0, 0, 6)], under=[(1, 0, 1)]),
        "hidden": RatioOptions(over=[(1, 0, 1)], under=[(1, 0, 2)]),
    }
    more = {"ratios": ratios, "splittings": {"s": ((1, 0, 1), (0, 0, 6))}}
    found = fit(seen, given=given, **more)
    np.testing.assert_allclose(found.intensity_ratio, [[1.5, np.nan, np.nan]])
    assert np.isnan(found.splitting_deg[0, 0])
    assert found.line_count[0] == 6
    assert found.c_angstrom[0] == pytest.approx(TRUE[2], rel=1e-8)


def test_sigma_of_a_ratio_covers():
    """4,000 frames of lines with 2 and 3 % of area sigma."""
    rng = np.random.default_rng(3)
    true, sigma = np.full((4000, 8), 100.0), np.array([2.0, 1, 1, 1, 3, 1, 1, 1])
    area = true + sigma * rng.normal(size=true.shape)
    given = {"area_counts_deg": area, "area_sigma_counts_deg": np.broadcast_to(sigma, area.shape)}
    exact = np.repeat(true_two_theta(LAYERED, TRUE), 4000, axis=0)
    ratios = {"i": RatioOptions(over=[(0, 0, 3)], under=[(1, 0, 4)])}
    found = fit(exact, given=given, ratios=ratios)
    pull = (found.intensity_ratio[:, 0] - 1.0) / found.intensity_sigma_ratio[:, 0]
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.683, abs=0.03)


def test_ratios_at_molybdenum_are_corrected_to_copper():
    """The same crystal shows 12 % less I003/I104 with Mo Kalpha."""
    exact = true_two_theta(LAYERED, TRUE, 0.709317)
    ratios = {"i": RatioOptions(over=[(0, 0, 3)], under=[(1, 0, 4)])}
    found = fit(exact, given={"wavelength": 0.709317}, ratios=ratios)
    assert found.intensity_ratio[0, 0] / found.intensity_cu_ratio[0, 0] == pytest.approx(0.88, abs=0.005)  # fmt: skip


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_laws_are_those_of_rays(geometry):
    """Rays traced through a sample that is off by 1/50 of the radius: the law holds to third order."""
    x, true = 0.02, np.radians(np.array([20.0, 60.0, 110.0, 150.0]))
    if (
        geometry == "bragg-brentano"
    ):  # the surface is lower by x, source and detector at equal angles
        seen = np.array(
            [brentq(lambda o, t=t: np.arctan2(np.sin(o) + x, np.cos(o)) - t / 2, 0, np.pi) * 2 for t in true]
        )  # fmt: skip
    else:  # a ray leaves the displaced point at the true angle and meets the circle of radius one
        point = np.array([0.0, -x] if geometry == "debye-scherrer" else [x, 0.0])
        ray = np.stack([np.cos(true), np.sin(true)])
        along = -(point @ ray) + np.sqrt((point @ ray) ** 2 + 1 - x**2)
        there = point[:, None] + along * ray
        seen = np.arctan2(there[1], there[0])
    law = displacement_law(geometry, np.degrees(true))
    np.testing.assert_allclose(seen - true, x * law, atol=2 * x**3)


def test_a_series_without_frames_or_lines_gives_nothing_and_no_error():
    found = fit(np.empty((0, 8)), "displacement")
    assert found.a_angstrom.shape == (0,)
    made = tracks(NMC, true_two_theta(LAYERED, TRUE))
    found = cells(made, "another", NMC, CellOptions(), None)
    assert found.status == (FrameStatus.NO_LINES,)
    assert np.isnan(found.c_angstrom[0])
