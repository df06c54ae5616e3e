"""Principal components and curve resolution of normalised series: counts, bands, what is refused."""

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.core.nexus import Provenance, read_record, write_result
from pipeline.core.nexus.gate import findings
from pipeline.core.study import Dataset
from pipeline.xas import mcr, pca, series_rows
from pipeline.xas.nexus.series import mcr_result, pca_result
from pipeline.xas.options import McrOptions, PcaOptions, XasOptions, check
from pipeline.xas.records import Flag, McrResult, PcaResult, ScanStatus

from .build import E0_EV, GRID_EV, edge, normalised, replace_fields

SPECTRA = np.array(
    [edge(GRID_EV, E0_EV + d, w) for d, w in ((-2.0, 0.25), (0.5, 0.1), (3.0, 0.45))]
)
NAMES = ("low", "middle", "high")
ROW = Dataset("scans", "xas", "sample", "scan_*.dat", element="Ni", edge="K", mode="transmission")
NO_SOURCE = Provenance({}, (), {})


def mixing(n=40):
    """A -> B -> C with a pure scan of each."""
    t = np.linspace(0, 1, n)
    return np.stack([np.clip(1 - 2 * t, 0, 1), 1 - np.abs(2 * t - 1), np.clip(2 * t - 1, 0, 1)], 1)


def sample(noise=1e-3, seed=0, weights=None, **known):
    spectra = (mixing() if weights is None else weights) @ SPECTRA
    spectra = spectra + noise * np.random.default_rng(seed).normal(size=spectra.shape)
    return normalised(GRID_EV, spectra, **({"noise": max(noise, 1e-9)} | known))


def standards(*which, spectra=SPECTRA):
    return [(NAMES[i], NAMES[i].title(), normalised(GRID_EV, spectra[i], noise=0.0)) for i in which]


def test_three_components_are_counted_and_their_standards_accepted():
    outside = np.array([edge(GRID_EV, E0_EV + 8, 0.9)] * 3)
    targets = [*standards(0, 2), ("other", "Other", standards(1, spectra=outside)[0][2])]
    result = pca.components(sample(), targets, PcaOptions(standards=["low"]), E0_EV)
    assert (result.used_count, result.above_noise_count, result.by_indicator_count) == (3, 3, 3)
    assert result.verdicts == ("accepted", "accepted", "refused")
    assert result.score.shape == (40, 12)
    np.testing.assert_allclose((result.score**2).mean(axis=0), 1.0)
    np.testing.assert_allclose(
        result.score[:, :3] @ result.component_normalised[:3],
        (mixing() @ SPECTRA)[:, np.isin(GRID_EV, result.energy_ev)],
        atol=6e-3,
    )


def test_calibration_error_makes_no_component():
    """Jitter of 0.02 eV shows as a fourth direction far above white noise; its sigma explains it."""
    jitter = 0.02 * np.random.default_rng(2).normal(size=40)
    spectra = np.stack(
        [
            w
            @ [edge(GRID_EV - s, E0_EV + d, a) for d, a in ((-2.0, 0.25), (0.5, 0.1), (3.0, 0.45))]
            for w, s in zip(mixing(), jitter, strict=True)
        ]
    )
    spectra += 1e-4 * np.random.default_rng(0).normal(size=spectra.shape)
    options = PcaOptions(floor_ratio=0.0)
    blind = pca.components(normalised(GRID_EV, spectra, noise=1e-4), [], options, E0_EV)
    told = pca.components(
        normalised(GRID_EV, spectra, noise=1e-4, shift_sigma_ev=0.02), [], options, E0_EV
    )
    assert blind.above_noise_count > 3
    assert told.above_noise_count == 3


def test_scans_on_axes_of_their_own_are_taken_to_one_grid():
    shifts = 0.3 * np.random.default_rng(1).random(40)
    energy = GRID_EV + shifts[:, None]
    forms = ((-2.0, 0.25), (0.5, 0.1), (3.0, 0.45))
    spectra = np.stack(
        [
            w @ [edge(e, E0_EV + d, a) for d, a in forms]
            for w, e in zip(mixing(), energy, strict=True)
        ]
    )
    series = replace_fields(normalised(GRID_EV, spectra, noise=1e-4), energy_ev=energy)
    result = pca.components(series, [], PcaOptions(), E0_EV)
    assert result.used_count == 3
    resolved = mcr.resolve_series(series, [], McrOptions(components=3), E0_EV)
    np.testing.assert_allclose(resolved.concentration, mixing(), atol=0.01)


def test_a_bad_scan_costs_only_itself():
    energy = np.array(sample().energy_ev)
    energy[5] += 500.0  # this scan does not cover the range
    series = replace_fields(sample(), energy_ev=energy)
    for result in (
        pca.components(series, standards(0), PcaOptions(), E0_EV),
        mcr.resolve_series(series, [], McrOptions(components=3), E0_EV),
    ):
        assert result.status[5] is ScanStatus.WINDOW_OUTSIDE_SCAN
        assert "the range is" in result.reason[5]
        assert sum(s is ScanStatus.OK for s in result.status) == 39
    assert np.isnan(pca.components(series, [], PcaOptions(), E0_EV).score[5]).all()


def test_too_few_scans_have_no_components_but_a_result(tmp_path):
    series = sample(weights=mixing(40)[:2])
    components = pca.components(series, standards(0), PcaOptions(standards=["low"]), E0_EV)
    resolved = mcr.resolve_series(series, standards(0), McrOptions(components=2), E0_EV)
    for result in (components, resolved):
        assert set(result.status) == {ScanStatus.TOO_FEW_SCANS}
        assert "this takes at least 3" in result.reason[0]
    assert components.verdicts == ("unknown",)
    assert np.isnan(resolved.concentration).all()
    for make, result in ((pca_result, components), (mcr_result, resolved)):
        path = tmp_path / f"{type(result).__name__}.nxs"
        write_result(path, make(result, ROW, NO_SOURCE))
        assert findings(path) == []
    assert [row[-1] for row in series_rows.pca_rows(ROW, components)] == ["too_few_scans"]


def test_a_standard_that_is_too_short_gives_no_verdict_and_no_start():
    short = normalised(GRID_EV[90:], SPECTRA[0, 90:], noise=0.0)
    named = [("low", "Low", short)]
    found = pca.components(sample(), named, PcaOptions(standards=["low"]), E0_EV)
    assert found.verdicts == ("unknown",)
    assert set(found.status) == {ScanStatus.OK}
    options = McrOptions(components=3, standards=["low"], fixed=["low"])
    resolved = mcr.resolve_series(sample(), named, options, E0_EV)
    assert set(resolved.status) == {ScanStatus.STANDARD_TOO_SHORT}
    assert np.isnan(resolved.concentration).all()


def test_pure_scans_give_concentrations_and_spectra():
    result = mcr.resolve_series(sample(), standards(0, 1, 2), McrOptions(components=3), E0_EV)
    np.testing.assert_allclose(result.concentration, mixing(), atol=0.02)
    np.testing.assert_allclose(result.spectrum_normalised, result.standard_normalised, atol=0.01)
    assert result.components == ("component_1", "component_2", "component_3")
    assert result.lack_of_fit_percent == pytest.approx(0.11, abs=0.02)
    assert result.explained_fraction > 0.999
    assert (result.concentration_low <= result.concentration).all()
    assert (result.concentration_high >= result.concentration).all()


@pytest.mark.parametrize("initial", ["purest", "standards"])
def test_fixed_standards_stay_and_stand_first(initial):
    options = McrOptions(
        components=3, initial=initial, standards=["low", "middle", "high"], fixed=["high"]
    )
    result = mcr.resolve_series(sample(), standards(0, 1, 2), options, E0_EV)
    assert result.components == ("high", "component_1", "component_2")
    assert result.is_fixed == (True, False, False)
    np.testing.assert_allclose(result.spectrum_normalised[0], result.standard_normalised[2])
    np.testing.assert_allclose(result.concentration[:, [1, 2, 0]], mixing(), atol=0.03)


def test_ambiguity_is_flagged_and_the_truth_lies_in_the_band():
    inner = mixing() * 0.6 + 0.4 / 3  # no scan is pure
    result = mcr.resolve_series(sample(weights=inner), [], McrOptions(components=3), E0_EV)
    assert all(Flag.ROTATIONAL_AMBIGUITY in flags for flags in result.flags)
    assert np.abs(result.concentration - inner).max() > 0.1
    assert (result.concentration_low <= inner + 0.01).all()
    assert (result.concentration_high >= inner - 0.01).all()


def test_what_did_not_converge_has_no_number():
    options = McrOptions(components=3, max_iterations=1)
    result = mcr.resolve_series(sample(), [], options, E0_EV)
    assert set(result.status) == {ScanStatus.NOT_CONVERGED}
    assert "not converged after 1 iterations" in result.reason[0]
    for name in ("concentration", "concentration_low", "spectrum_normalised", "r_factor"):
        assert np.isnan(getattr(result, name)).all()
    assert np.isnan(result.lack_of_fit_percent)
    assert result.iteration_count == 1


def test_the_order_of_scans_does_not_matter():
    series = sample()
    order = np.random.default_rng(4).permutation(40)
    turned = replace_fields(
        series, flattened=series.flattened[order], normalised=series.normalised[order]
    )
    first = mcr.resolve_series(series, [], McrOptions(components=3), E0_EV)
    second = mcr.resolve_series(turned, [], McrOptions(components=3), E0_EV)
    a, b = first.concentration[order], second.concentration
    closest = [int(np.argmin(np.abs(a[:, [k]] - b).max(axis=0))) for k in range(3)]
    assert sorted(closest) == [0, 1, 2]
    np.testing.assert_allclose(a, b[:, closest], atol=5e-3)


def test_results_are_written_and_read_back(tmp_path):
    for make, result, cls in (
        (pca_result, pca.components(sample(), standards(0), PcaOptions(), E0_EV), PcaResult),
        (mcr_result, mcr.resolve_series(sample(), [], McrOptions(components=3), E0_EV), McrResult),
    ):
        path = tmp_path / f"{cls.__name__}.nxs"
        write_result(path, make(result, ROW, NO_SOURCE))
        assert findings(path) == []
        again = read_record(path, cls)
        for name in cls.__dataclass_fields__:
            if isinstance(getattr(result, name), np.ndarray):
                np.testing.assert_array_equal(getattr(again, name), getattr(result, name))
    rows = list(series_rows.mcr_rows(ROW, result))
    assert len(rows) == 40 * 3
    assert {len(row) for row in rows} == {len(series_rows.MCR_COLUMNS)}
    found = pca.components(sample(), standards(0), PcaOptions(), E0_EV)
    assert {len(r) for r in series_rows.pca_rows(ROW, found)} == {len(series_rows.PCA_COLUMNS)}
    assert {len(r) for r in series_rows.target_rows(ROW, found)} == {
        len(series_rows.TARGET_COLUMNS)
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"components": 1}, "greater than or equal to 2"),
        ({"components": 7}, "less than or equal to 6"),
        ({"fixed": ["x"]}, "'x', which is not among `standards`"),
        ({"components": 2, "standards": ["x", "y"], "fixed": ["x", "y"]}, "leaves no component"),
        ({"initial": "standards", "standards": ["x"]}, "1 standards cannot start 3"),
        ({"standards": ["x", "x"]}, "named twice: x"),
    ],
)
def test_options_that_make_no_sense(changes, message):
    with pytest.raises(ValidationError, match=message):
        McrOptions(**({"components": 3} | changes))


def test_standards_that_are_not_there_are_found_before_anything_runs():
    named = {
        "Ni-K": {
            "pca": {"standards": ["NiO", "NiOO"]},
            "mcr": {"components": 2, "standards": ["MnO"]},
        }
    }
    rows = [
        Dataset(name, "xas", "standard", "x", element=element, edge="K", mode="transmission")
        for name, element in (("NiO", "Ni"), ("MnO", "Mn"))
    ]
    problems = list(check(XasOptions.model_validate(named), rows))
    assert [p.where for p in problems] == [
        ("xas", "Ni-K", "pca", "standards", 1),
        ("xas", "Ni-K", "mcr", "standards", 0),
    ]
    assert "Did you mean 'NiO'?" in problems[0].message
    assert "'MnO' is of Mn-K, the series of Ni-K" in problems[1].message
