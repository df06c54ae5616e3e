"""Ten beam times of the demo's absorption through the steps: what comes out is what went in, to within its sigma."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.demo.beam_time import analysed

pytestmark = [pytest.mark.stats, pytest.mark.slow]
SEEDS = range(10)
STEPS = {"xas": ("template", "calibrate", "prepare", "normalise", "lcf", "valence")}
TABLES = ("xas_calibration", "xas_edge", "xas_lcf", "xas_valence")


@pytest.fixture(scope="module")
def pulls(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, float, float]]:
    home = tmp_path_factory.mktemp("pulls")
    return [r for seed in SEEDS for r in analysed(root, home / str(seed), seed, STEPS, TABLES)]


def test_every_pull_is_below_four(pulls: list[tuple[str, float, float]]) -> None:
    assert len(pulls) >= 20 * len(SEEDS)
    assert {row: pull for row, _, pull in pulls if not abs(pull) < 4} == {}


def test_the_pulls_have_unit_width(pulls: list[tuple[str, float, float]]) -> None:
    """By kind and edge; a sigma that is too small or too large shows at once.

    Scans of one seed share template and standards, so that their mean is not that of independent
    ones, and the width is about the mean. Of two fractions that add up to one, one counts, and the
    valence that follows from them not again. The manganese of the samples is at the bound 4+: half of
    its pulls are zero, and nothing is said of their width.
    """
    kinds: dict[str, list[float]] = defaultdict(list)
    for quantity, _, pull in pulls:
        dataset, kind = quantity.split(" ", 1)[0], quantity.split(": ")[1]
        edge = "Mn" if dataset.startswith("Mn") else "Ni"
        if kind not in {"fraction of LiNiO2", "valence"}:
            kinds[f"{edge} {kind}"].append(pull)
    assert set(kinds) == {
        *("Ni shift", "Ni edge step", "Ni fraction of NiO", "Mn shift", "Mn edge step")
    }
    width = {kind: float(np.std(values)) for kind, values in kinds.items()}
    assert {kind: sd for kind, sd in width.items() if not 0.7 < sd < 1.3} == {}
    mean = {kind: float(np.mean(values)) for kind, values in kinds.items()}
    assert {kind: m for kind, m in mean.items() if abs(m) > 0.7} == {}


def test_valences_are_known_well(pulls: list[tuple[str, float, float]]) -> None:
    """Where a residual hangs together by chance, its sigma says so: one scan in a hundred may be above."""
    for edge, limit in (("Mn", 0.04), ("", 0.03)):
        sigmas = [
            sigma
            for quantity, sigma, _ in pulls
            if quantity.endswith("valence") and quantity.startswith("Mn") == (edge == "Mn")
        ]
        assert len(sigmas) > 50
        assert np.quantile(sigmas, 0.98) <= limit
