"""NeXus and HDF5: stacks as pyFAI writes them, single patterns, and what is refused."""

from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.formats.powder import Unread, read_frames, read_patterns
from tests.formats.powder_files import ANGLES, COUNTS

STACK = np.stack([COUNTS * (1 + i) for i in range(5)])
WAVELENGTH = 0.4522


def nexus(
    path: Path,
    axis: np.ndarray = ANGLES,
    axis_name: str = "2th",
    unit: str = "2th_deg",
    signal: np.ndarray = STACK,
    errors: np.ndarray | None = None,
    axes: tuple[str, ...] | None = None,
) -> None:
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry_0000")
        entry.attrs["NX_class"] = "NXentry"
        entry["start_time"] = "2024-05-01T10:00:00"
        entry["instrument/monochromator/wavelength"] = WAVELENGTH
        entry["instrument/monochromator/wavelength"].attrs["units"] = "angstrom"
        data = entry.create_group("pyFAI/results")
        data.attrs["NX_class"] = "NXdata"
        data.attrs["signal"] = "intensity"
        data.attrs["axes"] = axes or ([".", axis_name] if signal.ndim == 2 else [axis_name])
        data.create_dataset("intensity", data=signal, **hdf5plugin.Bitshuffle())
        data[axis_name] = axis
        data[axis_name].attrs["unit"] = unit
        if errors is not None:
            data["intensity_errors"] = errors
        data["time"] = 30.0 * np.arange(len(signal))
        data["time"].attrs["units"] = "s"
        data["temperature"] = 300.15 + np.arange(len(signal))
        data["temperature"].attrs["units"] = "K"
        image = entry.create_group("image")
        image.attrs["NX_class"] = "NXdata"
        image.attrs["signal"] = "data"
        image["data"] = np.zeros((4, 7))


def test_a_stack_of_pyfai(tmp_path: Path) -> None:
    path = tmp_path / "stack.h5"
    nexus(path, errors=np.sqrt(STACK))
    patterns = read_patterns(path, "stack.h5")
    assert [p.label for p in patterns] == [f"stack {i}" for i in range(1, 6)]
    for i, pattern in enumerate(patterns):
        np.testing.assert_array_equal(pattern.two_theta_deg, ANGLES)
        np.testing.assert_array_equal(pattern.intensity_counts, STACK[i])
        np.testing.assert_array_equal(pattern.sigma_counts, np.sqrt(STACK[i]))
        assert pattern.temperature_c == pytest.approx(27 + i)
        assert pattern.time_iso == f"2024-05-01T10:0{i // 2}:{30 * (i % 2):02d}"
        assert pattern.radiation is not None
        assert pattern.radiation.wavelength_angstrom == WAVELENGTH
    assert patterns[0].two_theta_deg is patterns[4].two_theta_deg
    [third] = read_patterns(path, "stack.h5", select="3")
    np.testing.assert_array_equal(third.intensity_counts, STACK[2])


@pytest.mark.parametrize(("unit", "scale"), [("q_A^-1", 1.0), ("q_nm^-1", 10.0), ("1/nm", 10.0)])
def test_q_becomes_angles_at_the_files_wavelength(tmp_path: Path, unit: str, scale: float) -> None:
    q = scale * 4 * np.pi * np.sin(np.radians(ANGLES / 2)) / WAVELENGTH
    nexus(tmp_path / "s.h5", q, "q", unit)
    pattern = read_patterns(tmp_path / "s.h5", "s.h5")[0]
    np.testing.assert_allclose(pattern.two_theta_deg, ANGLES, rtol=1e-12)


def test_frames_may_be_the_last_dimension(tmp_path: Path) -> None:
    nexus(tmp_path / "s.h5", signal=STACK.T, axes=("2th", "."))
    with h5py.File(tmp_path / "s.h5", "r+") as file:
        for name in ("time", "temperature"):
            del file[f"entry_0000/pyFAI/results/{name}"]
    patterns = read_patterns(tmp_path / "s.h5", "s.h5")
    assert len(patterns) == 5
    np.testing.assert_array_equal(patterns[3].intensity_counts, STACK[3])


def test_a_file_without_classes(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["I"] = COUNTS
        file["tth"] = ANGLES
        file["sigma"] = np.sqrt(COUNTS)
    [pattern] = read_patterns(tmp_path / "s.h5", "s.h5")
    np.testing.assert_array_equal(pattern.intensity_counts, COUNTS)
    assert pattern.sigma_counts is not None


def test_empty_bins_at_the_ends_are_left_out_and_a_damaged_frame_costs_itself(
    tmp_path: Path,
) -> None:
    stack = STACK.copy()
    stack[:, :3] = np.nan
    stack[2, 50] = np.nan
    nexus(tmp_path / "s.h5", signal=stack)
    frames = read_frames(tmp_path / "s.h5", "s.h5")
    assert not any(isinstance(frame, Unread) for frame in frames)
    first, *_ = read_patterns(tmp_path / "s.h5", "s.h5")
    assert first.two_theta_deg.size == 97
    assert "3 empty bins at the ends left out" in first.remarks


def test_what_holds_no_pattern_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "image.h5", "w") as file:
        file["data"] = np.zeros((10, 10))
        file["energy"] = np.arange(10.0)
    with pytest.raises(RawDataError, match="holds no pattern.*pyFAI"):
        read_patterns(tmp_path / "image.h5", "image.h5")
    nexus(tmp_path / "s.h5")
    content = (tmp_path / "s.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    with pytest.raises(RawDataError, match="damaged, was cut short"):
        read_patterns(tmp_path / "cut.h5", "cut.h5")


def test_of_several_groups_the_default_is_read_or_one_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    with h5py.File(path, "w") as file:
        for k, name in enumerate(("first", "second"), start=1):
            data = file.create_group(f"entry/{name}")
            data.attrs["NX_class"], data.attrs["signal"] = "NXdata", "intensity"
            data.attrs["axes"] = "two_theta"
            data["intensity"], data["two_theta"] = COUNTS * k, ANGLES
    with pytest.raises(RawDataError, match="2 groups hold patterns.*/entry/first, /entry/second"):
        read_patterns(path, "s.h5")
    [second] = read_patterns(path, "s.h5", select="/entry/second")
    np.testing.assert_array_equal(second.intensity_counts, 2 * COUNTS)
    with pytest.raises(RawDataError, match="holds no pattern; these do"):
        read_patterns(path, "s.h5", select="/entry/third")
    with h5py.File(path, "r+") as file:
        file.attrs["default"], file["entry"].attrs["default"] = "entry", "first"
    np.testing.assert_array_equal(read_patterns(path, "s.h5")[0].intensity_counts, COUNTS)


def test_a_wavelength_in_pyfais_configuration(tmp_path: Path) -> None:
    nexus(tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5", "r+") as file:
        del file["entry_0000/instrument"]
        file["entry_0000/pyFAI/configuration/data"] = '{"wavelength": 4.1e-11, "poni": "x"}'
    used = read_patterns(tmp_path / "s.h5", "s.h5")[0].radiation
    assert used is not None
    assert used.wavelength_angstrom == pytest.approx(0.41)


@pytest.mark.parametrize(
    ("space", "symbol", "axis"),
    [
        ("2th", "\u00b0", ANGLES),
        ("2th", "rad", np.radians(ANGLES)),
        ("q", "nm^{-1}", 40 * np.pi * np.sin(np.radians(ANGLES / 2)) / WAVELENGTH),
        ("q", r"\AA^{-1}", 4 * np.pi * np.sin(np.radians(ANGLES / 2)) / WAVELENGTH),
    ],
)
def test_the_axis_as_pyfais_writer_names_it(
    tmp_path: Path, space: str, symbol: str, axis: np.ndarray
) -> None:
    """The dataset is `radial`, which is not radian; the unit is a symbol, the wavelength in the configuration."""
    with h5py.File(tmp_path / "s.h5", "w") as file:
        data = file.create_group("entry_0000/integrate/results")
        data.attrs["NX_class"], data.attrs["signal"] = "NXdata", "intensity"
        data.attrs["axes"] = [".", "radial"]
        data["intensity"], data["intensity_errors"], data["radial"] = STACK, np.sqrt(STACK), axis
        data["radial"].attrs["unit"], data["radial"].attrs["name"] = symbol, space
        data["radial"].attrs["long_name"] = f"Diffraction radial direction {space} ({symbol})"
        configuration = '{"poni": {"wavelength": 4.522e-11},\r\n"unit": "x"}'
        file["entry_0000/integrate/configuration/data"] = configuration
        file.attrs["default"] = "entry_0000"
        file["entry_0000"].attrs["default"] = "integrate/results"
    patterns = read_patterns(tmp_path / "s.h5", "s.h5")
    assert len(patterns) == 5
    np.testing.assert_allclose(patterns[1].two_theta_deg, ANGLES, rtol=1e-9)
    assert patterns[1].sigma_counts is not None
    assert patterns[1].radiation is not None
    assert patterns[1].radiation.wavelength_angstrom == pytest.approx(WAVELENGTH)


def test_sectors_of_azimuth_are_no_frames(tmp_path: Path) -> None:
    nexus(tmp_path / "s.h5", axes=("chi", "2th"))
    with pytest.raises(RawDataError, match="sectors of azimuth"):
        read_patterns(tmp_path / "s.h5", "s.h5")


def test_circles_of_links_end(tmp_path: Path) -> None:
    nexus(tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5", "r+") as file:
        for name in ("again", "once_more", "and_again"):
            file["entry_0000/pyFAI"][name] = file["entry_0000"]
        file["entry_0000/lost"] = h5py.ExternalLink("nowhere.h5", "/data")
        file["entry_0000/soft"] = h5py.SoftLink("/entry_0000/pyFAI/results")
    assert len(read_patterns(tmp_path / "s.h5", "s.h5")) == 5
