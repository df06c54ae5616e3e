"""What to plot of the results of powder diffraction; the writer stores each record whole."""

from __future__ import annotations

import re

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import LABELS
from pipeline.core.nexus import Plot, Provenance, StepResult
from pipeline.core.nexus.result import dataset_result
from pipeline.core.study import Dataset
from pipeline.xrd.records import (
    Broadening,
    CellSeries,
    ConvertedSeries,
    PeakTracks,
    Transitions,
)

TECHNIQUE = "xrd"
ANGLE = "2theta (degree)"
TIME = "time since the first frame (s)"


def patterns_result(series: ConvertedSeries, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the patterns; beside them `frames`, when each was measured and how warm it was."""
    title = f"{dataset.title}: patterns"
    measured = series.measured
    angles_deg, counts = _shown(measured.two_theta_deg, measured.intensity_counts)
    fields = {"intensity_counts": counts, "two_theta_deg": angles_deg}
    labels = {"intensity_counts": "intensity (counts)", "two_theta_deg": ANGLE, "frame": "frame"}
    axes: tuple[str, ...] = ("two_theta_deg",)
    if counts.ndim == 2:
        fields["frame"] = np.arange(len(counts), dtype=np.float64)
        axes = ("frame", *axes)
    patterns = Plot("patterns", title, "intensity_counts", axes, fields, labels)
    beside = measured.covariates
    frames = Plot(
        "frames",
        f"{dataset.title}: frames",
        "temperature_c",
        ("time_s",),
        {"temperature_c": beside.temperature_c, "time_s": beside.time_s},
        {"temperature_c": "temperature (degC)", "time_s": TIME},
    )
    return dataset_result(TECHNIQUE, "read", 1, dataset, title, series, (patterns, frames), record)


def _shown(two_theta_deg: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give one axis and the counts on it, for display: the measured arrays where all frames share a grid.

    Frames on other grids are interpolated to that of the first good one; the record keeps what was measured.
    """
    good = np.flatnonzero(np.isfinite(two_theta_deg).sum(axis=1) > 1)
    if not good.size:
        return np.array([0.0, 1.0]), np.full((len(counts), 2), np.nan)
    axis = two_theta_deg[good[0]]
    if len(counts) == 1:
        return axis[np.isfinite(axis)], counts[0][np.isfinite(axis)]
    if np.isfinite(axis).all() and (two_theta_deg[good] == axis).all():
        return axis, counts
    axis = axis[np.isfinite(axis)]
    out = np.full((len(counts), axis.size), np.nan)
    for i in good:
        inside = np.isfinite(two_theta_deg[i])
        x, y = two_theta_deg[i][inside], counts[i][inside]
        out[i] = np.interp(axis, x, y, left=np.nan, right=np.nan)
    return axis, out


def tracks_result(tracks: PeakTracks, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of followed lines, one plot a line: its position at the target wavelength."""
    title = f"{dataset.title}: lines"
    plots = tuple(
        _frame_plot(
            nexus_name(label),
            f"{dataset.title}: {label}",
            "position_target_deg",
            f"2theta at {tracks.target_angstrom:g} angstrom (degree)",
            tracks.position_target_deg[:, k],
            tracks.position_target_sigma_deg[:, k],
        )
        for k, label in enumerate(tracks.lines.label)
    )
    return dataset_result(TECHNIQUE, "track", 2, dataset, title, tracks, plots, record)


def cells_result(found: CellSeries, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the cells; the default view is c, or a where the system has no c of its own."""
    title = f"{dataset.title}: cell of {found.phase}"
    what = {
        "c_angstrom": ("c (angstrom)", found.c_angstrom, found.c_sigma_angstrom),
        "a_angstrom": ("a (angstrom)", found.a_angstrom, found.a_sigma_angstrom),
        "volume_angstrom3": (
            *("volume (angstrom^3)", found.volume_angstrom3),
            found.volume_sigma_angstrom3,
        ),
    }
    names = list(what) if found.system != "cubic" else ["a_angstrom", "volume_angstrom3"]
    plots = tuple(
        _frame_plot(name.partition("_")[0], f"{title}, {name.partition('_')[0]}", name, *what[name])
        for name in names
    )
    return dataset_result(TECHNIQUE, "cell", 3, dataset, title, found, plots, record)


def broadening_result(found: Broadening, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of size and strain."""
    title = f"{dataset.title}: size and strain of {found.phase}"
    plots = (
        _frame_plot("size", title, "size_nm", "size (nm)", found.size_nm, found.size_sigma_nm),
        _frame_plot(
            *("strain", title, "strain_percent", "strain (percent)"),
            *(found.strain_percent, found.strain_sigma_percent),
        ),
    )
    return dataset_result(TECHNIQUE, "broadening", 4, dataset, title, found, plots, record)


def transitions_result(found: Transitions, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the changes of a series, one plot a change."""
    title = f"{dataset.title}: changes with {found.covariate}"
    at = TIME if found.covariate == "time_s" else LABELS.get(found.covariate, found.covariate)
    plots = tuple(
        Plot(
            nexus_name(name),
            f"{dataset.title}: {name}",
            "scaled_ratio",
            (found.covariate,),
            {
                "scaled_ratio": found.scaled_ratio[i],
                "fitted_ratio": found.fitted_ratio[i],
                found.covariate: found.at_of_covariate,
            },
            {
                "scaled_ratio": f"{found.quantity[i]}, scaled",
                "fitted_ratio": "model",
                found.covariate: at,
            },
            auxiliary=("fitted_ratio",),
            errors={"scaled_ratio": found.scaled_sigma_ratio[i]},
        )
        for i, name in enumerate(found.names)
    )
    return dataset_result(TECHNIQUE, "transition", 5, dataset, title, found, plots, record)


def nexus_name(label: str) -> str:
    """Name of a group from a label such as `NMC 1 0 -2`: letters, digits and `_`, minus as `m`."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"-(\d)", r"m\1", label))
    return name if name[:1].isalpha() else f"line_{name}"


def _frame_plot(
    name: str, title: str, signal: str, label: str, values: FloatArray, sigma: FloatArray
) -> Plot:
    frame = np.arange(values.size, dtype=np.float64)
    fields = {signal: values, "frame": frame}
    labels = {signal: label, "frame": "frame"}
    return Plot(name, title, signal, ("frame",), fields, labels, errors={signal: sigma})
