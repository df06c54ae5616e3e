# What the rule files share: the interpreter, the study's path, and the command of a step.

import os

PYTHON = sys.executable
STUDY_FILE = os.path.relpath(STUDY.source.resolve(), STUDY.home)
LOGS = str(STUDY.results / "logs")

# `python` is not on the path of an environment that was not activated, and `-m pipeline` must find
# this project whatever the working directory is.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
)


def step_command(technique, step):
    """Shell command of a step; the same works by hand."""
    return (
        "{PYTHON:q} -m pipeline "
        + f"{technique} {step}"
        + " --study {STUDY_FILE:q} --target {wildcards.target:q} > {log:q} 2>&1"
    )


def inputs_of(technique, step):
    """Input function of a step: what it reads of other steps."""
    return lambda wildcards: study_workflow.step_inputs(
        STUDY, technique, step, wildcards.target
    )


def inventories_of(technique, step):
    """Input function of a step: inventories of the data sets whose raw files it reads."""
    return lambda wildcards: [
        str(STUDY.inventory(name))
        for name in study_workflow.step_reads(STUDY, technique, step, wildcards.target)
    ]


def options_of(technique, step):
    """Params function of a step: what it was asked, so that a changed option reruns it."""
    return lambda wildcards: study_workflow.step_options(
        STUDY, technique, step, wildcards.target
    )


def code_of(technique, step):
    """Modules that a step uses, so that a changed module reruns it."""
    return study_workflow.step_code(STUDY, technique, step)


wildcard_constraints:
    target=r"[A-Za-z][A-Za-z0-9_-]*",
