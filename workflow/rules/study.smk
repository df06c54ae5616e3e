# What belongs to the whole study: raw files of the demo, inventories, tables, figures, the merged file.

REPORT = str(PROJECT / "workflow" / "report")
FIGURES = study_workflow.figures(STUDY)
TABLES = study_workflow.tables(STUDY)
COMPARED = study_workflow.compared_tables(STUDY)
MERGED = f"results/{STUDY.name}.nxs"


def study_targets():
    """Everything that the default target asks for."""
    return [
        MERGED,
        *study_workflow.all_results(STUDY),
        *study_workflow.table_files(STUDY),
        *expand(
            f"{STUDY.results}/figures/{{name}}.{{kind}}",
            name=FIGURES,
            kind=["pdf", "png"],
        ),
        *(
            [f"{STUDY.results}/tables/recovery.csv"]
            if STUDY.demo_seed is not None
            else []
        ),
    ]


if STUDY.demo_seed is not None:

    rule demo_raw:
        input:
            code=study_workflow.code(STUDY, "pipeline.demo.write"),
        output:
            raw=study_workflow.demo_raw(STUDY),
            # Later changes are found when Snakemake starts, as in every study (see the Snakefile).
            inventories=study_workflow.inventories(STUDY),
        log:
            f"{LOGS}/demo_raw.log",
        params:
            seed=STUDY.demo_seed,
        message:
            "demo: simulate raw files"
        shell:
            "{PYTHON:q} -m pipeline demo --study {STUDY_FILE:q} > {log:q} 2>&1"

    rule recovery:
        input:
            tables=expand(f"{STUDY.results}/tables/{{name}}.csv", name=TABLES),
            truth=study_workflow.demo_truth(STUDY),
            code=study_workflow.code(STUDY, "pipeline.study.recovery"),
        output:
            report(
                f"{STUDY.results}/tables/recovery.csv",
                caption=f"{REPORT}/recovery.rst",
                category="Tables",
                labels={"table": "recovery"},
            ),
        log:
            f"{LOGS}/recovery.log",
        message:
            "demo: compare with the truth"
        shell:
            "{PYTHON:q} -m pipeline recovery --study {STUDY_FILE:q} > {log:q} 2>&1"


localrules:
    all,


# One job makes several tables, and one draws several figures, for starting it takes longer. A table that is
# meant for a paper is written as LaTeX and Markdown too.
for batch, names in study_workflow.table_batches(STUDY).items():

    rule:
        name:
            f"tables_{batch}"
        input:
            results=sorted(
                {p for name in names for p in study_workflow.table_inputs(STUDY, name)}
            ),
            code=study_workflow.table_code(STUDY, names[0]),
        output:
            csv=[
                report(
                    f"{STUDY.results}/tables/{name}.csv",
                    caption=f"{REPORT}/table.rst",
                    category="Tables",
                    labels={"table": name},
                )
                for name in names
            ],
            printed=study_workflow.printed_files(STUDY, names),
        log:
            f"{LOGS}/tables_{batch}.log",
        params:
            datasets=study_workflow.rows_as_text(STUDY),
            targets=[f"--target {name}" for name in names],
        message:
            f"tables: {', '.join(names)}"
        shell:
            "{PYTHON:q} -m pipeline table --study {STUDY_FILE:q} {params.targets} > {log:q} 2>&1"


if COMPARED:

    rule consistency:
        input:
            tables=COMPARED,
            code=study_workflow.code(STUDY, "pipeline.study.consistency"),
        output:
            report(
                f"{STUDY.results}/tables/consistency.csv",
                caption=f"{REPORT}/consistency.rst",
                category="Tables",
                labels={"table": "consistency"},
            ),
        log:
            f"{LOGS}/consistency.log",
        message:
            "consistency: compare engines and techniques"
        shell:
            "{PYTHON:q} -m pipeline consistency --study {STUDY_FILE:q} > {log:q} 2>&1"


for batch, names in study_workflow.figure_batches(STUDY).items():

    rule:
        name:
            f"figures_{batch}"
        input:
            results=sorted(
                {
                    p
                    for name in names
                    for p in study_workflow.figure_inputs(STUDY, name)
                }
            ),
            code=study_workflow.figure_code(STUDY, names[0]),
        output:
            pdf=[f"{STUDY.results}/figures/{name}.pdf" for name in names],
            png=[
                report(
                    f"{STUDY.results}/figures/{name}.png",
                    caption=f"{REPORT}/figure.rst",
                    category="Figures",
                    labels={"figure": name},
                )
                for name in names
            ],
        log:
            f"{LOGS}/figures_{batch}.log",
        params:
            options=[study_workflow.figure_options(STUDY, name) for name in names],
            targets=[f"--target {name}" for name in names],
        message:
            f"figures: {', '.join(names)}"
        shell:
            "{PYTHON:q} -m pipeline figure --study {STUDY_FILE:q} {params.targets} > {log:q} 2>&1"


rule merge:
    input:
        results=study_workflow.all_results(STUDY),
        code=study_workflow.code(STUDY, "pipeline.study.merge"),
    output:
        MERGED,
    log:
        f"{LOGS}/merge.log",
    message:
        "merge: {output}"
    shell:
        "{PYTHON:q} -m pipeline merge --study {STUDY_FILE:q} > {log:q} 2>&1"


onsuccess:
    print(closing_summary(STUDY))
