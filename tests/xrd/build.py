"""Small records of diffraction, simulated with known numbers: a cathode that is heated, charged or milled.

Lines are Gaussian here, and records hold what a perfect analysis would give plus seeded noise: they are for tests of
what reads records, such as figures and tables.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import Covariates
from pipeline.xrd.records import (
    Broadening,
    CellSeries,
    ConvertedSeries,
    FrameStatus,
    Lines,
    LineStatus,
    PatternSeries,
    PeakTracks,
    Transitions,
)

SYNCHROTRON_ANGSTROM = 0.4522
TARGET_ANGSTROM = 1.5406
PHASE = "NMC"
LAYERED = ((0, 0, 3), (1, 0, 1), (0, 0, 6), (1, 0, 2), (1, 0, 4), (1, 0, 8), (1, 1, 0))
HEIGHTS = (1.0, 0.4, 0.12, 0.14, 0.8, 0.25, 0.28)
SPINEL = "spinel"
SPINEL_A = 8.15
ONSET_C, WIDTH_C = 190.0, 25.0


@dataclass(frozen=True)
class Truth:
    """Cell of each frame, and how far the change has gone (0 before, 1 after), `(n_frames,)`."""

    a_angstrom: FloatArray
    c_angstrom: FloatArray
    changed: FloatArray
    covariates: Covariates

    @property
    def n_frames(self) -> int:
        return self.a_angstrom.size


def heated(n_frames: int = 40) -> Truth:
    t = np.linspace(25.0, 500.0, n_frames)
    covariates = with_known(n_frames, temperature_c=t, time_s=(t - 25.0) * 15.0)
    changed = 1 / (1 + np.exp(-(t - ONSET_C - WIDTH_C) / (WIDTH_C / 2)))
    a = 2.870 * (1 + 12e-6 * (t - 25))
    c = 14.25 * (1 + 16e-6 * (t - 25))
    return Truth(a, c, changed, covariates)


def charged(n_frames: int = 30) -> Truth:
    x = np.linspace(0.0, 1.0, n_frames)
    covariates = with_known(n_frames, charge_mah=2.2 * x, voltage_v=3.6 + 0.7 * x)
    c = 14.20 + 0.35 * x - 1.1 * np.clip(x - 0.75, 0, None) / 0.25 * 0.8
    return Truth(2.875 - 0.05 * x, c, np.zeros(n_frames), covariates)


def at_rest(n_frames: int = 1) -> Truth:
    full = np.full(n_frames, 1.0)
    return Truth(2.875 * full, 14.22 * full, 0 * full, Covariates.unknown(n_frames))


def with_known(n_frames: int, **known: FloatArray) -> Covariates:
    nan = np.full(n_frames, np.nan)
    names = ("cycle", "temperature_c", "voltage_v", "time_s", "charge_mah")
    return Covariates(**{name: known.get(name, nan) for name in names})


def spacing(truth: Truth) -> FloatArray:
    """Spacings `(n_frames, n_lines)`: the layered lines, then the spinel's 220."""
    h, k, el = np.array(LAYERED, dtype=float).T
    a, c = truth.a_angstrom[:, None], truth.c_angstrom[:, None]
    layered = 1 / np.sqrt(4 / 3 * (h * h + h * k + k * k) / a**2 + el**2 / c**2)
    spinel = np.full((truth.n_frames, 1), SPINEL_A / np.sqrt(8.0)) * a / a[0]
    return np.concatenate([layered, spinel], axis=1)


def angle(spacing_angstrom: FloatArray, angstrom: float) -> FloatArray:
    return 2 * np.degrees(np.arcsin(angstrom / (2 * spacing_angstrom)))


def strength(truth: Truth) -> FloatArray:
    """Heights of the lines `(n_frames, n_lines)` over that of (003) at the start."""
    left = 1 - truth.changed[:, None]
    return np.concatenate([np.array(HEIGHTS) * (0.1 + 0.9 * left), 0.3 * (1 - left)], axis=1)


def fwhm(truth: Truth, angstrom: float) -> FloatArray:
    """Widths `(n_frames, n_lines)` on the axis of a wavelength."""
    scale = angstrom / SYNCHROTRON_ANGSTROM
    return np.broadcast_to(0.035 * scale * (1 + truth.changed[:, None]), (truth.n_frames, 8))


def lines() -> Lines:
    every = (*LAYERED, (2, 2, 0))
    h, k, el = np.array(every, dtype=float).T
    return Lines(
        phase=(PHASE,) * len(LAYERED) + (SPINEL,),
        hkl=tuple("".join(map(str, hkl)) for hkl in every),
        h_index=h,
        k_index=k,
        l_index=el,
        spacing_angstrom=spacing(heated(2))[0],
    )


def converted(
    truth: Truth,
    *,
    angstrom: float = SYNCHROTRON_ANGSTROM,
    n_points: int = 1600,
    height: float = 4000.0,
    bad: tuple[int, ...] = (),
    seed: int = 1,
    dataset: str = "hot",
) -> ConvertedSeries:
    """Patterns from (003) to beyond (110), counted; the frames `bad` could not be read."""
    ends = angle(np.array([5.2, 1.38]), angstrom)
    x = np.linspace(ends[0], ends[1], n_points)
    at = angle(spacing(truth), angstrom)
    sigma = fwhm(truth, angstrom) / 2.3548
    mean = 40.0 + 60.0 * np.exp(-(x - x[0]) / 4.0) * np.ones((truth.n_frames, 1))
    for i in range(at.shape[1]):
        away = (x - at[:, i : i + 1]) / sigma[:, i : i + 1]
        mean = mean + height * strength(truth)[:, i : i + 1] * np.exp(-0.5 * away**2)
    counts = np.random.default_rng(seed).poisson(mean).astype(float)
    counts[list(bad)] = np.nan
    n = truth.n_frames
    grid = np.broadcast_to(x, counts.shape)
    reach = np.sin(np.radians(x / 2)) * TARGET_ANGSTROM / angstrom
    on_target = 2 * np.degrees(np.arcsin(np.where(reach < 1, reach, np.nan)))
    status = tuple(FrameStatus.UNREADABLE if i in bad else FrameStatus.OK for i in range(n))
    reason = tuple("no such file" if i in bad else "" for i in range(n))
    flags: tuple[tuple[()], ...] = ((),) * n
    full = np.ones(n)
    measured = PatternSeries(
        dataset=dataset,
        geometry="debye-scherrer",
        source_file=tuple(f"{dataset}_{i:04d}.xy" for i in range(n)),
        label=("",) * n,
        format=("xy",) * n,
        two_theta_deg=grid,
        intensity_counts=counts,
        sigma_counts=np.full(counts.shape, np.nan),
        gain_ratio=full,
        counting_time_s=full,
        wavelength_angstrom=angstrom * full,
        kalpha2_angstrom=np.nan * full,
        kalpha2_ratio=np.nan * full,
        radius_mm=np.nan * full,
        time_iso=("",) * n,
        covariates=truth.covariates,
        remarks=("",) * n,
        status=status,
        reason=reason,
        flags=flags,
    )
    return ConvertedSeries(
        measured=measured,
        target_angstrom=TARGET_ANGSTROM,
        target_is_mean=False,
        two_theta_target_deg=np.broadcast_to(on_target, counts.shape),
        unreachable_count=np.full(n, np.isnan(on_target).sum(), dtype=float),
        rebinned_deg=None,
        rebinned_counts=None,
        rebinned_sigma_counts=None,
        status=status,
        reason=reason,
        flags=flags,
    )


def tracks(
    truth: Truth,
    *,
    angstrom: float = SYNCHROTRON_ANGSTROM,
    height: float = 4000.0,
    bad: tuple[int, ...] = (),
    seed: int = 2,
) -> PeakTracks:
    """Lines as a perfect fit would give them; a line below 2 % of the strongest is absent, with a limit."""
    random = np.random.default_rng(seed)
    at, width = angle(spacing(truth), angstrom), fwhm(truth, angstrom)
    strong = strength(truth)
    absent = strong < 0.02
    shape = at.shape
    sigma = 0.0008 / np.sqrt(np.maximum(strong, 0.02))
    area = height * strong * width * 1.0645
    area_sigma = 0.004 * height * width * np.sqrt(np.maximum(strong, 0.02))
    measured = at + sigma * random.standard_normal(shape)
    d = angstrom / (2 * np.sin(np.radians(measured / 2)))
    target = angle(d, TARGET_ANGSTROM)
    tilt = np.tan(np.radians(target / 2)) / np.tan(np.radians(measured / 2))
    hidden = absent.copy()
    hidden[list(bad)] = True

    def known(values: FloatArray) -> FloatArray:
        return np.where(hidden, np.nan, np.broadcast_to(values, shape))

    limit = np.where(absent, 1.64 * area_sigma, np.nan)
    limit[list(bad)] = np.nan
    words = [
        tuple(LineStatus.ABSENT if one else LineStatus.FITTED for one in row) for row in absent
    ]
    for i in bad:
        words[i] = (LineStatus.FRAME_FAILED,) * shape[1]
    n = truth.n_frames
    cot = np.radians(1) / 2 / np.tan(np.radians(measured / 2))
    return PeakTracks(
        lines=lines(),
        geometry="debye-scherrer",
        target_angstrom=TARGET_ANGSTROM,
        limit_level_fraction=0.95,
        source_file=tuple(f"hot_{i:04d}.xy" for i in range(n)),
        position_deg=known(measured),
        position_sigma_deg=known(sigma),
        position_target_deg=known(target),
        position_target_sigma_deg=known(sigma * tilt),
        spacing_angstrom=known(d),
        spacing_sigma_angstrom=known(d * cot * sigma),
        fwhm_deg=known(width * (1 + 0.01 * random.standard_normal(shape))),
        fwhm_sigma_deg=known(0.01 * width),
        area_counts_deg=known(area + area_sigma * random.standard_normal(shape)),
        area_sigma_counts_deg=known(area_sigma),
        area_limit_counts_deg=limit,
        height_counts=known(height * strong),
        background_counts=known(40.0 + 60.0 * np.exp(-(measured - ends_low(angstrom)) / 4.0)),
        lorentz_fraction=known(np.zeros(shape)),
        asymmetry_ratio=known(np.ones(shape)),
        reduced_chi2=known(1 + 0.05 * random.standard_normal(shape)),
        scatter_ratio=known(np.ones(shape)),
        wavelength_angstrom=np.full(n, angstrom),
        radius_mm=np.full(n, np.nan),
        covariates=truth.covariates,
        line_status=tuple(words),
        line_flags=(("-",) * shape[1],) * n,
        status=tuple(FrameStatus.UNREADABLE if i in bad else FrameStatus.OK for i in range(n)),
        reason=tuple("no such file" if i in bad else "" for i in range(n)),
        flags=((),) * n,
    )


def ends_low(angstrom: float) -> float:
    return float(angle(np.array([5.2]), angstrom)[0])


def cells(truth: Truth, *, bad: tuple[int, ...] = (), seed: int = 3) -> CellSeries:
    """Hexagonal cells with noise, one ratio and one splitting; no cell in the frames `bad`."""
    random = np.random.default_rng(seed)
    n = truth.n_frames
    nan = np.full(n, np.nan)

    def noisy(values: FloatArray, sigma: float) -> FloatArray:
        out = values + sigma * random.standard_normal(n)
        out[list(bad)] = np.nan
        return out

    a, c = noisy(truth.a_angstrom, 1e-4), noisy(truth.c_angstrom, 8e-4)
    volume = np.sqrt(3) / 2 * a**2 * c
    split = angle(spacing(truth), TARGET_ANGSTROM)
    ratio = noisy(1.25 - 0.9 * truth.changed, 0.02)[:, None]
    return CellSeries(
        phase=PHASE,
        system="hexagonal",
        correction="displacement",
        a_angstrom=a,
        a_sigma_angstrom=np.where(np.isfinite(a), 1e-4, np.nan),
        a_model_sigma_angstrom=np.where(np.isfinite(a), 3e-4, np.nan),
        b_angstrom=a,
        b_sigma_angstrom=np.where(np.isfinite(a), 1e-4, np.nan),
        b_model_sigma_angstrom=np.where(np.isfinite(a), 3e-4, np.nan),
        c_angstrom=c,
        c_sigma_angstrom=np.where(np.isfinite(c), 8e-4, np.nan),
        c_model_sigma_angstrom=np.where(np.isfinite(c), 2e-3, np.nan),
        alpha_deg=nan + 90,
        alpha_sigma_deg=nan,
        beta_deg=nan,
        beta_sigma_deg=nan,
        gamma_deg=nan,
        gamma_sigma_deg=nan,
        volume_angstrom3=volume,
        volume_sigma_angstrom3=np.where(np.isfinite(a), 0.009, np.nan),
        volume_model_sigma_angstrom3=np.where(np.isfinite(a), 0.02, np.nan),
        c_over_a_ratio=c / a,
        c_over_a_sigma_ratio=np.where(np.isfinite(a), 3e-4, np.nan),
        shift_deg=0 * a,
        shift_sigma_deg=0.001 + 0 * a,
        displacement_um=nan,
        displacement_sigma_um=nan,
        standard_deg=nan,
        standard_sigma_deg=nan,
        line_count=np.full(n, 7.0),
        reduced_chi2=np.ones(n),
        ratio_names=("i003_i104",),
        intensity_ratio=ratio,
        intensity_sigma_ratio=np.where(np.isfinite(ratio), 0.02, np.nan),
        intensity_cu_ratio=0.9 * ratio,
        intensity_cu_sigma_ratio=np.where(np.isfinite(ratio), 0.018, np.nan),
        splitting_names=("s108_110",),
        splitting_deg=noisy(split[:, 6] - split[:, 5], 0.004)[:, None],
        splitting_sigma_deg=np.full((n, 1), 0.004),
        source_file=tuple(f"hot_{i:04d}.xy" for i in range(n)),
        covariates=truth.covariates,
        status=tuple(FrameStatus.NO_LINES if i in bad else FrameStatus.OK for i in range(n)),
        reason=tuple("no line" if i in bad else "" for i in range(n)),
        flags=((),) * n,
    )


def transitions(
    truth: Truth, covariate: str = "temperature_c", later_c: float = 0.0
) -> Transitions:
    """The rise of the spinel's line, the loss of (003), and a change that did not happen."""
    at = getattr(truth.covariates, covariate)
    n = at.size
    scale = WIDTH_C / 2
    middle = ONSET_C + WIDTH_C + later_c
    step = 1 / (1 + np.exp(-(at - middle) / scale))
    noise = 0.02 * np.random.default_rng(4).standard_normal((3, n))
    nan = np.full(n, np.nan)
    fitted = np.stack([step, step, nan])
    none = np.nan
    return Transitions(
        covariate=covariate,
        names=("spinel_rise", "loss_of_003", "c_jump"),
        quantity=("area spinel 220", "area NMC 003", "c NMC"),
        models=("logistic", "logistic", "logistic"),
        onset_of_covariate=np.array([middle - 2 * scale, middle - 2 * scale - 3, none]),
        onset_sigma_of_covariate=np.array([1.1, 0.8, none]),
        midpoint_of_covariate=np.array([middle, middle, none]),
        midpoint_sigma_of_covariate=np.array([0.9, 0.7, none]),
        end_of_covariate=np.array([middle + 2 * scale, middle + 2 * scale, none]),
        end_sigma_of_covariate=np.array([1.1, 0.8, none]),
        width_of_covariate=np.array([4 * scale, 4 * scale, none]),
        width_sigma_of_covariate=np.array([2.0, 1.5, none]),
        step_ratio=np.array([1.0, -0.9, none]),
        step_sigma_ratio=np.array([0.01, 0.01, none]),
        slope_per_covariate=np.full(3, none),
        slope_sigma_per_covariate=np.full(3, none),
        significance_ratio=np.array([80.0, 90.0, 0.4]),
        reduced_chi2=np.array([1.0, 1.1, 1.0]),
        at_of_covariate=at,
        scaled_ratio=np.stack([step, step, 0.5 + nan]) + noise,
        scaled_sigma_ratio=np.full((3, n), 0.02),
        fitted_ratio=fitted,
        status=(FrameStatus.OK, FrameStatus.OK, FrameStatus.NO_CHANGE),
        reason=("", "", "0.4 sigma"),
        flags=((), (), ()),
        verdict=("rises", "falls", "stays smooth"),
    )


def broadening(size_nm: float, strain_percent: float, seed: int = 5) -> Broadening:
    """Breadths of eight lines by size and strain, with 2 % noise."""
    random = np.random.default_rng(seed)
    angstrom = TARGET_ANGSTROM
    theta = np.radians(angle(spacing(at_rest()), angstrom) / 2)
    exact = 0.94 * angstrom / (10 * size_nm) + 4 * strain_percent / 100 * np.sin(theta)
    breadth = np.degrees(exact / np.cos(theta))
    return Broadening(
        phase=PHASE,
        lines=lines().hkl,
        instrument="",
        shape_factor_ratio=0.94,
        size_nm=np.array([size_nm]),
        size_sigma_nm=np.array([0.03 * size_nm]),
        strain_percent=np.array([strain_percent]),
        strain_sigma_percent=np.array([0.01]),
        correlation_ratio=np.array([0.8]),
        two_theta_deg=2 * np.degrees(theta),
        breadth_deg=breadth * (1 + 0.02 * random.standard_normal(breadth.shape)),
        breadth_sigma_deg=0.02 * breadth,
        wavelength_angstrom=np.array([angstrom]),
        line_count=np.array([8.0]),
        reduced_chi2=np.array([1.0]),
        source_file=("milled.xy",),
        covariates=Covariates.unknown(1),
        status=(FrameStatus.OK,),
        reason=("",),
        flags=((),),
    )
