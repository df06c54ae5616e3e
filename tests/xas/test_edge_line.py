"""The edge line: known lines come back, every compound is left out, families and limits are told."""

import numpy as np
import pytest

from pipeline.core.nexus import read_record, write_result
from pipeline.core.nexus.gate import findings
from pipeline.core.nexus.result import Provenance
from pipeline.core.study import Dataset
from pipeline.xas import edge_line, edge_methods
from pipeline.xas.edge_rows import LINE_COLUMNS, line_rows
from pipeline.xas.nexus import line_result, valences_result
from pipeline.xas.options import NormaliseOptions, PositionOptions, ValenceOptions
from pipeline.xas.records import EdgeLine, Flag, ScanStatus, Valences
from pipeline.xas.valence import together
from pipeline.xas.valence_by_line import from_line

from .build import E0_EV, GRID_EV, edge, normalised, replace_fields

EV_PER_VALENCE = 2.65


def series_at(*positions_ev, sigma_ev=0.05):
    """Scans whose half steps are at some energies, with a stated sigma."""
    spectra = np.array([edge(GRID_EV, p) for p in positions_ev])
    record = normalised(GRID_EV, spectra, shift_sigma_ev=sigma_ev)
    others = edge_methods.positions(record, NormaliseOptions(), PositionOptions())
    return replace_fields(record, edges=others)


def compound(name, valence, off_ev=0.0, family="", in_line=True, sigma_ev=0.05):
    series = series_at(E0_EV + EV_PER_VALENCE * (valence - 3) + off_ev, sigma_ev=sigma_ev)
    return edge_line.Compound(name, name, family, float(valence), in_line, series)


def salts(offs=(0.0, 0.0, 0.0, 0.0, 0.0)):
    valences = (2, 2, 2, 4, 4)
    return [
        compound(f"s{i}", v, off, "salt")
        for i, (v, off) in enumerate(zip(valences, offs, strict=True))
    ]


def through(compounds, **options):
    return edge_line.through(compounds, ValenceOptions(methods=["edge"], **options), "Mn", "K")


def valence_of(line, *positions_ev, family="salt", **options):
    series = series_at(*positions_ev)
    return from_line(series, line, family, ValenceOptions(methods=["edge"], **options))


@pytest.mark.parametrize("position", ["half_step", "level", "area", "derivative"])
def test_a_known_line_by_every_edge_position(position):
    line = through(salts(), edge_position=position)
    assert line.slope_ev == pytest.approx(EV_PER_VALENCE, rel=0.01)
    found = valence_of(line, E0_EV, E0_EV + 0.5 * EV_PER_VALENCE)
    np.testing.assert_allclose(found.valence, [3.0, 3.5], atol=0.01)
    assert found.method == "edge"
    assert found.flags == ((), ())


def test_left_out_is_the_line_without_it():
    compounds = salts((0.3, -0.2, 0.0, 0.1, -0.1))
    line = through(compounds)
    without = through(compounds[1:])
    e = line.energy_ev[:1]
    expected, sigma, _ = edge_line.read_off(without, e, line.energy_sigma_ev[:1])
    assert line.predicted_valence[0] == pytest.approx(expected[0], abs=1e-9)
    assert line.predicted_valence_sigma[0] == pytest.approx(sigma[0], rel=1e-9)
    half = (line.predicted_high_valence - line.predicted_low_valence) / 2
    assert half[0] == pytest.approx(without.interval_ratio * sigma[0], rel=1e-9)
    # A compound that is not in the line is predicted by the line itself.
    beside = through([*compounds, compound("other", 3, 0.4, in_line=False)])
    itself, _, _ = edge_line.read_off(line, beside.energy_ev[-1:], np.array([0.05]))
    assert beside.predicted_valence[-1] == pytest.approx(itself[0], abs=1e-9)
    assert beside.slope_ev == pytest.approx(line.slope_ev, abs=1e-9)


def test_families_are_told():
    mixed = [*salts()[:3], compound("o1", 4, 0.5, "oxide"), compound("o2", 4, 0.4, "oxide")]
    assert set(through(mixed).flags) == {(Flag.LINE_ACROSS_FAMILIES,)}
    assert set(through(salts()).flags) == {()}
    found = valence_of(through(mixed), E0_EV)
    assert found.flags == ((Flag.LINE_ACROSS_FAMILIES,),)
    other = valence_of(through(salts()), E0_EV, family="oxide")
    assert other.flags == ((Flag.FAMILY_DIFFERS,),)


def test_model_sigma_of_another_family_is_what_its_compounds_are_off():
    outside = [
        compound("a", 2, -1.2, "oxide", in_line=False),
        compound("b", 3, 0.9, "oxide", in_line=False),
        compound("scans", 3, 5.0, "oxide", in_line=False),  # the sample itself does not count
    ]
    line = through([*salts(), *outside])
    expected = np.sqrt((1.2**2 + 0.9**2) / 2) / EV_PER_VALENCE
    found = valence_of(line, E0_EV, family="oxide")
    assert found.valence_model_sigma[0] == pytest.approx(expected, rel=0.02)
    half = (found.valence_high - found.valence_low)[0] / 2
    assert half > found.valence_model_sigma[0]
    # A family that is not stated is not known to be the line's.
    assert valence_of(line, E0_EV, family="").valence_model_sigma[0] == pytest.approx(
        expected, rel=0.02
    )
    assert valence_of(line, E0_EV).valence_model_sigma[0] < 0.05


def test_too_few_outside_compounds_fall_back_to_the_option():
    line = through([*salts(), compound("a", 2, -1.2, "oxide", in_line=False)])
    found = valence_of(line, E0_EV, family="oxide", family_sigma_ev=0.8)
    assert found.valence_model_sigma[0] == pytest.approx(0.8 / EV_PER_VALENCE, rel=0.02)
    # Where no family is stated at all, nobody can tell them apart.
    plain = through([compound(f"c{v}", v) for v in (2, 3, 4)])
    assert valence_of(plain, E0_EV, family="").valence_model_sigma[0] < 0.01


def test_extrapolation_is_flagged_and_above_the_highest_too():
    line = through(salts())
    span = EV_PER_VALENCE
    found = valence_of(line, E0_EV - 2 * span, E0_EV, E0_EV + 1.02 * span, E0_EV + 1.5 * span)
    assert found.flags == (
        (Flag.LINE_EXTRAPOLATED,),
        (),
        (),
        (Flag.LINE_EXTRAPOLATED, Flag.EDGE_ABOVE_HIGHEST_STANDARD),
    )
    beside = through([*salts(), compound("five", 5, in_line=False)])
    assert beside.flags[-1] == (Flag.LINE_EXTRAPOLATED,)


def test_a_compound_without_an_edge_is_left_out():
    broken = compound("broken", 3)
    nothing = np.full(1, np.nan)
    series = replace_fields(broken.series, half_step_ev=nothing, half_step_sigma_ev=nothing)
    line = through([*salts(), edge_line.Compound("broken", "broken", "salt", 3.0, True, series)])
    assert line.status[-1] is ScanStatus.NO_EDGE_POSITION
    assert "'broken' has no good scan with an edge energy (half step)" in line.reason[-1]
    assert not line.in_line[-1]
    assert line.slope_ev == pytest.approx(EV_PER_VALENCE, rel=1e-3)
    assert np.isfinite(line.predicted_valence[:-1]).all()


def test_two_standards_need_a_stated_scatter():
    two = [compound("a", 2), compound("b", 4)]
    line = through(two)
    assert "2 standards of 2 valences" in line.why_not
    assert np.isnan(line.slope_ev)
    failed = valence_of(line, E0_EV)
    assert failed.status == (ScanStatus.NO_LINE,)
    assert "a line needs three of two valences" in failed.reason[0]
    assert np.isnan(failed.valence).all()
    stated = valence_of(through(two, scatter_ev=0.2), E0_EV)
    assert stated.valence[0] == pytest.approx(3.0, abs=1e-3)
    assert stated.valence_sigma[0] > 0.2 / EV_PER_VALENCE


def test_edges_that_do_not_rise_give_no_line():
    flat = [compound(f"c{v}", v, -EV_PER_VALENCE * (v - 3)) for v in (2, 3, 4)]
    line = through(flat)
    assert "do not rise with the valence" in line.why_not
    assert valence_of(line, E0_EV).status == (ScanStatus.NO_LINE,)


def test_a_scan_without_an_edge_costs_only_itself():
    line = through(salts())
    series = series_at(E0_EV, E0_EV)
    half = np.array([np.nan, series.half_step_ev[1]])
    found = from_line(
        replace_fields(series, half_step_ev=half), line, "salt", ValenceOptions(methods=["edge"])
    )
    assert found.status == (ScanStatus.NO_EDGE_POSITION, ScanStatus.OK)
    assert np.isnan(found.valence[0])
    assert found.valence[1] == pytest.approx(3.0, abs=1e-3)


def test_rows_of_the_table():
    line = through([*salts(), compound("other", 3, 0.4, "oxide", in_line=False)])
    rows = [dict(zip(LINE_COLUMNS, row, strict=True)) for row in line_rows(line)]
    assert [row["in_line"] for row in rows] == ["yes"] * 5 + ["no"]
    assert rows[-1]["residual_valence"] == pytest.approx(0.4 / EV_PER_VALENCE, abs=1e-3)
    assert rows[-1]["flags"] == "family_differs"
    assert LINE_COLUMNS[-1] == "flags"


def test_line_and_valences_are_read_back_as_written_and_pass_the_gate(tmp_path):
    line = through([*salts(), compound("other", 3, 0.4, "oxide", in_line=False)])
    path = tmp_path / "line.nxs"
    provenance = Provenance({}, (), {})
    write_result(path, line_result(line, "Mn_K", provenance))
    back = read_record(path, EdgeLine)
    for name in EdgeLine.__dataclass_fields__:
        one, other = getattr(back, name), getattr(line, name)
        if isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other, err_msg=name)
        else:
            assert one == other, name
    assert findings(path) == []
    found = together(None, valence_of(back, E0_EV, E0_EV + 1))
    row = Dataset("scans", "xas", "sample", "x", element="Mn", edge="K")
    path = tmp_path / "valence.nxs"
    write_result(path, valences_result(found, row, provenance))
    again = read_record(path, Valences)
    assert again.lcf is None
    np.testing.assert_array_equal(again.edge.valence, found.edge.valence)
    assert findings(path) == []


@pytest.mark.stats
def test_the_interval_of_a_sample_covers_two_thirds():
    """1,000 studies of five standards and a sample, with edges read off records as the step does."""
    rng = np.random.default_rng(4)
    template, sample = salts(), series_at(E0_EV)
    inside, n = 0, 1000
    options = ValenceOptions(methods=["edge"])
    for _ in range(n):
        moved = []
        for c in template:
            e = c.series.half_step_ev + 0.15 * rng.normal() + 0.05 * rng.normal()
            record = replace_fields(c.series, half_step_ev=e)
            moved.append(edge_line.Compound(c.name, c.title, c.family, c.valence, True, record))
        e = sample.half_step_ev + 0.15 * rng.normal() + 0.05 * rng.normal()
        found = from_line(replace_fields(sample, half_step_ev=e), through(moved), "salt", options)
        inside += found.valence_low[0] < 3.0 < found.valence_high[0]
    assert inside / n == pytest.approx(0.68, abs=0.05)
