"""The techniques that a study can use: one line each.

A technique's folder `pipeline/<name>` has the same files as every other; its rules stand in
`workflow/rules/<name>.smk`. See docs/add-a-technique.md.
"""

from __future__ import annotations

import importlib
from types import ModuleType

TECHNIQUES: tuple[str, ...] = (
    "xas",
    "xrd",
    "ms",
    "rietveld",
)  # fmt: skip


def module(technique: str, name: str) -> ModuleType:
    """Import one of a technique's modules, such as `options` or `steps.calibrate`."""
    return importlib.import_module(f"pipeline.{technique}.{name}")
