"""The technique's page says what every word of the tables means."""

from pathlib import Path

import pytest

from pipeline.rietveld.records import FitStatus, Flag, Gate
from pipeline.rietveld.tables import targets
from tests.rietveld import study


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "rietveld.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", [*FitStatus, *Gate, *Flag], ids=str)
def test_every_status_gate_and_flag_is_explained(page: str, word: str) -> None:
    assert f"`{word}`" in page


def test_every_table_is_explained(page: str, tmp_path: Path) -> None:
    for name in targets(study.study(tmp_path)):
        assert f"`{name}.csv`" in page
