"""The `xas` part of a study file: one block of options per edge, and overrides per data set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from pipeline.core.errors import did_you_mean
from pipeline.core.options import Options, Window
from pipeline.core.study import Dataset, Problem

ROLES = ("sample", "standard", "foil")
MODES = ("transmission", "fluorescence", "reference")
REQUIRED_COLUMNS = ("element", "edge", "mode")
EDGE_KEY = re.compile(r"^[A-Z][a-z]?-(K|L[1-3]|M[1-5])$")


class CalibrateOptions(Options):
    """Energy calibration: the shift of each scan, `E_calibrated = E_raw + shift`."""

    method: Literal["foil", "given", "file", "none"] = Field(
        "foil",
        description="`foil`: align the foil measured with each scan to the study's template of it; "
        "`given`: add `shift_ev`; `file`: take the shift that the file's maker states; `none`: leave as measured",
    )
    e0_ev: float | None = Field(
        None,
        gt=0,
        description="energy given to the foil's first inflection point; without it the tabulated edge energy",
    )
    shift_ev: float | None = Field(None, description="shift of every scan, for `method: given`")
    shift_sigma_ev: float = Field(
        0.0, ge=0, description="uncertainty of a shift that is given or taken from the file"
    )
    window_ev: Window = Field(
        (-25.0, 45.0), description="part of the foil scan that is aligned, relative to its edge"
    )
    max_shift_ev: float = Field(
        25.0, gt=0, description="a larger shift than this is a failed calibration"
    )

    @model_validator(mode="after")
    def _shift_for_given(self) -> CalibrateOptions:
        if (self.method == "given") != (self.shift_ev is not None):
            raise ValueError("`shift_ev` goes with `method: given`, and only with it")
        return self


class NormaliseOptions(Options):
    """Pre-edge line, post-edge polynomial, edge step; windows are relative to `e0_ev`."""

    method: Literal["polynomial", "none"] = Field(
        "polynomial",
        description="`polynomial`: pre-edge and post-edge fits; `none`: the file holds normalised spectra, keep them",
    )
    e0_ev: float | None = Field(
        None,
        gt=0,
        description="reference energy of all windows and of the step; without it the tabulated edge energy",
    )
    pre_ev: Window = Field((-150.0, -50.0), description="pre-edge fit window")
    post_ev: Window = Field((100.0, 500.0), description="post-edge fit window")
    pre_degree: int = Field(1, ge=0, le=2, description="degree of the pre-edge polynomial")
    post_degree: int = Field(
        2,
        ge=0,
        le=3,
        description="true degree of the post-edge polynomial (Athena's `nnorm` 3 is degree 2)",
    )
    edge_level: float = Field(
        0.5,
        gt=0,
        lt=1.5,
        description="level of the flattened spectrum at which an edge energy is given beside the half step",
    )

    @model_validator(mode="after")
    def _windows_on_their_sides(self) -> NormaliseOptions:
        if self.pre_ev[1] >= 0:
            raise ValueError(f"`pre_ev` must end below the edge, not at {self.pre_ev[1]:g} eV")
        if self.post_ev[0] <= 0:
            raise ValueError(f"`post_ev` must begin above the edge, not at {self.post_ev[0]:g} eV")
        return self


class LcfOptions(Options):
    """Linear-combination fit of each scan by standards; exact, non-negative."""

    standards: Annotated[list[str], Field(min_length=1, max_length=6)] = Field(
        description="ids of the data sets used as standards (role `standard` or `sample`), 1 to 6"
    )
    range_ev: Window = Field((-20.0, 60.0), description="fit range, relative to `normalise.e0_ev`")
    signal: Literal["normalised", "flattened"] = Field(
        "flattened", description="which spectrum is fitted"
    )
    sum: Literal["free", "one"] = Field(
        "free",
        description="`free`: weights are renormalised to fractions and their sum is a quality flag; "
        "`one`: the sum is forced to one",
    )
    sum_tolerance: float = Field(
        0.05, gt=0, description="a free sum further from one than this is flagged"
    )

    @model_validator(mode="after")
    def _distinct(self) -> LcfOptions:
        twice = {s for s in self.standards if self.standards.count(s) > 1}
        if twice:
            raise ValueError(f"standard named twice: {', '.join(sorted(twice))}")
        return self


class ValenceOptions(Options):
    """Average valence of the element."""

    methods: Annotated[list[Literal["lcf"]], Field(min_length=1)] = Field(
        ["lcf"],
        description="`lcf`: sum of fraction times valence of each standard (column `valence` of the table)",
    )


class EdgeOptions(Options):
    """Everything about one absorption edge of the study."""

    calibrate: CalibrateOptions = Field(CalibrateOptions(), description="energy calibration")
    normalise: NormaliseOptions = Field(NormaliseOptions(), description="normalisation and edge")
    lcf: LcfOptions | None = Field(None, description="linear-combination fit; absent: none")
    valence: ValenceOptions | None = Field(None, description="valence; absent: none")


class SidecarOptions(Options):
    """Joining a sidecar table (column `sidecar`) to the scans by time."""

    clock_offset_s: float = Field(
        0.0, description="added to the times of the scans before they are looked up in the sidecar"
    )
    max_gap_s: float = Field(
        600.0,
        gt=0,
        description="a scan further than this from any row of the sidecar stays unmatched",
    )


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
        merged: dict[str, Any] = base.model_dump()
        for block, values in changes.items():
            before = merged.get(block)
            both = isinstance(before, dict) and isinstance(values, dict)
            merged[block] = before | values if both else values
        return EdgeOptions.model_validate(merged)


OPTIONS = XasOptions


def edge_key(dataset: Dataset) -> str:
    """Key of a data set's edge in the study file, such as `Ni-K`."""
    return f"{dataset.element}-{dataset.edge}"


def check(options: XasOptions, datasets: Sequence[Dataset]) -> Iterator[Problem]:
    """Find what no single key shows: names that do not exist, standards of another edge.

    Args:
        options: the study's `xas` block.
        datasets: all rows of the table.

    Yields:
        Each problem with its place.
    """
    own = {d.name: d for d in datasets if d.technique == "xas"}
    for dataset in own.values():
        if not EDGE_KEY.match(edge_key(dataset)):
            yield Problem(dataset, f"'{dataset.edge}' is no edge; write K, L1 to L3 or M1 to M5.")
    for key in options.edges():
        if not any(edge_key(d) == key for d in own.values()):
            yield Problem(("xas", key), "no data set of the table has this element and edge.")
        yield from _check_edge(("xas", key), key, options.edge(key), own)
    for name, changes in options.overrides.items():
        place: tuple[str | int, ...] = ("xas", "overrides", name)
        if name not in own:
            yield Problem(place, f"no xas data set '{name}'.{did_you_mean(name, own)}")
            continue
        try:
            merged = options.for_dataset(name, edge_key(own[name]))
        except ValidationError as error:
            yield from _override_problems(place, error)
        else:
            if "lcf" in changes:
                yield from _check_edge(place, edge_key(own[name]), merged, own)


def _override_problems(place: tuple[str | int, ...], error: ValidationError) -> Iterator[Problem]:
    for item in error.errors():
        loc = item["loc"]
        if item["type"] == "extra_forbidden":
            default = EdgeOptions() if len(loc) == 1 else getattr(EdgeOptions(), str(loc[0]))
            hint = did_you_mean(str(loc[-1]), type(default).model_fields if default else ())
            text = f"unknown key '{loc[-1]}'.{hint}"
        else:
            text = item["msg"].removeprefix("Value error, ") + "."
        yield Problem((*place, *loc), text)


def _check_edge(
    place: tuple[str | int, ...], key: str, edge: EdgeOptions, own: dict[str, Dataset]
) -> Iterator[Problem]:
    if edge.lcf is None:
        if edge.valence is not None:
            yield Problem((*place, "valence"), "a valence by LCF needs an `lcf` block.")
        return
    for i, name in enumerate(edge.lcf.standards):
        where = (*place, "lcf", "standards", i)
        if name not in own:
            yield Problem(where, f"no xas data set '{name}'.{did_you_mean(name, own)}")
        elif edge_key(own[name]) != key:
            yield Problem(where, f"'{name}' is of {edge_key(own[name])}, the fit of {key}.")
        elif edge.valence is not None and own[name].valence is None:
            yield Problem(own[name], f"standard '{name}' has no 'valence', and {key} asks for one.")
