"""The one place where larch is called for EXAFS; larch is imported only when a scan is worked on.

larch repairs requests without a word: an E0 outside the scan is searched for again, a k range is
cut to the data, rbkg and the number of knots are clamped, a window of unknown name or an unknown
keyword is dropped, points closer than 0.5 meV are moved. So what was used is compared with what
was asked after every call, and a difference is an error.

References: M. Newville et al., Phys. Rev. B 47 (1993) 14126, doi:10.1103/PhysRevB.47.14126
(autobk); M. Newville, J. Phys. Conf. Ser. 430 (2013) 012007, doi:10.1088/1742-6596/430/1/012007.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import AnalysisError

K_STEP_INV_ANGSTROM = 0.05
N_FFT = 2048
R_STEP_ANGSTROM = np.pi / (K_STEP_INV_ANGSTROM * N_FFT)
FEWEST_KNOTS, MOST_KNOTS = 5, 128  # larch's own clamps


@functools.cache
def _larch() -> Any:
    """Larch's EXAFS functions (2.4 s and 254 MB, once a process)."""
    from larch import Group, xafs
    from larch.xafs.xafsft import ftwindow
    from larch.xafs.xafsutils import ETOK

    return Group, xafs, ftwindow, float(ETOK)


def wavenumber_inv_angstrom(energy_above_ev: FloatArray) -> FloatArray:
    """`k = sqrt(2 m (E - E0)) / hbar`, negative below E0, with larch's constant."""
    etok = _larch()[3]
    return np.asarray(np.sign(energy_above_ev) * np.sqrt(etok * np.abs(energy_above_ev)))


def energy_above_ev(k_inv_angstrom: float) -> float:
    """`E - E0` of a wavenumber."""
    return k_inv_angstrom**2 / float(_larch()[3])


def chi_of_k(
    energy_ev: FloatArray,
    mu_normalised: FloatArray,
    *,
    e0_ev: float,
    rbkg_angstrom: float,
    kweight: int,
    k_end_inv_angstrom: float,
) -> tuple[FloatArray, FloatArray]:
    """Take the background off a scan with larch's autobk.

    Args:
        energy_ev: ascending, `(n,)`.
        mu_normalised: absorption in units of its edge step `(n,)`; a pre-edge line may be in it.
        e0_ev: energy of k = 0.
        rbkg_angstrom: the spline takes what |chi(R)| has below this.
        kweight: power of k in the fit of the spline.
        k_end_inv_angstrom: end of spline and of chi; a multiple of 0.05.

    Returns:
        k `(m,)` in steps of 0.05 / angstrom from zero, and chi `(m,)`.

    Raises:
        AnalysisError: larch used something else than was asked, or failed.
    """
    group_of, xafs, _, _ = _larch()
    group = group_of()
    try:
        xafs.autobk(
            np.array(energy_ev),
            mu=np.array(mu_normalised),
            group=group,
            rbkg=rbkg_angstrom,
            ek0=e0_ev,
            edge_step=1.0,
            kmin=0,
            kmax=k_end_inv_angstrom,
            kweight=kweight,
            dk=0.1,
            win="hanning",
            nclamp=3,
            clamp_lo=0,
            clamp_hi=1,
            kstep=K_STEP_INV_ANGSTROM,
            nfft=N_FFT,
            calc_uncertainties=False,
        )
    except (TypeError, ValueError, IndexError) as error:  # what it raises for a singular spline
        raise AnalysisError(f"larch's autobk failed: {error}") from error
    details = getattr(group, "autobk_details", None)
    if details is None:
        raise AnalysisError("larch's autobk gave up without a message")
    knots = 1 + int(2 * rbkg_angstrom * k_end_inv_angstrom / np.pi)
    grid = K_STEP_INV_ANGSTROM * np.arange(int(1.01 + k_end_inv_angstrom / K_STEP_INV_ANGSTROM))
    first = int(np.searchsorted(energy_ev, e0_ev, side="right")) - 1
    _compare("E0", group.ek0, e0_ev, "eV")
    _compare("rbkg", group.rbkg, rbkg_angstrom, "angstrom")
    _compare("the start of the spline", details.kmin, 0.0, "1/angstrom")
    _compare("the end of the spline", details.kmax, k_end_inv_angstrom, "1/angstrom")
    _compare("the number of spline knots", details.nspl, knots, "")
    raw_k = wavenumber_inv_angstrom(np.asarray(energy_ev[first:]) - e0_ev)
    if details.kraw.shape != raw_k.shape or not np.allclose(details.kraw, raw_k, rtol=0, atol=1e-9):
        raise AnalysisError("larch moved points of the scan: energies closer than 0.0005 eV?")
    if group.k.shape != grid.shape or not np.allclose(group.k, grid, atol=1e-12):
        raise AnalysisError("larch gave another k grid than was asked")
    if not np.isfinite(group.chi).all():
        raise AnalysisError("larch's background is not finite")
    return np.array(group.k), np.array(group.chi)


def chi_of_r(
    k_inv_angstrom: FloatArray,
    chi: FloatArray,
    *,
    k_range_inv_angstrom: tuple[float, float],
    dk_inv_angstrom: float,
    window: str,
    kweight: int,
    r_end_angstrom: float,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Fourier transform with larch's xftf.

    Args:
        k_inv_angstrom: `(m,)`, in steps of 0.05 from zero.
        chi: `(m,)`.
        k_range_inv_angstrom: ends of the window, at half of its taper.
        dk_inv_angstrom: width of the taper.
        window: `hanning`, `kaiser`, `parzen`, `welch` or `sine`.
        kweight: power of k.
        r_end_angstrom: last distance.

    Returns:
        R `(q,)`, real and imaginary part of chi(R) `(q,)`, and the window `(m,)`.

    Raises:
        AnalysisError: larch used another window or grid than was asked.
    """
    group_of, xafs, ftwindow, _ = _larch()
    low, high = k_range_inv_angstrom
    start, end = low - dk_inv_angstrom / 2, high + dk_inv_angstrom / 2
    last = float(k_inv_angstrom[-1])
    if start < 0 or end > last + 1e-9:
        raise AnalysisError(
            f"the Fourier window runs from {start:.3g} to {end:.3g} / angstrom, chi from 0 to {last:.3g}; "
            "larch would cut the window without a word. Narrow `k_inv_angstrom`"
        )
    group = group_of()
    xafs.xftf(
        np.array(k_inv_angstrom),
        np.array(chi),
        group=group,
        kmin=low,
        kmax=high,
        kweight=kweight,
        dk=dk_inv_angstrom,
        window=window,
        rmax_out=r_end_angstrom,
        nfft=N_FFT,
        kstep=K_STEP_INV_ANGSTROM,
    )
    asked = ftwindow(k_inv_angstrom, xmin=low, xmax=high, dx=dk_inv_angstrom, window=window)
    inside = (k_inv_angstrom > start + K_STEP_INV_ANGSTROM) & (
        k_inv_angstrom < end - K_STEP_INV_ANGSTROM
    )
    outside = (k_inv_angstrom < start - K_STEP_INV_ANGSTROM) | (
        k_inv_angstrom > end + K_STEP_INV_ANGSTROM
    )
    used = np.array(group.kwin)
    if (
        used.shape != asked.shape
        or not np.allclose(used, asked, atol=1e-9)
        or not (used[inside] > 0).all()
        or not np.allclose(used[outside], 0.0)
    ):
        raise AnalysisError(f"larch used another Fourier window than '{window}' as asked")
    r = R_STEP_ANGSTROM * np.arange(len(group.r))
    if not np.allclose(group.r, r, atol=1e-9) or r[-1] < r_end_angstrom - R_STEP_ANGSTROM:
        raise AnalysisError("larch gave another R grid than was asked")
    return np.array(group.r), np.array(group.chir_re), np.array(group.chir_im), used


def _compare(what: str, used: float, asked: float, unit: str) -> None:
    if not abs(float(used) - float(asked)) <= 1e-9 * max(1.0, abs(asked)):
        raise AnalysisError(
            f"larch used {used:.6g} {unit} for {what}, asked were {asked:.6g} {unit}"
        )
