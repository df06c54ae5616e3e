"""Numbers of different units side by side: what goes to a file comes back, each with its unit."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.errors import RawDataError
from pipeline.core.nexus import (
    Provenance,
    StepResult,
    read_part,
    read_record,
    write_result,
)
from pipeline.core.quantities import Quantities, stacked


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    angle_deg: FloatArray
    label: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("angle_deg",), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Outer:
    inner: Inner
    found: Quantities


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    angle_deg: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Lacking:
    angle_deg: FloatArray
    width_deg: FloatArray


def table() -> Quantities:
    return stacked(
        [
            (("NCM.a_angstrom", "zero_deg"), np.array([2.877, 0.01]), np.array([1e-4, np.nan])),
            (("zero_deg", "NCM.mixing_fraction"), np.array([0.02, 0.0185]), np.array([0.0, 1e-3])),
        ]
    )


def written(folder: Path) -> Path:
    path = folder / "x.nxs"
    record = Outer(Inner(np.array([1.0, 2.0]), ("a", "b")), table())
    nothing = Provenance({}, (), {})
    write_result(path, StepResult("xrd", "read", 1, "x", "x", "x", record, (), nothing))
    return path


def test_rows_of_different_names_share_a_table() -> None:
    found = table()
    assert found.names == ("NCM.a_angstrom", "zero_deg", "NCM.mixing_fraction")
    np.testing.assert_array_equal(found.value, [[2.877, 0.01, np.nan], [np.nan, 0.02, 0.0185]])
    assert np.isnan(found.column("of_nobody")[0]).all()


def test_a_table_comes_back_as_it_was_each_column_with_its_unit(tmp_path: Path) -> None:
    path = written(tmp_path)
    found = read_record(path, Outer).found
    np.testing.assert_array_equal(found.value, table().value)
    np.testing.assert_array_equal(found.sigma, table().sigma)
    assert found.names == table().names
    with h5py.File(path) as file:
        group = file["xrd_x_read/record/found"]
        units = [group[f"q{k:03d}"].attrs["units"] for k in range(3)]
    assert units == ["angstrom", "degree", "dimensionless"]


def test_a_name_without_a_unit_is_refused(tmp_path: Path) -> None:
    bad = Quantities(("NCM.length",), np.ones((1, 1)), np.ones((1, 1)))
    nothing = Provenance({}, (), {})
    with pytest.raises(KeyError, match="states no unit"):
        write_result(
            tmp_path / "x.nxs", StepResult("xrd", "read", 1, "x", "x", "x", bad, (), nothing)
        )
    assert not (tmp_path / "x.nxs").exists()


def test_a_shape_that_does_not_belong_to_the_names_is_refused() -> None:
    with pytest.raises(ValueError, match="2 names"):
        Quantities(("a_deg", "b_deg"), np.ones((1, 3)), np.ones((1, 3)))


def test_a_reader_takes_the_fields_that_it_names(tmp_path: Path) -> None:
    found = read_part(written(tmp_path), Wanted, "inner")
    np.testing.assert_array_equal(found.angle_deg, [1.0, 2.0])


def test_a_field_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="lacks width_deg"):
        read_part(written(tmp_path), Lacking, "inner")
