"""Step `calibrate`: read the raw scans, find each scan's energy shift, join what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.inventory import raw_paths, read_inventory
from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Dataset, Study
from pipeline.formats.covariates import join
from pipeline.formats.sidecar import read_sidecar
from pipeline.xas import plan
from pipeline.xas.calibrate import calibrate
from pipeline.xas.nexus import calibrated_result
from pipeline.xas.plan import TECHNIQUE, edge_options, needs_template, template_key, xas_options
from pipeline.xas.records import CalibratedSeries, Flag, FoilTemplate
from pipeline.xas.steps.context import row_values
from pipeline.xas.steps.template import read_foil


def targets(study: Study) -> tuple[str, ...]:
    """Every data set."""
    return plan.everything(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """The data set's own raw files."""
    del study
    return (target,)


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The foil template, where the method is `foil`."""
    dataset = study.dataset(target)
    if not needs_template(study, dataset):
        return ()
    return (study.result(TECHNIQUE, template_key(dataset), "template"),)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Calibration options, sidecar options, and the table row."""
    dataset = study.dataset(target)
    return (
        edge_options(study, dataset).calibrate.model_dump()
        | {"sidecar": xas_options(study).sidecar.model_dump()}
        | {"row": row_values(dataset)}
    )


def run(study: Study, target: str) -> None:
    """Read, join, align, write."""
    dataset = study.dataset(target)
    series = read_foil(study, dataset)
    covariates, matched = join(
        series.time_iso, _sidecar(study, dataset), dataset, xas_options(study).sidecar
    )
    template = None
    if needs_template(study, dataset):
        template = read_record(study.home / inputs(study, target)[0], FoilTemplate)
    calibrated = calibrate(
        series,
        covariates,
        template if template is not None and template.n_scans else None,
        edge_options(study, dataset).calibrate,
    )
    if dataset.sidecar:
        calibrated = _flag_unmatched(calibrated, matched)
    record = provenance(study, options(study, target), target)
    path = study.home / study.result(TECHNIQUE, target, "calibrate")
    write_result(path, calibrated_result(calibrated, dataset, record))


def _sidecar(study: Study, dataset: Dataset) -> Any:
    files = raw_paths(study, read_inventory(study, dataset.name).sidecars)
    return read_sidecar([path for path, _ in files]) if files else None


def _flag_unmatched(series: CalibratedSeries, matched: tuple[bool, ...]) -> CalibratedSeries:
    flags = tuple(
        own if ok else (*own, Flag.NO_SIDECAR_MATCH)
        for own, ok in zip(series.flags, matched, strict=True)
    )
    return series.with_flags(flags)
