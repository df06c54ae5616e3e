"""A real mass spectrum and thermobalance while heating LiNiO2: gas that did not come.

Data: BIG-MAP / datalab, `xrd/tga_ms_lno_datalab`; its oxygen channel only drifts down.
"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.ms.clock import place
from pipeline.ms.mass import mass_losses
from pipeline.ms.options import ClockOptions, GasOptions, MassOptions
from pipeline.ms.read import read_beside, read_run
from pipeline.ms.records import ChannelStatus, GasRun, MassCurve, Outcome
from pipeline.ms.release import releases
from pipeline.ms.traces import traces

pytestmark = pytest.mark.data
FOLDER = "xrd/tga_ms_lno_datalab"


@pytest.fixture(scope="module")
def run(data_dir: Path) -> GasRun:
    return read_run(next((data_dir / FOLDER).glob("*.asc")))


@pytest.fixture(scope="module")
def balance(data_dir: Path) -> MassCurve:
    found = read_beside(list((data_dir / FOLDER).glob("*.txt")))
    assert found is not None
    return found


def test_the_analyser_s_file(run):
    assert run.channel == ("mz_14", "mz_16", "mz_18", "mz_28", "mz_32", "mz_40", "mz_44")
    assert run.start_iso == "2022-11-28T13:51:12"
    assert np.isfinite(run.time_s).sum(axis=1).tolist() == [1366] * 3 + [1365] * 4
    assert run.time_s[0, 0] == 0.0
    assert run.time_s[4, 0] == 2.628
    assert run.intensity_ratio[4, 0] == 2.359224e-13
    assert set(run.unit) == {"mbar"}


def test_the_balance_s_file(balance):
    assert balance.mass_mg.size == 4051
    assert balance.temperature_c[[0, -1]].tolist() == [21.0052, 691.76]
    assert balance.mass_mg[[0, -1]].tolist() == [4.17537, 4.18524]


@pytest.mark.parametrize("with_balance", [False, True])
@pytest.mark.parametrize("by", [None, "mz_14", "mz_16"])
def test_no_oxygen_onset_is_reported(run, balance, with_balance, by):
    placed = place(run, balance if with_balance else None, None, ClockOptions())
    found = releases(traces("lno", run, placed, None, by), GasOptions())
    oxygen = found.traces.channel.index("mz_32")
    assert found.status[oxygen] is ChannelStatus.OK
    assert found.outcome[oxygen] is Outcome.NO_RELEASE
    assert np.isnan(found.onset_s[oxygen])
    assert np.isnan(found.onset_c[oxygen])
    assert found.limit_s[oxygen] > 0


def test_a_release_in_the_real_trace_would_have_been_found(run, balance):
    """The same trace with a small peak put in: half of the channel's own level, 10 C wide."""
    placed = place(run, balance, None, ClockOptions(transfer_delay_s=0))
    k = run.channel.index("mz_32")
    intensity = run.intensity_ratio.copy()
    peak = np.exp(-0.5 * ((placed.temperature_c[k] - 240.0) / 10.0) ** 2)
    intensity[k] += np.where(np.isfinite(peak), 0.7e-13 * peak, 0.0)
    changed = GasRun(**{f: getattr(run, f) for f in run.__slots__} | {"intensity_ratio": intensity})
    found = releases(traces("lno", changed, placed, ["mz_32"], None), GasOptions())
    assert found.outcome == (Outcome.RELEASE,)
    assert found.peak_c[0] == pytest.approx(240.0, abs=4 * found.peak_sigma_c[0])


def test_the_balance_drifts_and_loses_nothing_at_once(balance):
    found = mass_losses(balance, balance.time_s, MassOptions())
    assert found is not None
    assert found.loss_percent.size == 0
    assert found.start_mg == pytest.approx(4.175, abs=0.002)
