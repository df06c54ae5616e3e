"""Step `lcf`: fit each scan by the standards of its edge."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import plan
from pipeline.xas.lcf import fit
from pipeline.xas.lcf_windows import renormalised
from pipeline.xas.nexus import lcf_result
from pipeline.xas.options import LcfOptions, NormaliseOptions
from pipeline.xas.plan import TECHNIQUE, edge_options
from pipeline.xas.records import CalibratedSeries, NormalisedSeries
from pipeline.xas.steps.context import reference_e0_ev


def targets(study: Study) -> tuple[str, ...]:
    """Samples whose edge has an `lcf` block."""
    return plan.fitted(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The normalised sample, then the normalised standards; calibrated ones where windows vary."""
    names = (target, *_lcf(study, target).standards)
    steps = ("normalise", "calibrate") if _varies_windows(study, target) else ("normalise",)
    return tuple(study.result(TECHNIQUE, name, step) for step in steps for name in names)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Fit options, with the reference energy as used and the standards' labels."""
    dataset = study.dataset(target)
    used = _lcf(study, target)
    titles = {name: study.dataset(name).title for name in used.standards}
    e0_ev = reference_e0_ev(dataset, edge_options(study, dataset))
    made = used.model_dump() | {"e0_ev": e0_ev, "titles": titles}
    if _varies_windows(study, target):
        names = (target, *used.standards)
        made["normalise"] = {name: _normalise(study, name)[1].model_dump() for name in names}
    return made


def run(study: Study, target: str) -> None:
    """Fit and write."""
    dataset = study.dataset(target)
    used = _lcf(study, target)
    names = (target, *used.standards)
    files = [study.home / path for path in inputs(study, target)]
    sample, *standards = (read_record(path, NormalisedSeries) for path in files[: len(names)])
    windows = [
        renormalised(read_record(path, CalibratedSeries), *_normalise(study, name))
        for name, path in zip(names, files[len(names) :], strict=False)
    ]
    named = [
        (name, study.dataset(name).title, series)
        for name, series in zip(used.standards, standards, strict=True)
    ]
    e0_ev = reference_e0_ev(dataset, edge_options(study, dataset))
    result = fit(sample, named, used, e0_ev, tuple(zip(*windows, strict=True)))
    record = provenance(study, options(study, target), target, *used.standards)
    path = study.home / study.result(TECHNIQUE, target, "lcf")
    write_result(path, lcf_result(result, dataset, record))


def _normalise(study: Study, name: str) -> tuple[float, NormaliseOptions]:
    """Reference energy and options with which a data set was normalised."""
    dataset = study.dataset(name)
    used = edge_options(study, dataset)
    return reference_e0_ev(dataset, used), used.normalise


def _varies_windows(study: Study, target: str) -> bool:
    """Say whether sample and standards can be normalised with other windows."""
    used = _lcf(study, target)
    names = (target, *used.standards)
    by_fits = all(_normalise(study, name)[1].method != "none" for name in names)
    return used.model_windows and by_fits


def _lcf(study: Study, target: str) -> LcfOptions:
    used = edge_options(study, study.dataset(target)).lcf
    if used is None:
        raise KeyError(target)
    return used
