"""What artists on axes show, as numbers."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer


def line(ax: Axes, label: str) -> tuple[Any, Any]:
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


def words(ax: Axes) -> str:
    return " ".join(t.get_text() for t in ax.texts).replace("\n", " ")


def bars(ax: Axes, label: str = "") -> list[ErrorbarContainer]:
    every = [c for c in ax.containers if isinstance(c, ErrorbarContainer)]
    return [c for c in every if label in ("", c.get_label())]


def points(container: ErrorbarContainer) -> tuple[Any, Any]:
    data = container.lines[0]
    return np.asarray(data.get_xdata(), dtype=float), np.asarray(data.get_ydata(), dtype=float)


def half_lengths(container: ErrorbarContainer, along: int = 1) -> Any:
    (ends,) = container.lines[2]
    segments = [np.asarray(s) for s in ends.get_segments()]
    there = [s for s in segments if s.shape == (2, 2) and np.isfinite(s).all()]
    return np.array([np.ptp(s[:, along]) / 2 for s in there])


def crosses(ax: Axes) -> list[list[float]]:
    return [
        np.asarray(one.get_xdata()).tolist() for one in ax.lines if one.get_label() == "_refused"
    ]


def end_of(container: ErrorbarContainer) -> float:
    (ends,) = container.lines[2]
    return float(np.asarray(ends.get_segments()[0])[:, 0].mean())
