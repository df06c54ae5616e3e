"""Figures of Rietveld refinement: each function draws records on axes and writes no file."""

from pipeline.rietveld.figures.fitted import (
    FittedPattern,
    Ticks,
    calibrated_pattern,
    engine_label,
    high_angles,
    refined_pattern,
)
from pipeline.rietveld.figures.numbers import (
    NamedRefinements,
    Panel,
    engines_of,
    panels_of,
    quantity,
)
from pipeline.rietveld.figures.page import (
    draw_numbers,
    draw_refinements,
    numbers_height,
    page_height,
)
from pipeline.rietveld.figures.pattern import draw_curves, draw_refinement, draw_weighted
from pipeline.rietveld.figures.sensitivity import choices_of, draw_sensitivity
from pipeline.rietveld.figures.trends import draw_samples, draw_series, refusals
from pipeline.rietveld.figures.weights import bars_of, draw_weights

__all__ = [
    "FittedPattern",
    "NamedRefinements",
    "Panel",
    "Ticks",
    "bars_of",
    "calibrated_pattern",
    "choices_of",
    "draw_curves",
    "draw_numbers",
    "draw_refinement",
    "draw_refinements",
    "draw_samples",
    "draw_sensitivity",
    "draw_series",
    "draw_weighted",
    "draw_weights",
    "engine_label",
    "engines_of",
    "high_angles",
    "numbers_height",
    "page_height",
    "panels_of",
    "quantity",
    "refined_pattern",
    "refusals",
]
