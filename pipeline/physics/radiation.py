"""Wavelengths of X-ray tubes: the K lines of common anodes, and what a pattern was measured with.

Kalpha1 and Kalpha2 of Cr, Mn, Fe, Co, Ni and Cu after G. Hoelzer et al., Phys. Rev. A 56 (1997) 4554,
doi:10.1103/PhysRevA.56.4554; Mo and Ag after J. A. Bearden, Rev. Mod. Phys. 39 (1967) 78,
doi:10.1103/RevModPhys.39.78, on today's angstrom (as the International Tables C, table 4.2.2.1, give them).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

KALPHA2_RATIO = 0.5  # statistical weight of 2p1/2 over 2p3/2; diffractometers state 0.5 to 0.52
SAME_ANGSTROM = 2e-4  # programs round the same line differently by less (1.5406, 1.54056, 1.540593)

KALPHA_ANGSTROM: dict[str, tuple[float, float]] = {
    "Cr": (2.289726, 2.293651),
    "Fe": (1.936041, 1.939973),
    "Co": (1.788996, 1.792835),
    "Cu": (1.540593, 1.544427),
    "Mo": (0.709317, 0.713607),
    "Ag": (0.559422, 0.563813),
}
"""Kalpha1 and Kalpha2 of each anode."""


@dataclass(frozen=True, slots=True)
class Radiation:
    """What a pattern was measured with.

    `wavelength_angstrom` is the only wavelength, or Kalpha1 of a doublet; of a doublet,
    `kalpha2_angstrom` is the other and `kalpha2_ratio` its intensity over that of Kalpha1, else
    both are NaN. `is_mean` says that the wavelength is the mean of an unresolved doublet.
    """

    wavelength_angstrom: float
    kalpha2_angstrom: float = math.nan
    kalpha2_ratio: float = math.nan
    is_mean: bool = False

    @property
    def is_doublet(self) -> bool:
        """Whether Kalpha2 is there."""
        return self.kalpha2_ratio > 0


def mean_angstrom(kalpha1_angstrom: float, kalpha2_angstrom: float) -> float:
    """Mean of a doublet, `(2 Kalpha1 + Kalpha2) / 3`."""
    return (2 * kalpha1_angstrom + kalpha2_angstrom) / 3


def named_radiation(name: str, kalpha2_ratio: float = KALPHA2_RATIO) -> Radiation:
    """Radiation of a name: `Cu-Ka1`, `Cu-Ka` (the doublet) or `Cu-Kam` (its mean), or of another anode.

    A doublet whose second line has no intensity is Kalpha1 alone.

    Raises:
        KeyError: no such name.
    """
    anode, _, line = name.partition("-")
    kalpha1, kalpha2 = KALPHA_ANGSTROM[anode]
    made = {
        "Ka1": Radiation(kalpha1),
        "Ka": Radiation(kalpha1, kalpha2, kalpha2_ratio) if kalpha2_ratio else Radiation(kalpha1),
        "Kam": Radiation(mean_angstrom(kalpha1, kalpha2), is_mean=True),
    }
    return made[line]


def anode_of(wavelength_angstrom: float) -> str:
    """Anode whose Kalpha1, Kalpha2 or mean this wavelength is, else ''."""
    for anode, lines in KALPHA_ANGSTROM.items():
        if any(
            abs(wavelength_angstrom - v) < SAME_ANGSTROM for v in (*lines, mean_angstrom(*lines))
        ):
            return anode
    return ""
