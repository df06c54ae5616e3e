# The entry: read and check the study, include the rules, ask for everything.
#
#   snakemake                                                  the demo study
#   snakemake --configfile config/studies/lno-operando.yaml    another one

import sys
from pathlib import Path

PROJECT = Path(workflow.basedir)
sys.path.insert(0, str(PROJECT))

from pipeline.core.errors import PipelineError
from pipeline.study import workflow as study_workflow
from pipeline.study.inventory import refresh_inventories
from pipeline.study.summary import closing_summary

try:
    STUDY = study_workflow.open_study(
        workflow.overwrite_configfiles,
        workflow.config_settings.config,
        default=PROJECT / "config" / "config.yaml",
    )
    # A job on a cluster reads this file again; the inventories are the main process's own.
    if workflow.is_main_process:
        refresh_inventories(STUDY)
except PipelineError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(error.exit_code)


workdir: STUDY.home


report: str(PROJECT / "workflow" / "report" / "workflow.rst")


include: "workflow/rules/common.smk"


rule all:
    input:
        lambda _: study_targets(),


for technique in study_workflow.used_techniques(STUDY):

    include: f"workflow/rules/{technique}.smk"


include: "workflow/rules/study.smk"
