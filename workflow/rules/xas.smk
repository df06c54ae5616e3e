# X-ray absorption: foil template -> calibrate -> normalise -> fit -> valence, one job a data set and step.

XAS = str(STUDY.results / "xas" / "{target}")


rule xas_template:
    input:
        inventories=inventory_mark(inventories_of("xas", "template")),
        code=code_of("xas", "template"),
    output:
        f"{XAS}/template.nxs",
    params:
        options=options_of("xas", "template"),
        raw=raw_of("xas", "template"),
    log:
        f"{LOGS}/xas_{{target}}_template.log",
    message:
        "xas: foil template {wildcards.target}"
    shell:
        step_command("xas", "template")


rule xas_calibrate:
    input:
        inventories=inventory_mark(inventories_of("xas", "calibrate")),
        results=inputs_of("xas", "calibrate"),
        code=code_of("xas", "calibrate"),
    output:
        f"{XAS}/calibrate.nxs",
    params:
        options=options_of("xas", "calibrate"),
        raw=raw_of("xas", "calibrate"),
    log:
        f"{LOGS}/xas_{{target}}_calibrate.log",
    message:
        "xas: calibrate {wildcards.target}"
    shell:
        step_command("xas", "calibrate")


rule xas_normalise:
    input:
        results=inputs_of("xas", "normalise"),
        code=code_of("xas", "normalise"),
    output:
        f"{XAS}/normalise.nxs",
    params:
        options=options_of("xas", "normalise"),
    log:
        f"{LOGS}/xas_{{target}}_normalise.log",
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
    params:
        options=options_of("xas", "lcf"),
    log:
        f"{LOGS}/xas_{{target}}_lcf.log",
    message:
        "xas: fit {wildcards.target}"
    shell:
        step_command("xas", "lcf")


rule xas_valence:
    input:
        results=inputs_of("xas", "valence"),
        code=code_of("xas", "valence"),
    output:
        f"{XAS}/valence.nxs",
    params:
        options=options_of("xas", "valence"),
    log:
        f"{LOGS}/xas_{{target}}_valence.log",
    message:
        "xas: valence {wildcards.target}"
    shell:
        step_command("xas", "valence")
