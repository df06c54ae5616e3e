"""Frozen records of X-ray absorption, named after the state of the data.

Series are 2-D, `(n_scans, n_points)`; scans of different length are padded with NaN at the end.
A scan that failed keeps its row: NaN, a status and a reason.
"""

from pipeline.core.covariates import Covariates
from pipeline.xas.records.combinations import LcfCombinations
from pipeline.xas.records.decompositions import McrResult, PcaResult
from pipeline.xas.records.edge_line import EdgeLine
from pipeline.xas.records.exafs import ExafsSeries
from pipeline.xas.records.fits import LcfResult, ValenceResult, Valences
from pipeline.xas.records.prepared import Glitches
from pipeline.xas.records.scans import FailedScan, RawScan, RawSeries
from pipeline.xas.records.series import (
    CalibratedSeries,
    EdgeEnergies,
    FoilTemplate,
    NormalisedSeries,
)
from pipeline.xas.records.status import Flag, Flags, ScanStatus

__all__ = [
    "CalibratedSeries",
    "Covariates",
    "EdgeEnergies",
    "EdgeLine",
    "ExafsSeries",
    "FailedScan",
    "Flag",
    "Flags",
    "FoilTemplate",
    "Glitches",
    "LcfCombinations",
    "LcfResult",
    "McrResult",
    "NormalisedSeries",
    "PcaResult",
    "RawScan",
    "RawSeries",
    "ScanStatus",
    "ValenceResult",
    "Valences",
]
