# Rietveld refinement: (instrument) -> refine -> (sensitivity), of patterns that xrd has read.

RIETVELD = str(STUDY.results / "rietveld" / "{target}")


rule rietveld_instrument:
    input:
        results=inputs_of("rietveld", "instrument"),
        code=code_of("rietveld", "instrument"),
    output:
        f"{RIETVELD}/instrument.nxs",
    log:
        f"{LOGS}/rietveld_{{target}}_instrument.log",
    params:
        options=options_of("rietveld", "instrument"),
    message:
        "rietveld: line profile of {wildcards.target}"
    shell:
        step_command("rietveld", "instrument")


rule rietveld_refine:
    input:
        results=inputs_of("rietveld", "refine"),
        code=code_of("rietveld", "refine"),
    output:
        f"{RIETVELD}/refine.nxs",
    log:
        f"{LOGS}/rietveld_{{target}}_refine.log",
    params:
        options=options_of("rietveld", "refine"),
    message:
        "rietveld: refine {wildcards.target}"
    shell:
        step_command("rietveld", "refine")


rule rietveld_sensitivity:
    input:
        results=inputs_of("rietveld", "sensitivity"),
        code=code_of("rietveld", "sensitivity"),
    output:
        f"{RIETVELD}/sensitivity.nxs",
    log:
        f"{LOGS}/rietveld_{{target}}_sensitivity.log",
    params:
        options=options_of("rietveld", "sensitivity"),
    message:
        "rietveld: other choices for {wildcards.target}"
    shell:
        step_command("rietveld", "sensitivity")
