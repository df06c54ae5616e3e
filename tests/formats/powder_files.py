"""Small files of powder patterns, written by the tests."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.formats.powder import Pattern, read_patterns

ANGLES = 10 + 0.02 * np.arange(100)
COUNTS = np.round(50 + 400 * np.exp(-0.5 * ((ANGLES - 11) / 0.1) ** 2))


def rows(*columns: np.ndarray, separator: str = " ", decimals: int = 4) -> str:
    cells = zip(*columns, strict=True)
    return "".join(separator.join(f"{v:.{decimals}f}" for v in row) + "\n" for row in cells)


def read(
    folder: Path,
    content: str | bytes,
    columns: Mapping[str, str] | None = None,
    select: str = "",
    wavelength_angstrom: float = np.nan,
    name: str = "scan.bin",
) -> list[Pattern]:
    """Write a file under a name that says nothing, and read it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_patterns(path, name, select, columns or {}, wavelength_angstrom)


def read_one(folder: Path, content: str | bytes, **kwargs: object) -> Pattern:
    [pattern] = read(folder, content, **kwargs)  # type: ignore[arg-type]
    return pattern
