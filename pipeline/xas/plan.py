"""Which data sets each step is for, and with which options: pure functions of the study.

They stand apart from the steps, so that a table that asks which data sets were fitted does not
depend on the code of the fit.
"""

from __future__ import annotations

from functools import lru_cache

from pipeline.core.study import Dataset, Study
from pipeline.xas.options import EdgeOptions, ValenceOptions, XasOptions, edge_key

TECHNIQUE = "xas"

# A DAG asks the same of a study for every job, and a study does not change.
of_study = lru_cache(maxsize=4096)


def xas_options(study: Study) -> XasOptions:
    """The study's `xas` block."""
    options: XasOptions = study.options[TECHNIQUE]
    return options


def edge_options(study: Study, dataset: Dataset) -> EdgeOptions:
    """Options of a data set, its overrides included."""
    return xas_options(study).for_dataset(dataset.name, edge_key(dataset))


def needs_template(study: Study, dataset: Dataset) -> bool:
    """Say whether a data set is calibrated by its foil."""
    return edge_options(study, dataset).calibrate.method == "foil"


def template_key(dataset: Dataset) -> str:
    """Name of the template that a data set is aligned to, such as `Ni_K`."""
    return f"{dataset.element}_{dataset.edge}"


@of_study
def templates(study: Study) -> tuple[str, ...]:
    """One template for each element and edge that is calibrated by a foil."""
    keys = [template_key(d) for d in study.of(TECHNIQUE) if needs_template(study, d)]
    return tuple(dict.fromkeys(keys))


@of_study
def everything(study: Study) -> tuple[str, ...]:
    """Every data set: all are calibrated, prepared and normalised."""
    return tuple(d.name for d in study.of(TECHNIQUE))


@of_study
def fitted(study: Study) -> tuple[str, ...]:
    """Samples whose edge has an `lcf` block."""
    samples = study.of(TECHNIQUE, "sample")
    return tuple(d.name for d in samples if edge_options(study, d).lcf is not None)


def valence_methods(study: Study, dataset: Dataset) -> tuple[str, ...]:
    """Methods by which a data set gets a valence; `lcf` only where it is fitted."""
    used = edge_options(study, dataset)
    asked = () if used.valence is None or dataset.role != "sample" else used.valence.methods
    return tuple(m for m in asked if m != "lcf" or used.lcf is not None)


@of_study
def combined(study: Study) -> tuple[str, ...]:
    """Samples that are fitted by all sets of candidate standards too."""
    edges = ((name, edge_options(study, study.dataset(name)).lcf) for name in fitted(study))
    return tuple(name for name, lcf in edges if lcf is not None and lcf.combinations is not None)


@of_study
def valued(study: Study) -> tuple[str, ...]:
    """Samples that get a valence by any method."""
    return tuple(d.name for d in study.of(TECHNIQUE) if valence_methods(study, d))


@of_study
def lines(study: Study) -> tuple[str, ...]:
    """Edges, such as `Mn_K`, whose samples get a valence by the edge line."""
    asking = [d for d in study.of(TECHNIQUE) if "edge" in valence_methods(study, d)]
    return tuple(dict.fromkeys(template_key(d) for d in asking))


@of_study
def line_options(study: Study, target: str) -> ValenceOptions:
    """Options of the line of an edge such as `Mn_K`: those of its block, for the line is one for all."""
    used = xas_options(study).edge(target.replace("_", "-")).valence
    return ValenceOptions() if used is None else used


@of_study
def of_known_valence(study: Study, target: str) -> tuple[Dataset, ...]:
    """Data sets of an edge such as `Mn_K` whose valence the table states, in its order."""
    mine = [d for d in study.of(TECHNIQUE) if template_key(d) == target]
    return tuple(d for d in mine if d.valence is not None)


@of_study
def line_standards(study: Study, target: str) -> tuple[str, ...]:
    """Data sets that the line goes through: the named ones, else all standards of known valence."""
    named = line_options(study, target).standards
    known = of_known_valence(study, target)
    if named is None:
        return tuple(d.name for d in known if d.role == "standard")
    return tuple(d.name for d in known if d.name in named)


@of_study
def dataset_of(study: Study, target: str) -> Dataset:
    """The data set of a target; of one that stands for an edge, such as `Mn_K`, the edge's first."""
    mine = study.of(TECHNIQUE)
    named = next((d for d in mine if d.name == target), None)
    return named or next(d for d in mine if template_key(d) == target)


def may_be_series(dataset: Dataset) -> bool:
    """Say whether a row can mean several scans; how many there are is known only once it was read."""
    return any(sign in dataset.path + dataset.select for sign in "*?[;|")


@of_study
def decomposed(study: Study) -> tuple[str, ...]:
    """Sample series whose edge has a `pca` block."""
    series = filter(may_be_series, study.of(TECHNIQUE, "sample"))
    return tuple(d.name for d in series if edge_options(study, d).pca is not None)


@of_study
def resolved(study: Study) -> tuple[str, ...]:
    """Sample series whose edge has an `mcr` block."""
    series = filter(may_be_series, study.of(TECHNIQUE, "sample"))
    return tuple(d.name for d in series if edge_options(study, d).mcr is not None)


@of_study
def with_exafs(study: Study) -> tuple[str, ...]:
    """Every data set whose edge, or override, has an `exafs` block."""
    return tuple(d.name for d in study.of(TECHNIQUE) if edge_options(study, d).exafs is not None)
