"""Step `template`: one low-noise foil spectrum for each element and edge of the study.

It comes from the data sets of role `foil` where there are any, else from the reference channels of all scans.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.errors import AnalysisError
from pipeline.core.inventory import raw_paths, read_inventory
from pipeline.core.nexus import write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Dataset, Study
from pipeline.xas import plan
from pipeline.xas.nexus import template_result
from pipeline.xas.plan import TECHNIQUE, needs_template, template_key, xas_options
from pipeline.xas.read import read_series
from pipeline.xas.records import FoilTemplate, RawSeries, ScanStatus
from pipeline.xas.steps.context import foil_e0_ev, reading_values
from pipeline.xas.template import build_template

_LOG = logging.getLogger(__name__)


def targets(study: Study) -> tuple[str, ...]:
    """One template for each element and edge that is calibrated by a foil."""
    return plan.templates(study)


def sources(study: Study, target: str) -> tuple[Dataset, ...]:
    """Data sets whose foil scans make a template."""
    mine = [d for d in study.of(TECHNIQUE) if template_key(d) == target]
    foils = [d for d in mine if d.role == "foil"]
    return tuple(foils or [d for d in mine if needs_template(study, d)])


def reads(study: Study, target: str) -> tuple[str, ...]:
    """Data sets whose raw files go into the template."""
    return tuple(d.name for d in sources(study, target))


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """Nothing but raw files."""
    del study, target
    return ()


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Calibration options of the edge, and how its data sets are read."""
    used = sources(study, target)
    edge = xas_options(study).edge(f"{used[0].element}-{used[0].edge}")
    return edge.calibrate.model_dump() | {"sources": {d.name: reading_values(d) for d in used}}


def run(study: Study, target: str) -> None:
    """Read the foil scans, build the template, write it."""
    used = sources(study, target)
    first = used[0]
    edge = xas_options(study).edge(f"{first.element}-{first.edge}")
    series = [read_foil(study, dataset) for dataset in used]
    energies, curves = _foil_scans(series)
    try:
        template = build_template(
            energies,
            curves,
            element=first.element,
            edge=first.edge,
            e0_ev=foil_e0_ev(first, edge),
            options=edge.calibrate,
            source=", ".join(d.name for d in used),
        )
    except AnalysisError as error:
        # Without a template every scan is flagged; the study still completes and says why.
        _LOG.warning("no foil template for %s: %s", target, error)
        template = FoilTemplate.missing(first.element, first.edge, str(error))
    record = provenance(study, options(study, target), *reads(study, target))
    path = study.home / study.result(TECHNIQUE, target, "template")
    write_result(path, template_result(template, target, record))


def read_foil(study: Study, dataset: Dataset) -> RawSeries:
    """Read a data set; for the foil itself its own absorption is the reference."""
    files = raw_paths(study, read_inventory(study, dataset.name).scans)
    series = read_series(dataset, files)
    return series.as_reference() if dataset.role == "foil" else series


def _foil_scans(series: list[RawSeries]) -> tuple[list[Any], list[Any]]:
    energies, curves = [], []
    for one in series:
        for i, status in enumerate(one.status):
            reference = one.reference_mu[i]
            good = np.isfinite(reference) & np.isfinite(one.energy_ev[i])
            if status is ScanStatus.OK and good.any():
                energies.append(one.energy_ev[i][good])
                curves.append(reference[good])
    return energies, curves
