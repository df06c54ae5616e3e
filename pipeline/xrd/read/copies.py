"""Frames that are held twice: no counter gives the same counts at every point again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipeline.core.arrays import FloatArray
from pipeline.xrd.read.frame import Failed, Frame


def copies(frames: Sequence[Frame | Failed]) -> tuple[str, ...]:
    """Say of each frame which earlier one has the same angles and intensities, point by point; '' for none.

    It stays in the series, for nothing is lost by it but its weight is counted twice.
    """
    seen: dict[tuple[str, str], int] = {}
    remarks = []
    for i, frame in enumerate(frames):
        if isinstance(frame, Failed):
            remarks.append("")
            continue
        found = frame.pattern
        key = _digest(found.two_theta_deg), _digest(found.intensity_counts)
        first = seen.setdefault(key, i)
        text = f"the same at every point as frame {first}: held twice? Leave one out"
        remarks.append(text if first != i else "")
    return tuple(remarks)


def _digest(values: FloatArray) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()
