"""GSAS-II, doi:10.1107/S0021889813003531, in an interpreter of its own: found, started, asked one job after the other."""

from pipeline.rietveld.engines.gsas2.find import Found, Looked, find_gsas2
from pipeline.rietveld.engines.gsas2.session import opened_gsas2

__all__ = ["Found", "Looked", "find_gsas2", "opened_gsas2"]
