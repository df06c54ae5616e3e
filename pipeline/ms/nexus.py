"""What to plot of a gas analysis: a trace for each channel, and the mass."""

from __future__ import annotations

import numpy as np

from pipeline.core.nexus import Plot, Provenance, StepResult
from pipeline.core.nexus.result import dataset_result, dataset_title
from pipeline.core.study import Dataset
from pipeline.ms.records import ChannelStatus, GasReleases, MassLosses

AXES = {"temperature_c": "temperature (°C)", "time_s": "time (s)"}
_FIRST = "mz_32"


def release_result(found: GasReleases, dataset: Dataset, record: Provenance) -> StepResult:
    """Result file of the step `release`; the default view is oxygen, where it was measured."""
    title = dataset_title(dataset, "gas release")
    channels = [
        i for i, status in enumerate(found.status) if status is not ChannelStatus.NOT_RECORDED
    ]
    channels.sort(key=lambda i: (found.traces.channel[i] != _FIRST, i))
    plots = [p for i in channels if (p := _trace(found, i, title)) is not None]
    if found.mass is not None:
        plots.append(_mass(found.mass, title))
    shown = tuple(plots or [_status(found, title)])
    return dataset_result("ms", "release", 1, dataset, title, found, shown, record)


def _trace(found: GasReleases, i: int, title: str) -> Plot | None:
    traces = found.traces
    good = np.isfinite(traces.intensity_normalised[i])
    if not good.any():
        return None
    warm = good & np.isfinite(traces.temperature_c[i])
    axis = "temperature_c" if 2 * warm.sum() > good.sum() else "time_s"
    shown = warm if axis == "temperature_c" else good
    fields = {
        "intensity_normalised": traces.intensity_normalised[i][shown],
        axis: getattr(traces, axis)[i][shown],
    }
    auxiliary: tuple[str, ...] = ()
    if np.isfinite(found.baseline_normalised[i]).any():
        background = np.full(good.shape, np.nan)
        background[good] = found.baseline_normalised[i][: int(good.sum())]
        fields["baseline_normalised"] = background[shown]
        auxiliary = ("baseline_normalised",)
    return Plot(
        traces.channel[i],
        f"{title}: {traces.channel[i]}",
        "intensity_normalised",
        (axis,),
        fields,
        {
            "intensity_normalised": f"{channel_label(traces.channel[i])} over {traces.reference}",
            "baseline_normalised": "baseline",
            axis: AXES[axis],
        },
        auxiliary=auxiliary,
    )


def channel_label(channel: str) -> str:
    """Label of a channel: `m/z 32` for `mz_32`."""
    stem, _, number = channel.partition("_")
    return f"m/z {number.replace('_', ' ')}" if stem == "mz" else number or channel


def _mass(mass: MassLosses, title: str) -> Plot:
    axis = "temperature_c" if np.isfinite(mass.temperature_c).all() else "time_s"
    return Plot(
        "mass",
        f"{title}: mass",
        "mass_percent",
        (axis,),
        {"mass_percent": mass.mass_percent, axis: getattr(mass, axis)},
        {"mass_percent": "mass (%)", axis: AXES[axis]},
    )


def _status(found: GasReleases, title: str) -> Plot:
    """What is left to show where no channel could be read."""
    channel = np.arange(len(found.status), dtype=np.float64)
    return Plot(
        "noise",
        f"{title}: nothing measured",
        "noise_normalised",
        ("channel_index",),
        {"noise_normalised": found.noise_normalised, "channel_index": channel},
        {"noise_normalised": "noise", "channel_index": "channel"},
    )
