"""The door that every scan passes, whatever file it came from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read.edges import edge_energy_ev, nearest_edge, steepest_ev
from pipeline.xas.read.energy import RADIANS_PER_UNIT, to_ev
from pipeline.xas.records import FailedScan, Flag, RawScan, ScanStatus

MIN_POINTS = 20
BELOW_EDGE_EV = 5.0
ABOVE_EDGE_EV = 10.0
MISCALIBRATION_EV = 30.0
MAX_TOTAL_ABSORPTION = 3.0

# d-spacings in angstrom of common monochromators, to recognise an axis of angles.
_CRYSTALS = {"Si(111)": 3.1356, "Si(220)": 1.9202, "Si(311)": 1.6375, "Ge(111)": 3.2664}


def admit(scan: RawScan, dataset: Dataset) -> RawScan | FailedScan:
    """Check a scan as read, and put its energies in strictly ascending order.

    Args:
        scan: energies and absorption `(n,)`, in any order.
        dataset: says which element, edge and mode to expect.

    Returns:
        The scan, sorted and with repeated energies averaged, each told by a flag; or a failed
        scan with the reason.

    Raises:
        RawDataError: the data set's element or edge does not exist.
    """
    problem = _claim_problem(scan, dataset) or _number_problem(scan)
    if problem is None:
        scan = _sorted(scan)
        problem = _energy_problem(scan, dataset)
    if problem is None and scan.energy_ev.size < MIN_POINTS:
        problem = (
            ScanStatus.TOO_SHORT,
            f"{scan.energy_ev.size} points at different energies; at least {MIN_POINTS} are needed.",
        )
    if problem is not None:
        return FailedScan(scan.source_file, scan.label, *problem)
    if _is_too_thick(scan, dataset.mode):
        scan = replace(scan, flags=(*scan.flags, Flag.TOTAL_ABSORPTION_HIGH))
    return scan


def spans_edge(low_ev: float, high_ev: float, edge_ev: float) -> bool:
    """Say whether a scan from `low_ev` to `high_ev` holds an edge, allowing a wrong calibration."""
    return (
        low_ev < edge_ev - BELOW_EDGE_EV + MISCALIBRATION_EV
        and high_ev > edge_ev + ABOVE_EDGE_EV - MISCALIBRATION_EV
        and high_ev - low_ev > BELOW_EDGE_EV + ABOVE_EDGE_EV
    )


Problem = tuple[ScanStatus, str]


def _claim_problem(scan: RawScan, dataset: Dataset) -> Problem | None:
    """A file may say `L` where the table says `L3`; any other difference is a mistake in one."""
    wrong_element = scan.element and dataset.element and scan.element != dataset.element
    wrong_edge = scan.edge and dataset.edge and not dataset.edge.startswith(scan.edge)
    if not (wrong_element or wrong_edge):
        return None
    claimed = " ".join(part for part in (scan.element, scan.edge) if part)
    return ScanStatus.BAD_ENERGY, (
        f"the file says that it is {claimed}, the data-set table says {dataset.element} "
        f"{dataset.edge}. Correct `element` and `edge`, or the file."
    )


def _number_problem(scan: RawScan) -> Problem | None:
    """NaN or infinity in energy or mu. A broken reference was already put aside by its reader."""
    bad = ~(np.isfinite(scan.energy_ev) & np.isfinite(scan.mu))
    if not bad.any():
        return None
    return ScanStatus.NOT_FINITE, (
        f"{np.count_nonzero(bad)} of {bad.size} points are NaN or infinite in energy or "
        f"absorption, first at row {int(np.argmax(bad)) + 1} of the data."
    )


def _sorted(scan: RawScan) -> RawScan:
    """Give the scan with strictly ascending energies."""
    steps = np.diff(scan.energy_ev)
    reference = scan.reference_mu
    flags = scan.flags
    if reference is not None and not np.isfinite(reference).all():
        reference, flags = None, (*flags, Flag.NO_REFERENCE)
    if (steps > 0).all():
        return replace(scan, reference_mu=reference, flags=flags)
    if (steps < 0).any():
        flags = (*flags, Flag.ENERGY_SORTED)
    energy_ev, group, count = np.unique(scan.energy_ev, return_inverse=True, return_counts=True)
    if energy_ev.size < scan.energy_ev.size:
        flags = (*flags, Flag.DUPLICATE_ENERGIES_MERGED)

    def mean(values: FloatArray) -> FloatArray:
        return np.bincount(group, weights=values) / count

    return replace(
        scan,
        energy_ev=energy_ev,
        mu=mean(scan.mu),
        reference_mu=None if reference is None else mean(reference),
        flags=flags,
    )


def _energy_problem(scan: RawScan, dataset: Dataset) -> Problem | None:
    if not (dataset.element and dataset.edge):
        raise RawDataError(
            f"data set '{dataset.name}': `element` and `edge` are needed to check the energies."
        )
    edge_ev = edge_energy_ev(dataset.element, dataset.edge)
    low, high = float(scan.energy_ev[0]), float(scan.energy_ev[-1])
    if high - low < 1e-6 * abs(high):
        return ScanStatus.NO_EDGE, (
            f"the energy stands still at {low:.6g}: this is a scan of something else, such as time "
            "or place."
        )
    if low > 0 and spans_edge(low, high, edge_ev):
        return _cut_off(scan, edge_ev)
    found = f"the energy axis runs from {low:.6g} to {high:.6g}"
    wanted = f"the {dataset.element} {dataset.edge} edge at {edge_ev:.6g} eV"
    if guess := looks_like(low, high, edge_ev):
        return ScanStatus.BAD_ENERGY, f"{found}; {wanted} was expected. It looks like {guess}"
    if low <= 0 or high < 100:
        return ScanStatus.BAD_ENERGY, f"{found}, which cannot be eV; {wanted} was expected."
    nearest = nearest_edge(steepest_ev(scan.energy_ev, scan.mu))
    return ScanStatus.NO_EDGE, (
        f"{found} eV and does not hold {wanted} (it must begin below {edge_ev - BELOW_EDGE_EV:.6g} "
        f"and end above {edge_ev + ABOVE_EDGE_EV:.6g} eV, give or take {MISCALIBRATION_EV:g} eV). "
        f"The tabulated edge nearest to its steepest rise is {nearest}."
    )


def _cut_off(scan: RawScan, edge_ev: float) -> Problem | None:
    """Refuse a scan that holds its edge only if its energies are wrong, and shows none within itself."""
    low, high = float(scan.energy_ev[0]), float(scan.energy_ev[-1])
    if low < edge_ev - BELOW_EDGE_EV and high > edge_ev + ABOVE_EDGE_EV:
        return None
    rise_ev = steepest_ev(scan.energy_ev, scan.mu)
    if low + BELOW_EDGE_EV < rise_ev < high - ABOVE_EDGE_EV:
        return None
    side = "ends below" if high <= edge_ev + ABOVE_EDGE_EV else "begins above"
    return ScanStatus.NO_EDGE, (
        f"the scan runs from {low:.6g} to {high:.6g} eV and {side} its edge at {edge_ev:.6g} eV; it is "
        f"steepest at {rise_ev:.6g} eV. It was broken off, or is of another edge."
    )


def looks_like(low: float, high: float, edge_ev: float) -> str:
    """Say what an axis would be if it held the edge in another unit, and what to do; or ''.

    Args:
        low: least value of the axis.
        high: greatest value of the axis.
        edge_ev: the edge that should be there, in eV.
    """
    if _could_be_scan(1e3 * low, 1e3 * high, edge_ev):
        return (
            "keV: for a file of columns write `unit=kev` after the columns, such as "
            "`energy=1 i0=2 it=3 unit=kev`; else convert the file to eV."
        )
    for crystal, spacing in _CRYSTALS.items():
        for unit, radians in RADIANS_PER_UNIT.items():
            if not 0 < low * radians < high * radians < np.pi / 2:
                continue
            ends = to_ev(np.array([high, low]), unit, spacing, "")
            if _could_be_scan(float(ends[0]), float(ends[1]), edge_ev):
                return (
                    f"the Bragg angle of a {crystal} monochromator in {unit}: for a file of "
                    f"columns write `unit={unit} d_spacing={spacing}` after the columns, such as "
                    f"`energy=1 i0=2 it=3 unit={unit} d_spacing={spacing}`; else convert it to eV."
                )
    return ""


def _could_be_scan(low_ev: float, high_ev: float, edge_ev: float) -> bool:
    """Numbers from 0 to 80, say, hold every edge when taken for keV; a scan stays near its own."""
    near = 0.3 * edge_ev < low_ev < high_ev < 4 * edge_ev
    return near and spans_edge(low_ev, high_ev, edge_ev)


def _is_too_thick(scan: RawScan, mode: str) -> bool:
    """Say whether the total absorption is surely above 3.

    The level of `ln(I0/It)` depends on the gains of two amplifiers, so it says nothing; the
    difference between two of its points does not. The absorption at the top of the scan is at
    least what it lies above the bottom, so a span above 3 proves a total above 3; a smaller span
    proves nothing. Fluorescence and normalised data have no such scale.
    """
    if mode != "transmission" or scan.is_normalised:
        return False
    low, high = np.percentile(scan.mu, (1, 99))
    return bool(high - low > MAX_TOTAL_ABSORPTION)
