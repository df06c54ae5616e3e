"""The engines that refine: rietx in our own interpreter, GSAS-II in an interpreter of its own."""

from pipeline.rietveld.engines.choose import Engine, opened

__all__ = ["Engine", "opened"]
