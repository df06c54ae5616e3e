"""GSAS-II on the demo's powders: what it finds is what went in, and the embedded engine finds the same."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from pipeline.rietveld.engines.gsas2 import find_gsas2, opened_gsas2
from pipeline.rietveld.engines.rietx import opened_rietx
from pipeline.rietveld.options import Gsas2Options
from pipeline.rietveld.records import FitStatus
from tests.demo.refined_powders import calibrated, compared, refined, study_options

pytestmark = [pytest.mark.gsas2, pytest.mark.slow, pytest.mark.stats]
SEEDS = range(10)
TWO = {"lab6_hr": "ncm96_hr", "lab6_cu": "ncm96_cu"}
KNOWN = {("ncm96_cu", "a"): 0.46, ("ncm96_cu", "u_iso_tm"): -0.68}
"""Mean pulls of GSAS-II that have a reason, at the demo's counts: +0.8e-5 angstrom of a, -1.2e-4 square angstrom of U.

It places Kalpha2 by the first order of the difference in wavelength, which at 130 deg is 0.003 deg too low, and gives it
the Lorentz and polarisation factors of Kalpha1's angle, which at 130 deg is 1 % off; its form factors have four
Gaussian functions and the simulation five. Of one wavelength neither of the first two is there."""
Numbers = dict[str, dict[tuple[str, str], np.ndarray]]


@pytest.fixture(scope="module")
def found(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    """By engine, powder and number: pull and sigma of ten patterns and their mirror images, `(20, 2)`."""
    options, asked = study_options(root), Gsas2Options(keep="none")
    pairs: dict[str, dict[tuple[str, str], list[tuple[float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    folder = tmp_path_factory.mktemp("gsas2")
    with opened_rietx() as embedded, opened_gsas2(find_gsas2(asked), asked, folder) as gsas2:
        engines = [embedded, gsas2]
        for seed in SEEDS:
            for mirrored in (False, True):
                known = calibrated(options, list(TWO), seed, engines, mirrored)
                for name in TWO.values():
                    answer = refined(options, name, seed, known, engines, 1, mirrored)
                    for row, engine in enumerate(answer.engine):
                        # One that a gate refused has a reason and no numbers: NaN here.
                        ok = answer.status[row] is FitStatus.OK
                        for number, pair in compared(answer, row).items():
                            assert ok is bool(np.isfinite(pair).all())
                            pairs[engine][name, number].append(pair)
    return {e: {k: np.array(v) for k, v in of.items()} for e, of in pairs.items()}


def test_pulls_of_gsas2(found: Numbers) -> None:
    of = {key: values[:, 0] for key, values in found["gsas2"].items()}
    assert all(np.isfinite(p).sum() >= 18 for p in of.values())
    assert {key: p for key, p in of.items() if np.nanmax(np.abs(p)) > 4} == {}
    # Ten draws say little of one number's width; those of all numbers of a powder, about the mean of each, do.
    for name in TWO.values():
        about = [p - np.nanmean(p) for (powder, _), p in of.items() if powder == name]
        assert 0.7 < np.sqrt(np.nanmean(np.square(about)) * 20 / 19) < 1.35, name
    mean = {key: float(np.nanmean(p)) - KNOWN.get(key, 0.0) for key, p in of.items()}
    assert {key: m for key, m in mean.items() if not abs(m) < 0.3} == {}


def test_sigmas_of_gsas2(found: Numbers) -> None:
    for name in TWO.values():
        assert np.nanmax(found["gsas2"][name, "li_ni_mixing"][:, 1]) <= 0.15
        assert np.nanmax(found["gsas2"][name, "a"][:, 1]) <= 1e-4


def test_both_engines_find_the_same(found: Numbers) -> None:
    """After each calibrated its profile on LaB6: a within 1e-5, c within 5e-5 angstrom, mixing within 0.05 points."""
    for name in TWO.values():
        for number, limit in (("a", 1e-5), ("c", 5e-5), ("li_ni_mixing", 0.05)):
            one, other = (found[engine][name, number] for engine in ("rietx", "gsas2"))
            apart = np.abs(one[:, 0] * one[:, 1] - other[:, 0] * other[:, 1])
            assert np.nanmean(apart) < limit, (name, number, apart)
