"""The demo's study file is valid, and its windows are those that the truth was made for."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.demo import gas, powder_truth, truth
from pipeline.demo.elements import MANGANESE, NICKEL
from pipeline.demo.spectra import Edge
from pipeline.demo.study import STANDARDS
from pipeline.ms.options import MsOptions
from pipeline.xas.options import XasOptions
from pipeline.xrd.options import XrdOptions


@pytest.fixture(scope="module")
def study(root: Path) -> dict[str, Any]:
    study: dict[str, Any] = YAML(typ="safe").load(root / "config" / "config.yaml")
    return study


def test_study_file(study: dict[str, Any]) -> None:
    assert (study["study"], study["raw"], study["datasets"]) == ("demo", "raw/demo", "demo.tsv")
    assert study["demo"] == {"seed": 20}


@pytest.mark.parametrize("simulated", [NICKEL, MANGANESE], ids=lambda e: e.element)
def test_truth_was_made_for_these_windows(study: dict[str, Any], simulated: Edge) -> None:
    edge = XasOptions.model_validate(study["xas"]).edge(f"{simulated.element}-K")
    assert edge.calibrate.e0_ev == simulated.inflection_ev
    asked = edge.normalise
    assert asked.e0_ev == simulated.e0_ev
    assert (asked.pre_ev, asked.post_ev) == (truth.PRE_EV, truth.POST_EV)
    assert (asked.pre_function, asked.pre_degree, asked.post_degree) == ("victoreen", 1, 2)
    assert edge.lcf is not None
    own = [s.dataset for s in STANDARDS if s.specimen.edge is simulated]
    assert edge.lcf.standards == own == list(simulated.oxides)


def test_truth_was_made_for_these_changes(study: dict[str, Any]) -> None:
    options = XrdOptions.model_validate(study["xrd"])
    changes = options.transitions.changes if options.transitions else {}
    for name in ("a", "c"):
        assert changes[f"expansion_{name}"].range == powder_truth.EXPANSION_C
    assert (changes["loss_003"].hkl, changes["spinel_220"].hkl) == ((0, 0, 3), (2, 2, 0))
    assert set(options.phases) == {powder_truth.LAYERED_622, powder_truth.SPINEL}
    for name in ("lab_pristine", "lab_200", "charge"):
        assert set(options.for_dataset(name).phases) == {powder_truth.LAYERED_811}
    assert MsOptions.model_validate(study["ms"]).clock.transfer_delay_s == gas.TRANSFER_DELAY_S


def test_what_is_known_is_asked_for(study: dict[str, Any]) -> None:
    options = XrdOptions.model_validate(study["xrd"])
    for row in powder_truth.rows():
        if row.change:
            asked = options.for_dataset(row.dataset).transitions
            assert asked is not None
            assert row.change in asked.changes
        elif row.channel:
            assert row.channel in study["ms"]["channels"]
