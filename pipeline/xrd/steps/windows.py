"""Which parts of patterns are shown enlarged, and which line they are compared by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.xrd.figures import Marks
from pipeline.xrd.options import Hkl, hkl_label
from pipeline.xrd.records import PeakTracks

Window = tuple[float, float]

_USUAL_PAIR = ("108", "110")  # of layered oxides, whose splitting shows their order
_MARGIN_DEG = 0.8
_MARGIN_WIDTHS = 5.0
_MARGINS_DEG = (0.4, 1.5)
MOST_WINDOWS = 3


def enlarged(
    marks: Marks, tracks: Sequence[PeakTracks], splittings: Iterable[tuple[Hkl, Hkl]]
) -> list[Window]:
    """Windows on the target's axis: about the first line, and about each pair whose splitting is asked for.

    Args:
        marks: reflections of the phase.
        tracks: lines of the data sets that are compared, where they were followed.
        splittings: pairs of reflections; without any, (108) and (110) where they are there.
    """
    first = marks.hkl[int(np.argmin(marks.two_theta_deg))]
    asked = [(hkl_label(a), hkl_label(b)) for a, b in splittings]
    usual = [_USUAL_PAIR] if set(_USUAL_PAIR) <= set(marks.hkl) else []
    groups = [(first,), *(asked or usual)]
    made = [_window(marks, tracks, group) for group in groups[:MOST_WINDOWS]]
    return [w for w in made if np.isfinite(w).all()]


def _window(marks: Marks, tracks: Sequence[PeakTracks], lines: tuple[str, ...]) -> Window:
    places = [float(a) for h, a in zip(marks.hkl, marks.two_theta_deg, strict=True) if h in lines]
    widths = []
    for one in tracks:
        own = [h in lines for h in one.lines.hkl]
        at, measured = one.position_target_deg[:, own], one.position_deg[:, own]
        seen = np.isfinite(at)
        places += at[seen].tolist()
        stretch = np.tan(np.radians(at[seen] / 2)) / np.tan(np.radians(measured[seen] / 2))
        widths += (stretch * one.fwhm_deg[:, own][seen]).tolist()
    margin = _MARGIN_WIDTHS * max(widths) if widths else _MARGIN_DEG
    margin = float(np.clip(margin, *_MARGINS_DEG))
    return min(places) - margin, max(places) + margin


def reference_line(tracks: Sequence[PeakTracks], windows: Sequence[Window]) -> str | None:
    """Strongest line outside the windows that was found in every data set: what intensities are compared by."""
    best, strongest = None, 0.0
    for hkl in tracks[0].lines.hkl:
        areas, places = zip(*(_of(one, hkl) for one in tracks), strict=True)
        outside = not any(low <= p <= high for p in places for low, high in windows)
        if outside and np.isfinite(areas).all() and min(areas) > strongest:
            best, strongest = hkl, float(min(areas))
    return best


def _of(track: PeakTracks, hkl: str) -> tuple[float, float]:
    """Area and place of a line in the first frame where it was found; NaN without one."""
    if hkl not in track.lines.hkl:
        return np.nan, np.nan
    place = track.lines.hkl.index(hkl)
    areas: FloatArray = track.area_counts_deg[:, place]
    there = np.flatnonzero(np.isfinite(areas))
    if not there.size:
        return np.nan, np.nan
    at = track.position_target_deg[there[0], place]
    return float(areas[there[0]]), float(at)
