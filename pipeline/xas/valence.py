"""Average valence from fractions of standards."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import AnalysisError
from pipeline.xas.combinations import supported
from pipeline.xas.lcf_uncertainty import spread_about, together
from pipeline.xas.records import LcfCombinations, LcfResult, ValenceResult


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
    return ValenceResult(
        dataset=lcf.dataset,
        element=lcf.element,
        edge=lcf.edge,
        mode=lcf.mode,
        method="lcf",
        valence=valence,
        valence_sigma=np.sqrt(np.maximum(variance, 0.0)),
        valence_model_sigma=together(by_range, by_window, by_set),
        covariates=lcf.covariates,
        source_file=lcf.source_file,
        status=lcf.status,
        reason=lcf.reason,
        flags=lcf.flags,
        valence_range_sigma=by_range,
        valence_window_sigma=by_window,
        valence_standards_sigma=by_set,
    )


def _by_set(sets: LcfCombinations, valences: Mapping[str, float]) -> FloatArray:
    """Valence by each kept set `(n, n_kept)`; NaN where the data rule the set out."""
    known = np.array([valences.get(name, np.nan) for name in sets.candidates])
    unknown = (sets.fraction > 0) @ np.isnan(known).astype(np.float64) > 0
    valence = sets.fraction @ np.nan_to_num(known)
    usable = (supported(sets) > 0) & ~unknown
    found: FloatArray = np.where(usable, valence, np.nan)
    return found
