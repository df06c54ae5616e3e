"""Displaced starts, warm starts, and the one setting of layered oxides."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.quantities import stacked
from pipeline.rietveld.interface import Job, Stage
from pipeline.rietveld.setting import in_our_setting
from pipeline.rietveld.starts import displacement, starts_of
from pipeline.rietveld.warm import cell_of, values_of, values_of_row, warmed
from tests.rietveld import toy


def mixing(job: Job) -> float:
    return next(v.start for v in job.phases[0].variables if v.name == "mixing")


def height(job: Job) -> float:
    return job.phases[0].atoms[-1].z_fraction


def test_the_first_start_is_the_one_as_given():
    job = toy.job()
    first = starts_of(job, 3)[0]
    assert first.job is job
    assert first.what == "as given"


def test_starts_are_displaced_inside_what_they_are_meant_to_recover_from():
    job = toy.job()
    starts = starts_of(job, 20)
    assert len({s.what for s in starts}) == 20
    cells = np.array([s.job.phases[0].cell for s in starts])
    assert (cells[:, 0] == cells[:, 1]).all()
    for k, (low, high) in ((0, (0.3, 1.5)), (2, (0.3, 1.5))):
        away = 100 * np.abs(cells[1:, k] / job.phases[0].cell[k] - 1)
        assert away.max() <= high
        assert away.max() > low
    mixed = [mixing(s.job) for s in starts[1:]]
    assert 0.0 <= min(mixed) < 0.05
    assert 0.15 < max(mixed) <= 0.25
    heights = [height(s.job) for s in starts]
    assert 0.234 <= min(heights) < 0.2375
    assert 0.2475 < max(heights) <= 0.25


def test_a_start_is_the_same_however_many_there_are():
    job = toy.job()
    assert [s.what for s in starts_of(job, 20)[:7]] == [s.what for s in starts_of(job, 7)]
    assert displacement(9) == displacement(9)


def test_words_say_how_a_start_is_displaced():
    assert starts_of(toy.job(), 2)[1].what == "cell -0.50 %, mixing 12 %, coordinates +0.0040"


def test_what_is_held_is_not_displaced():
    atoms = tuple(replace(a, free=()) for a in toy.model().atoms)
    variables = tuple(replace(v, refine=False) for v in toy.model().variables)
    held = toy.model(refine_cell=False, atoms=atoms, variables=variables)
    job = toy.job(phases=(held,))
    starts = starts_of(job, 5)
    assert all(s.job.phases == job.phases for s in starts)
    assert {s.what for s in starts} == {"as given"}


def test_a_warm_start_holds_what_a_fit_ended_at():
    job = toy.job()
    fit = toy.refine(job)
    warm = warmed(job, values_of(fit))
    assert warm.warm
    assert warm.phases[0].cell[0] == warm.phases[0].cell[1] == fit.of("NCM.a_angstrom")[0]
    assert mixing(warm) == pytest.approx(fit.of("NCM.mixing_fraction")[0])
    assert height(warm) == fit.of("NCM.O1.z_fraction")[0]
    assert warm.profile.zero_deg == fit.of("zero_deg")[0]
    assert warm.background_counts[1] == fit.of("background.1_counts")[0]
    again = toy.refine(warm)
    assert again.value == pytest.approx(fit.value, abs=1e-3 * fit.sigma.max())


def test_a_warm_start_from_a_row_of_a_result_is_the_same():
    job = toy.job()
    fit = toy.refine(job)
    table = stacked([((), np.empty(0), np.empty(0)), (fit.parameters, fit.value, fit.sigma)])
    assert values_of_row(table, 0) == {}
    one, two = warmed(job, values_of_row(table, 1)), warmed(job, values_of(fit))
    assert one.phases == two.phases


def test_a_warm_start_keeps_away_from_bounds_where_it_would_be_held():
    low = toy.model().variables[0].low
    warm = warmed(toy.job(), {"NCM.mixing_fraction": low, "NCM.strain_percent": 0.0})
    assert mixing(warm) > low
    assert warm.phases[0].strain_percent > 0


def test_own_stages_become_one_that_frees_no_more():
    stages = (Stage(("scale", "background"), 60.0), Stage(("cell",)), Stage(("scale", "position")))
    warm = warmed(toy.job(stages=stages), {})
    assert warm.stages == (Stage(("scale", "background", "cell", "position")),)


@pytest.mark.parametrize(
    ("cell", "named", "expected"),
    [
        ((4, 4, 4, 90, 90, 90), {"a_angstrom": 5}, (5, 5, 5, 90, 90, 90)),
        (
            (3, 3, 14, 90, 90, 120),
            {"a_angstrom": 2.9, "c_angstrom": 15},
            (2.9, 2.9, 15, 90, 90, 120),
        ),
        ((5, 5, 5, 33, 33, 33), {"a_angstrom": 6, "alpha_deg": 34}, (6, 6, 6, 34, 34, 34)),
        (
            (5, 8, 5.1, 90, 109, 90),
            {"b_angstrom": 8.1, "beta_deg": 110},
            (5, 8.1, 5.1, 90, 110, 90),
        ),
    ],
)
def test_lengths_and_angles_follow_what_symmetry_makes_them_equal_to(cell, named, expected):
    phase = toy.model(cell=tuple(float(v) for v in cell))
    values = {f"NCM.{name}": float(v) for name, v in named.items()}
    assert cell_of(phase, values) == tuple(float(v) for v in expected)


def with_height(z: float):
    model = toy.model()
    return replace(model, atoms=(*model.atoms[:-1], replace(model.atoms[-1], z_fraction=z)))


def test_a_height_of_the_other_setting_is_brought_to_ours():
    models, moved = in_our_setting((with_height(0.2594),))
    assert moved
    assert models[0].atoms[-1].z_fraction == pytest.approx(0.2406)
    models, moved = in_our_setting((with_height(0.2406),))
    assert not moved
    assert models[0].atoms[-1].z_fraction == 0.2406
