"""What several steps ask of a study: models, instrument, where an engine may keep its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.errors import StudyError
from pipeline.core.nexus import Provenance, read_record
from pipeline.core.provenance import provenance
from pipeline.core.study import Study
from pipeline.rietveld import plan
from pipeline.rietveld.instrument_source import InstrumentSource, instrument_source
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.model.instrument_file import profile_of_file
from pipeline.rietveld.options import PhaseOptions
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
        StudyError: a CIF is missing, or a phase makes no model.
    """
    used = options_of(study, target)
    phases = {name: used.phases[name] for name in plan.present(study, target)}
    return _models(study, target, phases)


def model_of_standard(study: Study, target: str) -> PhaseModel:
    """The phase of a standard as it starts.

    Raises:
        StudyError: its CIF is missing, or it makes no model.
    """
    everything = rietveld_options(study)
    name = everything.standards[target].phase
    return _models(study, target, {name: everything.phases[name]})[0]


def _models(
    study: Study, target: str, phases: Mapping[str, PhaseOptions]
) -> tuple[PhaseModel, ...]:
    texts = read_texts(study, plan.files(study, target))
    try:
        return phase_models(phases, texts)
    except StudyError as error:
        raise StudyError(f"{study.source.name}: rietveld, data set '{target}', {error}") from None


def instrument_of(study: Study, target: str) -> InstrumentSource:
    """Where the data set's line profile comes from."""
    used = options_of(study, target).instrument
    paths = pattern_inputs(study, target)[1:]
    profiles = read_record(study.home / paths[0], InstrumentProfiles) if paths else None
    return instrument_source(used, read_texts(study, plan.files(study, target)), profiles)


def asked(study: Study, target: str) -> dict[str, Any]:
    """Options of a data set as plain values: those of its own phases, and the files they name, by content.

    Raises:
        StudyError: a file is missing, or makes no phase or profile: said before anything is refined.
    """
    models_of(study, target)
    everything, used = rietveld_options(study), options_of(study, target)
    names = plan.present(study, target)
    found = used.model_dump(exclude={"phases"})
    found["phases"] = {name: used.phases[name].model_dump() for name in names}
    # Saying the default is another answer than leaving it out: the flag `li_content_assumed` goes.
    found["li_fraction_given"] = [
        name for name in names if "li_fraction" in used.phases[name].model_fields_set
    ]
    found["engine"] = everything.engine
    found["gsas2"] = {"time_limit_s": everything.gsas2.time_limit_s}
    found["files"] = {f.path: f.sha256 for f in extra_files(study, plan.files(study, target))}
    if used.instrument.file is not None:
        _profile_of_file(study, used.instrument.file)
    found["title"] = study.dataset(target).title
    return found


def _profile_of_file(study: Study, name: str) -> None:
    try:
        profile_of_file(read_texts(study, (name,))[name], name)
    except StudyError as error:
        raise StudyError(f"{study.source.name}: rietveld, {error}") from None


def record_of(study: Study, target: str, options: dict[str, Any]) -> Provenance:
    """Where a result came from: the pattern's raw files, and the CIFs and instrument files."""
    made = provenance(study, options, target)
    more = extra_files(study, plan.files(study, target))
    return Provenance(made.options, (*made.raw_files, *more), made.libraries)


def keep_folder(study: Study, target: str, step: str) -> Path:
    """Where GSAS-II's own files of a step are kept, to be opened in its window."""
    return study.home / study.results / TECHNIQUE / target / f"{step}_gsas2"
