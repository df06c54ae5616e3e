"""The raw folder: names, bytes, and files left alone."""

import csv
import fnmatch
import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.units import has_unit
from pipeline.demo import diffraction, refined_files
from pipeline.demo.study import ALL, SAMPLES, STANDARDS
from pipeline.demo.truth import edge_step
from pipeline.demo.write import TRUTH_FILE, contents, raw_files, write

SEED = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw") / "demo"
    write(folder, SEED)
    return folder


def test_names_are_known_beforehand(folder: Path) -> None:
    assert raw_files(SEED) == tuple(sorted(path.name for path in folder.iterdir()))


def test_same_seed_same_bytes() -> None:
    assert contents(SEED) == contents(SEED)


def test_another_seed_other_bytes() -> None:
    one, other = contents(SEED), contents(SEED + 1)
    assert one.keys() == other.keys()
    # Logs of the furnace and of the cycler show what was asked for; the truth is known beforehand in part.
    assert {name for name in one if one[name] == other[name]} == {
        *("heat_conv_furnace.csv", "heat_cg_furnace.csv", "charge_cycler.csv")
    }


def test_unchanged_files_are_left_alone(folder: Path) -> None:
    changed = folder / "cg_100_02.xdi"
    changed.write_text("damaged")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    write(folder, SEED)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert changed.read_bytes() == contents(SEED)[changed.name]
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == {changed.name}


@cache
def truth_rows() -> list[dict[str, str]]:
    text = contents(SEED)[TRUTH_FILE].decode()
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def test_truth_names_each_quantity_once() -> None:
    rows = truth_rows()
    assert len({row["quantity"] for row in rows}) == len(rows)
    rows = [row for row in rows if row["table"].startswith("xas_")]
    expected = 0
    for series in (*SAMPLES, *STANDARDS):
        fractions = len(series.specimen.fractions) if series in SAMPLES else 0
        a_scan = 2 + (fractions > 0) + (fractions if fractions > 1 else 0)
        expected += a_scan * len(series.sound_scans)
    assert len(rows) == expected > 90
    columns = [row["column"] for row in rows]
    columns += [name for row in rows for name in row["sigma_column"].split("+")]
    assert all(has_unit(name) for name in columns)
    assert {row["sigma_column"] for row in rows} == {
        *("shift_sigma_ev+scale_sigma_ev", "edge_step_sigma", "fraction_sigma", "valence_sigma")
    }


def test_nothing_is_said_of_a_glitch_and_of_a_broken_scan() -> None:
    said = {(row["dataset"], row["scan"]) for row in truth_rows()}
    assert not said & {("conv_100", "1"), ("cg_100", "2")}
    assert {("conv_100", "0"), ("conv_100", "2"), ("cg_100", "3")} <= said


def test_truth_is_what_was_simulated() -> None:
    def truth(dataset: str, column: str, component: str = "") -> list[float]:
        return [
            float(row["truth"])
            for row in truth_rows()
            if (row["dataset"], row["column"], row["component"]) == (dataset, column, component)
        ]

    assert truth("conv_100", "fraction", "NiO") == [0.40] * 2
    assert truth("cg_100", "fraction", "LiNiO2") == [0.67] * 3
    assert truth("cg_pristine", "valence") == [2.67] * 3
    assert truth("conv_100", "valence") == [2.60] * 2
    assert truth("Mn_cg_100", "valence") == [4.0] * 2
    for series in (*SAMPLES, *STANDARDS):
        scans = series.measure(SEED)
        shifts_ev = [scans[n].shift_ev for n in series.sound_scans]
        assert truth(series.dataset, "shift_ev") == shifts_ev
        # The truth is the step of these windows; the fits extrapolate to the specimen's within 3 %.
        assert truth(series.dataset, "edge_step") == pytest.approx(
            [series.specimen.step] * len(shifts_ev), rel=0.03
        )


def test_edge_step_of_a_known_step() -> None:
    e0_ev = 8345.0
    energy_ev = np.arange(8140.0, 8980.0, 2.0)
    x_ev = energy_ev - e0_ev
    background = 0.4 * (energy_ev / e0_ev) ** -3 - 0.1 * (energy_ev / e0_ev) ** -4
    absorption = background + np.where(x_ev > 0, 0.7 - 2e-4 * x_ev + 1e-7 * x_ev**2, 0.0)
    assert edge_step(energy_ev, absorption, e0_ev) == pytest.approx(0.7, abs=1e-12)


def test_table_of_the_demo_names_what_is_written(root: Path) -> None:
    with (root / "config" / "demo.tsv").open(encoding="utf-8", newline="") as stream:
        rows = {row["dataset"]: row for row in csv.DictReader(stream, delimiter="\t")}
    absorption = [name for name, row in rows.items() if row["technique"] == "xas"]
    assert absorption == [series.dataset for series in ALL]
    for series in ALL:
        found = fnmatch.filter(raw_files(SEED), rows[series.dataset]["path"])
        assert found == sorted({series.path(n) for n in range(series.n_scans)})
    others = [row for name, row in rows.items() if name not in absorption]
    patterns = [row[key] for row in others for key in ("path", "sidecar") if row[key]]
    found = [name for pattern in patterns for name in fnmatch.filter(raw_files(SEED), pattern)]
    assert sorted(found) == sorted([*diffraction.names(), *refined_files.names()])
    assert not any(fnmatch.fnmatch(TRUTH_FILE, row["path"]) for row in rows.values())
