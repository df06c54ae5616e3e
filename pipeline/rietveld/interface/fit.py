"""A fit: what an engine answers to a job, in no engine's own terms, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.arrays import FloatArray, freeze_fields


@dataclass(frozen=True, slots=True, eq=False)
class Reflections:
    """Calculated reflections of all phases, `(n,)`: of a doublet Kalpha1 alone.

    `intensity_counts_deg` is the area of the line, Kalpha2 left out; `f_squared_normalised` the squared structure factor.
    """

    phase: tuple[str, ...]
    h_index: FloatArray
    k_index: FloatArray
    l_index: FloatArray
    multiplicity_count: FloatArray
    d_angstrom: FloatArray
    two_theta_deg: FloatArray
    f_squared_normalised: FloatArray
    intensity_counts_deg: FloatArray

    def __post_init__(self) -> None:
        freeze_fields(self, self.__slots__[1:], ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """The log of a plan, one entry a stage."""

    free: tuple[str, ...]
    rwp_percent: FloatArray
    refined_count: FloatArray
    converged: tuple[bool, ...]

    def __post_init__(self) -> None:
        freeze_fields(self, ("rwp_percent", "refined_count"), ndim=1)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One answer of an engine.

    `parameters` are all that the plan set free, by these names: `<phase>.a_angstrom` (b, c, and `alpha_deg`, ... as the
    system leaves them free), `<phase>.scale`, `<phase>.<variable key>`, `<phase>.<atom>.x_fraction` (y, z),
    `<phase>.size_nm`, `<phase>.strain_percent`, `<phase>.march_ratio`, `zero_deg`, `displacement_um`,
    `profile.<term>`, `background.<k>_counts`. `initial`, `value`, `sigma` and `covariance` belong to them; `covariance` is
    `(J' W J)^-1 * chi2 / (N - P)`, with no allowance for residuals that hang together. What is not refined stands in
    `fixed`, by the same names, so that the whole model can be told from a fit. `at_bound` says which stopped at a bound.

    `<phase>.scale` is S of Hill and Howard, doi:10.1107/S0021889887086199, whatever an engine itself calls scale: a line's
    area is `S * m * |F|^2 * LP` times what the instrument gives all phases alike, F of the unit cell in electrons. Mass
    fractions are then S Z M V over their sum: an engine whose scale holds 1 / V, or the mass, takes it out.

    `shift_sigma_ratio` is the largest |shift| / sigma of the last cycle; `singular` names parameters that the engine could
    not tell apart, or dropped. `remarks` are what the engine itself reported, in words.
    """

    engine: str
    version: str
    converged: bool
    parameters: tuple[str, ...]
    initial: FloatArray
    value: FloatArray
    sigma: FloatArray
    covariance: FloatArray
    at_bound: tuple[bool, ...]
    fixed: tuple[str, ...]
    fixed_value: FloatArray
    shift_sigma_ratio: float
    singular: tuple[str, ...]
    calculated_counts: FloatArray
    background_counts: FloatArray
    reflections: Reflections
    stages: Stages
    remarks: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze_fields(
            self,
            (
                *("initial", "value", "sigma", "fixed_value"),
                *("calculated_counts", "background_counts"),
            ),
            ndim=1,
        )
        freeze_fields(self, ("covariance",), ndim=2)

    def of(self, name: str) -> tuple[float, float]:
        """Value and sigma of a number by its name; sigma is NaN where it was not refined.

        Raises:
            KeyError: there is no such number.
        """
        if name in self.parameters:
            k = self.parameters.index(name)
            return float(self.value[k]), float(self.sigma[k])
        if name in self.fixed:
            return float(self.fixed_value[self.fixed.index(name)]), float("nan")
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Failure:
    """An engine that gave no fit: it said no (`engine_failed`) or took too long (`time_limit`)."""

    engine: str
    version: str
    kind: str
    message: str
