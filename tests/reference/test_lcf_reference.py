"""Linear-combination fits of the real manganese compounds of Mn.prj (xraylarch, MIT)."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from benchmarks import manganese
from benchmarks.lcf_bounded import by_larch, exact, weights_of
from pipeline.core.nexus import read_record
from pipeline.physics.lcf import solve
from pipeline.xas.records import LcfCombinations, LcfResult, Valences
from tests.reference.test_studies import run, table

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def compounds(data_dir: Path) -> manganese.Compounds:
    return manganese.compounds(data_dir / "xas/larch/athena_prj/Mn.prj", 401)


@pytest.fixture(scope="module")
def manganese_study(root: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory):
    return run("mn-valence", root, data_dir, tmp_path_factory.mktemp("mn_sets"))


def test_every_compound_by_every_three_others_is_the_exact_optimum(compounds) -> None:
    worst, at_bound, n = 0.0, 0, 0
    for three in itertools.combinations(compounds.names, 3):
        standards = compounds.of(three)
        data = compounds.of(tuple(name for name in compounds.names if name not in three))
        best = np.array([exact(standards, y) for y in data])
        found = solve(standards, data, sum_to_one=True).weights
        worst = max(worst, float(np.abs(found - best).max()))
        at_bound += int((best < 1e-12).any(axis=1).sum())
        n += len(best)
    assert n == 1980
    assert worst < 1e-8
    assert at_bound / n > 0.8


def test_larch_misses_the_optimum_at_a_bound_and_calls_it_success(compounds) -> None:
    """The reason for decision 4: of these 200 fits larch is off by more than 0.01 in a fifth or more."""
    energy, standards, data = manganese.mixtures(compounds, 200)
    fits = by_larch(energy, standards, data)
    best = np.array([exact(standards, y) for y in data])
    error = np.abs(weights_of(fits) - best).max(axis=1)
    start = np.array([list(fit.weights_lstsq.values()) for fit in fits])
    inside = ((start > 0) & (start < 1)).all(axis=1)
    assert np.mean(error > 0.01) > 0.2
    assert np.median(error[inside]) < 1e-8  # where no bound is touched on the way they agree
    assert np.mean(error[inside] > 0.01) < 0.05
    assert np.mean(error[~inside] > 0.01) > 0.7
    assert all(fit.result.success for fit, e in zip(fits, error, strict=True) if e > 0.01)


@pytest.mark.parametrize(("name", "nominal"), [("gamma_mnooh", 3.0), ("Mn3O4", 8 / 3)])
def test_valences_cover_the_stoichiometry_with_all_parts_of_the_model_sigma(
    manganese_study, name, nominal
) -> None:
    study = manganese_study
    found = read_record(study.home / study.result("xas", name, "valence"), Valences).lcf
    fitted = read_record(study.home / study.result("xas", name, "lcf"), LcfResult)
    assert fitted.model_parts == ("ranges", "windows")
    parts = (
        *(found.valence_range_sigma, found.valence_window_sigma),
        found.valence_standards_sigma,
    )
    assert all(part[0] > 0 for part in parts)
    assert found.valence_model_sigma[0] == pytest.approx(np.sqrt(sum(p[0] ** 2 for p in parts)))
    total = np.hypot(found.valence_sigma[0], found.valence_model_sigma[0])
    assert abs(found.valence[0] - nominal) < total < 0.25
    assert (fitted.fraction_bootstrap_sigma > 0).all()


def test_sets_of_standards_are_tabulated_best_first(manganese_study) -> None:
    made = table(manganese_study, "xas_lcf_combinations")
    rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    ours = [row for row in rows if row["dataset"] == "Mn3O4"]
    assert [row["rank"] for row in ours] == list(range(1, len(ours) + 1))
    assert ours[0]["delta_aicc"] == 0
    assert ours[0]["supported"] == "yes"
    path = manganese_study.result("xas", "Mn3O4", "combinations")
    result = read_record(manganese_study.home / path, LcfCombinations)
    assert len(result.sets) == 6 + 15 + 20
    # Trivalent and divalent manganese: no set without both is among the supported ones.
    for row in ours:
        if row["supported"] == "yes":
            assert "Mn2O3" in row["standards"]
