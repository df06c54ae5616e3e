"""The two tables of a paper: atoms and cation mixing of each data set, and the cells of all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pipeline.core.esd import with_esd
from pipeline.core.printed import Block, Heading, Printed
from pipeline.core.rows import ENDING
from pipeline.core.study import Dataset
from pipeline.core.table import Cell, Table
from pipeline.rietveld.by_name import atoms_of, of_phase, sigma_name, wyckoff
from pipeline.rietveld.records import FitStatus, Refinements
from pipeline.rietveld.rows import closing

PROGRAMS = {"gsas2": "GSAS-II", "rietx": "rietx"}
SEEN_INFLATION = 1.005
Named = Sequence[tuple[Dataset, Refinements]]
_CELL = {
    "a_angstrom": "a_angstrom",
    "c_angstrom": "c_angstrom",
    "c_over_a": "c_over_a_ratio",
    "volume_angstrom3": "volume_angstrom3",
}
_OF_ROW = ("dataset", "sample", "state", "frame", "engine", "engine_version", "phase")
_SIGMAS = tuple(part for name in _CELL for part in (name, sigma_name(name)))
CELL_COLUMNS = (*_OF_ROW, *_SIGMAS, "rwp_percent", "reduced_chi2", *ENDING)
_ATOM = ("x_fraction", "y_fraction", "z_fraction", "occupancy_fraction", "u_iso_angstrom2")
MIXING_COLUMNS = (
    *(*_OF_ROW, "atom", "element", "wyckoff"),
    *(part for name in _ATOM for part in (name, sigma_name(name))),
    *(*_SIGMAS, "li_ni_mixing_percent", "li_ni_mixing_sigma_percent"),
    *("rwp_percent", "reduced_chi2", "scattering_factors", "dispersion", *ENDING),
)
_A = Heading("*a* (Å)", r"$a$ (\AA)")
_C = Heading("*c* (Å)", r"$c$ (\AA)")
_RATIO = Heading("*c*/*a*", "$c/a$")
_V = Heading("*V* (Å³)", r"$V$ (\AA$^{3}$)")
_RWP = Heading("*R*<sub>wp</sub> (%)", r"$R_{\mathrm{wp}}$ (\%)")
_CHI2 = Heading("reduced χ²", r"reduced $\chi^{2}$")
_X, _Y, _Z = (Heading(f"*{n}*", f"${n}$") for n in "xyz")
_U = Heading("*U*<sub>iso</sub> (Å²)", r"$U_{\mathrm{iso}}$ (\AA$^{2}$)")
_ESD = "Standard uncertainties in brackets, in units of the last digit; a number without them was not refined."
_INFLATED = "They allow for neighbouring residuals that hang together (factor esd_inflation of rietveld.csv)."
_SITES = (
    "Sites as in International Tables A, no. 166, hexagonal axes: 3a is 0, 0, 0 (lithium), 3b is 0, 0, 1/2 (metal), "
    "6c is 0, 0, z. Some papers have 3a and 3b the other way round."
)


def cells(named: Named) -> Table:
    """The cell of the main phase of each data set: a, c, c/a, V."""
    rows: list[tuple[Cell, ...]] = []
    printed: list[tuple[str, ...]] = []
    for dataset, found, i in _published(named):
        numbers = [of_phase(found, i, found.main_phase, name) for name in _CELL.values()]
        quality = (float(found.rwp_percent[i]), float(found.reduced_chi2[i]))
        rows.append(
            (
                *_of_row(dataset, found, i),
                *(part for number in numbers for part in number),
                *(*quality, *closing(found, i)),
            )
        )
        good = found.status[i] is FitStatus.OK
        shown = [with_esd(*n) for n in numbers] if good else ["no answer", "", "", ""]
        label = (dataset.title, found.main_phase, _program(found, i))
        printed.append((*label, *shown, *_quality(*quality)))
    words = ("Sample", "Phase", "Engine")
    headings = (*map(Heading.plain, words), _A, _C, _RATIO, _V, _RWP, _CHI2)
    notes = _notes(named)
    caption = "Cells by Rietveld refinement."
    made = Printed("tab:cells", caption, headings, (Block((), tuple(printed)),), notes)
    return Table(CELL_COLUMNS, tuple(rows), made)


def mixing(named: Named) -> Table:
    """Atoms of the layered oxide of each data set under its cell, volume, mixing and R factors."""
    rows: list[tuple[Cell, ...]] = []
    blocks: list[Block] = []
    for dataset, found, i in _published(named):
        if found.kinds[found.phases.index(found.main_phase)] != "layered-oxide":
            continue
        own, block = _of_refinement(dataset, found, i)
        rows += own
        blocks.append(block)
    headings = (*map(Heading.plain, ("Atom", "Site")), _X, _Y, _Z, Heading.plain("Occupancy"), _U)
    notes = (_SITES, *_notes(named))
    caption = "Structures and Li/Ni mixing by Rietveld refinement, space group R-3m."
    return Table(
        MIXING_COLUMNS,
        tuple(rows),
        Printed("tab:mixing", caption, headings, tuple(blocks), notes),
    )


def _of_refinement(
    dataset: Dataset, found: Refinements, i: int
) -> tuple[list[tuple[Cell, ...]], Block]:
    phase, atoms = found.main_phase, found.atoms
    cell = {name: of_phase(found, i, phase, own) for name, own in _CELL.items()}
    share = of_phase(found, i, phase, "mixing_percent")
    quality = (float(found.rwp_percent[i]), float(found.reduced_chi2[i]))
    common = (
        *(part for number in cell.values() for part in number),
        *(*share, *quality, found.scattering_factors, "yes" if found.dispersion else "no"),
        *closing(found, i),
    )
    first = f"{dataset.title}, {phase} ({_program(found, i)} {found.engine_version[i]})"
    places = atoms_of(found).get((i, phase), [])
    if found.status[i] is not FitStatus.OK or not places:
        between = [None] * (len(MIXING_COLUMNS) - len(_OF_ROW) - len(common))
        row = (*_of_row(dataset, found, i), *between, *common)
        return [row], Block((first, f"no answer: {found.reason[i]}"), ())
    rows: list[tuple[Cell, ...]] = []
    lines: list[tuple[str, ...]] = []
    for k in places:
        count, z = float(atoms.multiplicity_count[k]), float(atoms.z_fraction[k])
        site = wyckoff("layered-oxide", count, z)
        numbers = [
            (float(getattr(atoms, name)[k]), float(getattr(atoms, sigma_name(name))[k]))
            for name in _ATOM
        ]
        values = (part for number in numbers for part in number)
        who = (atoms.atom[k], atoms.element[k], site)
        rows.append((*_of_row(dataset, found, i), *who, *values, *common))
        lines.append((atoms.element[k], site, *(with_esd(*n) for n in numbers)))
    a, c, _, volume = (with_esd(*number) for number in cell.values())
    factors = "f' and f''" if found.dispersion else "no f' and f''"
    foreign = {line[0] for line in lines if line[1] == "3a"} - {"Li"}
    mixed = "".join(f", Li/{e} mixing {with_esd(*share)} %" for e in sorted(foreign))
    titles = (
        first,
        f"a = b = {a} Å, c = {c} Å, V = {volume} Å³{mixed}",
        f"Rwp {_quality(*quality)[0]} %, reduced χ² {_quality(*quality)[1]}; {found.scattering_factors} scattering factors, {factors}",
    )
    return rows, Block(titles, tuple(lines))


def _published(named: Named) -> Iterator[tuple[Dataset, Refinements, int]]:
    """The first frame of each data set by each engine: a series is no row of a paper's table."""
    for dataset, found in named:
        for i in range(found.n_rows):
            if found.frame[i] == found.frame.min():
                yield dataset, found, i


def _of_row(dataset: Dataset, found: Refinements, i: int) -> tuple[Cell, ...]:
    who = (found.engine[i], found.engine_version[i], found.main_phase)
    return (dataset.name, dataset.sample, dataset.state, int(found.frame[i]), *who)


def _quality(rwp: float, chi2: float) -> tuple[str, str]:
    return "" if math.isnan(rwp) else f"{rwp:.2f}", "" if math.isnan(chi2) else f"{chi2:.2f}"


def _program(found: Refinements, i: int) -> str:
    return PROGRAMS.get(found.engine[i], found.engine[i])


def _notes(named: Named) -> tuple[str, ...]:
    inflated = [float(found.esd_inflation[i]) for _, found, i in _published(named)]
    several = any(factor > SEEN_INFLATION for factor in inflated)
    return (_ESD, *((_INFLATED,) if several else ()), *_reasons(named), *_series(named))


def _reasons(named: Named) -> Iterator[str]:
    for dataset, found, i in _published(named):
        if found.status[i] is not FitStatus.OK:
            yield f"{dataset.title} ({_program(found, i)}), no answer: {found.reason[i].rstrip('.')}."


def _series(named: Named) -> Iterator[str]:
    several = [d.title for d, found in named if found.frame.max() > found.frame.min()]
    if several:
        yield f"The first frame of {', '.join(several)}; the others stand in rietveld.csv."
