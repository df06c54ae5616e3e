"""Figures of Rietveld refinement: each function draws records on axes and writes no file."""

from pipeline.rietveld.figures.fitted import (
    FittedPattern,
    Ticks,
    calibrated_pattern,
    engine_label,
    high_angles,
    refined_pattern,
)
from pipeline.rietveld.figures.page import draw_refinements, page_height
from pipeline.rietveld.figures.pattern import draw_curves, draw_refinement, draw_weighted

__all__ = [
    "FittedPattern",
    "Ticks",
    "calibrated_pattern",
    "draw_curves",
    "draw_refinement",
    "draw_refinements",
    "draw_weighted",
    "engine_label",
    "high_angles",
    "page_height",
    "refined_pattern",
]
