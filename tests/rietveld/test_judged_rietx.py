"""The embedded engine judged on the demo's patterns: silent traps are refused or flagged, starts end at one minimum."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.core.covariates import Covariates
from pipeline.demo.refined import POWDERS, mean_counts
from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.instrument_source import InstrumentSource
from pipeline.rietveld.interface import Profile
from pipeline.rietveld.model import phase_models
from pipeline.rietveld.options import SampleOptions
from pipeline.rietveld.records import FitStatus, Flag, Gate, Patterns, Refinements
from pipeline.rietveld.refinement import refinements

HR = Profile(0.0040, -0.0020, 0.0024, 0.004, 0.006, 0.008, 0.003)
"""The demo's synchrotron instrument as it truly is."""

NCM96 = {
    "model": "layered-oxide",
    "composition": {"Ni": 0.950, "Co": 0.018, "Mn": 0.032},
    "a_angstrom": 2.875,
    "c_angstrom": 14.20,
    "li_fraction": 1.0,
}
CHARGED = {**NCM96, "a_angstrom": 2.825, "c_angstrom": 14.4, "z_o_fraction": 0.235}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with opened_rietx() as opened:
        yield opened


@lru_cache
def mean(dataset: str) -> tuple[FloatArray, FloatArray]:
    powder = next(p for p in POWDERS if p.dataset == dataset)
    every = 2  # half the points, in half the time
    return powder.instrument.two_theta_deg[::every], mean_counts(powder)[::every]


def patterns(dataset: str = "ncm96_hr", frames: int = 1, seed: int = 5) -> Patterns:
    angle, expected = mean(dataset)
    random = np.random.default_rng(seed)
    counts = random.poisson(expected, (frames, angle.size)).astype(float)
    one, nan = np.ones(frames), np.full(frames, np.nan)
    return Patterns(
        *(dataset, "debye-scherrer", ("x.xye",) * frames),
        np.broadcast_to(angle, counts.shape),
        *(counts, np.full(counts.shape, np.nan), one, 1.5460 * one),
        *(nan, nan, nan, Covariates.unknown(frames)),
        *(("ok",) * frames, ("",) * frames, ((),) * frames),
    )


def refined(
    engine: Engine, phase: dict[str, Any], taken: Patterns | None = None, **options: Any
) -> Refinements:
    used = SampleOptions.model_validate({"phases": {"NCM": phase}, "starts": 1, **options})
    source = InstrumentSource({"rietx": HR}, {}, None, (), None, ())
    models = phase_models(used.phases, {})
    return refinements(taken or patterns(), used, models, source, [engine])


def pull(found: Refinements, name: str, truth: float) -> float:
    value, sigma = found.derived.column(f"NCM.{name}")
    return abs(float(value[0]) - truth) / float(sigma[0])


def test_a_charged_state_needs_its_lithium(engine):
    taken = patterns("ncm96_charged")
    found = refined(engine, {**CHARGED, "li_fraction": 0.30}, taken)
    assert found.status == (FitStatus.OK,), found.reason
    assert pull(found, "mixing_percent", 1.85) < 4
    found = refined(engine, CHARGED, taken)
    assert found.status == (FitStatus.GATE_FAILED,)
    assert found.failed_gates[0][0] == Gate.MIXING_POSSIBLE
    assert "is below 0: the Li content of the model (1.00) is probably too high" in found.reason[0]
    assert "`li_fraction`" in found.reason[0]


def test_the_published_height_of_the_other_setting_is_understood(engine):
    found = refined(engine, {**NCM96, "z_o_fraction": 0.2594})
    assert found.status == (FitStatus.OK,), found.reason
    assert Flag.SETTING_CHANGED in found.flags[0]
    assert pull(found, "z_o", 0.24065) < 4
    assert pull(found, "slab_mo2_angstrom", 2.1004) < 4
    assert pull(found, "slab_lio2_angstrom", 2.6313) < 4


@pytest.mark.slow
def test_twenty_starts_end_at_the_same_minimum(engine):
    found = refined(engine, NCM96, starts=20)
    assert found.status == (FitStatus.OK,), found.reason
    assert len(found.starts.what) == 20
    same = sum(found.starts.same)
    assert same == 20 or Flag.OTHER_MINIMUM in found.flags[0]
    assert same == 20
    assert np.nanmax(found.starts.distance_sigma) < 0.1


@pytest.mark.slow
def test_noise_is_no_refinement(engine):
    taken = patterns()
    random = np.random.default_rng(1)
    noise = random.poisson(300.0, taken.intensity_counts.shape).astype(float)
    found = refined(engine, NCM96, replace(taken, intensity_counts=noise), starts=3)
    assert found.status == (FitStatus.GATE_FAILED,)
    assert Gate.SIGNAL_THERE in found.failed_gates[0]


@pytest.mark.slow
def test_a_cell_that_is_wrong_by_five_percent_is_no_answer(engine):
    wrong = {**NCM96, "a_angstrom": 2.877 * 1.05, "c_angstrom": 14.2 * 1.05}
    found = refined(engine, wrong)
    assert found.status[0] is not FitStatus.OK
    assert found.reason[0]


@pytest.mark.slow
def test_sigmas_of_a_series_are_its_scatter(engine):
    """Thirty frames of one powder, each from its neighbour: quoted sigmas are what the frames scatter by."""
    found = refined(engine, NCM96, patterns(frames=30))
    assert set(found.status) == {FitStatus.OK}
    for name in ("a_angstrom", "c_angstrom", "z_o", "mixing_percent"):
        value, sigma = found.derived.column(f"NCM.{name}")
        assert 0.68 < np.std(value, ddof=1) / np.mean(sigma) < 1.38, name
