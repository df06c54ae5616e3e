"""Every X-ray absorption file beside the project: read as it should be, or refused for a stated reason.

`xas_readers.tsv` has one row a file and way to read it. Points, energies and absorption in it were computed from
the files with awk, not with our readers: of the most frequent number of columns, the formula of the row's mode, repeated
energies averaged. Times are those of the headers, read by eye. Projects of Athena are compared with their own text.

Licences and sources, see `MANIFEST.tsv` beside the data: larch (xraylarch), xasref, xaslib, pynexafs_AS, xas_processor_xasd.
"""

import csv
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import describe, read_scans
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

pytestmark = pytest.mark.data

FOLDERS = (
    *("larch/beamlines", "larch/xafsdata", "larch/athena_prj"),
    *("xasref", "xaslib", "pynexafs_AS", "xas_processor_xasd"),
)
NO_SCANS = (".json", ".rst", ".txt.license")
TABLE = Path(__file__).with_name("xas_readers.tsv")
with TABLE.open(encoding="utf-8", newline="") as handle:
    ROWS = list(csv.DictReader(handle, delimiter="\t"))
GOOD = [row for row in ROWS if row["points"]]
BAD = [row for row in ROWS if not row["points"]]


def dataset_of(row: dict[str, str]) -> Dataset:
    columns = dict(cell.split("=") for cell in row["columns"].split())
    return Dataset(
        *("d", "xas", "sample", row["file"]),
        select=row["select"],
        columns=columns,
        element=row["element"],
        edge=row["edge"],
        mode=row["mode"],
    )


def name_of(row: dict[str, str]) -> str:
    return f"{Path(row['file']).name}-{row['mode']}"


def scans_of(data_dir: Path, row: dict[str, str]) -> list[RawScan | FailedScan]:
    return read_scans(data_dir / "xas" / row["file"], row["file"], dataset_of(row))


def test_every_file_stands_in_the_table(data_dir: Path) -> None:
    there = {
        path.relative_to(data_dir / "xas").as_posix()
        for folder in FOLDERS
        for path in (data_dir / "xas" / folder).rglob("*")
        if path.is_file() and "LICENSE" not in path.name and path.suffix not in NO_SCANS
    }
    listed = {row["file"] for row in ROWS}
    assert {name for name in there - listed if not name.endswith(".prj")} == set()
    assert listed <= there


@pytest.mark.parametrize("row", GOOD, ids=name_of)
def test_numbers_are_those_of_the_file(data_dir: Path, row: dict[str, str]) -> None:
    [scan] = scans_of(data_dir, row)
    assert isinstance(scan, RawScan), scan
    assert scan.energy_ev.size == int(row["points"])
    assert scan.energy_ev[[0, -1]] == pytest.approx([float(row["low_ev"]), float(row["high_ev"])])
    found = (scan.mu.min(), scan.mu.max())
    assert found == pytest.approx((float(row["mu_min"]), float(row["mu_max"])), rel=6e-6, abs=1e-9)
    assert ("yes" if scan.reference_mu is not None else "no") == row["reference"]
    assert scan.time_iso == row["time"]


@pytest.mark.parametrize("row", BAD, ids=name_of)
def test_a_refusal_says_why(data_dir: Path, row: dict[str, str]) -> None:
    try:
        [scan] = scans_of(data_dir, row)
    except RawDataError as error:
        said = str(error)
        assert row["file"] in said
    else:
        assert isinstance(scan, FailedScan)
        said = scan.reason
    assert row["refusal"] in said


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_file_can_be_inspected(data_dir: Path, row: dict[str, str]) -> None:
    if row["file"].endswith(".mda"):
        return
    found = dict(describe(data_dir / "xas" / row["file"]))
    assert int(found["points"]) > 1


def projects(data_dir: Path) -> list[Path]:
    return sorted(p for f in FOLDERS for p in (data_dir / "xas" / f).glob("*.prj"))


def stored(path: Path) -> list[np.ndarray]:
    """Energies of each group, straight from the text of a project."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    text = content.decode("utf-8", errors="replace")
    if text.lstrip().startswith("{"):
        groups = [g for g in json.loads(text).values() if isinstance(g, dict) and "x" in g]
        return [np.array(g["x"], dtype=float) for g in groups]
    blocks = re.findall(r"^@x = \((.*?)\);", text, re.MULTILINE | re.DOTALL)
    return [np.array(re.findall(r"[-+\d.eE]+", block), dtype=float) for block in blocks]


def test_every_group_of_every_project_is_read(data_dir: Path) -> None:
    """24 projects, old and new, those that Larch cannot read too: each group gives a scan of its own points."""
    found = projects(data_dir)
    assert len(found) == 24
    n_groups = n_scans = 0
    for path in found:
        groups = stored(path)
        n_groups += len(groups)
        [count] = [value for key, value in describe(path) if key == "groups"]
        assert int(count) == len(groups), path.name
        kinds = {_kind(value) for key, value in describe(path) if key == "group"}
        sizes = {(x.size, x.min(), x.max()) for x in groups}
        for element, edge in kinds - {("H", "K")}:
            row = Dataset(
                *("d", "xas", "sample", path.name), element=element, edge=edge, mode="transmission"
            )
            for scan in read_scans(path, path.name, row):
                assert isinstance(scan, RawScan), (path.name, scan)
                assert (scan.energy_ev.size, scan.energy_ev[0], scan.energy_ev[-1]) in sizes
                n_scans += 1
    # Not read: 10 groups over detector pixels, 12 reference channels, 1 that is stored twice.
    assert (n_groups, n_scans) == (140, 140 - 10 - 12 - 1)


def _kind(group: str) -> tuple[str, str]:
    [match] = re.findall(r"mu\(E\), (\w+) (\w+),", group)
    return match


def test_one_row_a_scan_of_a_spec_file(data_dir: Path) -> None:
    """Two scans of one file: what a reader of columns takes for one scan of 1362 points."""
    row = next(r for r in GOOD if "SNBL" in r["file"]) | {"select": ""}
    scans = scans_of(data_dir, row)
    assert [s.label for s in scans] == ["ESRF_SNBL_2013 scan 1", "ESRF_SNBL_2013 scan 2"]
    assert all(isinstance(s, RawScan) for s in scans)
    with pytest.raises(RawDataError, match=r"no scan 7 \(`select` of 'd'\); it has 1, 2"):
        scans_of(data_dir, row | {"select": "1;7"})


def test_a_broken_file_costs_only_itself(data_dir: Path, tmp_path: Path) -> None:
    from pipeline.xas.read import read_series

    whole = (data_dir / "xas/xaslib/Ni/Ni_metal_rt_01.xdi").read_bytes()
    parts = {
        "a": whole,
        "b": whole[: len(whole) // 2],
        "c": b"\x00\x01" * 500,
        "d": b"",
        "e": whole,
    }
    for name, content in parts.items():
        (tmp_path / f"{name}.xdi").write_bytes(content)
    files = [(tmp_path / f"{name}.xdi", f"{name}.xdi") for name in parts]
    row = Dataset("d", "xas", "sample", "*", element="Ni", edge="K", mode="transmission")
    series = read_series(row, files)
    assert [s is ScanStatus.OK for s in series.status] == [True, False, False, False, True]
    assert "was the file cut off?" in series.reason[1] or "ends below" in series.reason[1]
    assert "not text" in series.reason[2]
    assert "the file is empty" in series.reason[3]
