"""Simulated counts of lines whose place, area and width are known in every frame."""

import numpy as np

from pipeline.core.covariates import Covariates
from pipeline.physics.bragg import spacing_angstrom
from pipeline.physics.lineshapes import doublet
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import ConvertedSeries, FrameStatus, Lines, PatternSeries
from pipeline.xrd.track import track

CU, CU2, SHARE = 1.540593, 1.544427, 0.5
SYNCHROTRON = 0.4522


def line(x, position, area, fwhm, eta=0.5, *, doublet_of=CU2 / CU, share=SHARE):
    """Counts of a line `(n, m)`; numbers or one a frame."""
    n = max(np.size(v) for v in (position, area, fwhm))
    full = [np.broadcast_to(np.asarray(v, float), (n,)).copy() for v in (position, fwhm, eta)]
    ratios = np.full(n, doublet_of), np.full(n, share)
    made = doublet(np.broadcast_to(x, (n, x.shape[-1])), *full, None, *ratios).value
    return np.broadcast_to(np.asarray(area, float), (n,))[:, None] * made


def series(
    x, y, *, angstrom=CU, share=SHARE, gain=1.0, sigma=None, bad=(), wavelengths=None
) -> ConvertedSeries:
    """A series of counts; Cu Kalpha, or with `share=0` one wavelength."""
    n = len(y)
    full = [np.full(n, v) for v in (gain, 1.0, CU2 if share else np.nan, share or np.nan, 240.0)]
    y = np.array(y, dtype=float)
    status = [FrameStatus.OK] * n
    for i in bad:
        status[i], y[i] = FrameStatus.UNREADABLE, np.nan
    empty = ("",) * n
    grid = np.broadcast_to(x, y.shape)
    measured = PatternSeries(
        dataset="simulated",
        geometry="bragg-brentano",
        source_file=tuple(f"{i}.xy" for i in range(n)),
        label=empty,
        format=("xy",) * n,
        two_theta_deg=grid,
        intensity_counts=y,
        sigma_counts=np.broadcast_to(np.nan, y.shape) if sigma is None else sigma,
        gain_ratio=full[0],
        counting_time_s=full[1],
        wavelength_angstrom=np.full(n, angstrom) if wavelengths is None else wavelengths,
        kalpha2_angstrom=full[2],
        kalpha2_ratio=full[3],
        radius_mm=full[4],
        time_iso=empty,
        covariates=Covariates.unknown(n),
        remarks=empty,
        status=tuple(status),
        reason=empty,
        flags=((),) * n,
    )
    return ConvertedSeries(
        measured,
        CU,
        False,
        grid,
        np.zeros(n),
        None,
        None,
        None,
        tuple(status),
        empty,
        ((),) * n,
    )


def lines(*places, phases=None, angstrom=CU) -> Lines:
    """Lines that are expected at these angles."""
    nan = np.full(len(places), np.nan)
    spacing = spacing_angstrom(np.array(places), angstrom)
    phases = phases or ("P",) * len(places)
    return Lines(phases, tuple(f"00{i + 1}" for i in range(len(places))), nan, nan, nan, spacing)


def followed(x, y, places, *, phases=None, standard=None, source=None, **options):
    """Track lines in counts; `source` are keywords of `series`."""
    source = source or {}
    found = lines(*places, phases=phases, angstrom=source.get("angstrom", CU))
    return track(series(x, y, **source), found, TrackOptions(**options), standard)


def words(tracks, which=0):
    """The statuses of one line, run by run: `fitted*89 absent*31`."""
    runs = []
    for row in tracks.line_status:
        word = row[which].value
        if runs and runs[-1][0] == word:
            runs[-1][1] += 1
        else:
            runs.append([word, 1])
    return " ".join(f"{word}*{n}" for word, n in runs)
