"""With which radiation a pattern was measured: what the file says, the table, the study."""

from __future__ import annotations

from dataclasses import replace

from pipeline.core.study import Dataset
from pipeline.formats.powder import Pattern
from pipeline.physics.radiation import (
    KALPHA_ANGSTROM,
    SAME_ANGSTROM,
    Radiation,
    anode_of,
    mean_angstrom,
)
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.records import FrameStatus

Problem = tuple[FrameStatus, str]


def radiation_of(
    pattern: Pattern, dataset: Dataset, source: SourceOptions
) -> tuple[Radiation, str] | Problem:
    """Settle the radiation of a pattern.

    The file comes first, then the table's `wavelength_angstrom`, then the study's `source`. Each that
    speaks must agree with the others within 2e-4 angstrom; a number that is Kalpha1, or the mean, of
    the doublet that another states agrees with it, and the doublet, which says more, is kept.
    The study's `kalpha2_ratio` holds where it is given; 0 takes Kalpha2 away.

    Returns:
        The radiation and a remark or ''; or a status and its reason.
    """
    statements = [
        (place, given)
        for place, given in (
            ("the file", pattern.radiation),
            ("the table (`wavelength_angstrom`)", _of_table(dataset)),
            ("the study (`source`)", source.given),
        )
        if given is not None
    ]
    if not statements:
        return FrameStatus.NO_WAVELENGTH, (
            "neither the file nor the study says the wavelength. Write `wavelength_angstrom` in the data-set "
            "table, or `xrd: {source: {radiation: Cu-Ka}}` in the study file (`Cu-Ka` is the doublet of a "
            "laboratory tube, `Cu-Ka1` a monochromator's line)."
        )
    (first, used), *others = statements
    remark = ""
    for place, other in others:
        if not agree(used, other):
            return FrameStatus.TWO_WAVELENGTHS, (
                f"{first} says {_words(used)}, {place} says {_words(other)}: they differ by more than "
                f"{SAME_ANGSTROM:g} angstrom. Correct the one that is wrong, or take it out."
            )
        if other.is_doublet and not used.is_doublet:
            remark = f"{first} says {_words(used)} only; the doublet is that of {place}"
            used, first = other, place
        elif used.is_doublet and other == source.given and not other.is_doublet:
            remark = (
                f"{first} states a doublet, which is kept; `kalpha2_ratio: 0` takes Kalpha2 away"
            )
    used, about_ratio = _with_ratio(used, source)
    return used, "; ".join(text for text in (remark, about_ratio) if text)


def agree(one: Radiation, other: Radiation) -> bool:
    """Whether two statements can be of one tube: equal, or one is Kalpha1 or the mean of the other's doublet."""
    return any(abs(a - b) < SAME_ANGSTROM for a in _names(one) for b in _names(other)) and (
        one.is_mean == other.is_mean or one.is_doublet or other.is_doublet
    )


def _names(radiation: Radiation) -> tuple[float, ...]:
    """Numbers by which people call a radiation: its wavelength, and the mean of a doublet."""
    if not radiation.is_doublet:
        return (radiation.wavelength_angstrom,)
    return (
        radiation.wavelength_angstrom,
        mean_angstrom(radiation.wavelength_angstrom, radiation.kalpha2_angstrom),
    )


def _of_table(dataset: Dataset) -> Radiation | None:
    value = dataset.wavelength_angstrom
    if value is None:
        return None
    anode = anode_of(value)
    is_mean = bool(anode) and abs(value - mean_angstrom(*KALPHA_ANGSTROM[anode])) < SAME_ANGSTROM
    return Radiation(value, is_mean=is_mean)


def _with_ratio(radiation: Radiation, source: SourceOptions) -> tuple[Radiation, str]:
    """A doublet with the user's ratio: what a file states is the maker's nominal value."""
    asked = source.kalpha2_ratio
    if not radiation.is_doublet or asked is None or asked == radiation.kalpha2_ratio:
        return radiation, ""
    remark = f"Kalpha2/Kalpha1 is {asked:g} by the study, {radiation.kalpha2_ratio:g} before"
    if asked == 0:
        return Radiation(radiation.wavelength_angstrom), remark
    return replace(radiation, kalpha2_ratio=asked), remark


def _words(radiation: Radiation) -> str:
    text = f"{radiation.wavelength_angstrom:g}"
    if radiation.is_doublet:
        return f"{text} and {radiation.kalpha2_angstrom:g} angstrom"
    return f"{text} angstrom" + (" (the mean of a doublet)" if radiation.is_mean else "")
