"""Powder X-ray diffraction: patterns on any wavelength's axis, peaks, cells and their changes over series.

Valid for polycrystalline samples and elastic scattering. Positions are fitted on the measured
axis and converted afterwards, `sin(theta') = (lambda' / lambda) sin(theta)`. References:
R. E. Dinnebier, S. J. L. Billinge (eds), Powder Diffraction: Theory and Practice (2008),
doi:10.1039/9781847558237; V. K. Pecharsky, P. Y. Zavalij, Fundamentals of Powder Diffraction (2009),
doi:10.1007/978-0-387-09579-0.
"""
