"""Phases that are built in: standards with their certified cells, and what forms beside a layered oxide.

A cell is a start: pure and at room temperature. Sources are named with each; U are usual values, and refined or held as the
options say. Spinels have the origin at the centre of symmetry, the metal of the tetrahedra at 1/8, 1/8, 1/8.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.rietveld.model.structure import Site, Species, Structure, one_species
from pipeline.rietveld.model.symmetry import Cell


@dataclass(frozen=True, slots=True)
class Known:
    """A structure, and where it comes from. `certified` is a standard, whose cell may calibrate an instrument."""

    structure: Structure
    source: str
    certified: bool = False


def _cubic(a: float) -> Cell:
    return a, a, a, 90.0, 90.0, 90.0


def _hexagonal(a: float, c: float) -> Cell:
    return a, a, c, 90.0, 90.0, 120.0


def _tetragonal(a: float, c: float) -> Cell:
    return a, a, c, 90.0, 90.0, 90.0


def _rock_salt(metal: str, a: float, u_metal: float, u_o: float) -> Structure:
    metals = one_species(f"{metal}1", 2, (0.0, 0.0, 0.0), u_metal)
    return Structure("F m -3 m", _cubic(a), (metals, one_species("O1", -2, (0.5, 0.5, 0.5), u_o)))


def _spinel(
    a: float, u: float, tetrahedron: tuple[Species, ...], octahedron: tuple[Species, ...]
) -> Structure:
    return Structure(
        "F d -3 m:2",
        _cubic(a),
        (
            Site("a", (0.125, 0.125, 0.125), tetrahedron),
            Site("b", (0.5, 0.5, 0.5), octahedron),
            one_species("O1", -2, (u, u, u), 0.008),
        ),
    )


STANDARDS: dict[str, Known] = {
    "LaB6": Known(
        Structure(
            "P m -3 m",
            _cubic(4.156826),
            (
                one_species("La1", 3, (0.0, 0.0, 0.0), 0.0050),
                one_species("B1", 0, (0.1996, 0.5, 0.5), 0.0040),
            ),
        ),
        "NIST SRM 660c, certificate: 4.156826(8) angstrom (k = 2) at 22.5 C",
        certified=True,
    ),
    "Al2O3": Known(
        Structure(
            "R -3 c:H",
            _hexagonal(4.759091, 12.991779),
            (
                one_species("Al1", 3, (0.0, 0.0, 0.35216), 0.0030),
                one_species("O1", -2, (0.30624, 0.0, 0.25), 0.0035),
            ),
        ),
        "NIST SRM 676a, certificate, at 22.5 C; coordinates L. W. Finger, R. M. Hazen, J. Appl. Phys. 49 (1978) 5823, doi:10.1063/1.324598",
        certified=True,
    ),
    "Si": Known(
        Structure(
            "F d -3 m:2",
            _cubic(5.431144),
            (one_species("Si1", 0, (0.125, 0.125, 0.125), 0.0060),),
        ),
        "NIST SRM 640f, certificate: 5.431144(8) angstrom (k = 2) at 22.5 C; for 640d write `a_angstrom: 5.43123`",
        certified=True,
    ),
    "CeO2": Known(
        Structure(
            "F m -3 m",
            _cubic(5.411651),
            (
                one_species("Ce1", 4, (0.0, 0.0, 0.0), 0.0030),
                one_species("O1", -2, (0.25, 0.25, 0.25), 0.0060),
            ),
        ),
        "NIST SRM 674b, certificate, at 22.5 C",
        certified=True,
    ),
}

IMPURITIES: dict[str, Known] = {
    "NiO": Known(
        _rock_salt("Ni", 4.1771, 0.0045, 0.0055),
        "H. E. Swanson, E. Tatge, NBS Circular 539 I (1953) 47; cubic in strictness above 250 C alone",
    ),
    "MnO": Known(
        _rock_salt("Mn", 4.4457, 0.0060, 0.0070),
        "S. Sasaki et al., Proc. Japan Acad. B55 (1979) 43, doi:10.2183/pjab.55.43",
    ),
    "CoO": Known(
        _rock_salt("Co", 4.2612, 0.0060, 0.0070),
        "S. Sasaki et al., Proc. Japan Acad. B55 (1979) 43, doi:10.2183/pjab.55.43",
    ),
    "Co3O4": Known(
        _spinel(
            8.0835,
            0.2632,
            (Species("Co1", "Co", 2, 1.0, 0.0050),),
            (Species("Co2", "Co", 3, 1.0, 0.0040),),
        ),
        "X. Liu, C. T. Prewitt, Phys. Chem. Minerals 17 (1990) 168, doi:10.1007/BF00199669",
    ),
    "LiMn2O4": Known(
        _spinel(
            8.2476,
            0.2632,
            (Species("Li1", "Li", 1, 1.0, 0.0120),),
            (Species("Mn1", "Mn", 4, 1.0, 0.0070),),
        ),
        "M. M. Thackeray et al., Mater. Res. Bull. 18 (1983) 461, doi:10.1016/0025-5408(83)90138-1; Mn3.5+, of which the tables have Mn4+",
    ),
    "NiMn2O4": Known(
        _spinel(
            8.399,
            0.2630,
            (Species("Mn1", "Mn", 2, 0.85, 0.0070), Species("Ni1", "Ni", 2, 0.15, 0.0070)),
            (Species("Mn2", "Mn", 4, 0.575, 0.0070), Species("Ni2", "Ni", 2, 0.425, 0.0070)),
        ),
        "inversion about 0.85, that depends on cooling: E. G. Larson, R. J. Arnott, D. G. Wickham, J. Phys. Chem. Solids 23 (1962) 1771",
    ),
    "Li2CO3": Known(
        Structure(
            "C 1 2/c 1",
            (8.359, 4.9725, 6.1975, 90.0, 114.83, 90.0),
            (
                one_species("Li1", 1, (0.1965, 0.4489, 0.8345), 0.020),
                one_species("C1", 0, (0.0, 0.0657, 0.25), 0.012),
                one_species("O1", -2, (0.0, 0.3214, 0.25), 0.016),
                one_species("O2", -2, (0.1459, -0.0654, 0.3123), 0.016),
            ),
        ),
        "H. Effenberger, J. Zemann, Z. Kristallogr. 150 (1979) 133",
    ),
    "Li2MnO3": Known(
        Structure(
            "C 1 2/m 1",
            (4.937, 8.532, 5.030, 90.0, 109.46, 90.0),
            (
                one_species("Mn1", 4, (0.0, 0.16708, 0.0), 0.0040),
                one_species("Li1", 1, (0.0, 0.5, 0.0), 0.0100),
                one_species("Li2", 1, (0.0, 0.0, 0.5), 0.0120),
                one_species("Li3", 1, (0.0, 0.6606, 0.5), 0.0120),
                one_species("O1", -2, (0.2189, 0.0, 0.2273), 0.0060),
                one_species("O2", -2, (0.2540, 0.32119, 0.2233), 0.0060),
            ),
        ),
        "P. Strobel, B. Lambert-Andron, J. Solid State Chem. 75 (1988) 90, doi:10.1016/0022-4596(88)90305-2",
    ),
    "LiCoO2": Known(
        Structure(
            "R -3 m:H",
            _hexagonal(2.8161, 14.0536),
            (
                one_species("Li1", 1, (0.0, 0.0, 0.0), 0.0120),
                one_species("Co1", 3, (0.0, 0.0, 0.5), 0.0040),
                one_species("O1", -2, (0.0, 0.0, 0.23951), 0.0070),
            ),
        ),
        "J. Akimoto, Y. Gotoh, Y. Oosawa, J. Solid State Chem. 141 (1998) 298, doi:10.1006/jssc.1998.7966",
    ),
}

OTHERS: dict[str, Known] = {
    "anatase": Known(
        Structure(
            "I 41/a m d:2",
            _tetragonal(3.7842, 9.5146),
            (
                one_species("Ti1", 4, (0.0, 0.75, 0.125), 0.0050),
                one_species("O1", -2, (0.0, 0.25, 0.0831), 0.0070),
            ),
        ),
        "J. K. Burdett et al., J. Am. Chem. Soc. 109 (1987) 3639, doi:10.1021/ja00246a021",
    ),
    "rutile": Known(
        Structure(
            "P 42/m n m",
            _tetragonal(4.5937, 2.9587),
            (
                one_species("Ti1", 4, (0.0, 0.0, 0.0), 0.0050),
                one_species("O1", -2, (0.3048, 0.3048, 0.0), 0.0060),
            ),
        ),
        "J. K. Burdett et al., J. Am. Chem. Soc. 109 (1987) 3639, doi:10.1021/ja00246a021",
    ),
    "In2O3": Known(
        Structure(
            "I a -3",
            _cubic(10.117),
            (
                one_species("In1", 3, (0.25, 0.25, 0.25), 0.0045),
                one_species("In2", 3, (0.4663, 0.0, 0.25), 0.0045),
                one_species("O1", -2, (0.3912, 0.1558, 0.3796), 0.0075),
            ),
        ),
        "M. Marezio, Acta Cryst. 20 (1966) 723, doi:10.1107/S0365110X66001749",
    ),
    "MnCO3": Known(
        Structure(
            "R -3 c:H",
            _hexagonal(4.7682, 15.6354),
            (
                one_species("Mn1", 2, (0.0, 0.0, 0.0), 0.0075),
                one_species("C1", 0, (0.0, 0.0, 0.25), 0.0090),
                one_species("O1", -2, (0.26953, 0.0, 0.25), 0.0115),
            ),
        ),
        "rhodochrosite: H. Effenberger, K. Mereiter, J. Zemann, Z. Kristallogr. 156 (1981) 233",
    ),
    "Bi2O3": Known(
        Structure(
            "P 1 21/c 1",
            (5.8486, 8.1661, 7.5097, 90.0, 113.0, 90.0),
            (
                one_species("Bi1", 3, (0.5242, 0.1843, 0.3613), 0.0090),
                one_species("Bi2", 3, (0.0409, 0.0425, 0.7762), 0.0090),
                one_species("O1", -2, (0.780, 0.300, 0.710), 0.0090),
                one_species("O2", -2, (0.242, 0.044, 0.134), 0.0090),
                one_species("O3", -2, (0.271, 0.024, 0.513), 0.0090),
            ),
        ),
        "alpha: G. Malmros, Acta Chem. Scand. 24 (1970) 384, doi:10.3891/acta.chem.scand.24-0384",
    ),
}
"""Raw materials and fillers, and what the weighed mixtures of `config/studies/weighed-mixtures.yaml` hold."""

KNOWN: dict[str, Known] = {**STANDARDS, **IMPURITIES, **OTHERS}
