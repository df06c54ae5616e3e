"""What a reader sees in a file, for `python -m pipeline inspect`; guesses are called guesses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.study import Dataset
from pipeline.xas.options import MODES
from pipeline.xas.read import athena, columns, extranormal, xdi
from pipeline.xas.read.dispatch import Format, read_scans, sniff
from pipeline.xas.read.edges import nearest_edge, steepest_ev
from pipeline.xas.read.energy import known_unit, to_ev
from pipeline.xas.read.roles import labelled_roles
from pipeline.xas.read.source import read_text
from pipeline.xas.read.table import describe_columns, find_table
from pipeline.xas.records import FailedScan, RawScan

Lines = list[tuple[str, str]]
_EDGE_NEAR_EV = 60.0


def describe(path: Path, dataset: Dataset | None = None) -> Lines:
    """Describe a file of X-ray absorption scans.

    Args:
        path: the file.
        dataset: where given, how its reader takes each scan is added.

    Returns:
        Pairs of key and text, to be printed in this order; a key may come several times.

    Raises:
        RawDataError: the file holds no scan that can be read.
    """
    text = read_text(path, path.name)
    kind = sniff(text, path.name)
    lines: Lines = [("format", kind)]
    if kind is Format.ATHENA:
        lines += _athena(athena.parse(text, path.name))
    elif kind is Format.XDI:
        lines += _xdi(xdi.parse(text, path.name))
    else:
        lines += _text(text, path.name, kind)
    if dataset is not None:
        lines += [("reads as", _outcome(s)) for s in read_scans(path, path.name, dataset)]
    return lines


def _athena(groups: Sequence[athena.Group]) -> Lines:
    lines: Lines = [("groups", str(len(groups)))]
    for group in groups:
        role = "reference, " if group.is_reference else ""
        linked = ", has a reference" if group.links and not group.is_reference else ""
        order = np.argsort(group.x, kind="stable")
        x, y = group.x[order], group.y[order]
        near = f", steepest near {_edge(steepest_ev(x, y))}" if group.holds_mu else ""
        lines.append(
            (
                "group",
                f"{group.label}: {role}{group.kind}, {group.element} {group.edge}, {x.size} points, "
                f"{x[0]:.6g} to {x[-1]:.6g} eV, maker's shift {group.shift_ev:g} eV{linked}{near}",
            )
        )
    return lines


def _xdi(file: xdi.XdiFile) -> Lines:
    lower = [label.lower() for label in file.labels]
    energy = next((lower.index(name) for name in ("energy", "angle") if name in lower), 0)
    spacing = file.fields.get("mono.d_spacing", "not given")
    claimed = (file.fields.get(f"element.{key}", "?") for key in ("symbol", "edge"))
    return [
        ("version", " ".join((file.version, file.extra_version)).strip()),
        *_table(file.data, file.labels, energy, known_unit(file.units[energy])),
        ("says it is", " ".join(claimed)),
        ("d-spacing", spacing),
        ("time", xdi.middle_time(file.fields) or "not given"),
        *(("warning", warning) for warning in file.warnings),
    ]


def _text(text: str, name: str, kind: Format) -> Lines:
    table = find_table(text, name)
    if kind is Format.EXTRANORMAL:
        shift_ev = extranormal.shift(table.header, name)
        labels = extranormal.table_labels(table.header)
        return [
            *_table(table.data, labels, 0, "ev"),
            ("time", extranormal.middle_time(table.header) or "not given"),
            ("maker", f"energies shifted by {shift_ev:g} eV (undone when read), mu normalised"),
        ]
    labels = columns.table_labels(table)
    roles = labelled_roles(labels, "")
    energy = roles.columns.get("energy", (0,))[0]
    return [
        *_table(table.data, labels, energy, roles.unit),
        ("time", columns.start_time(table.header) or "not given in ISO 8601"),
    ]


def _table(data: FloatArray, labels: Sequence[str], energy: int, unit: str) -> Lines:
    lines: Lines = [("scans", "1"), ("points", str(data.shape[0]))]
    lines += [("column", line) for line in describe_columns(data, labels)]
    axis = data[:, energy]
    said = bool(unit)
    unit = unit or _guess_unit(axis)
    where = f"column {energy + 1}, {axis.min():.6g} to {axis.max():.6g} {unit}"
    lines.append(("energy", where + ("" if said else " (a guess)")))
    if unit in ("ev", "kev"):
        steepest = _steepest_of_any(to_ev(axis, unit, None, ""), np.delete(data, energy, axis=1))
        lines.append(("nearest edge", f"{_edge(steepest)} (a guess)"))
    known = {role for mode in MODES for role in labelled_roles(labels, mode).columns}
    has_reference = "reference" in known or "reference" in labels or {"it", "ir"} <= known
    lines.append(("reference", "yes" if has_reference else "none that its label tells"))
    return lines


def _guess_unit(axis: FloatArray) -> str:
    """Guess from size and direction: scans run upwards in energy, so angles run downwards."""
    if axis.max() > 100:
        return "ev"
    return "kev" if axis[-1] > axis[0] else "deg"


def _steepest_of_any(energy_ev: FloatArray, signals: FloatArray) -> float:
    """Give the energy of the step that stands out most from the other steps of its column."""
    energy_ev, first = np.unique(energy_ev, return_index=True)
    best, found = 0.0, float(np.median(energy_ev))
    for signal in np.nan_to_num(signals[first].T):
        for values in (signal, -signal):
            at = steepest_ev(energy_ev, values)
            rises = np.abs(np.diff(np.interp(energy_ev, energy_ev, values)))
            around = np.interp((at - 2.5, at + 2.5), energy_ev, values)
            score = float(around[1] - around[0]) / (float(np.median(rises)) + 1e-300)
            if np.ptp(values) > 0 and score > best:
                best, found = score, at
    return found


def _edge(energy_ev: float) -> str:
    element, edge, tabulated_ev = nearest_edge(energy_ev)
    if abs(tabulated_ev - energy_ev) > _EDGE_NEAR_EV:
        return f"{energy_ev:.6g} eV, no tabulated edge"
    return f"{element} {edge} {tabulated_ev:.6g} eV"


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
