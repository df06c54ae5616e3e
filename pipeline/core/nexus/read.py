"""Read a record back from a results file, as the frozen dataclass that was written."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from pipeline.core.errors import RawDataError
from pipeline.core.quantities import Quantities

Record = TypeVar("Record")


def read_entries(path: Path) -> tuple[str, ...]:
    """Names of the entries of a results file.

    Raises:
        RawDataError: the file is missing or no results file.
    """
    with open_results(path) as file:
        return tuple(file)


def read_record(path: Path, cls: type[Record], entry: str | None = None) -> Record:
    """Read the record of an entry.

    Args:
        path: a results file of one step, or a merged one.
        cls: the record's class; the one that was written.
        entry: name of the entry; None for the only one.

    Raises:
        RawDataError: the file is no results file, or holds another record.
    """
    with open_results(path) as file:
        name = entry or next(iter(file))
        if name not in file or "record" not in file[name]:
            raise RawDataError(f"{path}: no record in entry '{name}'")
        group = file[name]["record"]
        written = group.attrs.get("record")
        if written != cls.__name__:
            raise RawDataError(f"{path}: entry '{name}' holds a {written}, not a {cls.__name__}")
        return _record(group, cls)


def read_words(path: Path, field: str, entry: str | None = None) -> tuple[str, ...]:
    """Read a text field of a record without knowing the record's class.

    Args:
        path: a results file of one step, or a merged one.
        field: place of the field in the record, such as `measured/time_iso`.
        entry: name of the entry; None for the only one.

    Returns:
        The words; none where the record has no such field.

    Raises:
        RawDataError: the file is missing or damaged.
    """
    with open_results(path) as file:
        name = entry or next(iter(file))
        place = f"{name}/record/{field}"
        if place not in file or h5py.check_string_dtype(file[place].dtype) is None:
            return ()
        return tuple(str(word) for word in np.atleast_1d(file[place].asstr()[()]))


def open_results(path: Path) -> h5py.File:
    """Open a results file for reading; to be closed by the caller.

    Raises:
        RawDataError: it is missing or damaged; the message says how to make it anew.
    """
    if not path.is_file():
        raise RawDataError(
            f"{path}: this results file is missing. Run `snakemake`; it makes it anew."
        )
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise RawDataError(
            f"{path}: this results file is damaged and cannot be read as HDF5. "
            "Delete it and run `snakemake`; it makes it anew."
        ) from error


def read_part(path: Path, cls: type[Record], place: str = "") -> Record:
    """Read into the reader's own record what another technique's step wrote, by the names of its fields.

    Techniques do not know each other's records; what one needs of another it names here.

    Args:
        path: a results file of one step.
        cls: the reader's record; each of its fields is a field of the record that was written.
        place: of a nested record, such as `measured`; '' for the whole.

    Raises:
        RawDataError: the file is no results file, or lacks one of the fields.
    """
    with open_results(path) as file:
        group = file[next(iter(file))]["record"]
        if place:
            group = group[place]
        lacking = [f.name for f in dataclasses.fields(cls) if f.name not in group]  # type: ignore[arg-type]
        if lacking:
            raise RawDataError(
                f"{path}: it lacks {', '.join(lacking)}. Delete it and run `snakemake`; it makes it anew."
            )
        return _record(group, cls)


def _record(group: h5py.Group, cls: type[Record]) -> Record:
    if cls is Quantities:
        return cls(*_quantities(group))
    hints = typing.get_type_hints(cls)
    values = {
        field.name: _value(group, field.name, hints[field.name])
        for field in dataclasses.fields(cls)  # type: ignore[arg-type]
    }
    return cls(**values)


def _quantities(group: h5py.Group) -> tuple[Any, ...]:
    names = _tuple(group["names"], str)
    shape = int(group["rows"][()]), len(names)
    value, sigma = np.full(shape, np.nan), np.full(shape, np.nan)
    for k in range(len(names)):
        value[:, k], sigma[:, k] = group[f"q{k:03d}"][()], group[f"q{k:03d}_errors"][()]
    return names, value, sigma


def _value(group: h5py.Group, name: str, hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        if name not in group:
            return None
        hint = next(h for h in typing.get_args(hint) if h is not type(None))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _record(group[name], hint)
    stored = group[name]
    if typing.get_origin(hint) is tuple:
        return _tuple(stored, typing.get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, str):
        return hint(stored.asstr()[()])
    if hint in (bool, int, float):
        return hint(stored[()])
    array = stored[()]
    rows = stored.attrs.get("broadcast_rows")
    if rows is not None:
        array.flags.writeable = False
        return np.broadcast_to(array, (int(rows), *array.shape))
    return array


def _tuple(stored: h5py.Dataset, item: Any) -> tuple[Any, ...]:
    if item is bool:
        return tuple(bool(v) for v in stored[()])
    if item is float:
        return tuple(float(v) for v in stored[()])
    words = stored.asstr()[()] if stored.shape[0] else []
    if typing.get_origin(item) is tuple:
        inner = typing.get_args(item)[0]
        return tuple(tuple(inner(w) for w in word.split(";") if w) for word in words)
    if isinstance(item, type) and issubclass(item, Enum):
        return tuple(item(word) for word in words)
    return tuple(str(word) for word in words)


@dataclasses.dataclass(frozen=True, slots=True)
class EntryStatus:
    """What became of each scan of an entry, with the reasons in words and the flags of each.

    Where its rows are no scans but changes or channels, `names` says what they are called; else it is empty.
    """

    entry: str
    status: tuple[str, ...]
    reasons: tuple[str, ...]
    flags: tuple[tuple[str, ...], ...]
    names: tuple[str, ...] = ()

    @property
    def dataset(self) -> str:
        """Technique and data set, without the step."""
        return self.entry.rpartition("_")[0]

    @property
    def step(self) -> str:
        """The step that made it."""
        return self.entry.rpartition("_")[2]


def read_statuses(path: Path) -> list[EntryStatus]:
    """Read the status of every entry whose record has one.

    Raises:
        RawDataError: the file is no results file.
    """
    found = []
    with open_results(path) as file:
        for name in file:
            record = file[name].get("record")
            if record is None or "status" not in record:
                continue
            flags = _tuple(record["flags"], tuple[str, ...]) if "flags" in record else ()
            named = next((key for key in ("names", "channel", "choice") if key in record), "")
            found.append(
                EntryStatus(
                    entry=name,
                    status=_tuple(record["status"], str),
                    reasons=_tuple(record["reason"], str),
                    flags=flags,
                    names=_tuple(record[named], str) if named else (),
                )
            )
    return found
