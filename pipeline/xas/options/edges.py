"""The blocks of the study file: one for each edge, and overrides by data set."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, model_validator

from pipeline.core.options import Options, SidecarOptions
from pipeline.core.overrides import laid_over
from pipeline.core.study import Dataset
from pipeline.xas.options.calibrate import CalibrateOptions
from pipeline.xas.options.exafs import ExafsOptions
from pipeline.xas.options.fits import LcfOptions, ValenceOptions
from pipeline.xas.options.normalise import NormaliseOptions
from pipeline.xas.options.position import PositionOptions
from pipeline.xas.options.prepare import PrepareOptions
from pipeline.xas.options.series import McrOptions, PcaOptions

EDGE_KEY = re.compile(r"^[A-Z][a-z]?-(K|L[1-3]|M[1-5])$")


class EdgeOptions(Options):
    """Everything about one absorption edge of the study."""

    calibrate: CalibrateOptions = Field(CalibrateOptions(), description="energy calibration")
    prepare: PrepareOptions = Field(
        PrepareOptions(), description="glitches, repeated scans, rebinning"
    )
    normalise: NormaliseOptions = Field(NormaliseOptions(), description="normalisation and edge")
    position: PositionOptions = Field(
        PositionOptions(), description="edge positions beside the half step"
    )
    lcf: LcfOptions | None = Field(None, description="linear-combination fit; absent: none")
    valence: ValenceOptions | None = Field(None, description="valence; absent: none")
    pca: PcaOptions | None = Field(None, description="principal components of series; absent: none")
    mcr: McrOptions | None = Field(None, description="curve resolution of series; absent: none")
    exafs: ExafsOptions | None = Field(None, description="extended fine structure; absent: none")


class XasOptions(Options):
    """Options of X-ray absorption: blocks named after edges (`Ni-K`), and `overrides` by data set."""

    model_config = Options.model_config | {"extra": "allow"}
    __pydantic_extra__: dict[str, EdgeOptions]

    sidecar: SidecarOptions = Field(SidecarOptions(), description="joining of sidecar tables")
    overrides: dict[str, dict[str, Any]] = Field(
        {}, description="options that differ for one data set: `{dataset: {normalise: {...}}}`"
    )

    @model_validator(mode="after")
    def _edge_names(self) -> XasOptions:
        for key in self.__pydantic_extra__:
            if not EDGE_KEY.match(key):
                raise ValueError(
                    f"'{key}' is neither an option nor an edge such as 'Ni-K' or 'Mn-L3'"
                )
        return self

    def edges(self) -> tuple[str, ...]:
        """The edges that have a block, in the file's order."""
        return tuple(self.__pydantic_extra__)

    def edge(self, key: str) -> EdgeOptions:
        """Options of an edge; the defaults where the study has no block for it."""
        return self.__pydantic_extra__.get(key, EdgeOptions())

    def for_dataset(self, dataset: str, edge: str) -> EdgeOptions:
        """Options of a data set: its edge's block with its overrides laid over it.

        Raises:
            pydantic.ValidationError: an override is no valid option.
        """
        base = self.edge(edge)
        changes = self.overrides.get(dataset)
        if not changes:
            return base
        return EdgeOptions.model_validate(laid_over(base.model_dump(), changes))


def edge_key(dataset: Dataset) -> str:
    """Key of a data set's edge in the study file, such as `Ni-K`."""
    return f"{dataset.element}-{dataset.edge}"
