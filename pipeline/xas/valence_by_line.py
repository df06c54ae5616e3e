"""Valence from the line of edge energies, with the model sigma that a sample's family asks for."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.xas.edge_line import beyond, edge_energies, family_sigma_ev, read_off
from pipeline.xas.options import ValenceOptions
from pipeline.xas.records import EdgeLine, Flag, NormalisedSeries, ScanStatus, ValenceResult
from pipeline.xas.verdicts import Verdicts


def from_line(
    series: NormalisedSeries, line: EdgeLine, family: str, options: ValenceOptions
) -> ValenceResult:
    """Read the valence of each scan off the line.

    `valence_sigma` is the prediction sigma: the scan's edge energy, the line, and the scatter of
    compounds about it. `valence_model_sigma` is the spread over lines without one of their
    standards, and for a sample whose family is not among the line's, or not stated, what compounds of other
    families are off by. The 68 % interval adds both, the first with Student's t for what was estimated from few standards.

    Args:
        series: normalised scans of the sample.
        line: the line of its edge.
        family: the sample's family of compounds, '' where it is not stated.
        options: what to take for another family where no compound tells.
    """
    verdicts = Verdicts(series.status, series.reason, series.flags)
    energy, sigma = edge_energies(series, line.position)
    everything = np.ones(len(series.status), dtype=np.bool_)
    if line.why_not:
        verdicts.fail(everything, ScanStatus.NO_LINE, line.why_not)
    what = line.position.replace("_", " ")
    verdicts.fail(
        ~np.isfinite(energy), ScanStatus.NO_EDGE_POSITION, f"the scan has no edge energy ({what})"
    )
    valence, statistical, over_sets = read_off(line, energy, sigma)
    families = line.line_families
    model = np.nan_to_num(over_sets)
    if families and family not in families:
        off_ev = family_sigma_ev(line, series.dataset, options.family_sigma_ev)
        model = np.hypot(model, off_ev / line.slope_ev)
    _flag(verdicts, line, family, energy, sigma)
    half = np.hypot(line.interval_ratio * statistical, model)

    def good(values: FloatArray) -> FloatArray:
        return np.where(verdicts.ok, values, np.nan)

    return ValenceResult(
        dataset=series.dataset,
        element=series.element,
        edge=series.edge,
        mode=series.mode,
        method="edge",
        valence=good(valence),
        valence_sigma=good(statistical),
        valence_model_sigma=good(model),
        valence_low=good(valence - half),
        valence_high=good(valence + half),
        covariates=series.covariates,
        source_file=series.source_file,
        status=verdicts.status,
        reason=verdicts.reason,
        flags=verdicts.flags,
    )


def _flag(
    verdicts: Verdicts, line: EdgeLine, family: str, energy: FloatArray, sigma: FloatArray
) -> None:
    """Remarks on the family and on energies outside the standards."""
    families = line.line_families
    ok = verdicts.ok
    if len(families) > 1:
        verdicts.flag(ok, Flag.LINE_ACROSS_FAMILIES)
    if family and families and family not in families:
        verdicts.flag(ok, Flag.FAMILY_DIFFERS)
    members = np.array(line.in_line)
    below, above = beyond(energy, sigma, line.energy_ev[members], line.energy_sigma_ev[members])
    verdicts.flag(ok & (below | above), Flag.LINE_EXTRAPOLATED)
    verdicts.flag(ok & above, Flag.EDGE_ABOVE_HIGHEST_STANDARD)
