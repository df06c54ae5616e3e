"""What the readers see in a file, for `python -m pipeline inspect`."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from pipeline.core.study import Dataset
from pipeline.formats.powder import Pattern, Unread, read_frames
from pipeline.physics.radiation import anode_of
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.read.checks import checked
from pipeline.xrd.read.gain import gain_ratio
from pipeline.xrd.read.plausible import refuse_if_implausible

Lines = list[tuple[str, str]]
SHOWN = 12


def describe(path: Path, dataset: Dataset | None = None) -> Lines:
    """Describe a file of powder patterns.

    Args:
        path: the file.
        dataset: its `columns` say what columns of text are, `select` which patterns, `wavelength_angstrom`
            the wavelength of an axis of Q or d.

    Returns:
        Pairs of key and text, to be printed in this order; a key may come several times.

    Raises:
        RawDataError: the file holds no pattern, or nothing that looks like one.
    """
    select, columns, wavelength = "", {}, math.nan
    if dataset is not None:
        select, columns = dataset.select, dict(dataset.columns)
        wavelength = dataset.wavelength_angstrom or math.nan
    frames = read_frames(path, path.name, select, columns, wavelength)
    if not columns:
        refuse_if_implausible([f for f in frames if isinstance(f, Pattern)], path.name)
    first = next((frame for frame in frames if isinstance(frame, Pattern)), None)
    if first is None or len(frames) == 1:
        return [line for frame in frames for line in _one(frame)]
    lines = [("format", first.format), ("patterns", str(len(frames)))]
    lines += [("pattern", _short(frame)) for frame in frames[:SHOWN]]
    if len(frames) > SHOWN:
        lines.append(("pattern", f"... and {len(frames) - SHOWN} more"))
    return [*lines, ("shown", first.label), *_one(first)[1:]]


def _one(frame: Pattern | Unread) -> Lines:
    if isinstance(frame, Unread):
        return [("unreadable", frame.reason)]
    angles = frame.two_theta_deg
    lines: Lines = [
        ("format", frame.format),
        ("points", str(angles.size)),
        ("range", _range(frame)),
    ]
    if angles.size > 1:
        steps = np.diff(angles)
        uneven = np.ptp(steps) > 0.02 * np.median(steps)
        lines.append(
            ("step", f"{np.median(steps):.6g} deg" + (" (median, uneven)" if uneven else ""))
        )
    gain, why = gain_ratio(frame, SourceOptions())
    counts = (
        "yes" if frame.is_counts else ("per second" if frame.is_rate else why or "not by the file")
    )
    low, high = np.nanmin(frame.intensity_counts), np.nanmax(frame.intensity_counts)
    lines += [
        ("intensities", f"{low:.6g} to {high:.6g}"),
        ("counts", counts),
        ("esds", "in the file" if frame.sigma_counts is not None else "none in the file"),
        ("variance/mean", f"{gain:.4g}" if math.isfinite(gain) else "unknown"),
        ("wavelength", _radiation(frame)),
        (
            "counting",
            f"{frame.counting_time_s:g} s a point" if frame.counting_time_s > 0 else "not given",
        ),
        ("time", frame.time_iso or "not given, or in a way that can be misread"),
    ]
    for key, value, unit in (
        ("duration", frame.duration_s, "s"),
        ("temperature", frame.temperature_c, "C"),
        ("radius", frame.radius_mm, "mm"),
    ):
        if math.isfinite(value):
            lines.append((key, f"{value:g} {unit}"))
    if frame.scan_axis:
        lines.append(("scan axis", frame.scan_axis))
    lines += [("remark", remark) for remark in frame.remarks]
    outcome = checked(frame, SourceOptions())
    if not isinstance(outcome, Pattern):
        lines.append(("reads as", f"{outcome[0]}: {outcome[1]}"))
    return lines


def _short(frame: Pattern | Unread) -> str:
    if isinstance(frame, Unread):
        return f"{frame.label}: {frame.reason}"
    time = f", {frame.time_iso}" if frame.time_iso else ""
    return f"{frame.label}: {frame.two_theta_deg.size} points, {_range(frame)}{time}"


def _range(pattern: Pattern) -> str:
    return f"{pattern.two_theta_deg[0]:.6g} to {pattern.two_theta_deg[-1]:.6g} deg"


def _radiation(pattern: Pattern) -> str:
    used = pattern.radiation
    if used is None:
        return "not given"
    anode = anode_of(used.wavelength_angstrom)
    text = f"{used.wavelength_angstrom:.6g} angstrom" + (f" ({anode})" if anode else "")
    if used.is_mean:
        return f"{text}, the mean of a doublet"
    if used.is_doublet:
        return f"{text} and {used.kalpha2_angstrom:.6g}, ratio {used.kalpha2_ratio:g}"
    return text
