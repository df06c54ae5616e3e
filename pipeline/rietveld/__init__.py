"""Rietveld refinement: cell, atoms and cation mixing of layered oxides, and weight fractions of mixtures.

What is refined are the patterns that the step `read` of powder diffraction wrote. Two engines behind one interface:
GSAS-II in an interpreter of its own, and the embedded rietx. Valid for constant-wavelength X-ray patterns of
crystalline phases whose structure is known. An answer that fails a gate (see `records.status`) is a reason, not a number.

H. M. Rietveld, J. Appl. Cryst. 2 (1969) 65, doi:10.1107/S0021889869006558; L. B. McCusker et al., J. Appl. Cryst. 32
(1999) 36, doi:10.1107/S0021889898009856; B. H. Toby, R. B. Von Dreele (GSAS-II), J. Appl. Cryst. 46 (2013) 544,
doi:10.1107/S0021889813003531.
"""
