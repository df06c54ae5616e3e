"""Of a file of several scans, a damaged one costs only itself."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder.pattern import Pattern, Unread
from tests.formats import powder

GOOD = powder.xrdml_scan()
TAIL_OF_RAW4 = slice(61 + 136, None)

FILES = {
    "xrdml": powder.xrdml_file(GOOD, powder.xrdml_scan(""), GOOD).encode(),
    "ras": powder.ras_file(
        powder.ras_scan(), powder.ras_scan("10 1 1\n10.02 nan 1\n10.04 3 1\n"), powder.ras_scan()
    ).encode(),
    "raw1": powder.raw1(following=1) + powder.raw1((1, -2, 3), following=1) + powder.raw1(),
    "raw4": powder.raw4() + powder.raw4((1, -2, 3))[TAIL_OF_RAW4] + powder.raw4()[TAIL_OF_RAW4],
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_scan_is_its_reason(tmp_path: Path, name: str) -> None:
    found = powder.read_any(powder.write(tmp_path / "f", FILES[name]))
    assert [type(scan) for scan in found] == [Pattern, Unread, Pattern]
    assert isinstance(found[1], Unread)
    assert found[1].label in {"scan 2", "range 2"}
    assert found[1].reason.startswith(f"f, {found[1].label}: ")
    assert isinstance(found[0], Pattern)
    assert isinstance(found[2], Pattern)
    assert np.array_equal(found[0].intensity_counts, found[2].intensity_counts)


def test_range_that_was_not_measured(tmp_path: Path) -> None:
    measured = powder.unzipped(powder.brml_file())["Experiment0/RawData0.xml"]
    planned = powder.unzipped(powder.brml_file(()))["Experiment0/RawData0.xml"]
    both = {"Experiment0/RawData0.xml": measured, "Experiment0/RawData1.xml": planned}
    found = powder.read_any(powder.write(tmp_path / "f", powder.zipped(both)))
    assert [type(scan) for scan in found] == [Pattern, Unread]


def test_only_scan_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = powder.write(tmp_path / "f", powder.xrdml_file(powder.xrdml_scan("")))
    with pytest.raises(RawDataError, match="f: the scan holds no points"):
        powder.read_any(path)
