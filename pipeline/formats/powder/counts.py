"""What a detector counted, from what a file says of it, and the last look at a pattern."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.pattern import Pattern

WHOLE = 0.02  # a rate times its time within this of a whole number at every point was a count
_ANGLE_LIMIT_DEG = 180.0


@dataclass(frozen=True, slots=True)
class Counted:
    """Intensities `(n,)` as a `Pattern` takes them, and what is to be said of them."""

    intensity_counts: FloatArray
    sigma_counts: FloatArray | None
    is_counts: bool
    remarks: tuple[str, ...]
    is_rate: bool = False


def is_rate(unit: str) -> bool:
    """Whether a unit is counts per second."""
    return unit.lower().strip() in {"cps", "counts/s", "counts/sec"}


def counted(
    values: FloatArray,
    source: str,
    *,
    attenuation: FloatArray | float = 1.0,
    applied: bool = True,
    per_second: bool = False,
    counting_time_s: FloatArray | float = math.nan,
) -> Counted:
    """Give back counts where that is exact.

    A value is `counts * attenuation` where the maker undid the attenuator (`applied`), and
    is divided by the counting time where it is a rate. Counts come back where one factor
    holds for all points. Where it does not, dividing would put steps into the pattern: it then stays
    on the corrected scale, and the esd of the counts goes along, `factor * sqrt(max(counts, 1))`.

    Args:
        values: numbers of the file `(n,)`.
        source: file and scan, for messages.
        attenuation: by what the beam was weakened, of each point `(n,)` or of all.
        applied: whether the maker multiplied the counts by it.
        per_second: whether the values are rates.
        counting_time_s: of each point `(n,)` or of all; NaN where the file is silent.

    Returns:
        Whole numbers with `is_counts`, or the values with what is known of them: `is_rate` where they
        are counts per second and nothing else was done to them.

    Raises:
        RawDataError: no points; a value is not finite or negative, or an attenuation is not positive.
    """
    _refuse(values, attenuation, source)
    factor = np.broadcast_to(np.asarray(attenuation, dtype=np.float64), values.shape)
    time = np.broadcast_to(np.asarray(counting_time_s, dtype=np.float64), values.shape)
    raw = (values / factor if applied else values) * (time if per_second else 1.0)
    if not np.isfinite(raw).all() or (np.abs(raw - np.rint(raw)) > WHOLE).any():
        kept = values if applied else values * factor
        plain = per_second and bool((factor == 1).all())
        return Counted(kept, None, False, (_why_no_counts(per_second, time),), plain)
    whole = np.rint(raw)
    # A scan whose points were counted unequally long is put on the scale of their mean time.
    unequal = bool(np.isfinite(time).all() and np.ptp(time) > 1e-3 * time.max())
    scale = factor * (time.mean() / time) if unequal else factor
    remarks: tuple[str, ...] = ()
    if per_second:
        remarks += ("counts per second of the file made counts again",)
    if np.ptp(scale) == 0:
        if scale[0] != 1:
            undone = "undone" if applied else "not in these counts"
            remarks += (f"attenuation of {scale[0]:g} at every point, {undone}",)
        return Counted(whole, None, True, remarks)
    what = "counting time" if unequal else "attenuation"
    remarks += (f"{what} differs between points: on one scale, esds of the counts beside",)
    return Counted(whole * scale, np.sqrt(np.maximum(whole, 1.0)) * scale, False, remarks)


def _why_no_counts(per_second: bool, time: FloatArray) -> str:
    if not per_second:
        return "intensities are no whole numbers: corrected by the maker's software, no counts"
    if np.isfinite(time).all():
        return "counts per second; times the counting time they are no whole numbers, so they stay"
    return "counts per second without a counting time, so they stay"


def _refuse(values: FloatArray, attenuation: FloatArray | float, source: str) -> None:
    if not values.size:
        raise RawDataError(f"{source}: the scan holds no points. Leave the file out.")
    wrong = np.flatnonzero(~np.isfinite(values) | (values < 0))
    if wrong.size:
        raise RawDataError(
            f"{source}: intensity {wrong[0] + 1} of {values.size} is {values[wrong[0]]:g} and "
            f"{wrong.size} are not finite or below 0, which no detector counts: scrambled, damaged or "
            "processed. Take the file as the instrument wrote it, or export it as text (.xy, .xye)."
        )
    if not np.isfinite(attenuation).all() or not (np.asarray(attenuation) > 0).all():
        raise RawDataError(
            f"{source}: an attenuation factor is not a positive number. Export the scan again."
        )


def checked(pattern: Pattern, source: str) -> Pattern:
    """Give the pattern with ascending angles, once its axis makes sense.

    Raises:
        RawDataError: an angle is not finite, beyond +-180 deg, or the angles do not run one way.
    """
    angle = pattern.two_theta_deg
    if not np.isfinite(angle).all() or np.abs(angle).max() > _ANGLE_LIMIT_DEG:
        raise RawDataError(
            f"{source}: angles run from {angle[0]:g} to {angle[-1]:g} deg, beyond "
            f"+-{_ANGLE_LIMIT_DEG:g}: the header is damaged, or this is no scan of 2theta."
        )
    step = np.diff(angle)
    if (step > 0).all():
        return pattern
    if not (step < 0).all():
        bad = int(np.flatnonzero(step * np.sign(angle[-1] - angle[0]) <= 0)[0])
        raise RawDataError(
            f"{source}: 2theta goes from {angle[bad]:g} to {angle[bad + 1]:g} deg at point "
            f"{bad + 2}, against the rest of the scan. The file is damaged; export it again."
        )
    sigma = pattern.sigma_counts
    return replace(
        pattern,
        two_theta_deg=angle[::-1],
        intensity_counts=pattern.intensity_counts[::-1],
        sigma_counts=None if sigma is None else sigma[::-1],
        remarks=(*pattern.remarks, "angles descend in the file, turned round"),
    )
