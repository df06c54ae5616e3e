"""What the option classes generate: the JSON Schema of a study, and `config/README.md`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.core.explain import extra_model, model_in
from pipeline.core.units import SUFFIX_UNITS
from pipeline.study.code import PACKAGE
from pipeline.study.model import study_model
from pipeline.study.table import COLUMNS, REQUIRED

ROOT = PACKAGE.parent
SCHEMA_FILE = Path("workflow/schemas/study.schema.json")
README_FILE = Path("config/README.md")

_HEAD = """\
# The study file and the data-set table

Generated from the option classes by `python -m pipeline docs`; do not edit by hand.

`snakemake` runs `config/config.yaml`, the demo study. `snakemake --configfile config/studies/mine.yaml`
runs another. A study is one YAML file of options and one tab-separated table of data sets beside it. Every
key and cell is checked before anything runs. YAML 1.2 rules hold: `NO` is text, `1e5` is a number.

Editors that know JSON Schema check a study as you type: put
`# yaml-language-server: $schema=../workflow/schemas/study.schema.json` on its first line
(one more `../` for a file in `config/studies`).
"""

_TABLE_HEAD = """
## The data-set table

Tab-separated text, one line a data set, the first line names the columns. Lines that begin with `#` and
empty lines are passed over; columns that a study does not need are left out.

| column | needed | meaning |
|---|---|---|
"""


def generated() -> dict[Path, str]:
    """Every generated file, relative to the project, with its text."""
    return {SCHEMA_FILE: schema_text(), README_FILE: readme_text()}


def schema_text() -> str:
    """JSON Schema of a study file."""
    schema = study_model().model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def readme_text() -> str:
    """`config/README.md`: every key with its unit, default and meaning."""
    lines = [_HEAD]
    lines += _section("## Keys of the study file", "", study_model())
    rows = [
        f"| `{name}` | {'yes' if name in REQUIRED else ''} | {text} |"
        for name, text in COLUMNS.items()
    ]
    return "\n".join(lines) + _TABLE_HEAD + "\n".join(rows) + "\n"


def _section(heading: str, prefix: str, model: type[BaseModel]) -> Iterator[str]:
    nested: list[tuple[str, type[BaseModel]]] = []
    yield f"{heading}\n"
    yield "| key | unit | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None:
            nested.append((name, inner))
        yield f"| `{prefix}{name}` | {_unit(name)} | {_default(field, inner)} | {field.description} |"
    inner = extra_model(model)
    if inner is not None:
        nested.append(("<edge>", inner))
        yield f"| `{prefix}<edge>` | | | {_first_line(inner)} `<edge>` is such as `Ni-K`. |"
    yield ""
    for name, inner in nested:
        yield from _section(
            f"### `{prefix}{name}`\n\n{_first_line(inner)}", f"{prefix}{name}.", inner
        )


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _unit(name: str) -> str:
    endings = [s for s in sorted(SUFFIX_UNITS, key=len, reverse=True) if name.endswith(s)]
    return SUFFIX_UNITS[endings[0]] if endings else ""


def _default(field: FieldInfo, inner: type[BaseModel] | None) -> str:
    if field.is_required():
        return "needed"
    if inner is not None:
        return "see below" if field.default is not None else "none; see below"
    value = field.default
    if value is None:
        return "none"
    text = json.dumps(value)
    return f"`{text}`"
