"""Which reader a file wants, told by its content and never by its name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import astra, athena, columns, extranormal, photon_factory, spec, xdi
from pipeline.xas.read.checks import admit
from pipeline.xas.read.source import read_text
from pipeline.xas.records import FailedScan, RawScan

_HEAD_CHARACTERS = 20_000


class Format(StrEnum):
    """Formats of X-ray absorption files."""

    XDI = "XDI"
    ATHENA = "Athena project"
    EXTRANORMAL = "extranormal text (SOLEIL ROCK)"
    SPEC = "SPEC file"
    PHOTON_FACTORY = "text of the Photon Factory (9809)"
    ASTRA = "text of ASTRA at SOLARIS (.xasd)"
    COLUMNS = "columns of text"


_READERS = {
    Format.XDI: xdi.read,
    Format.ATHENA: athena.read,
    Format.EXTRANORMAL: extranormal.read,
    Format.SPEC: spec.read,
    Format.PHOTON_FACTORY: photon_factory.read,
    Format.ASTRA: astra.read,
    Format.COLUMNS: columns.read,
}


_OF_MANY_SCANS = (Format.ATHENA, Format.SPEC)


def sniff(text: str, source_file: str) -> Format:
    """Tell the format of a text file.

    Raises:
        RawDataError: text of a kind that holds no scan.
    """
    head = text[:_HEAD_CHARACTERS].lstrip()
    first = head.split("\n", 1)[0]
    if first.startswith(("EC-Lab", "BT-Lab")):
        raise RawDataError(
            f"{source_file}: an EC-Lab file holds no scan; name it in the column `sidecar`."
        )
    if first.startswith(("<?xml", "<html", "<!DOCTYPE")):
        raise RawDataError(f"{source_file}: this is XML or a web page, not a file of scans.")
    if head.startswith("{") and "_____header1" not in head:
        raise RawDataError(f"{source_file}: JSON, but no Athena project.")
    if head.startswith(("{", athena.MAGIC)):
        return Format.ATHENA
    if extranormal.MAGIC in head:
        return Format.EXTRANORMAL
    if head.startswith(astra.MAGIC):
        return Format.ASTRA
    if photon_factory.MAGIC.match(head):
        return Format.PHOTON_FACTORY
    # XDI columns without the version line are a damaged XDI file: its own reader says so.
    if xdi.VERSION_LINE.match(first) or xdi.COLUMN_LINE.search(head):
        return Format.XDI
    return Format.SPEC if spec.MAGIC.search(head) else Format.COLUMNS


def read_scans(path: Path, source_file: str, dataset: Dataset) -> list[RawScan | FailedScan]:
    """Read the scans of one file that belong to a data set.

    Args:
        path: the file.
        source_file: its path relative to the raw folder, for records and messages.
        dataset: names element, edge, mode, and how to read (`columns`, `select`).

    Returns:
        The scans in the file's order; energies in eV, as measured, strictly ascending. A scan
        that makes no sense is a `FailedScan` with its reason.

    Raises:
        RawDataError: the file as a whole cannot be read, or what was asked is not in it.
    """
    text = read_text(path, source_file)
    kind = sniff(text, source_file)
    if dataset.select and kind not in _OF_MANY_SCANS:
        raise RawDataError(
            f"{source_file}: {kind} holds one scan; `select` '{dataset.select}' of "
            f"'{dataset.name}' names groups of a project, or scans of a SPEC file. Leave it empty."
        )
    scans = _READERS[kind](text, source_file, dataset)
    return [scan if isinstance(scan, FailedScan) else admit(scan, dataset) for scan in scans]
