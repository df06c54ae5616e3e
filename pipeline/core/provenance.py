"""Where a result came from: options, raw files, libraries. No time, host or path of a machine."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from pipeline.core.inventory import read_inventory
from pipeline.core.nexus import Provenance
from pipeline.core.study import Study


def provenance(study: Study, options: Mapping[str, Any], *datasets: str) -> Provenance:
    """Options, raw files and libraries behind a result."""
    files = [f for name in datasets for f in read_inventory(study, name).files]
    libraries = {name: metadata.version(name) for name in ("numpy", "scipy")}
    return Provenance(options=options, raw_files=tuple(files), libraries=libraries)
