"""Peaks followed through 5,000 patterns, 8 lines with Kalpha2 each, against lmfit line by line and frame by frame.

lmfit gets the same doublet, two of its pseudo-Voigt models tied by expressions, and its linear background, the same
windows, the variance of our final model as weights, and the neighbouring frame's result as start; it is timed on
some of the frames. (A doublet written by hand as one function for lmfit, without expressions, takes a tenth of that.)
Ours is everything that `track` does: search, fits, verdicts. The difference is that of the
positions, in our sigmas; esds and peak memory stand in the note.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np

from benchmarks.row import Row, cpu_seconds
from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import Covariates
from pipeline.physics.bragg import spacing_angstrom
from pipeline.physics.lineshapes import doublet
from pipeline.xrd.options import TrackOptions
from pipeline.xrd.records import ConvertedSeries, FrameStatus, Lines, PatternSeries
from pipeline.xrd.track import follow, track
from pipeline.xrd.track_data import frames_of
from pipeline.xrd.track_state import Fitted

N_FRAMES, N_TIMED, SEED = 5000, 200, 4
STEP_DEG, WINDOW_DEG, BACKGROUND = 0.01, 0.6, 20.0
KALPHA1, KALPHA2, RATIO = 1.540593, 1.544427, 0.5
PLACES = (18.7, 22.0, 27.0, 31.0, 36.7, 41.0, 45.2, 50.0)


@dataclass(frozen=True)
class Problem:
    """A simulated series, and the lines that are followed in it."""

    series: ConvertedSeries
    lines: Lines


def problem(n_frames: int) -> Problem:
    """Patterns of eight lines that move by up to four of their widths and lose half their area.

    They are strong enough to tell their shape: ours holds the shape of those that do not, lmfit would not.
    """
    rng = np.random.default_rng(SEED)
    x = np.arange(17.5, 51.5, STEP_DEG)
    passed = np.linspace(0.0, 1.0, n_frames)
    y = np.full((n_frames, x.size), BACKGROUND)
    for i, place in enumerate(PLACES):
        position = place + 0.4 * (i % 3 - 1) * passed
        near = np.flatnonzero(np.abs(x - place) < 3.0)
        y[:, near] += (
            (80.0 + 20.0 * i)
            * (1.0 - 0.5 * passed)[:, None]
            * doublet(
                np.broadcast_to(x[near], (n_frames, near.size)),
                position,
                np.full(n_frames, 0.1 + 0.01 * i),
                np.full(n_frames, 0.3 + 0.05 * i),
                None,
                np.full(n_frames, KALPHA2 / KALPHA1),
                np.full(n_frames, RATIO),
            ).value
        )
    counts = rng.poisson(y).astype(np.float64)
    counts.flags.writeable = False
    del y
    measured = _patterns(x, counts)
    grid = measured.two_theta_deg
    ok, none = (FrameStatus.OK,) * n_frames, ("",) * n_frames
    series = ConvertedSeries(
        measured,
        KALPHA1,
        False,
        grid,
        np.zeros(n_frames),
        None,
        None,
        None,
        ok,
        none,
        ((),) * n_frames,
    )
    nan = np.full(len(PLACES), np.nan)
    names = tuple(f"line {i}" for i in range(len(PLACES)))
    places = spacing_angstrom(np.array(PLACES), KALPHA1)
    return Problem(series, Lines(("",) * len(PLACES), names, nan, nan, nan, places))


def _patterns(x: FloatArray, counts: FloatArray) -> PatternSeries:
    n = len(counts)

    def every(value: float) -> FloatArray:
        return np.full(n, value)

    names = tuple(f"{i:05d}.xy" for i in range(n))
    return PatternSeries(
        dataset="bench",
        geometry="bragg-brentano",
        source_file=names,
        label=names,
        format=("xy",) * n,
        two_theta_deg=np.broadcast_to(x, counts.shape),
        intensity_counts=counts,
        sigma_counts=np.broadcast_to(np.nan, counts.shape),
        gain_ratio=every(1.0),
        counting_time_s=every(1.0),
        wavelength_angstrom=every(KALPHA1),
        kalpha2_angstrom=every(KALPHA2),
        kalpha2_ratio=every(RATIO),
        radius_mm=every(240.0),
        time_iso=("",) * n,
        covariates=Covariates.unknown(n),
        remarks=("",) * n,
        status=(FrameStatus.OK,) * n,
        reason=("",) * n,
        flags=((),) * n,
    )


def by_lmfit(asked: Problem, found: Fitted, frames: range) -> tuple[FloatArray, FloatArray]:
    """Positions and their esds by lmfit `(n, 8)`, with the windows and the variance of our result."""
    import lmfit

    one, two = (
        lmfit.models.PseudoVoigtModel(prefix="one_"),
        lmfit.models.PseudoVoigtModel(prefix="two_"),
    )
    model = one + two + lmfit.models.LinearModel()
    measured = asked.series.measured
    position = np.full((len(frames), len(PLACES)), np.nan)
    sigma = position.copy()
    for k in range(len(PLACES)):
        params = model.make_params(
            one_amplitude=53.0 + 13.0 * k,
            one_center=PLACES[k],
            one_sigma=0.06,
            one_fraction=0.5,
            intercept=BACKGROUND,
            slope=0.0,
        )
        params["one_sigma"].set(min=0.005, max=0.75)
        params["two_amplitude"].set(expr=f"{RATIO} * one_amplitude")
        half = "one_center * pi / 360"
        params["two_center"].set(expr=f"360 / pi * arcsin({KALPHA2 / KALPHA1} * sin({half}))")
        params["two_sigma"].set(expr="one_sigma")
        params["two_fraction"].set(expr="one_fraction")
        for row, frame in enumerate(frames):
            x, variance, inside = _window(asked, found, frame, k)
            y = measured.intensity_counts[frame][inside]
            fit = model.fit(y, params, x=x, weights=variance**-0.5, scale_covar=False)
            params = fit.params
            position[row, k] = params["one_center"].value
            sigma[row, k] = params["one_center"].stderr or np.nan
    return position, sigma


def _window(
    asked: Problem, found: Fitted, frame: int, k: int
) -> tuple[FloatArray, FloatArray, Any]:
    """Angles of a window, and the variance of our model there.

    Its background is where the score of the background is zero, given the line: that of the joint fit.
    """
    measured = asked.series.measured
    x = measured.two_theta_deg[frame]
    inside = (x >= found.left_deg[k, frame]) & (x <= found.right_deg[k, frame])
    x, y = x[inside], measured.intensity_counts[frame][inside]
    at = k, [frame]
    own = (
        found.area[at]
        * doublet(
            x[None],
            found.position_deg[at],
            found.fwhm_deg[at],
            found.lorentz[at],
            None,
            np.array([KALPHA2 / KALPHA1]),
            np.array([RATIO]),
        ).value[0]
    )
    design = np.vander(x - x.mean(), 2)
    variance = own + BACKGROUND
    for _ in range(5):
        weighted = design / variance[:, None]
        variance = own + design @ np.linalg.solve(weighted.T @ design, weighted.T @ (y - own))
    return x, variance, inside


def run() -> Row:
    """Time ours on all frames and lmfit on some."""
    asked = problem(N_FRAMES)
    options = TrackOptions(window_deg=WINDOW_DEG)
    ours_s, found = cpu_seconds(lambda: track(asked.series, asked.lines, options, None), repeats=2)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    frames = range(N_TIMED)
    good = frames_of(asked.series, asked.lines, options, None)
    state = follow(good, asked.lines.phase, options).state
    peer_s, (position, sigma) = cpu_seconds(lambda: by_lmfit(asked, state, frames))
    rows = np.array(frames)
    apart = np.abs(position - found.position_deg[rows]) / found.position_sigma_deg[rows]
    esds = np.abs(sigma / found.position_sigma_deg[rows] - 1)
    missed = int(np.isnan(found.position_deg).sum())
    return Row(
        name="peak_tracking",
        ours_s=ours_s,
        peer_s=peer_s * N_FRAMES / len(frames),
        max_abs_difference=float(np.nanmax(apart)),
        sizes={"frames": N_FRAMES, "peaks": len(PLACES), "timed": len(frames)},
        versions={name: metadata.version(name) for name in ("numpy", "scipy", "lmfit")},
        note=f"positions in sigma; esds within {100 * np.nanmax(esds):.1f} %, {memory_mb:.0f} MB at most, "
        f"{missed} of {found.position_deg.size} missed; lmfit timed on {len(frames)} frames",
    )


if __name__ == "__main__":
    print(run(), file=sys.stdout)
