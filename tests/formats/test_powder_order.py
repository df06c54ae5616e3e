"""Angles that descend, repeat, stand still, go back, or come twice."""

import numpy as np
import pytest

from pipeline.formats.powder.order import AngleError, put_in_order
from tests.formats.powder_files import ANGLES, COUNTS

SIGMA = np.sqrt(COUNTS)


def test_an_ordered_pattern_is_passed_on_as_it_is() -> None:
    found = put_in_order(ANGLES, COUNTS, SIGMA, "f")
    assert found[0] is ANGLES
    assert found[3] == ()


def test_descending_angles_are_turned_round() -> None:
    angles, counts, sigma, remarks = put_in_order(ANGLES[::-1], COUNTS[::-1], SIGMA[::-1], "f")
    np.testing.assert_array_equal(angles, ANGLES)
    np.testing.assert_array_equal(counts, COUNTS)
    np.testing.assert_array_equal(sigma, SIGMA)
    assert remarks == ("angles descend in the file; turned round",)


def test_a_repeated_angle_is_averaged_with_its_esd() -> None:
    angles = np.insert(ANGLES, 5, ANGLES[5])
    counts = np.insert(COUNTS, 5, COUNTS[5] + 10)
    sigma = np.insert(SIGMA, 5, 6.0)
    found, mean, esd, remarks = put_in_order(angles, counts, sigma, "f")
    np.testing.assert_array_equal(found, ANGLES)
    assert mean[5] == COUNTS[5] + 5
    assert esd is not None
    assert esd[5] == pytest.approx(np.hypot(SIGMA[5], 6.0) / 2)
    assert remarks == ("repeated angle at 10.1 deg averaged",)


def test_coarsely_rounded_angles_are_said() -> None:
    angles = np.repeat(ANGLES[:50], 2)
    found, mean, _, remarks = put_in_order(angles, COUNTS, None, "f")
    assert found.size == 50
    np.testing.assert_array_equal(mean, COUNTS.reshape(50, 2).mean(axis=1))
    assert "rounded more coarsely" in remarks[0]


def test_data_that_come_twice_are_read_once_only_if_equal() -> None:
    twice = np.tile(ANGLES, 2), np.tile(COUNTS, 2), np.tile(SIGMA, 2)
    angles, counts, sigma, remarks = put_in_order(*twice, "f")
    np.testing.assert_array_equal(counts, COUNTS)
    assert sigma is not None
    assert angles.size == sigma.size == 100
    assert remarks == ("the file holds its 100 points twice, identically; read once",)
    other = twice[1].copy()
    other[150] += 1
    with pytest.raises(AngleError, match="twice, and 1 intensities differ"):
        put_in_order(twice[0], other, twice[2], "f")


@pytest.mark.parametrize(
    ("angles", "said"),
    [
        (
            np.where(np.arange(100) == 7, np.nan, ANGLES),
            "1 of 100 angles are no numbers, first at point 8",
        ),
        (np.full(100, 20.0), "stands still"),
        (ANGLES + 175, "cannot be 2theta"),
        (-ANGLES, "cannot be 2theta"),
        (np.where(np.arange(100) == 50, 10.5, ANGLES), "go back at point 51"),
        (np.concatenate([ANGLES[:60], ANGLES[:40]]), "go back at point 61"),
        (np.empty(0), "no numbers"),
    ],
)
def test_angles_that_make_no_sense_are_refused(angles: np.ndarray, said: str) -> None:
    with pytest.raises(AngleError, match=said):
        put_in_order(angles, COUNTS[: angles.size], None, "f")
