"""`make bench`: run every benchmark, print a table, write `results/bench.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import (
    bootstrap,
    lcf_bounded,
    normalise,
    peak_tracking,
    rietveld_pattern,
    rietveld_series,
    xye_reading,
)

BENCHMARKS = (
    *(lcf_bounded, normalise, bootstrap, peak_tracking, xye_reading),
    *(rietveld_pattern, rietveld_series),
)
TARGET = Path("results/bench.json")


def main() -> None:
    """Run those that are named on the command line, or all."""
    asked = set(sys.argv[1:])
    rows = []
    print(f"{'name':<18} {'ours (s)':>10} {'peer (s)':>10} {'ratio':>8} {'difference':>11}")
    for module in BENCHMARKS:
        if asked and module.__name__.split(".")[-1] not in asked:
            continue
        row = module.run()
        if isinstance(row, str):
            print(f"{module.__name__.split('.')[-1]:<18} skipped: {row}")
            continue
        rows.append(row)
        print(
            f"{row.name:<18} {row.ours_s:>10.4f} {row.peer_s:>10.3f} {row.ratio:>8.0f} "
            f"{row.max_abs_difference:>11.1e}  {row.note}"
        )
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n")


main()
