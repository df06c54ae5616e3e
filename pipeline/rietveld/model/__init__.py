"""Structures as options describe them: the layered oxide, phases that are built in, CIFs."""

from pipeline.rietveld.model.build import phase_models

__all__ = ["phase_models"]
