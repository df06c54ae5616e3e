"""Options of single data sets, laid over the common ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from pipeline.core.study import Problem


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


def override_problems(place: tuple[str | int, ...], error: ValidationError) -> Iterator[Problem]:
    """Say what is wrong in a data set's own options, in the user's words."""
    for item in error.errors():
        text = item["msg"].removeprefix("Value error, ") + "."
        if item["type"] == "extra_forbidden":
            text = f"unknown key '{item['loc'][-1]}'."
        yield Problem((*place, *item["loc"]), text)
