"""What stands beside the patterns of an HDF5 file: wavelength, times, temperatures, counting time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

import h5py
import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.formats.powder.header import KELVIN, doublet, single
from pipeline.physics.radiation import Radiation

_TO_ANGSTROM = {"m": 1e10, "nm": 10.0, "pm": 0.01, "angstrom": 1.0, "a": 1.0, "å": 1.0, "": 1.0}
_TO_SECONDS = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "ms": 1e-3,
    "min": 60.0,
    "h": 3600.0,
    "": 1.0,
}
_WAVELENGTHS = ("wavelength", "incident_wavelength", "incident_beam_wavelength")


@dataclass(frozen=True, slots=True)
class Beside:
    """What an entry says of its frames `(n,)`; NaN, None or '' where it is silent."""

    radiation: Radiation | None
    counting_time_s: float
    scan_axis: str
    time_iso: tuple[str, ...]
    temperature_c: FloatArray


def beside(group: h5py.Group, n_frames: int) -> Beside:
    """Read what the entry around a group of patterns says."""
    entry = _entry(group)
    named: dict[str, h5py.Dataset] = {}
    for name, dataset in _datasets(entry):
        named.setdefault(name.lower(), dataset)
    seconds = [
        _scaled(named[n], _TO_SECONDS) for n in ("count_time", "counting_time") if n in named
    ]
    return Beside(
        radiation=_radiation(named, entry),
        counting_time_s=float(seconds[0][0]) if seconds and seconds[0].size == 1 else math.nan,
        scan_axis=text_of(named["scan_axis"][()]) if "scan_axis" in named else "",
        time_iso=_times(group, entry, named, n_frames),
        temperature_c=_temperatures(group, named, n_frames),
    )


def text_of(value: Any) -> str:
    """Text of an attribute or a dataset's value, '' of what is none."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    return value.strip() if isinstance(value, str) else ""


def _entry(group: h5py.Group) -> h5py.Group:
    """The entry that holds a group: the first below the root."""
    parts = [part for part in str(group.name).split("/") if part]
    return group.file[parts[0]] if parts else group.file


def walk(group: h5py.Group) -> Iterator[h5py.Group | h5py.Dataset]:
    """The group and all that lies below it, each object once: a damaged file may hold circles.

    Soft and external links are not followed; they show an object twice, or lead out of the file.
    """
    seen: set[int] = set()
    waiting: list[h5py.Group | h5py.Dataset] = [group]
    while waiting:
        item = waiting.pop()
        address = h5py.h5o.get_info(item.id).addr
        if address in seen:
            continue
        seen.add(address)
        yield item
        if isinstance(item, h5py.Group):
            hard = [n for n in item if isinstance(item.get(n, getlink=True), h5py.HardLink)]
            below = [item[name] for name in reversed(hard)]
            waiting += [child for child in below if isinstance(child, (h5py.Group, h5py.Dataset))]


def _datasets(group: h5py.Group) -> Iterator[tuple[str, h5py.Dataset]]:
    for item in walk(group):
        if isinstance(item, h5py.Dataset):
            yield PurePath(item.name).name, item


def _scaled(dataset: h5py.Dataset, factors: dict[str, float]) -> FloatArray:
    """Numbers of a dataset in the unit wanted; empty where its unit is unknown or it holds none."""
    unit = (text_of(dataset.attrs.get("units")) or text_of(dataset.attrs.get("unit"))).lower()
    if dataset.dtype.kind not in "fiu" or unit not in factors:
        return np.empty(0)
    return np.atleast_1d(np.asarray(dataset[()], dtype=np.float64)).ravel() * factors[unit]


def _radiation(named: dict[str, h5py.Dataset], entry: h5py.Group) -> Radiation | None:
    def one(name: str, factors: dict[str, float]) -> float:
        values = _scaled(named[name], factors) if name in named else np.empty(0)
        return float(values[0]) if values.size else math.nan

    kalpha1, kalpha2 = one("k_alpha_one", _TO_ANGSTROM), one("k_alpha_two", _TO_ANGSTROM)
    if kalpha1 > 0:
        ratio = one("ratio_k_alphatwo_k_alphaone", {"": 1.0, "dimensionless": 1.0})
        return doublet(kalpha1, kalpha2, ratio) if kalpha2 > 0 else single(kalpha1)
    for name in _WAVELENGTHS:
        value = one(name, _TO_ANGSTROM)
        if 0 < value < 1e-8:  # metres without their unit, as pyFAI keeps them
            value *= 1e10
        if 0.05 < value < 10.0:
            return single(value)
    return _of_configuration(entry)


def _of_configuration(entry: h5py.Group) -> Radiation | None:
    """PyFAI keeps its whole configuration as JSON, the wavelength in metres."""
    for _, dataset in _datasets(entry):
        if dataset.shape != () or not h5py.check_string_dtype(dataset.dtype):
            continue
        text = text_of(dataset[()])
        if not text.startswith("{") or '"wavelength"' not in text:
            continue
        try:
            configuration = json.loads(text)
        except json.JSONDecodeError:
            continue
        nested = configuration.get("poni")
        value = (nested if isinstance(nested, dict) else configuration).get("wavelength")
        if isinstance(value, (int, float)) and 5e-12 < value < 1e-9:
            return single(value * 1e10)
    return None


def _times(
    group: h5py.Group, entry: h5py.Group, named: dict[str, h5py.Dataset], n_frames: int
) -> tuple[str, ...]:
    start = text_of(named["start_time"][()]) if "start_time" in named else ""
    start = start or text_of(entry.attrs.get("start_time"))
    try:
        began = datetime.fromisoformat(start) if start else None
    except ValueError:
        began = None
    if n_frames == 1:
        return (began.isoformat() if began else "",)
    for name in ("time", "t", "elapsed_time", "epoch", "timestamp"):
        own = group.get(name)
        dataset = own if isinstance(own, h5py.Dataset) else named.get(name)
        seconds = _scaled(dataset, _TO_SECONDS) if dataset is not None else np.empty(0)
        if seconds.size != n_frames or not np.isfinite(seconds).all():
            continue
        if seconds[0] > 1e8:  # seconds since 1970
            began = datetime(1970, 1, 1)
        if began is not None:
            return tuple((began + timedelta(seconds=float(s))).isoformat() for s in seconds)
    return ("",) * n_frames


def _temperatures(group: h5py.Group, named: dict[str, h5py.Dataset], n_frames: int) -> FloatArray:
    own = group.get("temperature")
    dataset = own if isinstance(own, h5py.Dataset) else named.get("temperature")
    if dataset is None or PurePath(dataset.name).name.lower() != "temperature":
        return np.full(n_frames, np.nan)
    kelvin, celsius = (
        _scaled(dataset, {"k": 1.0, "kelvin": 1.0}),
        _scaled(dataset, {"degc": 1.0, "c": 1.0, "celsius": 1.0, "°c": 1.0}),
    )
    values = kelvin - KELVIN if kelvin.size else celsius
    return (
        values
        if values.size == n_frames
        else np.full(n_frames, values[0] if values.size == 1 else np.nan)
    )
