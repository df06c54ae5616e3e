"""How many spectra a series is made of: singular values, and what noise alone would give.

A series of `n` mixtures of `k` spectra is a matrix `D = C S` of rank `k`, plus noise. Its singular
value decomposition `D = U s V^T` sorts what the scans share from what they do not.

* Malinowski's real error `RE(j) = sqrt(sum_{l>j} s_l^2 / (r (c - j)))`, with `r` the larger and `c`
  the smaller of `n` and `p`, is what is left per point beyond `j` components; it levels off at the
  noise. The indicator `IND(j) = RE(j) / (c - j)^2` is lowest at the number of components.
* Noise of a known sigma has a largest singular value that is known too (Johnstone); by Weyl's
  inequality a singular value above that of everything that is not signal belongs to the signal.

References: E. Malinowski, Anal. Chem. 49 (1977) 606 and 612, doi:10.1021/ac50012a026 and
doi:10.1021/ac50012a027; I. Johnstone, Ann. Statist. 29 (2001) 295, doi:10.1214/aos/1009210544.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import FloatArray

# 99 % quantile of the Tracy-Widom law of order one (table 1 of Johnstone's paper: 2.02).
TRACY_WIDOM_99 = 2.02


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """Components of a series, the largest first; `c` of them, the smaller of `n` and `p`.

    `singular_values`, `real_error` and `indicator` are `(c,)`, the last two after that many
    components (index 0: after one; the last one NaN); `scores` `(n, c)` and `loadings` `(c, p)` with
    `scores @ loadings` the data, loadings orthonormal.
    """

    singular_values: FloatArray
    real_error: FloatArray
    indicator: FloatArray
    scores: FloatArray
    loadings: FloatArray

    @property
    def explained_fraction(self) -> FloatArray:
        """Share of the sum of squares that each component holds, `(c,)`."""
        squares = self.singular_values**2
        return np.asarray(squares / squares.sum())

    @property
    def n_by_indicator(self) -> int:
        """Number of components at which IND is lowest; 0 where none can be told."""
        known = self.indicator[np.isfinite(self.indicator)]
        return int(np.argmin(known)) + 1 if known.size else 0

    def n_above(self, limit: float) -> int:
        """Number of singular values above a limit."""
        return int((self.singular_values > limit).sum())


def decompose(data: FloatArray, row_sigma: FloatArray | None = None) -> Decomposition:
    """Decompose a series into orthogonal components.

    Scans are divided by their noise over the median noise first, so that a noisy scan does not
    make components of its own; singular values keep the unit of the data.

    Args:
        data: `(n, p)`, finite; not centred, for a mean that is taken out no longer lies in the space
            that standards are looked for in.
        row_sigma: noise of a point of each scan `(n,)`, above zero; equal when not given.

    Returns:
        Components; each loading's sign is such that its largest value is positive.
    """
    scale = np.ones(len(data)) if row_sigma is None else row_sigma / np.median(row_sigma)
    u, s, v = np.linalg.svd(data / scale[:, None], full_matrices=False)
    peak = np.argmax(np.abs(v), axis=1)
    sign = np.sign(v[np.arange(len(v)), peak])
    left = np.arange(len(s) - 1, -1, -1, dtype=np.float64)  # components that stay behind
    beyond = np.append(np.cumsum(s[::-1] ** 2)[::-1][1:], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        real_error = np.sqrt(beyond / (max(data.shape) * left))
        indicator = real_error / left**2
    return Decomposition(s, real_error, indicator, scale[:, None] * u * s * sign, v * sign[:, None])


def white_noise_limit(n: int, p: int, sigma: float) -> float:
    """Largest singular value that white noise of a known sigma reaches, at 99 %.

    `s^2 = sigma^2 (mu + 2.02 w)` with `mu = (sqrt(n-1) + sqrt(p))^2` and
    `w = (sqrt(n-1) + sqrt(p)) (1/sqrt(n-1) + 1/sqrt(p))^(1/3)`.

    Args:
        n: rows, at least 2.
        p: columns.
        sigma: of one point.
    """
    a, b = np.sqrt(max(n, 2) - 1), np.sqrt(p)
    width = (a + b) * (1 / a + 1 / b) ** (1 / 3)
    return float(sigma * np.sqrt((a + b) ** 2 + TRACY_WIDOM_99 * width))


@dataclass(frozen=True, slots=True, eq=False)
class TargetFit:
    """How well targets lie in the space of the first components, one entry a target.

    `predicted` `(m, p)` is the part of each target inside; `apparent_error` the rms of what is left,
    `expected_error` of it what the noise of the series alone would leave; `spoil` as Malinowski has it.
    """

    predicted: FloatArray
    apparent_error: FloatArray
    expected_error: FloatArray
    spoil: FloatArray


def target_transform(found: Decomposition, n_components: int, targets: FloatArray) -> TargetFit:
    """Test whether spectra lie in the space that a series spans.

    `AET^2 = sum (t - t')^2 / (p - k)` is the apparent error in the target `t`, with `t'` its projection
    on `k` components. The components' own noise leaves `REP = RE |S^-1 a|` of it, where `a` are
    the projections on the loadings. The rest, `RET = sqrt(AET^2 - REP^2)`, is the target's own:
    `SPOIL = RET / REP` below 3 accepts a target, above 6 refuses it (E. Malinowski, Factor
    Analysis in Chemistry, chapter 4).

    Args:
        found: the series.
        n_components: `k`, at least 1 and below the number of scans.
        targets: spectra on the grid of the series `(m, p)`.
    """
    k = n_components
    loadings = found.loadings[:k]
    projections = targets @ loadings.T
    predicted = projections @ loadings
    degrees = max(targets.shape[1] - k, 1)
    apparent = np.sqrt(((targets - predicted) ** 2).sum(axis=1) / degrees)
    length = np.sqrt(((projections / found.singular_values[:k]) ** 2).sum(axis=1))
    expected = found.real_error[k - 1] * length
    own = np.sqrt(np.maximum(apparent**2 - expected**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        spoil = np.where(own == 0, 0.0, own / expected)  # NaN stays: no verdict is not a good one
    return TargetFit(predicted, apparent, expected, spoil)
