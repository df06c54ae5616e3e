"""The step, its tables and figures, in a small study from files to results."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.files import sha256_of, write_text
from pipeline.core.inventory import Inventory
from pipeline.core.nexus import Plot, Provenance, StepResult, read_plot, read_record, write_result
from pipeline.core.nexus.gate import findings
from pipeline.core.study import Dataset, RawFile, Study
from pipeline.ms import tables
from pipeline.ms.options import MsOptions, check
from pipeline.ms.records import Frames, GasReleases, Outcome
from pipeline.ms.steps import figures, release
from tests.ms.build import clock_s, correlated, frames_of, gaussian, heating_c

TIME_S = clock_s(1750)


def gas_file(peak_c, sigma_c, seed):
    noise = correlated(np.random.default_rng(seed), TIME_S.size)
    y = 1 + gaussian(TIME_S - 40.0, peak_c, sigma_c) + 0.02 * noise
    flat = 1 + 0.02 * np.random.default_rng(seed + 100).normal(size=TIME_S.size)
    rows = (f"{t},{a:.6f},{b:.6f}" for t, a, b in zip(TIME_S, y, flat, strict=True))
    return "time_s,mz_32,mz_44\n" + "\n".join(rows) + "\n"


def weighed_file():
    mass = 10 - 0.5 / (1 + np.exp(-(heating_c(TIME_S) - 300) / 5))
    mass += 1e-4 * np.random.default_rng(9).normal(size=TIME_S.size)
    rows = (f"{t},{c:.3f},{m:.6f}" for t, c, m in zip(TIME_S, heating_c(TIME_S), mass, strict=True))
    return "time_s,temperature_c,mass_mg\n" + "\n".join(rows) + "\n"


ROWS = (
    Dataset("heat", "xrd", "sample", "heat.xy", sample="conventional"),
    Dataset("conv", "ms", "sample", "conv.csv", sample="conventional", together="heat"),
    Dataset("grad", "ms", "sample", "grad.csv", sample="CG", together="heat"),
    Dataset("tga", "ms", "sample", "tga.csv", sample="weighed"),
    Dataset("bad", "ms", "sample", "bad.csv", sample="bad"),
)
FILES = {
    "conv": gas_file(190, 4, 1),
    "grad": gas_file(250, 25, 2),
    "tga": weighed_file(),
    "bad": "<xml/>",
}
OPTIONS = {"clock": {"transfer_delay_s": 40.0, "clock_offset_s": 0.0}}


def frames_result(frames: Frames) -> StepResult:
    """What the diffraction's step `read` leaves: a plot with times and temperatures."""
    plot = Plot(
        "frames",
        "frames",
        "temperature_c",
        ("time_s",),
        {"temperature_c": frames.temperature_c, "time_s": frames.time_s},
        {"temperature_c": "temperature (°C)", "time_s": "time (s)"},
    )
    provenance = Provenance({}, (), {})
    return StepResult("xrd", "read", 1, "heat", "heat", "heat", frames, (plot,), provenance)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    home = tmp_path_factory.mktemp("study")
    made = Study(
        name="gas",
        home=home,
        source=home / "config/studies/gas.yaml",
        raw=Path("raw"),
        datasets=ROWS,
        options={"ms": MsOptions.model_validate(OPTIONS)},
    )
    (home / "raw").mkdir()
    write_result(home / made.result("xrd", "heat", "read"), frames_result(frames_of()))
    for name, text in FILES.items():
        path = home / "raw" / f"{name}.csv"
        path.write_text(text)
        listed = RawFile(path.name, path.stat().st_size, sha256_of(path))
        write_text(home / made.inventory(name), Inventory((listed,), ()).as_text())
        release.run(made, name)
    return made


def result(study: Study, name: str) -> Path:
    return study.home / study.result("ms", name, "release")


def test_the_temperature_comes_from_the_frames_that_were_measured_together(study):
    found = read_record(result(study, "conv"), GasReleases)
    assert release.inputs(study, "conv") == (study.result("xrd", "heat", "read"),)
    assert found.outcome == (Outcome.RELEASE, Outcome.NO_RELEASE)
    assert found.onset_c[0] == pytest.approx(182.0, abs=4 * found.onset_sigma_c[0])
    assert found.flags[0] == ()


@pytest.mark.parametrize("name", FILES)
def test_results_pass_the_gate(study, name):
    assert findings(result(study, name)) == []


def test_the_trace_is_plotted_against_temperature(study):
    plot = read_plot(result(study, "conv"), "mz_32")
    assert plot.signal == "intensity_normalised"
    assert plot.axes == ("temperature_c",)
    assert plot.labels["intensity_normalised"].startswith("m/z 32")


def test_a_result_is_made_again_with_the_same_bytes(study):
    before = result(study, "grad").read_bytes()
    release.run(study, "grad")
    assert result(study, "grad").read_bytes() == before


def test_a_file_that_cannot_be_read_is_a_status_with_its_reason(study):
    found = read_record(result(study, "bad"), GasReleases)
    assert {str(s) for s in found.status} == {"unreadable"}
    assert "XML" in found.reason[0]


def test_the_table_of_releases(study):
    table = tables.build(study, "ms_release")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert table.columns[-1] == "flags"
    assert [(r["dataset"], r["channel"], r["status"]) for r in rows] == [
        ("conv", "mz_32", "ok"),
        ("conv", "mz_44", "no_release"),
        ("grad", "mz_32", "ok"),
        ("grad", "mz_44", "no_release"),
        ("bad", "all", "unreadable"),
    ]
    assert [r["verdict"] for r in rows] == ["sharp", "", "gradual", "", ""]
    assert np.isnan(rows[1]["onset_c"])
    assert rows[1]["limit_s"] > 0


def test_the_table_of_comparisons(study):
    table = tables.build(study, "ms_comparison")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [(r["channel"], r["flags"]) for r in rows] == [("mz_32", ""), ("mz_44", "no_release")]
    first = rows[0]
    truth = (250 - 2 * 25) - (190 - 2 * 4)
    sigma = first["onset_difference_sigma_c"]
    assert first["onset_difference_c"] == pytest.approx(truth, abs=4 * sigma)


def test_the_table_of_masses(study):
    table = tables.build(study, "ms_mass")
    (row,) = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert row["loss_percent"] == pytest.approx(5.0, abs=0.05)
    assert row["dataset"] == "tga"


def test_figures_are_drawn_with_the_same_bytes(study):
    wanted = ("ms_conv_traces", "ms_grad_traces", "ms_tga_traces", "ms_bad_traces", "ms_samples")
    assert figures.targets(study) == wanted
    folder = study.home / study.results / "figures"
    for name in wanted:
        figures.run(study, name)
    before = (folder / "ms_samples.pdf").read_bytes()
    figures.run(study, "ms_samples")
    assert (folder / "ms_samples.pdf").read_bytes() == before
    assert len(list(folder.glob("*.png"))) == len(wanted)


def problems(options, rows=ROWS):
    return [p.message for p in check(MsOptions.model_validate(options), rows)]


def test_options_that_name_nothing_are_found():
    assert problems({}) == []
    assert "no ms data set 'con'" in problems({"overrides": {"con": {}}})[0]
    assert (
        "unknown key 'delay_s'" in problems({"overrides": {"conv": {"clock": {"delay_s": 1}}}})[0]
    )
    assert "no channel" in problems({"normalise_by": "argon"})[0]
    assert (
        "not both"
        in problems(
            {"overrides": {"conv": {"baseline": {"windows_c": [[1, 2]], "windows_s": [[1, 2]]}}}}
        )[0]
    )


def test_together_must_be_diffraction():
    odd = (*ROWS, Dataset("x", "ms", "sample", "x.csv", together="conv"))
    (message,) = problems({}, odd)
    assert "must name a data set of the technique xrd" in message
