# Powder diffraction: read -> track -> cell -> (broadening, transition).

XRD = str(STUDY.results / "xrd" / "{target}")


rule xrd_read:
    input:
        inventories=inventories_of("xrd", "read"),
        results=inputs_of("xrd", "read"),
        code=code_of("xrd", "read"),
    output:
        f"{XRD}/read.nxs",
    log:
        f"{LOGS}/xrd_{{target}}_read.log",
    params:
        options=options_of("xrd", "read"),
    message:
        "xrd: read {wildcards.target}"
    shell:
        step_command("xrd", "read")


rule xrd_track:
    input:
        results=inputs_of("xrd", "track"),
        code=code_of("xrd", "track"),
    output:
        f"{XRD}/track.nxs",
    log:
        f"{LOGS}/xrd_{{target}}_track.log",
    params:
        options=options_of("xrd", "track"),
    message:
        "xrd: follow lines of {wildcards.target}"
    shell:
        step_command("xrd", "track")


rule xrd_cell:
    input:
        results=inputs_of("xrd", "cell"),
        code=code_of("xrd", "cell"),
    output:
        f"{XRD}/cell.nxs",
    log:
        f"{LOGS}/xrd_{{target}}_cell.log",
    params:
        options=options_of("xrd", "cell"),
    message:
        "xrd: cell of {wildcards.target}"
    shell:
        step_command("xrd", "cell")


rule xrd_broadening:
    input:
        results=inputs_of("xrd", "broadening"),
        code=code_of("xrd", "broadening"),
    output:
        f"{XRD}/broadening.nxs",
    log:
        f"{LOGS}/xrd_{{target}}_broadening.log",
    params:
        options=options_of("xrd", "broadening"),
    message:
        "xrd: size and strain of {wildcards.target}"
    shell:
        step_command("xrd", "broadening")


rule xrd_transition:
    input:
        results=inputs_of("xrd", "transition"),
        code=code_of("xrd", "transition"),
    output:
        f"{XRD}/transition.nxs",
    log:
        f"{LOGS}/xrd_{{target}}_transition.log",
    params:
        options=options_of("xrd", "transition"),
    message:
        "xrd: changes of {wildcards.target}"
    shell:
        step_command("xrd", "transition")
