"""A job's instrument as rietx takes it: lines, geometry, profile and background, nothing free yet."""

from __future__ import annotations

from typing import Any

from pipeline.rietveld.engines.rietx.library import (
    Dispersion,
    EmissionLine,
    Geometry,
    ProfileTCHZ,
    Source,
    rietx,
)
from pipeline.rietveld.engines.rietx.structure import parameter
from pipeline.rietveld.interface import Job

USUAL_RADIUS_MM = 200.0
"""Radius where the file states none. A displacement then scales with the true radius: the shift of the lines is s / R."""

UM_PER_MM = 1000.0

LEAST_W_DEG2 = 1e-8
"""Where rietx keeps a Gaussian width real."""


def instrument_of(job: Job) -> Any:
    """Source, geometry, profile and background.

    The beam's share K that is polarised perpendicular to the plane of diffraction enters as K + (1 - K) cos^2(2theta), which is
    GSAS-II's convention too.
    """
    lines = [EmissionLine(wavelength=job.wavelength_angstrom, weight=parameter(1.0, 0.0))]
    if job.kalpha2_angstrom is not None and job.kalpha2_ratio:
        weight = parameter(job.kalpha2_ratio, 0.0)
        lines.append(EmissionLine(wavelength=job.kalpha2_angstrom, weight=weight))
    return rietx.Instrument(
        source=Source(
            lines=lines,
            polarization=parameter(job.polarisation_ratio, 0.0, 1.0),
            dispersion=Dispersion() if job.dispersion else None,
        ),
        geometry=_geometry(job),
        zero_shift=parameter(job.profile.zero_deg),
        profile=ProfileTCHZ(
            u=parameter(job.profile.u_deg2),
            v=parameter(job.profile.v_deg2),
            w=parameter(max(job.profile.w_deg2, LEAST_W_DEG2), LEAST_W_DEG2),
            x=parameter(max(job.profile.x_deg, 0.0), 0.0),
            # rietx lets Y fall below 0, where a Lorentzian width ends below 0 over half of a pattern
            y=parameter(job.profile.y_deg, min(job.profile.y_deg, 0.0)),
        ),
        background=rietx.BackgroundChebyshev(
            coefficients=[parameter(c) for c in job.background_counts]
        ),
    )


def _geometry(job: Job) -> Any:
    """S/L and H/L are half of their sum each: a pattern does not tell them apart."""
    half = parameter(job.profile.axial_ratio / 2.0, 0.0)
    other = parameter(job.profile.axial_ratio / 2.0, 0.0)
    if job.geometry != "bragg-brentano":
        return Geometry(kind="debye_scherrer", axial_sl=half, axial_hl=other)
    return Geometry(
        kind="bragg_brentano",
        goniometer_radius_mm=job.radius_mm or USUAL_RADIUS_MM,
        sample_displacement=parameter(job.displacement_um / UM_PER_MM),
        axial_sl=half,
        axial_hl=other,
    )
