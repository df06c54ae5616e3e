"""Whatever happens to a file, its reader reads it or refuses it with a message; nothing else."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import brml, bruker_raw, ras, rasx, stoe_raw, xrdml
from pipeline.formats.powder.pattern import Pattern, Unread
from tests.formats import powder

FILES = [
    (xrdml, powder.xrdml_file(powder.xrdml_scan(), powder.xrdml_scan()).encode()),
    (ras, powder.ras_file(powder.ras_scan(), powder.ras_scan()).encode()),
    (rasx, powder.rasx_file()),
    (brml, powder.brml_file()),
    *((bruker_raw, made()) for made in (powder.raw1, powder.raw2, powder.raw3, powder.raw4)),
    (stoe_raw, powder.stoe()),
]
NAMES = ["xrdml", "ras", "rasx", "brml", "raw1", "raw2", "raw3", "raw4", "stoe"]


def read_or_refuse(module, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        found = module.read(path, "f")
    except RawDataError:
        return
    assert found
    for pattern in found:
        if isinstance(pattern, Unread):
            assert len(found) > 1
            continue
        assert isinstance(pattern, Pattern)
        assert (np.diff(pattern.two_theta_deg) > 0).all()
        assert (pattern.intensity_counts >= 0).all()


@pytest.mark.parametrize(("module", "data"), FILES, ids=NAMES)
def test_cut_anywhere(tmp_path: Path, module, data: bytes) -> None:
    for length in range(0, len(data), max(1, len(data) // 150)):
        read_or_refuse(module, tmp_path / "f", data[:length])


@pytest.mark.parametrize(("module", "data"), FILES, ids=NAMES)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_bytes_changed_anywhere(tmp_path: Path, module, data: bytes) -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        changed = bytearray(data)
        for place in rng.integers(0, len(data), size=rng.integers(1, 4)):
            changed[place] = rng.integers(0, 256)
        read_or_refuse(module, tmp_path / "f", bytes(changed))
