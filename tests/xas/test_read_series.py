"""A series of files, and what `inspect` shows of one."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import describe, read_series
from pipeline.xas.records import Flag, ScanStatus

ENERGY = np.linspace(8200, 8600, 81)
ROW = Dataset(
    *("d", "xas", "sample", "x"),
    element="Ni",
    edge="K",
    mode="transmission",
    columns={"energy": "1", "mu": "2", "reference": "3"},
)


def write(path: Path, energy: np.ndarray = ENERGY, columns: int = 3) -> tuple[Path, str]:
    arrays = (energy, np.arctan(energy - 8345) / 2, np.arctan(energy - 8333))[:columns]
    np.savetxt(path, np.transpose(arrays), fmt="%.10g")
    return path, f"run/{path.name}"


def test_one_bad_file_costs_only_itself(tmp_path: Path) -> None:
    noise = tmp_path / "noise.dat"
    noise.write_bytes(bytes(range(256)))
    files = [
        write(tmp_path / "a.dat"),
        (noise, "run/noise.dat"),
        (tmp_path / "absent.dat", "run/absent.dat"),
        write(tmp_path / "kev.dat", ENERGY / 1e3),
        write(tmp_path / "short.dat", ENERGY[:60]),
        write(tmp_path / "down.dat", ENERGY[::-1]),
    ]
    series = read_series(ROW, files)
    assert series.n_scans == 6
    assert series.status == (
        *(ScanStatus.OK, ScanStatus.UNREADABLE, ScanStatus.UNREADABLE),
        *(ScanStatus.BAD_ENERGY, ScanStatus.OK, ScanStatus.OK),
    )
    assert "run/noise.dat: not text" in series.reason[1]
    assert "run/absent.dat: cannot be read (No such file" in series.reason[2]
    assert series.reason[0] == ""
    assert series.label == ("a", "noise", "absent", "kev", "short", "down")
    assert series.energy_ev.shape == series.mu.shape == series.reference_mu.shape == (6, 81)
    assert np.isnan(series.energy_ev[1:4]).all()
    assert np.isnan(series.mu[1:4]).all()
    assert np.isfinite(series.mu[4, :60]).all()
    assert np.isnan(series.mu[4, 60:]).all()
    np.testing.assert_allclose(series.energy_ev[5], ENERGY)
    assert series.flags[5] == (Flag.ENERGY_SORTED,)
    assert np.isnan(series.file_shift_ev).all()
    assert (series.dataset, series.element, series.edge, series.mode) == (
        "d",
        "Ni",
        "K",
        "transmission",
    )


def test_scans_on_one_grid_share_its_memory(tmp_path: Path) -> None:
    series = read_series(ROW, [write(tmp_path / f"{i}.dat") for i in range(3)])
    assert series.energy_ev.strides[0] == 0
    assert not series.mu.flags.writeable


def test_a_series_without_any_good_scan_still_has_its_rows(tmp_path: Path) -> None:
    series = read_series(ROW, [write(tmp_path / f"{i}.dat", columns=2) for i in range(2)])
    assert series.status == (ScanStatus.UNREADABLE,) * 2
    assert "`reference=3`" in series.reason[0]
    assert series.mu.shape == (2, 0)


def test_a_missing_reference_is_a_row_of_nan(tmp_path: Path) -> None:
    row = Dataset("d", "xas", "sample", "x", element="Ni", edge="K", mode="transmission")
    path = tmp_path / "a.dat"
    np.savetxt(path, np.transpose((ENERGY, np.arctan(ENERGY - 8345))), header="energy mu")
    series = read_series(row, [(path, "a.dat")])
    assert series.status == (ScanStatus.OK,)
    assert series.reference_mu.shape == (1, 81)
    assert np.isnan(series.reference_mu).all()


def seen(path: Path, dataset: Dataset | None = None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, text in describe(path, dataset):
        found.setdefault(key, []).append(text)
    return found


@pytest.mark.data
def test_inspect_columns_without_labels(data_dir: Path) -> None:
    found = seen(data_dir / "xas/larch/beamlines/generic_columns_no_header.dat")
    assert found["format"] == ["columns of text"]
    assert found["points"] == ["198"]
    assert len(found["column"]) == 7
    assert found["column"][0] == "1: 10906.9 to 11505.6"
    assert found["energy"] == ["column 1, 10906.9 to 11505.6 eV (a guess)"]
    assert found["nearest edge"][0].startswith("Ge K at 11103 eV")


@pytest.mark.data
def test_inspect_tells_kev_and_degrees(data_dir: Path) -> None:
    folder = data_dir / "xas/larch/beamlines"
    kev = seen(folder / "APS12BM_2019.dat")
    assert kev["energy"] == ["column 1, 6.339 to 6.98474 keV"]
    assert kev["nearest edge"][0].startswith("Mn K at 6539 eV")
    photon_factory = seen(folder / "PF9A_2022.dat")
    assert photon_factory["format"] == ["text of the Photon Factory (9809)"]
    assert photon_factory["energy"] == ["column 2, 13.9328 to 17.4144 degrees"]


@pytest.mark.data
def test_inspect_a_rock_file(data_dir: Path) -> None:
    path = next((data_dir / "xas/perex_rock_lno/XAS_normalized_subset").glob("*op2*0001_av*"))
    found = seen(path)
    assert found["column"][0] == "1 shifted energy: 8060 to 9500"
    assert found["reference"] == ["yes"]
    assert found["time"] == ["2022-07-26T23:03:03.058890"]
    assert "shifted by 0.0362247 eV" in found["maker"][0]


@pytest.mark.data
def test_inspect_a_project(data_dir: Path) -> None:
    found = seen(data_dir / "xas/larch/athena_prj/NiO.prj")
    assert found["groups"] == ["24"]
    assert found["group"][4] == (
        "NiO.001: mu(E), Ni K, 522 points, 8133 to 9569.97 eV, maker's shift 4.911 eV, "
        "has a reference, steepest near Ni K at 8333 eV"
    )
    assert "Ref NiO.001: reference" in found["group"][5]


@pytest.mark.data
def test_inspect_says_how_a_data_set_would_read(data_dir: Path) -> None:
    path = data_dir / "xas/larch/xafsdata/ni_metal_rt.xdi"
    row = Dataset("d", "xas", "sample", "x", element="Ni", edge="K", mode="transmission")
    found = seen(path, row)
    assert found["says it is"] == ["Ni K"]
    assert found["reads as"] == ["Ni metal foil: 418 points, 8133 to 9567.43 eV, no reference"]


def test_inspect_takes_columns_alone(tmp_path: Path) -> None:
    path, _ = write(tmp_path / "a.dat", ENERGY / 1e3)
    only_columns = Dataset("", "", "", "", columns={"energy": "1", "mu": "2", "unit": "kev"})
    found = seen(path, only_columns)
    assert found["energy"] == ["column 1, 8.2 to 8.6 keV"]
    assert found["nearest edge"][0].startswith("Ni K at 8333 eV")
    assert "reads as" not in found
    with pytest.raises(RawDataError, match="knows no 'enrgy'"):
        describe(path, Dataset("", "", "", "", columns={"enrgy": "1"}))
