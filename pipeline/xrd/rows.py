"""Rows of the tables of powder diffraction, from its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pipeline.core.rows import COVARIATES, ENDING, beside, ending
from pipeline.core.study import Dataset
from pipeline.core.table import Cell
from pipeline.xrd.records import (
    LINE_FLAGS,
    Broadening,
    CellSeries,
    ConvertedSeries,
    LineStatus,
    PeakTracks,
    Transitions,
)
from pipeline.xrd.transition_compare import compare

Rows = Iterator[tuple[Cell, ...]]
FRAME = ("dataset", "frame", "source_file")
WHAT = ("sample", "state")
START = (*FRAME, *WHAT, *COVARIATES)

PATTERN_COLUMNS = (
    *(*START, "format", "geometry", "points", "two_theta_low_deg", "two_theta_high_deg"),
    *("wavelength_angstrom", "kalpha2_angstrom", "kalpha2_ratio", "target_angstrom"),
    *("unreachable_count", "counting_time_s", "gain_ratio", "largest_counts", "time_iso"),
    *("remarks", *ENDING),
)
PEAK_COLUMNS = (
    *(*START, "phase", "hkl", "line_status", "two_theta_deg", "two_theta_sigma_deg"),
    *("target_wavelength_angstrom", "two_theta_target_deg", "two_theta_target_sigma_deg"),
    *("d_angstrom", "d_sigma_angstrom", "fwhm_deg", "fwhm_sigma_deg", "area_counts_deg"),
    *("area_sigma_counts_deg", "area_limit_counts_deg", "height_counts", "background_counts"),
    *("lorentz_fraction", "asymmetry_ratio", "reduced_chi2", "scatter_ratio", *ENDING),
)
_CELL_NUMBERS = (
    *(f"{n}{kind}_angstrom" for n in "abc" for kind in ("", "_sigma", "_model_sigma")),
    *(f"{n}{kind}_deg" for n in ("alpha", "beta", "gamma") for kind in ("", "_sigma")),
    *("c_over_a_ratio", "c_over_a_sigma_ratio", "volume_angstrom3", "volume_sigma_angstrom3"),
    *("volume_model_sigma_angstrom3", "shift_deg", "shift_sigma_deg", "displacement_um"),
    *("displacement_sigma_um", "standard_deg", "standard_sigma_deg", "line_count", "reduced_chi2"),
)
_BROADENING_NUMBERS = (
    *("size_nm", "size_sigma_nm", "strain_percent", "strain_sigma_percent"),
    *("correlation_ratio", "line_count", "reduced_chi2"),
)
BROADENING_COLUMNS = (*START, "phase", "instrument", "lines", *_BROADENING_NUMBERS, *ENDING)
_CHANGE_NUMBERS = tuple(
    f"{name}{sigma}" for name in ("onset", "midpoint", "end", "width") for sigma in ("", "_sigma")
)
TRANSITION_COLUMNS = (
    *("dataset", *WHAT, "change", "quantity", "model", "covariate", *_CHANGE_NUMBERS),
    *("step_ratio", "step_sigma_ratio", "slope_per_covariate", "slope_sigma_per_covariate"),
    *("significance_ratio", "reduced_chi2", "verdict", *ENDING),
)
COMPARISON_COLUMNS = (
    *("change", "quantity", "covariate", "dataset", "other_dataset"),
    *("difference", "difference_sigma", "verdict", "flags"),
)


def pattern_rows(dataset: Dataset, series: ConvertedSeries) -> Rows:
    """One row a frame: what was read."""
    measured = series.measured
    for i in range(measured.n_frames):
        used = np.isfinite(measured.two_theta_deg[i]) & np.isfinite(measured.intensity_counts[i])
        angles = measured.two_theta_deg[i][used]
        low, high = (float(angles[0]), float(angles[-1])) if angles.size else (None, None)
        largest = float(measured.intensity_counts[i][used].max()) if angles.size else None
        yield (
            *_start(dataset, measured, i),
            *(measured.format[i], measured.geometry, int(angles.size), low, high),
            *(float(measured.wavelength_angstrom[i]), float(measured.kalpha2_angstrom[i])),
            *(float(measured.kalpha2_ratio[i]), series.target_angstrom),
            *(float(series.unreachable_count[i]), float(measured.counting_time_s[i])),
            *(float(measured.gain_ratio[i]), largest, measured.time_iso[i], measured.remarks[i]),
            *ending(series, i),
        )


def peak_rows(dataset: Dataset, tracks: PeakTracks) -> Rows:
    """One row a frame and line, with its own flags; the status of a line that is not fitted is a flag too."""
    per_line = (
        *(tracks.position_target_deg, tracks.position_target_sigma_deg),
        *(tracks.spacing_angstrom, tracks.spacing_sigma_angstrom),
        *(tracks.fwhm_deg, tracks.fwhm_sigma_deg, tracks.area_counts_deg),
        *(tracks.area_sigma_counts_deg, tracks.area_limit_counts_deg, tracks.height_counts),
        *(tracks.background_counts, tracks.lorentz_fraction, tracks.asymmetry_ratio),
        *(tracks.reduced_chi2, tracks.scatter_ratio),
    )
    for i in range(tracks.n_frames):
        reason, status, flags = ending(tracks, i)
        for k, (phase, hkl) in enumerate(zip(tracks.lines.phase, tracks.lines.hkl, strict=True)):
            line = tracks.line_status[i][k]
            own = [w for w in tracks.line_flags[i][k].split("+") if w not in ("", "-")]
            if line not in (LineStatus.FITTED, LineStatus.FRAME_FAILED):
                own.insert(0, str(line))
            of_frame = (w for w in str(flags).split(";") if w and w not in LINE_FLAGS)
            words = dict.fromkeys((*own, *of_frame))
            yield (
                *_start(dataset, tracks, i),
                *(phase, hkl, str(line)),
                *(float(tracks.position_deg[i, k]), float(tracks.position_sigma_deg[i, k])),
                tracks.target_angstrom,
                *(float(column[i, k]) for column in per_line),
                *(reason, status, ";".join(words)),
            )


def cell_columns(cells: list[CellSeries]) -> tuple[str, ...]:
    """Columns of the table of cells: its ratios and splittings are those that the study names."""
    ratios = dict.fromkeys(name for cell in cells for name in cell.ratio_names)
    splittings = dict.fromkeys(name for cell in cells for name in cell.splitting_names)
    named = [f"{n}{kind}" for n in ratios for kind in ("", "_sigma", "_cu", "_cu_sigma")]
    named += [f"{n}{kind}_deg" for n in splittings for kind in ("", "_sigma")]
    return (*START, "phase", "system", "correction", *_CELL_NUMBERS, *named, *ENDING)


def cell_rows(dataset: Dataset, cells: CellSeries, columns: tuple[str, ...]) -> Rows:
    """One row a frame: its cell, its ratios and splittings."""
    named: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for k, name in enumerate(cells.ratio_names):
        named[name] = cells.intensity_ratio[:, k]
        named[f"{name}_sigma"] = cells.intensity_sigma_ratio[:, k]
        named[f"{name}_cu"] = cells.intensity_cu_ratio[:, k]
        named[f"{name}_cu_sigma"] = cells.intensity_cu_sigma_ratio[:, k]
    for k, name in enumerate(cells.splitting_names):
        named[f"{name}_deg"] = cells.splitting_deg[:, k]
        named[f"{name}_sigma_deg"] = cells.splitting_sigma_deg[:, k]
    first = len(START) + 3 + len(_CELL_NUMBERS)
    own = columns[first : -len(ENDING)]
    for i in range(len(cells.status)):
        yield (
            *_start(dataset, cells, i),
            *(cells.phase, cells.system, cells.correction),
            *(float(getattr(cells, name)[i]) for name in _CELL_NUMBERS),
            *(float(named[name][i]) if name in named else None for name in own),
            *ending(cells, i),
        )


def broadening_rows(dataset: Dataset, found: Broadening) -> Rows:
    """One row a frame: size and strain."""
    for i in range(len(found.status)):
        yield (
            *_start(dataset, found, i),
            *(found.phase, found.instrument, "+".join(found.lines)),
            *(float(getattr(found, name)[i]) for name in _BROADENING_NUMBERS),
            *ending(found, i),
        )


def transition_rows(dataset: Dataset, found: Transitions) -> Rows:
    """One row a change; its numbers are in the unit of the covariate that the row names."""
    for i, name in enumerate(found.names):
        yield (
            *(dataset.name, dataset.sample, dataset.state),
            *(name, found.quantity[i], found.models[i], found.covariate),
            *(float(getattr(found, f"{n}_of_covariate")[i]) for n in _CHANGE_NUMBERS),
            *(float(found.step_ratio[i]), float(found.step_sigma_ratio[i])),
            *(float(found.slope_per_covariate[i]), float(found.slope_sigma_per_covariate[i])),
            *(float(found.significance_ratio[i]), float(found.reduced_chi2[i]), found.verdict[i]),
            *ending(found, i),
        )


def comparison_rows(named: Mapping[str, Transitions]) -> Rows:
    """One row a number of a change that two data sets have: the second's less the first's."""
    for d in compare(named):
        yield (
            *(d.change, d.quantity, d.covariate, d.second, d.first),
            *(d.difference, d.sigma, d.verdict, ""),
        )


def _start(dataset: Dataset, record: object, frame: int) -> tuple[Cell, ...]:
    source: str = record.source_file[frame]  # type: ignore[attr-defined]
    covariates = record.covariates  # type: ignore[attr-defined]
    return (dataset.name, frame, source, dataset.sample, dataset.state, *beside(covariates, frame))
