"""Options of single data sets, laid over the common ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def laid_over(
    common: Mapping[str, Any], changes: Mapping[str, Any], whole: Collection[str] = ()
) -> dict[str, Any]:
    """Lay a data set's own options over the common ones, key by key within each block.

    Args:
        common: all blocks, as plain values.
        changes: the blocks and keys that differ; None takes a block away.
        whole: blocks that are replaced as one.
    """
    merged = dict(common)
    for block, values in changes.items():
        before = merged.get(block)
        both = isinstance(before, dict) and isinstance(values, dict) and block not in whole
        merged[block] = before | values if both else values
    return merged
