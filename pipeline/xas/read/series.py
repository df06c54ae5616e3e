"""All files of a data set as one series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.arrays import FloatArray, stack_ragged
from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read.dispatch import read_scans
from pipeline.xas.records import FailedScan, RawScan, RawSeries, ScanStatus

_NOTHING: FloatArray = np.empty(0)


def read_series(dataset: Dataset, files: Sequence[tuple[Path, str]]) -> RawSeries:
    """Read the files of a data set, in the order given.

    Args:
        dataset: the row of the data-set table.
        files: each file and its path relative to the raw folder.

    Returns:
        The series, `(n_scans, n_points)`: shorter scans end in NaN, failed ones are NaN. A file
        that cannot be read is one failed scan and costs only itself.
    """
    scans: list[RawScan | FailedScan] = []
    for path, source_file in files:
        try:
            scans += read_scans(path, source_file, dataset)
        except RawDataError as error:
            scans.append(
                FailedScan(source_file, Path(source_file).stem, ScanStatus.UNREADABLE, str(error))
            )
    good = [scan if isinstance(scan, RawScan) else None for scan in scans]
    return RawSeries(
        dataset=dataset.name,
        element=dataset.element,
        edge=dataset.edge,
        mode=dataset.mode,
        source_file=tuple(scan.source_file for scan in scans),
        label=tuple(scan.label for scan in scans),
        energy_ev=stack_ragged([scan.energy_ev if scan else _NOTHING for scan in good]),
        mu=stack_ragged([scan.mu if scan else _NOTHING for scan in good]),
        reference_mu=stack_ragged([_reference(scan) for scan in good]),
        file_shift_ev=np.array([scan.file_shift_ev if scan else np.nan for scan in good]),
        time_iso=tuple(scan.time_iso if scan else "" for scan in good),
        is_normalised=tuple(scan.is_normalised if scan else False for scan in good),
        status=tuple(ScanStatus.OK if isinstance(s, RawScan) else s.status for s in scans),
        reason=tuple("" if isinstance(s, RawScan) else s.reason for s in scans),
        flags=tuple(scan.flags if scan else () for scan in good),
    )


def _reference(scan: RawScan | None) -> FloatArray:
    if scan is None:
        return _NOTHING
    return np.full(scan.mu.shape, np.nan) if scan.reference_mu is None else scan.reference_mu
