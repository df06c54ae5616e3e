"""Series and fine structure of real scans: perex (BSD-3-Clause), xraylarch's foil (MIT).

perex: G. Moehl, SOLEIL ROCK, BIG-MAP. `ni_metal_rt.xdi` is of xraylarch's examples.
"""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.study import Dataset
from pipeline.xas import lcf, mcr, pca
from pipeline.xas.calibrate import calibrate
from pipeline.xas.exafs import exafs
from pipeline.xas.normalise import normalise
from pipeline.xas.options import (
    CalibrateOptions,
    ExafsOptions,
    LcfOptions,
    McrOptions,
    NormaliseOptions,
    PcaOptions,
)
from pipeline.xas.read import read_series
from pipeline.xas.records import Covariates, Flag, NormalisedSeries, ScanStatus
from tests.reference.test_xas_reference import PEREX, template_of
from tests.xas.build import replace_fields

pytestmark = pytest.mark.data
NI_METAL = "xas/larch/xafsdata"
E0_LNO_EV = 8345.0


def one_scan(series: NormalisedSeries, scan: int) -> NormalisedSeries:
    keep = slice(scan, scan + 1)
    fields = {
        name: getattr(series, name)[keep]
        for name in series.__dataclass_fields__
        if isinstance(getattr(series, name), (np.ndarray, tuple))
    }
    return replace_fields(series, **fields)


@pytest.fixture(scope="module")
def lno(data_dir: Path) -> NormalisedSeries:
    files = [(p, p.name) for p in sorted((data_dir / PEREX).glob("*.txt"))]
    row = Dataset("LNO", "xas", "sample", "*.txt", element="Ni", edge="K", mode="transmission")
    raw = read_series(row, files)
    shifted = calibrate(raw, Covariates.unknown(raw.n_scans), template_of(raw), CalibrateOptions())
    return normalise(shifted, E0_LNO_EV, NormaliseOptions(method="none"))


@pytest.fixture(scope="module")
def ends(lno: NormalisedSeries) -> list[tuple[str, str, NormalisedSeries]]:
    top = int(np.argmax(lno.half_step_ev))
    return [(n, n, one_scan(lno, i)) for n, i in (("pristine", 0), ("charged", top))]


def test_lno_has_three_components_and_holds_its_ends(lno, ends):
    """The scree breaks after the third value: 86, 3.1, 0.45 and then 0.086, below 0.1 % of the step."""
    options = PcaOptions(signal="normalised", standards=["pristine", "charged"])
    result = pca.components(lno, ends, options, E0_LNO_EV)
    assert result.used_count == 3
    np.testing.assert_allclose(result.singular_value[:4], [86.3, 3.07, 0.448, 0.086], rtol=0.01)
    # Without a floor each drift of the beamline counts: noise is only 6e-5 of the step.
    assert result.above_noise_count == 9
    assert result.by_indicator_count == 10
    assert result.verdicts == ("accepted", "accepted")


def test_nickel_metal_is_no_part_of_lno(lno, data_dir):
    foil = metal(data_dir)
    options = PcaOptions(signal="normalised", standards=["metal"])
    result = pca.components(lno, [("metal", "Ni", foil)], options, E0_LNO_EV)
    assert result.verdicts == ("refused",)
    assert result.target_error_normalised[0] > 0.02


def test_lno_resolved_without_standards_follows_the_fit(lno, ends):
    """Two components against the exact fit between pristine and charged: the same story."""
    resolved = mcr.resolve_series(lno, [], McrOptions(components=2, signal="normalised"), E0_LNO_EV)
    assert set(resolved.status) == {ScanStatus.OK}
    fitted = lcf.fit(
        lno, ends, LcfOptions(standards=["pristine", "charged"], signal="normalised"), E0_LNO_EV
    )
    charged = resolved.concentration[:, 1]
    assert np.corrcoef(charged, fitted.fraction[:, 1])[0, 1] > 0.999
    assert np.abs(charged - fitted.fraction[:, 1]).max() < 0.04
    assert all(Flag.ROTATIONAL_AMBIGUITY in flags for flags in resolved.flags)


def test_a_third_component_takes_what_two_leave(lno, ends):
    options = McrOptions(
        components=3, signal="normalised", standards=["pristine"], fixed=["pristine"]
    )
    three = mcr.resolve_series(lno, ends[:1], options, E0_LNO_EV)
    two = mcr.resolve_series(lno, [], McrOptions(components=2, signal="normalised"), E0_LNO_EV)
    assert three.lack_of_fit_percent < 0.2
    assert two.lack_of_fit_percent > 0.5
    assert three.concentration[0, 0] == pytest.approx(1.0, abs=1e-6)


def metal(data_dir: Path) -> NormalisedSeries:
    path = data_dir / NI_METAL / "ni_metal_rt.xdi"
    row = Dataset("Ni", "xas", "sample", path.name, element="Ni", edge="K", mode="transmission")
    raw = read_series(row, [(path, path.name)])
    shifted = calibrate(raw, Covariates.unknown(1), None, CalibrateOptions(method="none"))
    options = NormaliseOptions(pre_ev=(-150, -50), post_ev=(150, 800))
    return normalise(shifted, 8333.0, options)


def test_first_shell_of_nickel_metal(data_dir):
    """Ni-Ni is 2.49 angstrom (fcc, a = 3.524); its uncorrected peak lies 0.3 to 0.4 lower."""
    series = metal(data_dir)
    options = ExafsOptions(k_inv_angstrom=(3, 14), r_angstrom=(1.5, 3.0))
    result = exafs(series, options, 8333.0)
    assert result.status == (ScanStatus.OK,)
    assert 2.1 <= result.r_peak_angstrom[0] <= 2.2
    assert 0 < result.r_peak_sigma_angstrom[0] < 0.01


def test_fine_structure_of_nickel_metal_is_that_of_larch(data_dir):
    """larch on the raw scan with its own pre-edge of the same windows: only the pre-edge line differs."""
    from larch import Group
    from larch.io import read_xdi
    from larch.xafs import autobk, estimate_noise, pre_edge, xftf

    raw = read_xdi(str(data_dir / NI_METAL / "ni_metal_rt.xdi"))
    group = Group(energy=np.array(raw.energy), mu=np.log(raw.i0 / raw.itrans))
    pre_edge(group, e0=8333.0, pre1=-150, pre2=-50, norm1=150, norm2=800, nnorm=2)
    autobk(group, rbkg=1.0, kweight=2, kmax=14.5)
    xftf(group, kmin=3, kmax=14, dk=1, kweight=2, window="hanning")
    estimate_noise(group, kmin=3, kmax=14)
    result = exafs(
        *(metal(data_dir), ExafsOptions(k_inv_angstrom=(3, 14), r_angstrom=(1.5, 3.0)), 8333.0)
    )
    np.testing.assert_allclose(result.chi[0], group.chi, atol=2e-3)
    n = result.r_angstrom.size
    top = group.chir_mag.max()
    np.testing.assert_allclose(
        result.chir_magnitude_inv_angstrom[0], group.chir_mag[:n], atol=0.005 * top
    )
    assert result.epsilon_k[0] == pytest.approx(group.epsilon_k, rel=0.7)


def test_nickel_oxygen_bond_of_lno_shortens_with_charge(lno):
    options = ExafsOptions(k_inv_angstrom=(3, 14), r_angstrom=(1.2, 2.0))
    result = exafs(lno, options, E0_LNO_EV)
    assert set(result.status) == {ScanStatus.OK}
    assert ((result.r_peak_angstrom > 1.4) & (result.r_peak_angstrom < 1.55)).all()
    # Oxidation lifts the Jahn-Teller distortion of Ni3+: the shell becomes narrower, its peak higher.
    height = result.r_peak_magnitude_inv_angstrom
    assert height[6] / height[0] > 1.5
    assert np.corrcoef(height, lno.half_step_ev)[0, 1] > 0.9
