"""Times of scans from a log beside them."""

import math

import pytest

from pipeline.formats.powder.scan_log import times_in

LOG = """scan_number,cell,start_time,end_time
12,a,2025-07-02 19:05:59,2025-07-02 19:06:59
120,a,2025-07-02 19:15:03.5,2025-07-02 19:15:33.5
"""
LABELS = ["12_summed", "120_summed"]


def test_a_scan_is_named_by_a_whole_number() -> None:
    assert times_in(LOG, LABELS) == {
        "12_summed": ("2025-07-02T19:05:59", 60.0),
        "120_summed": ("2025-07-02T19:15:03.500000", 30.0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a,b\n1,2\n",
        LOG.replace("start_time", "when"),
        LOG.replace("12,", "13,").replace("120,", "130,"),
        LOG.replace("2025-07-02", "02/07/2025"),
        LOG + LOG.partition("\n")[2],
    ],
)
def test_what_is_no_log_of_these_scans_gives_no_time(text: str) -> None:
    assert times_in(text, LABELS) == {}


def test_without_an_end_the_length_is_unknown() -> None:
    [(start, length_s), _] = times_in(LOG.replace("end_time", "note"), LABELS).values()
    assert start == "2025-07-02T19:05:59"
    assert math.isnan(length_s)
