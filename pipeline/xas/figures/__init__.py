"""Figures of X-ray absorption: each function draws records on axes and writes no file."""

from pipeline.xas.figures.fits import draw_lcf
from pipeline.xas.figures.sets import draw_sets
from pipeline.xas.figures.spectra import Curve, draw_series, draw_spectra
from pipeline.xas.figures.trends import Points, draw_against, draw_shifts

__all__ = [
    "Curve",
    "Points",
    "draw_against",
    "draw_lcf",
    "draw_series",
    "draw_sets",
    "draw_shifts",
    "draw_spectra",
]
