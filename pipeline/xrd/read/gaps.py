"""Frames that are missing: gaps in the numbers of file names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath

_NUMBERS = re.compile(r"\d+")
MIN_FRAMES = 4
SHOWN = 4


def missing_before(names: Sequence[str]) -> tuple[str, ...]:
    """Say of each frame which numbers are missing between the one before and it; '' for none.

    Names count as numbered where they differ in one number only, which ascends, mostly by one
    step: `Scan_C1, Scan_C2, Scan_C4`. Nothing is invented for a missing frame.

    Args:
        names: files, or members of an archive, in the order of the series.
    """
    none = ("",) * len(names)
    stems = [PurePosixPath(name).name for name in names]
    shapes = {_NUMBERS.sub("#", stem) for stem in stems}
    numbers = [_NUMBERS.findall(stem) for stem in stems]
    if len(names) < MIN_FRAMES or len(shapes) != 1 or not numbers[0]:
        return none
    varying = [i for i in range(len(numbers[0])) if len({row[i] for row in numbers}) > 1]
    if len(varying) != 1:
        return none
    counter = [int(row[varying[0]]) for row in numbers]
    steps = [b - a for a, b in pairwise(counter)]
    usual, often = Counter(steps).most_common(1)[0]
    if usual <= 0 or min(steps) <= 0 or often < len(steps) / 2:
        return none
    return ("", *(_words(a, step, usual) for a, step in zip(counter, steps, strict=False)))


def _words(before: int, step: int, usual: int) -> str:
    if step == usual or step % usual:
        return ""
    lost = list(range(before + usual, before + step, usual))
    shown = ", ".join(str(n) for n in lost[:SHOWN]) + (", ..." if len(lost) > SHOWN else "")
    return f"missing before this frame, by the numbers of the names: {shown}"
