"""Athena projects in Perl and in JSON."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.core.study import Dataset
from pipeline.xas.read import athena, perl, read_scans, read_series
from pipeline.xas.read.source import read_text
from pipeline.xas.records import FailedScan, RawScan, ScanStatus

PRJ = "xas/larch/athena_prj"
NIO_SHIFTS = (1.252, 4.911, 5.426, 5.674, 5.876, 6.006, 6.422, 6.554, 6.629, 6.585)


def row(select: str = "", element: str = "Ni", mode: str = "transmission") -> Dataset:
    return Dataset("d", "xas", "sample", "x", select=select, element=element, edge="K", mode=mode)


def good(path: Path, dataset: Dataset) -> list[RawScan]:
    scans = read_scans(path, path.name, dataset)
    assert all(isinstance(scan, RawScan) for scan in scans)
    return [scan for scan in scans if isinstance(scan, RawScan)]


@pytest.mark.data
def test_nio_scans_with_their_shifts_and_references(data_dir: Path) -> None:
    scans = good(data_dir / PRJ / "NiO.prj", row("NiO.0*"))
    assert [scan.label for scan in scans] == [
        f"NiO.{i:03d}" for i in (0, 1, 2, 3, 4, 6, 7, 8, 9, 10)
    ]
    assert tuple(scan.file_shift_ev for scan in scans) == NIO_SHIFTS
    for scan in scans:
        assert (scan.element, scan.edge, scan.is_normalised) == ("Ni", "K", False)
        # Raw energies: the first is 8133.000 in every scan, whatever Athena's shift.
        assert scan.energy_ev[0] == pytest.approx(8133.0, abs=0.01)
        assert scan.reference_mu is not None
        assert np.ptp(scan.reference_mu) == pytest.approx(1.0, abs=0.3)
        assert not np.allclose(scan.reference_mu, scan.mu)


@pytest.mark.data
def test_one_scan_that_was_imported_twice_is_one_scan(data_dir: Path) -> None:
    path = data_dir / PRJ / "NiO.prj"
    groups = athena.parse(read_text(path, "NiO.prj"), "NiO.prj")
    assert [g.label for g in groups].count("NiO.000") == 2
    assert len(good(path, row("NiO.000"))) == 1


@pytest.mark.data
def test_empty_select_takes_the_element_without_references(data_dir: Path) -> None:
    labels = [scan.label for scan in good(data_dir / PRJ / "NiO.prj", row())]
    assert len(labels) == 11
    assert labels[-1] == "NiO"
    with pytest.raises(
        RawDataError, match=r"none of its 24 groups is mu\(E\) of Mn: NiO.000 \(Ni\)"
    ):
        read_scans(data_dir / PRJ / "NiO.prj", "NiO.prj", row(element="Mn"))


@pytest.mark.data
def test_mode_reference_reads_the_foil(data_dir: Path) -> None:
    path = data_dir / PRJ / "NiO.prj"
    [sample] = good(path, row("NiO.003"))
    [foil] = good(path, row("NiO.003", mode="reference"))
    [named] = good(path, row("Ref NiO.003"))
    assert sample.reference_mu is not None
    np.testing.assert_array_equal(foil.mu, sample.reference_mu)
    np.testing.assert_array_equal(named.mu, sample.reference_mu)


@pytest.mark.data
def test_mn_labels_and_shifts(data_dir: Path) -> None:
    path = data_dir / PRJ / "Mn.prj"
    scans = good(path, row(element="Mn"))
    assert [scan.label for scan in scans] == [
        *("Mn foil", "MnO", "MnOx", "Mn2O3x", "Li2MnO3", "MnCl2", "Mn Oxalate", "Rhodochrosite"),
        *("g-MnOOH", "Psilomelane", "Pyrolusite", "Ramsdellite", "Todorokite", "Mn3O4"),
    ]
    shifts = {scan.label: scan.file_shift_ev for scan in scans}
    assert shifts["Mn3O4"] == 19.1
    assert shifts["MnO"] == pytest.approx(1.2982)
    chosen = good(path, row("Mn2O3x; Pyro*|Mn3O4", element="Mn"))
    assert [scan.label for scan in chosen] == ["Mn2O3x", "Pyrolusite", "Mn3O4"]


@pytest.mark.data
def test_an_unknown_group_is_refused_with_the_nearest_name(data_dir: Path) -> None:
    with pytest.raises(RawDataError, match=r"no group is named 'Mn2O3'.*Did you mean 'Mn2O3x'\?"):
        read_scans(data_dir / PRJ / "Mn.prj", "Mn.prj", row("Mn2O3", element="Mn"))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "n_groups", "last_label", "n_points"),
    [
        ("json_unzipped.prj", 4, "merge", 441),
        ("Ni_FeNiS20_RT.prj", 8, "fenis_ni_rt_xafs_010", 351),
        ("FeXAFS_Glasses.prj", 8, "fe_hl7.001", 348),
        ("align_merge.prj", 3, "Fe/Ga alloy scan 3", 341),
        ("Fe-K-ALS-10.3.2.prj", 8, "Olivine (Fo80)", 378),
    ],
)
def test_perl_and_json_gzipped_and_plain(
    data_dir: Path, name: str, n_groups: int, last_label: str, n_points: int
) -> None:
    groups = athena.parse(read_text(data_dir / PRJ / name, name), name)
    assert len(groups) == n_groups
    assert groups[-1].label == last_label
    assert groups[-1].x.size == n_points


@pytest.mark.data
def test_a_label_with_brackets_is_found_by_its_own_name(data_dir: Path) -> None:
    path = data_dir / PRJ / "Fe-K-ALS-10.3.2.prj"
    assert [s.label for s in good(path, row("Olivine (Fo0)", element="Fe"))] == ["Olivine (Fo0)"]


@pytest.mark.data
def test_code_in_a_project_is_passed_over(data_dir: Path) -> None:
    path = data_dir / PRJ / "danger.prj"
    assert "system(" in path.read_text()
    [scan] = good(path, row(element="Fe"))
    assert scan.energy_ev.size == 341


@pytest.mark.data
def test_a_project_that_was_cut_off_is_refused(data_dir: Path, tmp_path: Path) -> None:
    packed = (data_dir / PRJ / "NiO.prj").read_bytes()
    (tmp_path / "cut.prj").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(RawDataError, match="gzip packing is damaged or cut short"):
        read_scans(tmp_path / "cut.prj", "cut.prj", row())
    text = gzip.decompress(packed)
    (tmp_path / "plain.prj").write_bytes(text[: len(text) // 2])
    with pytest.raises(RawDataError, match=r"not a whole Athena project|was cut off"):
        read_scans(tmp_path / "plain.prj", "plain.prj", row())


ENERGY = np.linspace(8200, 8600, 81)
MU = np.arctan((ENERGY - 8345) / 2)


def project(*groups: tuple[str, dict[str, str], np.ndarray, np.ndarray]) -> str:
    """A Perl project of groups `(id, args, x, y)`."""
    lines = ["# Athena project file -- Demeter version 0.9.26", ""]
    for name, args, x, y in groups:
        pairs = {"bkg_z": "Ni", "fft_edge": "k", "recordtype": "mu(E)"} | args
        flat = ",".join(f"'{k}','{v}'" for k, v in pairs.items())
        lines += [f"$old_group = '{name}';", f"@args = ({flat});"]
        for array, values in (("x", x), ("y", y)):
            lines.append(f"@{array} = (" + ",".join(f"'{v:.9g}'" for v in values) + ");")
        lines += ["[record]", ""]
    return "\n".join([*lines, "1;"])


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "p.prj"
    path.write_text(text)
    return path


def test_groups_of_chi_are_refused_alone(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        project(
            ("aa", {"label": "one"}, ENERGY, MU),
            ("bb", {"label": "one chi", "recordtype": "chi(k)"}, ENERGY, 2 * MU),
            ("cc", {"label": "old chi", "is_chi": "1", "recordtype": ""}, ENERGY, 3 * MU),
        ),
    )
    series = read_series(row("one*;old*"), [(path, "p.prj")])
    assert series.status == (ScanStatus.OK, ScanStatus.UNREADABLE, ScanStatus.UNREADABLE)
    assert "chi(k), not mu(E)" in series.reason[1]
    assert len(good(path, row())) == 1


def test_square_brackets_in_a_label_are_no_pattern(tmp_path: Path) -> None:
    text = project(("aa", {"label": "s [1]"}, ENERGY, MU), ("bb", {"label": "s 1"}, ENERGY, 2 * MU))
    path = written(tmp_path, text)
    assert [scan.label for scan in good(path, row("s [1]"))] == ["s [1]", "s 1"]
    assert [scan.label for scan in good(path, row("s 1"))] == ["s 1"]


def test_normalised_groups_say_so(tmp_path: Path) -> None:
    text = project(("aa", {"label": "n", "recordtype": "norm(E)"}, ENERGY, MU))
    assert good(written(tmp_path, text), row())[0].is_normalised


@pytest.mark.parametrize("link_on", ["scan", "reference"])
def test_a_reference_on_another_grid_is_interpolated(tmp_path: Path, link_on: str) -> None:
    grid = np.linspace(8150, 8650, 501)
    text = project(
        ("aa", {"label": "s", "referencegroup": "bb" if link_on == "scan" else ""}, ENERGY, MU),
        ("bb", {"label": "  Ref s", "referencegroup": "aa"}, grid, 2 * grid),
    )
    [scan] = good(written(tmp_path, text), row())
    assert scan.reference_mu is not None
    np.testing.assert_allclose(scan.reference_mu, 2 * ENERGY, rtol=1e-7)


def test_without_a_reference_mode_reference_fails(tmp_path: Path) -> None:
    path = written(tmp_path, project(("aa", {"label": "s"}, ENERGY, MU)))
    [scan] = read_scans(path, "p.prj", row(mode="reference"))
    assert isinstance(scan, FailedScan)
    assert "no reference channel" in scan.reason


def test_energies_and_values_of_different_number_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, project(("aa", {"label": "s"}, ENERGY, MU[:-3])))
    with pytest.raises(RawDataError, match="group 's': 81 energies and 78 values"):
        read_scans(path, "p.prj", row())


def test_damaged_json_is_refused(tmp_path: Path) -> None:
    group = {"args": {"label": "s", "bkg_z": "Ni"}, "x": list(ENERGY), "y": list(MU)}
    text = json.dumps({"_____header1": "# Athena project file", "aa": group, "_____order": ["aa"]})
    assert len(good(written(tmp_path, text), row())) == 1
    with pytest.raises(RawDataError, match="not a whole Athena project"):
        read_scans(written(tmp_path, text[:-30]), "p.prj", row())


def test_columns_make_no_sense_for_a_project(tmp_path: Path) -> None:
    path = written(tmp_path, project(("aa", {"label": "s"}, ENERGY, MU)))
    dataset = Dataset("d", "xas", "sample", "x", element="Ni", edge="K", columns={"energy": "1"})
    with pytest.raises(RawDataError, match="groups, not columns"):
        read_scans(path, "p.prj", dataset)


def test_perl_literals() -> None:
    text = r"""
$name = 'it\'s';
@args = ('a',1,'list',['x','y'],'hash',{'k' => undef},'text','
@x = (1,2);
');
@journal = system("rm");
%more = ("q",-1.5e-3);
"""
    assert list(perl.statements(text)) == [
        ("name", "it's"),
        ("args", ["a", "1", "list", ["x", "y"], "hash", ["k", ""], "text", "\n@x = (1,2);\n"]),
        ("more", ["q", "-1.5e-3"]),
    ]
    with pytest.raises(ValueError, match="line 1 does not end"):
        list(perl.statements("@x = ('1','2',"))
