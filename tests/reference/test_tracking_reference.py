"""Lines of real patterns against values measured elsewhere (../shared/data/README.md, rows lco_powbase and nax_o3)."""

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.physics.lattice import spacing_angstrom
from pipeline.xrd.options import StandardOptions, TrackOptions
from pipeline.xrd.records import Lines, LineStatus
from pipeline.xrd.track import track
from tests.xrd.tracked import lines, series

pytestmark = pytest.mark.data

R3M = (2.8156, 2.8156, 14.05, 90.0, 90.0, 120.0)
HKL = [(0, 0, 3), (1, 0, 1), (0, 0, 6), (1, 0, 2), (1, 0, 4), (1, 0, 8), (1, 1, 0)]


def lico(data_dir: Path):
    """The UXD file: counts from 15.985 degrees in steps of 0.03."""
    text = (data_dir / "xrd/lco_powbase/LiCoO2.UXD").read_text(encoding="latin-1")
    counts = np.array(text.split("_COUNTS")[1].split(), dtype=float)
    x = 15.985 + 0.03 * np.arange(counts.size)
    found = series(x, counts[None], angstrom=1.5406, share=0.514)
    h, k, el = np.array(HKL, dtype=float).T
    spacing = spacing_angstrom(HKL, R3M)
    names = tuple("".join(map(str, v)) for v in HKL)
    return found, Lines(("LiCoO2",) * len(HKL), names, h, k, el, spacing)


@pytest.mark.parametrize("step", [1, 2])
def test_lines_of_lithium_cobaltate(data_dir, step):
    patterns, asked = lico(data_dir)
    if step == 2:  # the (003) is four points wide: half of them tell the same
        m = patterns.measured
        patterns = series(m.two_theta_deg[0, ::2], m.intensity_counts[:, ::2], angstrom=1.5406)
    found = track(patterns, asked, TrackOptions(), None)
    place = {hkl: found.position_deg[0, i] for i, hkl in enumerate(asked.hkl)}
    area = {hkl: found.area_counts_deg[0, i] for i, hkl in enumerate(asked.hkl)}
    assert place["003"] == pytest.approx(19.005, abs=0.004)
    assert place["104"] == pytest.approx(45.324, abs=0.002)
    if step == 1:
        assert area["003"] / area["104"] == pytest.approx(2.14, abs=0.12)
    assert all(word is LineStatus.FITTED for word in found.line_status[0])
    # No symmetric line is as asymmetric as (003): the scatter says so.
    assert "fit_poor" in found.line_flags[0][0]


def test_split_lines_describe_the_003_of_lithium_cobaltate_better(data_dir):
    patterns, asked = lico(data_dir)
    one = track(patterns, asked, TrackOptions(), None)
    two = track(patterns, asked, TrackOptions(profile="split-pseudo-voigt"), None)
    assert two.reduced_chi2[0, 0] < one.reduced_chi2[0, 0] / 10
    assert two.asymmetry_ratio[0, 0] > 2  # the low-angle side is the wide one: axial divergence
    assert two.position_deg[0, 0] - one.position_deg[0, 0] == pytest.approx(0.04, abs=0.01)


def operando(data_dir: Path):
    """Ten patterns in operation, by their number; the grids differ in the last digits."""
    x, y = [], []
    for i in range(1, 11):
        text = (data_dir / f"xrd/nax_o3_operando_datalab/Scan_C{i}.xrdml").read_text("utf-8")
        counts = np.array(re.search(r"<intensities[^>]*>([^<]*)", text)[1].split(), dtype=float)
        ends = re.search(
            r'"2Theta".*?<startPosition>([\d.]+).*?<endPosition>([\d.]+)', text, re.DOTALL
        )
        x.append(np.linspace(float(ends[1]), float(ends[2]), counts.size))
        y.append(counts)
    asked = lines(17.63, 17.2, 51.965, phases=("O3", "new", ""), angstrom=1.540598)
    labels = ("003", "003", "standard")
    asked = Lines(
        asked.phase, labels, asked.h_index, asked.k_index, asked.l_index, asked.spacing_angstrom
    )
    return series(np.array(x), np.array(y), angstrom=1.540598), asked


def test_lines_of_a_sodium_oxide_in_operation(data_dir):
    patterns, asked = operando(data_dir)
    found = track(
        patterns,
        asked,
        TrackOptions(window_deg=0.3, search_deg=0.12, roam_deg=0.25),
        StandardOptions(two_theta_deg=51.965),
    )
    fixed = found.position_deg[:, 2]
    assert np.ptp(fixed) < 0.003
    assert fixed.mean() == pytest.approx(51.965, abs=0.004)
    place = found.position_deg[:, 0]
    assert place[:5].mean() == pytest.approx(17.6345, abs=0.003)
    assert place[-2:].mean() == pytest.approx(17.6235, abs=0.003)


@pytest.mark.parametrize("window_deg", [0.4, 0.5, 0.6, 0.8])
def test_a_new_line_is_found_when_it_appears_and_not_before(data_dir, window_deg):
    """From scan 7 on, counted from 0 as everywhere here (`Scan_C8`); in `Scan_C7` it is within 2.5 sigma of nothing.

    It grows on the tail of the old (003), which only the split profile describes.
    """
    patterns, asked = operando(data_dir)
    found = track(
        patterns,
        asked,
        TrackOptions(
            profile="split-pseudo-voigt", window_deg=window_deg, search_deg=0.12, roam_deg=0.25
        ),
        StandardOptions(two_theta_deg=51.965),
    )
    words = [row[1] for row in found.line_status]
    assert LineStatus.FITTED not in words[:7]
    assert words[7:] == [LineStatus.FITTED] * 3
    assert np.abs(found.position_deg[7:, 1] - 17.191).max() < 0.015
    assert (np.diff(found.area_counts_deg[7:, 1]) > 10).all()
    assert np.ptp(found.position_deg[:, 2]) < 0.003
