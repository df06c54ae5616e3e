"""Run a shipped study step by step in one process; raw files are read where they lie."""

import shutil
from pathlib import Path

from pipeline.core.nexus.gate import findings
from pipeline.core.study import Study
from pipeline.core.table import Table
from pipeline.study.config import load_study
from pipeline.study.inventory import refresh_inventories
from pipeline.study.merge import merge_study
from pipeline.study.techniques import module
from pipeline.study.workflow import technique_of, used_techniques


def run(name: str, root: Path, data_dir: Path, home: Path) -> Study:
    """Run every step of a study in another folder, merge, and look at what the gate finds."""
    shutil.copytree(root / "config", home / "config")
    file = home / f"config/studies/{name}.yaml"
    text = file.read_text()
    assert "raw: ../shared/data" in text
    file.write_text(text.replace("raw: ../shared/data", f"raw: {data_dir}"))
    study = load_study(file)
    refresh_inventories(study)
    for technique in used_techniques(study):
        for step in module(technique, "steps").RESULT_STEPS:
            found = module(technique, f"steps.{step}")
            for target in found.targets(study):
                found.run(study, target)
    merge_study(study)
    assert findings(home / f"results/{name}.nxs") == []
    return study


def table(study: Study, name: str) -> Table:
    """One of the study's tables."""
    made: Table = module(technique_of(name), "tables").build(study, name)
    return made


def cells(study: Study, name: str, column: str, **where: str) -> list[str]:
    """Cells of a column, as written, of the rows that have these values."""
    made = table(study, name)
    at = {key: made.columns.index(key) for key in (column, *where)}
    rows = [r for r in made.rows if all(str(r[at[k]]) == v for k, v in where.items())]
    return [str(row[at[column]]) for row in rows]


def numbers(study: Study, name: str, column: str, **where: str) -> list[float]:
    """The same as numbers."""
    return [float(cell) for cell in cells(study, name, column, **where)]
