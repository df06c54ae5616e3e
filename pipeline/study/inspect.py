"""`inspect FILE`: ask each technique's readers what they see."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.errors import RawDataError, StudyError
from pipeline.core.study import Dataset
from pipeline.study.table import column_map
from pipeline.study.techniques import TECHNIQUES, module


def describe_file(file: Path, columns: str = "") -> list[str]:
    """Describe a raw file in words.

    Args:
        file: the raw file.
        columns: how to read unlabelled columns, as in the data-set table.

    Raises:
        StudyError: there is no such file.
        RawDataError: no reader knows the file; each says why.
    """
    if file.is_dir():
        raise StudyError(f"{file}: this is a folder; name one of its files.")
    if not file.is_file():
        raise StudyError(f"{file}: there is no such file.")
    as_row = None
    if columns:
        as_row = Dataset("", "", "", str(file), columns=column_map(columns))
    refusals = []
    for technique in reversed(TECHNIQUES):  # absorption, which takes any columns, last
        try:
            seen = module(technique, "read").describe(file, as_row)
        except RawDataError as error:
            refusals.append(f"{technique}: {error}")
        else:
            return [f"{key:>12}  {text}" for key, text in seen]
    raise RawDataError("\n".join(refusals))
