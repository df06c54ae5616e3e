"""Text with columns of numbers, labelled or not: what most beamlines write.

Any header, comment characters `# % * ; !`, separators blank, tab, comma or semicolon, decimal
commas where they cannot be mistaken. Labels are trusted only where there is one for each column:
a label with a blank inside, split at it, would put every later label on the wrong column.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pipeline.core.study import Dataset
from pipeline.xas.read.absorb import Facts, to_scan
from pipeline.xas.read.labels import header_labels
from pipeline.xas.read.roles import given_roles, labelled_roles
from pipeline.xas.read.table import COMMENT_CHARACTERS, Table, find_table
from pipeline.xas.read.times import middle_of
from pipeline.xas.records import FailedScan, RawScan

_SEPARATORS = (r"\t+", r"\s*[,;]\s*", r"\s{2,}", r"\s+")
_RULE = re.compile(r"[-=_*/+|\s]*")


def read(text: str, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the one scan of a column file.

    Raises:
        RawDataError: no table of numbers, a damaged row, or columns that cannot be told.
    """
    table = find_table(text, source_file)
    labels = table_labels(table)
    n_columns = table.data.shape[1]
    roles = (
        given_roles(dataset.columns, labels, n_columns, source_file)
        if dataset.columns
        else labelled_roles(labels, dataset.mode)
    )
    facts = Facts(source_file, PurePosixPath(source_file).stem, middle_of(table.header))
    return [to_scan(table.data, labels, roles, facts, dataset)]


def table_labels(table: Table) -> tuple[str, ...]:
    """Give one label for each column: as a known program writes them, else from the last line, or ().

    The last line is the last one of the header that is no ruled line.
    """
    if known := header_labels(table.header, table.data.shape[1]):
        return known
    lines = [line for line in table.header if not _RULE.fullmatch(line.strip(COMMENT_CHARACTERS))]
    if not lines:
        return ()
    line = lines[-1].strip().lstrip(COMMENT_CHARACTERS + " ").removeprefix("L ").strip()
    for separator in _SEPARATORS:
        labels = [label.strip(' "') for label in re.split(separator, line)]
        if len(labels) == table.data.shape[1] and all(map(_is_label, labels)):
            return tuple(labels)
        # Where tabs or commas part the labels, blanks belong to them: do not try the next.
        if len(labels) > 1 and separator != _SEPARATORS[-2]:
            return ()
    return ()


def _is_label(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return bool(word)
    return False
