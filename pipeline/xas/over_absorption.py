"""Over-absorption (self-absorption) of fluorescence from a thick sample, undone.

From a sample so thick that no beam leaves its back, the fluorescence is

    I(E) ~ a(E) N(E) / (a(E) N(E) + b(E) + g f),   g = sin(angle_in) / sin(angle_out)

with the atomic absorption `a` of the edge, the absorption `b` by everything else, and that of the
whole at the energy of the fluorescence, `f`. `N` is the true normalised spectrum. What a
normalisation makes of `I` is `N' = N (alpha + 1) / (alpha + N)` with `alpha = (b + g f) / a`, so

    N = N' alpha / (alpha + 1 - N').

Cross sections are those of Elam (xraydb). `alpha` is taken at each energy: `a` and `b` are carried
to the edge as power laws from either side. FLUO and larch's `fluo_corr` take one `alpha` from 10 eV
either side of the edge, which is the same to within the change of `alpha` over the spectrum, about 1 % in 100 eV.

References: D. Haskel, FLUO: correcting XANES for self-absorption in fluorescence measurements,
Argonne (1999); C. H. Booth, F. Bridges, Phys. Scr. T115 (2005) 202,
doi:10.1238/Physica.Topical.115a00202.
"""

from __future__ import annotations

import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import AnalysisError
from pipeline.xas.options import OverAbsorptionOptions

# Power laws are drawn through these energies, relative to the edge: clear of the edge itself.
BELOW_EV = (-150.0, -20.0)
ABOVE_EV = (20.0, 150.0)


def alpha(
    energy_ev: FloatArray, e0_ev: float, element: str, edge: str, options: OverAbsorptionOptions
) -> FloatArray:
    """Absorption by all else over that of the edge, `(b + g f) / a`, at some energies.

    Args:
        energy_ev: energies, of any shape.
        e0_ev: where the edge is on this axis.
        element: symbol of the absorber.
        edge: its edge.
        options: formula and angles.

    Raises:
        AnalysisError: the formula cannot be read, or does not hold the absorber.
    """
    import xraydb

    try:
        parts = xraydb.chemparse(options.formula)
    except ValueError as error:
        raise AnalysisError(
            f"`over_absorption.formula` '{options.formula}' cannot be read: {error}"
        ) from error
    if element not in parts:
        raise AnalysisError(
            f"`over_absorption.formula` '{options.formula}' does not hold {element}, whose "
            f"{edge} edge was measured"
        )
    tabulated_ev = float(xraydb.xray_edge(element, edge).energy)

    def total(at_ev: FloatArray) -> FloatArray:
        """Absorption of one formula unit: mass coefficient times mass of each element."""
        shares = [
            count * xraydb.atomic_mass(name) * xraydb.mu_elam(name, at_ev)
            for name, count in parts.items()
        ]
        whole: FloatArray = np.sum(shares, axis=0)
        return whole

    relative = (energy_ev - e0_ev + tabulated_ev) / tabulated_ev
    below, above = (
        _power_law(window_ev / tabulated_ev, total(window_ev), relative)
        for window_ev in (tabulated_ev + np.array(BELOW_EV), tabulated_ev + np.array(ABOVE_EV))
    )
    lines = xraydb.xray_lines(element, initial_level=edge).values()
    strongest = max(lines, key=lambda line: float(line.intensity))
    escaping = total(np.array([strongest.energy]))[0]
    sine_in, sine_out = np.sin(np.deg2rad([options.angle_in_deg, options.angle_out_deg]))
    ratio: FloatArray = (below + sine_in / sine_out * escaping) / (above - below)
    return ratio


def correct(
    normalised: FloatArray, flattened: FloatArray, alpha_ratio: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Undo over-absorption: `N = N' alpha / (alpha + 1 - N')`.

    `N'` is the spectrum divided by its post-edge curve, which falls as `a / (alpha + 1)` does.

    Args:
        normalised: normalised fluorescence, `(n, p)`.
        flattened: the same, flattened.
        alpha_ratio: at each energy, `(n, p)`.

    Returns:
        The true spectra, normalised (with the post-edge curve as it was) and flattened. A spectrum
        that somewhere reaches `alpha + 1`, which no thick sample of this formula can give, is NaN.
    """
    curve = normalised - flattened
    apparent = normalised / (1.0 + curve)
    room = alpha_ratio + 1.0 - apparent
    impossible = np.any(room <= 0, axis=1, keepdims=True)
    true = np.where(impossible, np.nan, apparent * alpha_ratio / np.where(room > 0, room, np.nan))
    return true + curve, true


def _power_law(at: FloatArray, value: FloatArray, relative: FloatArray) -> FloatArray:
    """The power law through two points, at some abscissas."""
    exponent = np.log(value[1] / value[0]) / np.log(at[1] / at[0])
    law: FloatArray = value[0] * (relative / at[0]) ** exponent
    return law
