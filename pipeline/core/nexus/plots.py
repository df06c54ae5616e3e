"""Read what a results file plots: each NXdata comes back as the `Plot` that was written.

So a figure can show another technique's result without knowing its records.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.core.nexus.read import open_results
from pipeline.core.nexus.result import Plot

_ERRORS = "_errors"


def plot_names(path: Path, entry: str | None = None) -> tuple[str, ...]:
    """Names of an entry's plots, the default view first.

    Args:
        path: a results file of one step, or a merged one.
        entry: name of the entry; None for the only one.

    Raises:
        RawDataError: the file is missing, damaged, or has no such entry.
    """
    with open_results(path) as file:
        group = _entry(file, path, entry)
        default = group.attrs.get("default", "")
        names = [n for n in group if group[n].attrs.get("NX_class") == "NXdata"]
    return tuple(sorted(names, key=lambda name: (name != default, name)))


def read_plot(path: Path, name: str, entry: str | None = None) -> Plot:
    """Read a plot: fields, signal, axes, labels and errors as they were written.

    Args:
        path: a results file of one step, or a merged one.
        name: the plot's name.
        entry: name of the entry; None for the only one.

    Returns:
        The plot; its arrays cannot be changed. The unit of a field is what its name states
        (`pipeline.core.units.unit_of`).

    Raises:
        RawDataError: the file is missing or damaged, or has no such plot.
    """
    with open_results(path) as file:
        group = _entry(file, path, entry)
        if name not in group or group[name].attrs.get("NX_class") != "NXdata":
            there = [n for n in group if group[n].attrs.get("NX_class") == "NXdata"]
            where = group.name.strip("/")
            raise RawDataError(
                f"{path}: no plot '{name}' in entry '{where}'.{did_you_mean(name, there)}"
            )
        return _plot(group[name], name)


def _entry(file: h5py.File, path: Path, entry: str | None) -> h5py.Group:
    name = entry or next(iter(file), "")
    if name not in file:
        raise RawDataError(f"{path}: there is no entry '{name}' in this results file")
    return file[name]


def _plot(data: h5py.Group, name: str) -> Plot:
    plain = [n for n in data if n != "title" and not _is_errors(data, n)]
    return Plot(
        name=name,
        title=data["title"].asstr()[()],
        signal=data.attrs["signal"],
        axes=tuple(map(str, data.attrs["axes"])),
        fields={n: _read_only(data[n]) for n in plain},
        labels={n: str(data[n].attrs["long_name"]) for n in plain},
        auxiliary=tuple(map(str, data.attrs.get("auxiliary_signals", ()))),
        errors={n: _read_only(data[n + _ERRORS]) for n in plain if n + _ERRORS in data},
    )


def _is_errors(data: h5py.Group, name: str) -> bool:
    return name.endswith(_ERRORS) and name.removesuffix(_ERRORS) in data


def _read_only(stored: h5py.Dataset) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.asarray(stored[()])
    array.flags.writeable = False
    return array
