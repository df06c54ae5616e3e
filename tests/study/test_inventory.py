import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import RawDataError, StudyError
from pipeline.core.inventory import raw_paths, read_inventory
from pipeline.study.config import load_study
from pipeline.study.inventory import find_raw, make_inventory, natural_key

Write = Callable[..., Path]


def test_scan_2_comes_before_scan_10() -> None:
    names = ["scan_10.dat", "scan_2.dat", "scan_1b.dat", "Scan.dat"]
    assert sorted(names, key=natural_key) == [
        "Scan.dat",
        "scan_1b.dat",
        "scan_2.dat",
        "scan_10.dat",
    ]


def test_an_inventory_lists_files_in_natural_order_with_hashes(write_study: Write) -> None:
    study = load_study(write_study())
    make_inventory(study, "a")
    listed = read_inventory(study, "a")
    assert [f.path for f in listed.scans] == ["a_1.xdi", "a_2.xdi", "a_10.xdi"]
    assert listed.scans[0].size_bytes == len("a_1.xdi")
    assert [name for _, name in raw_paths(study, listed.scans)] == [f.path for f in listed.scans]


def test_a_file_that_changed_since_is_refused(write_study: Write) -> None:
    study = load_study(write_study())
    make_inventory(study, "NiO")
    listed = read_inventory(study, "NiO").scans
    (study.home / study.raw / "nio.xdi").write_text("other")
    with pytest.raises(RawDataError, match=r"nio.xdi: this raw file changed"):
        raw_paths(study, listed)
    (study.home / study.raw / "nio.xdi").unlink()
    with pytest.raises(RawDataError, match=r"nio.xdi: .* is gone"):
        raw_paths(study, listed)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("nix.xdi", r"no raw file 'nix.xdi' below .*The folder holds a_1.xdi, a_10.xdi"),
        ("deep/nio.xdi", r"there is no folder .*deep"),
        ("*/nio.xdi", r"no file matches '\*/nio.xdi'"),
    ],
)
def test_a_missing_raw_file_is_named(write_study: Write, pattern: str, said: str) -> None:
    study = load_study(write_study(table=("nio.xdi", pattern)))
    with pytest.raises(StudyError, match=said):
        find_raw(study, study.dataset("NiO"), pattern)


def test_a_missing_raw_folder_is_named(write_study: Write) -> None:
    study = load_study(write_study(("raw/mine", "raw/yours")))
    with pytest.raises(StudyError, match="the raw folder .*raw/yours does not exist"):
        find_raw(study, study.dataset("NiO"), "nio.xdi")


def with_hash(path: Path, dataset: str, sha: str) -> None:
    table = path.with_name("mine.tsv")
    lines = table.read_text().splitlines()
    cells = [line + "\t" + (sha if line.startswith(dataset + "\t") else "") for line in lines[1:]]
    table.write_text("\n".join([lines[0] + "\tsha256", *cells]) + "\n")


def test_another_hash_than_the_table_s_stops_the_run(write_study: Write) -> None:
    path = write_study()
    with_hash(path, "NiO", "0" * 64)
    with pytest.raises(RawDataError, match=r"nio.xdi: its sha256 is [0-9a-f]{64}, the table asks"):
        make_inventory(load_study(path), "NiO")


def test_a_hash_is_of_one_file(write_study: Write) -> None:
    path = write_study()
    with_hash(path, "a", "0" * 64)
    with pytest.raises(
        StudyError, match=r"'sha256' is the hash of one file, and 'a_\*.xdi' means 3"
    ):
        make_inventory(load_study(path), "a")


def test_an_inventory_follows_the_content_and_not_the_time(write_study: Write) -> None:
    study = load_study(write_study())
    raw, listed = study.home / study.raw, study.home / study.inventory("a")
    assert make_inventory(study, "a") == 3
    first, made_ns = listed.read_text(), listed.stat().st_mtime_ns
    assert make_inventory(study, "a") == 0
    time.sleep(0.02)  # the clock of the file system is coarse
    (raw / "a_2.xdi").touch()
    assert make_inventory(study, "a") == 1
    assert listed.stat().st_mtime_ns == made_ns
    (raw / "a_2.xdi").write_text("A_2.xdi")  # as long as before
    os.utime(raw / "a_2.xdi", (1, 1))  # and as old as can be: a copy may keep its time
    assert make_inventory(study, "a") == 1
    assert listed.read_text() != first


def test_files_that_came_or_went_are_told(
    write_study: Write, caplog: pytest.LogCaptureFixture
) -> None:
    study = load_study(write_study())
    make_inventory(study, "a")
    assert not caplog.records
    (study.home / study.raw / "a_2.xdi").unlink()
    make_inventory(study, "a")
    assert "data set 'a': 1 raw files gone and 0 new" in caplog.text
    assert "-a_2.xdi" in caplog.text


def test_touched_files_are_read_once(write_study: Write) -> None:
    study = load_study(write_study())
    make_inventory(study, "a")
    time.sleep(0.02)
    for file in (study.home / study.raw).glob("a_*.xdi"):
        file.touch()
    assert make_inventory(study, "a") == 3
    time.sleep(0.02)
    assert make_inventory(study, "a") == 0


def test_a_damaged_inventory_says_what_to_do(write_study: Write) -> None:
    study = load_study(write_study())
    make_inventory(study, "a")
    (study.home / study.inventory("a")).write_text("kind\tpath\nscan\n")
    with pytest.raises(
        RawDataError, match=re.compile("inventory of 'a' cannot be read.*Delete it")
    ):
        read_inventory(study, "a")
