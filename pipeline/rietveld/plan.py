"""Which data sets each step is for, and with which options: pure functions of the study."""

from __future__ import annotations

from functools import lru_cache

from pipeline.core.study import Study
from pipeline.rietveld.options import RietveldOptions, SampleOptions

TECHNIQUE = "rietveld"
DIFFRACTION = "xrd"

# A DAG asks the same of a study for every job, and a study does not change.
of_study = lru_cache(maxsize=4096)


def rietveld_options(study: Study) -> RietveldOptions:
    """The study's `rietveld` block."""
    options: RietveldOptions = study.options[TECHNIQUE]
    return options


@of_study
def options_of(study: Study, dataset: str) -> SampleOptions:
    """Options of a data set, its overrides included."""
    return rietveld_options(study).for_dataset(dataset)


def refined(study: Study) -> tuple[str, ...]:
    """Data sets that are refined."""
    return tuple(rietveld_options(study).datasets)


def calibrated(study: Study) -> tuple[str, ...]:
    """Standards whose profile is determined."""
    return tuple(rietveld_options(study).standards)


def varied(study: Study) -> tuple[str, ...]:
    """Data sets that are refined under other choices too."""
    return tuple(rietveld_options(study).sensitivity)


@of_study
def present(study: Study, dataset: str) -> tuple[str, ...]:
    """Names of the phases in a data set, the main one first."""
    used = options_of(study, dataset)
    return tuple(used.use if used.use is not None else used.phases)


@of_study
def files(study: Study, dataset: str) -> tuple[str, ...]:
    """CIFs and instrument files that a data set or standard needs, below the raw folder."""
    everything = rietveld_options(study)
    cifs: list[str | None] = []
    if dataset in everything.standards:
        cifs.append(everything.phases[everything.standards[dataset].phase].cif)
    if dataset in everything.datasets:
        used = options_of(study, dataset)
        cifs += [used.phases[name].cif for name in sorted(present(study, dataset))]
        cifs.append(used.instrument.file)
    return tuple(dict.fromkeys(file for file in cifs if file))
