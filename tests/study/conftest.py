from collections.abc import Callable
from pathlib import Path

import pytest

STUDY = """\
study: mine
raw: raw/mine
datasets: mine.tsv
xas:
  Ni-K:
    calibrate: {method: none}
    normalise: {e0_ev: 8345.0, pre_ev: [-150, -40]}
    lcf: {standards: [NiO, LiNiO2]}
    valence: {methods: [lcf]}
"""
HEADER = [
    "dataset",
    "technique",
    "role",
    "sample",
    "path",
    "element",
    "edge",
    "mode",
    "valence",
    "cycle",
]
ROWS = [
    ["a", "xas", "sample", "NMC", "a_*.xdi", "Ni", "K", "transmission", ".", "0"],
    ["NiO", "xas", "standard", "NiO", "nio.xdi", "Ni", "K", "transmission", "2", "."],
    ["LiNiO2", "xas", "standard", "LNO", "lno.xdi", "Ni", "K", "transmission", "3", "."],
]


def as_table(header: list[str], rows: list[list[str]], separator: str = "\t") -> str:
    cells = [header, *([("" if c == "." else c) for c in row] for row in rows)]
    return "".join(separator.join(row) + "\n" for row in cells)


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[..., Path]:
    """Write a small study with some of its text replaced; give the path of its YAML file."""

    def write(
        study: tuple[str, str] = ("", ""),
        table: tuple[str, str] = ("", ""),
        *,
        name: str = "mine.yaml",
        separator: str = "\t",
    ) -> Path:
        for part, text in ((study, STUDY), (table, as_table(HEADER, ROWS))):
            assert part[0] in text, f"nothing to replace: {part[0]!r}"
        config = tmp_path / "config"
        config.mkdir(exist_ok=True)
        (config / name).write_text(STUDY.replace(*study) if study[0] else STUDY)
        body = as_table(HEADER, ROWS, separator)
        (config / "mine.tsv").write_text(body.replace(*table) if table[0] else body)
        raw = tmp_path / "raw" / "mine"
        raw.mkdir(parents=True, exist_ok=True)
        for file in ("a_1.xdi", "a_2.xdi", "a_10.xdi", "nio.xdi", "lno.xdi"):
            (raw / file).write_text(file)
        return config / name

    return write
