"""The door that every pattern passes: angles that ascend strictly, in a range that exists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.pattern import Pattern

MANY_REPEATED = 0.1  # more equal angles than this are no accident of rounding


class AngleError(RawDataError):
    """The angles of a pattern make no sense, whatever its intensities."""


def put_in_order(
    two_theta_deg: FloatArray,
    intensity_counts: FloatArray,
    sigma_counts: FloatArray | None,
    source_file: str,
) -> tuple[FloatArray, FloatArray, FloatArray | None, tuple[str, ...]]:
    """Turn a pattern round, join equal angles, take one of two identical copies.

    Args:
        two_theta_deg: angles as the file holds them, `(n,)`.
        intensity_counts: `(n,)`.
        sigma_counts: `(n,)` or None. The esd of a mean of `m` points is `sqrt(sum sigma^2) / m`.
        source_file: for messages.

    Returns:
        Angles that ascend strictly `(m,)`, `m <= n`, intensities, esds, and remarks on what was done.

    Raises:
        AngleError: not finite, beyond 180 deg, standing still, going back and forth, or two
            different patterns over the same angles.
    """
    steps = np.diff(two_theta_deg)
    if two_theta_deg.size and (steps > 0).all() and _in_range(two_theta_deg):
        return two_theta_deg, intensity_counts, sigma_counts, ()
    _refuse_values(two_theta_deg, source_file)
    remarks: list[str] = []
    kept = _without_copy(two_theta_deg, intensity_counts, sigma_counts, source_file)
    if kept < two_theta_deg.size:
        remarks.append(f"the file holds its {kept} points twice, identically; read once")
        two_theta_deg, intensity_counts = two_theta_deg[:kept], intensity_counts[:kept]
        sigma_counts = None if sigma_counts is None else sigma_counts[:kept]
        steps = np.diff(two_theta_deg)
    if (steps <= 0).all() and (steps < 0).any():
        remarks.append("angles descend in the file; turned round")
        two_theta_deg, intensity_counts = two_theta_deg[::-1], intensity_counts[::-1]
        sigma_counts = None if sigma_counts is None else sigma_counts[::-1]
        steps = np.diff(two_theta_deg)
    if (steps < 0).any():
        row = int(np.argmax(steps < 0)) + 1
        raise AngleError(
            f"{source_file}: the angles go back at point {row + 1}, from {two_theta_deg[row - 1]:.6g} to "
            f"{two_theta_deg[row]:.6g} deg. If the file holds several scans, split it; if its lines are "
            "out of order, sort them."
        )
    if (steps == 0).any():
        remarks.append(_repeats_in_words(two_theta_deg, steps))
        joined = _joined(two_theta_deg, intensity_counts, sigma_counts)
        two_theta_deg, intensity_counts, sigma_counts = joined
    return two_theta_deg, intensity_counts, sigma_counts, tuple(remarks)


def admit(pattern: Pattern) -> Pattern:
    """Put a pattern in order, whatever reader made it.

    Raises:
        AngleError: see `put_in_order`.
    """
    found = put_in_order(
        pattern.two_theta_deg,
        pattern.intensity_counts,
        pattern.sigma_counts,
        pattern.source_file,
    )
    if found[0] is pattern.two_theta_deg:
        return pattern
    angles, intensity, sigma, remarks = found
    return replace(
        pattern,
        two_theta_deg=angles,
        intensity_counts=intensity,
        sigma_counts=sigma,
        remarks=(*pattern.remarks, *remarks),
    )


def _in_range(two_theta_deg: FloatArray) -> bool:
    # A comparison with NaN is False.
    return bool(two_theta_deg[0] >= -180 and 0 < two_theta_deg[-1] <= 180)


def _refuse_values(two_theta_deg: FloatArray, source_file: str) -> None:
    bad = ~np.isfinite(two_theta_deg)
    if bad.any() or not two_theta_deg.size:
        raise AngleError(
            f"{source_file}: {np.count_nonzero(bad)} of {bad.size} angles are no numbers"
            + (f", first at point {int(np.argmax(bad)) + 1}." if bad.any() else ".")
            + " Export the file again, or remove those lines."
        )
    low, high = float(two_theta_deg.min()), float(two_theta_deg.max())
    if low < -180 or high > 180 or high <= 0:
        raise AngleError(
            f"{source_file}: the axis runs from {low:.6g} to {high:.6g}, which cannot be 2theta in degrees "
            "(above 0, up to 180). If it is another quantity, say so in `columns`: `unit=q` (1/angstrom), "
            "`unit=q_nm` (1/nm), `unit=d` (angstrom), `unit=rad`; energies are no powder pattern."
        )
    if low == high:
        raise AngleError(
            f"{source_file}: the angle stands still at {low:.6g} deg: this is a scan of something else, such "
            "as time, or one point."
        )


def _without_copy(
    two_theta_deg: FloatArray,
    intensity_counts: FloatArray,
    sigma_counts: FloatArray | None,
    source_file: str,
) -> int:
    """Number of points to keep: half of them where the second half is a copy of the first."""
    half, odd = divmod(two_theta_deg.size, 2)
    if odd or half < 2 or not np.array_equal(two_theta_deg[:half], two_theta_deg[half:]):
        return int(two_theta_deg.size)
    columns = [intensity_counts] if sigma_counts is None else [intensity_counts, sigma_counts]
    if all(np.array_equal(c[:half], c[half:], equal_nan=True) for c in columns):
        return half
    differ = int(np.count_nonzero(intensity_counts[:half] != intensity_counts[half:]))
    raise AngleError(
        f"{source_file}: the file goes through its {half} angles twice, and {differ} intensities differ: "
        "two scans in one file, or one that was appended to another. Split it."
    )


def _repeats_in_words(two_theta_deg: FloatArray, steps: FloatArray) -> str:
    n_repeated = int(np.count_nonzero(steps == 0))
    at = float(two_theta_deg[int(np.argmax(steps == 0))])
    if n_repeated == 1:
        return f"repeated angle at {at:.6g} deg averaged"
    text = f"{n_repeated} repeated angles averaged, first at {at:.6g} deg"
    if n_repeated > MANY_REPEATED * two_theta_deg.size:
        text += "; were they rounded more coarsely than the step?"
    return text


def _joined(
    two_theta_deg: FloatArray, intensity_counts: FloatArray, sigma_counts: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    angles, group, count = np.unique(two_theta_deg, return_inverse=True, return_counts=True)
    intensity = np.bincount(group, weights=intensity_counts) / count
    if sigma_counts is None:
        return angles, intensity, None
    return angles, intensity, np.sqrt(np.bincount(group, weights=sigma_counts**2)) / count
