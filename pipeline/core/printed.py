"""Tables as they are printed in a paper: LaTeX and Markdown, beside the CSV that holds the same numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.files import write_text

SUFFIXES = (".tex", ".md")
"""Files of a printed table, beside its `.csv`."""

_TEX = {
    "\\": r"\textbackslash{}",
    **{character: rf"\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}": r"\AA{}",
    "\N{SUPERSCRIPT TWO}": "$^{2}$",
    "\N{SUPERSCRIPT THREE}": "$^{3}$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
    "\N{DEGREE SIGN}": r"$^{\circ}$",
    "\N{MICRO SIGN}": r"$\mu$",
    "\N{GREEK SMALL LETTER ALPHA}": r"$\alpha$",
    "\N{GREEK SMALL LETTER BETA}": r"$\beta$",
    "\N{GREEK SMALL LETTER GAMMA}": r"$\gamma$",
    "\N{GREEK SMALL LETTER LAMDA}": r"$\lambda$",
    "\N{GREEK SMALL LETTER MU}": r"$\mu$",
    "\N{GREEK SMALL LETTER CHI}": r"$\chi$",
}
_NEGATIVE = re.compile(r"^-(?=\d)")
_MARKDOWN = re.compile(r"([\\`*_\[\]|<>#~])")


@dataclass(frozen=True, slots=True)
class Heading:
    """Heading of a column in both languages; what stands in `tex` is LaTeX already."""

    markdown: str
    tex: str

    @classmethod
    def plain(cls, text: str) -> Heading:
        """A heading without symbols."""
        return cls(_MARKDOWN.sub(r"\\\1", text), tex_text(text))


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together, under lines of words. Titles and cells are plain text, escaped when written."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """A table for print. `label` is what LaTeX refers to; `notes` stand below, each one sentence or more."""

    label: str
    caption: str
    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()

    def as_tex(self) -> str:
        """LaTeX table to be taken in by the command `input`; it needs the package `booktabs` alone."""
        width = len(self.headings)
        lines = [
            "% needs \\usepackage{booktabs}",
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{tex_text(self.caption)}}}",
            f"\\label{{{self.label}}}",
            f"\\begin{{tabular}}{{{'l' * width}}}",
            "\\toprule",
            _tex_row(h.tex for h in self.headings),
        ]
        for block in self.blocks:
            lines.append("\\midrule")
            lines += [
                f"\\multicolumn{{{width}}}{{l}}{{{tex_text(title)}}} \\\\" for title in block.titles
            ]
            lines += [_tex_row(tex_text(cell) for cell in row) for row in block.rows]
        lines += ["\\bottomrule", "\\end{tabular}"]
        lines += [f"\n{tex_text(note)}" for note in self.notes]
        return "\n".join([*lines, "\\end{table}", ""])

    def as_markdown(self) -> str:
        """A Markdown table; the titles of a block are a row of their own, in bold."""
        width = len(self.headings)
        lines = [f"**{_markdown(self.caption)}**", ""]
        lines += [_markdown_row(h.markdown for h in self.headings), "|" + " --- |" * width]
        for block in self.blocks:
            if block.titles:
                first = "<br>".join(_markdown(title) for title in block.titles)
                lines.append(_markdown_row([f"**{first}**", *[""] * (width - 1)]))
            lines += [_markdown_row(_markdown(cell) for cell in row) for row in block.rows]
        for note in self.notes:
            lines += ["", _markdown(note)]
        return "\n".join([*lines, ""])


def tex_text(text: str) -> str:
    """Plain text as LaTeX: its special characters escaped, units and Greek letters as commands."""
    signed = _NEGATIVE.sub("\N{MINUS SIGN}", text)
    return "".join(_TEX.get(character, character) for character in signed)


def _tex_row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def write_printed(path: Path, printed: Printed) -> None:
    """Write a table as LaTeX and Markdown beside its CSV, each whole or not at all.

    Args:
        path: the CSV file, whose ending is replaced.
        printed: the table.
    """
    texts = {".tex": printed.as_tex(), ".md": printed.as_markdown()}
    for suffix in SUFFIXES:
        write_text(path.with_suffix(suffix), texts[suffix])
