"""What a reader sees in a file, for `python -m pipeline inspect`; guesses are called guesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.options import MODES
from pipeline.xas.read import astra, athena, columns, extranormal, photon_factory, spec, times, xdi
from pipeline.xas.read.absorb import absorption
from pipeline.xas.read.dispatch import Format, read_scans, sniff
from pipeline.xas.read.edges import nearest_edge, steepest_ev
from pipeline.xas.read.energy import EV_PER_UNIT, known_unit, to_ev
from pipeline.xas.read.roles import Roles, given_roles, labelled_roles
from pipeline.xas.read.source import read_text
from pipeline.xas.read.table import describe_columns, find_table
from pipeline.xas.records import FailedScan, RawScan

Lines = list[tuple[str, str]]
_UNIT_NAMES = {"ev": "eV", "kev": "keV", "deg": "degrees", "rad": "rad", "mrad": "mrad"}


def describe(path: Path, dataset: Dataset | None = None) -> Lines:
    """Describe a file of X-ray absorption scans.

    Args:
        path: the file.
        dataset: its `columns` say what the columns are; where it also has element, edge and
            mode, how its reader takes each scan is added.

    Returns:
        Pairs of key and text, to be printed in this order; a key may come several times.

    Raises:
        RawDataError: the file holds no scan that can be read.
    """
    text = read_text(path, path.name)
    kind = sniff(text, path.name)
    given = dataset.columns if dataset is not None else {}
    lines: Lines = [("format", kind)]
    if kind is Format.ATHENA:
        lines += _athena(athena.parse(text, path.name))
    elif kind is Format.XDI:
        lines += _xdi(xdi.parse(text, path.name), given)
    elif kind is Format.SPEC:
        lines += _spec(spec.parse(text), path.name, given)
    else:
        lines += _text(text, path.name, kind, given)
    if dataset is not None and dataset.element and dataset.edge and dataset.mode:
        lines += [("reads as", _outcome(s)) for s in read_scans(path, path.name, dataset)]
    return lines


def _athena(groups: Sequence[athena.Group]) -> Lines:
    lines: Lines = [("groups", str(len(groups)))]
    for group in groups:
        role = "reference, " if group.is_reference else ""
        linked = ", has a reference" if group.links and not group.is_reference else ""
        order = np.argsort(group.x, kind="stable")
        x, y = group.x[order], group.y[order]
        near = f", steepest near {nearest_edge(steepest_ev(x, y))}" if group.holds_mu else ""
        span = f"{x.size} points, {x[0]:.6g} to {x[-1]:.6g} eV"
        what = f"{role}{group.kind}, {group.element} {group.edge}, {span}"
        maker = f"maker's shift {group.shift_ev:g} eV"
        lines.append(("group", f"{group.label}: {what}, {maker}{linked}{near}"))
    return lines


def _xdi(file: xdi.XdiFile, given: Mapping[str, str]) -> Lines:
    lower = [label.lower() for label in file.labels]
    energy = next((lower.index(name) for name in ("energy", "angle") if name in lower), 0)
    return [
        ("version", f"{file.version} {file.extra_version}".strip()),
        *_table(file.data, file.labels, given, (energy, known_unit(file.units[energy]))),
        ("says it is", " ".join(xdi.claims(file.fields)).strip() or "nothing"),
        ("d-spacing", file.fields.get("mono.d_spacing", "not given")),
        ("time", xdi.middle_time(file.fields) or "not given"),
        *(("warning", warning) for warning in file.warnings),
    ]


def _spec(scans: Sequence[spec.SpecScan], name: str, given: Mapping[str, str]) -> Lines:
    lines: Lines = [("scans", str(len(scans)))]
    for scan in scans:
        time = times.middle_of(scan.header) or "no time"
        lines.append(("scan", f"{scan.number}: {scan.command}, {len(scan.rows)} points, {time}"))
    shown = next((s for s in scans if s.rows), None)
    if shown is None:
        return lines
    data = spec.values(shown, name)
    roles = labelled_roles(shown.labels, "")
    axis = (roles.columns.get("energy", (0,))[0], roles.unit)
    return [*lines, ("shown", f"scan {shown.number}"), *_table(data, shown.labels, given, axis)[1:]]


def _text(text: str, name: str, kind: Format, given: Mapping[str, str]) -> Lines:
    table = find_table(text, name)
    if kind is Format.EXTRANORMAL:
        shift_ev = extranormal.shift(table.header, name)
        labels = extranormal.table_labels(table.header)
        return [
            *_table(table.data, labels, {}, (0, "ev")),
            ("time", extranormal.middle_time(table.header) or "not given"),
            ("maker", f"energies shifted by {shift_ev:g} eV (undone when read), mu normalised"),
        ]
    if kind is Format.PHOTON_FACTORY:
        labels = photon_factory.table_labels(table)
        axis = (1, "deg")
    elif kind is Format.ASTRA:
        labels, axis = astra.LABELS, (0, "ev")
    else:
        labels = columns.table_labels(table)
        roles = labelled_roles(labels, "")
        axis = (roles.columns.get("energy", (0,))[0], roles.unit)
    return [
        *_table(table.data, labels, given, axis),
        ("time", times.middle_of(table.header) or "not given, or in a way that can be misread"),
    ]


def _table(
    data: FloatArray, labels: Sequence[str], given: Mapping[str, str], axis: tuple[int, str]
) -> Lines:
    """Describe a table; `axis` is the energy column and its unit, as far as labels tell them."""
    candidates = [labelled_roles(labels, mode) for mode in MODES]
    if given:
        candidates = [given_roles(given, labels, data.shape[1], "columns")] * len(MODES)
        axis = (candidates[0].columns.get("energy", (axis[0],))[0], candidates[0].unit or axis[1])
    lines: Lines = [("scans", "1"), ("points", str(data.shape[0]))]
    lines += [("column", line) for line in describe_columns(data, labels)]
    values = data[:, axis[0]]
    unit = axis[1] or _guess_unit(values)
    where = f"column {axis[0] + 1}, {values.min():.6g} to {values.max():.6g} {_UNIT_NAMES[unit]}"
    lines.append(("energy", where + ("" if axis[1] else " (a guess)")))
    if unit in EV_PER_UNIT and np.isfinite(values).all():
        found = _step_ev(to_ev(values, unit, None, ""), _signals(data, labels, candidates, axis[0]))
        lines.append(
            ("nearest edge", f"{nearest_edge(found)}; steepest at {found:.6g} eV (a guess)")
        )
    told = "reference" in labels or any(r.has("reference") or r.has("it", "ir") for r in candidates)
    lines.append(("reference", "yes" if told else "none that a label tells"))
    return lines


def _guess_unit(axis: FloatArray) -> str:
    """Guess from size and direction: scans run upwards in energy, so angles run downwards."""
    if not axis.max() < 100:
        return "ev"
    return "kev" if axis[-1] > axis[0] else "deg"


def _signals(
    data: FloatArray, labels: Sequence[str], candidates: Sequence[Roles], energy: int
) -> list[FloatArray]:
    """Give what may show the edge: absorption where it can be told, else every other column."""
    signals = []
    for mode, roles in zip(MODES, candidates, strict=True):
        with suppress(RawDataError):
            signals.append(absorption(data, labels, roles, mode, "")[0])
    others = np.delete(data, energy, axis=1).T
    return signals or [*others, *(-others)]


def _step_ev(energy_ev: FloatArray, signals: Sequence[FloatArray]) -> float:
    """Give the energy of the rise that stands out most, in units of its signal's own noise."""
    energy_ev, first = np.unique(energy_ev, return_index=True)
    best, found = 0.0, float(np.median(energy_ev))
    for signal in signals:
        values = np.nan_to_num(signal[first])
        at = steepest_ev(energy_ev, values)
        low, high = np.interp((at - 2.5, at + 2.5), energy_ev, values)
        noise = float(np.median(np.abs(np.diff(values)))) if values.size > 1 else 0.0
        if noise > 0 and (high - low) / noise > best:
            best, found = (high - low) / noise, at
    return found


def _outcome(scan: RawScan | FailedScan) -> str:
    if isinstance(scan, FailedScan):
        return f"{scan.label}: {scan.status}: {scan.reason}"
    parts = [
        f"{scan.label}: {scan.energy_ev.size} points",
        f"{scan.energy_ev[0]:.6g} to {scan.energy_ev[-1]:.6g} eV",
        "with reference" if scan.reference_mu is not None else "no reference",
        *scan.flags,
    ]
    return ", ".join(parts)
