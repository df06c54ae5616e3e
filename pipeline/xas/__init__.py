"""X-ray absorption near-edge spectra (XANES): from raw scans to oxidation states.

Measured: absorption `mu(E) t = ln(I0/It)` or fluorescence `If/I0` over an absorption edge, as
single scans or as a series. Given: the calibration shift of each scan, normalised spectra, edge
positions, fractions of standards by linear-combination fits and the valence from them.
Valid for any element and edge with one step (K, or L3 alone); two overlapping steps (L3 and L2
of the 3d metals) want the soft X-ray normalisation.

References: G. Bunker, Introduction to XAFS (2010), doi:10.1017/CBO9780511809194;
B. Ravel and M. Newville, J. Synchrotron Rad. 12 (2005) 537, doi:10.1107/S0909049505012719.
"""
