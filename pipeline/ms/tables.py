"""The result tables of gas analysis: releases, comparisons of samples, steps of the mass."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from pathlib import Path

from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.core.table import Cell, Table
from pipeline.ms.compare import Comparison, both_release, compare
from pipeline.ms.plan import TECHNIQUE, everything, may_weigh
from pipeline.ms.records import ChannelStatus, GasReleases, Outcome, sigma_name

RELEASE, COMPARISON, MASS = "ms_release", "ms_comparison", "ms_mass"
_NUMBERS = (
    *("onset_c", "peak_c", "fwhm_c", "rise_c", "area_c"),
    *("onset_s", "peak_s", "fwhm_s", "rise_s", "area_s"),
    *("share_ratio", "height_normalised"),
)
_MORE = ("seen_c", "seen_s", "limit_s", "limit_width_s", "noise_normalised", "correlation_ratio")
_OF_STEP = (
    *("onset_c", "onset_sigma_c", "steepest_c", "end_c", "end_sigma_c"),
    *("loss_percent", "loss_sigma_percent"),
)
_COLUMNS = {
    RELEASE: (
        *("dataset", "sample", "state", "source_file", "channel", "label", "verdict"),
        *(column for name in _NUMBERS for column in (name, sigma_name(name))),
        *(*_MORE, "reference", "reason", "status", "flags"),
    ),
    COMPARISON: (
        *("channel", "dataset", "sample", "other_dataset", "other_sample"),
        *(field.name for field in fields(Comparison)),
        "flags",
    ),
    MASS: (
        *("dataset", "sample", "state", "source_file", "step", "start_mg"),
        *("total_percent", "total_sigma_percent", *_OF_STEP, "flags"),
    ),
}


def targets(study: Study) -> tuple[str, ...]:
    """Names of the tables that the study has something for."""
    names = [RELEASE]
    if len(everything(study)) > 1:
        names.append(COMPARISON)
    if any(may_weigh(d) for d in study.of(TECHNIQUE)):
        names.append(MASS)
    return tuple(names)


def inputs(study: Study, table: str) -> tuple[Path, ...]:
    """The releases of all data sets, in the order of the data-set table."""
    del table
    return tuple(study.result(TECHNIQUE, name, "release") for name in everything(study))


def build(study: Study, table: str) -> Table:
    """Make a table from the results files."""
    found = [
        (study.dataset(name), read_record(study.home / path, GasReleases))
        for name, path in zip(everything(study), inputs(study, table), strict=True)
    ]
    rows = {RELEASE: _releases, COMPARISON: _comparisons, MASS: _masses}[table](found)
    return Table(_COLUMNS[table], tuple(rows))


_Found = list[tuple[Dataset, GasReleases]]
_Rows = list[tuple[Cell, ...]]


def _releases(all_found: _Found) -> _Rows:
    rows: _Rows = []
    for dataset, found in all_found:
        for i, channel in enumerate(found.traces.channel):
            status = _status(found, i)
            words = [*(() if status == ChannelStatus.OK else (status,)), *found.flags[i]]
            numbers = (n for name in _NUMBERS for n in (name, sigma_name(name)))
            rows.append(
                (
                    *(dataset.name, dataset.sample, dataset.state, found.traces.source_file),
                    *(channel, found.traces.label[i], found.verdict[i]),
                    *(float(getattr(found, name)[i]) for name in (*numbers, *_MORE)),
                    *(found.traces.reference, found.reason[i], status),
                    ";".join(map(str, words)),
                )
            )
    return rows


def _status(found: GasReleases, i: int) -> str:
    """Status of a channel; `no_release` is one here, though nothing failed."""
    status = found.status[i]
    none = status is ChannelStatus.OK and found.outcome[i] is Outcome.NO_RELEASE
    return str(Outcome.NO_RELEASE if none else status)


def _comparisons(all_found: _Found) -> _Rows:
    rows: _Rows = []
    for (one, first), (other, second) in combinations(all_found, 2):
        for channel in first.traces.channel:
            made = compare(first, second, channel)
            if made is None:
                continue
            numbers = (float(getattr(made, field.name)) for field in fields(Comparison))
            flags = "" if both_release(first, second, channel) else str(Outcome.NO_RELEASE)
            labels = (channel, one.name, one.title, other.name, other.title)
            rows.append((*labels, *numbers, flags))
    return rows


def _masses(all_found: _Found) -> _Rows:
    rows: _Rows = []
    for dataset, found in all_found:
        mass = found.mass
        if mass is None:
            continue
        labels = (dataset.name, dataset.sample, dataset.state, mass.source_file)
        whole = (mass.start_mg, mass.total_percent, mass.total_sigma_percent)
        if not mass.loss_percent.size:
            rows.append((*labels, None, *whole, *(None for _ in _OF_STEP), "no_step"))
        for i, flags in enumerate(mass.flags):
            numbers = (float(getattr(mass, name)[i]) for name in _OF_STEP)
            rows.append((*labels, i, *whole, *numbers, ";".join(map(str, flags))))
    return rows
