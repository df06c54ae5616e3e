"""Which column of a text file is the angle, the intensity, the esd."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.formats.powder import axis as axes
from pipeline.formats.powder.rows import Rows

_INTENSITY = re.compile(
    r"^\W*(?:i(?:\b|_|\d)|int|counts?|cps|y_?obs|obs|yo\b|y\b|signal|det|imp)", re.IGNORECASE
)
_MODEL = re.compile(r"calc|bkg|back|fit|diff|weight|model|resid", re.IGNORECASE)
_SIGMA = re.compile(r"^\W*(?:sig|esd|e\.s\.d|err|std|unc|e\b|s\b|su\b|dy\b|di\b)", re.IGNORECASE)
_OTHER_AXIS = re.compile(
    r"^\W*(?:time|t\b|temp|volt|potential|ewe|capacity|charge|current|cycle|mass|m/z|wave|freq|raman|weight)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]")
_ESD_FRACTION = 0.5  # a third column as large as the intensities is a background or a fit
_ESD_COUNTS = 20.0


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is what, counted from 0; `unit` is what a label says of the axis."""

    axis: int
    intensity: int
    sigma: int | None
    unit: str
    intensity_label: str = ""
    remark: str = ""


def labels_of(rows: Rows, named: Collection[str] = ()) -> tuple[str, ...]:
    """Labels of the columns: as many words as columns, of which one is known or `named`; else ().

    A title of three words over three columns is a title.
    """
    wanted = rows.values.shape[1]
    lines = [line.strip().lstrip("#%*;!'\"/ ").strip() for line in rows.header if line.strip()]
    if not lines:
        return ()
    if wanted == 2 and len(lines) >= 3 and re.fullmatch(r"\d+(\s+\S+)?", lines[-1]):
        return lines[-3], lines[-2]  # .chi of FIT2D: title, axis, intensity, number of points
    for line in reversed(lines[-3:]):
        for separator in (r"\t+", r"\s*;\s*", r"\s*,\s*", r"\s{2,}", r"\s+"):
            cells = [cell.strip("\"' ") for cell in re.split(separator, line)]
            if len(cells) != wanted or not all(map(_WORD.search, cells)):
                continue
            if any(_is_label(cell) or cell in named for cell in cells):
                return tuple(cells)
    return ()


def _is_label(cell: str) -> bool:
    patterns = (_INTENSITY, _SIGMA, _OTHER_AXIS)
    return bool(axes.unit_in(cell)) or any(pattern.search(cell) for pattern in patterns)


def roles_of(
    rows: Rows, labels: Sequence[str], columns: Mapping[str, str], source_file: str
) -> Roles:
    """Tell which column is what, from the table's `columns`, else from labels, else by convention.

    Raises:
        RawDataError: a column that does not exist, a first column that is no angle by its label, or
            none or several that may be the intensity.
    """
    n = rows.values.shape[1]
    given = {
        key: _column(columns[key], key, labels, n, source_file)
        for key in ("two_theta", "intensity", "sigma")
        if key in columns
    }
    units = [axes.unit_in(label) for label in labels]
    named_axis = next((i for i, unit in enumerate(units) if unit), 0)
    axis = given.get("two_theta", named_axis)
    others = [i for i in range(len(labels)) if i != axis]
    said = labels[axis] if labels and not any(map(str.isdigit, "".join(labels))) else ""
    if "two_theta" not in given and _OTHER_AXIS.search(said):
        raise RawDataError(
            f"{source_file}: its columns are {', '.join(labels)}, none of which is an angle, Q or a spacing. "
            "If one is, name it in `columns`, such as `two_theta=1 intensity=2`."
        )
    named = [i for i in others if _INTENSITY.search(labels[i]) and not _MODEL.search(labels[i])]
    intensity = given.get("intensity", named[0] if len(named) == 1 else None)
    if intensity is None and n == 2:
        intensity = 1 - axis
    sigma = given.get("sigma", next((i for i in others if _SIGMA.search(labels[i])), None))
    if intensity is None and n == 3 and not labels:
        intensity = 1
    if intensity is None:
        shown = f" ({', '.join(labels)})" if labels else ""
        raise RawDataError(
            f"{source_file}: {n} columns{shown}, and it is open which is the intensity. Say it in `columns` "
            "of the data-set table, such as `two_theta=1 intensity=2 sigma=3`."
        )
    remark = ""
    if n == 3 and not labels and "sigma" not in given and "intensity" not in given:
        sigma, remark = _third_column(rows.values)
    return Roles(
        axis,
        intensity,
        sigma if sigma not in (axis, intensity) else None,
        units[axis] if labels else "",
        labels[intensity] if labels else "",
        remark,
    )


def _third_column(values: FloatArray) -> tuple[int | None, str]:
    """Column of esds, by the convention of .xye, unless its size says that it is something else."""
    intensity = float(np.nanmean(np.abs(values[:, 1])))
    third = float(np.nanmean(values[:, 2]))
    if intensity > _ESD_COUNTS and third > _ESD_FRACTION * intensity:
        return None, (
            f"the third column is about as large as the intensities (means {third:.4g} and {intensity:.4g}): "
            "a background or a fit, not taken for esds"
        )
    if len(values) > 2 and np.ptp(values[:, 2]) == 0:
        return None, f"the third column is {third:g} throughout, not taken for esds"
    return 2, ""


def _column(cell: str, key: str, labels: Sequence[str], n: int, source_file: str) -> int:
    if cell.isdigit():
        if 1 <= int(cell) <= n:
            return int(cell) - 1
        raise RawDataError(
            f"{source_file}: `{key}={cell}` in `columns`, but there are {n} columns."
        )
    lower = [label.lower() for label in labels]
    if cell.lower() in lower:
        return lower.index(cell.lower())
    raise RawDataError(
        f"{source_file}: `{key}={cell}` in `columns`: no column has this label.{did_you_mean(cell, labels)}"
    )
