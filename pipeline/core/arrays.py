"""Arrays in records: float64, read-only, of a stated shape, in a plausible range."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
ComplexArray = NDArray[np.complex128]


def frozen(values: ArrayLike, ndim: int | None = None) -> FloatArray:
    """Give a read-only float64 array that nobody else can write to.

    Args:
        values: anything numpy takes.
        ndim: the number of dimensions it must have.

    Returns:
        The array itself when it is already read-only float64 (a broadcast view costs no memory),
        else a read-only copy.

    Raises:
        ValueError: another number of dimensions.
    """
    array = np.asarray(values, dtype=np.float64)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"an array of {ndim} dimensions was expected, this one has {array.ndim}")
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def freeze_fields(record: Any, names: Iterable[str], ndim: int) -> None:
    """Replace fields of a frozen dataclass by read-only arrays, in its `__post_init__`."""
    for name in names:
        value = getattr(record, name)
        if value is not None:
            object.__setattr__(record, name, frozen(value, ndim))


def stack_ragged(rows: list[FloatArray]) -> FloatArray:
    """Stack rows of different length into one array, padded with NaN at the end.

    Args:
        rows: 1-D arrays.

    Returns:
        Shape `(len(rows), longest)`; a read-only broadcast view of one row where all are equal.
    """
    if not rows:
        return frozen(np.empty((0, 0)))
    first = rows[0]
    if all(row.shape == first.shape and np.array_equal(row, first) for row in rows[1:]):
        return np.broadcast_to(first, (len(rows), first.size))
    out = np.full((len(rows), max(row.size for row in rows)), np.nan)
    for i, row in enumerate(rows):
        out[i, : row.size] = row
    return frozen(out)
