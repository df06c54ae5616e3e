"""Block bootstrap of bounded fits, 200 replicates of each spectrum, against one pass of larch without any.

There is no peer for a bootstrap: the row says that a spectrum with its bootstrap sigma costs less than larch's
fit alone. The difference is that of replicates to fits of the same replicates one by one.
"""

from __future__ import annotations

from importlib import metadata

import numpy as np

from benchmarks.lcf_bounded import N_POINTS, N_SPECTRA, N_STANDARDS, by_larch, exact, problem
from benchmarks.row import Row, cpu_seconds
from pipeline.core.arrays import FloatArray
from pipeline.physics.bootstrap import block_length, block_signs, replicate_weights
from pipeline.physics.lcf import optimum, reduce
from pipeline.physics.residuals import correlation_inflation

REPLICATES, SEED = 200, 0
CHECKED = 5  # spectra whose replicates are made and fitted one by one


def run() -> Row:
    """Time the bootstrap and larch's fits of the same spectra."""
    what, energy, standards, data = problem()

    def ours() -> tuple[FloatArray, FloatArray]:
        reduced = reduce(standards, data)
        weights = optimum(reduced.r, reduced.z, sum_to_one=True)
        residual = data - weights @ standards
        length = block_length(correlation_inflation(residual))
        made = np.empty((N_SPECTRA, REPLICATES, N_STANDARDS))
        for size in np.unique(length):
            rows = np.flatnonzero(length == size)
            signs = block_signs(N_POINTS, int(size), REPLICATES, SEED)
            made[rows] = replicate_weights(
                reduced.of_rows(rows), weights[rows], np.abs(residual[rows]), signs, sum_to_one=True
            )
        return made, length.astype(np.float64)

    ours_s, (made, length) = cpu_seconds(ours, repeats=3)
    peer_s, _ = cpu_seconds(lambda: by_larch(energy, standards, data))
    fit = exact_fits(standards, data[:CHECKED])
    difference = 0.0
    for i in range(CHECKED):
        signs = block_signs(N_POINTS, int(length[i]), REPLICATES, SEED)
        replicates = fit[i] + signs * np.abs(data[i] - fit[i])
        best = np.array([exact(standards, y) for y in replicates])
        difference = max(difference, float(np.abs(best - made[i]).max()))
    return Row(
        name="bootstrap",
        ours_s=ours_s,
        peer_s=peer_s,
        max_abs_difference=difference,
        sizes={"spectra": N_SPECTRA, "points": N_POINTS, "replicates": REPLICATES},
        versions={name: metadata.version(name) for name in ("numpy", "xraylarch")},
        note=f"{what}; larch's time is that of one fit of each",
    )


def exact_fits(standards: FloatArray, data: FloatArray) -> FloatArray:
    """The curves of exact fits."""
    return np.array([exact(standards, y) for y in data]) @ standards
