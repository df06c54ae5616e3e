import logging

import pytest

from pipeline.core.progress import track


def test_a_log_gets_a_few_plain_lines(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert list(track(list(range(200)), "reading")) == list(range(200))
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "reading: 0 of 200"
    assert lines[-1] == "reading: 200 of 200"
    assert len(lines) == 11


def test_a_short_list_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert list(track([1, 2], "reading")) == [1, 2]
    assert not caplog.records
