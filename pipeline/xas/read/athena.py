"""Athena project files, as Perl or as JSON.

Energies are kept as stored; Athena's own shift `bkg_eshift` goes to `file_shift_ev`.
A group whose label begins with `Ref` is the foil measured with the group that it is linked to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.errors import RawDataError, did_you_mean
from pipeline.core.study import Dataset
from pipeline.xas.read import perl
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

MAGIC = "# Athena project file"

_LINKS = ("referencegroup", "reference")
_NO_MU = ("is_chi", "is_rsp", "is_qsp")


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One group of a project: its id, Athena's parameters, energy in eV and ordinate `(n,)`."""

    name: str
    args: Mapping[str, str]
    x: FloatArray
    y: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, ("x", "y"), ndim=1)

    @property
    def label(self) -> str:
        """Label as Athena shows it, without the blanks that indent references."""
        return self.args.get("label", self.name).strip()

    @property
    def element(self) -> str:
        """Element that Athena was told or guessed."""
        return self.args.get("bkg_z", "").title()

    @property
    def edge(self) -> str:
        """Edge that Athena was told or guessed, in capitals."""
        return self.args.get("fft_edge", "").upper()

    @property
    def kind(self) -> str:
        """Athena's record type, such as `merged mu(E)`; older projects only have switches."""
        if any(_is_set(self.args.get(key)) for key in _NO_MU):
            return "chi"
        normalised = _is_set(self.args.get("is_nor"))
        return self.args.get("recordtype", "") or ("norm(E)" if normalised else "mu(E)")

    @property
    def holds_mu(self) -> bool:
        """Whether the group is absorption against energy."""
        stored = self.args.get("datatype", "")
        return "chi" not in self.kind and stored not in ("chi", "background", "detector")

    @property
    def is_normalised(self) -> bool:
        """Whether the ordinate was normalised before it was stored."""
        return "norm" in self.kind or _is_set(self.args.get("is_nor"))

    @property
    def is_reference(self) -> bool:
        """Whether the group is the reference channel of another."""
        return self.label.startswith("Ref ") and bool(self.links)

    @property
    def links(self) -> tuple[str, ...]:
        """Ids of the groups that this one names as its reference, or as what it refers to."""
        values = (self.args.get(key, "") for key in _LINKS)
        return tuple(value for value in values if value not in ("", "0"))

    @property
    def shift_ev(self) -> float:
        """Athena's energy shift."""
        return float(self.args.get("bkg_eshift") or 0)


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the groups that `select` names, or all of the data set's element.

    Raises:
        RawDataError: no Athena project, a damaged group, a name in `select` that no group has,
            no group of the element, or `columns` given.
    """
    if dataset.columns:
        raise RawDataError(
            f"{source_file}: an Athena project has groups, not columns; leave `columns` of "
            f"'{dataset.name}' empty and name groups in `select`."
        )
    groups = parse(text, source_file)
    scans: list[RawScan | FailedScan] = []
    seen: set[tuple[bytes, bytes]] = set()
    for group in _selected(groups, dataset, source_file):
        # Athena lets one scan be imported twice; twice the same noise is no second measurement.
        content = (group.x.tobytes(), group.y.tobytes())
        if content not in seen:
            seen.add(content)
            scans.append(_scan(group, groups, source_file, dataset.mode))
    return scans


def parse(text: str, source_file: str) -> tuple[Group, ...]:
    """Give the groups of a project, in its order.

    Raises:
        RawDataError: the text is no project, holds no group, or a group's numbers are damaged.
    """
    try:
        raw = list(_json_groups(text) if text.lstrip().startswith("{") else _perl_groups(text))
    except ValueError as error:
        raise RawDataError(
            f"{source_file}: not a whole Athena project ({error}). "
            "Open it in Athena or Larix and save it again, or copy it again."
        ) from error
    if not raw:
        raise RawDataError(f"{source_file}: an Athena project without a group.")
    return tuple(_group(*parts, source_file) for parts in raw)


def _perl_groups(text: str) -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    name = ""
    args: dict[str, Any] = {}
    arrays: dict[str, Any] = {"x": [], "y": []}
    for variable, value in perl.statements(text):
        if variable == "old_group":
            if name:
                yield name, args, arrays["x"], arrays["y"]
            name, args, arrays = str(value), {}, {"x": [], "y": []}
        elif variable == "args":
            args = {str(key): item for key, item in zip(value[::2], value[1::2], strict=False)}
        elif variable in arrays:
            arrays[variable] = value
    if name:
        yield name, args, arrays["x"], arrays["y"]


def _json_groups(text: str) -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    project = json.loads(text)
    names = project.get("_____order") or [k for k in project if not k.startswith("_____")]
    for name in names:
        group = project.get(name)
        args = group.get("args") if isinstance(group, dict) else None
        if isinstance(args, dict):
            yield name, args, group.get("x"), group.get("y")


def _group(name: str, args: dict[str, Any], x: Any, y: Any, source_file: str) -> Group:
    words = {key: str(v) for key, v in args.items() if isinstance(v, str | int | float)}
    label = words.get("label", name).strip()
    try:
        x_values, y_values = (np.array(v, dtype=np.float64) for v in (x, y))
        float(words.get("bkg_eshift") or 0)
    except (TypeError, ValueError) as error:
        raise RawDataError(
            f"{source_file}, group '{label}': its numbers are damaged ({error})."
        ) from error
    if x_values.ndim != 1 or not x_values.size or x_values.shape != y_values.shape:
        raise RawDataError(
            f"{source_file}, group '{label}': {x_values.size} energies and {y_values.size} values; "
            "the project is damaged or was cut off."
        )
    return Group(name, words, x_values, y_values)


def _selected(groups: Sequence[Group], dataset: Dataset, source_file: str) -> list[Group]:
    patterns = [p.strip() for p in dataset.select.replace("|", ";").split(";") if p.strip()]
    if not patterns:
        chosen = [
            g for g in groups if g.element == dataset.element and g.holds_mu and not g.is_reference
        ]
        if not chosen:
            listed = ", ".join(f"{g.label} ({g.element})" for g in groups)
            raise RawDataError(
                f"{source_file}: none of its {len(groups)} groups is mu(E) of {dataset.element}: "
                f"{listed}. Name the groups in `select`."
            )
        return chosen
    for pattern in patterns:
        if not any(_matches(group, pattern) for group in groups):
            raise RawDataError(
                f"{source_file}: no group is named '{pattern}' (`select` of '{dataset.name}')."
                f"{did_you_mean(pattern, (g.label for g in groups))}"
            )
    return [g for g in groups if any(_matches(g, pattern) for pattern in patterns)]


def _matches(group: Group, pattern: str) -> bool:
    """Match by label; a reference channel only by a pattern that says `Ref` itself."""
    if group.is_reference and not pattern.startswith("Ref"):
        return False
    return group.label == pattern or fnmatchcase(group.label, pattern)


def _scan(
    group: Group, groups: Sequence[Group], source_file: str, mode: str
) -> RawScan | FailedScan:
    if not group.holds_mu:
        reason = f"the group holds {group.kind}, not mu(E)."
        return FailedScan(source_file, group.label, ScanStatus.UNREADABLE, reason)
    mu, reference = group.y, None
    if group.is_reference:
        reference = mu  # selected by its own name, it is its own foil scan
    elif partner := _partner(group, groups):
        reference = _on_grid(partner, group.x)
    if mode == "reference":
        if reference is None:
            reason = "the group has no reference channel, and the mode is `reference`."
            return FailedScan(source_file, group.label, ScanStatus.UNREADABLE, reason)
        mu = reference
    return RawScan(
        source_file,
        group.label,
        group.x,
        mu,
        reference_mu=reference,
        file_shift_ev=group.shift_ev,
        element=group.element,
        edge=group.edge,
        is_normalised=group.is_normalised,
    )


def _partner(group: Group, groups: Sequence[Group]) -> Group | None:
    """Give the reference channel of a group; the link may stand on either side."""
    for other in groups:
        if other.is_reference and (other.name in group.links or group.name in other.links):
            return other
    return None


def _on_grid(reference: Group, energy_ev: FloatArray) -> FloatArray:
    """Give the reference at the scan's energies; NaN where it does not reach."""
    if np.array_equal(reference.x, energy_ev):
        return reference.y
    order = np.argsort(reference.x, kind="stable")
    x, y = reference.x[order], reference.y[order]
    return np.interp(energy_ev, x, y, left=np.nan, right=np.nan)


def _is_set(value: str | None) -> bool:
    return value not in (None, "", "0")
