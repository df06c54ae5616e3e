"""Cell lengths and angles from the reciprocal metric that GSAS-II refines, with their derivatives.

`1/d^2 = A0 h^2 + A1 k^2 + A2 l^2 + A3 hk + A4 hl + A5 kl`. GSAS-II's own sigma of a hexagonal `a` is 5/3 too large
(`getCellEsd` treats A1 and A3 as if they were not A0), so that its covariance of the A is used and not its cell's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NAMES = ("a_angstrom", "b_angstrom", "c_angstrom", "alpha_deg", "beta_deg", "gamma_deg")
_PLACES = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def terms_of(cell: Any) -> Any:
    """The six A, `(6,)`, of a cell in angstrom and degree, `(6,)`."""
    a, b, c = cell[:3]
    ca, cb, cg = np.cos(np.radians(np.asarray(cell[3:], dtype=float)))
    metric = np.array(
        [
            [a * a, a * b * cg, a * c * cb],
            [a * b * cg, b * b, b * c * ca],
            [a * c * cb, b * c * ca, c * c],
        ]
    )
    star = np.linalg.inv(metric)
    return np.array([star[i, j] * (1.0 if i == j else 2.0) for i, j in _PLACES])


def cell_of(terms: Any) -> Any:
    """A cell in angstrom and degree, `(6,)`, from the six A."""
    metric = np.linalg.inv(_star(terms))
    lengths = np.sqrt(np.diag(metric))
    cosines = [metric[i, j] / (lengths[i] * lengths[j]) for i, j in ((1, 2), (0, 2), (0, 1))]
    return np.array([*lengths, *np.degrees(np.arccos(cosines))])


def derivatives(terms: Any) -> Any:
    """Derivatives of the cell by the six A, `(6, 6)`: `dG = -G dG* G` of the metric G."""
    metric = np.linalg.inv(_star(terms))
    lengths = np.sqrt(np.diag(metric))
    found = np.zeros((6, 6))
    for k in range(6):
        unit = np.zeros(6)
        unit[k] = 1.0
        change = -metric @ _star(unit) @ metric
        by_length = np.diag(change) / (2 * lengths)
        found[:3, k] = by_length
        for row, (i, j) in enumerate(((1, 2), (0, 2), (0, 1)), start=3):
            product = lengths[i] * lengths[j]
            cosine = metric[i, j] / product
            by_cosine = change[i, j] / product - cosine * (
                by_length[i] / lengths[i] + by_length[j] / lengths[j]
            )
            found[row, k] = -np.degrees(by_cosine / np.sqrt(1 - cosine * cosine))
    return found


def ties(system: str, rhombohedral_axes: bool, unique: str) -> tuple[Any, tuple[str, ...]]:
    """How the six A follow from the free ones, `(6, n_free)`, and the names of the cell's free numbers.

    Args:
        system: crystal system.
        rhombohedral_axes: a trigonal cell with a = b = c.
        unique: unique axis of a monoclinic cell.
    """
    if system == "cubic":
        return _columns((0, 1, 2)), ("a_angstrom",)
    if system == "trigonal" and rhombohedral_axes:
        return _columns((0, 1, 2), (3, 4, 5)), ("a_angstrom", "alpha_deg")
    if system in ("trigonal", "hexagonal"):
        return _columns((0, 1, 3), (2,)), ("a_angstrom", "c_angstrom")
    if system == "tetragonal":
        return _columns((0, 1), (2,)), ("a_angstrom", "c_angstrom")
    if system == "orthorhombic":
        return _columns((0,), (1,), (2,)), NAMES[:3]
    if system == "monoclinic":
        place = {"a": (5, 3), "b": (4, 4), "c": (3, 5)}[unique]
        return _columns((0,), (1,), (2,), (place[0],)), (*NAMES[:3], NAMES[place[1]])
    return np.eye(6), NAMES


def _columns(*groups: tuple[int, ...]) -> Any:
    found = np.zeros((6, len(groups)))
    for column, group in enumerate(groups):
        found[list(group), column] = 1.0
    return found


def _star(terms: Any) -> Any:
    star = np.zeros((3, 3))
    for value, (i, j) in zip(terms, _PLACES):
        star[i, j] = star[j, i] = value if i == j else value / 2
    return star
