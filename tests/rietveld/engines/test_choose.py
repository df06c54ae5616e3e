"""Engines that are opened: an answer must not hang on how many cores there are."""

from pathlib import Path

from threadpoolctl import threadpool_info

from pipeline.rietveld.engines import opened
from pipeline.rietveld.options import Gsas2Options


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_sums_are_not_shared_out_among_threads(tmp_path: Path) -> None:
    with opened("rietx", Gsas2Options(), tmp_path):
        pass  # loads all libraries
    before = blas_threads()
    with opened("rietx", Gsas2Options(), tmp_path) as engines:
        assert [engine.name for engine in engines] == ["rietx"]
        assert blas_threads() == {1}
    assert blas_threads() == before
