"""Columns of text: .xy, .xye, .chi, .dat, .csv, .txt, with whatever header."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.formats.powder import axis as axes
from pipeline.formats.powder.column_roles import labels_of, roles_of
from pipeline.formats.powder.header import Stated, read_header, single
from pipeline.formats.powder.order import put_in_order
from pipeline.formats.powder.pattern import Pattern
from pipeline.formats.powder.rates import as_counts
from pipeline.formats.powder.rows import DECIMALS, find_rows

FORMAT = "columns of text"
KEYS = ("two_theta", "intensity", "sigma", "unit", "decimal")

_PER_SECOND = re.compile(r"\bcps\b|counts?\s*(?:/|per)\s*s|\bc/s|imp(?:ulses)?/s", re.IGNORECASE)
_LABEL_LINE = 60  # a longer line is a sentence


def read(
    text: str, source_file: str, columns: Mapping[str, str], wavelength_angstrom: float = math.nan
) -> list[Pattern]:
    """Read one pattern from columns of text.

    Args:
        text: the file.
        source_file: its name relative to the raw folder.
        columns: the table's: `two_theta`, `intensity`, `sigma` name columns by number from 1 or by
            label, `unit` the axis, `decimal` the decimal mark.
        wavelength_angstrom: to turn Q or d into angles where the file states none.

    Raises:
        RawDataError: no rows, or it is open which column is what and what the axis is.
    """
    for key in columns:
        if key not in KEYS:
            raise RawDataError(
                f"{source_file}: unknown '{key}' in `columns`.{did_you_mean(key, KEYS)}"
            )
    decimal = columns.get("decimal", "")
    if decimal not in ("", *DECIMALS):
        raise RawDataError(
            f"{source_file}: `decimal={decimal}` in `columns`; it is `point` or `comma`."
        )
    rows = find_rows(text, source_file, decimal)
    stated = read_header(rows.header)
    labels = labels_of(rows, columns.values())
    roles = roles_of(rows, labels, columns, source_file)
    values = np.ascontiguousarray(rows.values.T)
    values.flags.writeable = False  # so that the record needs no copy of its rows
    said = roles.unit or _said_above(rows.header)
    unit, remark = axes.settled(values[roles.axis], said, columns.get("unit", ""), source_file)
    used = stated.radiation
    if used is None and unit not in ("deg", "rad", "theta") and wavelength_angstrom > 0:
        used = single(wavelength_angstrom)
    angles = axes.to_two_theta(
        values[roles.axis], unit, used.wavelength_angstrom if used else math.nan, source_file
    )
    sigma = None if roles.sigma is None else values[roles.sigma]
    intensity = values[roles.intensity]
    remarks = [text for text in (roles.remark, remark) if text]
    if unit != "deg":
        remarks.append(f"axis is {axes.UNITS[unit]}, converted")
        reached = np.isfinite(angles) | ~np.isfinite(values[roles.axis])
        if not reached.all():
            remarks.append(
                f"{np.count_nonzero(~reached)} points have no angle at this wavelength; left out"
            )
            angles, intensity = angles[reached], intensity[reached]
            sigma = None if sigma is None else sigma[reached]
    is_rate = bool(_PER_SECOND.search(roles.intensity_label))
    counts = as_counts(intensity, stated.counting_time_s) if is_rate else None
    if counts is not None:
        remarks.append("counts per second, given back as counts")
        sigma = None if sigma is None else sigma * stated.counting_time_s
        intensity = counts
    angles, intensity, sigma, done = put_in_order(angles, intensity, sigma, source_file)
    return [
        Pattern(
            source_file=source_file,
            label=PurePath(source_file).stem,
            format=FORMAT,
            two_theta_deg=angles,
            intensity_counts=intensity,
            sigma_counts=sigma,
            is_counts=counts is not None or _says_counts(roles.intensity_label, intensity),
            is_rate=is_rate and counts is None,
            counting_time_s=stated.counting_time_s,
            radiation=used,
            time_iso=stated.time_iso,
            temperature_c=stated.temperature_c,
            radius_mm=stated.radius_mm,
            remarks=(*remarks, *done, *_cut_short(stated, float(angles[-1]))),
        )
    ]


def _said_above(header: Sequence[str]) -> str:
    """What lines above say of the axis: the last one, or others in passing, as `Start 2theta (deg)`."""
    found = set().union(*(axes.units_in(line) for line in header)) if header else set()
    if found & {axes.Q, "q", "q_nm"} and found & {"deg", axes.TWO_THETA}:
        return axes.Q  # which of the two it is has to be said
    last = next((line for line in reversed(header) if line.strip()), "")
    if len(last) < _LABEL_LINE and not re.search("[:=]", last):
        said = axes.unit_in(last)
        if said and said != axes.THETA:
            return said
    if "deg" in found:
        return "deg"
    return axes.TWO_THETA if axes.TWO_THETA in found else ""


def _says_counts(label: str, intensity: FloatArray) -> bool:
    whole = "count" in label.lower() and not _PER_SECOND.search(label)
    return whole and bool((intensity == np.rint(intensity)).all())


def _cut_short(stated: Stated, last_deg: float) -> tuple[str, ...]:
    if not stated.end_deg > last_deg + 1.0:
        return ()
    return (
        f"the header says that the scan ends at {stated.end_deg:g} deg, its rows end at {last_deg:.6g}",
    )
