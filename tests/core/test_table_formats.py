"""Tables for print: numbers with their uncertainty in brackets, LaTeX and Markdown beside the CSV."""

import math
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.esd import with_esd
from pipeline.core.printed import Block, Heading, Printed, tex_text
from pipeline.core.table import Table, read_table_rows, write_table

PRINTED = Printed(
    "tab:cells",
    "Cells of R_5 & more, 100 % of them",
    (Heading.plain("Sample"), Heading("*a* (Å)", r"$a$ (\AA)"), Heading.plain("U_iso")),
    (
        Block(("NCM96_hr, V in Å³", "second line"), (("Ni|x", "2.87707(12)", "-0.0001(2)"),)),
        Block((), (("*", "", ""),)),
    ),
    ("Esds in brackets.",),
)


@pytest.mark.parametrize(
    ("value", "sigma", "said"),
    [
        (0.0185, 0.0007, "0.0185(7)"),
        (14.19522, 0.00013, "14.19522(13)"),
        (2.87707, 0.000194, "2.87707(19)"),  # 19: two digits
        (2.87707, 0.000196, "2.8771(2)"),  # 20: one
        (14.19522, 9.96e-5, "14.19522(10)"),  # rounds up to a digit more
        (2.6303, 0.25, "2.6(3)"),
        (1234.5, 12.0, "1235(12)"),
        (1234.5, 26.0, "1230(30)"),
        (12345.0, 1500.0, "12300(1500)"),
        (-0.89, 0.08, "-0.89(8)"),
        (0.0, 0.002, "0.000(2)"),
        (3.0e-7, 1.2e-8, "0.000000300(12)"),
    ],
)
def test_the_rule_of_19(value: float, sigma: float, said: str) -> None:
    assert with_esd(value, sigma) == said


@pytest.mark.parametrize(
    ("value", "sigma", "said"),
    [
        (0.5, math.nan, "0.5"),
        (0.0, math.nan, "0"),
        (-0.0, 0.0, "0"),
        (0.9415, 0.0, "0.9415"),
        (13.498, math.inf, "13.498"),
        (100.0, math.nan, "100"),
        (1.0, 1e-40, "1"),
        (math.nan, 0.1, ""),
    ],
)
def test_what_was_not_refined_has_no_brackets(value: float, sigma: float, said: str) -> None:
    assert with_esd(value, sigma) == said


def test_no_decimals_leave_whole_numbers_whole() -> None:
    assert with_esd(100.2, math.nan, digits=0) == "100"


def test_what_is_printed_reads_back_within_half_a_digit() -> None:
    rng = np.random.default_rng(5)
    for value, power in zip(rng.normal(0, 30, 500), rng.uniform(-6, 2, 500), strict=True):
        sigma = 10.0**power
        number, _, brackets = with_esd(value, sigma).partition("(")
        digit = 10.0 ** -len(number.partition(".")[2])
        esd = float(brackets.rstrip(")")) * digit
        # one digit from 2 on: rounded by a quarter at worst; two digits up to 19
        assert esd == pytest.approx(sigma, rel=0.26)
        assert abs(float(number) - value) <= 0.26 * sigma
        assert brackets.rstrip(")").rstrip("0") in {str(n) for n in range(1, 20)}


def test_latex_escapes_what_means_something_to_it() -> None:
    assert tex_text("50 % of A_b & #1 ~ $x^2$ {y} \\z") == (
        r"50 \% of A\_b \& \#1 \textasciitilde{} \$x\textasciicircum{}2\$ \{y\} \textbackslash{}z"
    )
    assert (
        tex_text("-0.5(2) Å³, χ² < 3 ± 1") == r"$-$0.5(2) \AA{}$^{3}$, $\chi$$^{2}$ $<$ 3 $\pm$ 1"
    )


def test_a_latex_table_has_as_many_cells_as_columns() -> None:
    lines = PRINTED.as_tex().splitlines()
    assert r"\caption{Cells of R\_5 \& more, 100 \% of them}" in lines
    assert r"\label{tab:cells}" in lines
    assert r"Sample & $a$ (\AA) & U\_iso \\" in lines
    assert r"\multicolumn{3}{l}{NCM96\_hr, V in \AA{}$^{3}$} \\" in lines
    assert r"Ni$|$x & 2.87707(12) & $-$0.0001(2) \\" in lines
    assert lines.index(r"\toprule") < lines.index(r"\midrule") < lines.index(r"\bottomrule")
    assert lines.count(r"\midrule") == 2
    opened = [line for line in lines if line.startswith(r"\begin")]
    assert len(opened) == len([line for line in lines if line.startswith(r"\end")]) == 2


def test_a_markdown_table_has_as_many_cells_as_columns() -> None:
    text = PRINTED.as_markdown()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == "| Sample | *a* (Å) | U\\_iso |"
    assert rows[2] == "| **NCM96\\_hr, V in Å³<br>second line** |  |  |"
    assert rows[3] == "| Ni\\|x | 2.87707(12) | -0.0001(2) |"
    assert all(row.replace("\\|", "").count("|") == 4 for row in rows)
    assert text.endswith("Esds in brackets.\n")


def test_a_table_for_print_is_written_three_times(tmp_path: Path) -> None:
    table = Table(("a_angstrom", "flags"), ((2.87, ""),), PRINTED)
    write_table(tmp_path / "t.csv", table)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv", "t.md", "t.tex"]
    assert read_table_rows(tmp_path / "t.csv") == [{"a_angstrom": "2.87", "flags": ""}]
    assert (tmp_path / "t.tex").read_text() == PRINTED.as_tex()
    write_table(tmp_path / "u.csv", Table(("x",), ((1,),)))
    assert not (tmp_path / "u.tex").exists()
