"""The two edges of the demo: nickel and manganese, metal and oxides.

Half steps lie near those of the real oxides: NiO 8344.6, LiNiO2 8346.2 eV with the Ni foil at 8333 eV;
MnO 6546, Mn2O3 6549.5, MnO2 6553 eV with the Mn foil at 6539 eV. The small lines below an edge
are the transitions from 1s to 3d, which grow with the valence of manganese.
"""

from __future__ import annotations

from pipeline.demo.spectra import Edge, Species

NICKEL = Edge(
    element="Ni",
    e0_ev=8345.0,
    inflection_ev=8333.0,
    metal=Species(
        edges=((8333.0, 0.37, 1.4), (8339.3, 0.12, 1.2), (8345.9, 0.51, 2.2)),
        lines=((8349.2, 0.10, 2.2), (8353.5, -0.05, 2.0)),
        shells=((0.12, 2.05, 0.7, 0.006),),
        onset_ev=8345.0,
    ),
    oxides={
        "NiO": Species(
            edges=((8340.6, 0.26, 1.1), (8345.1, 0.74, 1.2)),
            lines=(
                *((8333.0, 0.022, 0.8), (8350.1, 0.49, 2.1)),
                *((8354.6, 0.15, 1.6), (8361.0, -0.19, 2.4)),
            ),
            shells=((0.22, 2.00, -0.9, 0.060), (0.05, 2.95, 2.8, 0.050)),
            onset_ev=8345.0,
        ),
        "LiNiO2": Species(
            edges=((8342.2, 0.26, 1.1), (8346.7, 0.74, 1.2)),
            lines=(
                *((8333.4, 0.024, 0.9), (8352.1, 0.42, 2.4)),
                *((8356.8, 0.09, 1.8), (8363.5, -0.12, 2.8)),
            ),
            shells=((0.22, 1.88, -0.9, 0.060), (0.05, 2.80, 2.5, 0.050)),
            onset_ev=8345.0,
        ),
    },
)

MANGANESE = Edge(
    element="Mn",
    e0_ev=6549.0,
    inflection_ev=6539.0,
    metal=Species(
        edges=((6539.0, 0.36, 1.3), (6545.6, 0.16, 1.6), (6551.0, 0.48, 2.2)),
        lines=((6554.5, 0.12, 2.3), (6560.0, -0.05, 2.2)),
        shells=((0.10, 2.20, 0.6, 0.007),),
        onset_ev=6549.0,
    ),
    oxides={
        "MnO": Species(
            edges=((6542.9, 0.24, 1.2), (6546.6, 0.76, 1.4)),
            lines=(
                *((6539.9, 0.030, 0.9), (6552.4, 0.52, 2.4)),
                *((6559.5, 0.10, 2.2), (6566.5, -0.16, 3.0)),
            ),
            shells=((0.20, 2.18, -0.8, 0.060), (0.05, 3.12, 2.7, 0.050)),
            onset_ev=6549.0,
        ),
        "Mn2O3": Species(
            edges=((6545.8, 0.28, 1.5), (6550.5, 0.72, 1.8)),
            lines=(
                *((6540.4, 0.040, 0.9), (6542.3, 0.030, 0.9)),
                *((6557.4, 0.38, 3.0), (6571.5, -0.08, 3.6)),
            ),
            shells=((0.18, 1.98, -0.8, 0.060), (0.04, 3.05, 2.6, 0.050)),
            onset_ev=6549.0,
        ),
        "MnO2": Species(
            edges=((6548.1, 0.30, 1.6), (6553.9, 0.70, 1.6)),
            lines=(
                *((6540.9, 0.055, 0.9), (6543.2, 0.050, 0.9)),
                *((6560.0, 0.42, 2.6), (6575.0, -0.10, 3.6)),
            ),
            shells=((0.20, 1.90, -0.8, 0.060), (0.05, 2.87, 2.5, 0.050)),
            onset_ev=6549.0,
        ),
    },
)
