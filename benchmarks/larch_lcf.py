"""How far larch's bounded linear-combination fits are from the optimum on real manganese spectra.

`python -m benchmarks.larch_lcf` prints the table of docs/decisions/0004-why-not-larchs-lcf.md. larch is asked
what its dialog asks: weights from 0 to 1, sum one. The optimum is that of `lcf_bounded.exact`, scipy's
active-set solver, and so independent of ours.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import metadata
from typing import Any

import numpy as np

from benchmarks import manganese
from benchmarks.lcf_bounded import by_larch, exact, weights_of
from pipeline.core.arrays import FloatArray
from pipeline.physics.lcf import solve

N_POINTS, N_MIXTURES = 401, 1000
SMALL, LARGE = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set of fits showed; shares are of all its fits."""

    fits: int
    optimum_at_bound: str
    larch_off_by_more_than_001: str
    larch_off_by_more_than_005: str
    largest_error_of_larch: str
    sum_of_larch_not_one: str
    wrong_fits_reported_as_success: str
    largest_error_of_ours: str


def judge(problems: Iterator[tuple[FloatArray, FloatArray, FloatArray]]) -> Verdict:
    """Fit problems (energies, standards, spectra) by larch, by ours and exactly."""
    best, theirs, ours, success = [], [], [], []
    for energy, standards, data in problems:
        fits: list[Any] = by_larch(energy, standards, data)
        theirs.append(weights_of(fits))
        success += [bool(fit.result.success) for fit in fits]
        best.append(np.array([exact(standards, y) for y in data]))
        ours.append(solve(standards, data, sum_to_one=True).weights)
    true, larch = np.concatenate(best), np.concatenate(theirs)
    error = np.abs(larch - true).max(axis=1)
    wrong = error > SMALL
    return Verdict(
        fits=len(true),
        optimum_at_bound=f"{np.mean((true < 1e-12).any(axis=1)):.1%}",
        larch_off_by_more_than_001=f"{np.mean(wrong):.1%}",
        larch_off_by_more_than_005=f"{np.mean(error > LARGE):.1%}",
        largest_error_of_larch=f"{error.max():.2f}",
        sum_of_larch_not_one=f"{np.mean(np.abs(larch.sum(axis=1) - 1) > SMALL):.1%}",
        wrong_fits_reported_as_success=f"{np.mean(np.array(success)[wrong]):.1%}",
        largest_error_of_ours=f"{np.abs(np.concatenate(ours) - true).max():.0e}",
    )


def compound_by_others(
    found: manganese.Compounds,
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Every compound by every three of the others."""
    for three in itertools.combinations(found.names, 3):
        rest = tuple(name for name in found.names if name not in three)
        yield found.energy_ev, found.of(three), found.of(rest)


def main() -> None:
    """Print the table as Markdown."""
    path = manganese.project()
    if path is None:
        sys.exit("the real measurements are not there: set CATHODE_DATA (see CONTRIBUTING.md)")
    found = manganese.compounds(path, N_POINTS)
    columns = {
        "each compound by every three others": judge(compound_by_others(found)),
        "mixtures with noise, by MnO, Mn2O3, MnO2": judge(
            iter([manganese.mixtures(found, N_MIXTURES)])
        ),
    }
    print(f"| xraylarch {metadata.version('xraylarch')} | {' | '.join(columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for field in fields(Verdict):
        words = field.name.replace("_", " ").replace("001", "0.01").replace("005", "0.05")
        values = (str(getattr(verdict, field.name)) for verdict in columns.values())
        print(f"| {words} | {' | '.join(values)} |")


if __name__ == "__main__":
    main()
