"""Fine structure: a known shell, its noise, parity with larch, and what larch must not change in silence."""

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.core.errors import AnalysisError
from pipeline.core.nexus import Provenance, read_record, write_result
from pipeline.core.nexus.gate import findings
from pipeline.core.study import Dataset
from pipeline.xas import exafs_larch as engine
from pipeline.xas import series_rows
from pipeline.xas.exafs import epsilon_k, exafs, first_shell
from pipeline.xas.nexus.series import exafs_result
from pipeline.xas.options import ExafsOptions
from pipeline.xas.records import ExafsSeries, Flag, ScanStatus

from .build import normalised, replace_fields

E0_EV = 8333.0
ENERGY_EV = np.concatenate(
    [np.arange(8130.0, 8310.0, 5.0), np.arange(8310.0, 8380.0, 0.5), np.arange(8380.0, 9200.0, 1.5)]
)
R_ANGSTROM = 2.2
ROW = Dataset("scans", "xas", "sample", "scan_*.dat", element="Ni", edge="K", mode="transmission")


def shell(k, r=R_ANGSTROM, amplitude=6.0, sigma2=0.004):
    """One shell without phase shift: `A sin(2kR) exp(-2 k^2 sigma^2) / k^2`, none below k = 1."""
    k = np.maximum(k, 1e-6)
    rise = np.clip((k - 1.0) / 1.5, 0, 1) ** 2
    return amplitude * np.sin(2 * k * r) * np.exp(-2 * k**2 * sigma2) / k**2 * rise / 10


def spectrum(energy_ev=ENERGY_EV, r=R_ANGSTROM):
    above = np.clip(energy_ev - E0_EV, 0, None)
    k = np.sqrt(above / 3.80998)
    step = 0.5 + np.arctan((energy_ev - E0_EV) / 1.0) / np.pi
    return step * (1 + np.where(above > 0, shell(k, r), 0.0))


def series(n=3, noise=0.0, seed=0, energy_ev=ENERGY_EV, r=R_ANGSTROM):
    mu = spectrum(energy_ev, r) + noise * np.random.default_rng(seed).normal(
        size=(n, energy_ev.size)
    )
    return normalised(energy_ev, mu)


@pytest.fixture(scope="module")
def result():
    return exafs(series(noise=2e-4), ExafsOptions(), E0_EV)


def test_a_known_shell_stands_where_it_is(result):
    assert set(result.status) == {ScanStatus.OK}
    np.testing.assert_allclose(result.r_peak_angstrom, R_ANGSTROM, atol=0.02)
    inside = (result.k_inv_angstrom > 4) & (result.k_inv_angstrom < 11)
    np.testing.assert_allclose(
        *(result.chi_mean[inside], shell(result.k_inv_angstrom[inside])), atol=2.5e-3
    )
    top = result.r_angstrom[np.argmax(result.chir_mean_magnitude_inv_angstrom)]
    assert top == pytest.approx(R_ANGSTROM, abs=0.03)


def test_a_longer_bond_moves_the_peak_by_as_much():
    long, short = (exafs(series(1, r=r), ExafsOptions(), E0_EV) for r in (2.25, 2.2))
    assert long.r_peak_angstrom - short.r_peak_angstrom == pytest.approx(0.05, abs=0.004)


def test_parity_with_larch_called_directly(result):
    from larch import Group
    from larch.xafs import autobk, xftf

    scan = series(noise=2e-4)
    group = Group(energy=np.array(scan.energy_ev[1]), mu=np.array(scan.normalised[1]))
    autobk(
        *(group.energy, group.mu, group),
        rbkg=1.0,
        ek0=E0_EV,
        edge_step=1.0,
        kmax=12.5,
        kweight=2,
    )
    xftf(group.k, group.chi, group, kmin=3, kmax=12, dk=1, kweight=2, window="hanning", rmax_out=6)
    np.testing.assert_allclose(result.k_inv_angstrom, group.k, atol=1e-12)
    np.testing.assert_allclose(result.chi[1], group.chi, atol=1e-12)
    n = min(len(group.r), result.r_angstrom.size)
    np.testing.assert_allclose(
        result.chir_magnitude_inv_angstrom[1, :n], group.chir_mag[:n], atol=1e-12
    )
    np.testing.assert_allclose(result.window_ratio, group.kwin, atol=1e-12)


def windowed(options=None):
    options = options or ExafsOptions()
    k = 0.05 * np.arange(251)
    window = engine.chi_of_r(
        *(k, np.zeros(k.size)),
        k_range_inv_angstrom=options.k_inv_angstrom,
        dk_inv_angstrom=options.dk_inv_angstrom,
        window=options.window,
        kweight=options.kweight,
        r_end_angstrom=25.0,
    )[3]
    return k, k**options.kweight * window


def transform(chi, k, weighted, r):
    wave = np.exp(2j * k * r[:, None])
    return 0.05 / np.sqrt(np.pi) * (chi * weighted) @ wave.T


@pytest.mark.stats
def test_noise_and_sigma_of_the_peak_over_a_thousand_cases():
    """White noise on chi: epsilon comes back, and 68 % of the peaks lie within one sigma."""
    k, weighted = windowed()
    r = engine.R_STEP_ANGSTROM * np.arange(816)
    epsilon = 3e-3
    clean = shell(k)
    chi = clean + epsilon * np.random.default_rng(0).normal(size=(1000, k.size))
    chir = transform(chi, k, weighted, r)
    found = epsilon_k(r, chir, weighted)
    assert np.sqrt(np.mean(found**2)) == pytest.approx(epsilon, rel=0.03)
    assert np.std(found) / epsilon < 0.2
    true = first_shell(
        *(r, transform(clean[None], k, weighted, r), clean[None], k, weighted, (1.0, 3.0)),
        np.array([epsilon]),
    )
    peaks = first_shell(r, chir, chi, k, weighted, (1.0, 3.0), np.full(1000, epsilon))
    pull = (peaks.r_angstrom - true.r_angstrom[0]) / peaks.r_sigma_angstrom
    assert np.mean(np.abs(pull) < 1) == pytest.approx(0.68, abs=0.05)
    assert abs(pull.mean()) < 0.1


def test_noise_of_a_scan_is_seen(result):
    quiet = result.epsilon_k
    loud = exafs(series(noise=2e-3), ExafsOptions(), E0_EV)
    assert (loud.epsilon_k > 4 * quiet).all()
    assert (loud.r_peak_sigma_angstrom > 4 * result.r_peak_sigma_angstrom).all()


def test_peak_outside_the_range_is_missing():
    found = exafs(series(1), ExafsOptions(r_angstrom=(2.3, 2.6)), E0_EV)
    assert np.isnan(found.r_peak_angstrom[0])
    assert found.flags[0] == (Flag.FIRST_SHELL_MISSING,)
    assert found.status[0] is ScanStatus.OK


def test_a_scan_that_ends_early_costs_only_itself():
    short = np.where(ENERGY_EV < 8800, ENERGY_EV, np.nan)
    base = series(2)
    energy, mu = np.stack([ENERGY_EV, short]), np.array(base.normalised)
    mu[1, ~np.isfinite(short)] = np.nan
    found = exafs(replace_fields(base, energy_ev=energy, normalised=mu), ExafsOptions(), E0_EV)
    assert found.status == (ScanStatus.OK, ScanStatus.WINDOW_OUTSIDE_SCAN)
    assert "lower the end of `k_inv_angstrom`" in found.reason[1]
    assert np.isnan(found.chi[1]).all()
    assert np.isnan(found.chir_magnitude_inv_angstrom[1]).all()
    np.testing.assert_array_equal(found.chi_mean, found.chi[0])


def test_an_e0_outside_the_scan_is_refused_and_not_searched_for():
    """larch alone takes another E0 without a word (5000 becomes the edge that it finds)."""
    found = exafs(series(1), ExafsOptions(), 5000.0)
    assert found.status[0] is ScanStatus.WINDOW_OUTSIDE_SCAN
    with pytest.raises(AnalysisError, match="larch used 83.* eV for E0, asked were 5000 eV"):
        engine.chi_of_k(
            *(ENERGY_EV, spectrum()),
            e0_ev=5000.0,
            rbkg_angstrom=1.0,
            kweight=2,
            k_end_inv_angstrom=12.5,
        )


def chi_with(**changes):
    asked = {"e0_ev": E0_EV, "rbkg_angstrom": 1.0, "kweight": 2, "k_end_inv_angstrom": 12.5}
    return engine.chi_of_k(ENERGY_EV, spectrum(), **(asked | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"k_end_inv_angstrom": 20.0}, "for the end of the spline, asked were 20 1/angstrom"),
        ({"rbkg_angstrom": 0.2}, "larch used 5 .* number of spline knots, asked were 2"),
        ({"rbkg_angstrom": 0.01}, "for rbkg, asked were 0.01 angstrom"),
        ({"rbkg_angstrom": 17.0}, "larch used 128 .* number of spline knots"),
    ],
)
def test_what_larch_clamps_is_an_error(changes, message):
    with pytest.raises(AnalysisError, match=message):
        chi_with(**changes)


def test_points_that_larch_would_move_are_an_error():
    energy = np.array(ENERGY_EV)
    energy[300] = energy[299] + 1e-4
    found = exafs(replace_fields(series(1), energy_ev=energy[None]), ExafsOptions(), E0_EV)
    assert found.status[0] is ScanStatus.REQUEST_CHANGED
    assert "larch moved points" in found.reason[0]


def test_a_window_that_larch_would_cut_is_an_error():
    k, _ = windowed()
    for wanted in ((3.0, 12.2), (0.3, 12.0)):
        with pytest.raises(AnalysisError, match="would cut the window"):
            engine.chi_of_r(
                *(k, shell(k)),
                k_range_inv_angstrom=wanted,
                dk_inv_angstrom=1.0,
                window="hanning",
                kweight=2,
                r_end_angstrom=6.0,
            )


def test_a_window_swapped_in_silence_is_an_error(monkeypatch):
    """As `estimate_noise` does: it passes the window under a keyword that xftf drops."""
    group, xafs, ftwindow, etok = engine._larch()

    class Swapped:
        @staticmethod
        def xftf(k, chi, **kws):
            return xafs.xftf(k, chi, **(kws | {"window": "kaiser"}))

    monkeypatch.setattr(engine, "_larch", lambda: (group, Swapped, ftwindow, etok))
    with pytest.raises(AnalysisError, match="another Fourier window than 'hanning'"):
        windowed()


@pytest.mark.parametrize("window", ["hanning", "kaiser", "parzen", "welch", "sine"])
def test_every_window_is_what_it_says(window):
    k, weighted = windowed(ExafsOptions(window=window))
    assert (weighted[(k < 2.45) | (k > 12.55)] == 0).all()
    assert (weighted[(k > 2.55) & (k < 12.45)] > 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"k_inv_angstrom": (0.2, 12)}, "begins below k = 0"),
        ({"k_inv_angstrom": (12, 3)}, "must ascend"),
        ({"r_angstrom": (1, 8)}, "ends beyond `r_end_angstrom`"),
        ({"window": "hamming"}, "Input should be"),
    ],
)
def test_options_that_make_no_sense(changes, message):
    with pytest.raises(ValidationError, match=message):
        ExafsOptions(**changes)


def test_result_is_written_and_read_back(tmp_path, result):
    path = tmp_path / "exafs.nxs"
    write_result(path, exafs_result(result, ROW, Provenance({}, (), {})))
    assert findings(path) == []
    again = read_record(path, ExafsSeries)
    np.testing.assert_array_equal(again.chi, result.chi)
    rows = list(series_rows.exafs_rows(ROW, result))
    assert {len(row) for row in rows} == {len(series_rows.EXAFS_COLUMNS)}
