"""Labels of columns as beamlines write them where one line of words above the numbers will not do.

Each recogniser knows one program's habit and gives one label for each column, or nothing. A label
that a table can be told by has no blank: `Mono Energy *` becomes `Mono_Energy`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Labels = tuple[str, ...]

_LABVIEW_WIDTH = 21
_NUMBERED = re.compile(r"(?<!\S)(\d+)_(.+?)(?=\s+\d+_|\s*$)")
_EPICS = re.compile(r"[;#]\s*([PD]\d+)\s*=\s*\{(.*?)\}")
_MDA_COLUMN = re.compile(r"#\s*(\d+)\s+\[(.*?)\]\s*(.*)")
_CLS_NAME = re.compile(r'"\$?\(?(.*?)\)?"')


def header_labels(header: Sequence[str], n_columns: int) -> Labels:
    """Give the labels of a table's columns from the header of a program that is known, or ().

    Args:
        header: lines above the numbers.
        n_columns: of the numbers; labels of another count are not believed.
    """
    for recognise in _RECOGNISERS:
        labels = tuple(_tidy(label) for label in recognise(header, n_columns))
        if len(labels) == n_columns and all(labels):
            return labels
    return ()


def _labview(header: Sequence[str], n_columns: int) -> Sequence[str]:
    """APS 9-BM, 20-BM, 20-ID: headings of 21 characters each, cut to fit."""
    if len(header) < 2 or "Column Headings:" not in header[-2]:
        return ()
    line = header[-1].removeprefix("#")
    return [line[_LABVIEW_WIDTH * i : _LABVIEW_WIDTH * (i + 1)] for i in range(n_columns)]


def _epics(header: Sequence[str], n_columns: int) -> Sequence[str]:
    """APS 13-ID and 13-BM before 2010: `; P1 = {Energy} --> 13BMA:E:Energy.VAL`, then `; P1 P2 D1`."""
    names = {match[1]: match[2] for line in header if (match := _EPICS.match(line))}
    codes = header[-1].lstrip("; #").split() if header else []
    if not names or len(codes) != n_columns:
        return ()
    return [names.get(code) or code for code in codes]


def _numbered(header: Sequence[str], n_columns: int) -> Sequence[str]:
    """APS 12-BM: `#C 1_Energy (keV) 2_sec 3_mononrg`."""
    found = _NUMBERED.findall(header[-1].removeprefix("#C")) if header else []
    return [label for i, (number, label) in enumerate(found) if int(number) == i + 1][:n_columns]


def _ssrl(header: Sequence[str], n_columns: int) -> Sequence[str]:
    """SSRL data collectors: one label a line below `Data:`."""
    lines = [line.strip() for line in header]
    if not lines or not lines[0].startswith("SSRL") or "Data:" not in lines:
        return ()
    return [line for line in lines[lines.index("Data:") + 1 :] if line][:n_columns]


def _mda(header: Sequence[str], n_columns: int) -> Sequence[str]:
    """mda2ascii: `#   14  [1-D Detector  11]  <PV>, <description>, <unit>`; no description: the PV.

    The first positioner is what was scanned: where its unit is eV, it is the energy.
    """
    if "mda2ascii" not in (header[0] if header else ""):
        return ()
    labels = {}
    for line in header:
        if not (match := _MDA_COLUMN.match(line)):
            continue
        name, description, *more = [*(part.strip() for part in match[3].split(",")), "", ""]
        scanned = match[2].endswith("Positioner 1") and "eV" in more
        labels[int(match[1])] = "energy" if scanned else description or name or match[2].strip()
    return [labels.get(i + 1, "") for i in range(n_columns)]


def _cls(header: Sequence[str], n_columns: int) -> Sequence[str]:
    """Canadian Light Source: quoted macros such as `"$(AbsEnergyName)"` in the second line of event 1."""
    lines = [line for line in header if line.startswith("#(1)")]
    if len(lines) < 2 or "CLS" not in header[0]:
        return ()
    return _CLS_NAME.findall(lines[-1])[:n_columns]


_RECOGNISERS: tuple[Callable[[Sequence[str], int], Sequence[str]], ...] = (
    _labview,
    _epics,
    _numbered,
    _ssrl,
    _mda,
    _cls,
)


def _tidy(label: str) -> str:
    """Leave out the star of a positioner, and put `_` for blanks, so that `columns` can name it."""
    return re.sub(r"\s+", "_", label.strip(" *\t"))
