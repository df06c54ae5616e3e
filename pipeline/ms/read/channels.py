"""Channels are named by m/z: from a number, or from the name of a gas."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Heaviest peak of each gas in electron-impact spectra; NIST Chemistry WebBook, doi:10.18434/T4D303.
_GASES = {
    2: ("hydrogen", "h2", "wasserstoff"),
    4: ("helium", "he"),
    15: ("methyl", "ch3"),
    16: ("methane", "ch4", "methan"),
    17: ("hydroxyl", "oh", "ammonia", "nh3"),
    18: ("water", "h2o", "wasser", "watervapour", "watervapor"),
    20: ("neon", "ne", "hydrogenfluoride", "hf"),
    28: ("nitrogen", "n2", "stickstoff", "carbonmonoxide", "co", "kohlenmonoxid"),
    30: ("nitricoxide", "no"),
    32: ("oxygen", "o2", "sauerstoff"),
    40: ("argon", "ar"),
    44: ("carbondioxide", "co2", "kohlendioxid", "kohlenstoffdioxid"),
    64: ("sulphurdioxide", "sulfurdioxide", "so2", "schwefeldioxid"),
}
_MZ_OF = {name: mz for mz, names in _GASES.items() for name in names}
_NUMBER = re.compile(r"(?:m/?z|mass|masse|amu|ch\w*)?[\s_:=]*(\d{1,3})(?:[.,]0+)?(?:\s*amu)?")
_WITH_NUMBER = re.compile(r"(?:[a-z ]+[\s_(]+(\d{1,3})\)?)|(?:(\d{1,3})[\s_(]+[a-z0-9 ]+\)?)")


def mz_of(label: str) -> int | None:
    """Give the m/z that a channel's label means, or None.

    Args:
        label: `32`, `m/z 32`, `Oxygen`, `O2`, `Nitrogen/Carbonmonoxide`, `Oxygen (32)`, ...
    """
    word = label.strip().lower()
    if found := _NUMBER.fullmatch(word):
        return int(found[1])
    meant = {_MZ_OF.get(re.sub(r"[\s_-]", "", part)) for part in word.split("/")}
    if len(meant) == 1 and (only := meant.pop()) is not None:
        return only
    if found := _WITH_NUMBER.fullmatch(word):
        return int(found[1] or found[2])
    return None


def channel_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Names of channels: `mz_32`; `mz_28_2` for the second of one m/z; `channel_...` without one."""
    names: list[str] = []
    for label in labels:
        mz = mz_of(label)
        slug = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
        stem = f"mz_{mz}" if mz is not None else f"channel_{slug or 'unnamed'}"
        count = sum(n == stem or n.startswith(f"{stem}_") for n in names)
        names.append(f"{stem}_{count + 1}" if count else stem)
    return tuple(names)
