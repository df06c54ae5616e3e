"""Ten beam times of the demo through the steps: what comes out is what went in, to within its sigma."""

import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.table import write_table
from pipeline.demo.write import write
from pipeline.study.config import load_study
from pipeline.study.inventory import refresh_inventories
from pipeline.study.recovery import recovery_table
from pipeline.study.techniques import module

pytestmark = pytest.mark.stats
SEEDS = range(10)
STEPS = ("template", "calibrate", "prepare", "normalise", "lcf", "valence")
TABLES = ("xas_calibration", "xas_edge", "xas_lcf", "xas_valence")


def analysed(root: Path, home: Path, seed: int) -> list[tuple[str, float, float]]:
    """Quantity, sigma and pull of one simulated beam time."""
    shutil.copytree(root / "config", home / "config")
    write(home / "raw/demo", seed)
    study = load_study(home / "config/config.yaml")
    refresh_inventories(study)
    for step in STEPS:
        found = module("xas", f"steps.{step}")
        for target in found.targets(study):
            found.run(study, target)
    tables = home / "tables"
    for name in TABLES:
        write_table(tables / f"{name}.csv", module("xas", "tables").build(study, name))
    rows = recovery_table(truth_of(home, "xas_"), tables).rows
    return [(str(row[0]), float(row[3]), float(row[4])) for row in rows]


def truth_of(home: Path, tables: str) -> Path:
    """The truth of some tables, by the begin of their names."""
    header, *rows = (home / "raw/demo/truth.tsv").read_text().splitlines()
    path = home / f"{tables}truth.tsv"
    path.write_text("\n".join([header, *(r for r in rows if r.split("\t")[1].startswith(tables))]))
    return path


@pytest.fixture(scope="module")
def pulls(root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, float, float]]:
    home = tmp_path_factory.mktemp("pulls")
    return [row for seed in SEEDS for row in analysed(root, home / str(seed), seed)]


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
