"""A layered oxide whose start height of oxygen is of the other setting, brought to ours: lithium at 0, 0, 0.

Papers print z near 0.24 with lithium at the origin and near 0.26 with the metal there; it is the same structure. A refinement of
one that starts at the height of the other ends in a false minimum.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.rietveld.evidence import height_of
from pipeline.rietveld.interface import PhaseModel
from pipeline.rietveld.model.settings import MIDDLE, oxygen_height


def in_our_setting(models: tuple[PhaseModel, ...]) -> tuple[tuple[PhaseModel, ...], bool]:
    """Phases with the oxygen below the middle, `1/2 - z` in place of z, and whether any was above it, or is in another setting than its file."""
    settled = tuple(_settled(m) for m in models)
    changed = any(m.setting_changed for m in models)  # of a file, when it was read
    return settled, changed or settled != models


def _settled(model: PhaseModel) -> PhaseModel:
    name = height_of(model)
    if not name:
        return model
    label = name.split(".")[-2]
    oxygen = next(a for a in model.atoms if a.label == label)
    height = oxygen_height(oxygen.z_fraction)
    if height <= MIDDLE:
        return model
    moved = {
        a.label: replace(a, z_fraction=0.5 - height) for a in model.atoms if a.site == oxygen.site
    }
    return replace(model, atoms=tuple(moved.get(a.label, a) for a in model.atoms))
