import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.study.table import COLUMNS, read_table

Write = Callable[..., Path]


def message(table: Path) -> str:
    with pytest.raises(StudyError) as caught:
        read_table(table)
    return str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("path", "file", r"mine.tsv:1: unknown column 'file'"),
        ("sample\tpath", "smaple\tpath", r"unknown column 'smaple'. Did you mean 'sample'\?"),
        ("\tcycle", "\tvalence", r"mine.tsv:1: column 'valence' stands twice"),
        ("a\txas", "\txas", r"mine.tsv:2: 'dataset' is empty"),
        ("a\txas", "a-1\txas", r"mine.tsv:2: 'a-1' is no data-set id"),
        ("LiNiO2\t", "NiO\t", r"mine.tsv:4: data set 'NiO' stands on line 3 already"),
        (
            "xas\tsample",
            "xsa\tsample",
            r"mine.tsv:2: unknown technique 'xsa'. Did you mean 'xas'\?",
        ),
        ("sample\tNMC", "smple\tNMC", r":2: unknown role 'smple'. Did you mean 'sample'\?"),
        ("Ni\tK", "\tK", r":2: 'element' is empty, and xas needs it"),
        ("Ni\tK", "nickel\tK", r":2: 'nickel' is no element symbol"),
        ("transmission\t2", "transmision\t2", r":3: unknown mode .*Did you mean 'transmission'\?"),
        ("transmission\t2", "transmission\t2+", r":3: valence '2\+' of 'NiO' is no number"),
        ("transmission\t2", "transmission\t2,5", r"'2,5' of 'NiO' is no number \(a point"),
        ("transmission\t2", "transmission\tnan", r"'nan' of 'NiO' is no number"),
        ("nio.xdi", "../nio.xdi", r":3: path '../nio.xdi' leaves the raw folder"),
        ("nio.xdi", "/etc/passwd", r":3: path '/etc/passwd' leaves the raw folder"),
        ("nio.xdi", "", r":3: 'path' is empty"),
        (
            "NiO\txas\tstandard\tNiO\tnio.xdi\tNi\tK\ttransmission\t2\t",
            "NiO xas standard NiO",
            r":3: this line has no tab",
        ),
        ("transmission\t2\t", "transmission\t2\t\tmore", r":3: 11 cells under 10 columns.*'more'"),
    ],
)
def test_each_mistake_has_its_line(write_study: Write, before: str, after: str, said: str) -> None:
    table = write_study(table=(before, after)).with_name("mine.tsv")
    assert re.search(said, text := message(table)), text


@pytest.mark.parametrize(
    ("separator", "said"),
    [(",", "this line has `,`"), (";", "this line has `;`"), (" ", "this line has none")],
)
def test_a_wrong_separator_is_named(write_study: Write, separator: str, said: str) -> None:
    table = write_study(separator=separator).with_name("mine.tsv")
    assert re.search(f"mine.tsv:1: columns are separated by tabs, {said}", message(table))


def test_blank_lines_comments_crlf_and_a_byte_order_mark_do_no_harm(write_study: Write) -> None:
    table = write_study().with_name("mine.tsv")
    plain = read_table(table)
    text = table.read_text().replace("\n", "\t\t\r\n\r\n# a note\r\n")
    table.write_bytes(b"\xef\xbb\xbf" + text.encode())
    changed = read_table(table)
    assert [d.name for d in changed] == [d.name for d in plain]
    assert [d.line for d in changed] == [4, 7, 10]


def test_columns_are_read_as_a_map(write_study: Write) -> None:
    table = write_study(table=("cycle\n", "columns\n")).with_name("mine.tsv")
    table.write_text(
        table.read_text().replace("transmission\t\t0", "transmission\t\tenergy=1 i0=2")
    )
    assert read_table(table)[0].columns == {"energy": "1", "i0": "2"}
    table.write_text(table.read_text().replace("i0=2", "i0:2"))
    assert "columns 'i0:2' is not of the form `energy=1`" in message(table)


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("\n# nothing\n")
    assert "the table is empty" in message(tmp_path / "t.tsv")
    (tmp_path / "t.tsv").write_text("dataset\ttechnique\trole\tpath\n")
    assert "a header and no row" in message(tmp_path / "t.tsv")


def test_every_column_is_a_field_of_the_data_set() -> None:
    from dataclasses import fields

    from pipeline.core.study import Dataset

    names = {f.name for f in fields(Dataset)} - {"line"}
    assert names == {"name" if c == "dataset" else c for c in COLUMNS}
