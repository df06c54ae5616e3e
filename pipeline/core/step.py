"""What every step is: a module with these five functions, found by the step's name.

`targets(study)` names what the step makes, `reads(study, target)` the data sets whose raw files it
reads, `inputs(study, target)` the results of other steps that it reads,
`options(study, target)` what it was asked, and `run(study, target)` does it. Snakemake and the command line
call the same functions, so that a step by hand is the step of the workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from pipeline.core.study import Study


class Step(Protocol):
    """The shape of a step's module."""

    SEQUENCE: int

    def targets(self, study: Study) -> tuple[str, ...]:
        """Names of what the step makes: data sets, or figures and tables."""
        ...

    def reads(self, study: Study, target: str) -> tuple[str, ...]:
        """Data sets whose raw files it reads."""
        ...

    def inputs(self, study: Study, target: str) -> tuple[Path, ...]:
        """Results of other steps that it reads, relative to the study's home."""
        ...

    def options(self, study: Study, target: str) -> Mapping[str, Any]:
        """The options that it was asked, as plain values."""
        ...

    def run(self, study: Study, target: str) -> None:
        """Do it and write the result."""
        ...
