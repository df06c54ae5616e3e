"""Small synthetic series for the tests of the analysis."""

from collections.abc import Sequence

import numpy as np

from pipeline.xas.calibrate import calibrate
from pipeline.xas.normalise import normalise
from pipeline.xas.options import CalibrateOptions, NormaliseOptions
from pipeline.xas.records import (
    CalibratedSeries,
    Covariates,
    NormalisedSeries,
    RawSeries,
    ScanStatus,
)

E0_EV = 8340.0
GRID_EV = np.concatenate(
    [np.arange(8140.0, 8300.0, 5.0), np.arange(8300.0, 8420.0, 0.5), np.arange(8420.0, 8900.0, 3.0)]
)


def edge(energy_ev, position_ev=E0_EV, white_line=0.25):
    """A normalised edge of known half step: step 1, white line and two oscillations after it."""
    t = energy_ev - position_ev
    step = 0.5 + np.arctan(t / 1.5) / np.pi
    after = np.clip(t, 0, None)
    white = white_line * np.exp(-(((t - 9) / 4.5) ** 2))
    return step + white + 0.04 * np.sin(after / 9) * np.exp(-after / 60) * (1 - np.exp(-after / 5))


def foil(energy_ev, position_ev=8333.0):
    """A metal foil: a first inflection at `position_ev` and a higher second one 12 eV above."""
    t = energy_ev - position_ev
    first = 0.45 * (0.5 + np.arctan(t / 1.2) / np.pi)
    second = 0.55 * (0.5 + np.arctan((t - 12) / 1.1) / np.pi)
    after = np.clip(t - 15, 0, None)
    return first + second + 0.06 * np.sin(after / 6) * np.exp(-after / 40)


def raw_series(energy_ev, mu, reference_mu=None, **changes) -> RawSeries:
    """A raw series of good scans; rows may hold NaN at the end."""
    mu = np.atleast_2d(mu)
    n = len(mu)
    fields = {
        "dataset": "scans",
        "element": "Ni",
        "edge": "K",
        "mode": "transmission",
        "source_file": tuple(f"scan_{i}.dat" for i in range(n)),
        "label": tuple(f"scan {i}" for i in range(n)),
        "energy_ev": np.broadcast_to(energy_ev, mu.shape),
        "mu": mu,
        "reference_mu": np.full(mu.shape, np.nan) if reference_mu is None else reference_mu,
        "file_shift_ev": np.full(n, np.nan),
        "time_iso": ("",) * n,
        "is_normalised": (False,) * n,
        "status": (ScanStatus.OK,) * n,
        "reason": ("",) * n,
        "flags": ((),) * n,
    }
    return RawSeries(**(fields | changes))


def as_measured(series: RawSeries) -> CalibratedSeries:
    """The series with its axis taken as right."""
    taken = calibrate(
        series,
        Covariates.unknown(series.n_scans),
        None,
        CalibrateOptions(method="none", shift_sigma_ev=0.0),
    )
    return taken.with_flags(series.flags)  # here the axis is right, and nobody need be told


def normalised(
    energy_ev, mu, *, shift_sigma_ev=0.0, step_sigma=0.0, noise=None, **changes
) -> NormalisedSeries:
    """Spectra that are normalised already, with stated uncertainties."""
    series = calibrate(
        raw_series(energy_ev, mu, **changes),
        Covariates.unknown(len(np.atleast_2d(mu))),
        None,
        CalibrateOptions(method="none", shift_sigma_ev=shift_sigma_ev),
    )
    record = normalise(series, E0_EV, NormaliseOptions(method="none"))
    replaced = {
        "edge_step_sigma": np.full(series.raw.n_scans, step_sigma),
        "flags": series.raw.flags,
    }
    if noise is not None:
        replaced["noise_normalised"] = np.full(series.raw.n_scans, noise)
    return replace_fields(record, **replaced)


def replace_fields(record, **changes):
    names: Sequence[str] = record.__dataclass_fields__
    return type(record)(**({name: getattr(record, name) for name in names} | changes))
