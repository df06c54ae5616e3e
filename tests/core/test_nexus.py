from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.core.errors import RawDataError
from pipeline.core.nexus import Plot, Provenance, StepResult, merge, read_record, write_result
from pipeline.core.nexus.gate import findings
from pipeline.core.nexus.read import read_statuses
from pipeline.core.study import RawFile


class Verdict(StrEnum):
    OK = "ok"
    BAD = "bad"


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    cycle: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    name: str
    e0_ev: float
    energy_ev: FloatArray
    status: tuple[Verdict, ...]
    reason: tuple[str, ...]
    flags: tuple[tuple[Verdict, ...], ...]
    is_good: tuple[bool, ...]
    n_scans: int
    inner: Inner
    limit_ev: float | None = None

    def __post_init__(self) -> None:
        freeze_fields(self, ("energy_ev",), ndim=2)


def example(energy_ev: FloatArray, name: str = "x") -> Example:
    n = len(energy_ev)
    return Example(
        name=name,
        e0_ev=8333.0,
        energy_ev=energy_ev,
        status=(Verdict.OK,) * n,
        reason=("",) * n,
        flags=((Verdict.OK, Verdict.BAD),) + ((),) * (n - 1),
        is_good=(True,) * n,
        n_scans=n,
        inner=Inner(np.arange(n, dtype=float)),
    )


def result(record: object, dataset: str = "d") -> StepResult:
    plot = Plot(
        "spectrum",
        "a spectrum",
        "mu",
        ("energy_ev",),
        {"mu": np.arange(4.0), "energy_ev": np.arange(4.0)},
        {"mu": "absorption", "energy_ev": "energy (eV)"},
        errors={"mu": np.ones(4)},
    )
    record_of = Provenance(
        {"e0_ev": 8333.0, "window_ev": [-1, 2]}, (RawFile("a.xdi", 3, "f" * 64),), {"numpy": "2"}
    )
    return StepResult("xas", "calibrate", 2, dataset, "title", "NMC", record, (plot,), record_of)


def same(a: object, b: object) -> bool:
    if hasattr(a, "__dataclass_fields__"):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=True)
    return a == b


finite = st.floats(-1e6, 1e6) | st.just(float("nan"))


@settings(max_examples=25, deadline=None)
@given(
    energy=arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=finite),
    name=st.text(
        st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]),
        max_size=20,
    ),
)
def test_a_record_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, energy: FloatArray, name: str
) -> None:
    path = tmp_path_factory.mktemp("nexus") / "a.nxs"
    record = example(energy, name)
    write_result(path, result(record))
    assert same(read_record(path, Example), record)


def test_equal_rows_are_stored_once_and_read_as_a_view(tmp_path: Path) -> None:
    row = np.linspace(8000, 9000, 500)
    record = example(np.broadcast_to(row, (300, 500)))
    write_result(tmp_path / "a.nxs", result(record))
    with h5py.File(tmp_path / "a.nxs") as file:
        assert file["xas_d_calibrate/record/energy_ev"].shape == (500,)
    back = read_record(tmp_path / "a.nxs", Example)
    assert back.energy_ev.shape == (300, 500)
    assert back.energy_ev.strides[0] == 0


def test_same_input_same_bytes(tmp_path: Path) -> None:
    for name in ("a.nxs", "b.nxs"):
        write_result(tmp_path / name, result(example(np.ones((2, 3)))))
    assert (tmp_path / "a.nxs").read_bytes() == (tmp_path / "b.nxs").read_bytes()


def test_a_number_without_a_unit_reaches_no_file(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Bad:
        energy: FloatArray

    with pytest.raises(KeyError, match="states no unit"):
        write_result(tmp_path / "a.nxs", result(Bad(np.ones(2))))
    assert list(tmp_path.iterdir()) == []


def test_another_record_is_refused(tmp_path: Path) -> None:
    write_result(tmp_path / "a.nxs", result(example(np.ones((2, 3)))))
    with pytest.raises(RawDataError, match="holds a Example, not a Inner"):
        read_record(tmp_path / "a.nxs", Inner)


def test_what_is_no_results_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nxs").write_text("<xml/>")
    with pytest.raises(RawDataError, match="damaged and cannot be read as HDF5.*Delete it"):
        read_record(tmp_path / "a.nxs", Example)
    assert "cannot be opened" in findings(tmp_path / "a.nxs")[0]


def test_merged_results_stand_alone_and_pass_the_gate(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(tmp_path / f"{name}.nxs", result(example(np.ones((2, 3))), name))
    merge([tmp_path / "a.nxs", tmp_path / "b.nxs"], tmp_path / "m.nxs", "xas_b_calibrate")
    (tmp_path / "a.nxs").unlink()
    assert findings(tmp_path / "m.nxs") == []
    with h5py.File(tmp_path / "m.nxs") as file:
        assert list(file) == ["xas_a_calibrate", "xas_b_calibrate"]
        assert file.attrs["default"] == "xas_b_calibrate"
    assert [e.flags for e in read_statuses(tmp_path / "m.nxs")] == [(("ok", "bad"), ())] * 2


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(tmp_path / f"{name}.nxs", result(example(np.ones((2, 3)))))
    with pytest.raises(RawDataError, match="already in m.nxs"):
        merge([tmp_path / "a.nxs", tmp_path / "b.nxs"], tmp_path / "m.nxs")


def break_default(file: h5py.File) -> None:
    del file["xas_d_calibrate"].attrs["default"]


def break_signal(file: h5py.File) -> None:
    del file["xas_d_calibrate/spectrum/mu"]


def break_axis(file: h5py.File) -> None:
    data = file["xas_d_calibrate/spectrum"]
    del data["energy_ev"]
    made = data.create_dataset("energy_ev", data=np.arange(9.0))
    made.attrs["units"], made.attrs["long_name"] = "eV", "energy"


def break_unit(file: h5py.File) -> None:
    file["xas_d_calibrate/spectrum/energy_ev"].attrs["units"] = "furlongs_of_light"


def break_class(file: h5py.File) -> None:
    file["xas_d_calibrate/sample"].attrs["NX_class"] = "NXsampel"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (break_default, "default: the chain breaks"),
        (break_signal, "signal: .* is missing"),
        (break_axis, "axes: .* has length 9"),
        (break_unit, "units: .*furlongs_of_light"),
        (break_class, "nexus: "),
    ],
)
def test_the_gate_finds_what_viewers_stumble_over(
    tmp_path: Path, damage: object, said: str
) -> None:
    import re

    path = tmp_path / "a.nxs"
    write_result(path, result(example(np.ones((2, 3)))))
    assert findings(path) == []
    with h5py.File(path, "a") as file:
        damage(file)
    assert any(re.search(said, line) for line in findings(path)), findings(path)


def test_an_array_that_is_shown_and_kept_stands_in_the_file_once(tmp_path: Path) -> None:
    energy_ev = np.random.default_rng(0).normal(8333.0, 1.0, (40, 500))
    record = example(energy_ev)
    fields_shown = {"energy_ev": record.energy_ev, "scan": np.arange(40.0)}
    plot = Plot("all", "all", "energy_ev", ("scan", "."), fields_shown, {})
    entry = StepResult(
        *("xas", "calibrate", 2, "d", "t", "NMC", record, (plot,)), Provenance({}, (), {})
    )
    once, twice = tmp_path / "once.nxs", tmp_path / "twice.nxs"
    write_result(once, entry)
    copied = Plot(
        "all", "all", "energy_ev", ("scan", "."), fields_shown | {"energy_ev": energy_ev}, {}
    )
    write_result(
        twice,
        StepResult(
            *("xas", "calibrate", 2, "d", "t", "NMC", record, (copied,)), Provenance({}, (), {})
        ),
    )
    assert once.stat().st_size < 0.6 * twice.stat().st_size
    assert same(read_record(once, Example), record)
    merge([once], tmp_path / "merged.nxs")
    assert (tmp_path / "merged.nxs").stat().st_size < 0.6 * twice.stat().st_size
    assert same(read_record(tmp_path / "merged.nxs", Example), record)
