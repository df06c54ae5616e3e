"""Weights, mixing and their sigmas in a mixture that no engine simulated: scales mean what `interface.Fit` says, in each engine."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.rietveld.derived import derived_of
from pipeline.rietveld.interface import Failure, Fit
from pipeline.rietveld.options import Gsas2Options
from tests.rietveld.mixture import WAVELENGTH, WEIGHTS, job, models, pattern

ENGINES = ["rietx", pytest.param("gsas2", marks=pytest.mark.gsas2)]
EXPECTED_SIGMAS = {
    "NCM.a_angstrom": 4.35e-6,
    "NCM.c_angstrom": 3.18e-5,
    "NCM.O1.z_fraction": 6.62e-5,
    "NCM.mixing_fraction": 1.04e-3,
    "NCM.u_o_angstrom2": 3.30e-4,
    "NiO.a_angstrom": 1.155e-5,
    "Li2CO3.a_angstrom": 5.96e-4,
    "Li2CO3.beta_deg": 4.54e-3,
    "zero_deg": 7.72e-5,
}
"""From the Fisher information of the simulation, all parameters free, its Jacobian by central differences."""


@pytest.fixture(scope="module", params=ENGINES)
def fit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    counts = np.random.default_rng(20).poisson(pattern()).astype(np.float64)
    found = refined(request.param, counts, tmp_path_factory.mktemp("gsas2"))
    assert isinstance(found, Fit), found
    return found


def refined(engine: str, counts: np.ndarray, folder: Path) -> Fit | Failure:
    from pipeline.rietveld.engines.gsas2 import find_gsas2, opened_gsas2
    from pipeline.rietveld.engines.rietx import opened_rietx

    if engine == "rietx":
        with opened_rietx() as ready:
            return ready.refine(job(counts))
    options = Gsas2Options(keep="none")
    with opened_gsas2(find_gsas2(options), options, folder) as ready:
        return ready.refine(job(counts))


def test_a_mixture_of_known_weights(fit: Fit) -> None:
    found = derived_of(fit, models(), WAVELENGTH)
    expected = {f"{name}.weight_percent": 100.0 * w for name, w in WEIGHTS.items()}
    expected |= {
        "NCM.a_angstrom": 2.87707,
        "NCM.c_angstrom": 14.19522,
        "NCM.z_o": 0.24065,
        "NCM.mixing_percent": 1.85,
        "NCM.slab_mo2_angstrom": 2.1004,
        "NiO.a_angstrom": 4.1771,
        "Li2CO3.beta_deg": 114.83,
    }
    for name, truth in expected.items():
        k = found.names.index(name)
        assert abs(found.value[k] - truth) < 4.0 * found.sigma[k], (name, found.value[k], truth)
    assert found.sigma[found.names.index("NCM.weight_percent")] < 0.5


@pytest.mark.parametrize("name", sorted(EXPECTED_SIGMAS))
def test_sigmas_are_those_of_the_information_in_the_pattern(fit: Fit, name: str) -> None:
    """Within 6 %: the covariance is scaled by a chi2 that one pattern knows to 1 %, at an answer beside the truth."""
    assert fit.of(name)[1] == pytest.approx(EXPECTED_SIGMAS[name], rel=0.06)
