"""Extended fine structure of a series: chi(k), chi(R), its noise and the first shell's peak.

larch takes the background off and transforms (`pipeline.xas.exafs_larch`); here is what a series
asks besides. With the window `W` and white noise of sigma `epsilon` on chi, each part of
`chi(R) = dk / sqrt(pi) sum_j k_j^w W_j chi_j exp(2 i k_j R)` has the variance
`epsilon^2 dk^2 / (2 pi) sum_j (k_j^w W_j)^2`. So the rms of chi(R) at 15 to 25 angstrom, where no
shell is seen any more, gives `epsilon`; and the sigma of the place of a maximum of `|chi(R)|` is that of
its slope over its curvature.

Reference: G. Bunker, Introduction to XAFS (2010), doi:10.1017/CBO9780511809194, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import ComplexArray, FloatArray
from pipeline.core.errors import AnalysisError
from pipeline.physics import grids
from pipeline.xas import exafs_larch as engine
from pipeline.xas.options import ExafsOptions
from pipeline.xas.records import ExafsSeries, Flag, NormalisedSeries, ScanStatus
from pipeline.xas.verdicts import Verdicts

NOISE_R_ANGSTROM = (15.0, 25.0)


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Maxima of `|chi(R)|` `(n,)`: place, its sigma, height; NaN where none lies inside the range."""

    r_angstrom: FloatArray
    r_sigma_angstrom: FloatArray
    magnitude_inv_angstrom: FloatArray


def exafs(series: NormalisedSeries, options: ExafsOptions, e0_ev: float) -> ExafsSeries:
    """Take every good scan to chi(k) and chi(R), and their mean too.

    A scan that ends before the window fails (`WINDOW_OUTSIDE_SCAN`), and one for which larch did
    something else than was asked (`REQUEST_CHANGED`).

    Args:
        series: normalised scans.
        options: background, window, ranges.
        e0_ev: energy of k = 0, on the calibrated axis.

    Returns:
        chi and chi(R) on shared grids, noise, and the first shell's peak; the mean of the good
        scans weighs all alike.
    """
    verdicts = Verdicts(series.status, series.reason, series.flags)
    k = _k_grid(options)
    start, end = grids.ends(series.energy_ev)
    needed = e0_ev + engine.energy_above_ev(float(k[-1]))
    verdicts.fail(
        ~((start < e0_ev) & (end >= needed)),
        ScanStatus.WINDOW_OUTSIDE_SCAN,
        lambda i: (
            f"chi up to {k[-1]:.2f} / angstrom takes {e0_ev:.2f} to {needed:.2f} eV, but the scan runs "
            f"from {start[i]:.2f} to {end[i]:.2f} eV; lower the end of `k_inv_angstrom`"
        ),
    )
    chi = np.full((len(series.status), k.size), np.nan)
    for i in np.flatnonzero(verdicts.ok):
        used = np.isfinite(series.energy_ev[i]) & np.isfinite(series.normalised[i])
        try:
            chi[i] = engine.chi_of_k(
                series.energy_ev[i][used],
                series.normalised[i][used],
                e0_ev=e0_ev,
                rbkg_angstrom=options.rbkg_angstrom,
                kweight=options.background_kweight,
                k_end_inv_angstrom=float(k[-1]),
            )[1]
        except AnalysisError as error:
            this = np.arange(len(chi)) == i
            verdicts.fail(this, ScanStatus.REQUEST_CHANGED, str(error))
    ok = verdicts.ok
    mean = chi[ok].mean(axis=0) if ok.any() else np.full(k.size, np.nan)
    r, chir, window = _transformed(np.vstack([chi, mean]), k, options)
    shown = r <= options.r_end_angstrom + engine.R_STEP_ANGSTROM
    weighted = k**options.kweight * window
    noise = epsilon_k(r, chir[:-1], weighted)
    peaks = first_shell(r, chir[:-1], chi, k, weighted, options.r_angstrom, noise)
    verdicts.flag(ok & np.isnan(peaks.r_angstrom), Flag.FIRST_SHELL_MISSING)
    return ExafsSeries(
        dataset=series.dataset,
        element=series.element,
        edge=series.edge,
        mode=series.mode,
        e0_ev=e0_ev,
        kweight=options.kweight,
        k_inv_angstrom=k,
        window_ratio=window,
        chi=chi,
        chi_mean=mean,
        r_angstrom=r[shown],
        chir_magnitude_inv_angstrom=np.abs(chir[:-1, shown]),
        chir_real_inv_angstrom=chir[:-1, shown].real,
        chir_imaginary_inv_angstrom=chir[:-1, shown].imag,
        chir_mean_magnitude_inv_angstrom=np.abs(chir[-1, shown]),
        epsilon_k=noise,
        r_peak_angstrom=peaks.r_angstrom,
        r_peak_sigma_angstrom=peaks.r_sigma_angstrom,
        r_peak_magnitude_inv_angstrom=peaks.magnitude_inv_angstrom,
        covariates=series.covariates,
        source_file=series.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def _k_grid(options: ExafsOptions) -> FloatArray:
    """Grid of chi `(m,)`: steps of 0.05 up to the end of the window, rounded up."""
    step = engine.K_STEP_INV_ANGSTROM
    return np.asarray(step * np.arange(np.ceil(options.spline_end_inv_angstrom / step - 1e-9) + 1))


def _transformed(
    chi: FloatArray, k: FloatArray, options: ExafsOptions
) -> tuple[FloatArray, ComplexArray, FloatArray]:
    """R `(q,)` up to the noise's range, chi(R) `(n, q)` complex, and the window `(m,)`."""
    r = window = np.empty(0)
    rows = []
    for row in chi:
        # NaN stays NaN: a scan without chi is transformed as zero and blanked after.
        r, real, imaginary, window = engine.chi_of_r(
            k,
            np.nan_to_num(row),
            k_range_inv_angstrom=options.k_inv_angstrom,
            dk_inv_angstrom=options.dk_inv_angstrom,
            window=options.window,
            kweight=options.kweight,
            r_end_angstrom=NOISE_R_ANGSTROM[1],
        )
        blank = 0.0 if np.isfinite(row).all() else np.nan
        rows.append(real + 1j * imaginary + blank)
    return r, np.stack(rows), window


def epsilon_k(r: FloatArray, chir: ComplexArray, weighted_window: FloatArray) -> FloatArray:
    """Noise of a point of chi, from chi(R) at 15 to 25 angstrom.

    Args:
        r: distances `(q,)`, to 25 angstrom.
        chir: complex chi(R) `(n, q)`.
        weighted_window: `k^w W` `(m,)`, on the grid of chi.

    Returns:
        `epsilon` `(n,)`; an upper limit where far shells still show.
    """
    far = (r >= NOISE_R_ANGSTROM[0]) & (r <= NOISE_R_ANGSTROM[1])
    variance = (np.abs(chir[:, far]) ** 2).mean(axis=1) / 2
    gain = engine.K_STEP_INV_ANGSTROM**2 / (2 * np.pi) * (weighted_window**2).sum()
    return np.asarray(np.sqrt(variance / gain))


def first_shell(
    r: FloatArray,
    chir: ComplexArray,
    chi: FloatArray,
    k: FloatArray,
    weighted_window: FloatArray,
    range_angstrom: tuple[float, float],
    epsilon: FloatArray,
) -> Peaks:
    """Find the highest maximum of `|chi(R)|` inside a range, on the continuous transform.

    From the highest point of the grid Newton steps on `d|chi|^2/dR` lead to the maximum. At it
    `chi' = i q chi` with real `q`, and noise moves the slope of `|chi|` by
    `sigma^2 = epsilon^2 dk^2 / (2 pi) sum_j ((2 k_j - q) k_j^w W_j)^2`; over the curvature that is
    the sigma of the place.

    Args:
        r: `(q,)`.
        chir: complex, `(n, q)`.
        chi: `(n, m)` on the grid `k` `(m,)`.
        k: `(m,)`.
        weighted_window: `k^w W` `(m,)`.
        range_angstrom: where to look.
        epsilon: noise of a point of chi `(n,)`.

    Returns:
        Place, sigma and height; NaN where the range holds no maximum.
    """
    inside = np.flatnonzero((r >= range_angstrom[0]) & (r <= range_angstrom[1]))
    height = np.nan_to_num(np.abs(chir[:, inside]))
    top = np.argmax(height, axis=1)
    at_end = (top == 0) | (top == inside.size - 1) | ~np.isfinite(chir).all(axis=1)
    place = r[inside[top]]
    scale = engine.K_STEP_INV_ANGSTROM / np.sqrt(np.pi)
    weighted = np.nan_to_num(chi) * weighted_window
    for _ in range(6):
        wave = weighted * np.exp(2j * k * place[:, None])
        f, d1, d2 = (scale * (wave * (2j * k) ** j).sum(axis=1) for j in range(3))
        slope = (f.conj() * d1).real
        curvature = (f.conj() * d2).real + np.abs(d1) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(curvature < 0, -slope / curvature, 0.0)
        place = place + np.clip(step, -engine.R_STEP_ANGSTROM, engine.R_STEP_ANGSTROM)
    with np.errstate(divide="ignore", invalid="ignore"):
        q = (d1 / f).imag
        bend = -curvature / np.abs(f)
        gain = ((2 * k - q[:, None]) * weighted_window) ** 2
        sigma = epsilon * scale * np.sqrt(gain.sum(axis=1) / 2) / bend
    bad = at_end | ~(bend > 0)
    return Peaks(*(np.where(bad, np.nan, v) for v in (place, sigma, np.abs(f))))
