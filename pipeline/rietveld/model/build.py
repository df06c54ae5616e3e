"""Phases as options describe them, to models that a job takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.core.errors import StudyError, did_you_mean
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model.cif import structure_of_cif
from pipeline.rietveld.model.constraints import constrained
from pipeline.rietveld.model.general import general_phase
from pipeline.rietveld.model.known import KNOWN
from pipeline.rietveld.model.layered import layered_oxide
from pipeline.rietveld.model.settings import in_our_setting
from pipeline.rietveld.options.phases import PhaseOptions


def phase_models(
    phases: Mapping[str, PhaseOptions], texts: Mapping[str, str]
) -> tuple[PhaseModel, ...]:
    """Make the model of each phase.

    Args:
        phases: options by the phase's name, the main phase first.
        texts: CIFs by the name that `cif:` gives.

    Raises:
        StudyError: what is asked for makes no structure; the message names the phase.
    """
    return tuple(_model(name, used, texts) for name, used in phases.items())


def _model(name: str, used: PhaseOptions, texts: Mapping[str, str]) -> PhaseModel:
    model = constrained(_structure(name, used, texts), used)
    return replace(
        model,
        march_axis=used.preferred_orientation,
        refine_cell=used.refine_cell,
        refine_size=used.refine_size,
        refine_strain=used.refine_strain,
    )


def _structure(name: str, used: PhaseOptions, texts: Mapping[str, str]) -> PhaseModel:
    if used.model is not None:
        return layered_oxide(name, used)
    if used.known is not None:
        if used.known not in KNOWN:
            hint = did_you_mean(used.known, KNOWN)
            raise StudyError(f"phase '{name}': no built-in phase '{used.known}'.{hint}")
        return general_phase(name, used, KNOWN[used.known].structure)
    file = used.cif or ""
    return general_phase(name, used, in_our_setting(structure_of_cif(texts[file], file, name)))
