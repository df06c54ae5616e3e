"""What the refinements of the demo's powders find is what went in, and their sigmas say how well."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from pipeline.demo.refined import Powder, mean_counts
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.records import FitStatus, Refinements
from tests.demo.refined_powders import calibrated, compared, refined, study_options

SEED = 20
SEEDS = range(100)
TWO = {"lab6_hr": "ncm96_hr", "lab6_cu": "ncm96_cu"}
OTHERS = ("ncm96_charged", "ncm_bare", "ncm_coated")
Pulls = dict[tuple[str, str], np.ndarray]


@pytest.fixture(scope="module")
def one_beam_time(root: Path) -> dict[str, Refinements]:
    options = study_options(root)
    with opened_rietx() as engine:
        known = calibrated(options, list(TWO), SEED, [engine])
        assert all(p.status == (FitStatus.OK,) for p in known.values())
        wanted = (*TWO.values(), *OTHERS)
        return {name: refined(options, name, SEED, known, [engine], starts=1) for name in wanted}


@pytest.mark.slow  # the demo study itself, which the workflow tests run, is such a beam time
@pytest.mark.parametrize("name", [*TWO.values(), *OTHERS])
def test_one_beam_time(one_beam_time: dict[str, Refinements], name: str) -> None:
    found = one_beam_time[name]
    assert found.status == (FitStatus.OK,), found.reason
    numbers = compared(found)
    assert {k: pull for k, (pull, _) in numbers.items() if not abs(pull) < 4} == {}
    assert numbers["li_ni_mixing"][1] <= 0.15
    assert numbers["a"][1] <= 1e-4
    # The noise is Poisson's and the model is right.
    assert found.gof[0] == pytest.approx(1.0, abs=0.03)
    assert found.esd_inflation[0] < 1.05


def test_charged_state_with_all_its_lithium_is_refused(root: Path) -> None:
    """Li 0.30 fitted with Li 1: a mixing below zero, and the gate says what to give."""
    options = study_options(root)
    phase = options.for_dataset("ncm96_charged").phases["NCM96"].model_dump()
    wrong = options.model_copy(
        update={"overrides": {"ncm96_charged": {"phases": {"NCM96": phase | {"li_fraction": 1.0}}}}}
    )
    with opened_rietx() as engine:
        known = calibrated(options, ["lab6_hr"], SEED, [engine])
        found = refined(wrong, "ncm96_charged", SEED, known, [engine], starts=1)
    assert found.status == (FitStatus.GATE_FAILED,)
    assert "li_fraction" in found.reason[0]
    assert np.isnan(found.derived.column("NCM96.mixing_percent")[0]).all()


@pytest.mark.slow
def test_without_noise_nothing_is_off(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is the engine's own: peaks that it cuts off, its background, its axial divergence."""
    monkeypatch.setattr(Powder, "measure", lambda powder, seed: mean_counts(powder))
    options = study_options(root)
    with opened_rietx() as engine:
        known = calibrated(options, list(TWO), SEED, [engine])
        for name in TWO.values():
            found = refined(options, name, SEED, known, [engine], starts=1)
            # Sigmas as the counts have them: without noise GOF is near 0, and what is left hangs together.
            scale = found.gof[0] * found.esd_inflation[0]
            off = {k: pull * scale for k, (pull, _) in compared(found).items()}
            assert {k: v for k, v in off.items() if not abs(v) < 0.1} == {}


@pytest.fixture(scope="module")
def pulls(root: Path) -> Pulls:
    """Pull and sigma of each number and powder, of each beam time with a standard of its own: `(n_seeds, 2)`."""
    options = study_options(root)
    found = defaultdict(list)
    with opened_rietx() as engine:
        for seed in SEEDS:
            known = calibrated(options, list(TWO), seed, [engine])
            for name in TWO.values():
                answer = refined(options, name, seed, known, [engine], starts=1)
                assert answer.status == (FitStatus.OK,), (seed, name, answer.reason)
                for number, pair in compared(answer).items():
                    found[name, number].append(pair)
    return {key: np.array(values) for key, values in found.items()}


@pytest.mark.slow
@pytest.mark.stats
def test_pulls_of_a_hundred_beam_times(pulls: Pulls) -> None:
    """The mean of 100 pulls without bias is within 0.3 in 99.7 %, so a bias of more than a tenth of a sigma may show."""
    of = {key: values[:, 0] for key, values in pulls.items()}
    assert {key: p for key, p in of.items() if np.abs(p).max() > 4} == {}
    width = {key: float(p.std(ddof=1)) for key, p in of.items()}
    assert {key: sd for key, sd in width.items() if not 0.7 < sd < 1.35} == {}
    mean = {key: float(p.mean()) for key, p in of.items()}
    assert {key: m for key, m in mean.items() if not abs(m) < 0.3} == {}


@pytest.mark.slow
@pytest.mark.stats
def test_sigmas_of_a_hundred_beam_times(pulls: Pulls) -> None:
    for name in TWO.values():
        assert pulls[name, "li_ni_mixing"][:, 1].max() <= 0.15
        assert pulls[name, "a"][:, 1].max() <= 1e-4
