"""Normalisation and flattening with explicit windows, against larch's `pre_edge`.

What is timed is what `pre_edge` does too: finding the windows, both fits, the step, normalised and
flattened spectra, by the functions that the step `normalise` calls. Not timed are what it adds
and `pre_edge` has not: sigma of the step, noise, edge positions, and the checks of each scan (the
note says what the whole takes).
"""

from __future__ import annotations

from importlib import metadata
from typing import Any

import numpy as np

from benchmarks.row import Row, cpu_seconds
from benchmarks.spectra import E0_EV, mixtures
from pipeline.core.arrays import FloatArray
from pipeline.physics import grids
from pipeline.xas.background import EdgeFit, remove_background
from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.records import CalibratedSeries, Covariates, RawSeries, ScanStatus

N_SPECTRA, N_POINTS = 1000, 401
OPTIONS = NormaliseOptions(pre_ev=(-150.0, -40.0), post_ev=(100.0, 480.0), post_degree=2)


def series(energy_ev: FloatArray, mu: FloatArray) -> CalibratedSeries:
    """Spectra as a calibrated series on one grid."""
    n = len(mu)
    zero, nan, empty = np.zeros(n), np.full(n, np.nan), ("",) * n
    ok, none = (ScanStatus.OK,) * n, ((),) * n
    raw = RawSeries(
        dataset="bench",
        element="Mn",
        edge="K",
        mode="transmission",
        source_file=empty,
        label=empty,
        energy_ev=np.broadcast_to(energy_ev, mu.shape),
        mu=mu,
        reference_mu=np.broadcast_to(np.full(mu.shape[1], np.nan), mu.shape),
        file_shift_ev=nan,
        time_iso=empty,
        is_normalised=(False,) * n,
        status=ok,
        reason=empty,
        flags=none,
    )
    return CalibratedSeries(
        raw, zero, zero, nan, 0.0, "none", Covariates.unknown(n), ok, empty, none
    )


def ours(energy_ev: FloatArray, mu: FloatArray) -> EdgeFit:
    """Normalise spectra on one grid."""
    axes = np.broadcast_to(energy_ev, mu.shape)
    pre, post = (
        (grids.at_or_below(axes, E0_EV + low), grids.nearest(axes, E0_EV + high))
        for low, high in (OPTIONS.pre_ev, OPTIONS.post_ev)
    )
    nearest = grids.nearest(axes, E0_EV)
    degrees = (OPTIONS.pre_degree, OPTIONS.post_degree)
    return remove_background(energy_ev, mu, nearest, energy_ev[nearest], pre, post, degrees)


def run() -> Row:
    """Time 1,000 normalisations each way."""
    from larch import Group
    from larch.xafs import pre_edge

    energy, _, mixed = mixtures(N_SPECTRA, N_POINTS)
    mu = 0.4 + 1.1 * mixed - 2e-4 * (energy - E0_EV)
    windows = {"pre1": -150, "pre2": -40, "norm1": 100, "norm2": 480, "nnorm": 2}

    def peer() -> list[Any]:
        groups = [Group(energy=energy, mu=y) for y in mu]
        for group in groups:
            pre_edge(group, e0=E0_EV, **windows)
        return groups

    ours_s, made = cpu_seconds(lambda: ours(energy, mu), repeats=20)
    peer_s, groups = cpu_seconds(peer)
    calibrated = series(energy, mu)
    whole_s, step = cpu_seconds(lambda: normalise(calibrated, E0_EV, OPTIONS), repeats=5)
    difference = max(
        float(np.abs(of_ours - [getattr(g, name) for g in groups]).max())
        for result in (made, step)
        for of_ours, name in (
            (result.normalised, "norm"),
            (result.flattened, "flat"),
            (result.step if isinstance(result, EdgeFit) else result.edge_step, "edge_step"),
        )
    )
    return Row(
        name="normalise",
        ours_s=ours_s,
        peer_s=peer_s,
        max_abs_difference=difference,
        sizes={"spectra": N_SPECTRA, "points": N_POINTS},
        versions={name: metadata.version(name) for name in ("numpy", "xraylarch")},
        note=f"the whole step with sigmas, noise and edge positions: {peer_s / whole_s:.0f} times",
    )
