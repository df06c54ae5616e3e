"""Lines that are looked for, and where: reflections of the phases, and the internal standard's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.physics.bragg import spacing_angstrom as spacing_of_angle
from pipeline.physics.lattice import spacing_angstrom
from pipeline.xrd.options import PhaseOptions, StandardOptions, hkl_label
from pipeline.xrd.records import Lines

STANDARD = "standard"


def expected_lines(
    phases: Mapping[str, PhaseOptions],
    standard: StandardOptions | None,
    wavelength_angstrom: float,
) -> Lines:
    """Lines of the phases in the order of the options, and of the standard at the end.

    Args:
        phases: phases by name.
        standard: the internal standard, which becomes a line of no phase, named `standard`.
        wavelength_angstrom: wavelength that turns the standard's angle into a spacing, NaN where no
            frame has one; its spacing is then NaN.

    Returns:
        The lines. A reflection beyond 180 degrees at this wavelength is among them. The standard's spacing is that of
        where it is found, which a displaced sample makes another than its own.
    """
    names: list[str] = []
    labels: list[str] = []
    hkl: list[tuple[float, float, float]] = []
    spacings: list[float] = []
    for name, phase in phases.items():
        names += [name] * len(phase.reflections)
        labels += [hkl_label(h) for h in phase.reflections]
        hkl += phase.reflections
        spacings += spacing_angstrom(phase.reflections, phase.cell).tolist()
    if standard is not None:
        names.append("")
        labels.append(STANDARD)
        hkl.append((np.nan, np.nan, np.nan))
        spacings.append(float(spacing_of_angle(standard.two_theta_deg, wavelength_angstrom)))
    h, k, ell = np.array(hkl, dtype=np.float64).reshape(-1, 3).T
    return Lines(tuple(names), tuple(labels), h, k, ell, np.array(spacings, dtype=np.float64))
