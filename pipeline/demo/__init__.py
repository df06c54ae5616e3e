"""Simulated raw files of a small cathode study, for who wants to try the pipeline without a beam time.

The files are of the kinds that beamlines write (XDI, columns with and without labels, an Athena
project), counts with noise on an energy axis that drifts. `truth.tsv` beside them says what went
in; no analysis step reads it, only the table that compares results with it.
"""
