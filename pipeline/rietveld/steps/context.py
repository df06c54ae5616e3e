"""What several steps ask of a study: models, instrument, where an engine may keep its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.core.nexus import Provenance, read_record
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.rietveld import plan
from pipeline.rietveld.instrument_source import InstrumentSource, instrument_source
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.plan import DIFFRACTION, TECHNIQUE, options_of, rietveld_options
from pipeline.rietveld.read import extra_files, read_texts
from pipeline.rietveld.records import InstrumentProfiles


def pattern_inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The patterns, and the profile of the standard that the data set names."""
    own = study.result(DIFFRACTION, target, "read")
    standard = options_of(study, target).instrument.standard
    if standard is None:
        return (own,)
    return own, study.result(TECHNIQUE, standard, "instrument")


def models_of(study: Study, target: str) -> tuple[PhaseModel, ...]:
    """Phases of a data set as they start.

    Raises:
        StudyError: a CIF is missing, or makes no model.
    """
    used = options_of(study, target)
    phases = {name: used.phases[name] for name in plan.present(study, target)}
    return phase_models(phases, read_texts(study, plan.files(study, target)))


def instrument_of(study: Study, target: str) -> InstrumentSource:
    """Where the data set's line profile comes from."""
    used = options_of(study, target).instrument
    paths = pattern_inputs(study, target)[1:]
    profiles = read_record(study.home / paths[0], InstrumentProfiles) if paths else None
    return instrument_source(used, read_texts(study, plan.files(study, target)), profiles)


def asked(study: Study, target: str) -> dict[str, Any]:
    """Options of a data set as plain values: those of its own phases, and the files they name, by content."""
    everything, used = rietveld_options(study), options_of(study, target)
    names = plan.present(study, target)
    found = used.model_dump(exclude={"phases"})
    found["phases"] = {name: used.phases[name].model_dump() for name in names}
    found["engine"] = everything.engine
    found["gsas2"] = {"time_limit_s": everything.gsas2.time_limit_s}
    found["files"] = {f.path: f.sha256 for f in extra_files(study, plan.files(study, target))}
    found["title"] = study.dataset(target).title
    return found


def record_of(study: Study, target: str, options: dict[str, Any]) -> Provenance:
    """Where a result came from: the pattern's raw files, and the CIFs and instrument files."""
    made = provenance(study, options, target)
    more = extra_files(study, plan.files(study, target))
    return Provenance(made.options, (*made.raw_files, *more), made.libraries)


def keep_folder(study: Study, target: str, step: str) -> Path:
    """Where GSAS-II's own files of a step are kept, to be opened in its window."""
    return study.home / study.results / TECHNIQUE / target / f"{step}_gsas2"
