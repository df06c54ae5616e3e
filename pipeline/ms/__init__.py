"""Gas analysis while heating: mass-spectrometer traces, and the mass on a thermobalance beside them.

Measured: ion currents or partial pressures of a few m/z against time, and the sample's mass. Given, for
each channel: whether gas came at all, the extrapolated onset, peak, width and area of its release, each with
its sigma, and how sharp it was; for the mass: its steps of loss. Valid for traces whose
background is a straight line under the release; an amount in moles needs a calibration with a known gas, which
is not made here.

References: S. Vyazovkin et al., Thermochim. Acta 520 (2011) 1, doi:10.1016/j.tca.2011.03.034 (thermal
analysis of gas release); G. Lombardi, For Better Thermal Analysis, ICTA (1980), and J. O. Hill, For Better Thermal
Analysis and Calorimetry, ICTAC (1991) (extrapolated onset); S.-M. Bak et al., ACS Appl. Mater. Interfaces 6
(2014) 22594, doi:10.1021/am506712c (oxygen release beside diffraction while heating).
"""
