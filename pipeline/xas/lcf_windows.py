"""The same data normalised with other windows, for the model sigma of a fit."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.options import Window
from pipeline.xas.normalise import normalise
from pipeline.xas.options import NormaliseOptions
from pipeline.xas.records import CalibratedSeries, NormalisedSeries

# Each end of each window is moved in by this part of the window, one at a time.
WINDOW_CHANGE = 0.2
N_OTHER_WINDOWS = 4


def other_windows(options: NormaliseOptions) -> Iterator[NormaliseOptions]:
    """Give options with one end of one window moved in; outside, a scan may have no points."""
    for name in ("pre_ev", "post_ev"):
        low, high = window = getattr(options, name)
        move = WINDOW_CHANGE * _width(window)
        for moved in ((low + move, high), (low, high - move)):
            yield options.model_copy(update={name: moved})


def renormalised(
    series: CalibratedSeries, e0_ev: float, options: NormaliseOptions
) -> tuple[NormalisedSeries, ...]:
    """Normalise a series with each of the other windows; none where it came normalised."""
    if options.method == "none":
        return ()
    return tuple(normalise(series, e0_ev, other) for other in other_windows(options))


def _width(window: Window) -> float:
    return window[1] - window[0]
