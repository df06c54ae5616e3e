"""Figures of edge positions and of the edge line: what they read, and how they are made."""

from __future__ import annotations

from pathlib import Path

from pipeline.core import style
from pipeline.core.nexus import read_record
from pipeline.core.study import Dataset, Study
from pipeline.xas import figures as draw
from pipeline.xas.edge_line import edge_energies
from pipeline.xas.plan import TECHNIQUE, edge_options, template_key
from pipeline.xas.records import EdgeLine, NormalisedSeries, Valences
from pipeline.xas.steps.context import reference_e0_ev


def derivatives(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    """Derivatives of all spectra of an edge."""
    used = edge_options(study, datasets[0])
    low, high = used.position.derivative_ev
    e0_ev = reference_e0_ev(datasets[0], used)
    curves = [
        draw.Curve(d.title, read_record(p, NormalisedSeries), d.role == "standard")
        for d, p in zip(datasets, paths, strict=True)
    ]
    with style.figure(min(0.5 + 0.06 * len(curves), 1.4)) as made:
        draw.draw_derivatives(
            made.subplots(), curves, (e0_ev + low, e0_ev + high), used.position.smooth_ev
        )
        style.save(made, stem)


def line_inputs(study: Study, datasets: list[Dataset]) -> tuple[Path, ...]:
    """The line, then the normalised scans and the valences of each sample."""
    line = study.result(TECHNIQUE, template_key(datasets[0]), "line")
    steps = ("normalise", "valence")
    return (line, *(study.result(TECHNIQUE, d.name, step) for d in datasets for step in steps))


def edge_line(study: Study, datasets: list[Dataset], paths: list[Path], stem: Path) -> None:
    """The line with its standards and the samples that were read off it."""
    del study
    line = read_record(paths[0], EdgeLine)
    samples = []
    for i, dataset in enumerate(datasets):
        found = read_record(paths[2 + 2 * i], Valences).edge
        if found is None:
            continue
        series = read_record(paths[1 + 2 * i], NormalisedSeries)
        energy, sigma = edge_energies(series, line.position)
        samples.append(
            draw.SamplePoints(
                *(dataset.title, energy, sigma),
                *(found.valence, found.valence_low, found.valence_high),
            )
        )
    with style.figure(1.25) as made:
        ax, rest = made.subplots(2, 1, height_ratios=(2.2, 1))
        draw.draw_edge_line(ax, rest, line, samples)
        style.save(made, stem)
