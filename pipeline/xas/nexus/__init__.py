"""Which groups and fields an X-ray absorption result has: the record whole, and what to plot of it."""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.nexus import Plot, Provenance, StepResult
from pipeline.core.nexus.result import dataset_result, dataset_title
from pipeline.core.study import Dataset
from pipeline.xas.records import (
    CalibratedSeries,
    EdgeLine,
    FoilTemplate,
    LcfCombinations,
    LcfResult,
    NormalisedSeries,
    Valences,
)

TECHNIQUE = "xas"
ENERGY = "energy (eV)"


def on_common_grid(energy_ev: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Interpolate a series to one energy axis, for display only; the record keeps the measured axes.

    Args:
        energy_ev: `(n_scans, n_points)`, NaN where a row is padded or failed.
        values: the same shape.

    Returns:
        The axis of the first usable scan `(m,)`, and the values on it `(n_scans, m)`; NaN outside a
        scan and for failed ones.
    """
    usable = np.isfinite(energy_ev) & np.isfinite(values)
    rows = np.flatnonzero(usable.sum(axis=1) > 1)
    if not rows.size:
        return np.array([0.0, 1.0]), np.full((len(values), 2), np.nan)
    grid = energy_ev[rows[0]][usable[rows[0]]]
    out = np.full((len(values), grid.size), np.nan)
    for i in rows:
        e, v = energy_ev[i][usable[i]], values[i][usable[i]]
        out[i] = np.interp(grid, e, v, left=np.nan, right=np.nan)
    return grid, out


def spectra_plot(
    name: str, title: str, signal: str, label: str, energy_ev: FloatArray, values: FloatArray
) -> Plot:
    """Plot of a series: one curve for a single scan, else scans over energy."""
    grid, shown = on_common_grid(energy_ev, values)
    if len(shown) == 1:
        fields, axes = {signal: shown[0], "energy_ev": grid}, ("energy_ev",)
        return Plot(name, title, signal, axes, fields, {signal: label, "energy_ev": ENERGY})
    scans = np.arange(len(shown), dtype=np.float64)
    fields = {signal: shown, "scan": scans, "energy_ev": grid}
    labels = {signal: label, "energy_ev": ENERGY, "scan": "scan"}
    return Plot(name, title, signal, ("scan", "energy_ev"), fields, labels)


def scan_plot(
    name: str, title: str, signal: str, label: str, values: FloatArray, sigma: FloatArray
) -> Plot:
    """Plot of one number a scan with its error."""
    return Plot(
        name,
        title,
        signal,
        ("scan",),
        {signal: values, "scan": np.arange(values.size, dtype=np.float64)},
        {signal: label, "scan": "scan"},
        errors={signal: sigma},
    )


def template_result(template: FoilTemplate, target: str, record: Provenance) -> StepResult:
    """Result file of a foil template."""
    title = f"{template.element} foil, {template.edge} edge: template"
    plot = Plot(
        "foil",
        title,
        "reference_mu",
        ("energy_ev",),
        {"reference_mu": template.mu, "energy_ev": template.energy_ev},
        {"reference_mu": "absorption of the foil", "energy_ev": ENERGY},
        errors={"reference_mu": template.mu_sigma},
    )
    sample = f"{template.element} foil"
    return StepResult(TECHNIQUE, "template", 1, target, title, sample, template, (plot,), record)


def calibrated_result(series: CalibratedSeries, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of a calibrated series."""
    title = dataset_title(dataset, "calibrated")
    plots = (
        spectra_plot("spectra", title, "mu", "absorption", series.energy_ev, series.raw.mu),
        scan_plot(
            *("shift", dataset_title(dataset, "calibration shift"), "shift_ev"),
            *("shift (eV)", series.shift_ev, series.shift_sigma_ev),
        ),
    )
    return dataset_result(TECHNIQUE, "calibrate", 2, dataset, title, series, plots, record)


def prepared_result(series: CalibratedSeries, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of a series as it goes into normalisation."""
    title = dataset_title(dataset, "prepared")
    plot = spectra_plot("spectra", title, "mu", "absorption", series.energy_ev, series.raw.mu)
    return dataset_result(TECHNIQUE, "prepare", 3, dataset, title, series, (plot,), record)


def normalised_result(series: NormalisedSeries, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of a normalised series."""
    title = dataset_title(dataset, "normalised")
    plots = (
        spectra_plot(
            *("spectra", title, "mu_normalised", "normalised, flattened absorption"),
            *(series.energy_ev, series.flattened),
        ),
        scan_plot(
            *("edge", dataset_title(dataset, "edge position"), "half_step_ev"),
            *("energy at half step (eV)", series.half_step_ev, series.half_step_sigma_ev),
        ),
    )
    return dataset_result(TECHNIQUE, "normalise", 4, dataset, title, series, plots, record)


def lcf_result(result: LcfResult, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of a series of fits; the default view is the fit of the first scan that has one."""
    title = dataset_title(dataset, "linear-combination fit")
    fitted = np.flatnonzero(np.isfinite(result.r_factor))
    plots = [_fit_plot(result, int(fitted[0]) if fitted.size else 0, title)]
    for k, name in enumerate(result.standards):
        plots.append(
            scan_plot(
                *(f"fraction_{name}", f"{title}: {name}", "fraction"),
                *(f"fraction of {name}", result.fraction[:, k], result.fraction_sigma[:, k]),
            )
        )
    return dataset_result(TECHNIQUE, "lcf", 5, dataset, title, result, tuple(plots), record)


def _fit_plot(result: LcfResult, scan: int, title: str) -> Plot:
    used = np.isfinite(result.energy_ev[scan])
    if not used.any():  # no scan was fitted: the view shows an empty curve, the record says why
        used = np.ones(result.energy_ev.shape[1], dtype=bool)
    fields = {
        "energy_ev": result.energy_ev[scan][used],
        "data_normalised": result.data_normalised[scan][used],
        "fit_normalised": result.fit_normalised[scan][used],
        "residual_normalised": result.residual_normalised[scan][used],
    }
    labels = {
        "energy_ev": ENERGY,
        "data_normalised": "normalised absorption",
        "fit_normalised": "fit",
        "residual_normalised": "residual",
    }
    for k, name in enumerate(result.standards):
        key = f"{name}_normalised"
        fields[key] = result.weights[scan, k] * result.components_normalised[scan, k][used]
        labels[key] = f"{result.weights[scan, k]:.3f} {result.standard_titles[k]}"
    auxiliary = tuple(n for n in fields if n not in ("energy_ev", "data_normalised"))
    heading = f"{title}, scan {scan}"
    return Plot("fit", heading, "data_normalised", ("energy_ev",), fields, labels, auxiliary)


def combinations_result(
    result: LcfCombinations, dataset: Dataset, record: Provenance
) -> StepResult:
    """Result file of a ranking of sets of standards; the view shows the best set of each scan."""
    title = dataset_title(dataset, "fits by all sets of standards")
    nothing = np.full((len(result.status), 1), np.nan)  # where no candidate could be used
    best = np.hstack([result.reduced_chi2, nothing])[:, 0]
    plot = scan_plot(
        *("best_set", title, "reduced_chi2", "reduced chi2 of the best set"),
        *(best, np.full(best.shape, np.nan)),
    )
    return dataset_result(TECHNIQUE, "combinations", 5, dataset, title, result, (plot,), record)


def line_result(line: EdgeLine, target: str, record: Provenance) -> StepResult:
    """Result file of an edge line: known valences, those predicted without each, over the edge energy."""
    title = f"{line.element} {line.edge}: valence against edge energy ({line.position.replace('_', ' ')})"
    order = np.argsort(line.energy_ev, kind="stable")
    plot = Plot(
        "line",
        title,
        "valence",
        ("energy_ev",),
        {
            "valence": line.valence[order],
            "predicted_valence": line.predicted_valence[order],
            "energy_ev": line.energy_ev[order],
        },
        {
            "valence": f"{line.element} valence",
            "predicted_valence": "predicted by the line without the compound",
            "energy_ev": "edge energy (eV)",
        },
        auxiliary=("predicted_valence",),
        errors={"predicted_valence": line.predicted_valence_sigma[order]},
    )
    sample = f"{line.element} compounds of known valence"
    return StepResult(TECHNIQUE, "line", 4, target, title, sample, line, (plot,), record)


def valences_result(found: Valences, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the valences of a sample, one plot a method; the first, `valence`, is the default."""
    title = dataset_title(dataset, "valence")
    plots = tuple(
        scan_plot(
            *(f"valence_{one.method}" if i else "valence", f"{title} by {one.method}", "valence"),
            *(f"{one.element} valence", one.valence, one.valence_sigma),
        )
        for i, one in enumerate(found.by_method)
    )
    return dataset_result(TECHNIQUE, "valence", 6, dataset, title, found, plots, record)
