"""A copy of the project in a folder of its own, and Snakemake run in it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PARTS = ("pipeline", "workflow", "profiles", "config", "Snakefile")
Run = Callable[..., subprocess.CompletedProcess[str]]


def copy_project(root: Path, target: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=ignore)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / part)
    return target


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder as a user would, with the cache of its own out of the way."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["XDG_CACHE_HOME"] = str(folder / ".cache")
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def jobs_run(result: subprocess.CompletedProcess[str]) -> set[str]:
    """Messages of the jobs that a run did."""
    return set(re.findall(r"^Job \d+: (.*)$", result.stdout + result.stderr, re.MULTILINE))


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    return copy_project(root, tmp_path / "project")
