"""Weights, bonds and mixing of a mixture that no engine simulated: scales mean what `interface.Fit` says, in each engine."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.rietveld.derived import derived_of
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.interface import Fit
from pipeline.rietveld.options import Gsas2Options
from tests.rietveld.mixture import WAVELENGTH, WEIGHTS, job, models, pattern

ENGINES = ["rietx", pytest.param("gsas2", marks=pytest.mark.gsas2)]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    from pipeline.rietveld.engines.gsas2 import find_gsas2, opened_gsas2
    from pipeline.rietveld.engines.rietx import opened_rietx

    if request.param == "rietx":
        with opened_rietx() as ready:
            yield ready
        return
    options = Gsas2Options(keep="none")
    with opened_gsas2(find_gsas2(options), options, tmp_path) as ready:
        yield ready


def test_a_mixture_of_known_weights(engine: Engine) -> None:
    counts = np.random.default_rng(20).poisson(pattern()).astype(np.float64)
    fit = engine.refine(job(counts))
    assert isinstance(fit, Fit), fit
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
