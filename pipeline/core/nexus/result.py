"""What a step hands to the writer: its record, what to plot of it, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from pipeline.core.study import Dataset, RawFile


@dataclass(frozen=True, slots=True)
class Plot:
    """One NXdata: a signal over axes, that a viewer shows at once.

    `fields` holds the arrays by name, a name with its unit each; `axes` has one name per
    dimension of the signal (`.` for a dimension without one); `errors` maps a field to its 1 sigma.
    """

    name: str
    title: str
    signal: str
    axes: tuple[str, ...]
    fields: Mapping[str, NDArray[Any]]
    labels: Mapping[str, str]
    auxiliary: tuple[str, ...] = ()
    errors: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The options and raw files that a result came from. No time, host or path of a machine."""

    options: Mapping[str, Any]
    raw_files: tuple[RawFile, ...]
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step's result, ready to be written. The first plot that is not empty is the default view."""

    technique: str
    step: str
    sequence_index: int
    dataset: str
    title: str
    sample: str
    record: Any
    plots: tuple[Plot, ...]
    provenance: Provenance

    @property
    def entry(self) -> str:
        """Name of the NXentry, unique in a study."""
        return f"{self.technique}_{self.dataset}_{self.step}"


def dataset_result(
    technique: str,
    step: str,
    sequence_index: int,
    dataset: Dataset,
    title: str,
    record: object,
    plots: tuple[Plot, ...],
    provenance: Provenance,
) -> StepResult:
    """Result of a step of one data set, named and labelled after it."""
    names = technique, step, sequence_index, dataset.name, title, dataset.title
    return StepResult(*names, record=record, plots=plots, provenance=provenance)


def dataset_title(dataset: Dataset, what: str) -> str:
    """Title of an entry: what it is, of which thing."""
    edge = f" {dataset.element} {dataset.edge}" if dataset.element else ""
    return f"{dataset.title}{edge}: {what}"
