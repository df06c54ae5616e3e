"""Powder CIF: a measured pattern in a loop of `_pd_meas_` or `_pd_proc_` items.

B. H. Toby, International Tables for Crystallography G (2006), chapter 3.3,
doi:10.1107/97809553602060000736.
"""

from __future__ import annotations

import math
import re
from pathlib import PurePath

import gemmi
import numpy as np

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError
from pipeline.formats.powder.axis import to_two_theta
from pipeline.formats.powder.header import KELVIN, doublet, single, time_in
from pipeline.formats.powder.order import put_in_order
from pipeline.formats.powder.pattern import Pattern
from pipeline.physics.radiation import Radiation

FORMAT = "powder CIF"
INTENSITIES = (
    *("_pd_meas_counts_total", "_pd_meas_intensity_total", "_pd_proc_intensity_total"),
    *("_pd_meas_intensity_net", "_pd_proc_intensity_net", "_pd_meas_counts_net"),
)
ANGLES = ("_pd_meas_2theta_scan", "_pd_proc_2theta_corrected")
RANGES = ("_pd_meas_2theta_range_", "_pd_proc_2theta_range_")
_MATCH = re.compile(r"^\s*data_\S*", re.MULTILINE | re.IGNORECASE)
_NAME = re.compile(r"^\s*_[a-z]\w*", re.MULTILINE | re.IGNORECASE)
_VALUE = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\((\d+)\))?$")


def matches(text: str) -> bool:
    """Whether a text is a CIF: a data block, and names with underscores."""
    head = text[:20_000]
    if "_" not in head:
        return False
    return _MATCH.search(head) is not None and _NAME.search(head) is not None


def read(text: str, source_file: str) -> list[Pattern]:
    """Read every pattern of a powder CIF.

    Raises:
        RawDataError: it is no CIF, holds no pattern, or one over time of flight, or without angles.
    """
    try:
        document = gemmi.cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        raise RawDataError(
            f"{source_file}: this CIF cannot be parsed ({' '.join(str(error).split())}). It is damaged, or "
            "was cut short; copy it again."
        ) from error
    blocks = [(block, name) for block in document if (name := _intensity_name(block))]
    if not blocks:
        raise RawDataError(
            f"{source_file}: this CIF holds no powder pattern (no loop of {INTENSITIES[0]} or the like), only "
            "a structure or a description. Name the file of the measurement."
        )
    stem = PurePath(source_file).stem
    everywhere = {r for block in document if (r := _radiation(block)) is not None}
    only = everywhere.pop() if len(everywhere) == 1 else None
    return [
        _pattern(
            block,
            name,
            source_file,
            stem if len(blocks) == 1 else f"{stem} {block.name}",
            _radiation(block) or only,
        )
        for block, name in blocks
    ]


def _pattern(
    block: gemmi.cif.Block,
    name: str,
    source_file: str,
    label: str,
    radiation: Radiation | None,
) -> Pattern:
    where = f"{source_file}, data_{block.name}"
    intensity, sigma = _with_su(block.find_values(name), where)
    remarks = [f"intensities are {name}"] if "net" in name else []
    if _text(block, "_diffrn_radiation_probe").lower() == "neutron":
        remarks.append("measured with neutrons")
    wavelength = radiation.wavelength_angstrom if radiation else math.nan
    angles, source = _angles(block, intensity.size, wavelength, where)
    if source not in ANGLES[:1] and not source.startswith(RANGES[0]):
        remarks.append(f"angles are {source.rstrip('_')}")
    angles, intensity, sigma, done = put_in_order(angles, intensity, sigma, source_file)
    kelvin = _number(block, "_diffrn_ambient_temperature")
    whole = bool((intensity == np.rint(intensity)).all())
    return Pattern(
        source_file=source_file,
        label=label,
        format=FORMAT,
        two_theta_deg=angles,
        intensity_counts=intensity,
        sigma_counts=sigma,
        is_counts=name == INTENSITIES[0] and whole,
        counting_time_s=_number(block, "_pd_meas_step_count_time"),
        radiation=radiation,
        scan_axis=_text(block, "_pd_meas_scan_method"),
        time_iso=time_in(_text(block, "_pd_meas_datetime_initiated")),
        temperature_c=kelvin - KELVIN if kelvin > 0 else math.nan,
        remarks=(*remarks, *done),
    )


def _intensity_name(block: gemmi.cif.Block) -> str:
    """Item of the measured intensities of a block, or ''; several numbers, not one of a summary."""
    return next((n for n in INTENSITIES if len(block.find_values(n)) > 1), "")


def _angles(
    block: gemmi.cif.Block, n: int, wavelength_angstrom: float, where: str
) -> tuple[FloatArray, str]:
    for name in ANGLES:
        column = block.find_values(name)
        if len(column) == n:
            return _with_su(column, where)[0], name
    for prefix in RANGES:
        low, high, step = (_number(block, prefix + part) for part in ("min", "max", "inc"))
        if not step > 0:
            continue
        n_range = (high - low) / step + 1
        if abs(n_range - n) > 0.5:
            raise RawDataError(
                f"{where}: {prefix}min, max and inc make {n_range:.6g} points, the loop holds {n}. Was the file "
                "cut short, or were regions taken out? Give angles in the loop."
            )
        return low + step * np.arange(n, dtype=np.float64), prefix
    for name, unit in (("_pd_proc_d_spacing", "d"), ("_pd_proc_recip_len_Q", "q")):
        column = block.find_values(name)
        if len(column) == n:
            return to_two_theta(_with_su(column, where)[0], unit, wavelength_angstrom, where), name
    if len(block.find_values("_pd_meas_time_of_flight")):
        raise RawDataError(f"{where}: a pattern over time of flight, which is not read here.")
    raise RawDataError(
        f"{where}: {n} intensities, and no angles: neither in the loop nor as a range."
    )


def _with_su(column: gemmi.cif.Column, where: str) -> tuple[FloatArray, FloatArray | None]:
    """Values, NaN for `.` and `?`, and their standard uncertainties where brackets give them."""
    values = np.full(len(column), math.nan)
    sigma = np.full(len(column), math.nan)
    for i, cell in enumerate(column):
        if cell in (".", "?"):
            continue
        match = _VALUE.match(cell)
        if match is None:
            raise RawDataError(f"{where}: '{cell}' in point {i + 1} of the loop is no number.")
        values[i] = float(match[1])
        if match[2]:
            decimals = len(match[1].partition(".")[2].lower().partition("e")[0])
            sigma[i] = float(match[2]) * 10.0**-decimals
    return values, sigma if np.isfinite(sigma).any() else None


def _radiation(block: gemmi.cif.Block) -> Radiation | None:
    name = "_diffrn_radiation_wavelength"
    values = [gemmi.cif.as_number(v) for v in block.find_values(name)]
    weights = [gemmi.cif.as_number(v) for v in block.find_values(f"{name}_wt")]
    known = [v for v in values if 0.05 < v < 10.0]
    if not known:
        return None
    if len(known) == 1:
        return single(known[0])
    ratio = weights[1] / weights[0] if len(weights) == len(values) and weights[0] > 0 else math.nan
    return doublet(known[0], known[1], ratio)


def _text(block: gemmi.cif.Block, name: str) -> str:
    value = block.find_value(name)
    found = gemmi.cif.as_string(value).strip() if value else ""
    return "" if found in (".", "?") else found


def _number(block: gemmi.cif.Block, name: str) -> float:
    value = block.find_value(name)
    return float(gemmi.cif.as_number(value)) if value else math.nan
