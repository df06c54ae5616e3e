"""Status, reason and flags of the scans of a series, while one step is at work on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.core.arrays import BoolArray
from pipeline.xas.records import Flag, Flags, ScanStatus


class Verdicts:
    """What became of each scan so far. The first failure of a scan stands; flags add up."""

    def __init__(
        self, status: Sequence[ScanStatus], reason: Sequence[str], flags: Sequence[Flags]
    ) -> None:
        self._status = list(status)
        self._reason = list(reason)
        self._flags = list(flags)
        self.ok: BoolArray = np.array([s is ScanStatus.OK for s in status], dtype=np.bool_)

    def fail(
        self, scans: BoolArray, status: ScanStatus, reason: str | Callable[[int], str]
    ) -> BoolArray:
        """Fail those of the scans `(n,)` that were good so far, with a reason, or with one for each.

        Returns:
            The scans that failed now, `(n,)`.
        """
        failed = scans & self.ok
        for i in np.flatnonzero(failed):
            self._status[i] = status
            self._reason[i] = reason if isinstance(reason, str) else reason(int(i))
        self.ok = self.ok & ~failed
        return failed

    def flag(self, scans: BoolArray, flag: Flag) -> None:
        """Add a remark to some scans `(n,)`, once."""
        for i in np.flatnonzero(scans):
            if flag not in self._flags[i]:
                self._flags[i] = (*self._flags[i], flag)

    @property
    def status(self) -> tuple[ScanStatus, ...]:
        """Status of each scan."""
        return tuple(self._status)

    @property
    def reason(self) -> tuple[str, ...]:
        """Reason of each failure, '' for a good scan."""
        return tuple(self._reason)

    @property
    def flags(self) -> tuple[Flags, ...]:
        """Flags of each scan."""
        return tuple(self._flags)
