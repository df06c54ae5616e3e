"""Options of phases: their symmetry, start cell, and the reflections that are followed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pipeline.core.options import Options
from pipeline.physics.lattice import FREE

Hkl = tuple[int, int, int]
System = Literal["cubic", "tetragonal", "hexagonal", "orthorhombic", "monoclinic", "triclinic"]
Length = Annotated[float, Field(gt=0.5, lt=200.0)]
Angle = Annotated[float, Field(gt=20.0, lt=160.0)]


def _three(given: object) -> object:
    if not isinstance(given, list | tuple) or len(given) != 3:
        text = f"{given!r} is no reflection; write its three indices in brackets, such as [0, 0, 3]"
        raise ValueError(text)
    return given


def _no_origin(hkl: Hkl) -> Hkl:
    if hkl == (0, 0, 0):
        raise ValueError("(0, 0, 0) is no reflection")
    return hkl


Reflection = Annotated[Hkl, BeforeValidator(_three), AfterValidator(_no_origin)]


def hkl_label(hkl: Hkl) -> str:
    """Indices as written in figures and tables: `003`, and `1 0 -2` or `0 0 12` where digits would run together."""
    plain = all(0 <= i <= 9 for i in hkl)
    return ("" if plain else " ").join(str(i) for i in hkl)


class PhaseOptions(Options):
    """One crystalline phase: where its lines are expected."""

    system: System = Field(
        "hexagonal",
        description="crystal system of the axes; R-3m is described on `hexagonal` axes",
    )
    a_angstrom: Length = Field(description="start cell")
    b_angstrom: Length | None = Field(None, description="start cell; only where it differs from a")
    c_angstrom: Length | None = Field(None, description="start cell; only where it differs from a")
    alpha_deg: Angle | None = Field(None, description="start cell, triclinic")
    beta_deg: Angle | None = Field(None, description="start cell, monoclinic and triclinic")
    gamma_deg: Angle | None = Field(None, description="start cell, triclinic")
    space_group: str = Field(
        "",
        description="Hermann-Mauguin symbol, such as `R -3 m`; a reflection that it forbids is refused. Absent: all are taken",
    )
    reflections: list[Reflection] = Field(
        description="lines that are followed, `[[0, 0, 3], [1, 0, 4]]`", min_length=1
    )

    @model_validator(mode="after")
    def _cell_of_the_system(self) -> PhaseOptions:
        for name in ("b", "c", "alpha", "beta", "gamma"):
            key = f"{name}_deg" if len(name) > 1 else f"{name}_angstrom"
            given = getattr(self, key) is not None
            if given != (name in FREE[self.system]):
                raise ValueError(
                    f"a {self.system} cell {'does not take' if given else 'needs'} `{key}`"
                )
        if len(set(self.reflections)) < len(self.reflections):
            raise ValueError("a reflection stands twice in `reflections`")
        return self

    @property
    def cell(self) -> tuple[float, float, float, float, float, float]:
        """All six numbers of the start cell."""
        a, system = self.a_angstrom, self.system
        b = self.b_angstrom or a
        c = self.c_angstrom or a
        gamma = 120.0 if system == "hexagonal" else (self.gamma_deg or 90.0)
        return a, b, c, self.alpha_deg or 90.0, self.beta_deg or 90.0, gamma
