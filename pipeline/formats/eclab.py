"""EC-Lab text files (`.mpt`) of Bio-Logic potentiostats, parsed by galvani.

Times and dates are in the clock of the computer that ran EC-Lab; decimal commas are understood.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.electrochem import ElectrochemRun

_MAGIC = (b"EC-Lab ASCII FILE", b"BT-Lab ASCII FILE")
_N_HEADER = re.compile(rb"Nb header lines : *(\d+)")
_STARTED = re.compile(r"Acquisition started on : *(\d+)[/.-](\d+)[/.-](\d{4}) +([\d:.]+)")
_MAH_PER_COULOMB = 1 / 3.6


def read_mpt(path: Path) -> ElectrochemRun:
    """Read one `.mpt` file.

    Args:
        path: the file.

    Returns:
        Voltage of the working electrode, charge `(Q-Qo)` and current against time since
        "Acquisition started on".

    Raises:
        RawDataError: no EC-Lab text, damaged, or without time, voltage or start.
    """
    from galvani import MPTfile

    content = _content(path)
    try:
        # galvani asks for this line end, and its default encoding fails on the micro sign.
        data, comments = MPTfile(io.BytesIO(content), encoding="latin-1")
    except (ValueError, IndexError, StopIteration) as error:
        raise RawDataError(
            f"{path.name}: the table of this EC-Lab file cannot be read ({error}). "
            "Export it again as text from EC-Lab."
        ) from error
    data = np.atleast_1d(data)
    names = data.dtype.names or ()
    for name in ("time/s", "Ewe/V"):
        if name not in names:
            raise RawDataError(
                f"{path.name}: this EC-Lab file has no column '{name}', only {', '.join(names)}. "
                "Export it again with that column."
            )
    start = _start(b"".join(comments).decode("latin-1"), path)
    charge = _column(data, "(Q-Qo)/mA.h")
    coulomb = _column(data, "(Q-Qo)/C")
    if charge is None and coulomb is not None:
        charge = coulomb * _MAH_PER_COULOMB
    try:
        return ElectrochemRun(
            start.isoformat(),
            data["time/s"].astype(np.float64),
            voltage_v=_column(data, "Ewe/V"),
            charge_mah=charge,
            current_ma=_column(data, "I/mA"),
        )
    except ValueError as error:
        raise RawDataError(f"{path.name}: {error}.") from error


def read_runs(paths: Sequence[Path]) -> ElectrochemRun:
    """Read one experiment from its file and the files that continue it.

    `(Q-Qo)` begins at zero in every file, so the charge at each file's end is carried on: nothing
    is assumed to have flowed between two files.

    Args:
        paths: `.mpt` files in any order; they are joined in the order of their starts.

    Returns:
        One run; times count from the first start.

    Raises:
        RawDataError: no file, a file that cannot be read, or two files that overlap in time.
    """
    if not paths:
        raise RawDataError("no EC-Lab file was given.")
    parts = sorted(((read_mpt(path), path.name) for path in paths), key=lambda p: p[0].start_iso)
    start = datetime.fromisoformat(parts[0][0].start_iso)
    times, charges = [], []
    end_s, carried_mah = -np.inf, 0.0
    for run, name in parts:
        offset_s = (datetime.fromisoformat(run.start_iso) - start).total_seconds()
        if offset_s < end_s:
            raise RawDataError(
                f"{name}: begins at {run.start_iso}, {end_s - offset_s:.0f} s before the file "
                "before it ends. Files of two channels, or one file twice, are no continuation."
            )
        times.append(run.time_s + offset_s)
        end_s = float(times[-1][-1])
        if run.charge_mah is not None:
            charges.append(run.charge_mah + carried_mah)
            carried_mah = float(charges[-1][-1])
    runs = [run for run, _ in parts]
    return ElectrochemRun(
        parts[0][0].start_iso,
        np.concatenate(times),
        voltage_v=_joined([run.voltage_v for run in runs]),
        charge_mah=np.concatenate(charges) if len(charges) == len(runs) else None,
        current_ma=_joined([run.current_ma for run in runs]),
    )


def is_mpt(path: Path) -> bool:
    """Say whether a file begins as EC-Lab text does."""
    with path.open("rb") as handle:
        return handle.read(64).startswith(_MAGIC)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RawDataError(f"{path.name}: cannot be read ({error.strerror}).") from error
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    n_header = _N_HEADER.match(lines[1]) if len(lines) > 1 else None
    if not (lines[0].startswith(_MAGIC) and n_header):
        raise RawDataError(
            f"{path.name}: no EC-Lab text: it begins with '{lines[0][:40].decode('latin-1')}', "
            "not with 'EC-Lab ASCII FILE' and the number of header lines. "
            "A binary .mpr is exported as text from EC-Lab."
        )
    n_rows = sum(1 for line in lines[int(n_header[1]) :] if line.strip())
    if not n_rows:
        raise RawDataError(f"{path.name}: the EC-Lab file has a header and no row of data.")
    return b"\r\n".join(lines)


def _start(header: str, path: Path) -> datetime:
    """EC-Lab writes month/day/year; where that is no date, the day stands first."""
    if match := _STARTED.search(header):
        first, second, year = (int(match[i]) for i in (1, 2, 3))
        for month, day in ((first, second), (second, first)):
            try:
                midnight = datetime(year, month, day)
                hours, minutes, seconds = (float(part) for part in match[4].split(":"))
            except ValueError:
                continue
            return midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    raise RawDataError(
        f"{path.name}: the header does not say 'Acquisition started on : month/day/year h:m:s', "
        "so its rows have no time of day. Export it again with the full header."
    )


def _column(data: NDArray[np.void], name: str) -> FloatArray | None:
    return data[name].astype(np.float64) if name in (data.dtype.names or ()) else None


def _joined(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None
