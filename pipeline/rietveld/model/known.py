"""Phases that are built in: standards with their certified cells, and what forms beside a layered oxide."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.rietveld.model.structure import Structure, one_species


@dataclass(frozen=True, slots=True)
class Known:
    """A structure, and where it comes from. `certified` is a standard, whose cell may calibrate an instrument."""

    structure: Structure
    source: str
    certified: bool = False


def _cubic(a: float) -> tuple[float, float, float, float, float, float]:
    return a, a, a, 90.0, 90.0, 90.0


KNOWN: dict[str, Known] = {
    "LaB6": Known(
        Structure(
            "P m -3 m",
            _cubic(4.156826),
            (
                one_species("La1", 3, (0.0, 0.0, 0.0), 0.0050),
                one_species("B1", 0, (0.1996, 0.5, 0.5), 0.0040),
            ),
        ),
        "NIST SRM 660c, cell certified at 22.5 C: Certificate (2015)",
        certified=True,
    ),
}
