"""All files of a data set as one series."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePath

import numpy as np

from pipeline.core.arrays import FloatArray, stack_ragged
from pipeline.core.covariates import Covariates
from pipeline.core.errors import RawDataError
from pipeline.core.options import SidecarOptions
from pipeline.core.progress import track
from pipeline.core.study import Dataset
from pipeline.formats.covariates import join
from pipeline.formats.electrochem import ElectrochemRun
from pipeline.formats.powder import Pattern, Unread, read_frames
from pipeline.formats.powder.order import AngleError
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.read.checks import checked
from pipeline.xrd.read.copies import copies
from pipeline.xrd.read.frame import Failed, Frame
from pipeline.xrd.read.gain import gain_ratio
from pipeline.xrd.read.gaps import missing_before
from pipeline.xrd.read.wavelength import radiation_of
from pipeline.xrd.records import Flag, Flags, FrameStatus, PatternSeries

_NOTHING: FloatArray = np.empty(0)


def read_series(
    dataset: Dataset,
    files: Sequence[tuple[Path, str]],
    source: SourceOptions,
    run: ElectrochemRun | None,
    sidecar: SidecarOptions,
) -> PatternSeries:
    """Read the files of a data set, in the order given.

    Args:
        dataset: the row of the data-set table.
        files: each file and its path relative to the raw folder; one of several patterns gives several frames.
        source: what the files do not say.
        run: what was recorded beside, or None.
        sidecar: how it is joined, at the middle of each scan.

    Returns:
        The series `(n_frames, n_points)`. A file that cannot be read, and a pattern that makes no sense, is
        one failed frame with its reason and costs only itself.
    """
    frames: list[Frame | Failed] = []
    grids: dict[bytes, FloatArray] = {}
    for path, source_file in track(files, "reading patterns"):
        found = _frames(path, source_file, dataset, source)
        frames += [_shared(frame, grids) for frame in found]
    return _assembled(dataset, frames, source, run, sidecar)


def _frames(
    path: Path, source_file: str, dataset: Dataset, source: SourceOptions
) -> list[Frame | Failed]:
    try:
        found = read_frames(
            path, source_file, dataset.select, dataset.columns, _for_axis(dataset, source)
        )
    except RawDataError as error:
        status = FrameStatus.BAD_ANGLES if isinstance(error, AngleError) else FrameStatus.UNREADABLE
        return [Failed(source_file, PurePath(source_file).stem, "", status, str(error))]
    return [_admitted(one, dataset, source) for one in found]


def _for_axis(dataset: Dataset, source: SourceOptions) -> float:
    """Wavelength for a file over Q or d that states none."""
    given = source.given
    return dataset.wavelength_angstrom or (given.wavelength_angstrom if given else math.nan)


def _admitted(found: Pattern | Unread, dataset: Dataset, source: SourceOptions) -> Frame | Failed:
    if isinstance(found, Unread):
        status = FrameStatus.BAD_ANGLES if found.bad_angles else FrameStatus.UNREADABLE
        return Failed(found.source_file, found.label, "", status, found.reason)
    pattern = checked(found, source)
    if not isinstance(pattern, Pattern):
        return _failed(found, *pattern)
    settled = radiation_of(pattern, dataset, source)
    if isinstance(settled[0], FrameStatus):
        return _failed(found, settled[0], str(settled[1]))
    radiation, said = settled
    gain, why = gain_ratio(pattern, source)
    # Whole numbers taken for counts are the rule, not a remark on a number.
    remarks = tuple(text for text in (*pattern.remarks, said) if text)
    flags: Flags = (Flag.FILE_REMARK,) if remarks else ()
    if pattern.sigma_counts is None and math.isnan(gain):
        flags += (Flag.NO_ESD,)
    if math.isnan(gain) or not (pattern.is_counts or source.counts == "yes" or gain == 1):
        flags += (Flag.NOT_COUNTS,)
    return Frame(pattern, radiation, gain, (*remarks, *((why,) if why else ())), flags)


def _failed(pattern: Pattern, status: FrameStatus, reason: str) -> Failed:
    time, told = middle_of(pattern), f"{pattern.source_file}: {reason}"
    return Failed(pattern.source_file, pattern.label, pattern.format, status, told, time)


def middle_of(pattern: Pattern) -> str:
    """Middle of a scan, ISO 8601: its start where the file does not say how long it took."""
    if not pattern.time_iso or not pattern.duration_s > 0:
        return pattern.time_iso
    half = timedelta(seconds=pattern.duration_s / 2)
    return (datetime.fromisoformat(pattern.time_iso) + half).isoformat()


def _assembled(
    dataset: Dataset,
    frames: Sequence[Frame | Failed],
    source: SourceOptions,
    run: ElectrochemRun | None,
    sidecar: SidecarOptions,
) -> PatternSeries:
    good = [frame if isinstance(frame, Frame) else None for frame in frames]
    heads = [frame.pattern if isinstance(frame, Frame) else frame for frame in frames]
    time_iso = tuple(
        frame.time_iso if isinstance(frame, Failed) else middle_of(frame.pattern)
        for frame in frames
    )
    covariates, matched = _covariates(good, time_iso, run, dataset, sidecar)
    differs = _grid_differs(good)
    gaps = missing_before([head.source_file for head in heads])
    twice = copies(frames)
    before = _out_of_turn(covariates.time_s)
    remarks, flags = [], []
    for i, frame in enumerate(good):
        more = [text for text in (gaps[i], twice[i], before[i]) if text]
        if frame and not matched[i]:
            more.append("not found in the sidecar: no time, or too far from any of its rows")
        marks = frame.flags if frame else ()
        if more and Flag.FILE_REMARK not in marks:
            marks = (Flag.FILE_REMARK, *marks)
        flags.append((*marks, Flag.GRID_DIFFERS) if differs[i] else marks)
        remarks.append("; ".join((*(frame.remarks if frame else ()), *more)))
    return PatternSeries(
        dataset=dataset.name,
        geometry=dataset.mode,
        source_file=tuple(head.source_file for head in heads),
        label=tuple(head.label for head in heads),
        format=tuple(head.format for head in heads),
        two_theta_deg=stack_ragged([f.pattern.two_theta_deg if f else _NOTHING for f in good]),
        intensity_counts=stack_ragged(
            [f.pattern.intensity_counts if f else _NOTHING for f in good]
        ),
        sigma_counts=stack_ragged([_sigma(f) for f in good]),
        gain_ratio=_column(f.gain_ratio if f else None for f in good),
        counting_time_s=_column(f.pattern.counting_time_s if f else None for f in good),
        wavelength_angstrom=_column(f.radiation.wavelength_angstrom if f else None for f in good),
        kalpha2_angstrom=_column(f.radiation.kalpha2_angstrom if f else None for f in good),
        kalpha2_ratio=_column(f.radiation.kalpha2_ratio if f else None for f in good),
        radius_mm=_column(_radius(f, source) if f else None for f in good),
        time_iso=time_iso,
        covariates=covariates,
        remarks=tuple(remarks),
        status=tuple(FrameStatus.OK if isinstance(f, Frame) else f.status for f in frames),
        reason=tuple("" if isinstance(f, Frame) else f.reason for f in frames),
        flags=tuple(flags),
    )


def _column(values: Iterable[float | None]) -> FloatArray:
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


def _sigma(frame: Frame | None) -> FloatArray:
    if frame is None:
        return _NOTHING
    sigma = frame.pattern.sigma_counts
    return np.full(frame.pattern.two_theta_deg.shape, np.nan) if sigma is None else sigma


def _radius(frame: Frame, source: SourceOptions) -> float:
    stated = frame.pattern.radius_mm
    return stated if stated > 0 or source.radius_mm is None else source.radius_mm


def _covariates(
    good: Sequence[Frame | None],
    time_iso: tuple[str, ...],
    run: ElectrochemRun | None,
    dataset: Dataset,
    sidecar: SidecarOptions,
) -> tuple[Covariates, tuple[bool, ...]]:
    """What is known beside; the files' own temperatures where neither sidecar nor table has any."""
    covariates, matched = join(time_iso, run, dataset, sidecar)
    if np.isfinite(covariates.temperature_c).any():
        return covariates, matched
    own = _column(f.pattern.temperature_c if f else None for f in good)
    return replace(covariates, temperature_c=own), matched


def _grid_differs(good: Sequence[Frame | None]) -> list[bool]:
    """Whether each good frame has another grid than most have; of equally frequent ones, than the first."""
    # Frames on one grid share it in memory, see `_shared`.
    place = [id(frame.pattern.two_theta_deg) if frame else 0 for frame in good]
    often = Counter(p for p in place if p)
    if len(often) < 2:
        return [False] * len(good)
    usual = often.most_common(1)[0][0]
    return [p not in (0, usual) for p in place]


def _out_of_turn(time_s: FloatArray) -> list[str]:
    """Say of each frame whether one that stands earlier in the series was measured later."""
    latest = np.fmax.accumulate(time_s)
    text = "measured before a frame that stands earlier; a series is in the order of its file names"
    return [text if time < last else "" for time, last in zip(time_s, latest, strict=True)]


def _shared(frame: Frame | Failed, grids: dict[bytes, FloatArray]) -> Frame | Failed:
    """The frame with the angles of the first frame that has the same; a series has thousands."""
    if isinstance(frame, Failed):
        return frame
    axis = frame.pattern.two_theta_deg
    same = grids.setdefault(axis.tobytes(), axis)
    return replace(frame, pattern=replace(frame.pattern, two_theta_deg=same))
