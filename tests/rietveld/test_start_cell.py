"""The start cell is moved to where the lines lie, and left alone where they lie there already."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.arrays import FloatArray
from pipeline.rietveld.interface import Job, PhaseModel
from pipeline.rietveld.start_cell import lines_of, with_found_cell
from tests.rietveld.engines.jobs import lab_job, lanthanum_hexaboride, layered, rock_salt

TWO_THETA = np.arange(12.0, 110.0, 0.03)


def drawn(phase: PhaseModel, width_deg: float = 0.12, seed: int = 0) -> FloatArray:
    """A pattern of Gaussian lines, drawn here and by no engine, with noise."""
    lines = lines_of(phase, 1.5406, 108.0)
    a, b, c = (phase.cell[k] for k in range(3))
    h, k, m = lines.hkl.T
    if phase.cell[5] == 120.0:
        inverse = 4.0 / 3.0 * (h * h + h * k + k * k) / a**2 + m * m / c**2
    else:
        inverse = h * h / a**2 + k * k / b**2 + m * m / c**2
    centre = np.degrees(2.0 * np.arcsin(0.77030 * np.sqrt(inverse)))
    height = 4000.0 * (lines.amplitude / lines.amplitude.max()) ** 2
    at = (TWO_THETA[:, None] - centre) / (width_deg / 2.3548)
    counts = 200.0 + np.exp(-0.5 * at**2) @ height
    return np.random.default_rng(seed).poisson(counts).astype(np.float64)


def moved(job: Job) -> tuple[float, float]:
    cell = with_found_cell(job).phases[0].cell
    return cell[0], cell[2]


def test_thirty_starts_of_a_layered_oxide() -> None:
    counts = drawn(layered(a=2.87707, c=14.19522, z=0.24065, mixing=0.0185))
    rng = np.random.default_rng(5)
    for _ in range(30):
        start = layered(
            a=2.87707 * (1 + rng.uniform(-0.015, 0.015)),
            c=14.19522 * (1 + rng.uniform(-0.015, 0.015)),
            z=rng.uniform(0.235, 0.25),
            mixing=rng.uniform(0.0, 0.25),
        )
        a, c = moved(lab_job(TWO_THETA, counts, start))
        assert abs(a / 2.87707 - 1) < 5e-4
        assert abs(c / 14.19522 - 1) < 1e-3


def test_a_cell_that_fits_is_left_alone() -> None:
    truth = layered(a=2.87707, c=14.19522, z=0.24065)
    job = lab_job(TWO_THETA, drawn(truth), truth)
    assert with_found_cell(job) is job


@pytest.mark.parametrize("seed", [0, 1])
def test_a_cubic_cell_moves_as_one(seed: int) -> None:
    counts = drawn(rock_salt(), seed=seed)
    off = rock_salt(cell=(4.13, 4.13, 4.13, 90.0, 90.0, 90.0))
    cell = with_found_cell(lab_job(TWO_THETA, counts, off)).phases[0].cell
    assert cell[0] == cell[1] == cell[2] == pytest.approx(4.1771, rel=5e-4)


def test_three_lengths_move_on_their_own() -> None:
    cell = (5.20, 6.31, 7.45, 90.0, 90.0, 90.0)
    truth = rock_salt(cell=cell, space_group="P m m m", system="orthorhombic")
    counts = drawn(truth)
    off = replace(truth, cell=(5.25, 6.26, 7.40, 90.0, 90.0, 90.0))
    found = with_found_cell(lab_job(TWO_THETA, counts, off)).phases[0].cell
    assert found[:3] == pytest.approx(cell[:3], rel=1e-3)


def test_a_held_cell_is_not_touched() -> None:
    off = lanthanum_hexaboride(cell=(4.2, 4.2, 4.2, 90.0, 90.0, 90.0))
    job = lab_job(TWO_THETA, drawn(lanthanum_hexaboride()), off)
    assert with_found_cell(job) is job


def test_other_phases_stay_where_they_are() -> None:
    counts = drawn(layered(a=2.87707, c=14.19522))
    other = rock_salt(cell=(4.13, 4.13, 4.13, 90.0, 90.0, 90.0))
    job = lab_job(TWO_THETA, counts, layered(a=2.90, c=14.35), other)
    found = with_found_cell(job)
    assert found.phases[1] is other
    assert found.phases[0].atoms == job.phases[0].atoms
    assert found.phases[0].cell[3:] == (90.0, 90.0, 120.0)


def test_a_pattern_of_nothing_is_no_error() -> None:
    counts = np.random.default_rng(1).poisson(100, len(TWO_THETA)).astype(np.float64)
    a, c = moved(lab_job(TWO_THETA, counts, layered()))
    assert abs(a / 2.88 - 1) < 0.021
    assert abs(c / 14.2 - 1) < 0.021
    with_found_cell(lab_job(TWO_THETA[:8], counts[:8], layered()))


def test_multiplicities_and_amplitudes() -> None:
    """Rock salt: (111) and (200) of NiO are 8 and 6 planes, of difference and sum of the atoms; dispersion left out."""
    lines = lines_of(rock_salt(), 1.5406, 70.0)
    hkl = [tuple(sorted(map(abs, row), reverse=True)) for row in lines.hkl.tolist()]
    intensity = dict(zip(hkl, lines.amplitude**2, strict=True))
    assert set(intensity) == {(1, 1, 1), (2, 0, 0), (2, 2, 0)}
    assert intensity[2, 0, 0] / intensity[1, 1, 1] == pytest.approx(1.35, abs=0.1)
    assert intensity[2, 2, 0] / intensity[2, 0, 0] == pytest.approx(0.55, abs=0.1)
