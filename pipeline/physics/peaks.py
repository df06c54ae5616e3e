"""A group of overlapping lines on one local background, for many frames at once: values and derivatives.

Parameters of a frame, in this order: background `b0, b1, ..` in powers of `t` (-1 to 1 over the window),
then a position and an area for each line, a width for each set of lines that shares one, and one Lorentzian
share and one asymmetry for the group. Shape is a slow function of the angle, and the shapes of lines that overlap
are told apart only through each other's tails; widths of lines that do not blend differ with the direction of
the strain or the size, and are their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.physics.lineshapes import Profile, doublet, pseudo_voigt


@dataclass(frozen=True)
class Layout:
    """Which parameter is where: `width_of[i]` is the number of the width that line i has."""

    width_of: tuple[int, ...]
    background_degree: int = 1
    split: bool = False

    @cached_property
    def n_lines(self) -> int:
        """Lines of the group."""
        return len(self.width_of)

    @cached_property
    def background(self) -> slice:
        """Background's coefficients."""
        return slice(0, self.background_degree + 1)

    @cached_property
    def position(self) -> slice:
        """Positions, one a line."""
        return slice(self.background.stop, self.background.stop + self.n_lines)

    @cached_property
    def area(self) -> slice:
        """Areas, one a line."""
        return slice(self.position.stop, self.position.stop + self.n_lines)

    @cached_property
    def fwhm(self) -> slice:
        """Widths, one a set of lines that shares one."""
        return slice(self.area.stop, self.area.stop + max(self.width_of) + 1)

    @cached_property
    def fwhm_of_line(self) -> IntArray:
        """Place of each line's width."""
        places: IntArray = np.asarray(self.width_of, dtype=np.int64) + int(self.fwhm.start)
        return places

    @cached_property
    def lorentz(self) -> int:
        """The Lorentzian share."""
        return int(self.fwhm.stop)

    @cached_property
    def asymmetry(self) -> int | None:
        """The asymmetry, of split lines."""
        return self.lorentz + 1 if self.split else None

    @cached_property
    def size(self) -> int:
        """Number of parameters."""
        return self.lorentz + 1 + self.split


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Angles of the frames `(n, m)`, the same from -1 to 1 `(n, m)`, and the doublet `(n,)`.

    `wavelength_ratio` is Kalpha2 over Kalpha1, `intensity_ratio` theirs; both None where
    no frame has a doublet.
    """

    x_deg: FloatArray
    t: FloatArray
    wavelength_ratio: FloatArray | None = None
    intensity_ratio: FloatArray | None = None


def line(
    layout: Layout, windows: Windows, theta: FloatArray, rows: IntArray, which: int
) -> Profile:
    """The profile of one line, of unit area.

    Args:
        layout: places of the parameters.
        windows: angles of all frames.
        theta: parameters `(k, p)`.
        rows: the frames `(k,)` that they are of.
        which: number of the line in the group.
    """
    x = windows.x_deg[rows]
    position = theta[:, layout.position.start + which]
    fwhm = theta[:, layout.fwhm_of_line[which]]
    lorentz = theta[:, layout.lorentz]
    asymmetry = None if layout.asymmetry is None else theta[:, layout.asymmetry]
    if windows.wavelength_ratio is None or windows.intensity_ratio is None:
        return pseudo_voigt(x, position, fwhm, lorentz, asymmetry)
    ratios = windows.wavelength_ratio[rows], windows.intensity_ratio[rows]
    return doublet(x, position, fwhm, lorentz, asymmetry, *ratios)


def evaluate(
    layout: Layout, windows: Windows, theta: FloatArray, rows: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Model `(k, m)` and its derivatives `(k, p, m)`; arguments as for `line`."""
    t = windows.t[rows]
    by = np.empty((len(rows), layout.size, t.shape[1]))
    by[:, 0] = 1.0
    for power in range(1, layout.background_degree + 1):
        np.multiply(by[:, power - 1], t, out=by[:, power])
    degree = layout.background_degree
    value = theta[:, 0, None] + theta[:, 1, None] * t if degree else np.zeros_like(t)
    if not degree:
        value += theta[:, 0, None]
    if degree == 2:
        value += theta[:, 2, None] * by[:, 2]
    by[:, layout.fwhm.start :] = 0.0
    for which in range(layout.n_lines):
        found = line(layout, windows, theta, rows, which)
        area = theta[:, layout.area.start + which, None]
        by[:, layout.area.start + which] = found.value
        np.multiply(found.by_position, area, out=by[:, layout.position.start + which])
        value += area * found.value
        by[:, layout.fwhm_of_line[which]] += area * found.by_fwhm
        by[:, layout.lorentz] += area * found.by_lorentz
        if layout.asymmetry is not None and found.by_asymmetry is not None:
            by[:, layout.asymmetry] += area * found.by_asymmetry
    return value, by
