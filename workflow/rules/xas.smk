# X-ray absorption: foil template -> calibrate -> prepare -> normalise -> fit, edge line -> valence.

XAS = str(STUDY.results / "xas" / "{target}")


rule xas_template:
    input:
        inventories=inventories_of("xas", "template"),
        code=code_of("xas", "template"),
    output:
        f"{XAS}/template.nxs",
    log:
        f"{LOGS}/xas_{{target}}_template.log",
    params:
        options=options_of("xas", "template"),
    message:
        "xas: foil template {wildcards.target}"
    shell:
        step_command("xas", "template")


rule xas_calibrate:
    input:
        inventories=inventories_of("xas", "calibrate"),
        results=inputs_of("xas", "calibrate"),
        code=code_of("xas", "calibrate"),
    output:
        f"{XAS}/calibrate.nxs",
    log:
        f"{LOGS}/xas_{{target}}_calibrate.log",
    params:
        options=options_of("xas", "calibrate"),
    message:
        "xas: calibrate {wildcards.target}"
    shell:
        step_command("xas", "calibrate")


rule xas_prepare:
    input:
        results=inputs_of("xas", "prepare"),
        code=code_of("xas", "prepare"),
    output:
        f"{XAS}/prepare.nxs",
    log:
        f"{LOGS}/xas_{{target}}_prepare.log",
    params:
        options=options_of("xas", "prepare"),
    message:
        "xas: prepare {wildcards.target}"
    shell:
        step_command("xas", "prepare")


rule xas_normalise:
    input:
        results=inputs_of("xas", "normalise"),
        code=code_of("xas", "normalise"),
    output:
        f"{XAS}/normalise.nxs",
    log:
        f"{LOGS}/xas_{{target}}_normalise.log",
    params:
        options=options_of("xas", "normalise"),
    message:
        "xas: normalise {wildcards.target}"
    shell:
        step_command("xas", "normalise")


rule xas_lcf:
    input:
        results=inputs_of("xas", "lcf"),
        code=code_of("xas", "lcf"),
    output:
        f"{XAS}/lcf.nxs",
    log:
        f"{LOGS}/xas_{{target}}_lcf.log",
    params:
        options=options_of("xas", "lcf"),
    message:
        "xas: fit {wildcards.target}"
    shell:
        step_command("xas", "lcf")


rule xas_line:
    input:
        results=inputs_of("xas", "line"),
        code=code_of("xas", "line"),
    output:
        f"{XAS}/line.nxs",
    log:
        f"{LOGS}/xas_{{target}}_line.log",
    params:
        options=options_of("xas", "line"),
    message:
        "xas: edge line {wildcards.target}"
    shell:
        step_command("xas", "line")


rule xas_combinations:
    input:
        results=inputs_of("xas", "combinations"),
        code=code_of("xas", "combinations"),
    output:
        f"{XAS}/combinations.nxs",
    log:
        f"{LOGS}/xas_{{target}}_combinations.log",
    params:
        options=options_of("xas", "combinations"),
    message:
        "xas: fit by all sets of standards {wildcards.target}"
    shell:
        step_command("xas", "combinations")


rule xas_valence:
    input:
        results=inputs_of("xas", "valence"),
        code=code_of("xas", "valence"),
    output:
        f"{XAS}/valence.nxs",
    log:
        f"{LOGS}/xas_{{target}}_valence.log",
    params:
        options=options_of("xas", "valence"),
    message:
        "xas: valence {wildcards.target}"
    shell:
        step_command("xas", "valence")


rule xas_pca:
    input:
        results=inputs_of("xas", "pca"),
        code=code_of("xas", "pca"),
    output:
        f"{XAS}/pca.nxs",
    log:
        f"{LOGS}/xas_{{target}}_pca.log",
    params:
        options=options_of("xas", "pca"),
    message:
        "xas: components of {wildcards.target}"
    shell:
        step_command("xas", "pca")


rule xas_mcr:
    input:
        results=inputs_of("xas", "mcr"),
        code=code_of("xas", "mcr"),
    output:
        f"{XAS}/mcr.nxs",
    log:
        f"{LOGS}/xas_{{target}}_mcr.log",
    params:
        options=options_of("xas", "mcr"),
    message:
        "xas: resolve {wildcards.target}"
    shell:
        step_command("xas", "mcr")


rule xas_exafs:
    input:
        results=inputs_of("xas", "exafs"),
        code=code_of("xas", "exafs"),
    output:
        f"{XAS}/exafs.nxs",
    log:
        f"{LOGS}/xas_{{target}}_exafs.log",
    params:
        options=options_of("xas", "exafs"),
    message:
        "xas: fine structure of {wildcards.target}"
    shell:
        step_command("xas", "exafs")
