"""Figures of diffraction: each function draws records on axes and writes no file."""

from pipeline.xrd.figures.axis import (
    FRAME,
    angle_label,
    axis_title,
    choose_axis,
    place_text,
    places,
)
from pipeline.xrd.figures.broadening import NamedBroadening, draw_williamson_hall
from pipeline.xrd.figures.cells import NamedCell, draw_cells, panel_count
from pipeline.xrd.figures.changes import NamedChanges, change_names, draw_changes_of
from pipeline.xrd.figures.fits import draw_fit
from pipeline.xrd.figures.maps import Trace, draw_map, draw_onsets, draw_traces, map_axis
from pipeline.xrd.figures.marks import Marks
from pipeline.xrd.figures.stack import Curve, curve_of, draw_stack, draw_window, some_frames
from pipeline.xrd.figures.tracks import draw_tracks

__all__ = [
    "FRAME",
    "Curve",
    "Marks",
    "NamedBroadening",
    "NamedCell",
    "NamedChanges",
    "Trace",
    "angle_label",
    "axis_title",
    "change_names",
    "choose_axis",
    "curve_of",
    "draw_cells",
    "draw_changes_of",
    "draw_fit",
    "draw_map",
    "draw_onsets",
    "draw_stack",
    "draw_traces",
    "draw_tracks",
    "draw_williamson_hall",
    "draw_window",
    "map_axis",
    "panel_count",
    "place_text",
    "places",
    "some_frames",
]
