"""Programs that know the formats read back what was simulated."""

import gzip
from pathlib import Path

import larch.io
import numpy as np
import pytest

from pipeline.demo.beamline import Scan
from pipeline.demo.study import ALL, FOILS, Series
from pipeline.demo.write import contents, write

SEED = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write(folder, SEED)
    return folder


IN_FILES = [series for series in ALL if series.writer]
IN_PROJECTS = sorted({series.project for series in ALL if series.project})


def in_files(series: Series) -> list[tuple[str, Scan]]:
    scans = enumerate(series.measure(SEED))
    return [(series.path(n), scan) for n, scan in scans if n != series.broken]


@pytest.mark.parametrize("series", IN_FILES, ids=lambda s: s.dataset)
def test_columns_hold_energy_and_counts(folder: Path, series: Series) -> None:
    for name, scan in in_files(series):
        columns = np.loadtxt(folder / name, unpack=True)
        counts = (scan.i0_counts, scan.it_counts, scan.ir_counts)[: len(columns) - 1]
        np.testing.assert_array_equal(columns, [scan.energy_ev, *counts])
    assert len(columns) == (3 if series in FOILS else 4)


@pytest.mark.parametrize("series", [s for s in ALL if s.suffix == ".xdi"], ids=lambda s: s.dataset)
def test_xdi(folder: Path, series: Series) -> None:
    for name, scan in in_files(series):
        group = larch.io.read_xdi(str(folder / name))
        assert (group.element, group.edge) == (series.specimen.edge.element, "K")
        np.testing.assert_array_equal(group.energy, scan.energy_ev)
        np.testing.assert_array_equal(group.itrans, scan.it_counts)


def test_labels_of_columns(folder: Path) -> None:
    group = larch.io.read_ascii(str(folder / "conv_100_01.dat"))
    assert group.array_labels == ["energy", "i0", "itrans", "irefer"]


@pytest.mark.parametrize("file", IN_PROJECTS)
def test_athena_project(folder: Path, file: str) -> None:
    project = larch.io.read_athena(str(folder / file), do_preedge=False)
    groups = {group.label: group for group in project.groups.values()}
    by_id = {group.athena_id: label for label, group in groups.items()}
    held = [series for series in ALL if series.project == file]
    assert len(groups) == 2 * sum(series.n_scans for series in held)
    for series in held:
        for n, scan in enumerate(series.measure(SEED)):
            label = f"{series.title} scan {n + 1}"
            group, foil = groups[label], groups[f"  Ref {label}"]
            assert by_id[group.athena_params.referencegroup] == foil.label
            assert by_id[foil.athena_params.referencegroup] == label
            assert group.athena_params.bkg.eshift == 0
            mu = np.log(scan.i0_counts / scan.it_counts)
            reference_mu = np.log(scan.it_counts / scan.ir_counts)
            np.testing.assert_array_equal(group.energy, scan.energy_ev)
            np.testing.assert_allclose(group.mu, mu, atol=1e-8)
            np.testing.assert_allclose(foil.mu, reference_mu, atol=1e-8)
            np.testing.assert_array_equal(group.i0, scan.i0_counts)


def test_athena_project_is_a_gzip_file_of_several_blocks() -> None:
    packed = contents(SEED)["standards.prj"]
    text = gzip.decompress(packed)
    assert len(text) > 2 * 0xFFFF
    assert text.startswith(b"# Athena project file -- Demeter version")
    assert packed[4:8] == bytes(4)  # no time


def test_the_broken_file_ends_inside_a_number(folder: Path) -> None:
    (series,) = (s for s in ALL if s.broken is not None)
    whole, cut = ((folder / series.path(n)).read_bytes() for n in (0, series.broken))
    assert len(cut) < len(whole) / 2
    assert not cut.endswith(b"\n")
