"""Rows of tables: what is said of a line is said in its row alone."""

from dataclasses import replace

from pipeline.core.study import Dataset
from pipeline.xrd.records import Flag
from pipeline.xrd.rows import PEAK_COLUMNS, peak_rows
from tests.xrd import build


def test_a_line_does_not_carry_the_remarks_of_another():
    tracks = build.tracks(build.at_rest())
    marks = ("fit_poor+lines_merged", *tracks.line_flags[0][1:])
    flags = ((Flag.FILE_REMARK, Flag.FIT_POOR, Flag.LINES_MERGED),)
    tracks = replace(tracks, line_flags=(marks,), flags=flags)
    dataset = Dataset("cold", "xrd", "sample", "cold.xy", mode="debye-scherrer")
    found = [row[PEAK_COLUMNS.index("flags")] for row in peak_rows(dataset, tracks)]
    assert found[0] == "fit_poor;lines_merged;file_remark"
    assert found[1] == "file_remark"
