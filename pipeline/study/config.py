"""Read a study: YAML and table, every key and cell checked before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.core.errors import StudyError
from pipeline.core.explain import problems_of
from pipeline.core.study import Dataset, Problem, Study
from pipeline.study.model import study_model
from pipeline.study.source import StudySource, read_source
from pipeline.study.table import read_table
from pipeline.study.techniques import TECHNIQUES, module

DEMO_NAME, DEMO_RAW = "demo", "raw/demo"
DEFAULT_STEM = "config"  # config/config.yaml is the demo study, whose name is not its file's


def load_study(path: Path) -> Study:
    """Read and check a study file and its table.

    Args:
        path: the study's YAML file.

    Returns:
        The study. Nothing of it depends on the working directory.

    Raises:
        StudyError: every mistake found, one line each, with file and line.
    """
    source = read_source(path)
    model = study_model()
    try:
        keys: Any = model.model_validate(source.values)
    except ValidationError as error:
        found = problems_of((), model, error)
        raise StudyError("\n".join(_placed(source, source.path, p) for p in found)) from None
    if path.stem not in (keys.study, DEFAULT_STEM):
        line = source.line(("study",))
        raise StudyError(
            f"{path}:{line}: study '{keys.study}' stands in a file named '{path.name}'; "
            f"they must agree: name the file '{keys.study}.yaml', or write `study: {path.stem}`."
        )
    if keys.demo and (keys.study, keys.raw) != (DEMO_NAME, DEMO_RAW):
        raise StudyError(
            f"{path}:{source.line(('demo',))}: `demo:` writes simulated files over the raw folder "
            f"'{keys.raw}', so only the demo study itself may have it "
            f"(study: {DEMO_NAME}, raw: {DEMO_RAW}). Delete this line."
        )
    home = home_of(path)
    table = path.parent / keys.datasets
    datasets = read_table(table)
    options = {t: getattr(keys, t) or module(t, "options").OPTIONS() for t in TECHNIQUES}
    study = Study(
        name=keys.study,
        home=home,
        source=path,
        raw=Path(keys.raw),
        datasets=datasets,
        options=options,
        demo_seed=keys.demo.seed if keys.demo else None,
    )
    problems = [
        problem
        for technique in TECHNIQUES
        for problem in module(technique, "options").check(options[technique], datasets)
    ]
    if problems:
        raise StudyError("\n".join(_placed(source, table, problem) for problem in problems))
    return study


def home_of(path: Path) -> Path:
    """The project folder of a study file: the one that holds its `config` folder, else its own."""
    folder = path.resolve().parent
    for parent in (folder, *folder.parents):
        if parent.name == "config":
            return parent.parent
    return folder


def _placed(source: StudySource, table: Path, problem: Problem) -> str:
    if isinstance(problem.where, Dataset):
        return f"{table}:{problem.where.line}: {problem.message}"
    keys = ".".join(str(key) for key in problem.where)
    return f"{source.path}:{source.line(problem.where)}: {keys}: {problem.message}"
