"""From the columns of a table to a scan: energy, absorption of the sample, absorption of the foil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.core.study import Dataset
from pipeline.xas.options import MODES
from pipeline.xas.read.energy import to_ev
from pipeline.xas.read.roles import COUNTS, Roles
from pipeline.xas.read.table import describe_columns
from pipeline.xas.records import FailedScan, Flag, Flags, RawScan, ScanStatus


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of a scan beside its numbers; the names are those of `RawScan`."""

    source_file: str
    label: str
    time_iso: str = ""
    element: str = ""
    edge: str = ""


def to_scan(
    data: FloatArray, labels: Sequence[str], roles: Roles, facts: Facts, dataset: Dataset
) -> RawScan | FailedScan:
    """Make a scan of a table: energy in eV, absorption by the data set's mode, reference.

    Args:
        data: `(n_rows, n_columns)`.
        labels: of the columns, for messages.
        roles: what the columns are.
        facts: everything else that the file says of the scan.
        dataset: names the mode.

    Returns:
        The scan; a failed one where the intensities have no logarithm.

    Raises:
        RawDataError: the columns for this mode were not given or recognised.
    """
    source = facts.source_file
    if not roles.has("energy"):
        raise _missing("the energy", data, labels, source)
    energy_ev = to_ev(
        roles.values("energy", data), roles.unit or "ev", roles.d_spacing_angstrom, source
    )
    reference = _reference(data, roles)
    flags: Flags = ()
    if reference is not None and not np.isfinite(reference).all():
        # The scan itself is good: it only loses its reference, and says so.
        flags = (Flag.NO_REFERENCE,)
        reference = None if dataset.mode != "reference" else reference
    if dataset.mode == "reference":
        if reference is None:
            raise _missing("the reference", data, labels, source)
        mu, problem = reference, "reference"
    else:
        mu, problem = absorption(data, labels, roles, dataset.mode, source)
    n_bad = int(np.count_nonzero(~np.isfinite(mu)))
    if n_bad:
        return FailedScan(
            source,
            facts.label,
            ScanStatus.NOT_FINITE,
            f"{n_bad} of {mu.size} points have no absorption: {problem}, "
            f"first at row {int(np.argmin(np.isfinite(mu))) + 1} of the data. Look for a lost beam, an "
            "amplifier out of its range, or wrong `columns`.",
        )
    return RawScan(
        source,
        facts.label,
        energy_ev,
        mu,
        reference_mu=reference,
        time_iso=facts.time_iso,
        element=facts.element,
        edge=facts.edge,
        flags=flags,
        is_normalised=roles.is_normalised,
    )


def absorption(
    data: FloatArray, labels: Sequence[str], roles: Roles, mode: str, source: str
) -> tuple[FloatArray, str]:
    """Give the sample's absorption `(n,)`, NaN where there is none, and what a NaN would mean.

    Raises:
        RawDataError: the columns for this mode were not given or recognised.
    """
    if mode not in COUNTS:
        raise RawDataError(f"{source}: unknown mode '{mode}'.{did_you_mean(mode, MODES)}")
    if roles.has("mu"):
        return roles.values("mu", data), "mu is NaN or infinite"
    if not roles.has(*COUNTS[mode]):
        missing = _missing(f"mu, or {' and '.join(COUNTS[mode])},", data, labels, source)
        raise RawDataError(f"{missing}{_other_mode(roles, mode)}")
    top, bottom = (roles.values(role, data) for role in COUNTS[mode])
    if mode == "transmission":
        return _log_ratio(top, bottom), "i0 or it is zero, negative or not finite"
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom), "i0 is zero or not finite"


def _reference(data: FloatArray, roles: Roles) -> FloatArray | None:
    if roles.has("reference"):
        return roles.values("reference", data)
    if roles.has("it", "ir"):
        return _log_ratio(roles.values("it", data), roles.values("ir", data))
    return None


def _log_ratio(before: FloatArray, after: FloatArray) -> FloatArray:
    """Give `ln(before / after)`, NaN where there is none.

    Amplifiers of inverted polarity write negative currents throughout: that is a fine scan.
    A current that only here and there is negative is a lost beam, whatever the other one does.
    """
    if (before < 0).all() and (after < 0).all():
        before, after = -before, -after
    good = (before > 0) & (after > 0)
    ratio = np.full(before.shape, np.nan)
    np.divide(before, after, out=ratio, where=good)
    return np.asarray(np.log(ratio))


def _other_mode(roles: Roles, mode: str) -> str:
    """Say where the labels tell another mode than the data set has."""
    told = [other for other, counts in COUNTS.items() if other != mode and roles.has(*counts)]
    return f" Its labels tell {told[0]}: is the mode '{mode}' right?" if told else ""


def _missing(what: str, data: FloatArray, labels: Sequence[str], source: str) -> RawDataError:
    listed = "\n  ".join(describe_columns(data, labels))
    return RawDataError(
        f"{source}: cannot tell which column holds {what} from its labels.\n"
        f"Its columns, by number, label and range:\n  {listed}\n"
        "Name them in the column `columns` of the data-set table by number or label, such as "
        "`energy=1 i0=2 it=3 ir=4`, `energy=1 i0=2 if=7+8+9` or `energy=1 mu=2 reference=3`, "
        "and `unit=kev` where the energy is not in eV."
    )
