"""NeXus and HDF5: patterns in NXdata groups, one or a stack of frames, as pyFAI and others write them.

The axis is told by its unit (`2th_deg`, `q_A^-1`, `q_nm^-1`, `deg`) or its name; errors by
`<signal>_errors`, as NeXus has it, or `errors`. NeXus, doi:10.1107/S1600576714027575; pyFAI,
doi:10.1107/S1600576715004306.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import h5py
import hdf5plugin  # noqa: F401  (its import makes the compression filters of detectors known)
import numpy as np

from pipeline.core.arrays import FloatArray, frozen
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.axis import ENERGY, THETA, UNITS, settled, to_two_theta, unit_in
from pipeline.formats.powder.hdf5_beside import Beside, beside, text_of, walk
from pipeline.formats.powder.header import single
from pipeline.formats.powder.order import AngleError, admit
from pipeline.formats.powder.pattern import Pattern, Unread
from pipeline.physics.radiation import Radiation

FORMAT = "NeXus/HDF5"
MAGIC = b"\x89HDF\r\n\x1a\n"
_SIGNALS = ("intensity", "intensities", "counts", "i", "data", "signal", "yobs")
_AXES = ("two_theta", "twotheta", "2theta", "2th", "tth", "q", "d", "d_spacing", "radial", "x")
_ERRORS = ("errors", "idev", "sigma", "error", "esd", "uncertainties")


@dataclass(frozen=True, slots=True)
class _Found:
    """A group with a pattern: its signal, axis and errors."""

    group: h5py.Group
    signal: h5py.Dataset
    axis: h5py.Dataset
    errors: h5py.Dataset | None
    said: str


def matches(head: bytes) -> bool:
    """Whether a file is HDF5."""
    return head.startswith(MAGIC)


def read(
    path: Path,
    source_file: str,
    group: str = "",
    unit: str = "",
    wavelength_angstrom: float = math.nan,
) -> list[Pattern | Unread]:
    """Read the patterns of a file, one a frame.

    Args:
        path: the file.
        source_file: its name in messages.
        group: which group, where several hold patterns; '' takes the file's default.
        unit: the user's `unit=`, see `axis.UNITS`.
        wavelength_angstrom: to turn Q or d into angles where the file states none.

    Raises:
        RawDataError: damaged, no pattern, or several and no default.
    """
    try:
        with h5py.File(path, "r") as file:
            return _patterns(
                _chosen(file, group, source_file), source_file, unit, wavelength_angstrom
            )
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:  # what h5py raises
        raise RawDataError(
            f"{source_file}: this HDF5 file cannot be read ({' '.join(str(error).split())[:200]}). It is "
            "damaged, was cut short, or needs a filter that is not installed; copy it again."
        ) from error


def _chosen(file: h5py.File, wanted: str, source_file: str) -> _Found:
    found = list(_candidates(file))
    names = [f.group.name for f in found]
    if wanted:
        if wanted in names:
            return found[names.index(wanted)]
        raise RawDataError(
            f"{source_file}: `select` names the group {wanted}, which holds no pattern; these do: "
            f"{', '.join(names) or 'none'}."
        )
    if len(found) == 1:
        return found[0]
    if not found:
        raise RawDataError(
            f"{source_file}: this HDF5 file holds no pattern: no group with intensities over 2theta, Q or d "
            "as its last axis. Images have to be integrated first, for example with pyFAI."
        )
    default = _default(file)
    for one in found:
        if default and one.group.name in (default, f"/{default}"):
            return one
    raise RawDataError(
        f"{source_file}: {len(found)} groups hold patterns and the file names no default: {', '.join(names)}. "
        "Write one of them in the column `select`."
    )


def _default(file: h5py.File) -> str:
    """Path of the default NXdata, by the `default` attributes from the root down."""
    node: h5py.Group = file
    while isinstance(name := text_of(node.attrs.get("default")), str) and name:
        child = node.get(name)
        if not isinstance(child, h5py.Group) or child == node:
            break
        node = child
    return str(node.name) if node.name != "/" else ""


def _candidates(file: h5py.File) -> Iterator[_Found]:
    for group in walk(file):
        if not isinstance(group, h5py.Group):
            continue
        named = text_of(group.attrs.get("signal"))
        names = [named] if named else [n for n in group if n.lower() in _SIGNALS]
        for name in names:
            signal = group.get(name)
            if isinstance(signal, h5py.Dataset) and signal.ndim >= 1 and signal.dtype.kind in "fiu":
                axis = _axis_of(group, signal)
                if axis is not None and (said := _said(axis)):
                    yield _Found(group, signal, axis, _errors_of(group, name, signal), said)
                    break


def _axis_of(group: h5py.Group, signal: h5py.Dataset) -> h5py.Dataset | None:
    """The dataset over which the signal's last (or, transposed, first) dimension runs."""
    stated = group.attrs.get("axes", ())
    names = [text_of(stated)] if isinstance(stated, (str, bytes)) else [text_of(n) for n in stated]
    names = [*reversed(names), *(n for n in group if n.lower() in _AXES)]
    for name in names:
        axis = group.get(name)
        if not isinstance(axis, h5py.Dataset) or axis.ndim != 1 or axis.size < 2:
            continue
        if _said(axis) and axis.size in (signal.shape[-1], signal.shape[0]):
            return axis
    return None


def _said(axis: h5py.Dataset) -> str:
    """What unit and names say of an axis, or '' where it is none of a pattern."""
    unit = text_of(axis.attrs.get("units")) or text_of(axis.attrs.get("unit"))
    name = text_of(axis.attrs.get("name")) or PurePath(axis.name).name
    words = [unit, f"{name} ({unit})", name, text_of(axis.attrs.get("long_name"))]
    found = [
        said for text in words if text and (said := unit_in(text)) and said not in (ENERGY, THETA)
    ]
    exact = [said for said in found if said in UNITS]
    if not exact and found and "deg" in unit.lower():
        return "deg"
    return exact[0] if exact else (found[0] if found else "")


def _errors_of(group: h5py.Group, name: str, signal: h5py.Dataset) -> h5py.Dataset | None:
    known = {n.lower(): n for n in group}
    for candidate in (f"{name}_errors", f"{name}_error", f"{name}_sigma", *_ERRORS):
        errors = group.get(known.get(candidate.lower(), candidate))
        if isinstance(errors, h5py.Dataset) and errors.shape == signal.shape:
            return errors
    return None


def _refuse_sectors(found: _Found, source_file: str) -> None:
    """A cake has one pattern for each sector of azimuth, which are no frames.

    Raises:
        RawDataError: one of the axes is an azimuth.
    """
    stated = found.group.attrs.get("axes", ())
    names = [text_of(n) for n in stated] if not isinstance(stated, (str, bytes)) else []
    if found.signal.ndim > 1 and any("chi" in n.lower() or "azim" in n.lower() for n in names):
        raise RawDataError(
            f"{source_file}: {found.group.name} holds sectors of azimuth (axes {', '.join(names)}), not frames. "
            "Integrate over the azimuth first."
        )


def _patterns(
    found: _Found, source_file: str, unit: str, wavelength_angstrom: float
) -> list[Pattern | Unread]:
    _refuse_sectors(found, source_file)
    axis = np.asarray(found.axis[()], dtype=np.float64)
    intensity = _frames(found.signal, axis.size)
    sigma = _frames(found.errors, axis.size) if found.errors is not None else None
    known = beside(found.group, len(intensity))
    used = known.radiation
    settled_unit, remark = settled(axis, found.said, unit, source_file)
    if used is None and settled_unit not in ("deg", "rad", "theta") and wavelength_angstrom > 0:
        used = single(wavelength_angstrom)
    angles = to_two_theta(
        axis, settled_unit, used.wavelength_angstrom if used else math.nan, source_file
    )
    remarks = [text for text in (remark,) if text]
    if settled_unit != "deg":
        remarks.append(f"axis is {UNITS[settled_unit]}, converted")
    keep = np.isfinite(angles)
    if not keep.all():
        remarks.append(
            f"{np.count_nonzero(~keep)} points have no angle at this wavelength; left out"
        )
    shared = frozen(angles[keep])  # all frames of a stack share their angles in memory
    stem = PurePath(source_file).stem
    return [
        _frame(
            f"{stem} {i + 1}" if len(intensity) > 1 else stem,
            shared,
            intensity[i][keep],
            None if sigma is None else sigma[i][keep],
            (source_file, used, known, i),
            remarks,
        )
        for i in range(len(intensity))
    ]


def _frames(signal: h5py.Dataset, n_bins: int) -> FloatArray:
    """Numbers of a stack as `(frames, bins)`, whatever the number and order of its dimensions."""
    values = np.asarray(signal[()], dtype=np.float64)
    if values.ndim > 1 and values.shape[-1] != n_bins:
        values = np.moveaxis(values, 0, -1)
    return values.reshape(-1, n_bins)


def _frame(
    label: str,
    angles: FloatArray,
    intensity: FloatArray,
    sigma: FloatArray | None,
    where: tuple[str, Radiation | None, Beside, int],
    remarks: Sequence[str],
) -> Pattern | Unread:
    source_file, used, known, i = where
    finite = np.flatnonzero(np.isfinite(intensity))
    # Bins beyond the detector are NaN at both ends; a NaN between them is a fault, told later.
    ends = slice(finite[0], finite[-1] + 1) if finite.size else slice(None)
    if finite.size and ends != slice(0, intensity.size):
        empty = intensity.size - (ends.stop - ends.start)
        remarks = [*remarks, f"{empty} empty bins at the ends left out"]
        angles, intensity = angles[ends], intensity[ends]
        sigma = None if sigma is None else sigma[ends]
    try:
        return admit(
            Pattern(
                source_file=source_file,
                label=label,
                format=FORMAT,
                two_theta_deg=angles,
                intensity_counts=intensity,
                sigma_counts=sigma,
                counting_time_s=known.counting_time_s,
                radiation=used,
                scan_axis=known.scan_axis,
                time_iso=known.time_iso[i],
                temperature_c=float(known.temperature_c[i]),
                remarks=tuple(remarks),
            )
        )
    except AngleError as error:
        return Unread(source_file, label, str(error), bad_angles=True)
