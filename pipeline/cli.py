"""The commands. Only here are errors caught, printed as one message, and turned into exit codes."""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline import __version__
from pipeline.core.errors import PipelineError, StudyError, did_you_mean
from pipeline.core.files import write_text_if_changed
from pipeline.core.table import write_table
from pipeline.study.config import load_study
from pipeline.study.techniques import TECHNIQUES, module

app = typer.Typer(
    help="X-ray studies of layered-oxide cathodes. Run a whole study with `snakemake`.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
StudyFile = Annotated[Path, typer.Option("--study", help="the study's YAML file")]
Target = Annotated[str, typer.Option(help="data set or table to make")]
Targets = Annotated[
    list[str], typer.Option("--target", help="figure or table to make; may be given often")
]


def main() -> None:
    """Run a command; a user's mistake ends in one message and the exit code of its kind."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.INFO)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every glyph of a PDF
    try:
        app()
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="a raw file")],
    columns: Annotated[
        str, typer.Option(help="how to read it, as in the table: `energy=1 i0=2 it=3`")
    ] = "",
) -> None:
    """Show what a reader sees in a raw file: format, scans, columns, energies."""
    from pipeline.study.inspect import describe_file

    for line in describe_file(file, columns):
        typer.echo(line)


@app.command()
def doctor(
    study: Annotated[
        Path | None,
        typer.Option("--study", help="the study whose `rietveld.gsas2` says where GSAS-II is"),
    ] = None,
) -> None:
    """Say what is installed and found (engines, Slurm, filters, disk) and what each missing thing costs."""
    from pipeline.rietveld.options import Gsas2Options
    from pipeline.study.doctor import report

    loaded = load_study(study) if study else None
    options = loaded.options.get("rietveld") if loaded else None
    folder = loaded.home / loaded.results if loaded else Path("results")
    for line in report(folder, options.gsas2 if options else Gsas2Options()):
        typer.echo(line)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="results files, or a study's YAML file")],
) -> None:
    """Check results files against the NeXus gate and name failed data sets (exit code 3); or check a study file."""
    from pipeline.core.nexus.gate import findings
    from pipeline.study.summary import summarise

    worst = 0
    for file in files:
        if file.suffix in (".yaml", ".yml"):
            _check_study(file)
            continue
        found = findings(file)
        summary = summarise([file]) if not found else None
        bad = bool(found) or bool(summary and summary.failed)
        typer.echo(f"{'FAIL' if bad else 'ok  '} {file}")
        for line in [*found, *(summary.lines() if summary else [])]:
            typer.echo(f"     {line}")
        worst = max(worst, 3 if bad else 0)
    raise SystemExit(worst)


def _check_study(file: Path) -> None:
    from pipeline.study.workflow import open_study

    study = open_study([file], {}, file)
    typer.echo(f"ok   {file}: {len(study.datasets)} data sets")


@app.command()
def inventory(study: StudyFile, target: Target) -> None:
    """List a data set's raw files with their hashes."""
    from pipeline.study.inventory import make_inventory

    make_inventory(load_study(study), target)


@app.command()
def table(study: StudyFile, target: Targets) -> None:
    """Write result tables: as CSV, and as LaTeX and Markdown where they are meant for print."""
    loaded = load_study(study)
    for name in target:
        tables = module(_owner(name), "tables")
        _known("table", name, tables.targets(loaded))
        path = loaded.home / loaded.results / "tables" / f"{name}.csv"
        write_table(path, tables.build(loaded, name))


@app.command()
def figure(study: StudyFile, target: Targets) -> None:
    """Draw figures as PDF and PNG."""
    loaded = load_study(study)
    for name in target:
        figures = module(_owner(name), "steps.figures")
        _known("figure", name, figures.targets(loaded))
        figures.run(loaded, name)


@app.command()
def merge(study: StudyFile) -> None:
    """Merge the results of all steps into one self-contained file."""
    from pipeline.study.merge import merge_study

    merge_study(load_study(study))


@app.command()
def demo(study: StudyFile) -> None:
    """Simulate the raw files of the demo study, and list them."""
    from pipeline.demo.write import write
    from pipeline.study.inventory import refresh_inventories

    loaded = load_study(study)
    if loaded.demo_seed is None:
        raise StudyError(
            f"{study}: this study's raw files are real; only one with `demo:` has simulated ones."
        )
    write(loaded.home / loaded.raw, loaded.demo_seed)
    refresh_inventories(loaded)


@app.command()
def recovery(study: StudyFile) -> None:
    """Compare the demo's results with the truth."""
    from pipeline.study.recovery import write_recovery

    write_recovery(load_study(study))


@app.command()
def consistency(study: StudyFile) -> None:
    """Compare what two engines, or two techniques, say of the same data set."""
    from pipeline.study.consistency import write_consistency

    write_consistency(load_study(study))


@app.command()
def docs() -> None:
    """Write what the option classes generate: the JSON Schema and `config/README.md`."""
    from pipeline.study.schema import ROOT, generated

    for path, text in generated().items():
        changed = write_text_if_changed(ROOT / path, text)
        typer.echo(f"{'written  ' if changed else 'unchanged'} {path}")


def _add_technique(technique: str) -> None:
    """Add the command `<technique> <step>`."""

    def run_step(
        step: Annotated[str, typer.Argument(help="step to run")], study: StudyFile, target: Target
    ) -> None:
        steps = module(technique, "steps").RESULT_STEPS
        _known("step", step, steps)
        loaded = load_study(study)
        found = module(technique, f"steps.{step}")
        _known("target", target, found.targets(loaded))
        found.run(loaded, target)

    summary = (importlib.import_module(f"pipeline.{technique}").__doc__ or "").strip().splitlines()
    app.command(technique, help=f"Run one step: {summary[0]}")(run_step)


def _owner(name: str) -> str:
    technique = name.split("_", 1)[0]
    _known("technique", technique, TECHNIQUES)
    return technique


def _known(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise StudyError(f"there is no {what} '{name}' here.{did_you_mean(name, names)}")


for _technique in TECHNIQUES:
    _add_technique(_technique)
