"""The documents name files that are there, and hold no placeholder."""

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "config").glob("*.md")]


def test_no_placeholder_is_left(root: Path) -> None:
    for page in documents(root):
        assert "INSERT" + "_" not in page.read_text(encoding="utf-8"), page


def test_links_lead_somewhere(root: Path) -> None:
    for page in documents(root):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_says_both_commands(root: Path, command: str) -> None:
    assert command in (root / "README.md").read_text(encoding="utf-8")
