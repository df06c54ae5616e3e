"""Occupancies and displacement parameters that are linear in variables, as GSAS-II wants them: equations between parameters.

GSAS-II has no variables of its own for `p_j = c_j + sum_k F_jk v_k`. As many parameters as there are variables are chosen
as carriers B, `v = F_B^-1 (p_B - c_B)`; each other parameter then follows from them, `p_j - F_j F_B^-1 p_B = c_j - F_j F_B^-1 c_B`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .refusal import Refusal

SMALL = 1e-9


@dataclass(frozen=True)
class Equation:
    """`sum(factor * parameter) = total`; an equality of two parameters has the factors 1, -1 and the total 0."""

    parameters: tuple[str, ...]
    factors: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class Translation:
    """Parameters that are refined, equations between them, and variables from carriers: `(parameters - offset) @ matrix.T`."""

    refined: tuple[str, ...]
    carriers: tuple[str, ...]
    equations: tuple[Equation, ...]
    variables: tuple[str, ...]
    matrix: Any
    offset: Any


def translated(
    parameters: Sequence[str],
    forms: Sequence[Mapping[str, Any]],
    variables: Sequence[str],
    fixed: Mapping[str, float],
) -> Translation:
    """Write affine parameters as equations between parameters.

    Args:
        parameters: names of GSAS-II's parameters.
        forms: `constant`, `variables`, `factors` of each.
        variables: names of the refined variables.
        fixed: values of the variables that are not refined.

    Raises:
        Refusal: parameters do not tell the variables apart.
    """
    used = [v for v in variables if any(v in f["variables"] for f in forms)]
    matrix, constants = _matrix(forms, used, fixed)
    free = [j for j in range(len(parameters)) if np.abs(matrix[j]).max(initial=0.0) > SMALL]
    carriers = _carriers(matrix, free, len(used))
    if len(carriers) < len(used):
        raise Refusal(
            f"GSAS-II refines parameters of atoms, and they do not tell the variables {', '.join(used)} apart: "
            f"{len(used)} variables in {len(carriers)} independent parameters. Hold a variable, or leave one out."
        )
    inverse = np.linalg.inv(matrix[carriers]) if used else np.zeros((0, 0))
    equations = []
    for j in free:
        if j in carriers:
            continue
        row = matrix[j] @ inverse
        kept = [(carriers[i], row[i]) for i in range(len(carriers)) if abs(row[i]) > SMALL]
        total = constants[j] - sum(f * constants[i] for i, f in kept)
        names = (parameters[j], *(parameters[i] for i, _ in kept))
        equations.append(Equation(names, (1.0, *(-float(f) for _, f in kept)), float(total)))
    return Translation(
        tuple(parameters[j] for j in free),
        tuple(parameters[i] for i in carriers),
        tuple(equations),
        tuple(used),
        inverse,
        constants[carriers],
    )


def equalities(equations: Sequence[Equation]) -> bool:
    """Whether all equations say no more than that two parameters are equal."""
    return all(e.factors == (1.0, -1.0) and abs(e.total) < SMALL for e in equations)


def _matrix(
    forms: Sequence[Mapping[str, Any]], used: Sequence[str], fixed: Mapping[str, float]
) -> tuple[Any, Any]:
    matrix = np.zeros((len(forms), len(used)))
    constants = np.zeros(len(forms))
    for j, form in enumerate(forms):
        constants[j] = form["constant"]
        for name, factor in zip(form["variables"], form["factors"]):
            if name in used:
                matrix[j, used.index(name)] += factor
            else:
                constants[j] += factor * fixed[name]
    return matrix, constants


def _carriers(matrix: Any, free: Sequence[int], wanted: int) -> list[int]:
    """Independent rows, those of a single variable and of a large factor first."""
    order = sorted(
        free,
        key=lambda j: (int((np.abs(matrix[j]) > SMALL).sum()), -float(np.abs(matrix[j]).max()), j),
    )
    chosen: list[int] = []
    for j in order:
        if len(chosen) == wanted:
            break
        if np.linalg.matrix_rank(matrix[[*chosen, j]], tol=1e-7) > len(chosen):
            chosen.append(j)
    return chosen
