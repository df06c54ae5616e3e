"""Which scans are told to jump, and which series are left in peace."""

import numpy as np

from pipeline.xas.edge_jump import jumps

SIGMA = 0.02


def found(half_step_ev, sigma=SIGMA, scans=None):
    values = np.asarray(half_step_ev, dtype=float)
    scans = np.ones(values.size, dtype=bool) if scans is None else scans
    return np.flatnonzero(jumps(values, np.full(values.size, sigma), scans)).tolist()


def noisy(values, seed=0):
    return np.asarray(values) + SIGMA * np.random.default_rng(seed).normal(size=np.size(values))


def test_one_scan_that_leaves_its_neighbours():
    edge = noisy(np.full(20, 8345.0))
    for i in (0, 1, 9, 19):
        moved = edge.copy()
        moved[i] += 0.5
        assert found(moved) == [i]
    assert found(edge) == []


def test_a_charge_a_step_and_a_return_are_no_jump():
    assert found(noisy(8345.0 + np.linspace(0, 2, 30))) == []
    assert found(noisy(np.repeat([8345.0, 8347.0], 10))) == []
    assert found(noisy(8345.0 + np.abs(np.linspace(-2, 2, 30)))) == []
    assert found(8345.0 + 0.4 * np.arange(30)) == []  # the last one leads, as fast as the others
    # Scans 16 to 22 of perex's LNO, hours apart: the 19th is the top of a charge.
    assert found([8345.08, 8344.88, 8345.13, 8345.65, 8345.57, 8345.04, 8345.31]) == []


def test_small_or_uncertain_moves_are_left_in_peace():
    edge = noisy(np.full(9, 8345.0))
    edge[4] += 0.15
    assert found(edge) == []
    edge[4] += 0.5
    assert found(edge, sigma=0.3) == []
    assert found(8345.0 + np.random.default_rng(3).normal(size=60)) == []


def test_failed_scans_are_stepped_over():
    edge = noisy(np.full(9, 8345.0))
    edge[3], edge[5] = np.nan, 9000.0
    scans = np.ones(9, dtype=bool)
    scans[5] = False
    edge[4] += 1.0
    assert found(edge, scans=scans) == [4]


def test_two_scans_have_no_neighbours():
    assert found([8345.0, 8347.0]) == []
    assert found([]) == []
