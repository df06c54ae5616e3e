"""Options of what is done to a scan between calibration and normalisation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.core.options import Options, Window


class PrepareOptions(Options):
    """Glitches, windows without use, repeated scans, rebinning; by default only glitches are told."""

    deglitch: Literal["off", "flag", "remove"] = Field(
        "flag",
        description="isolated points that no spectrum can have: `flag` keeps and lists them, `remove` takes "
        "them out (nothing is put in their place), `off` does not look",
    )
    glitch_level: float = Field(
        10.0,
        ge=4,
        description="how many sigma of the scan's own point noise a point must stand off the cubic through "
        "its neighbours; three times as many where the absorption is steep",
    )
    remove_ev: list[Window] = Field(
        [],
        description="windows whose points are taken out, such as a known monochromator glitch, relative to "
        "`normalise.e0_ev`",
    )
    merge: bool = Field(
        False,
        description="average the data set's repeated scans into one, with errors from their scatter",
    )
    merge_tolerance: float = Field(
        0.02,
        gt=0,
        description="a scan that differs from the median of all by more than this part of the step (rms, "
        "beyond noise) is left out of the average",
    )
    rebin: Literal["off", "xanes"] = Field(
        "off",
        description="`xanes`: points are averaged in bins, wide below the edge, narrow across it, equal in "
        "wavenumber above; for quick scans with many more points than the spectrum needs",
    )
    rebin_edge_ev: Window = Field(
        (-30.0, 50.0), description="region of narrow bins, relative to `normalise.e0_ev`"
    )
    rebin_pre_step_ev: float = Field(5.0, gt=0, description="width of a bin below that region")
    rebin_edge_step_ev: float = Field(0.5, gt=0, description="width of a bin in that region")
    rebin_post_step_inv_angstrom: float = Field(
        0.05, gt=0, description="width of a bin above that region, in photoelectron wavenumber"
    )
