import json
from pathlib import Path

import pytest

from pipeline.study.schema import generated


@pytest.mark.parametrize("path", sorted(generated()))
def test_generated_files_are_in_step_with_the_option_classes(root: Path, path: Path) -> None:
    assert (root / path).read_text(encoding="utf-8") == generated()[path], "run `make docs`"


def test_the_schema_refuses_what_the_reader_refuses(root: Path) -> None:
    schema = json.loads((root / "workflow/schemas/study.schema.json").read_text())
    assert schema["additionalProperties"] is False
    for name, definition in schema["$defs"].items():
        # Only the block of edges takes names that are not its own, and types them.
        extra = definition.get("additionalProperties")
        assert extra is False or (name == "XasOptions" and "$ref" in extra)


def test_every_key_has_a_meaning_and_numbers_have_units(root: Path) -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (root / "config/README.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    keys = [row for row in rows if len(row) == 4]
    assert len(keys) > 25
    assert all(row[3] for row in keys)
    assert {row[1] for row in keys if row[0].endswith("_ev`")} == {"eV"}
