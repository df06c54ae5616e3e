"""What a study is, once its files were read and checked: plain frozen values that steps are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.core.errors import StudyError, did_you_mean


@dataclass(frozen=True, slots=True)
class Dataset:
    """One row of the data-set table: a series of scans of one thing, measured one way.

    `path` and `sidecar` are globs below the raw folder; `columns` maps a role (`energy`, `i0`,
    `it`, `ir`, `if`, `mu`, ...) to a column number counted from 1 or to a column's label.
    `together` names the data set that was measured at the same time, whose clock it shares.
    Empty cells are '' or None. `line` is the row's line in the table, for messages.
    """

    name: str
    technique: str
    role: str
    path: str
    sample: str = ""
    state: str = ""
    select: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    element: str = ""
    edge: str = ""
    mode: str = ""
    wavelength_angstrom: float | None = None
    valence: float | None = None
    family: str = ""
    cycle: float | None = None
    temperature_c: float | None = None
    voltage_v: float | None = None
    time_s: float | None = None
    sidecar: str = ""
    together: str = ""
    sha256: str = ""
    line: int = 0

    @property
    def title(self) -> str:
        """Label for figures: sample and state, or the name where neither is given."""
        return " ".join(part for part in (self.sample, self.state) if part) or self.name


@dataclass(frozen=True, slots=True)
class RawFile:
    """One raw file of a data set, as the inventory lists it."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A checked study. `options` holds the option model of each technique that it uses.

    Two studies are equal only where they are one, so that what follows from a study can be cached.
    """

    name: str
    home: Path
    source: Path
    raw: Path
    datasets: tuple[Dataset, ...]
    options: Mapping[str, Any]
    demo_seed: int | None = None

    @property
    def results(self) -> Path:
        """Folder of the study's step results, relative to `home`."""
        return Path("results") / self.name

    def dataset(self, name: str) -> Dataset:
        """Give a data set by its id.

        Raises:
            StudyError: there is none of that id.
        """
        found = _by_name(self).get(name)
        if found is not None:
            return found
        hint = did_you_mean(name, (d.name for d in self.datasets))
        raise StudyError(f"{self.source.name}: no data set '{name}' in the table.{hint}")

    def of(self, technique: str, *roles: str) -> tuple[Dataset, ...]:
        """Give the data sets of a technique, of some roles or of any."""
        return tuple(
            d for d in self.datasets if d.technique == technique and (not roles or d.role in roles)
        )

    def result(self, technique: str, dataset: str, step: str) -> Path:
        """Path of a step's result, relative to `home`."""
        return self.results / technique / dataset / f"{step}.nxs"

    def inventory(self, dataset: str) -> Path:
        """Path of a data set's inventory, relative to `home`."""
        return self.results / "inventory" / f"{dataset}.tsv"


@lru_cache(maxsize=16)
def _by_name(study: Study) -> dict[str, Dataset]:
    return {dataset.name: dataset for dataset in study.datasets}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a study: where, and what in the user's words.

    `where` is a path of keys in the study file, or a data set whose row is wrong.
    """

    where: tuple[str | int, ...] | Dataset
    message: str
