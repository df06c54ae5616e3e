"""Which data sets each step is for, and with which options: pure functions of the study.

They stand apart from the steps, so that a table that asks which data sets were fitted does not
depend on the code of the fit.
"""

from __future__ import annotations

from pipeline.core.study import Dataset, Study
from pipeline.xas.options import EdgeOptions, XasOptions, edge_key

TECHNIQUE = "xas"


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


def templates(study: Study) -> tuple[str, ...]:
    """One template for each element and edge that is calibrated by a foil."""
    keys = [template_key(d) for d in study.of(TECHNIQUE) if needs_template(study, d)]
    return tuple(dict.fromkeys(keys))


def everything(study: Study) -> tuple[str, ...]:
    """Every data set: all are calibrated and normalised."""
    return tuple(d.name for d in study.of(TECHNIQUE))


def fitted(study: Study) -> tuple[str, ...]:
    """Samples whose edge has an `lcf` block."""
    samples = study.of(TECHNIQUE, "sample")
    return tuple(d.name for d in samples if edge_options(study, d).lcf is not None)


def valued(study: Study) -> tuple[str, ...]:
    """Samples that are fitted and whose edge has a `valence` block."""
    return tuple(
        name
        for name in fitted(study)
        if edge_options(study, study.dataset(name)).valence is not None
    )


def may_be_series(dataset: Dataset) -> bool:
    """Say whether a row can mean several scans; how many there are is known only once it was read."""
    return any(sign in dataset.path + dataset.select for sign in "*?[;|")


def decomposed(study: Study) -> tuple[str, ...]:
    """Sample series whose edge has a `pca` block."""
    series = filter(may_be_series, study.of(TECHNIQUE, "sample"))
    return tuple(d.name for d in series if edge_options(study, d).pca is not None)


def resolved(study: Study) -> tuple[str, ...]:
    """Sample series whose edge has an `mcr` block."""
    series = filter(may_be_series, study.of(TECHNIQUE, "sample"))
    return tuple(d.name for d in series if edge_options(study, d).mcr is not None)


def with_exafs(study: Study) -> tuple[str, ...]:
    """Every data set whose edge, or override, has an `exafs` block."""
    return tuple(d.name for d in study.of(TECHNIQUE) if edge_options(study, d).exafs is not None)
