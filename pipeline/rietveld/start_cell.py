"""A start cell that lies in the well of the right minimum: predicted lines are moved over the pattern until they lie on its lines.

A refinement sees a line only where it overlaps the calculated one, so a cell that is 1 % off ends elsewhere. Here the lengths of the
first phase's cell are varied together over a grid, coarse to fine, and the pattern, smoothed as coarsely, is read off at the
predicted lines, weighted by their calculated amplitudes. Nothing of an engine is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import gemmi
import numpy as np

from pipeline.core.arrays import ComplexArray, FloatArray
from pipeline.rietveld.interface import Job, PhaseModel

RANGE = 0.02
"""Largest relative error of a cell length that is looked for."""

LEVELS = ((0.6, 0.002), (0.2, 0.0007), (0.08, 0.0002))
"""Smoothing as FWHM in degree, and relative step of the cell; each level searches two steps of the last around its best."""

LARGEST_ANGLE_DEG = 90.0
MOST_LINES = 60
CLEARLY_BETTER = 1.03
"""A cell is moved where the lines then lie on this much more of the pattern; elsewhere the start is good enough."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a phase: `hkl` `(n, 3)` and amplitude `(n,)`, the square root of the intensity."""

    hkl: FloatArray
    amplitude: FloatArray


def with_found_cell(job: Job) -> Job:
    """The job with the start cell of its first phase where the lines lie; the job itself where it lies there already.

    Only lengths that the crystal system leaves free are moved, by 2 % at most, and only of a phase whose cell is refined.
    """
    if not job.phases or not job.phases[0].refine_cell:
        return job
    phase = job.phases[0]
    lines = lines_of(phase, job.wavelength_angstrom, _reach(job))
    if len(lines.amplitude) < 3:
        return job
    free = _free_lengths(phase)
    best, centre, span = 0.0, np.ones(len(free)), RANGE
    for smoothing, step in LEVELS:
        signal = _signal(job, smoothing)
        n = round(span / step)
        offsets = step * np.arange(-n, n + 1)
        trials = centre + np.array(list(product(offsets, repeat=len(free))))
        trials = trials[np.all(np.abs(trials - 1.0) < RANGE + 1e-9, axis=1)]
        scores = _scores(job, phase, lines, signal, free, trials)
        here = int(np.argmax(scores))
        best, centre, span = float(scores[here]), trials[here], 2.0 * step
    start = float(_scores(job, phase, lines, signal, free, np.ones((1, len(free))))[0])
    if best < CLEARLY_BETTER * start:
        return job
    a, b, c, *_ = (float(v) for v in _scaled(phase, free, centre[None, :])[0])
    moved = replace(phase, cell=(a, b, c, *phase.cell[3:]))
    return replace(job, phases=(moved, *job.phases[1:]))


def lines_of(phase: PhaseModel, wavelength_angstrom: float, largest_deg: float) -> Lines:
    """The strongest lines of a phase up to an angle, from its atoms at their start.

    Args:
        phase: the phase.
        wavelength_angstrom: wavelength.
        largest_deg: largest 2theta.
    """
    group = gemmi.SpaceGroup(phase.space_group)
    cell = gemmi.UnitCell(*phase.cell)
    d_min = wavelength_angstrom / (2.0 * np.sin(np.radians(largest_deg) / 2.0))
    hkl = gemmi.make_miller_array(cell, group, d_min, 0.0, unique=True)
    stol2 = cell.calculate_1_d2_array(hkl) / 4.0
    squared = np.abs(_structure_factors(phase, group, np.array(hkl, dtype=np.float64), stol2)) ** 2
    theta = np.arcsin(np.clip(wavelength_angstrom * np.sqrt(stol2), 0.0, 1.0))
    factor = (1.0 + np.cos(2.0 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    operations = group.operations()
    several = np.array([_multiplicity(operations, h) for h in hkl.tolist()])
    intensity = several * squared * factor
    strongest = np.argsort(intensity)[::-1][:MOST_LINES]
    return Lines(np.array(hkl, dtype=np.float64)[strongest], np.sqrt(intensity[strongest]))


def _structure_factors(
    phase: PhaseModel, group: gemmi.SpaceGroup, hkl: FloatArray, stol2: FloatArray
) -> ComplexArray:
    """Structure factors of the whole cell, without dispersion."""
    start = {v.name: v.start for v in phase.variables}
    operations = list(group.operations())
    found = np.zeros(len(hkl), dtype=np.complex128)
    for atom in phase.atoms:
        place = [atom.x_fraction, atom.y_fraction, atom.z_fraction]
        images = np.array([op.apply_to_xyz(place) for op in operations])
        waves = np.exp(2j * np.pi * (hkl @ images.T)).mean(axis=1)
        form = gemmi.Element(atom.element).it92
        scattering = np.array([form.calculate_sf(float(s)) for s in stol2])
        damping = np.exp(-8.0 * np.pi**2 * atom.u_iso.at(start) * stol2)
        found += atom.multiplicity * atom.occupancy.at(start) * scattering * damping * waves
    return found


def _multiplicity(operations: gemmi.GroupOps, hkl: list[int]) -> int:
    images = {tuple(op.apply_to_hkl(hkl)) for op in operations.sym_ops}
    return len(images | {tuple(-k for k in image) for image in images})


def _reach(job: Job) -> float:
    return min(float(job.two_theta_deg[-1]), LARGEST_ANGLE_DEG)


def _free_lengths(phase: PhaseModel) -> tuple[tuple[int, ...], ...]:
    """Cell lengths that vary together, such as ((0, 1), (2,)) of a hexagonal cell."""
    if phase.system == "cubic" or (phase.system == "trigonal" and phase.cell[5] != 120.0):
        return ((0, 1, 2),)
    if phase.system in ("tetragonal", "trigonal", "hexagonal"):
        return ((0, 1), (2,))
    return ((0,), (1,), (2,))


def _scaled(phase: PhaseModel, free: tuple[tuple[int, ...], ...], trials: FloatArray) -> FloatArray:
    """Cells `(n_trials, 6)` with their lengths multiplied."""
    cells = np.tile(np.array(phase.cell), (len(trials), 1))
    for column, lengths in enumerate(free):
        for k in lengths:
            cells[:, k] *= trials[:, column]
    return cells


def _signal(job: Job, smoothing_deg: float) -> tuple[FloatArray, FloatArray]:
    """The pattern above its background on even steps, as a root so that no line drowns the others, and smoothed."""
    step = smoothing_deg / 6.0
    first, last = float(job.two_theta_deg[0]), float(job.two_theta_deg[-1])
    edges = np.arange(first, last + 2.0 * step, step)
    middle = 0.5 * (edges[1:] + edges[:-1])
    number, _ = np.histogram(job.two_theta_deg, edges)
    total, _ = np.histogram(job.two_theta_deg, edges, weights=job.counts)
    there = number > 0
    even = np.interp(middle, middle[there], total[there] / number[there])
    wide = max(int(4.0 / step), 3)
    floor = np.array(
        [
            np.quantile(even[max(i - wide, 0) : i + wide], 0.3)
            for i in range(0, len(even), wide // 3 + 1)
        ]
    )
    floor = np.interp(np.arange(len(even)), np.arange(0, len(even), wide // 3 + 1), floor)
    root = np.sqrt(np.clip(even - floor, 0.0, None))
    sigma = smoothing_deg / 2.3548 / step
    reach = int(4.0 * sigma) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return middle, np.convolve(root, kernel / kernel.sum(), mode="same")


def _scores(
    job: Job,
    phase: PhaseModel,
    lines: Lines,
    signal: tuple[FloatArray, FloatArray],
    free: tuple[tuple[int, ...], ...],
    trials: FloatArray,
) -> FloatArray:
    """How much of the pattern lies below the lines of each trial cell; lines beyond the pattern count for nothing."""
    middle, height = signal
    cells = _scaled(phase, free, trials)
    two_theta = (
        np.degrees(
            2.0
            * np.arcsin(
                np.clip(job.wavelength_angstrom / 2.0 * _inverse_d(cells, lines.hkl), 0.0, 1.0)
            )
        )
        + job.profile.zero_deg
    )
    inside = (two_theta > middle[0]) & (two_theta < middle[-1])
    weight = np.where(inside, lines.amplitude, 0.0)
    overlap = np.sum(weight * np.interp(two_theta, middle, height), axis=1)
    norm = np.sqrt(np.sum(weight**2, axis=1))
    scores: FloatArray = overlap / np.where(norm > 0, norm, 1.0)
    return scores


def _inverse_d(cells: FloatArray, hkl: FloatArray) -> FloatArray:
    """1 / d of every line in every cell, `(n_cells, n_lines)`, from the metric tensor."""
    a, b, c = cells[:, 0], cells[:, 1], cells[:, 2]
    cos = np.cos(np.radians(cells[:, 3:]))
    metric = np.empty((len(cells), 3, 3))
    metric[:, 0, 0], metric[:, 1, 1], metric[:, 2, 2] = a * a, b * b, c * c
    metric[:, 0, 1] = metric[:, 1, 0] = a * b * cos[:, 2]
    metric[:, 0, 2] = metric[:, 2, 0] = a * c * cos[:, 1]
    metric[:, 1, 2] = metric[:, 2, 1] = b * c * cos[:, 0]
    reciprocal = np.linalg.inv(metric)
    squared = np.einsum("li,cij,lj->cl", hkl, reciprocal, hkl)
    inverse: FloatArray = np.sqrt(squared)
    return inverse
