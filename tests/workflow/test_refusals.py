"""What a user gets wrong: one message, exit code 2, nothing half-written."""

from pathlib import Path

import pytest

from tests.workflow.conftest import copy_project, snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def clean(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = copy_project(root, tmp_path_factory.mktemp("refusals") / "project")
    (project / "raw/mine").mkdir(parents=True)
    for name in ("a.xdi", "nio.xdi"):
        (project / "raw/mine" / name).write_text("# XDI/1.0\n")
    return project


STUDY = (
    "study: mine\nraw: raw/mine\ndatasets: mine.tsv\nxas:\n  Ni-K: {calibrate: {method: none}}\n"
)
TABLE = (
    "dataset\ttechnique\trole\tpath\telement\tedge\tmode\n"
    "a\txas\tsample\ta.xdi\tNi\tK\ttransmission\n"
    "NiO\txas\tstandard\tnio.xdi\tNi\tK\ttransmission\n"
)


def refused(project: Path, study: str = STUDY, table: str = TABLE, *more: str) -> str:
    (project / "config/studies/mine.yaml").write_text(study)
    (project / "config/studies/mine.tsv").write_text(table)
    arguments = more or ("--configfile", "config/studies/mine.yaml")
    done = snakemake(project, *arguments)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    assert not (project / "results/mine").exists()
    assert not (project / "results/mine.nxs").exists()
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, said
    return errors[0]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("a\txas\tsample", "\txas\tsample", "mine.tsv:2: 'dataset' is empty"),
        ("\t", ",", "mine.tsv:1: columns are separated by tabs, this line has `,`"),
        ("mode\n", "mood\n", "mine.tsv:1: unknown column 'mood'. Did you mean 'mode'?"),
        ("NiO\txas", "a\txas", "mine.tsv:3: data set 'a' stands on line 2 already"),
        ("nio.xdi", "nio2.xdi", "data set 'NiO' (table line 3): no raw file 'nio2.xdi'"),
        (
            "nio.xdi",
            "../../config/config.yaml",
            "mine.tsv:3: path '../../config/config.yaml' leaves",
        ),
    ],
)
def test_a_wrong_table(clean: Path, before: str, after: str, said: str) -> None:
    assert said in refused(clean, table=TABLE.replace(before, after))


def test_an_unknown_key(clean: Path) -> None:
    study = STUDY.replace("calibrate", "calibrat")
    assert (
        "mine.yaml:5: xas.Ni-K.calibrat: unknown key 'calibrat'. Did you mean 'calibrate'?"
        in refused(clean, study)
    )


def test_overrides_on_the_command_line_are_refused(clean: Path) -> None:
    said = refused(clean, STUDY, TABLE, "--config", "raw=elsewhere")
    assert "`--config` is not used here" in said


def test_two_studies_at_once_are_refused(clean: Path) -> None:
    both = ("--configfile", "config/studies/mine.yaml", "config/config.yaml")
    assert "one study at a time" in refused(clean, STUDY, TABLE, *both)


def test_a_results_folder_that_cannot_be_written(clean: Path) -> None:
    (clean / "results").write_text("a file")
    try:
        said = refused(clean)
    finally:
        (clean / "results").unlink()
    assert "results: results go below here, but this is a file" in said


def test_a_read_only_results_folder(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.core.errors import StudyError
    from pipeline.study import workflow
    from pipeline.study.config import load_study

    (clean / "config/studies/mine.yaml").write_text(STUDY)
    (clean / "config/studies/mine.tsv").write_text(TABLE)
    monkeypatch.setattr(workflow, "_is_read_only", lambda _: True)
    with pytest.raises(StudyError, match="this folder cannot be written to"):
        workflow.check_results_folder(load_study(clean / "config/studies/mine.yaml"))
