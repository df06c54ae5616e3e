"""Reading 5,000 .xye files, against `numpy.loadtxt` on the same files.

What is timed is all of `read_patterns`: telling the format by content, decoding, header, rows, order of
angles and the record. `numpy.loadtxt` gives an array and knows nothing of what it holds.
"""

from __future__ import annotations

import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.row import Row, cpu_seconds
from pipeline.core.arrays import FloatArray
from pipeline.formats.powder import Pattern, read_patterns

N_FILES, N_DIFFERENT, N_POINTS, SEED = 5000, 50, 2000, 4


def written(folder: Path) -> list[Path]:
    """Write the files: patterns of three lines over a background, with Poisson noise and a header line."""
    rng = np.random.default_rng(SEED)
    two_theta_deg = 5 + 0.01 * np.arange(N_POINTS)
    peaks = sum(
        h / (1 + ((two_theta_deg - p) / 0.04) ** 2) for p, h in ((8, 5e3), (13, 2e3), (19, 4e3))
    )
    texts = []
    for _ in range(N_DIFFERENT):
        counts = rng.poisson(200 + peaks).astype(np.float64)
        rows = zip(two_theta_deg, counts, np.sqrt(counts), strict=True)
        texts.append(
            "# 2theta (deg)  I  sigma\n" + "".join(f"{x:.6f} {y:.6f} {e:.6f}\n" for x, y, e in rows)
        )
    paths = [folder / f"frame_{i:05d}.xye" for i in range(N_FILES)]
    for i, path in enumerate(paths):
        path.write_text(texts[i % N_DIFFERENT], encoding="ascii")
    return paths


def run() -> Row:
    """Time the reading of all files each way, and compare what was read."""

    def ours(paths: list[Path]) -> list[Pattern]:
        return [read_patterns(path, path.name)[0] for path in paths]

    def peer(paths: list[Path]) -> list[FloatArray]:
        return [np.loadtxt(path) for path in paths]

    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder))
        peer(paths[:200]), ours(paths[:200])  # warm the page cache and the imports
        ours_s, patterns = cpu_seconds(lambda: ours(paths))
        peer_s, arrays = cpu_seconds(lambda: peer(paths))
    difference = max(
        float(np.abs(array.T - [p.two_theta_deg, p.intensity_counts, p.sigma_counts]).max())
        for p, array in zip(patterns, arrays, strict=True)
    )
    return Row(
        name="xye_reading",
        ours_s=ours_s,
        peer_s=peer_s,
        max_abs_difference=difference,
        sizes={"files": N_FILES, "points": N_POINTS},
        versions={name: metadata.version(name) for name in ("numpy",)},
        note=f"{ours_s / peer_s:.2f} times the CPU of numpy.loadtxt (asked: at most 1.5)",
    )
