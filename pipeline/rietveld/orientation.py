"""Whether a pattern says that the plates of a layered oxide lie flat, where its model has no preferred orientation.

Texture too weak to be seen in a difference curve moves the mixing: March ratios of 0.97 and 0.985 in the demo's powder leave Rwp at
4.34 and 4.24 % in place of 4.20 %, and a mixing of 0.93(18) and 1.33(13) % in place of 1.85 %; residuals of the latter are white.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.rietveld.engines.choose import Engine
from pipeline.rietveld.interface import Failure, PhaseModel
from pipeline.rietveld.judge import Judged, tried
from pipeline.rietveld.numbers import background_chi2
from pipeline.rietveld.options import GateOptions
from pipeline.rietveld.warm import values_of, warmed

USUAL_AXIS = (0, 0, 3)
SEEN_SIGMA = 4.0


def orientation_seen(
    answer: Judged, engine: Engine, models: tuple[PhaseModel, ...], limits: GateOptions
) -> bool:
    """Refine an accepted fit of a layered oxide once more with a March ratio.

    Args:
        answer: the fit.
        engine: whose fit it is.
        models: phases as the study gives them.
        limits: of the gates.

    Returns:
        Whether the ratio is further than four sigmas from 1.
    """
    main, *others = answer.job.phases
    if main.kind != "layered-oxide" or main.march_axis is not None:
        return False
    textured = replace(main, march_axis=USUAL_AXIS, march_ratio=1.0)
    job = replace(answer.job, name=f"{answer.job.name}_oriented", phases=(textured, *others))
    near = warmed(job, values_of(answer.fit))
    found = tried(near, engine, models, limits, background_chi2(job))
    if isinstance(found, Failure) or not found.arrived:
        return False
    ratio, sigma = found.fit.of(f"{main.name}.march_ratio")
    return abs(ratio - 1.0) > SEEN_SIGMA * sigma * found.quality.esd_inflation
