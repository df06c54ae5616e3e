# Gas analysis: one step.


rule ms_release:
    input:
        inventories=inventories_of("ms", "release"),
        results=inputs_of("ms", "release"),
        code=code_of("ms", "release"),
    output:
        str(STUDY.results / "ms" / "{target}" / "release.nxs"),
    log:
        f"{LOGS}/ms_{{target}}_release.log",
    params:
        options=options_of("ms", "release"),
    message:
        "ms: gas released by {wildcards.target}"
    shell:
        step_command("ms", "release")
