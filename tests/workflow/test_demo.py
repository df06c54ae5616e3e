"""The demo study through Snakemake: what runs, what runs again, and that it gives the same bytes."""

import csv
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.core.nexus.gate import findings
from tests.workflow.conftest import copy_project, jobs_run, snakemake

CONFIG = "config/config.yaml"
pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def demo(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose demo study was run."""
    project = copy_project(root, tmp_path_factory.mktemp("first") / "project")
    done = snakemake(project)
    assert done.returncode == 0, done.stderr
    assert "Exception" not in done.stderr
    assert re.search(r"study 'demo': \d+ data sets -> results/demo.nxs", done.stdout)
    broken = r"PARTLY  xas_cg_100: 1 of 4 scans failed. scan 2: cg_100_03.xdi, line \d+"
    assert re.search(broken, done.stdout)
    return project


def planned(project: Path) -> set[str]:
    done = snakemake(project, "--dry-run")
    assert done.returncode == 0, done.stderr
    return jobs_run(done)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def products(project: Path) -> dict[str, bytes]:
    kinds = (".nxs", ".csv", ".pdf", ".png", ".tsv")
    files = sorted(p for p in (project / "results").rglob("*") if p.suffix in kinds)
    return {str(p.relative_to(project)): p.read_bytes() for p in files}


def test_every_quantity_is_recovered(demo: Path) -> None:
    with (demo / "results/demo/tables/recovery.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) >= 20
    for row in rows:
        assert row["pull"], row
        assert abs(float(row["pull"])) < 4, row
    sigmas = [(r["quantity"], float(r["sigma"])) for r in rows if r["quantity"].endswith("valence")]
    assert all(sigma <= (0.04 if name.startswith("Mn") else 0.03) for name, sigma in sigmas)
    mixing = [float(r["sigma"]) for r in rows if r["quantity"].endswith("li_ni_mixing")]
    assert len(mixing) == 5
    assert max(mixing) <= 0.15


def test_a_broken_scan_costs_only_itself(demo: Path) -> None:
    check = [sys.executable, "-m", "pipeline", "check", "results/demo.nxs"]
    done = subprocess.run(check, cwd=demo, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    with (demo / "results/demo/tables/xas_valence.csv").open() as handle:
        bad = [row for row in csv.DictReader(handle) if row["status"] != "ok"]
    assert [(row["dataset"], row["scan"], row["valence"]) for row in bad] == [("cg_100", "2", "")]


def test_the_glitch_is_taken_out_and_recorded(demo: Path) -> None:
    with (demo / "results/demo/tables/xas_glitches.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert {(row["dataset"], row["scan"]) for row in rows} == {("conv_100", "1")}
    assert all(abs(float(row["glitch_ev"]) - 8368.5) < 2 for row in rows)
    with (demo / "results/demo/tables/xas_lcf.csv").open() as handle:
        flags = {
            r["scan"]: r["flags"] for r in csv.DictReader(handle) if r["dataset"] == "conv_100"
        }
    assert "glitch_removed" in flags["1"]
    assert "fit_poor" not in flags["1"]


def test_every_results_file_passes_the_gate(demo: Path) -> None:
    files = [*(demo / "results").rglob("*.nxs")]
    assert len(files) > 20
    assert {str(f): findings(f) for f in files} == {str(f): [] for f in files}


def test_the_default_view_is_the_result_of_the_first_sample(demo: Path) -> None:
    import silx.io
    from silx.io.nxdata import get_default

    with silx.io.open(str(demo / "results/demo.nxs")) as file:
        shown = get_default(file)
        assert shown.group.name == "/xas_conv_pristine_valence/valence"
        assert shown.signal_ndim == 1
        assert shown.signal_name.endswith("Ni valence")
    with silx.io.open(str(demo / "results/demo/xas/conv_100/normalise.nxs")) as file:
        shown = get_default(file)
        assert shown.axes_names == ["scan", "energy (eV)"]
        assert shown.interpretation == "spectrum"
    with silx.io.open(str(demo / "results/demo/xas/conv_100/lcf.nxs")) as file:
        shown = get_default(file)
        assert shown.signal_name == "normalised absorption"
        assert "fit" in shown.auxiliary_signals_names


def test_a_second_run_does_nothing(demo: Path) -> None:
    assert planned(demo) == set()
    assert "Nothing to be done" in snakemake(demo).stderr


def test_a_touched_raw_file_reruns_nothing(demo: Path) -> None:
    (demo / "raw/demo/conv_100_01.dat").touch()
    assert planned(demo) == set()


def test_a_changed_module_reruns_the_steps_that_use_it(demo: Path) -> None:
    module = demo / "pipeline/xas/valence.py"
    before, times = module.read_text(), module.stat()
    try:
        module.write_text(before + "# changed\n")
        jobs = planned(demo)
    finally:
        module.write_text(before)
        os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))
    started = {job for job in jobs if job.startswith("xas: ")}
    samples = ("conv_pristine", "conv_100", "cg_pristine", "cg_100")
    assert started == {f"xas: valence {edge}{name}" for name in samples for edge in ("", "Mn_")}
    made = {name for job in jobs if job.startswith("tables: ") for name in job[8:].split(", ")}
    assert "xas_valence" in made
    assert "merge: results/demo.nxs" in jobs
    assert any(job.startswith("figures: ") and "xas_Ni_K_valence" in job for job in jobs)
    assert "xas_edge" not in made
    assert planned(demo) == set()


def test_a_changed_fit_option_reruns_fits_and_what_follows(demo: Path) -> None:
    study = demo / "config/config.yaml"
    kept = [
        p
        for p in (demo / "results/demo/xas").rglob("*.nxs")
        if p.stem in ("calibrate", "normalise")
    ]
    before = {p: p.stat().st_mtime_ns for p in kept}
    first = products(demo)
    nickel = "lcf: {range_ev: [-20, %d], signal: flattened, sum: free, standards: [NiO, LiNiO2]}"
    edit(study, nickel % 60, nickel % 55)
    done = snakemake(demo)
    assert done.returncode == 0, done.stderr
    started = {job.split()[1] for job in jobs_run(done) if job.startswith("xas: ")}
    assert started == {"fit", "valence"}
    assert {p: p.stat().st_mtime_ns for p in kept} == before
    edit(study, nickel % 55, nickel % 60)
    assert snakemake(demo).returncode == 0
    assert products(demo) == first


BY_HAND = """
from pathlib import Path
from pipeline.core.table import write_table
from pipeline.demo.write import write
from pipeline.study import workflow
from pipeline.study.config import load_study
from pipeline.study.inventory import refresh_inventories
from pipeline.study.merge import merge_study
from pipeline.study.recovery import write_recovery
from pipeline.study.techniques import module

study = load_study(Path("config/config.yaml"))
write(study.home / study.raw, study.demo_seed)
refresh_inventories(study)
for technique in workflow.used_techniques(study):
    for name in module(technique, "steps").RESULT_STEPS:
        step = module(technique, f"steps.{name}")
        for target in step.targets(study):
            step.run(study, target)
for name in workflow.tables(study):
    made = module(workflow.technique_of(name), "tables").build(study, name)
    write_table(study.home / study.results / "tables" / f"{name}.csv", made)
for name in reversed(workflow.figures(study)):
    module(workflow.technique_of(name), "steps.figures").run(study, name)
merge_study(study)
write_recovery(study)
"""


@pytest.mark.slow
def test_a_clone_elsewhere_gives_the_same_bytes_step_by_step_in_one_process(
    root: Path, demo: Path, tmp_path: Path
) -> None:
    """Neither the folder, nor the order, nor what a process did before, nor the time is in a result."""
    second = copy_project(root, tmp_path / "a" / "longer" / "path")
    subprocess.run([sys.executable, "-c", BY_HAND], cwd=second, check=True)
    assert_same(products(demo), products(second))


@pytest.mark.slow
def test_two_clones_give_the_same_bytes(root: Path, demo: Path, tmp_path: Path) -> None:
    second = copy_project(root, tmp_path / "a" / "longer" / "path")
    time.sleep(1.1)  # a time in a file would now differ
    assert snakemake(second).returncode == 0
    assert_same(products(demo), products(second))


def assert_same(ours: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_a_deleted_result_is_made_again(demo: Path) -> None:
    target = demo / "results/demo/xas/NiO/normalise.nxs"
    before = target.read_bytes()
    target.unlink()
    assert "xas: normalise NiO" in planned(demo)
    target.write_bytes(before)


def test_a_changed_raw_file_reruns_its_data_set_alone(demo: Path) -> None:
    raw = demo / "raw/demo/cg_100_01.xdi"
    before = raw.read_bytes()
    raw.write_bytes(before + b"# ")
    try:
        jobs = planned(demo)
    finally:
        raw.write_bytes(before)
    assert {"xas: calibrate cg_100", "xas: fit cg_100"} <= jobs
    assert not any("conv" in job and job.startswith("xas: calibrate") for job in jobs)
    assert planned(demo) == set()


def test_the_report_has_figures_and_captions(demo: Path) -> None:
    done = snakemake(demo, "--report", "report.html")
    assert done.returncode == 0, done.stderr
    text = (demo / "report.html").read_text()
    assert "xas_Ni_K_normalised" in text
    assert "recovery" in text


def test_a_step_by_hand_is_the_step_of_the_workflow(demo: Path) -> None:
    target = demo / "results/demo/xas/conv_100/lcf.nxs"
    before = target.read_bytes()
    target.unlink()
    done = subprocess.run(
        [
            sys.executable,
            *["-m", "pipeline", "xas", "lcf", "--target", "conv_100", "--study"],
            CONFIG,
        ],
        cwd=demo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == before
