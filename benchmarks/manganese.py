"""Real spectra to time and judge on: the manganese compounds of one Athena project, read by our readers.

Mn.prj is an example of xraylarch (MIT licence); it lies beside the project with the other real measurements.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from pipeline.core.arrays import FloatArray
from pipeline.core.study import Dataset
from pipeline.xas.calibrate import calibrate
from pipeline.xas.normalise import normalise
from pipeline.xas.options import CalibrateOptions, NormaliseOptions
from pipeline.xas.read import read_series
from pipeline.xas.records import Covariates, ScanStatus

E0_EV = 6548.0
# As in config/studies/mn-valence.yaml.
NORMALISE = NormaliseOptions(pre_ev=(-120.0, -40.0), post_ev=(50.0, 220.0), post_degree=1)
RANGE_EV = (-20.0, 45.0)
STANDARDS = ("MnO", "Mn2O3x", "Pyrolusite")
# Dirichlet parameter of mixtures: below one, most spectra are mainly two or three compounds.
SPARSE = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Compounds:
    """Flattened spectra `(n, p)` of named compounds on one axis, and the noise of a point `(n,)`."""

    names: tuple[str, ...]
    energy_ev: FloatArray
    spectra: FloatArray
    noise: FloatArray

    def of(self, names: tuple[str, ...]) -> FloatArray:
        """Spectra of some compounds, `(len(names), p)`."""
        return self.spectra[[self.names.index(name) for name in names]]


def project() -> Path | None:
    """The Athena project, or None where the real measurements are not there."""
    here = Path(__file__).resolve().parents[1].parent / "shared/data"
    path = Path(os.environ.get("CATHODE_DATA", here)) / "xas/larch/athena_prj/Mn.prj"
    return path if path.is_file() else None


def compounds(path: Path, n_points: int) -> Compounds:
    """Read, calibrate and normalise the project, and put it on an axis of the fit range."""
    row = Dataset("Mn", "xas", "sample", path.name, element="Mn", edge="K", mode="transmission")
    raw = read_series(row, [(path, path.name)])
    given = CalibrateOptions(method="file")
    made = normalise(calibrate(raw, Covariates.unknown(raw.n_scans), None, given), E0_EV, NORMALISE)
    energy = E0_EV + np.linspace(*RANGE_EV, n_points)
    used = [
        i
        for i, status in enumerate(made.status)
        if status is ScanStatus.OK and "foil" not in raw.label[i]
    ]
    spectra = [
        CubicSpline(e[np.isfinite(e)], y[np.isfinite(e)])(energy)
        for e, y in zip(made.energy_ev[used], made.flattened[used], strict=True)
    ]
    names = tuple(raw.label[i] for i in used)
    return Compounds(names, energy, np.array(spectra), made.noise_normalised[used])


def mixtures(
    found: Compounds, n_spectra: int, seed: int = 0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Energies `(p,)`, three standards `(3, p)` and mixtures `(n, p)` of all compounds.

    What the standards do not hold drives many fits to their bounds, as real samples do. Each
    mixture has white noise of the size that its compounds have.
    """
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(len(found.names), SPARSE), n_spectra)
    noise = (share @ found.noise)[:, None] * rng.standard_normal((n_spectra, found.energy_ev.size))
    return found.energy_ev, found.of(STANDARDS), share @ found.spectra + noise
