"""Figures show the numbers of the record."""

import numpy as np

from pipeline.core import style
from pipeline.ms.figures import draw_run, draw_samples, panels_of_run, shared_channels
from tests.ms.build import clock_s, correlated, gaussian, measured

TIME_S = clock_s()


def sample(peak_c, sigma_c, seed=1):
    noise = 0.02 * correlated(np.random.default_rng(seed), TIME_S.size)
    flat = 1 + 0.02 * correlated(np.random.default_rng(seed + 50), TIME_S.size)
    return measured(np.stack([gaussian(TIME_S, peak_c, sigma_c) + noise, flat]))


def test_onset_and_peak_stand_where_the_record_says():
    found = sample(190, 5)
    with style.figure() as made:
        axes = made.subplots(panels_of_run(found), 1, squeeze=False)[:, 0]
        draw_run(list(axes), found)
        lines = axes[0].get_lines()
        onset = next(line for line in lines if len(line.get_xdata()) == 2)
        peak = next(line for line in lines if len(line.get_xdata()) == 1)
        assert onset.get_xdata()[0] == found.onset_c[0]
        assert peak.get_xdata()[0] == found.peak_c[0]
        assert abs(peak.get_ydata()[0] - 1.0) < 0.02
        words = [[t.get_text() for t in ax.texts] for ax in axes]
        assert words[0][0] == "m/z 32"
        assert "sharp" in words[0][1]
        assert words[1] == ["m/z 33", "no release"]
        assert axes[-1].get_xlabel() == "temperature (°C)"


def test_samples_share_panels_of_channels_with_a_release():
    named = [("conventional", sample(190, 5)), ("CG", sample(250, 25, 2))]
    channels = shared_channels([found for _, found in named])
    assert channels == ["mz_32"]
    with style.figure() as made:
        ax = made.subplots()
        draw_samples([ax], named, channels)
        assert [t.get_text() for t in ax.get_legend().get_texts()] == ["conventional", "CG"]
        onsets = [line.get_xdata()[0] for line in ax.get_lines() if line.get_linestyle() == ":"]
        assert onsets == [found.onset_c[0] for _, found in named]


def test_nothing_in_common_is_said_in_the_figure():
    with style.figure() as made:
        ax = made.subplots()
        draw_samples([ax], [], [])
        assert "no channel" in ax.texts[0].get_text()
