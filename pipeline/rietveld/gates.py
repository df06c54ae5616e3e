"""Gates: what every refinement has to pass, each with its value, the limit and what to do; '' where it is passed.

One naive recipe gave a layered oxide that converged with a goodness of fit of 1.06 and a mixing of -0.9(1) %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pipeline.core.esd import with_esd
from pipeline.rietveld import gates_of_model as model
from pipeline.rietveld.evidence import Evidence, expected, strongest
from pipeline.rietveld.line_widths import width_problem
from pipeline.rietveld.records import Gate

SEEN_SIGMA = 5.0  # a scale of fewer sigmas is no phase
SIGNAL_F = (
    10.0  # gain of the model over the background alone, per parameter, in units of reduced chi2
)
SAME_VALUE = 1e-6
NOT_AS_ASKED = "not as asked"
"""How an engine begins a remark on something that it did otherwise than asked."""


def converged(e: Evidence) -> str:
    """The engine says that it converged."""
    if e.fit.converged:
        return ""
    said = f" The engine: {'; '.join(e.fit.remarks)}." if e.fit.remarks else ""
    return f"the refinement did not converge.{said} Start nearer (cell, z), refine less at once, or give own `stages`."


def shifts_small(e: Evidence) -> str:
    """The last cycle moved nothing by more than a small part of its sigma."""
    shift, limit = e.fit.shift_sigma_ratio, e.limits.shift_sigma
    if np.isfinite(shift) and shift <= limit:
        return ""
    said = f"{shift:.2g} sigma" if np.isfinite(shift) else "an unknown amount"
    return (
        f"the last cycle still moved a parameter by {said}, more than {limit:g}: it has not settled. Refine less at once, "
        "or hold what the pattern does not tell."
    )


def sigmas_known(e: Evidence) -> str:
    """Every refined number has a sigma above 0."""
    fit = e.fit
    at_bound = dict(zip(fit.parameters, fit.at_bound, strict=True))
    sigmas = zip(fit.parameters, fit.sigma, strict=True)
    bad = [n for n, s in sigmas if not (np.isfinite(s) and s > 0) and not at_bound[n]]
    if not bad and np.isfinite(fit.value).all():
        return ""
    which = _listed(bad) or "a parameter"
    return f"{which} came out without a standard uncertainty: the pattern does not tell it. Hold it, or use a wider range."


def inside_bounds(e: Evidence) -> str:
    """No refined number stopped at a bound, and a profile that was refined has widths."""
    stopped = [
        f"{n} = {v:.4g}"
        for n, v, at in zip(e.fit.parameters, e.fit.value, e.fit.at_bound, strict=True)
        if at
    ]
    if not stopped:
        return _widths(e)
    return (
        f"{_listed(stopped)} stopped at a bound, so that neither it nor the sigmas of the others mean what they say. "
        "The model does not fit there: correct it, or hold this number."
    )


def _widths(e: Evidence) -> str:
    known = {*e.fit.parameters, *e.fit.fixed}
    names = {t: f"profile.{t}" for t in e.job.profile_free}
    refined = {t: e.fit.of(name)[0] for t, name in names.items() if name in known}
    return width_problem(replace(e.job.profile, **refined), e.job.two_theta_deg) if refined else ""


def not_singular(e: Evidence) -> str:
    """The pattern tells all refined numbers apart."""
    if e.fit.singular:
        return f"{_listed(list(e.fit.singular))} cannot be told from other parameters (singular matrix). Hold one of them."
    value, one, other = strongest(e.fit, answers_only=True)
    limit = e.limits.correlation_ratio
    if value <= limit:
        return ""
    return (
        f"{one} and {other} are correlated by {value:.4f}, more than {limit:g}: the pattern does not tell them apart. Hold "
        "one of them, or use a wider range."
    )


def signal_there(e: Evidence) -> str:
    """The main phase is seen, and the model explains more than the background alone would."""
    name = f"{e.job.phases[0].name}.scale"
    scale, sigma = e.fit.of(name)[0], e.sigma_of(name)
    if np.isfinite(sigma) and scale < SEEN_SIGMA * sigma:
        return (
            f"no signal of '{e.job.phases[0].name}': its scale {with_esd(scale, sigma)} is below {SEEN_SIGMA:.0f} sigma. Is it "
            "in the sample, and are wavelength and start cell right?"
        )
    q = e.quality
    more = max(q.refined_count - len(e.job.background_counts), 1)
    gain = (e.background_chi2 - q.chi2) / more / max(q.reduced_chi2, 1e-30)
    if gain >= SIGNAL_F:
        return ""
    return (
        f"the model explains the pattern no better than a background alone (F = {gain:.1f}, less than {SIGNAL_F:.0f}): it "
        "shows no lines where the model has them. Check the start cell and the wavelength."
    )


def residual_low(e: Evidence) -> str:
    """Rwp is below its limit."""
    value, limit = e.quality.rwp_percent, e.limits.rwp_percent
    if np.isfinite(value) and value <= limit:
        return ""
    return (
        f"Rwp {value:.1f} % is above {limit:g} %: the model does not describe the pattern. Missing phase, wrong cell, "
        "or wrong profile? Look at the difference curve."
    )


def gof_low(e: Evidence) -> str:
    """The goodness of fit is below its limit."""
    value, limit = e.quality.gof, e.limits.gof_ratio
    if np.isfinite(value) and value <= limit:
        return ""
    return (
        f"goodness of fit {value:.1f} is above {limit:g}: the misfit is far beyond the noise. Look at the difference "
        "curve; if the esds of the file are too small, raise `gates.gof_ratio`."
    )


def as_asked(e: Evidence) -> str:
    """The engine refined what was asked, and held what was to be held."""
    said = [r for r in e.fit.remarks if r.lower().startswith(NOT_AS_ASKED)]
    asked, done = expected(e.job), set(e.fit.parameters)
    missing = sorted(asked - done - set(e.fit.singular))
    held = {f"{p.name}.{v.key}": v.start for p in e.job.phases for v in p.variables if not v.refine}
    freed = sorted(name for name in held if name in done)
    fixed = dict(zip(e.fit.fixed, e.fit.fixed_value, strict=True))
    for name, start in held.items():
        if name in fixed and abs(fixed[name] - start) > SAME_VALUE * max(abs(start), 1.0):
            said.append(f"{name} was held at {fixed[name]:.6g} instead of {start:.6g}")
    if missing:
        said.append(f"not refined: {_listed(missing)}")
    if freed:
        said.append(f"refined though held: {_listed(freed)}")
    if not said:
        return ""
    return f"the engine did not do what it was asked: {'; '.join(said)}."


GATES: dict[Gate, Callable[[Evidence], str]] = {
    Gate.AS_ASKED: as_asked,
    Gate.CONVERGED: converged,
    Gate.SIGNAL_THERE: signal_there,
    Gate.MIXING_POSSIBLE: model.mixing_possible,
    Gate.SLABS_IN_ORDER: model.slabs_in_order,
    Gate.U_POSITIVE: model.u_positive,
    Gate.CELL_NEAR_START: model.cell_near_start,
    Gate.NOT_SINGULAR: not_singular,
    Gate.INSIDE_BOUNDS: inside_bounds,
    Gate.SIGMAS_KNOWN: sigmas_known,
    Gate.SHIFTS_SMALL: shifts_small,
    Gate.RESIDUAL_LOW: residual_low,
    Gate.GOF_LOW: gof_low,
}
"""All gates of one fit, the one that explains most first; `starts_agree` needs several fits."""

NUMERICAL = (Gate.AS_ASKED, Gate.CONVERGED, Gate.SHIFTS_SMALL, Gate.SIGMAS_KNOWN)
"""Gates that tell whether a fit arrived anywhere at all; the others judge where."""


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
