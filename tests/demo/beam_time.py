"""One simulated beam time through the steps of some techniques, compared with its truth."""

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.core.table import write_table
from pipeline.demo.write import write
from pipeline.study.config import load_study
from pipeline.study.inventory import refresh_inventories
from pipeline.study.recovery import recovery_table
from pipeline.study.techniques import module

Row = tuple[str, float, float]


def analysed(
    root: Path, home: Path, seed: int, steps: Mapping[str, Sequence[str]], tables: Sequence[str]
) -> list[Row]:
    """Quantity, sigma and pull of each number of `tables` that is known; NaN where the analysis has none.

    Args:
        root: the project.
        home: folder of this beam time.
        seed: of its noise.
        steps: names of the steps of each technique, in their order.
        tables: names of tables.
    """
    shutil.copytree(root / "config", home / "config")
    write(home / "raw/demo", seed)
    study = load_study(home / "config/config.yaml")
    refresh_inventories(study)
    for technique, names in steps.items():
        for name in names:
            step = module(technique, f"steps.{name}")
            for target in step.targets(study):
                step.run(study, target)
    folder = home / "tables"
    for table in tables:
        made = module(table.split("_")[0], "tables").build(study, table)
        write_table(folder / f"{table}.csv", made)
    rows = recovery_table(_truth_of(home, tables), folder).rows
    return [(str(row[0]), _number(row[3]), _number(row[4])) for row in rows]


def _truth_of(home: Path, tables: Sequence[str]) -> Path:
    header, *rows = (home / "raw/demo/truth.tsv").read_text().splitlines()
    wanted = {f"{table}.csv" for table in tables}
    path = home / "truth.tsv"
    path.write_text("\n".join([header, *(row for row in rows if row.split("\t")[1] in wanted)]))
    return path


def _number(cell: object) -> float:
    return cell if isinstance(cell, float) else math.nan
