"""Average valence from fractions of standards, and what several methods say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from pipeline.core.arrays import BoolArray, FloatArray
from pipeline.core.errors import AnalysisError
from pipeline.xas.combinations import supported
from pipeline.xas.lcf_uncertainty import spread_about
from pipeline.xas.lcf_uncertainty import together as in_quadrature
from pipeline.xas.records import (
    Flag,
    LcfCombinations,
    LcfResult,
    ScanStatus,
    ValenceResult,
    Valences,
)
from pipeline.xas.verdicts import Verdicts

DISAGREEMENT_SIGMAS = 2.0  # of their joint sigma; methods further apart are flagged


def from_lcf(
    lcf: LcfResult, valences: Mapping[str, float], sets: LcfCombinations | None = None
) -> ValenceResult:
    """Give `v = sum_k f_k v_k` of each scan.

    `sigma^2 = v^T C v` with the full covariance of the fractions, whose terms are far from
    independent. The model sigma puts together the spread of `v` over other fit ranges, over
    other normalisation windows, and over the sets of standards that fit about as well.

    Args:
        lcf: fractions of standards.
        valences: valence of each standard, by data-set id.
        sets: fits by all sets of candidates; those with a candidate of unknown valence are not used.

    Returns:
        Valence of each scan with both sigmas; NaN where the fit failed.

    Raises:
        AnalysisError: a standard has no valence, or one that is not finite.
    """
    missing = [s for s in lcf.standards if not np.isfinite(valences.get(s, np.nan))]
    if missing:
        raise AnalysisError(
            f"data set '{lcf.dataset}': no valence is known for standard "
            f"{', '.join(repr(s) for s in missing)}; fill its column `valence` in the table"
        )
    v = np.array([valences[s] for s in lcf.standards])
    variance = np.einsum("k,nkl,l->n", v, lcf.fraction_covariance, v)
    valence = lcf.fraction @ v
    by_range = spread_about(valence, lcf.alternative_fraction @ v)
    by_window = spread_about(valence, lcf.window_fraction @ v)
    by_set = np.full(valence.shape, np.nan)
    if sets is not None:
        by_set = spread_about(valence, _by_set(sets, valences))
    sigma = np.sqrt(np.maximum(variance, 0.0))
    model = in_quadrature(by_range, by_window, by_set)
    half = np.hypot(sigma, np.nan_to_num(model))
    return ValenceResult(
        dataset=lcf.dataset,
        element=lcf.element,
        edge=lcf.edge,
        mode=lcf.mode,
        method="lcf",
        valence=valence,
        valence_sigma=sigma,
        valence_model_sigma=model,
        valence_low=valence - half,
        valence_high=valence + half,
        covariates=lcf.covariates,
        source_file=lcf.source_file,
        status=lcf.status,
        reason=lcf.reason,
        flags=lcf.flags,
        valence_range_sigma=by_range,
        valence_window_sigma=by_window,
        valence_standards_sigma=by_set,
    )


def together(lcf: ValenceResult | None, edge: ValenceResult | None) -> Valences:
    """Lay the methods beside each other, and flag scans for which they disagree.

    `methods_pull = (v_lcf - v_edge) / sqrt(h_lcf^2 + h_edge^2)` with the half widths of their 68 %
    intervals; more than two is a disagreement, flagged on both.

    Raises:
        ValueError: there is neither.
    """
    found = [one for one in (lcf, edge) if one is not None]
    if not found:
        raise ValueError("a valence needs a method")
    pull = np.full(len(found[0].status), np.nan)
    if lcf is not None and edge is not None:
        half = [(one.valence_high - one.valence_low) / 2 for one in (lcf, edge)]
        pull = (lcf.valence - edge.valence) / np.hypot(*half)
        disagree = np.abs(pull) > DISAGREEMENT_SIGMAS
        lcf, edge = _flagged(lcf, disagree), _flagged(edge, disagree)
        found = [lcf, edge]
    verdicts = Verdicts(found[0].status, found[0].reason, found[0].flags)
    for one in found[1:]:
        _add(verdicts, one)
    return Valences(lcf, edge, pull, verdicts.status, verdicts.reason, verdicts.flags)


def _add(verdicts: Verdicts, one: ValenceResult) -> None:
    """Add what became of each scan by one more method."""
    for status in dict.fromkeys(one.status):
        if status is not ScanStatus.OK:
            scans = np.array([s is status for s in one.status], dtype=np.bool_)
            verdicts.fail(scans, status, lambda i: one.reason[i])
    for flag in dict.fromkeys(flag for flags in one.flags for flag in flags):
        verdicts.flag(np.array([flag in flags for flags in one.flags], dtype=np.bool_), flag)


def _flagged(result: ValenceResult, scans: BoolArray) -> ValenceResult:
    verdicts = Verdicts(result.status, result.reason, result.flags)
    verdicts.flag(scans, Flag.METHODS_DISAGREE)
    return replace(result, flags=verdicts.flags)


def _by_set(sets: LcfCombinations, valences: Mapping[str, float]) -> FloatArray:
    """Valence by each kept set `(n, n_kept)`; NaN where the data rule the set out."""
    known = np.array([valences.get(name, np.nan) for name in sets.candidates])
    unknown = (sets.fraction > 0) @ np.isnan(known).astype(np.float64) > 0
    valence = sets.fraction @ np.nan_to_num(known)
    usable = (supported(sets) > 0) & ~unknown
    found: FloatArray = np.where(usable, valence, np.nan)
    return found
