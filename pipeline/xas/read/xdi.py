"""XAS Data Interchange files, by a strict parser of the XDI 1.0 specification.

B. Ravel and M. Newville, J. Phys.: Conf. Ser. 712 (2016) 012148,
doi:10.1088/1742-6596/712/1/012148. Where the specification asks for an error the file is
refused; where it asks for a warning the file is read, and the warnings are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read.absorb import Facts, to_scan
from pipeline.xas.read.energy import RADIANS_PER_UNIT, known_unit
from pipeline.xas.read.roles import Roles, given_roles, labelled_roles
from pipeline.xas.read.table import parse_rows
from pipeline.xas.records import FailedScan, RawScan

VERSION_LINE = re.compile(r"#\s*XDI/(\d+(?:\.\d+)*)\s*(.*)")
COLUMN_LINE = re.compile(r"^#\s*Column\.1\s*:", re.MULTILINE | re.IGNORECASE)

_FIELD = re.compile(r"([A-Za-z][\w-]*)\.([\w-]+)\s*:\s*(\S.*)")
# What the Australian Synchrotron's mda2xdi writes beside valid fields: harmless, and well known.
_DIALECT = re.compile(r"(?:Describe\.(Column\.\d+)|Samples)\s*:\s*(.*)")
_OVER_I0 = re.compile(r"normali[sz]ed by i0|/\s*i0\b", re.IGNORECASE)
_OTHER_COMMENTS = "!%;*$"
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_EDGE = re.compile(r"K|[LMNO][1-7]?")


@dataclass(frozen=True, slots=True, eq=False)
class XdiFile:
    """An XDI file: fields by lower-case `family.key`, `data` `(n_rows, n_columns)`."""

    version: str
    extra_version: str
    fields: Mapping[str, str]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    comment: str
    data: FloatArray
    warnings: tuple[str, ...]


def parse(text: str, source_file: str) -> XdiFile:
    """Parse the text of an XDI file.

    Raises:
        RawDataError: no version line, a malformed field, or a row that is not finite numbers
            as many as in the first row.
    """
    lines = text.split("\n")
    version = VERSION_LINE.fullmatch(lines[0].strip())
    if not version:
        raise RawDataError(
            f"{source_file}, line 1: an XDI file begins with `# XDI/1.0`, "
            f"this one with '{lines[0].strip()[:40]}'."
        )
    header, rows = _split(lines)
    if not rows:
        raise RawDataError(f"{source_file}: the file has a header and no data.")
    fields, comment, warnings = _parse_header(header, source_file)
    data = parse_rows(rows, source_file)
    finite = np.isfinite(data).all(axis=1)
    if not finite.all():
        number, _ = rows[int(np.argmin(finite))]
        raise RawDataError(
            f"{source_file}, line {number}: a value is NaN or infinite, "
            f"in {np.count_nonzero(~finite)} of {len(rows)} rows; XDI data are finite numbers."
        )
    labels, units = _columns(fields, data.shape[1])
    warnings += _metadata_warnings(fields)
    return XdiFile(version[1], version[2], fields, labels, units, comment, data, warnings)


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the one scan of an XDI file, by its own labels or by `columns` of the data set.

    Raises:
        RawDataError: the file is malformed, holds a map, or lacks columns for the mode.
    """
    xdi = parse(text, source_file)
    if "outer.name" in xdi.fields:
        raise RawDataError(
            f"{source_file}: a two-dimensional scan over {xdi.fields['outer.name']}; "
            "split it into one file for each scan."
        )
    roles = _roles(xdi, dataset, source_file)
    facts = Facts(
        source_file,
        xdi.fields.get("sample.name", "") or PurePosixPath(source_file).stem,
        middle_time(xdi.fields),
        *claims(xdi.fields),
    )
    return [to_scan(xdi.data, xdi.labels, roles, facts, dataset)]


def middle_time(fields: Mapping[str, str]) -> str:
    """Give the middle of the scan in ISO 8601, its start where no end is given, or ''."""
    start, end = _time(fields.get("scan.start_time")), _time(fields.get("scan.end_time"))
    if start and end and (start.tzinfo is None) == (end.tzinfo is None) and end > start:
        return (start + (end - start) / 2).isoformat()
    return start.isoformat() if start else ""


def claims(fields: Mapping[str, str]) -> tuple[str, str]:
    """Give the element and the edge that the file claims, '' where it makes no sense."""
    element, edge = fields.get("element.symbol", ""), fields.get("element.edge", "")
    return (
        element if _SYMBOL.fullmatch(element) else "",
        edge if _EDGE.fullmatch(edge) else "",
    )


def _split(lines: list[str]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Part the numbered lines, empty ones left out, into the header's and the data's."""
    numbered = [(n, line.strip()) for n, line in enumerate(lines[1:], start=2) if line.strip()]
    at = next(
        (i for i, (_, line) in enumerate(numbered) if line[0] not in "#" + _OTHER_COMMENTS),
        len(numbered),
    )
    rows = [(n, line) for n, line in numbered[at:] if not line.startswith("#")]
    return numbered[:at], rows


def _parse_header(
    header: list[tuple[int, str]], source_file: str
) -> tuple[dict[str, str], str, tuple[str, ...]]:
    fields: dict[str, str] = {}
    comments: list[str] = []
    warnings: list[str] = []
    part, n_dialect = "fields", 0
    for i, (number, line) in enumerate(header):
        body = line[1:].strip()
        if not line.startswith("#"):
            warnings.append(f"line {number}: '{line[0]}' begins no XDI comment; ignored")
        elif body.startswith("--"):
            part = "labels"
            break
        elif body.startswith("//"):
            part = "comments"
        elif part == "comments":
            comments.append(body)
        elif field := _FIELD.fullmatch(body):
            fields[f"{field[1]}.{field[2]}".lower()] = field[3]
        elif known := _DIALECT.match(body):
            n_dialect += 1
            if known[1]:
                fields[f"describe.{known[1]}".lower()] = known[2]
        # The last header line may hold the labels even where the ruled line above it is missing.
        elif body and i < len(header) - 1:
            raise RawDataError(
                f"{source_file}, line {number}: '{body[:40]}' is no field of the form "
                "`Family.key: value`. Repair it, or move it below a line `# ///` as a comment."
            )
    if n_dialect:
        warnings.append(f"{n_dialect} lines of mda2xdi are no fields of XDI 1.0; ignored")
    if part != "labels":
        warnings.append("no line of dashes ends the header")
    return fields, "\n".join(comments).strip(), tuple(warnings)


def _columns(fields: Mapping[str, str], n_columns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give label and unit of each column; `col3` where the third has no `Column.3`."""
    labels, units = [], []
    for i in range(1, n_columns + 1):
        words = fields.get(f"column.{i}", f"col{i}").split()
        labels.append(words[0])
        units.append(words[1] if len(words) > 1 and words[1][0].isalpha() else "")
    return tuple(labels), tuple(units)


def _metadata_warnings(fields: Mapping[str, str]) -> tuple[str, ...]:
    element, edge = claims(fields)
    checks = (
        (element, "Element.symbol"),
        (edge, "Element.edge"),
        (_spacing(fields), "Mono.d_spacing"),
        (_time(fields.get("scan.start_time")), "Scan.start_time"),
    )
    return tuple(f"{name} is missing or makes no sense" for value, name in checks if not value)


def _roles(xdi: XdiFile, dataset: Dataset, source_file: str) -> Roles:
    if dataset.columns:
        roles = given_roles(dataset.columns, xdi.labels, len(xdi.labels), source_file)
    else:
        roles = labelled_roles(xdi.labels, dataset.mode)
    columns = dict(roles.columns)
    if not dataset.columns and "mu" not in columns and _is_over_i0(xdi, columns.get("if", ())):
        columns["mu"] = columns.pop("if")  # dividing once more would put I0 in twice
    lower = [label.lower() for label in xdi.labels]
    if "energy" not in columns and lower.count("angle") == 1:
        columns["energy"] = (lower.index("angle"),)
    unit = roles.unit
    if not unit and "energy" in columns:
        at = columns["energy"][0]
        unit = known_unit(xdi.units[at])
        if lower[at] == "angle" and unit not in RADIANS_PER_UNIT:
            raise RawDataError(
                f"{source_file}: the unit '{xdi.units[at]}' of its angle column is not known; "
                "write `unit=deg`, `unit=rad` or `unit=mrad` and the role in `columns`."
            )
    spacing = roles.d_spacing_angstrom or _spacing(xdi.fields)
    return replace(roles, columns=columns, unit=unit, d_spacing_angstrom=spacing)


def _is_over_i0(xdi: XdiFile, columns: tuple[int, ...]) -> bool:
    """Say whether the file describes a column as divided by I0 already."""
    return any(_OVER_I0.search(xdi.fields.get(f"describe.column.{i + 1}", "")) for i in columns)


def _spacing(fields: Mapping[str, str]) -> float | None:
    try:
        return float(fields.get("mono.d_spacing", "").split()[0])
    except (ValueError, IndexError):
        return None


def _time(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
