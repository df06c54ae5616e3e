"""Raw files as beamlines write them, from a simulated scan to the bytes of a file.

Every number has a fixed format, so that the same scan gives the same bytes on every machine.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray, IntArray
from pipeline.demo.beamline import Scan

STORED_BLOCK_BYTES = 0xFFFF
NOTE = "simulated by the demo study: nobody measured this"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A scan with what its file says about it; `start_iso` is local time, ISO 8601."""

    scan: Scan
    element: str
    specimen: str
    label: str
    start_iso: str


def xdi(entry: Entry, with_reference: bool = True) -> bytes:
    """Give an XDI file (X-ray Absorption Data Interchange, version 1.0)."""
    names = ("i0", "itrans", "irefer") if with_reference else ("i0", "itrans")
    columns = [f"Column.{n}: {name}" for n, name in enumerate(names, start=2)]
    header = [
        "XDI/1.0 demo/1.0",
        "Column.1: energy eV",
        *columns,
        f"Element.symbol: {entry.element}",
        "Element.edge: K",
        "Mono.name: Si(111)",
        "Mono.d_spacing: 3.13555",
        "Facility.name: simulation",
        f"Sample.name: {entry.specimen}",
        f"Scan.start_time: {entry.start_iso}",
        "///",
        f"{entry.label}, {NOTE}",
        "-" * 40,
        " ".join(("energy", *names)),
    ]
    return _columns(header, entry.scan, len(names))


def labelled_columns(entry: Entry) -> bytes:
    """Give plain columns whose last comment line is their labels."""
    header = [
        f"{entry.label}, {NOTE}",
        f"started {entry.start_iso}, Si(111), {entry.element} K edge",
        "energy i0 itrans irefer",
    ]
    return _columns(header, entry.scan)


def unlabelled_columns(entry: Entry) -> bytes:
    """Give plain columns that only a table can explain."""
    edge = f"{entry.element} K edge, foil behind"
    header = [f"{entry.label}, {NOTE}", f"started {entry.start_iso}", edge]
    return _columns(header, entry.scan)


def _columns(header: Sequence[str], scan: Scan, n_chambers: int = 3) -> bytes:
    chambers = (scan.i0_counts, scan.it_counts, scan.ir_counts)[:n_chambers]
    lines = [f"# {line}" for line in header]
    for energy_ev, *counts in zip(scan.energy_ev, *chambers, strict=True):
        lines.append(f"{energy_ev:10.3f}" + "".join(f"{n:10d}" for n in counts))
    return ("\n".join(lines) + "\n").encode("ascii")


def athena_project(entries: Iterable[Entry]) -> bytes:
    """Give an Athena project in its old Perl format: each scan as a group, and its foil as another."""
    lines = ["# Athena project file -- Demeter version 0.9.26", f"# {NOTE}", ""]
    for number, entry in enumerate(entries):
        scan = entry.scan
        sample, foil = f"samp{chr(97 + number)}", f"foil{chr(97 + number)}"
        of_sample = (entry.label, scan.energy_ev, scan.i0_counts, scan.it_counts)
        of_foil = (f"  Ref {entry.label}", scan.energy_ev, scan.it_counts, scan.ir_counts)
        lines += _athena_group(entry.element, sample, foil, *of_sample)
        lines += _athena_group(entry.element, foil, sample, *of_foil)
    lines += ["@journal = ();", "", "1;", ""]
    return _gzip_stored("\n".join(lines).encode("ascii"))


def _athena_group(
    element: str,
    group: str,
    reference: str,
    label: str,
    energy_ev: FloatArray,
    before_counts: IntArray,
    behind_counts: IntArray,
) -> list[str]:
    args: dict[str, str] = {
        "label": label,
        "datagroup": group,
        "tag": group,
        "referencegroup": reference,
        "recordtype": "mu(E)",
        "is_xmu": "1",
        "is_nor": "0",
        "is_col": "1",
        "npts": str(energy_ev.size),
        "multiplier": "1",
        "bkg_z": element,
        "fft_edge": "k",
        "bkg_eshift": "0",
        "bkg_pre1": "-150.000",
        "bkg_pre2": "-40.000",
        "bkg_nor1": "100.000",
        "bkg_nor2": "600.000",
        "bkg_nnorm": "3",
        "bkg_flatten": "1",
        "xmu_string": f"ln(abs(  ({group}.i0) / ({group}.signal) ))",
    }
    mu = np.log(before_counts / behind_counts)
    return [
        f"$old_group = '{group}';",
        f"@args = ({_quoted(word for pair in args.items() for word in pair)});",
        f"@x = ({_quoted(f'{value:.3f}' for value in energy_ev)});",
        f"@y = ({_quoted(f'{value:.8f}' for value in mu)});",
        f"@i0 = ({_quoted(str(n) for n in before_counts)});",
        f"@signal = ({_quoted(str(n) for n in behind_counts)});",
        "[record]   # create object and set arrays in ifeffit",
        "",
    ]


def cut_short(content: bytes) -> bytes:
    """Give the first third of a file, as a lost connection leaves it: it ends inside a number."""
    return content[: len(content) // 3]


def _quoted(words: Iterable[str]) -> str:
    return ",".join(f"'{word}'" for word in words)


def _gzip_stored(content: bytes) -> bytes:
    """Wrap bytes as a gzip file without compressing them (RFC 1951, 1952), without time or name.

    zlib, zlib-ng and their versions compress differently; stored blocks are equal everywhere.
    """
    starts = range(0, len(content), STORED_BLOCK_BYTES)
    blocks = [content[i : i + STORED_BLOCK_BYTES] for i in starts]
    body = b"".join(
        struct.pack("<BHH", n == len(blocks), len(block), len(block) ^ 0xFFFF) + block
        for n, block in enumerate(blocks, start=1)
    )
    head = b"\x1f\x8b\x08\x00" + bytes(5) + b"\xff"
    return head + body + struct.pack("<II", zlib.crc32(content), len(content))
