"""An X-ray energy in eV, which refuses keV."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

LOWEST_EV, HIGHEST_EV = 30.0, 200e3


def _plausible(energy_ev: float) -> float:
    if not LOWEST_EV <= energy_ev <= HIGHEST_EV:
        remedy = f"; is it {energy_ev:g} keV? Write {energy_ev * 1000:g}" if energy_ev > 0 else ""
        raise ValueError(
            f"{energy_ev:g} eV is no absorption edge ({LOWEST_EV:g} to {HIGHEST_EV:g} eV){remedy}"
        )
    return energy_ev


EnergyEv = Annotated[float, AfterValidator(_plausible)]
"""An energy between 30 eV and 200 keV, in eV."""
