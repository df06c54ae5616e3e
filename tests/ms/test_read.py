"""Readers: what files of the field hold, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import RawDataError
from pipeline.ms.read import describe, read_beside, read_run
from pipeline.ms.read.channels import channel_names, mz_of
from pipeline.ms.read.dates import moment, order_of
from pipeline.ms.records import Flag

DATES = ("28/11/2022 13:51:12", "28/11/2022 13:51:20")


def quadera(mark=".", dates=DATES, source="run.qmp", rows=None, names=("Oxygen", "44")) -> str:
    """A small file as Quadera exports it; each channel has a clock of its own."""
    lines = [
        f"Sourcefile\t{source}",
        f"Start Time\t{dates[0]}",
        f"End Time\t{dates[1]}",
        "",
        "\t" + "".join(f"\t{name}\t\t" for name in names),
        "Time\tTime Relative [s]\tPartial Pressure [mbar]\t" * len(names),
    ]
    for k in range(3) if rows is None else ():
        cells = []
        for i in range(len(names)):
            cells += [dates[0], f"{4 * k + 0.25 * i:.3f}", f"{1.5 + k + 10 * i:.6e}"]
        lines.append("\t".join(cells).replace(".", mark))
    return "\r\n".join([*lines, *(rows or ())]) + "\r\n"


def written(folder: Path, text: str, name="run.asc", encoding="latin-1") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_each_channel_of_quadera_has_its_own_clock(tmp_path):
    run = read_run(written(tmp_path, quadera()))
    assert run.channel == ("mz_32", "mz_44")
    assert run.label == ("Oxygen", "44")
    assert run.unit == ("mbar", "mbar")
    np.testing.assert_allclose(run.time_s, [[0, 4, 8], [0.25, 4.25, 8.25]])
    np.testing.assert_allclose(run.intensity_ratio, [[1.5, 2.5, 3.5], [11.5, 12.5, 13.5]])
    assert run.start_iso == "2022-11-28T13:51:12"


def test_a_decimal_comma_is_the_same_file(tmp_path):
    comma = read_run(written(tmp_path, quadera(mark=",")))
    point = read_run(written(tmp_path, quadera()))
    np.testing.assert_array_equal(comma.intensity_ratio, point.intensity_ratio)
    np.testing.assert_array_equal(comma.time_s, point.time_s)


def test_two_decimal_marks_are_refused(tmp_path):
    row = "28/11/2022 13:51:30\t12,5\t1.5\t28/11/2022 13:51:30\t12,6\t1,5"
    with pytest.raises(RawDataError, match="comma and numbers with a point"):
        read_run(written(tmp_path, quadera() + row))


def test_a_run_that_was_stopped_ends_in_the_middle_of_a_line(tmp_path):
    run = read_run(written(tmp_path, quadera() + "28/11/2022 13:51:30\t12.000\t9.0"))
    np.testing.assert_allclose(run.time_s[0], [0, 4, 8, 12])
    assert np.isnan(run.time_s[1, 3])
    assert run.dropped_count.tolist() == [0, 0]
    assert "last line" in run.remarks[-1]


def test_values_that_are_not_finite_are_dropped_and_counted(tmp_path):
    rows = [
        "x\t12.000\t-1.#IND\tx\t12.25\t1.0",
        "x\t16.000\t2.0\tx\t16.25\tnan",
        "x\t20.000\t2.0\tx\t20.25\t1.0",
    ]
    run = read_run(written(tmp_path, quadera() + "\r\n".join(rows)))
    assert run.dropped_count.tolist() == [1, 1]
    assert np.isfinite(run.intensity_ratio).sum() == 10


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x\t8.000\t1.0\tx\t8.25\t1.0", "does not come after"),
        ("x\t12.000\tfull\tx\t12.25\t1.0", r"line 10, channel 'Oxygen'"),
        ("x\t1_2.000\t1.0\tx\t12.25\t1.0", "no time and value"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path, row, said):
    with pytest.raises(RawDataError, match=said):
        read_run(written(tmp_path, quadera() + row))


def test_a_date_that_can_be_read_in_two_ways_is_not_used(tmp_path):
    dates = ("03/04/2022 10:00:00", "03/04/2022 10:00:08")
    run = read_run(written(tmp_path, quadera(dates=dates)))
    assert run.start_iso == ""
    assert run.flags == (Flag.DATE_AMBIGUOUS,)
    asked = read_run(written(tmp_path, quadera(dates=dates)), "month_first")
    assert asked.start_iso == "2022-03-04T10:00:00"


@pytest.mark.parametrize(
    ("texts", "name", "length_s", "order"),
    [
        (("28/11/2022 10:00:00",), "", None, "day_first"),
        (("11/28/2022 10:00:00",), "", None, "month_first"),
        (("3.4.2022 10:00:00",), "", None, "day_first"),
        (("03/04/2022 10:00:00",), "20220403 run", None, "day_first"),
        (("03/04/2022 10:00:00",), "20220304 run", None, "month_first"),
        (("03/04/2022 23:00:00", "04/04/2022 01:00:00"), "", 7200.0, "day_first"),
        (("03/04/2022 23:00:00", "03/05/2022 01:00:00"), "", 7200.0, "month_first"),
        (("03/04/2022 10:00:00", "03/04/2022 11:00:00"), "", 3600.0, None),
    ],
)
def test_day_and_month_are_told_by_content(texts, name, length_s, order):
    assert order_of(texts, name, length_s) == order


def test_american_afternoons():
    assert moment("11/28/2022 1:51:12 PM", "month_first").isoformat() == "2022-11-28T13:51:12"
    assert moment("11/28/2022 12:01:00 AM", "month_first").isoformat() == "2022-11-28T00:01:00"


@pytest.mark.parametrize(
    ("label", "mz"),
    [
        *(("32", 32), ("m/z 44", 44), ("Oxygen", 32), ("Carbondioxide", 44), ("14", 14)),
        *(("Nitrogen/Carbonmonoxide", 28), ("CO2", 44), ("Sauerstoff", 32), ("Oxygen (32)", 32)),
        *(("32.00", 32), ("pressure", None), ("Oxygen/Argon", None)),
    ],
)
def test_channels_are_named_by_mass(label, mz):
    assert mz_of(label) == mz


def test_names_of_channels_are_unique():
    assert channel_names(("Nitrogen", "CO", "Total")) == ("mz_28", "mz_28_2", "channel_total")


STARE = """Title   28.11.2022 15:28

Curve Name:
  lno, 28.11.2022 14:59:27
  Performed 28.11.2022 14:59:26
  Sample Weight
{values}:
          Index              t             Ts             Tr          {value}
                           [s]           [\xb0C]           [\xb0C]           [mg]
              0              0        21.0052             25        4.17537
              1              1        21.0037        25.1667        4.17538
              2              2        21.0039        25.3333        4.17535

Results:
"""


@pytest.mark.parametrize("german", [False, True])
def test_stare_in_english_and_german(tmp_path, german):
    values, value = ("Kurvenwerte", "Wert") if german else ("Curve Values", "Value")
    text = STARE.format(values=values, value=value)
    if german:
        head, table = text.split("              0  ", 1)
        text = head + "              0  " + table.replace(".", ",")
    mass = read_run(written(tmp_path, text, "tga.txt")).mass
    np.testing.assert_allclose(mass.mass_mg, [4.17537, 4.17538, 4.17535])
    np.testing.assert_allclose(mass.temperature_c, [21.0052, 21.0037, 21.0039])
    assert mass.stamp_iso == "2022-11-28T14:59:26"


def test_a_curve_that_is_no_mass_is_refused(tmp_path):
    text = STARE.format(values="Curve Values", value="Value").replace("[mg]", "[mW]")
    with pytest.raises(RawDataError, match="mass in mg"):
        read_run(written(tmp_path, text, "dsc.txt"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_plain_tables(tmp_path, separator):
    rows = [
        ["time_s", "temperature_c", "mz_32", "mz_44", "mass_mg", "note"],
        ["0", "25", "1.5", "2", "10", "a"],
        ["5", "26", "", "3", "9.5", "b"],
        ["10", "27", "2.5", "4", "9", "c"],
    ]
    run = read_run(written(tmp_path, "\n".join(separator.join(r) for r in rows), "gas.csv"))
    assert run.channel == ("mz_32", "mz_44")
    np.testing.assert_allclose(run.time_s[0, :2], [0, 10])
    np.testing.assert_allclose(run.intensity_ratio[1], [2, 3, 4])
    np.testing.assert_allclose(run.mass.mass_mg, [10, 9.5, 9])
    assert run.dropped_count.tolist() == [1, 0]
    assert "'note' passed over" in run.remarks[0]


def test_a_table_with_clock_times(tmp_path):
    text = "time_iso,mz_32\n2022-11-28T10:00:00,1\n2022-11-28T10:00:30,2\n"
    run = read_run(written(tmp_path, text, "gas.csv"))
    assert run.start_iso == "2022-11-28T10:00:00"
    np.testing.assert_allclose(run.time_s, [[0, 30]])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"\x89HDF\r\n\x1a\n\0\0", "binary"),
        (b"PK\x03\x04\0\0", "binary"),
        (b"1 2 3\n4 5 6\n", "no file of a gas analysis"),
        (b"time_s,mz_32\n0,1\n0,2\n", "does not come after"),
        (b"time_s,mz_32\n0,one\n", "no number"),
        (b"time_s,mz_32,mz_32_a\n0,1,1\n", "stands twice"),
        (b"time_s,mz_32\n0,1,2\n", "3 cells under 2 columns"),
        (b"time_s,temperature_c,mz_32\n0,9000,1\n5,9000,1\n", "no degrees Celsius"),
    ],
)
def test_other_files_are_refused_with_a_reason(tmp_path, content, said):
    path = tmp_path / "file.asc"
    path.write_bytes(content)
    with pytest.raises(RawDataError, match=said):
        read_run(path)


def test_a_sidecar_is_one_file_with_a_temperature(tmp_path):
    oven = written(tmp_path, "time_s,temperature_c\n0,25\n60,30\n", "oven.csv")
    np.testing.assert_allclose(read_beside([oven]).temperature_c, [25, 30])
    with pytest.raises(RawDataError, match="2 sidecar files"):
        read_beside([oven, oven])
    with pytest.raises(RawDataError, match="no mass spectrum of its own"):
        read_beside([written(tmp_path, quadera())])


def test_inspect_tells_the_channels(tmp_path):
    told = dict(describe(written(tmp_path, quadera())))
    assert told["channels"] == "mz_32 (Oxygen), mz_44 (44)"
