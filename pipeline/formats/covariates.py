"""What is known beside each scan: time, voltage, charge, temperature, cycle."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import Covariates
from pipeline.core.options import SidecarOptions
from pipeline.core.study import Dataset
from pipeline.formats.electrochem import ElectrochemRun


def join(
    time_iso: tuple[str, ...],
    run: ElectrochemRun | None,
    dataset: Dataset,
    options: SidecarOptions,
) -> tuple[Covariates, tuple[bool, ...]]:
    """Give the covariates of a series, from its sidecar and from its row of the table.

    Voltage, charge and temperature are interpolated linearly at each scan's time; beyond the
    run's ends, but within `max_gap_s`, they are those of its first or last row. The cycle is
    that of the row before. What the sidecar does not record comes from the data-set table.

    Args:
        time_iso: middle of each scan, ISO 8601, or '' where the file does not say it. A time
            zone is passed over: both clocks are taken as they stand on the wall.
        run: the sidecar, or None. Without a start of its own it begins with the first scan.
        dataset: its `cycle`, `temperature_c`, `voltage_v`, `time_s` hold for every scan.
        options: `clock_offset_s` is added to the scans' times, `max_gap_s` is how far from any
            row of the sidecar a scan may be.

    Returns:
        The covariates `(n_scans,)`, and whether each scan was found in the sidecar: False where
        it has no time or lies too far from any row; True throughout where there is no sidecar.
        `time_s` counts from the run's start, or from the first scan that has a time.
    """
    n_scans = len(time_iso)
    clock_s, first_scan = _seconds(time_iso)
    if run is None:
        time_s = _repeated(dataset.time_s, n_scans) if dataset.time_s is not None else clock_s
        return _from_table(dataset, n_scans, time_s), (True,) * n_scans
    start_s = 0.0
    if run.start_iso and first_scan is not None:
        start_s = (first_scan - _wall_clock(run.start_iso)).total_seconds()
    time_s = clock_s + start_s + options.clock_offset_s
    matched = _gap_s(time_s, run.time_s) <= options.max_gap_s
    table = _from_table(dataset, n_scans, time_s)

    def looked_up(values: FloatArray | None, otherwise: FloatArray) -> FloatArray:
        if values is None:
            return otherwise
        return np.where(matched, _interpolated(time_s, run.time_s, values), np.nan)

    cycle = table.cycle
    if run.cycle is not None:
        cycle = np.where(matched, _row_before(time_s, run.time_s, run.cycle), np.nan)
    found = Covariates(
        cycle=cycle,
        temperature_c=looked_up(run.temperature_c, table.temperature_c),
        voltage_v=looked_up(run.voltage_v, table.voltage_v),
        time_s=time_s,
        charge_mah=looked_up(run.charge_mah, table.charge_mah),
    )
    return found, tuple(bool(m) for m in matched)


def _from_table(dataset: Dataset, n_scans: int, time_s: FloatArray) -> Covariates:
    return Covariates(
        cycle=_repeated(dataset.cycle, n_scans),
        temperature_c=_repeated(dataset.temperature_c, n_scans),
        voltage_v=_repeated(dataset.voltage_v, n_scans),
        time_s=time_s,
        charge_mah=_repeated(None, n_scans),
    )


def _repeated(value: float | None, n_scans: int) -> FloatArray:
    return np.full(n_scans, np.nan if value is None else value)


def _wall_clock(time_iso: str) -> datetime:
    return datetime.fromisoformat(time_iso).replace(tzinfo=None)


def _seconds(time_iso: tuple[str, ...]) -> tuple[FloatArray, datetime | None]:
    """Give seconds since the first scan that has a time, NaN where a scan has none."""
    moments = [_wall_clock(text) if text else None for text in time_iso]
    first = next((moment for moment in moments if moment is not None), None)
    seconds = [
        (moment - first).total_seconds() if moment is not None and first is not None else np.nan
        for moment in moments
    ]
    return np.array(seconds, dtype=np.float64), first


def _gap_s(time_s: FloatArray, rows_s: FloatArray) -> FloatArray:
    """Give the distance of each time to the nearest row; infinite where there is no time."""
    after = np.clip(np.searchsorted(rows_s, time_s), 1, max(rows_s.size - 1, 1))
    nearest = np.minimum(
        np.abs(time_s - rows_s[after - 1]),
        np.abs(time_s - rows_s[np.minimum(after, rows_s.size - 1)]),
    )
    return np.where(np.isfinite(nearest), nearest, np.inf)


def _interpolated(time_s: FloatArray, rows_s: FloatArray, values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    if not known.any():
        return np.full(time_s.shape, np.nan)
    return np.interp(time_s, rows_s[known], values[known])


def _row_before(time_s: FloatArray, rows_s: FloatArray, values: FloatArray) -> FloatArray:
    """Cycles are counted, not interpolated: cycle 1.5 does not exist."""
    before = np.searchsorted(rows_s, time_s, side="right") - 1
    return values[np.clip(before, 0, rows_s.size - 1)]
