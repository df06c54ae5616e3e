"""The gate that every results file passes: the official NeXus checks, and what viewers need besides.

The command-line validators of the field exit 0 on invalid files, so their Python interface is
called and its verdict counted. No validator checks the `@default` chain, axis lengths or units of
an NXdata; silx, h5web and PyMca then show nothing, without a word.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_MAX_CHAIN = 10


def findings(path: Path) -> list[str]:
    """List what is wrong with a results file; an empty list means that it passes.

    Args:
        path: a NeXus/HDF5 file.

    Returns:
        One line for each finding: which check, where, and what.
    """
    try:
        with h5py.File(path, "r") as file:
            found = [*_default_chain(file)]
            for data in _nxdata(file):
                found += _plottable(data)
    except OSError as error:
        what = "is damaged" if path.is_file() else "is missing"
        return [f"hdf5: {path} {what} and cannot be opened ({error})"]
    return [*_official(path), *found, *_silx(path)]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _words(value: Any) -> list[str]:
    return [_text(word) for word in np.atleast_1d(value)]


def _class(node: Any) -> str:
    return _text(node.attrs.get("NX_class", ""))


def _nxdata(file: h5py.File) -> list[h5py.Group]:
    groups: list[h5py.Group] = []

    def visit(_: str, node: Any) -> None:
        if isinstance(node, h5py.Group) and _class(node) == "NXdata":
            groups.append(node)

    file.visititems(visit)
    return groups


def _default_chain(file: h5py.File) -> Iterator[str]:
    node, depth = file, 0
    while _class(node) != "NXdata":
        name = node.attrs.get("default")
        if name is None or _text(name) not in node:
            yield f"default: the chain breaks at {node.name} ({name!r})"
            return
        node, depth = node[_text(name)], depth + 1
        if depth > _MAX_CHAIN:
            yield "default: the chain runs in a circle"
            return


def _plottable(data: h5py.Group) -> list[str]:
    signal_name = _text(data.attrs.get("signal", ""))
    if signal_name not in data:
        return [f"signal: {data.name}/{signal_name} is missing"]
    signal = data[signal_name]
    axes = _words(data.attrs.get("axes", []))
    auxiliary = _words(data.attrs.get("auxiliary_signals", []))
    found = [f"axes: {data.name} has {len(axes)} for rank {signal.ndim}"] * (
        bool(axes) and len(axes) != signal.ndim
    )
    for dimension, name in enumerate(axes):
        if name != ".":
            found += _axis(data, name, dimension, signal)
    for name in auxiliary:
        if name not in data or data[name].shape != signal.shape:
            found.append(f"auxiliary: {data.name}/{name} is missing or of another shape")
    for name in data:
        if name.endswith("_errors"):
            base = name.removesuffix("_errors")
            if base not in data or data[base].shape != data[name].shape:
                found.append(f"errors: {data.name}/{name} fits no field '{base}'")
    for name in {signal_name, *axes, *auxiliary} & set(data):
        found += _labelled(data[name])
    return found


def _axis(data: h5py.Group, name: str, dimension: int, signal: h5py.Dataset) -> list[str]:
    if name not in data:
        return [f"axes: {data.name}/{name} is missing"]
    axis = data[name]
    if axis.dtype.kind not in "fiu":
        return [f"axes: {axis.name} is not numeric; h5web refuses the whole group"]
    length = signal.shape[dimension] if dimension < signal.ndim else -1
    if axis.shape[0] not in (length, length + 1):
        return [f"axes: {axis.name} has length {axis.shape[0]}, the signal {length}"]
    return []


def _labelled(field: h5py.Dataset) -> list[str]:
    import pint

    registry: Any = pint.application_registry
    found = [
        f"{key}: {field.name} has no @{key}"
        for key in ("units", "long_name")
        if not _text(field.attrs.get(key, ""))
    ]
    unit = _text(field.attrs.get("units", ""))
    if unit and unit != "counts":
        try:
            registry.Unit(unit)
        except (pint.UndefinedUnitError, pint.DefinitionSyntaxError) as error:
            found.append(f"units: {field.name}: {error}")
    return found


def _official(path: Path) -> list[str]:
    from nexusformat.nexus import validate

    found = _verdict(validate, "base classes", validate.validate_file, str(path))
    with h5py.File(path, "r") as file:
        defined = [n for n in file if _class(file[n]) == "NXentry" and "definition" in file[n]]
    for name in defined:
        found += _verdict(validate, name, validate.validate_application, str(path), path=name)
    return found


def _verdict(
    validate: Any, what: str, call: Callable[..., Any], *args: Any, **kw: Any
) -> list[str]:
    """Call a validator with its printing caught; count its errors."""
    caught = io.StringIO()
    handlers = list(validate.logger.handlers)
    validate.logger.handlers[:] = [logging.StreamHandler(caught)]
    try:
        with contextlib.redirect_stdout(caught):
            counted = call(*args, **kw)
    finally:
        validate.logger.handlers[:] = handlers
    lines = [line.strip() for line in _ANSI.sub("", caught.getvalue()).splitlines() if line.strip()]
    if counted is None:
        return [f"nexus: the checker gave no verdict on {what}: {' / '.join(lines[-2:])}"]
    _, errors = counted
    return [f"nexus: {what}: {' / '.join(lines[-6:])}"] if errors else []


def _silx(path: Path) -> list[str]:
    silx_io: Any = importlib.import_module("silx.io")
    nxdata: Any = importlib.import_module("silx.io.nxdata")
    with silx_io.open(str(path)) as file:
        shown = nxdata.get_default(file)
        if shown is None or not shown.is_valid:
            return ["silx: there is no valid default NXdata"]
    return []
