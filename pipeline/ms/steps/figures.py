"""Step `figures`: which figures a study gets, and writing them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.core import style
from pipeline.core.nexus import read_record
from pipeline.core.study import Study
from pipeline.ms.figures import (
    draw_run,
    draw_samples,
    panels_of_run,
    reference_label,
    shared_channels,
)
from pipeline.ms.plan import TECHNIQUE, everything
from pipeline.ms.records import GasReleases

SAMPLES = f"{TECHNIQUE}_samples"
PANEL_RATIO = 0.3


def targets(study: Study) -> tuple[str, ...]:
    """One figure a data set, and one of all samples where there are several."""
    own = tuple(f"{TECHNIQUE}_{name}_traces" for name in everything(study))
    return (*own, SAMPLES) if len(own) > 1 else own


def reads(study: Study, target: str) -> tuple[str, ...]:
    """No raw file."""
    del study, target
    return ()


def inputs(study: Study, target: str) -> tuple[Path, ...]:
    """The releases that it shows."""
    return tuple(study.result(TECHNIQUE, name, "release") for name in _shown(study, target))


def options(study: Study, target: str) -> dict[str, Any]:
    """Labels of the samples."""
    return {"titles": [study.dataset(name).title for name in _shown(study, target)]}


def run(study: Study, target: str) -> None:
    """Draw and write."""
    found = [read_record(study.home / path, GasReleases) for path in inputs(study, target)]
    titles = [study.dataset(name).title for name in _shown(study, target)]
    stem = study.home / study.results / "figures" / target
    if target == SAMPLES:
        channels = shared_channels(found)
        with style.figure(0.2 + PANEL_RATIO * 1.2 * max(len(channels), 1)) as made:
            axes = made.subplots(max(len(channels), 1), 1, sharex=True, squeeze=False)
            draw_samples(list(axes[:, 0]), list(zip(titles, found, strict=True)), channels)
            over = {reference_label(one) for one in found if one.traces.reference}
            made.supylabel(f"above baseline, over {' or '.join(sorted(over))}", fontsize=7.5)
            style.save(made, stem)
        return
    panels = panels_of_run(found[0])
    with style.figure(0.15 + PANEL_RATIO * max(panels, 1)) as made:
        axes = made.subplots(max(panels, 1), 1, sharex=True, squeeze=False)
        draw_run(list(axes[:, 0]), found[0])
        made.supylabel(f"intensity over {reference_label(found[0])}", fontsize=7.5)
        style.save(made, stem)


def _shown(study: Study, target: str) -> tuple[str, ...]:
    if target == SAMPLES:
        return everything(study)
    return (target.removeprefix(f"{TECHNIQUE}_").removesuffix("_traces"),)
