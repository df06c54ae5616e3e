"""Which reader takes a file, told by its content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.ms.read import quadera, stare, table
from pipeline.ms.read.text import read_lines
from pipeline.ms.records import GasRun, MassCurve


def read_run(path: Path, date_order: str | None = None) -> GasRun:
    """Read a file of a mass spectrometer or thermobalance.

    Args:
        path: Pfeiffer Quadera `.asc`, Mettler Toledo STARe `.txt`, or plain CSV.
        date_order: `day_first` or `month_first` for dates that can be read in two ways.

    Raises:
        RawDataError: no reader knows it, or what it holds makes no sense.
    """
    lines = read_lines(path)
    if quadera.is_quadera(lines):
        return quadera.read(path, lines, date_order)
    if stare.is_stare(lines):
        return stare.read(path, lines)
    if table.is_table(lines):
        return table.read(path, lines)
    raise RawDataError(
        f"{path.name}: no file of a gas analysis. Read are Pfeiffer Quadera (`Time Relative [s]` in "
        "the header), Mettler Toledo STARe (`Curve Values:`), and CSV whose header names `time_s` or "
        f"`time_iso` and `mz_32`, `temperature_c` or `mass_mg`. Its first line is '{lines[0][:60]}'."
    )


def read_beside(paths: Sequence[Path]) -> MassCurve | None:
    """Read the sidecar of a mass spectrum: temperature, and mass where there is one.

    Raises:
        RawDataError: more than one file, or a file that holds neither.
    """
    if not paths:
        return None
    if len(paths) > 1:
        raise RawDataError(
            f"{len(paths)} sidecar files ({', '.join(p.name for p in paths)}): give the one of the "
            "thermobalance or oven."
        )
    found = read_run(paths[0]).mass
    if found is None:
        raise RawDataError(
            f"{paths[0].name}: a sidecar of a mass spectrum holds `temperature_c` or `mass_mg`, "
            "and no mass spectrum of its own."
        )
    return found


def describe(path: Path, dataset: Dataset | None = None) -> list[tuple[str, str]]:
    """Describe a file for `inspect`.

    Raises:
        RawDataError: no reader knows it.
    """
    del dataset
    run = read_run(path)
    told = [("format", run.format)]
    if run.channel:
        named = (f"{c} ({n})" for c, n in zip(run.channel, run.label, strict=True))
        told += [
            ("channels", ", ".join(named)),
            ("points", str(int(np.isfinite(run.time_s).sum(axis=1).max()))),
            ("time", f"{np.nanmin(run.time_s):.1f} to {np.nanmax(run.time_s):.1f} s"),
        ]
    if run.mass is not None:
        told.append(("rows", str(run.mass.time_s.size)))
        for what, unit, values in (
            ("temperature", "C", run.mass.temperature_c),
            ("mass", "mg", run.mass.mass_mg),
        ):
            if np.isfinite(values).any():
                told.append((what, f"{np.nanmin(values):.4g} to {np.nanmax(values):.4g} {unit}"))
    if run.start_iso:
        told.append(("start", run.start_iso))
    elif run.mass is not None and run.mass.stamp_iso:
        told.append(("dated", f"{run.mass.stamp_iso} (start or end of the run)"))
    return [*told, *(("remark", text) for text in run.remarks)]
