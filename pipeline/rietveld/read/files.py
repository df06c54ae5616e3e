"""CIFs and instrument files: where they are, what they say, and that a study says which it used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline.core.errors import StudyError
from pipeline.core.study import RawFile, Study


def extra_files(study: Study, names: Iterable[str]) -> tuple[RawFile, ...]:
    """Files below the raw folder that no data set lists, with their hashes.

    Raises:
        StudyError: one is missing, or lies outside the raw folder.
    """
    found = []
    for name in names:
        content = _place(study, name).read_bytes()
        found.append(RawFile(name, len(content), hashlib.sha256(content).hexdigest()))
    return tuple(found)


def read_texts(study: Study, names: Iterable[str]) -> dict[str, str]:
    """Text of each file.

    Raises:
        StudyError: one is missing, or is no text.
    """
    texts = {}
    for name in names:
        try:
            texts[name] = _place(study, name).read_text(encoding="utf-8", errors="strict")
        except UnicodeDecodeError:
            texts[name] = _place(study, name).read_text(encoding="latin-1")
    return texts


def _place(study: Study, name: str) -> Path:
    raw = study.home / study.raw
    path = raw / name
    if not path.is_file():
        raise StudyError(
            f"{study.source.name}: rietveld needs the file '{name}', which is not in the raw folder '{study.raw}'. "
            "Put it there, or correct `cif:` or `instrument.file:`."
        )
    if not path.resolve().is_relative_to(raw.resolve()) and not raw.is_symlink():
        raise StudyError(
            f"{study.source.name}: '{name}' lies outside the raw folder '{study.raw}'."
        )
    return path
