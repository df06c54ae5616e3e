"""Write a step's result as one NeXus file: whole or not at all, the same bytes for the same input."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

import pipeline
from pipeline.core.files import atomic_path
from pipeline.core.nexus.result import Plot, Provenance, StepResult
from pipeline.core.quantities import Quantities
from pipeline.core.units import unit_of

PROGRAM = "cathode-xray"
LIBVER = ("v108", "v110")
_TEXT = h5py.string_dtype()
_COMPRESS_ABOVE_BYTES = 4096
_ROWS_PER_CHUNK = 16

Stored = dict[tuple[str, int], h5py.Dataset]
"""Arrays of the plots by name and identity: a record that holds the same one links to it, so that
a large series stands in its file once."""


def write_result(path: Path, result: StepResult) -> None:
    """Write a result file.

    Args:
        path: the `.nxs` file; it appears whole or not at all.
        result: record, plots and provenance.

    Raises:
        KeyError: a number's name states no unit.
        StudyError: the folder cannot be written to.
    """
    with atomic_path(path) as part, h5py.File(part, "w", libver=LIBVER) as file:
        write_root(file, result.entry)
        entry = group(file, result.entry, "NXentry")
        text(entry, "title", result.title)
        sample = group(entry, "sample", "NXsample")
        text(sample, "name", result.sample)
        _process(entry, result)
        stored: Stored = {}
        for plot in result.plots:
            write_plot(entry, plot, stored)
        if result.plots:
            entry.attrs["default"] = _first_to_show(result.plots).name
        write_record(entry, "record", result.record, stored)


def _first_to_show(plots: Sequence[Plot]) -> Plot:
    """The first plot with a number in it: a line that is nowhere found is no default view."""
    return next((p for p in plots if np.isfinite(p.fields[p.signal]).any()), plots[0])


def write_root(file: h5py.File, default: str) -> None:
    """Attributes of the file itself: no time and no name, which would change equal files."""
    file.attrs["NX_class"] = "NXroot"
    file.attrs["creator"] = PROGRAM
    file.attrs["creator_version"] = pipeline.__version__
    file.attrs["default"] = default


def group(parent: h5py.Group, name: str, nx_class: str) -> h5py.Group:
    """Make a group of a NeXus class."""
    made = parent.create_group(name)
    made.attrs["NX_class"] = nx_class
    return made


def text(parent: h5py.Group, name: str, value: str) -> None:
    """Write a UTF-8 string."""
    parent.create_dataset(name, data=value, dtype=_TEXT)


def numbers(parent: h5py.Group, name: str, values: Any, covariate: str = "") -> h5py.Dataset:
    """Write numbers with the unit that their name states.

    Rows that are all equal are written once, with `@broadcast_rows` saying how often they stand.
    """
    array = np.asarray(values)
    rows = 0
    if array.ndim == 2 and array.shape[0] > 1 and _rows_equal(array):
        rows, array = array.shape[0], array[0]
    made = parent.create_dataset(name, data=array, **_compression(array))
    if array.dtype.kind in "fiu":
        made.attrs["units"] = unit_of(name, covariate)
        made.attrs["long_name"] = name.replace("_", " ")
    if rows:
        made.attrs["broadcast_rows"] = rows
    return made


def _rows_equal(array: NDArray[Any]) -> bool:
    if array.strides[0] == 0:
        return True
    return bool(np.array_equal(array, np.broadcast_to(array[0], array.shape), equal_nan=True))


def write_plot(entry: h5py.Group, plot: Plot, stored: Stored) -> None:
    """Write an NXdata with its signal, axes, errors and labels."""
    data = group(entry, plot.name, "NXdata")
    data.attrs["signal"] = plot.signal
    data.attrs["axes"] = np.array(plot.axes, dtype=_TEXT)
    if plot.auxiliary:
        data.attrs["auxiliary_signals"] = np.array(plot.auxiliary, dtype=_TEXT)
    text(data, "title", plot.title)
    if np.ndim(plot.fields[plot.signal]) > 1:
        data.attrs["interpretation"] = "spectrum"
    for name, values in plot.fields.items():
        # A signal must keep its shape, so that equal rows are not folded here.
        made = data.create_dataset(name, data=np.asarray(values), **_compression(values))
        made.attrs["units"] = unit_of(name)
        made.attrs["long_name"] = plot.labels.get(name, name.replace("_", " "))
        stored[name, id(values)] = made
    for name, sigma in plot.errors.items():
        made = data.create_dataset(f"{name}_errors", data=np.asarray(sigma), **_compression(sigma))
        made.attrs["units"] = unit_of(name)


def _compression(values: Any) -> dict[str, Any]:
    array = np.asarray(values)
    if array.nbytes <= _COMPRESS_ABOVE_BYTES:
        return {}
    first = (min(_ROWS_PER_CHUNK, array.shape[0]),) if array.ndim > 1 else array.shape[:1]
    return {
        "chunks": (*first, *array.shape[1:]),
        "compression": "gzip",
        "compression_opts": 1,
        "shuffle": True,
    }


def write_record(parent: h5py.Group, name: str, record: Any, stored: Stored) -> None:
    """Write every field of a frozen dataclass, nested ones as groups."""
    made = group(parent, name, "NXcollection")
    made.attrs["record"] = type(record).__name__
    covariate = getattr(record, "covariate", "")
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        if (item.name, id(value)) in stored:
            made[item.name] = stored[item.name, id(value)]
        else:
            _write_value(made, item.name, value, covariate, stored)


def _write_value(parent: h5py.Group, name: str, value: Any, covariate: str, stored: Stored) -> None:
    if value is None:
        return
    if isinstance(value, Quantities):
        _write_quantities(parent, name, value)
    elif dataclasses.is_dataclass(value):
        write_record(parent, name, value, stored)
    elif isinstance(value, (str, Enum)):
        text(parent, name, str(value))
    elif isinstance(value, tuple):
        _write_tuple(parent, name, value)
    elif isinstance(value, (bool, int)):
        parent.create_dataset(name, data=value)
    else:
        numbers(parent, name, value, covariate)


def _write_quantities(parent: h5py.Group, name: str, table: Quantities) -> None:
    """Write a field for each column, since their units differ, in the order of `names`."""
    made = group(parent, name, "NXparameters")
    made.create_dataset("names", data=np.array(table.names, dtype=object), dtype=_TEXT)
    made.create_dataset("rows", data=np.int64(table.n_rows))
    for k, quantity in enumerate(table.names):
        field = made.create_dataset(f"q{k:03d}", data=table.value[:, k])
        field.attrs["long_name"] = quantity
        errors = made.create_dataset(f"q{k:03d}_errors", data=table.sigma[:, k])
        for item in (field, errors):
            item.attrs["units"] = unit_of(quantity.rpartition(".")[2])


def _write_tuple(parent: h5py.Group, name: str, value: tuple[Any, ...]) -> None:
    if value and isinstance(value[0], bool):
        parent.create_dataset(name, data=np.array(value, dtype=bool))
        return
    words = [";".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value]
    parent.create_dataset(name, data=np.array(words, dtype=object), dtype=_TEXT)


def _process(entry: h5py.Group, result: StepResult) -> None:
    process = group(entry, "process", "NXprocess")
    text(process, "program", PROGRAM)
    text(process, "version", pipeline.__version__)
    process.create_dataset("sequence_index", data=np.int64(result.sequence_index))
    _parameters(process, result.provenance.options)
    _options_note(process, result.provenance)
    sources = group(process, "raw_files", "NXcollection")
    listed = result.provenance.raw_files
    sources.create_dataset("path", data=_texts(f.path for f in listed), dtype=_TEXT)
    sources.create_dataset("sha256", data=_texts(f.sha256 for f in listed), dtype=_TEXT)
    libraries = group(process, "libraries", "NXcollection")
    for name, version in sorted(result.provenance.libraries.items()):
        text(libraries, name, version)


def _texts(words: Any) -> NDArray[Any]:
    return np.array(list(words), dtype=object)


def _parameters(process: h5py.Group, options: Mapping[str, Any]) -> None:
    parameters = group(process, "parameters", "NXparameters")
    for key, value in sorted(options.items()):
        if value is None:
            continue
        if isinstance(value, bool | str):
            text(parameters, key, str(value))
        elif isinstance(value, int | float):
            made = parameters.create_dataset(key, data=value)
            try:
                made.attrs["units"] = unit_of(key)
            except KeyError:
                made.attrs["units"] = "dimensionless"
        else:
            text(parameters, key, json.dumps(value, sort_keys=True))


def _options_note(process: h5py.Group, provenance: Provenance) -> None:
    note = group(process, "options", "NXnote")
    text(note, "type", "application/json")
    text(note, "description", "options of this step, as used")
    body = json.dumps(provenance.options, sort_keys=True, indent=1).encode()
    note.create_dataset("data", data=np.bytes_(body))
