"""Where a line profile comes from: a standard by each engine, an instrument file, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.rietveld.interface import Profile
from pipeline.rietveld.model.instrument_file import profile_of_file
from pipeline.rietveld.options import InstrumentOptions
from pipeline.rietveld.records import FitStatus, Flag, InstrumentProfiles

LABORATORY = Profile(
    u_deg2=0.002, v_deg2=-0.002, w_deg2=0.004, x_deg=0.03, y_deg=0.03, axial_ratio=0.02
)
SYNCHROTRON = Profile(
    u_deg2=0.001, v_deg2=0.0, w_deg2=0.0004, x_deg=0.003, y_deg=0.003, axial_ratio=0.002
)
"""Start values where nothing is known: a tube's Bragg-Brentano optics, and a parallel beam."""

REFINED_ON_SAMPLE = ("u_deg2", "v_deg2", "w_deg2", "x_deg", "y_deg", "axial_ratio")


@dataclass(frozen=True, slots=True)
class Measured:
    """How a standard was measured; its profile is good for nothing that was measured otherwise."""

    dataset: str
    geometry: str
    wavelength_angstrom: float


@dataclass(frozen=True, slots=True)
class InstrumentSource:
    """The profile for each engine; `refine` says which of its terms are refined on the sample.

    `by_engine` is empty where nothing is known; `refused` says why a standard gave an engine no profile, and `standard` how
    it was measured, None where there is none.
    """

    by_engine: Mapping[str, Profile]
    refused: Mapping[str, str]
    common: Profile | None
    refine: tuple[str, ...]
    polarisation_ratio: float | None
    flags: tuple[Flag, ...]
    standard: Measured | None = None

    def profile(self, engine: str, geometry: str) -> Profile:
        """Profile for an engine; the usual one of a geometry where nothing is known."""
        usual = LABORATORY if geometry == "bragg-brentano" else SYNCHROTRON
        return self.by_engine.get(engine) or self.common or usual


def instrument_source(
    used: InstrumentOptions, texts: Mapping[str, str], profiles: InstrumentProfiles | None
) -> InstrumentSource:
    """Find where a data set's profile comes from.

    Args:
        used: the block `instrument`.
        texts: instrument files by their names.
        profiles: the standard's result, where one is named.

    Raises:
        StudyError: an instrument file is none, or of another kind of instrument.
    """
    by_engine: dict[str, Profile] = {}
    refused: dict[str, str] = {}
    if profiles is not None:
        for i, engine in enumerate(profiles.engine):
            if profiles.status[i] is not FitStatus.OK:
                refused[engine] = f"standard '{profiles.dataset}': {profiles.reason[i]}"
                continue
            terms = {
                name: float(profiles.profile.column(name)[0][i])
                for name in (*REFINED_ON_SAMPLE, "zero_deg")
            }
            by_engine[engine] = Profile(**terms)
    common = profile_of_file(texts[used.file], used.file) if used.file else None
    flags = []
    if profiles is None and common is None:
        flags.append(Flag.PROFILE_NOT_CALIBRATED)
    elif profiles is None:
        flags.append(Flag.AXIAL_NOT_CALIBRATED)
    if profiles is not None and any(Flag.STANDARD_CELL_OFF in told for told in profiles.flags):
        flags.append(Flag.STANDARD_CELL_OFF)
    terms_free = REFINED_ON_SAMPLE if used.refine else ()
    standard = None
    if profiles is not None:
        standard = Measured(profiles.dataset, profiles.geometry, profiles.wavelength_angstrom)
    return InstrumentSource(
        by_engine, refused, common, terms_free, used.polarisation_ratio, tuple(flags), standard
    )
