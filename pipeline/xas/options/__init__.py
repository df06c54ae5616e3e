"""The `xas` part of a study file: one block of options per edge, and overrides per data set."""

from pipeline.core.options import SidecarOptions
from pipeline.xas.options.calibrate import CalibrateOptions
from pipeline.xas.options.checks import check
from pipeline.xas.options.edges import EDGE_KEY, EdgeOptions, XasOptions, edge_key
from pipeline.xas.options.exafs import ExafsOptions
from pipeline.xas.options.fits import CombinationOptions, LcfOptions, ValenceOptions
from pipeline.xas.options.normalise import NormaliseOptions, OverAbsorptionOptions
from pipeline.xas.options.position import PositionOptions
from pipeline.xas.options.prepare import PrepareOptions
from pipeline.xas.options.series import McrOptions, PcaOptions

ROLES = ("sample", "standard", "foil")
MODES = ("transmission", "fluorescence", "reference")
REQUIRED_COLUMNS = ("element", "edge", "mode")
OPTIONS = XasOptions

__all__ = [
    "EDGE_KEY",
    "MODES",
    "OPTIONS",
    "REQUIRED_COLUMNS",
    "ROLES",
    "CalibrateOptions",
    "CombinationOptions",
    "EdgeOptions",
    "ExafsOptions",
    "LcfOptions",
    "McrOptions",
    "NormaliseOptions",
    "OverAbsorptionOptions",
    "PcaOptions",
    "PositionOptions",
    "PrepareOptions",
    "SidecarOptions",
    "ValenceOptions",
    "XasOptions",
    "check",
    "edge_key",
]
