"""The pipeline's own readers, told by the demo's table, find the simulated scans."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.study import Dataset
from pipeline.demo.study import ALL, FOILS, Series
from pipeline.demo.write import write
from pipeline.xas.read import read_series
from pipeline.xas.records import ScanStatus

SEED = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write(folder, SEED)
    return folder


def dataset(root: Path, name: str) -> Dataset:
    with (root / "config" / "demo.tsv").open(encoding="utf-8", newline="") as stream:
        row = next(r for r in csv.DictReader(stream, delimiter="\t") if r["dataset"] == name)
    columns = dict(pair.split("=") for pair in row["columns"].split())
    words = ("technique", "role", "path", "select", "element", "edge", "mode")
    return Dataset(name, **{word: row[word] for word in words}, columns=columns)


@pytest.mark.parametrize("series", ALL, ids=lambda s: s.dataset)
def test_scans_come_back(root: Path, folder: Path, series: Series) -> None:
    asked = dataset(root, series.dataset)
    files = [(path, path.name) for path in sorted(folder.glob(asked.path))]
    read = read_series(asked, files)
    scans = series.measure(SEED)
    for n, scan in enumerate(scans):
        if n == series.broken:
            assert read.status[n] is ScanStatus.UNREADABLE
            assert "was the file cut off?" in read.reason[n]
            continue
        assert read.status[n] is ScanStatus.OK, read.reason[n]
        np.testing.assert_array_equal(read.energy_ev[n], scan.energy_ev)
        mu = np.log(scan.i0_counts / scan.it_counts)
        np.testing.assert_allclose(read.mu[n], mu, atol=1e-8)
        if series in FOILS:
            assert np.isnan(read.reference_mu).all()
        else:
            reference_mu = np.log(scan.it_counts / scan.ir_counts)
            np.testing.assert_allclose(read.reference_mu[n], reference_mu, atol=1e-8)
