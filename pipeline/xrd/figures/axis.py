"""What a series is plotted against, and the label of an angle, which no one can read without its wavelength."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import LABELS, Covariates, first_that_varies, shown

FRAME = "frame"
_ONE_WAY = 0.8  # share of its total variation that a covariate must go in one direction


def angle_label(angstrom: float) -> str:
    """Label of an axis of angles at a wavelength."""
    return f"2θ (°) at {angstrom:.5g} Å"


def choose_axis(series: Sequence[Covariates], against: str = "") -> str:
    """Covariate to plot several series against.

    Args:
        series: covariates of each.
        against: what the study asks for; '' for nothing in particular.

    Returns:
        `against` where every series knows it, else the first covariate that differs, else `frame`.
    """
    if against == FRAME:
        return FRAME
    if against and all(np.isfinite(getattr(c, against)).any() for c in series):
        return against
    return first_that_varies(series) or FRAME


def places(covariates: Covariates, name: str) -> FloatArray:
    """Where each frame stands on an axis `(n_frames,)`, in the unit of its label."""
    if name == FRAME:
        return np.arange(covariates.time_s.size, dtype=np.float64)
    return shown(name, getattr(covariates, name))


def axis_title(name: str) -> str:
    """Label of the axis of a covariate."""
    return LABELS.get(name, FRAME)


def goes_one_way(at: FloatArray) -> bool:
    """Say whether a covariate rises or falls throughout, but for its noise.

    A run that heats and cools passes each temperature twice, and cannot be laid out along it.
    """
    known = at[np.isfinite(at)]
    if known.size < 2 or np.ptp(known) == 0:
        return False
    return bool(abs(known[-1] - known[0]) > _ONE_WAY * np.abs(np.diff(known)).sum())


_WRITTEN = {
    "charge_mah": "{:.2f} mA h",
    "cycle": "cycle {:.0f}",
    "temperature_c": "{:.0f} °C",
    "voltage_v": "{:.2f} V",
    "time_s": "{:.2f} h",
    FRAME: "frame {:.0f}",
}


def place_text(covariates: Covariates, name: str, frame: int) -> str:
    """Where a frame stands, in words: `250 °C`; its number where that is not known."""
    place = float(places(covariates, name)[frame])
    if not np.isfinite(place):
        return _WRITTEN[FRAME].format(frame)
    return _WRITTEN[name].format(place)
