"""What GSAS-II's process answers, as a fit or a failure."""

from __future__ import annotations

from typing import Any

from pipeline.rietveld.interface import Failure, Fit, loaded

ENGINE = "gsas2"


def fit_of(answer: dict[str, Any], version: str) -> Fit | Failure:
    """Make a fit of an answer.

    Args:
        answer: what the driver answered: `failure`, or the fields of a fit.
        version: GSAS-II's version.
    """
    if "failure" in answer:
        return Failure(ENGINE, version, "engine_failed", str(answer["failure"]))
    return loaded({**answer, "engine": ENGINE, "version": version}, Fit)
