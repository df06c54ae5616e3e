"""Numbers at stated places of a binary file, little-endian, refused where the file ends before them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.counts import checked, counted
from pipeline.formats.powder.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Bytes:
    """Content of a file and its name in messages."""

    data: bytes
    source: str

    def numbers(self, layout: str, at: int) -> tuple[Any, ...]:
        """Numbers of a `struct` layout from byte `at`.

        Raises:
            RawDataError: the file ends before them.
        """
        self._reach(at, struct.calcsize("<" + layout))
        return struct.unpack_from("<" + layout, self.data, at)

    def text(self, at: int, length: int) -> str:
        """Text of a field that ends with its first zero byte; beyond ASCII it is taken as latin-1.

        Raises:
            RawDataError: the file ends before it.
        """
        self._reach(at, length)
        return self.data[at : at + length].split(b"\0")[0].decode("latin-1").strip()

    def column(self, kind: Literal["f4", "u4"], count: int, at: int, record: int) -> FloatArray:
        """First number of each of `count` records of `record` bytes `(count,)`.

        Raises:
            RawDataError: the file ends before them.
        """
        self._reach(at, count * record)
        table = np.frombuffer(self.data, "u1", count * record, at).reshape(count, record)
        with np.errstate(invalid="ignore"):  # a NaN of a damaged file is refused by `counted`
            return np.ascontiguousarray(table[:, :4]).view("<" + kind)[:, 0].astype(np.float64)

    def _reach(self, at: int, length: int) -> None:
        if at < 0 or length < 0 or at + length > len(self.data):
            raise RawDataError(
                f"{self.source}: the file ends at byte {len(self.data)}, but {length} bytes from {at} "
                "belong to it. It was cut short or damaged; copy it again from the instrument."
            )


@dataclass(frozen=True, slots=True)
class Range:
    """A scan of equal steps: angles in deg, and where its `count` records of `record` bytes begin."""

    start_deg: float
    step_deg: float
    count: int
    at: int
    record: int = 4
    kind: Literal["f4", "u4"] = "f4"
    label: str = ""

    @property
    def end(self) -> int:
        """First byte behind the records."""
        return self.at + self.count * self.record

    def pattern(self, raw: Bytes, name: str) -> Pattern:
        """Angles and counts of the range, without anything else that a header says.

        Raises:
            RawDataError: the file ends before the records do, or they make no sense as counts.
        """
        source = f"{raw.source}, {self.label}" if self.label else raw.source
        got = counted(raw.column(self.kind, self.count, self.at, self.record), source)
        with np.errstate(over="ignore", invalid="ignore"):  # senseless steps fail in `checked`
            angles = self.start_deg + self.step_deg * np.arange(self.count, dtype=np.float64)
        made = Pattern(
            raw.source,
            self.label,
            name,
            angles,
            got.intensity_counts,
            got.sigma_counts,
            got.is_counts,
            remarks=got.remarks,
        )
        return checked(made, source)
