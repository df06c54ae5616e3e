"""Fits by all sets of candidates: the right set first, what the data rule out, what fails."""

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.core import style
from pipeline.core.nexus import Provenance, read_record, write_result
from pipeline.core.study import Dataset
from pipeline.xas import lcf
from pipeline.xas.combinations import rank, supported
from pipeline.xas.figures import draw_sets
from pipeline.xas.nexus import combinations_result
from pipeline.xas.options import CombinationOptions
from pipeline.xas.records import LcfCombinations, ScanStatus
from pipeline.xas.valence import from_lcf

from .build import E0_EV, edge, normalised, replace_fields
from .test_lcf import GRID_EV, NAMES, NOISE, mixture, options, standards

OTHERS = {"other": (E0_EV + 1.5, 0.7), "far": (E0_EV + 6.0, 0.3)}
CANDIDATES = [
    *standards(),
    *((n, n.title(), normalised(GRID_EV, edge(GRID_EV, *v), noise=0.0)) for n, v in OTHERS.items()),
]
TRUTH = np.array([[0.3, 0.0, 0.7], [0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
VALENCES = {"low": 2.0, "middle": 3.0, "high": 4.0, "other": 3.3, "far": 5.0}


def ranked(sample, candidates=CANDIDATES, rule="free", **changes):
    asked = CombinationOptions(**({"candidates": list(NAMES)} | changes))
    return rank(sample, candidates, options(sum=rule), asked, E0_EV)


@pytest.mark.parametrize("rule", ["free", "one"])
def test_the_set_that_made_the_sample_comes_first(rule):
    result = ranked(mixture(TRUTH, NOISE), rule=rule)
    first = [result.sets[int(i)] for i in result.set_index[:, 0]]
    assert first == [("low", "high"), ("low", "middle", "high"), ("middle",)]
    found = result.fraction[:, 0, : len(NAMES)]
    np.testing.assert_allclose(found, TRUTH, atol=0.03)
    np.testing.assert_allclose(result.reduced_chi2[:, 0], 1.0, atol=0.35)
    assert (np.diff(result.aicc, axis=1)[np.isfinite(np.diff(result.aicc, axis=1))] >= 0).all()


def test_every_set_is_the_fit_by_that_set():
    sample = mixture([0.2, 0.3, 0.5], NOISE)
    result = ranked(sample, keep=500)
    assert len(result.sets) == 5 + 10 + 10
    by_name = {n: (n, t, s) for n, t, s in CANDIDATES}
    for k in np.flatnonzero(np.isfinite(result.set_index[0])):
        chosen = result.sets[int(result.set_index[0, k])]
        alone = lcf.fit(
            sample, [by_name[n] for n in chosen], options(standards=list(chosen)), E0_EV
        )
        at = [result.candidates.index(n) for n in chosen]
        np.testing.assert_allclose(result.fraction[0, k, at], alone.fraction[0], atol=1e-9)
        assert result.reduced_chi2[0, k] == pytest.approx(alone.reduced_chi2[0], rel=1e-6)
        assert result.sum_of_weights[0, k] == pytest.approx(alone.sum_of_weights[0], rel=1e-9)
        assert (alone.fraction > 0).all()  # a set with a weight at zero is the smaller set


def test_a_set_that_misses_a_component_is_ruled_out():
    result = ranked(mixture([0.2, 0.3, 0.5], NOISE / 4))
    close = supported(result)[0] > 0
    names = [result.sets[int(i)] for i in result.set_index[0] if np.isfinite(i)]
    assert close[0]
    assert ("low",) not in [n for n, ok in zip(names, close, strict=False) if ok]
    assert not close.all()


def test_the_size_of_sets_and_how_many_are_kept():
    result = ranked(mixture(TRUTH, NOISE), fewest=2, most=2, keep=3)
    assert {len(s) for s in result.sets} == {2}
    assert result.set_index.shape == (3, 3)
    few = ranked(mixture(TRUTH, NOISE), CANDIDATES[:2], keep=50)
    assert few.set_index.shape == (3, 3)


def test_candidates_that_do_not_cover_the_range_are_left_out_and_named():
    name, title, series = CANDIDATES[1]
    short = replace_fields(
        series, energy_ev=np.where(series.energy_ev < E0_EV + 30, series.energy_ev, np.nan)
    )
    bad = replace_fields(CANDIDATES[3][2], status=(ScanStatus.NO_EDGE,))
    made = [CANDIDATES[0], (name, title, short), CANDIDATES[2], ("bad", "Bad", bad)]
    result = ranked(mixture(TRUTH, NOISE), made)
    assert result.left_out == ("middle", "bad")
    assert result.candidates == ("low", "high")
    assert set(result.status) == {ScanStatus.OK}
    nobody = ranked(mixture(TRUTH, NOISE), made[1:2])
    assert set(nobody.status) == {ScanStatus.STANDARD_TOO_SHORT}
    assert "no candidate covers" in nobody.reason[0]
    assert nobody.set_index.shape == (3, 0)


def test_a_failed_scan_keeps_its_reason_and_the_others_go_on():
    sample = mixture(TRUTH, NOISE)
    status = (ScanStatus.OK, ScanStatus.NO_EDGE, ScanStatus.OK)
    sample = replace_fields(sample, status=status, reason=("", "no edge", ""))
    result = ranked(sample)
    assert result.status == status
    assert np.isnan(result.aicc[1]).all()
    assert np.isnan(result.fraction[1]).all()
    np.testing.assert_allclose(result.aicc[0], ranked(mixture(TRUTH, NOISE)).aicc[0], rtol=1e-9)


def test_the_valence_takes_its_model_sigma_from_the_sets_too():
    sample = mixture([0.2, 0.3, 0.5], 25 * NOISE)
    fitted, sets = lcf.fit(sample, standards(), options(), E0_EV), ranked(sample)
    found = from_lcf(fitted, VALENCES, sets)
    close = supported(sets)[0] > 0
    each = sets.fraction[0][close] @ [VALENCES[n] for n in sets.candidates]
    expected = np.std([found.valence[0], *each], ddof=1)
    assert found.valence_standards_sigma[0] == pytest.approx(expected, rel=1e-9)
    assert found.valence_model_sigma[0] == pytest.approx(
        np.hypot(found.valence_range_sigma[0], expected), rel=1e-9
    )
    assert np.isnan(from_lcf(fitted, VALENCES).valence_standards_sigma).all()
    known = {k: v for k, v in VALENCES.items() if k in NAMES}
    fewer = from_lcf(fitted, known, sets).valence_standards_sigma[0]
    assert fewer != pytest.approx(expected)
    assert expected > 0.005


def test_options_that_make_no_sense_are_refused():
    with pytest.raises(ValidationError, match="candidate named twice: a"):
        CombinationOptions(candidates=["a", "a"])
    with pytest.raises(ValidationError, match="`fewest` 3 exceeds"):
        CombinationOptions(candidates=["a", "b"], fewest=3)


def test_the_result_is_written_and_read_back_even_without_a_candidate(tmp_path):
    dataset = Dataset("d", "xas", "sample", "*", element="Ni", edge="K", mode="transmission")
    for candidates in (CANDIDATES, CANDIDATES[:0]):
        result = ranked(mixture(TRUTH, NOISE), candidates)
        made = combinations_result(result, dataset, Provenance({}, (), {}))
        path = tmp_path / f"{len(candidates)}.nxs"
        write_result(path, made)
        back = read_record(path, LcfCombinations)
        assert back.sets == result.sets
        np.testing.assert_array_equal(back.fraction, result.fraction)
        np.testing.assert_array_equal(back.set_index, result.set_index)


def test_the_figure_shows_a_bar_a_set_and_says_why_there_is_none():
    result = ranked(mixture(TRUTH, NOISE), keep=4)
    with style.figure() as made:
        ax = made.subplots()
        draw_sets(ax, result, 0, supported(result))
        n_sets = int(np.isfinite(result.set_index[0]).sum())
        assert len(ax.get_yticks()) == n_sets
        ends = {}
        for bar in ax.patches:
            row = round(bar.get_y() + bar.get_height() / 2)
            ends[row] = max(ends.get(row, 0.0), bar.get_x() + bar.get_width())
        np.testing.assert_allclose(list(ends.values()), 1.0, atol=1e-9)
        pale = [bar.get_alpha() for bar in ax.patches]
        assert min(pale) < max(pale) == 1.0
    failed = ranked(mixture(TRUTH, NOISE), CANDIDATES[:0])
    with style.figure() as made:
        ax = made.subplots()
        draw_sets(ax, failed, 0, supported(failed))
        assert "no candidate covers" in ax.texts[0].get_text()
