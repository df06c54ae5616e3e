"""Result files of what looks at whole series: components, resolutions, extended fine structure."""

from __future__ import annotations

import numpy as np

from pipeline.core.nexus import Plot, Provenance, StepResult
from pipeline.core.nexus.result import dataset_result, dataset_title
from pipeline.core.study import Dataset
from pipeline.xas.nexus import ENERGY, TECHNIQUE, scan_plot
from pipeline.xas.records import ExafsSeries, McrResult, PcaResult


def pca_result(result: PcaResult, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of principal components; the default view is the scree."""
    title = dataset_title(dataset, "principal components")
    c = np.arange(1, result.singular_value.size + 1, dtype=np.float64)
    scree = Plot(
        "scree",
        title,
        "singular_value",
        ("component_index",),
        {"singular_value": result.singular_value, "component_index": c},
        {"singular_value": "singular value", "component_index": "component"},
    )
    kept = np.arange(1, len(result.component_normalised) + 1, dtype=np.float64)
    curves = Plot(
        "components",
        f"{title}: components",
        "component_normalised",
        ("component_index", "energy_ev"),
        {
            "component_normalised": result.component_normalised,
            "component_index": kept,
            "energy_ev": result.energy_ev,
        },
        {
            "component_normalised": "component",
            "component_index": "component",
            "energy_ev": ENERGY,
        },
    )
    scores = Plot(
        "scores",
        f"{title}: scores",
        "score",
        ("component_index", "scan"),
        {
            "score": result.score.T,
            "component_index": kept,
            "scan": np.arange(len(result.score), dtype=np.float64),
        },
        {"score": "score", "component_index": "component", "scan": "scan"},
    )
    return dataset_result(
        TECHNIQUE, "pca", 6, dataset, title, result, (scree, curves, scores), record
    )


def mcr_result(result: McrResult, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of a curve resolution; the default view is the resolved spectra."""
    title = dataset_title(dataset, "curve resolution")
    fields = {
        f"{name}_normalised": spectrum
        for name, spectrum in zip(result.components, result.spectrum_normalised, strict=True)
    }
    labels = {
        f"{name}_normalised": label
        for name, label in zip(result.components, result.component_titles, strict=True)
    }
    signal, *others = fields
    spectra = Plot(
        "spectra",
        title,
        signal,
        ("energy_ev",),
        fields | {"energy_ev": result.energy_ev},
        labels | {"energy_ev": ENERGY},
        tuple(others),
    )
    concentrations = [
        scan_plot(
            *(f"concentration_{name}", f"{title}: {label}", "concentration"),
            *(f"concentration of {label}", result.concentration[:, k]),
            result.concentration_sigma[:, k],
        )
        for k, (name, label) in enumerate(
            zip(result.components, result.component_titles, strict=True)
        )
    ]
    return dataset_result(
        TECHNIQUE, "mcr", 7, dataset, title, result, (spectra, *concentrations), record
    )


def exafs_result(series: ExafsSeries, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the extended fine structure; the default view is |chi(R)| of the mean."""
    title = dataset_title(dataset, "extended fine structure")
    r_space = Plot(
        "r_space",
        f"{title}, mean of the good scans",
        "chir_mean_magnitude_inv_angstrom",
        ("r_angstrom",),
        {
            "chir_mean_magnitude_inv_angstrom": series.chir_mean_magnitude_inv_angstrom,
            "r_angstrom": series.r_angstrom,
        },
        {
            "chir_mean_magnitude_inv_angstrom": f"|chi(R)|, k weight {series.kweight}",
            "r_angstrom": "R, not corrected for phase (angstrom)",
        },
    )
    k_space = Plot(
        "k_space",
        f"{title}, mean of the good scans",
        "chi_mean",
        ("k_inv_angstrom",),
        {"chi_mean": series.chi_mean, "k_inv_angstrom": series.k_inv_angstrom},
        {"chi_mean": "chi(k)", "k_inv_angstrom": "k (1/angstrom)"},
    )
    peak = scan_plot(
        *("first_shell", f"{title}: first shell", "r_peak_angstrom"),
        *("peak of |chi(R)| (angstrom)", series.r_peak_angstrom, series.r_peak_sigma_angstrom),
    )
    return dataset_result(
        TECHNIQUE, "exafs", 8, dataset, title, series, (r_space, k_space, peak), record
    )
