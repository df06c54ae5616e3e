"""Figures of X-ray absorption: each function draws records on axes and writes no file."""

from pipeline.xas.figures.derivatives import draw_derivatives
from pipeline.xas.figures.edge_line import SamplePoints, draw_edge_line
from pipeline.xas.figures.exafs import draw_k_space, draw_r_space
from pipeline.xas.figures.fits import draw_lcf
from pipeline.xas.figures.series import (
    draw_components,
    draw_concentrations,
    draw_resolved,
    draw_scores,
    draw_scree,
    draw_target,
)
from pipeline.xas.figures.sets import draw_sets
from pipeline.xas.figures.spectra import Curve, draw_series, draw_spectra
from pipeline.xas.figures.trends import Points, draw_against, draw_shifts

__all__ = [
    "Curve",
    "Points",
    "SamplePoints",
    "draw_against",
    "draw_components",
    "draw_concentrations",
    "draw_derivatives",
    "draw_edge_line",
    "draw_k_space",
    "draw_lcf",
    "draw_r_space",
    "draw_resolved",
    "draw_scores",
    "draw_scree",
    "draw_series",
    "draw_sets",
    "draw_shifts",
    "draw_spectra",
    "draw_target",
]
