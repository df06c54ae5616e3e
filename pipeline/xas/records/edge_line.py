"""The line of valence against edge energy through standards."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields
from pipeline.xas.records.status import Flags, ScanStatus


@dataclass(frozen=True, slots=True, eq=False)
class EdgeLine:
    """Edge energy against valence, `E(v) = centre_ev + slope_ev (v - centre_valence)`, to be inverted.

    At the centre the two sigmas are independent. `slope_ev` is in eV per unit of valence.
    `scatter_ev` is the scatter of compounds about the line beyond their own sigmas, and
    `interval_ratio` the half width of a 68 % prediction interval in its sigmas (Student's t for
    the part of it that was estimated). Without a usable line all of these are NaN, and `why_not`
    says why.

    Arrays of n compounds of known valence, `(n,)`: `predicted_valence` is what the line without
    the compound gives for it, with its prediction sigma and 68 % interval; `left_out_slope_ev` and `left_out_centre_ev` are that line. Where
    `in_line` is false, it is the line itself.
    """

    element: str
    edge: str
    position: str
    compounds: tuple[str, ...]
    titles: tuple[str, ...]
    families: tuple[str, ...]
    in_line: tuple[bool, ...]
    valence: FloatArray
    energy_ev: FloatArray
    energy_sigma_ev: FloatArray
    predicted_valence: FloatArray
    predicted_valence_sigma: FloatArray
    predicted_low_valence: FloatArray
    predicted_high_valence: FloatArray
    left_out_slope_ev: FloatArray
    left_out_centre_ev: FloatArray
    slope_ev: float
    slope_sigma_ev: float
    centre_valence: float
    centre_ev: float
    centre_sigma_ev: float
    scatter_ev: float
    interval_ratio: float
    why_not: str
    status: tuple[ScanStatus, ...]
    reason: tuple[str, ...]
    flags: tuple[Flags, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("valence", "energy_ev", "energy_sigma_ev"),
                *("predicted_valence", "predicted_valence_sigma"),
                *("predicted_low_valence", "predicted_high_valence"),
                *("left_out_slope_ev", "left_out_centre_ev"),
            ),
            ndim=1,
        )

    @property
    def line_families(self) -> frozenset[str]:
        """Families of the standards in the line, those that are stated."""
        pairs = zip(self.families, self.in_line, strict=True)
        return frozenset(family for family, used in pairs if used and family)
