"""Samples, series, other choices and weights are drawn as the records have them, with gaps where there is none."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from pipeline.core import style
from pipeline.core.quantities import Quantities
from pipeline.rietveld import figures as draw
from pipeline.rietveld.figures.numbers import ATOMS, CELL, WEIGHTS, panels_of
from tests.rietveld import build
from tests.rietveld.drawn import bars, crosses, end_of, half_lengths, points, words

WIDE = 175 / 85
TWO = build.refinements(refused={1: build.MINIMA}, step_deg=0.05)
MIXED = build.refinements(weights_percent={"NCM": 80.0, "NiO": 20.0}, step_deg=0.1)
FRAMES = 6
SERIES = build.refinements(
    a_angstrom=build.charged(FRAMES)[1],
    c_angstrom=build.charged(FRAMES)[2],
    covariates=build.charged(FRAMES)[0],
    refused={2: build.NO_FRAME, 3: build.MINIMA, FRAMES + 2: build.NO_FRAME},
    step_deg=0.1,
)


@pytest.fixture
def made() -> Iterator[Figure]:
    with style.figure(0.5, WIDE) as figure:
        yield figure


# samples and series


def named(**records: Any) -> list[draw.NamedRefinements]:
    return [draw.NamedRefinements(label, found) for label, found in records.items()]


def test_samples_show_the_numbers_of_each_engine(made: Figure) -> None:
    other = build.refinements(step_deg=0.1, seed=9, refused={0: build.MINIMA})
    samples = named(one=TWO, other=other)
    panels = panels_of(samples)
    assert {p.quantity for p in panels} == {p.quantity for p in (*ATOMS, *CELL)} - {"b_angstrom"}
    axes = list(made.subplots(2, 4).flat)
    draw.draw_samples(axes, panels, samples)
    for ax, panel in zip(axes, panels, strict=True):
        for row, engine in enumerate(build.ENGINES):
            (drawn,) = bars(ax, draw.engine_label(engine))
            x, y = points(drawn)
            exact = [draw.quantity(s.found, panel.quantity)[0][row] for s in samples]
            np.testing.assert_array_equal(y, exact)
            np.testing.assert_allclose(x, [0, 1], atol=0.2)
            sigma = [draw.quantity(s.found, panel.quantity)[1][row] for s in samples]
            known = np.isfinite(exact)
            np.testing.assert_allclose(half_lengths(drawn), np.array(sigma)[known], rtol=1e-6)
        assert [len(c) for c in crosses(ax)] == [1, 1]
    assert np.isnan(points(bars(axes[0])[0])[1]).tolist() == [False, True]
    assert np.isnan(points(bars(axes[0])[1])[1]).tolist() == [True, False]


def test_series_shows_numbers_against_what_changed_with_gaps(made: Figure) -> None:
    (series,) = named(series=SERIES)
    panels = panels_of([series])
    axes = list(made.subplots(2, 4).flat)
    draw.draw_series(axes, panels, series)
    charge = SERIES.covariates.charge_mah
    for ax, panel in zip(axes, panels, strict=True):
        value, sigma = draw.quantity(SERIES, panel.quantity)
        for k, drawn in enumerate(bars(ax)):
            rows = slice(k * FRAMES, (k + 1) * FRAMES)
            x, y = points(drawn)
            np.testing.assert_array_equal(x, charge[rows])
            np.testing.assert_array_equal(y, value[rows])
            known = np.isfinite(sigma[rows])
            np.testing.assert_allclose(half_lengths(drawn), sigma[rows][known], rtol=1e-6)
        assert ax.get_xlabel() == "charge passed (mA h)"
        assert crosses(ax) == [charge[[2, 3]].tolist(), charge[[2]].tolist()]
    first = points(bars(axes[0])[0])[1]
    assert np.flatnonzero(np.isnan(first)).tolist() == [2, 3]


def test_what_was_not_refined_gets_no_panel() -> None:
    table = TWO.derived
    sigma = table.sigma.copy()
    sigma[:, table.names.index("NCM.mixing_percent")] = np.nan
    held = replace(TWO, derived=Quantities(table.names, table.value, sigma))
    assert "mixing_percent" not in {p.quantity for p in panels_of(named(lco=held))}
    assert panels_of(named(mix=MIXED))[-1] is WEIGHTS
    left = panels_of(named(two=TWO))[::2]
    assert [p.quantity for p in left] == [p.quantity for p in ATOMS]


def test_a_number_of_a_refused_row_is_never_drawn() -> None:
    """Even where a record should hold one."""
    value = np.full(TWO.derived.value.shape, 7.0)
    leaky = replace(TWO, derived=Quantities(TWO.derived.names, value, value))
    assert np.isnan(draw.quantity(leaky, "mixing_percent")[0][1])


def test_reasons_are_given_once_with_their_frames() -> None:
    text = draw.refusals(named(charging=SERIES))
    assert "charging, rietx, frame 2" in text
    assert "charging, GSAS-II, frame 2" in text
    assert build.MINIMA.reason in text
    same = build.refinements(
        a_angstrom=np.full(5, 2.877),
        c_angstrom=np.full(5, 14.195),
        engines=("rietx",),
        refused=dict.fromkeys(range(5), build.MINIMA),
        step_deg=0.5,
    )
    assert "frames 0, 1, 2 and 2 more: 3 starts" in draw.refusals(named(same=same))
    assert draw.refusals(named(fine=MIXED)) == ""
    many = {f"s{i}": TWO for i in range(6)}
    assert draw.refusals(named(**many)).endswith("and 2 more: see rietveld.csv")


def test_weights_of_a_series_have_a_panel(made: Figure) -> None:
    covariates, a, c = build.charged(4)
    found = build.refinements(
        a_angstrom=a,
        c_angstrom=c,
        covariates=covariates,
        engines=("rietx",),
        weights_percent={"NCM": 70.0, "NiO": 30.0},
        step_deg=0.2,
    )
    ax = made.subplots()
    draw.draw_series([ax], [WEIGHTS], draw.NamedRefinements("s", found))
    for drawn, phase in zip(bars(ax), found.phases, strict=True):
        np.testing.assert_array_equal(
            points(drawn)[1], found.derived.column(f"{phase}.weight_percent")[0]
        )
    assert words(ax) == "NCM NiO"


def test_nothing_accepted_is_said(made: Figure) -> None:
    none = build.refinements(engines=("rietx",), refused={0: build.MINIMA}, step_deg=0.2)
    draw.draw_numbers(made, named(lost=none))
    assert words(made.axes[0]) == "no refinement of NCM gave one"
    assert build.MINIMA.reason in made.get_supxlabel()


# other choices


def test_sensitivity_shows_each_choice_and_reason(made: Figure) -> None:
    found = build.sensitivity(engines=build.ENGINES, refused={5: build.MINIMA, 9: build.NO_ENGINE})
    ax = made.subplots()
    draw.draw_sensitivity(ax, found)
    value, sigma = found.derived.column("mixing_percent")
    for rank, drawn in enumerate(bars(ax)):
        rows = slice(8 * rank, 8 * rank + 8)
        x, y = points(drawn)
        np.testing.assert_array_equal(x, value[rows])
        np.testing.assert_allclose(y, np.arange(8), atol=0.25)
        known = np.isfinite(value[rows])
        np.testing.assert_allclose(half_lengths(drawn, 0), sigma[rows][known])
    assert np.isnan(points(bars(ax)[0])[0]).tolist() == [i == 5 for i in range(8)]
    text = words(ax)
    assert build.NO_ENGINE.reason in text
    assert build.MINIMA.reason in text
    assert text.count("1.85(10)") == 1  # the other engine's was refused: 1.85 stands once
    assert text.count("neutral") == text.count("ionic") == 4
    assert draw.choices_of(found) == build.CHOICES


def test_the_choice_of_the_study_stands_out(made: Figure) -> None:
    ax = made.subplots()
    draw.draw_sensitivity(ax, build.sensitivity())
    spans = [p.get_extents().transformed(ax.transData.inverted()) for p in ax.patches]
    vertical = [s for s in spans if s.width < 0.25]
    assert any(s.x0 == pytest.approx(1.75) and s.x1 == pytest.approx(1.95) for s in vertical)
    rows = sorted((s.y0, s.y1) for s in spans if s not in vertical)
    np.testing.assert_allclose(sorted(rows[0]), [0.5, 1.5])  # the second row is the one asked for
    assert len(rows) == 1


def test_without_mixing_the_oxygen_height_is_shown(made: Figure) -> None:
    found = build.sensitivity()
    table = found.derived
    sigma = table.sigma.copy()
    sigma[:, table.names.index("mixing_percent")] = np.nan
    held = replace(found, derived=Quantities(table.names, table.value, sigma))
    ax = made.subplots()
    draw.draw_sensitivity(ax, held)
    np.testing.assert_array_equal(points(bars(ax)[0])[0], table.column("z_o")[0])
    assert ax.get_xlabel() == "$z$ of O in NCM"
    assert "0.24065(5)" in words(ax)


# weights


def test_bars_are_as_long_as_the_weights(made: Figure) -> None:
    mixtures = named(a=MIXED, b=replace(MIXED, status=(MIXED.status[0], build.MINIMA.status)))
    ax = made.subplots()
    draw.draw_weights(ax, mixtures)
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["a, rietx", "a, GSAS-II", "b, rietx", "b, GSAS-II"]
    weights = [MIXED.derived.column(f"{p}.weight_percent") for p in ("NCM", "NiO")]
    widths = [p.get_extents().transformed(ax.transData.inverted()).width for p in ax.patches]
    order = [w[0][row] for row in (0, 1, 0) for w in weights]
    np.testing.assert_allclose(widths, order)
    sigmas = [w[1][row] for row in (0, 1, 0) for w in weights]
    drawn = [half_lengths(c, 0)[0] for c in bars(ax)]
    np.testing.assert_allclose(drawn, sigmas)
    ends = [end_of(c) for c in bars(ax)]
    np.testing.assert_allclose(ends[:2], [order[0], 100.0])
    assert "refused" in words(ax)


def test_corrected_weights_get_a_bar_of_their_own() -> None:
    table = MIXED.derived
    own = [table.column(f"{p}.weight_percent") for p in MIXED.phases]
    corrected = replace(
        MIXED,
        derived=Quantities(
            (*table.names, *(f"{p}.weight_brindley_percent" for p in MIXED.phases)),
            np.c_[table.value, own[0][0] + 2, own[1][0] - 2],
            np.c_[table.sigma, own[0][1], own[1][1]],
        ),
    )
    said = draw.refined_pattern(corrected, 0, "").said
    assert said[-2] == "NCM by weight 79.9(4), corrected 81.9(4) %"
    labels = [label for *_, label in draw.bars_of(named(mix=corrected))]
    assert labels == [
        "mix, rietx",
        "mix, rietx, corrected",
        "mix, GSAS-II",
        "mix, GSAS-II, corrected",
    ]
