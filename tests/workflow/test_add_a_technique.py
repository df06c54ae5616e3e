"""docs/add-a-technique.md, done as it says: one folder, one rule file, one line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.conftest import snakemake

BLOCK = re.compile(r"```python\n# (?P<path>\S+)\n(?P<body>.*?)```", re.DOTALL)
LINE = re.compile(r"In `pipeline/study/techniques.py`:\n\n```text\n(?P<line>.*?\n)```", re.DOTALL)


@pytest.mark.workflow
def test_the_page_adds_a_technique(root: Path, project: Path) -> None:
    page = (root / "docs/add-a-technique.md").read_text()
    blocks = {m["path"]: m["body"] for m in BLOCK.finditer(page)}
    folders = {str(Path(path).parent) for path in blocks}
    assert folders == {"pipeline/ocv", "pipeline/ocv/steps", "workflow/rules"}
    for path, body in blocks.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(body.lstrip("\n"))
    register = project / "pipeline/study/techniques.py"
    line = LINE.search(page)["line"]
    assert line.count("\n") == 1
    register.write_text(register.read_text().replace('    "xas",\n', f'    "xas",\n{line}'))

    (project / "raw/cells").mkdir(parents=True)
    (project / "raw/cells/rest_1.txt").write_text("0 4.1\n10 4.0\n20 4.02\n30 3.98\n")
    (project / "raw/cells/rest_2.txt").write_text("0 4.1\n")
    (project / "config/studies/cells.yaml").write_text(
        "study: cells\nraw: raw/cells\ndatasets: cells.tsv\nocv: {skip_s: 5}\n"
    )
    (project / "config/studies/cells.tsv").write_text(
        "dataset\ttechnique\trole\tpath\ncell_1\tocv\tsample\trest_*.txt\n"
    )
    done = snakemake(project, "--configfile", "config/studies/cells.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = (project / "results/cells/tables/ocv_mean.csv").read_text().splitlines()
    assert rows == [
        "dataset,scan,voltage_v,voltage_sigma_v,flags",
        "cell_1,0,4,0.01154700538,",
        "cell_1,1,,,too_short",
    ]
    assert (project / "results/cells/figures/ocv_cell_1.png").stat().st_size > 1000
    assert "1 of 2 scans failed" in done.stdout
    check = subprocess.run(
        [sys.executable, "-m", "pipeline", "check", "results/cells.nxs"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout

    (project / "tests").mkdir()
    for name in ("__init__.py", "conftest.py", "test_architecture.py"):
        shutil.copy2(root / "tests" / name, project / "tests" / name)
    shape = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "ocv", "tests/test_architecture.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shape.returncode == 0, shape.stdout
    assert " passed" in shape.stdout
