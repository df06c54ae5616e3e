"""Engine against engine on one pattern, where both mean the same by its lines: nearly symmetric ones."""

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines.gsas2 import find_gsas2, opened_gsas2
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.interface import Fit, Job
from pipeline.rietveld.options import Gsas2Options
from tests.rietveld.engines.jobs import SYNCHROTRON, layered, noisy, synchrotron_job

pytestmark = pytest.mark.gsas2

A, C, MIXING = "NCM.a_angstrom", "NCM.c_angstrom", "NCM.mixing_fraction"
TRUTH = {A: 2.87707, C: 14.19522, MIXING: 0.0185, "NCM.O.z_fraction": 0.24065}


@pytest.fixture(scope="module")
def pattern() -> tuple[FloatArray, FloatArray]:
    """A synchrotron's pattern by rietx, with noise: about 1e5 counts in the strongest line."""
    two_theta = np.arange(10.0, 130.0, 0.01)
    truth = layered(
        a=2.87707, c=14.19522, z=0.24065, mixing=0.0185, u=(0.0019, 0.001, 0.0036), scale=0.01
    )
    return noisy(synchrotron_job(two_theta, two_theta, truth, background_counts=(200.0,)), 3)


@pytest.fixture(scope="module")
def both(
    pattern: tuple[FloatArray, FloatArray], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Fit, Fit]:
    job: Job = synchrotron_job(*pattern, layered(a=2.88, c=14.18))
    options = Gsas2Options()
    with opened_rietx() as rietx:
        first = rietx.refine(job)
    with opened_gsas2(find_gsas2(options), options, tmp_path_factory.mktemp("keep")) as gsas2:
        second = gsas2.refine(job)
    assert isinstance(first, Fit), first
    assert isinstance(second, Fit), second
    return first, second


def test_cells_and_mixing_agree(both: tuple[Fit, Fit]) -> None:
    """The limits of the issue: 1e-5 and 5e-5 angstrom, 0.05 points of mixing."""
    assert SYNCHROTRON.axial_ratio == 0.002
    rietx, gsas2 = both
    differences = {n: gsas2.of(n)[0] - rietx.of(n)[0] for n in TRUTH}
    print(differences)  # noqa: T201
    assert abs(differences[A]) < 1e-5
    assert abs(differences[C]) < 5e-5
    assert abs(differences[MIXING]) < 0.0005


def test_both_find_the_truth(both: tuple[Fit, Fit]) -> None:
    for fit in both:
        for name, true in TRUTH.items():
            value, sigma = fit.of(name)
            assert abs(value - true) < 4 * sigma, (fit.engine, name)


def test_sizes_strains_scales_and_sigmas_mean_the_same(both: tuple[Fit, Fit]) -> None:
    rietx, gsas2 = both
    assert set(rietx.parameters) == set(gsas2.parameters)
    for name in ("NCM.size_nm", "NCM.strain_percent"):
        assert gsas2.of(name)[0] == pytest.approx(rietx.of(name)[0], rel=0.01), name
    for name in (A, C, MIXING, "NCM.O.z_fraction", "NCM.u_tm_angstrom2"):
        assert gsas2.of(name)[1] == pytest.approx(rietx.of(name)[1], rel=0.02), name
