"""What the embedded engine refuses, and how it says so."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.engines import Engine
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.engines.rietx import refine as refine_module
from pipeline.rietveld.interface import Failure, Fit, Stage
from tests.rietveld.engines.jobs import lab_job, layered, noisy

TWO_THETA = np.arange(15.0, 110.0, 0.04)


@pytest.fixture(scope="module")
def engine() -> Engine:
    with opened_rietx() as ready:
        return ready


@pytest.fixture(scope="module")
def pattern() -> tuple[FloatArray, FloatArray]:
    truth = layered(a=2.87707, c=14.19522, z=0.24065, mixing=0.05, scale=0.006)
    return noisy(lab_job(TWO_THETA, TWO_THETA, truth, background_counts=(300.0, -100.0)), 7)


def refused(answer: Fit | Failure) -> str:
    assert isinstance(answer, Failure)
    assert (answer.engine, answer.kind) == ("rietx", "engine_failed")
    return answer.message


def test_a_stage_that_frees_nothing_is_told(
    engine: Engine,
    pattern: tuple[FloatArray, FloatArray],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = (Stage(("scale", "background")), Stage(("orientation",)))
    said = refused(engine.refine(lab_job(*pattern, stages=nothing)))
    assert "stage 2 frees orientation, of which this model has nothing" in said
    # a path that rietx does not know: it would refine on without a word
    steps = refine_module.steps_of

    def mistyped(*args: object) -> object:
        found = steps(*args)  # type: ignore[arg-type]
        return [replace(s, paths=(*s.paths, "phases.0.cel.a")) for s in found]

    monkeypatch.setattr(refine_module, "steps_of", mistyped)
    assert "did not set free phases.0.cel.a" in refused(engine.refine(lab_job(*pattern)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counts": "nan"}, "counts is nan at point 5"),
        ({"sigma_counts": "zero"}, "sigma_counts is 0 at 15.2 deg"),
        ({"two_theta_deg": "back"}, "does not ascend after"),
        ({"position": "displacement", "geometry": "debye-scherrer"}, "use `position: zero`"),
        ({"background_counts": ()}, "at least one term"),
    ],
)
def test_bad_numbers_are_refused(
    engine: Engine,
    pattern: tuple[FloatArray, FloatArray],
    change: dict[str, object],
    words: str,
) -> None:
    job = lab_job(*pattern)
    damage = {"nan": np.nan, "zero": 0.0, "back": 15.0}
    changes = {}
    for name, what in change.items():
        changes[name] = what
        if isinstance(what, str) and what in damage:
            values = np.array(getattr(job, name))
            values[5] = damage[what]
            changes[name] = values
    assert words in refused(engine.refine(replace(job, **changes)))  # type: ignore[arg-type]


def test_an_ion_without_a_form_factor_is_refused(
    engine: Engine, pattern: tuple[FloatArray, FloatArray]
) -> None:
    phase = layered()
    odd = tuple(replace(a, charge=5) if a.label == "Co" else a for a in phase.atoms)
    job = lab_job(*pattern, replace(phase, atoms=odd))
    said = refused(engine.refine(replace(job, scattering_factors="ionic")))
    assert "NCM.Co: rietx has no scattering factor of Co5+" in said
    assert isinstance(
        engine.refine(replace(job, warm=True)), Fit
    )  # neutral: the charge does not count


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"space_group": "R -3 q"}, "R -3 q"),
        ({"cell": (2.88, 2.88, 14.2, 90.0, 90.0, 90.0)}, "gamma"),
    ],
)
def test_a_model_that_rietx_cannot_take_is_a_failure(
    engine: Engine,
    pattern: tuple[FloatArray, FloatArray],
    change: dict[str, object],
    words: str,
) -> None:
    phase = replace(layered(), **change)  # type: ignore[arg-type]
    assert words in refused(engine.refine(lab_job(*pattern, phase, warm=True)))


def test_an_unknown_element_is_a_failure(
    engine: Engine, pattern: tuple[FloatArray, FloatArray]
) -> None:
    phase = layered()
    odd = tuple(replace(a, element="Zz") if a.label == "Co" else a for a in phase.atoms)
    assert "Zz" in refused(engine.refine(lab_job(*pattern, replace(phase, atoms=odd))))


def test_a_coordinate_that_symmetry_fixes_is_no_parameter(
    engine: Engine, pattern: tuple[FloatArray, FloatArray]
) -> None:
    phase = layered()
    odd = tuple(replace(a, free=("x", "z")) if a.label == "O" else a for a in phase.atoms)
    said = refused(engine.refine(lab_job(*pattern, replace(phase, atoms=odd), warm=True)))
    assert "NCM.O: x is to be refined, but symmetry fixes it" in said
