"""What went into the simulated absorption spectra, for comparison with the tables of the analysis.

Nothing is said of the scan with a glitch and of the broken one: what a glitch does to a number is no
noise, and the broken scan has none. The fractions of manganese oxides are 0, 0 and 1, at the bounds of the fit, where
a pull has no normal distribution; the valence that follows from them stands for all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.polynomial import Polynomial

from pipeline.core.arrays import FloatArray
from pipeline.demo.beamline import Scan
from pipeline.demo.known import Known
from pipeline.demo.study import SAMPLES, STANDARDS, VALENCE, Series

PRE_EV = (-150.0, -40.0)
POST_EV = (100.0, 600.0)
SHIFT_SIGMA = "shift_sigma_ev+scale_sigma_ev"
"""A true shift is one on the absolute scale, whose own sigma all scans share."""


def edge_step(energy_ev: FloatArray, absorption: FloatArray, e0_ev: float) -> float:
    """Give the step at `e0_ev` between a pre-edge curve `a E^-3 + b E^-4` and a post-edge quadratic.

    It is what the noise-free scan gives with the demo's `normalise` options. A window over EXAFS
    gives another step than the specimen's, and with one point more another still: a window
    begins with the last point at or below its lower end and ends before the point nearest to its
    upper end, as in the programs that published steps come from.
    """
    relative_ev = energy_ev - e0_ev

    def fit(mu: FloatArray, window_ev: tuple[float, float], degree: int) -> Polynomial:
        first = int(np.searchsorted(relative_ev, window_ev[0], side="right")) - 1
        inside = slice(first, int(np.abs(relative_ev - window_ev[1]).argmin()))
        return Polynomial.fit(relative_ev[inside], mu[inside], degree)

    fourth_power = (energy_ev / e0_ev) ** 4
    pre = fit(absorption * fourth_power, PRE_EV, 1)
    post = fit(absorption - pre(relative_ev) / fourth_power, POST_EV, 2)
    return float(post(0.0))


def rows(scans: Mapping[str, Sequence[Scan]]) -> Iterator[Known]:
    """Give what is known of the absorption spectra.

    Args:
        scans: the simulated scans of each data set.
    """
    yield from _of_every_scan(scans)
    yield from _of_samples()


def _of_every_scan(scans: Mapping[str, Sequence[Scan]]) -> Iterator[Known]:
    for series, n in _numbered((*SAMPLES, *STANDARDS)):
        scan = scans[series.dataset][n]
        true_ev = scan.energy_ev + scan.shift_ev
        step = edge_step(true_ev, scan.absorption, series.specimen.edge.e0_ev)
        shift = ("shift_ev", SHIFT_SIGMA, scan.shift_ev)
        yield _row(series, n, "xas_calibration.csv", "", *shift)
        yield _row(series, n, "xas_edge.csv", "", "edge_step", "edge_step_sigma", step)


def _of_samples() -> Iterator[Known]:
    for series, n in _numbered(SAMPLES):
        fractions = series.specimen.fractions
        if len(fractions) > 1:
            for standard, fraction in fractions.items():
                found = ("fraction", "fraction_sigma", fraction)
                yield _row(series, n, "xas_lcf.csv", standard, *found)
        valence = sum(fraction * VALENCE[name] for name, fraction in fractions.items())
        yield _row(series, n, "xas_valence.csv", "", "valence", "valence_sigma", valence)


def _numbered(several: Iterable[Series]) -> Iterator[tuple[Series, int]]:
    return ((series, n) for series in several for n in series.sound_scans)


def _row(
    series: Series,
    scan: int,
    file: str,
    component: str,
    column: str,
    sigma_columns: str,
    truth: float,
) -> Known:
    what = column.removesuffix("_ev").replace("_", " ")
    of_component = f" of {component}" if component else ""
    quantity = f"{series.dataset} scan {scan}: {what}{of_component}"
    return Known(
        *(quantity, file, series.dataset, column, sigma_columns),
        round(truth, 6),
        scan=str(scan),
        component=component,
    )
