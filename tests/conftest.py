"""What every test may use: the folder of real measurements, and the project's own folder."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """`$CATHODE_DATA`, or `../shared/data` beside the project; the test is skipped where neither is."""
    folder = Path(os.environ.get("CATHODE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real measurements not found at {folder}")
    return folder
