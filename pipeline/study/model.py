"""The study file's own keys as an option class, with one key for each technique."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from pipeline.core.options import Options
from pipeline.study.techniques import TECHNIQUES, module


class DemoOptions(Options):
    """A study whose raw files are simulated: the demo study."""

    seed: int = Field(20, ge=0, description="seed of the simulated noise")


class StudyKeys(Options):
    """One study: a YAML file of options, and a table of data sets beside it."""

    study: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",  # config.py says it in words
        description="name of the study; equals the file's name without `.yaml` "
        "(`demo` for `config.yaml`)",
    )
    raw: str = Field(
        description="folder of the raw files, relative to the project; paths in the table start here"
    )
    datasets: str = Field(description="the data-set table (tab-separated), beside this file")
    demo: DemoOptions | None = Field(
        None, description="simulate the raw files of the demo study; absent: they are real"
    )


@cache
def study_model() -> type[BaseModel]:
    """The option class of a whole study file, every technique's part included."""
    fields: dict[str, Any] = {}
    for technique in TECHNIQUES:
        cls = module(technique, "options").OPTIONS
        summary = (cls.__doc__ or "").strip().splitlines()[0]
        fields[technique] = (cls | None, Field(None, description=summary))
    return create_model("Study", __base__=StudyKeys, **fields)
