"""Step `line`: the line of valence against edge energy, one for each edge that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.nexus import read_record, write_result
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.xas import edge_line, plan
from pipeline.xas.nexus import line_result
from pipeline.xas.plan import TECHNIQUE
from pipeline.xas.records import NormalisedSeries


def targets(study: Study) -> tuple[str, ...]:
    """One line for each edge whose `valence` block has the method `edge`."""
    return plan.lines(study)


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """Every compound of known valence, normalised."""
    names = [d.name for d in plan.of_known_valence(study, target)]
    return tuple(study.result(TECHNIQUE, name, "normalise") for name in names)


def options(study: Study, target: str) -> Mapping[str, Any]:
    """Options of the line, and what the table says of each compound."""
    known = plan.of_known_valence(study, target)
    return {
        "valence": plan.line_options(study, target).model_dump(),
        "in_line": list(plan.line_standards(study, target)),
        "compounds": {d.name: [d.title, d.family, d.valence] for d in known},
    }


def run(study: Study, target: str) -> None:
    """Fit the line and write."""
    known = plan.of_known_valence(study, target)
    used = plan.line_standards(study, target)
    compounds = [
        edge_line.Compound(
            name=d.name,
            title=d.title,
            family=d.family,
            valence=float(d.valence or 0.0),
            in_line=d.name in used,
            series=read_record(study.home / path, NormalisedSeries),
        )
        for d, path in zip(known, inputs(study, target), strict=True)
    ]
    line = edge_line.through(
        compounds, plan.line_options(study, target), known[0].element, known[0].edge
    )
    record = provenance(study, options(study, target), *(d.name for d in known))
    path = study.home / study.result(TECHNIQUE, target, "line")
    write_result(path, line_result(line, target, record))
