"""The demo's study file is valid, and its windows are those that the truth was made for."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.demo import spectra, truth
from pipeline.demo.study import STANDARDS
from pipeline.xas.options import XasOptions


@pytest.fixture(scope="module")
def study(root: Path) -> dict[str, Any]:
    study: dict[str, Any] = YAML(typ="safe").load(root / "config" / "config.yaml")
    return study


def test_study_file(study: dict[str, Any]) -> None:
    assert (study["study"], study["raw"], study["datasets"]) == ("demo", "raw/demo", "demo.tsv")
    assert study["demo"] == {"seed": 20}


def test_truth_was_made_for_these_windows(study: dict[str, Any]) -> None:
    edge = XasOptions.model_validate(study["xas"]).edge("Ni-K")
    assert edge.calibrate.e0_ev == spectra.FOIL_INFLECTION_EV
    assert edge.normalise.e0_ev == spectra.E0_EV
    assert (edge.normalise.pre_ev, edge.normalise.post_ev) == (truth.PRE_EV, truth.POST_EV)
    assert (edge.normalise.pre_degree, edge.normalise.post_degree) == (1, 2)
    assert edge.lcf is not None
    assert edge.lcf.standards == [series.dataset for series in STANDARDS]
