"""One style for all figures: column width, readable type, colours that the colour-blind tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN_MM = 85.0  # one column of a two-column journal
DPI = 300

# M. Okabe and K. Ito's set, told apart with any kind of colour vision; yellow is left out: too pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#7f7f7f"

_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same everywhere
    "font.size": 7.5,
    "axes.labelsize": 7.5,
    "axes.titlesize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "errorbar.capsize": 1.5,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "axes.formatter.useoffset": False,
    "pdf.fonttype": 42,  # text stays text
    "svg.hashsalt": "cathode-xray",
    "figure.constrained_layout.use": True,
}


@contextmanager
def figure(height_ratio: float = 0.75, columns: float = 1.0) -> Iterator[Figure]:
    """Give an empty figure of column width, in the style, closed afterwards.

    Args:
        height_ratio: height over width.
        columns: width in journal columns.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    width = columns * COLUMN_MM / 25.4
    with mpl.rc_context(_STYLE):
        made = plt.figure(figsize=(width, width * height_ratio))
        try:
            yield made
        finally:
            plt.close(made)


def save(made: Figure, stem: Path) -> None:
    """Write a figure as `stem.pdf` and `stem.png`, without a date: same input, same bytes."""
    made.draw_without_rendering()
    made.set_layout_engine("none")  # laid out once, not again for each kind of file
    for kind, metadata in (
        ("pdf", {"CreationDate": None, "Producer": None, "Creator": "cathode-xray"}),
        ("png", {"Software": None}),
    ):
        with atomic_path(stem.with_name(f"{stem.name}.{kind}")) as part:
            made.savefig(part, format=kind, dpi=DPI, metadata=metadata)


def colour_map(count: int) -> list[tuple[float, float, float, float]]:
    """Colours of an ordered series, light to dark, equal steps to the eye."""
    import matplotlib as mpl

    return [tuple(c) for c in mpl.colormaps["viridis"](np.linspace(0.0, 0.88, max(count, 1)))]


def nothing_to_show(ax: Axes, why: str) -> None:
    """Say in the plot itself why it is empty."""
    ax.text(0.5, 0.5, why, ha="center", va="center", transform=ax.transAxes, color=GREY, wrap=True)
    ax.set_xticks([])
    ax.set_yticks([])
