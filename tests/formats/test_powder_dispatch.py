"""Told by content: zip folders, disguises, and files that are no patterns."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import Pattern, Unread, read_frames, read_patterns
from pipeline.formats.powder.zipped import natural_key
from tests.formats.powder_files import ANGLES, COUNTS, read, rows

XYE = rows(ANGLES, COUNTS, np.sqrt(COUNTS))


def packed(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def frame(k: int) -> str:
    return rows(ANGLES, COUNTS * k)


def test_a_zip_folder_is_a_series_in_natural_order(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {f"run/s_{k}.xy": frame(k) for k in (10, 9, 2, 1)}
    members |= {
        "__MACOSX/run/._s_1.xy": b"\x00\x05\x16\x07",
        "run/.DS_Store": b"\0\0\0\1Bud1",
        "run/Echem/cc8.ndax": b"NEWARE" + bytes(100),
        "run/Echem/cycle.csv": "time_s,voltage_v\n"
        + rows(np.arange(30.0), np.linspace(3, 4, 30), separator=","),
        "run/log.csv": "scan,start\n1,2025-07-02 19:05:59\n",
    }
    path = packed(tmp_path / "x.zip", members)
    patterns = read_patterns(path, "x.zip")
    assert [p.label for p in patterns] == ["s_1", "s_2", "s_9", "s_10"]
    assert patterns[0].source_file == "x.zip: run/s_1.xy"
    for k, pattern in zip((1, 2, 9, 10), patterns, strict=True):
        np.testing.assert_array_equal(pattern.intensity_counts, COUNTS * k)
    [remark] = patterns[0].remarks
    assert "cc8.ndax" in remark
    assert "cycle.csv" in remark
    assert "log.csv" in remark
    assert "DS_Store" not in remark
    [chosen] = read_patterns(path, "x.zip", select="s_9")
    np.testing.assert_array_equal(chosen.intensity_counts, COUNTS * 9)


def test_a_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"1.xy": frame(1), "2.xy": frame(2)[:1011], "3.xy": frame(3)})
    frames = read_frames(path, "x.zip")
    assert [type(f) for f in frames] == [Pattern, Unread, Pattern]
    assert isinstance(frames[1], Unread)
    assert "x.zip: 2.xy" in frames[1].reason
    with pytest.raises(RawDataError, match=r"x.zip: 2.xy"):
        read_patterns(path, "x.zip")


def test_a_zip_without_patterns_and_a_bomb_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match="no pattern among the 1 files"):
        read_patterns(packed(tmp_path / "a.zip", {"a.txt": "hello"}), "a.zip")
    bomb = packed(tmp_path / "b.zip", {"a.xy": b"0" * 50_000_000})
    with pytest.raises(RawDataError, match="zip bomb"):
        read_patterns(bomb, "b.zip")
    (tmp_path / "c.zip").write_bytes(bomb.read_bytes()[:2000])
    with pytest.raises(RawDataError, match="damaged or was cut"):
        read_patterns(tmp_path / "c.zip", "c.zip")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
        (b"II*\0" + bytes(50), "integrate it first"),
        (b'<?xml version="1.0"?><a/>', "XML or a web page"),
        (b"<!DOCTYPE html><html></html>", "XML or a web page"),
        (b"<html><body>404 not found</body></html>", "XML or a web page"),
        (b'{"x": [1, 2]}', "JSON"),
        (b"EC-Lab ASCII FILE\nNb header lines : 3\n", "sidecar"),
        (b"# XDI/1.0\n# Column.1: energy eV\n7000 1\n7001 2\n", "absorption"),
        (b"SQLite format 3\0", "a database"),
        (b"RAW data of nothing\n", "no rows of numbers"),
    ],
)
def test_a_file_that_is_no_pattern_says_what_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    for name in ("a.xy", "a.nxs", "a.raw", "a"):
        with pytest.raises(RawDataError, match=said):
            read(tmp_path, content, name=name)


def test_a_name_says_nothing(tmp_path: Path) -> None:
    for name in ("a.raw", "a.nxs", "a.xrdml", "a.cif", "a.zip", "a"):
        [pattern] = read(tmp_path, XYE, name=name)
        np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RawDataError, match=r"a\.xy: cannot be read"):
        read_patterns(tmp_path / "a.xy", "a.xy")


def test_natural_order() -> None:
    names = ["C10", "C2", "c1", "b20", "2", "10"]
    assert sorted(names, key=natural_key) == ["2", "10", "b20", "c1", "C2", "C10"]


def test_damaged_copies_give_a_pattern_or_a_message(tmp_path: Path) -> None:
    """Cut, changed, thinned and doubled at random: nothing but a `RawDataError` may come out."""
    rng = np.random.default_rng(5)
    whole = [
        XYE.encode(),
        ("angle;counts\n" + XYE.replace(" ", ";").replace(".", ",")).encode("utf-16"),
    ]
    outcomes = set()
    for k in range(400):
        content = bytearray(whole[k % 2])
        first, second = sorted(int(i) for i in rng.integers(0, len(content), 2))
        match k % 4:
            case 0:
                content = content[:second]
            case 1:
                content[first] = int(rng.integers(256))
            case 2:
                del content[first : first + 40]
            case _:
                content[second:second] = content[first : first + 200]
        try:
            read(tmp_path, bytes(content))
            outcomes.add("pattern")
        except RawDataError as error:
            outcomes.add("message" if "scan.bin" in str(error) else str(error))
    assert outcomes == {"pattern", "message"}
