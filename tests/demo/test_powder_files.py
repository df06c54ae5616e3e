"""The pipeline's own readers, told by the demo's table, find the simulated patterns and traces."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.options import SidecarOptions
from pipeline.core.study import Dataset
from pipeline.demo import charging, diffraction, heating
from pipeline.demo.diffraction import CHARGE, HEATINGS, POWDERS
from pipeline.demo.write import write
from pipeline.formats.sidecar import read_sidecar
from pipeline.xrd.options import SourceOptions
from pipeline.xrd.read import read_series
from pipeline.xrd.records import FrameStatus, PatternSeries

SEED = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write(folder, SEED)
    return folder


def series(root: Path, folder: Path, name: str) -> PatternSeries:
    with (root / "config" / "demo.tsv").open(encoding="utf-8", newline="") as stream:
        row = next(r for r in csv.DictReader(stream, delimiter="\t") if r["dataset"] == name)
    words = ("technique", "role", "path", "mode", "sidecar")
    wavelength = float(row["wavelength_angstrom"]) if row["wavelength_angstrom"] else None
    asked = Dataset(name, **{w: row[w] for w in words}, wavelength_angstrom=wavelength)
    files = [(path, path.name) for path in sorted(folder.glob(asked.path))]
    run = read_sidecar([folder / asked.sidecar]) if asked.sidecar else None
    return read_series(asked, files, SourceOptions(), run, SidecarOptions())


@pytest.mark.parametrize("run", HEATINGS, ids=lambda r: r.dataset)
def test_heated_frames_come_back(root: Path, folder: Path, run: heating.Heating) -> None:
    read = series(root, folder, run.dataset)
    assert set(read.status) == {FrameStatus.OK}
    assert not any(read.remarks)
    np.testing.assert_array_equal(read.two_theta_deg[0], heating.BEAMLINE.two_theta_deg)
    np.testing.assert_array_equal(read.intensity_counts, run.measure(SEED))
    np.testing.assert_array_equal(read.wavelength_angstrom, 0.4522)
    np.testing.assert_array_equal(read.gain_ratio, 1.0)
    # The log has hundredths of a degree, and the frame's time is that of its begin.
    np.testing.assert_allclose(
        read.covariates.temperature_c, heating.frame_temperature_c(), atol=0.02
    )
    np.testing.assert_allclose(np.diff(read.covariates.time_s), heating.FRAME_PERIOD_S)


def test_frames_on_charge_come_back(root: Path, folder: Path) -> None:
    read = series(root, folder, CHARGE.dataset)
    assert set(read.status) == {FrameStatus.OK}
    np.testing.assert_array_equal(read.intensity_counts, CHARGE.measure(SEED))
    np.testing.assert_allclose(
        read.two_theta_deg[0], charging.LABORATORY.two_theta_deg, rtol=0, atol=1e-6
    )
    charge_mah = charging.CAPACITY_MAH * charging.frame_share()
    np.testing.assert_allclose(read.covariates.charge_mah, charge_mah, atol=2e-5)
    voltage_v = charging.voltage_v(charging.frame_share())
    np.testing.assert_allclose(read.covariates.voltage_v, voltage_v, atol=2e-3)


@pytest.mark.parametrize("powder", POWDERS, ids=lambda p: p.dataset)
def test_powders_come_back(root: Path, folder: Path, powder: charging.Powder) -> None:
    read = series(root, folder, powder.dataset)
    assert read.status == (FrameStatus.OK,)
    np.testing.assert_array_equal(read.intensity_counts[0], powder.measure(SEED))
    assert read.wavelength_angstrom[0] == pytest.approx(0.709317)
    assert read.kalpha2_angstrom[0] == pytest.approx(0.713607)
    assert read.kalpha2_ratio[0] == pytest.approx(0.5)
    assert read.radius_mm[0] == 240.0
    assert read.counting_time_s[0] == charging.COUNTING_TIME_S


def test_the_standard_comes_back(root: Path, folder: Path) -> None:
    read = series(root, folder, diffraction.STANDARD)
    assert read.status == (FrameStatus.OK,)
    assert read.intensity_counts[0].max() > 5e4
