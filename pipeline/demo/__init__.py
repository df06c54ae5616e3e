"""Simulated raw files of a small cathode study, for who wants to try the pipeline without a beam time.

The files are of the kinds that beamlines and laboratories write: XDI, columns with and without labels, an Athena
project, patterns as `.xy` and `.xrdml`, traces of a mass spectrometer, logs of a furnace and a cycler. They hold
counts with noise, on an energy axis that drifts, of specimens that stand a little wrong. `truth.tsv` beside them says
what went in; no analysis step reads it, only the table that compares results with it. Nothing here uses the
analysis' own models.
"""
