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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs GSAS-II, in one line, where it is not found; it is looked for where such a test is collected."""
    needing = [item for item in items if item.get_closest_marker("gsas2")]
    if not needing:
        return
    from pipeline.rietveld.engines.gsas2 import find_gsas2
    from pipeline.rietveld.options import Gsas2Options

    if find_gsas2(Gsas2Options()).problem:
        reason = "GSAS-II not found; name its interpreter in GSAS2_PYTHON"
        for item in needing:
            item.add_marker(pytest.mark.skip(reason=reason))
