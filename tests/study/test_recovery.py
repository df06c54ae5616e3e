from pathlib import Path

import pytest

from pipeline.core.errors import AnalysisError
from pipeline.study.recovery import recovery_table

TRUTH = "quantity\ttable\tdataset\tscan\tcomponent\tcolumn\tsigma_column\ttruth\n"


def test_a_pull_is_the_difference_in_sigma(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "dataset,scan,f,s,flags\na,0,0.5,0.1,\na,1,0.9,0.1,x\nb,0,,,y\n"
    )
    (tmp_path / "truth.tsv").write_text(
        TRUTH + "one\tt.csv\ta\t0\t\tf\ts\t0.3\ntwo\tt.csv\tb\t0\t\tf\ts\t0.3\n"
    )
    table = recovery_table(tmp_path / "truth.tsv", tmp_path)
    assert table.columns[:5] == ("quantity", "truth", "result", "sigma", "pull")
    assert table.rows[0][:4] == ("one", 0.3, 0.5, 0.1)
    assert table.rows[0][4] == pytest.approx(2.0)
    assert table.rows[1] == ("two", 0.3, None, None, None, "y")


def test_several_sigmas_add_up_in_quadrature(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("dataset,scan,f,s,c,flags\na,0,0.5,0.3,0.4,\na,1,0.5,0.3,,\n")
    lines = (f"{n}\tt.csv\ta\t{n}\t\tf\ts+c\t1.5\n" for n in (0, 1))
    (tmp_path / "truth.tsv").write_text(TRUTH + "".join(lines))
    known, unknown = recovery_table(tmp_path / "truth.tsv", tmp_path).rows
    assert known[3:5] == pytest.approx((0.5, -2.0))
    assert unknown[3:5] == (None, None)


def test_a_row_is_found_by_the_keys_that_the_truth_gives(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "dataset,frame,phase,hkl,f,s,flags\na,0,X,003,0.5,0.1,\na,0,X,104,0.7,0.1,\na,1,X,003,0.9,0.1,\n"
    )
    (tmp_path / "truth.tsv").write_text(
        "quantity\ttable\tdataset\tscan\tcomponent\tframe\tphase\thkl\tcolumn\tsigma_column\ttruth\n"
        "one\tt.csv\ta\t\t\t0\tX\t104\tf\ts\t0.6\n"
        "two\tt.csv\ta\t\t\t1\t\t\tf\ts\t0.6\n"
    )
    one, two = recovery_table(tmp_path / "truth.tsv", tmp_path).rows
    assert (one[2], two[2]) == (0.7, 0.9)
    assert (one[4], two[4]) == pytest.approx((1.0, 3.0))


def test_what_two_engines_found_is_compared_twice(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "dataset,scan,engine,f,s,flags\na,0,rietx,0.5,0.1,\na,0,gsas2,0.7,0.1,\n"
    )
    (tmp_path / "truth.tsv").write_text(TRUTH + "one\tt.csv\ta\t0\t\tf\ts\t0.6\n")
    first, second = recovery_table(tmp_path / "truth.tsv", tmp_path).rows
    assert (first[0], second[0]) == ("one (rietx)", "one (gsas2)")
    assert (first[4], second[4]) == pytest.approx((-1.0, 1.0))
    with (tmp_path / "t.csv").open("a") as handle:
        handle.write("a,0,gsas2,0.7,0.1,\n")
    with pytest.raises(AnalysisError, match="'one' has 3 rows in t.csv, not one"):
        recovery_table(tmp_path / "truth.tsv", tmp_path)


def test_a_quantity_that_no_table_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("dataset,scan,f,s,flags\n")
    (tmp_path / "truth.tsv").write_text(TRUTH + "one\tt.csv\ta\t0\t\tf\ts\t0.3\n")
    with pytest.raises(AnalysisError, match="'one' has 0 rows in t.csv, not one"):
        recovery_table(tmp_path / "truth.tsv", tmp_path)
