"""What the Snakefile asks: the study, each step's inputs, options, code and outputs.

It imports nothing of Snakemake, so that all of it can be tested by hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.core.errors import StudyError
from pipeline.core.printed import SUFFIXES
from pipeline.core.study import Study
from pipeline.demo.write import raw_files as demo_raw_files
from pipeline.study import consistency
from pipeline.study.code import code_of
from pipeline.study.config import load_study
from pipeline.study.inventory import scans_and_sidecars
from pipeline.study.techniques import TECHNIQUES, module


def open_study(configfiles: Sequence[Path], config: object, default: Path) -> Study:
    """Read the study that a Snakemake command line means.

    Args:
        configfiles: what stands after `--configfile`.
        config: what stands after `--config`.
        default: the study that runs when none is named.

    Raises:
        StudyError: more than one study file, `--config`, or anything wrong in the study.
    """
    if config:
        raise StudyError(
            "`--config` is not used here: options belong into the study file, so that the result "
            "says where it came from. Edit the file, or copy it and pass the copy to `--configfile`."
        )
    if len(configfiles) > 1:
        listed = ", ".join(str(path) for path in configfiles)
        raise StudyError(f"one study at a time: `--configfile` names {listed}.")
    study = load_study(Path(configfiles[0]) if configfiles else default)
    check_results_folder(study)
    for dataset in study.datasets:
        scans_and_sidecars(study, dataset)
    _name_missing_files(study)
    return study


def _name_missing_files(study: Study) -> None:
    """Ask each step of a technique without rows what it is asked: a file that its options name and that is missing is told.

    Raises:
        StudyError: every mistake found, one line each.
    """
    said: dict[str, None] = {}
    for technique in TECHNIQUES:
        if _refines_others(study, technique):
            for step in module(technique, "steps").RESULT_STEPS:
                found = module(technique, f"steps.{step}")
                for target in found.targets(study):
                    try:
                        found.options(study, target)
                    except StudyError as error:
                        said[str(error)] = None
    if said:
        raise StudyError("\n".join(said))


RESULT_FOLDERS = ("figures", "inventory", "logs", "tables", *TECHNIQUES)


def check_results_folder(study: Study) -> None:
    """Refuse early when results cannot be written.

    Raises:
        StudyError: the folder, or the one above it, cannot be made or written to.
    """
    folder = study.home / study.results
    for part in RESULT_FOLDERS:
        if (folder / part).exists() and not (folder / part).is_dir():
            raise StudyError(f"{folder / part}: results go below here, but this is a file.")
    for place in (folder, *folder.parents):
        if place.exists():
            if not place.is_dir():
                raise StudyError(f"{place}: results go below here, but this is a file.")
            if not os.access(place, os.W_OK | os.X_OK) or _is_read_only(place):
                raise StudyError(
                    f"{place}: results go below here, and this folder cannot be written to. "
                    "Change its permissions, or run the study from a folder of your own."
                )
            return


def _is_read_only(folder: Path) -> bool:
    """Say whether a folder stands on a read-only file system, which `os.access` hides from root."""
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def inventories(study: Study) -> list[str]:
    """Inventories of all data sets."""
    return [str(study.inventory(dataset.name)) for dataset in study.datasets]


def demo_raw(study: Study) -> list[str]:
    """Raw files that the demo makes, relative to the study's home."""
    if study.demo_seed is None:
        return []
    return [str(study.raw / name) for name in demo_raw_files(study.demo_seed)]


def step_inputs(study: Study, technique: str, step: str, target: str) -> list[str]:
    """Results of other steps that a step reads."""
    found = module(technique, f"steps.{step}").inputs(study, target)
    return [str(path) for path in found]


def step_reads(study: Study, technique: str, step: str, target: str) -> tuple[str, ...]:
    """Data sets whose raw files a step reads."""
    found: tuple[str, ...] = module(technique, f"steps.{step}").reads(study, target)
    return found


def code(study: Study, module_name: str) -> list[str]:
    """Modules that a module uses, relative to the study's home: a project that was moved is the same."""
    return [os.path.relpath(path, study.home) for path in code_of(module_name)]


def step_code(study: Study, technique: str, step: str) -> list[str]:
    """Modules that a step uses."""
    return code(study, f"pipeline.{technique}.steps.{step}")


def step_options(study: Study, technique: str, step: str, target: str) -> str:
    """What a step was asked, as canonical JSON: its options, and its data sets' rows and raw files."""
    options = module(technique, f"steps.{step}").options(study, target)
    return json.dumps(options, sort_keys=True)


def step_results(study: Study, technique: str) -> list[str]:
    """All results files of a technique, in the order of its steps and of the table."""
    steps = module(technique, "steps")
    return [
        str(study.result(technique, target, step))
        for step in steps.RESULT_STEPS
        for target in module(technique, f"steps.{step}").targets(study)
    ]


def all_results(study: Study) -> list[str]:
    """Results files of every technique that the study uses."""
    return [path for technique in used_techniques(study) for path in step_results(study, technique)]


def used_techniques(study: Study) -> list[str]:
    """Techniques that have a data set, or refine those of another."""
    return [t for t in TECHNIQUES if study.of(t) or _refines_others(study, t)]


def _refines_others(study: Study, technique: str) -> bool:
    """Whether a technique without rows of its own is asked for: Rietveld takes the patterns of diffraction."""
    if study.options.get(technique) in (None, module(technique, "options").OPTIONS()):
        return False
    steps = module(technique, "steps").RESULT_STEPS
    return any(module(technique, f"steps.{step}").targets(study) for step in steps)


def tables(study: Study) -> list[str]:
    """Names of the tables of the study."""
    return [t for name in used_techniques(study) for t in module(name, "tables").targets(study)]


def published(study: Study) -> list[str]:
    """Names of the tables that are written as a paper prints them too: those that `PUBLISHED` of their technique names."""
    return [t for t in tables(study) if t in _published_by(technique_of(t))]


def _published_by(technique: str) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(module(technique, "tables"), "PUBLISHED", ())
    return names


def table_files(study: Study) -> list[str]:
    """All table files, relative to the study's home: CSV of each, LaTeX and Markdown of those that are published."""
    names = [f"{t}.csv" for t in tables(study)]
    names += [f"{consistency.NAME}.csv"] if consistency.needed(study) else []
    folder = study.results / "tables"
    return [*(str(folder / name) for name in names), *printed_files(study, tables(study))]


def printed_files(study: Study, names: Sequence[str]) -> list[str]:
    """LaTeX and Markdown of those among some tables that are published."""
    meant = [t for t in published(study) if t in names]
    return [str(study.results / "tables" / f"{t}{suffix}") for t in meant for suffix in SUFFIXES]


def compared_tables(study: Study) -> list[str]:
    """Tables that the checks between engines and techniques are made from."""
    folder = study.results / "tables"
    return [str(folder / f"{name}.csv") for name in consistency.needed(study)]


def figures(study: Study) -> list[str]:
    """Names of the figures of the study."""
    return [
        f for name in used_techniques(study) for f in module(name, "steps.figures").targets(study)
    ]


def table_inputs(study: Study, name: str) -> list[str]:
    """Results that a table is made from."""
    return [str(path) for path in module(technique_of(name), "tables").inputs(study, name)]


def table_code(study: Study, name: str) -> list[str]:
    """Modules that make a table."""
    return code(study, f"pipeline.{technique_of(name)}.tables")


PER_JOB = 8


def figure_batches(study: Study) -> dict[str, list[str]]:
    """Figures by the job that draws them."""
    return _batches(figures(study), lambda name: figure_inputs(study, name))


def table_batches(study: Study) -> dict[str, list[str]]:
    """Tables by the job that makes them."""
    return _batches(tables(study), lambda name: table_inputs(study, name))


def _batches(names: list[str], inputs: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """Figures or tables by their job, for starting a job takes longer than making one.

    A job has those of one technique that are made from results of the same steps, so that what an option changes
    makes little else anew.
    """
    alike: dict[str, list[str]] = {}
    for name in names:
        steps = sorted({Path(path).stem for path in inputs(name)})
        alike.setdefault("_".join([technique_of(name), *steps]), []).append(name)
    return {
        f"{key}_{i + 1}": same[start : start + PER_JOB]
        for key, same in alike.items()
        for i, start in enumerate(range(0, len(same), PER_JOB))
    }


def figure_inputs(study: Study, name: str) -> list[str]:
    """Results that a figure shows."""
    return [str(path) for path in module(technique_of(name), "steps.figures").inputs(study, name)]


def figure_code(study: Study, name: str) -> list[str]:
    """Modules that make a figure."""
    return code(study, f"pipeline.{technique_of(name)}.steps.figures")


def figure_options(study: Study, name: str) -> str:
    """What a figure shows besides results, as canonical JSON: labels, windows."""
    options = module(technique_of(name), "steps.figures").options(study, name)
    return json.dumps(options, sort_keys=True)


def rows_as_text(study: Study) -> str:
    """Labels of the data-set table, which stand in the result tables."""
    rows = [(d.name, d.sample, d.state, d.element, d.edge, d.mode) for d in study.datasets]
    return json.dumps(rows)


def demo_truth(study: Study) -> str:
    """The demo's truth file, relative to the study's home."""
    return str(study.raw / "truth.tsv")


def technique_of(name: str) -> str:
    """Technique of a table or figure, whose name begins with it."""
    return name.split("_", 1)[0]
