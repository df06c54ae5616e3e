"""The shape that every technique folder has, held for those that are there and those to come."""

import ast
import dataclasses
import inspect
import typing
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import pipeline
from pipeline.core.options import Options
from pipeline.core.units import SUFFIX_UNITS, has_unit
from pipeline.study.code import imports_of
from pipeline.study.techniques import TECHNIQUES, module

PACKAGE = Path(pipeline.__file__).parent
ROLES = ("options", "records", "read", "nexus", "figures", "tables", "steps")
LIBRARIES_OF_ROLES = {"h5py", "matplotlib", "larch", "typer", "rich", "snakemake"}
STEP_FUNCTIONS = ("targets", "reads", "inputs", "options", "run")
LONGEST_LINES = 350


def modules_of(technique: str) -> list[str]:
    folder = PACKAGE / technique
    files = sorted(folder.rglob("*.py"))
    names = (".".join(f.relative_to(PACKAGE.parent).with_suffix("").parts) for f in files)
    return [name.removesuffix(".__init__") for name in names]


def third_party(name: str) -> set[str]:
    path = PACKAGE.parent.joinpath(*name.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.fixture(params=TECHNIQUES)
def technique(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_technique_has_the_same_files(technique: str, root: Path) -> None:
    there = {p.name for p in (PACKAGE / technique).iterdir()}
    assert "__init__.py" in there
    for role in ROLES:  # a file, or a folder where there is much of it
        assert there & {role, f"{role}.py"}, f"{technique} has no {role}"
    assert (root / f"workflow/rules/{technique}.smk").is_file()


def test_every_folder_is_a_technique_or_a_layer() -> None:
    layers = {"core", "physics", "formats", "study", "demo"}
    there = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert there == layers | set(TECHNIQUES)


def test_techniques_are_blind_to_each_other_and_to_the_study(technique: str) -> None:
    others = {f"pipeline.{t}" for t in (*TECHNIQUES, "study", "demo", "cli") if t != technique}
    for name in modules_of(technique):
        for imported in imports_of(name):
            top = ".".join(imported.split(".")[:2])
            assert top not in others, f"{name} imports {imported}"


def test_the_layers_below_know_no_technique(technique: str) -> None:
    for layer in ("core", "physics", "formats"):
        for name in modules_of(layer):
            assert not any(i.startswith(f"pipeline.{technique}") for i in imports_of(name)), name


def test_the_analysis_is_pure(technique: str) -> None:
    pure = [n for n in modules_of(technique) if n.count(".") > 1 and n.split(".")[2] not in ROLES]
    assert pure
    for name in pure:
        wrapped = {"larch"} if name.endswith("_larch") else set()  # one module a wrapped function
        assert not third_party(name) & LIBRARIES_OF_ROLES - wrapped, name
        for imported in imports_of(name):
            parts = imported.split(".")
            if parts[1:2] == [technique] and len(parts) > 2:
                assert parts[2] not in set(ROLES) - {"options", "records"}, f"{name}: {imported}"


def record_classes(records: ModuleType) -> list[type]:
    return [
        cls
        for _, cls in inspect.getmembers(records, inspect.isclass)
        if cls.__module__.startswith(records.__name__) and dataclasses.is_dataclass(cls)
    ]


def is_number(hint: object) -> bool:
    parts = (hint, *typing.get_args(hint))
    return any(p is float or typing.get_origin(p) is np.ndarray for p in parts)


def test_records_are_frozen_and_their_numbers_have_units(technique: str) -> None:
    classes = record_classes(module(technique, "records"))
    assert classes
    for cls in classes:
        assert cls.__dataclass_params__.frozen, cls
        hints = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            if is_number(hints[field.name]):
                assert has_unit(field.name), f"{cls.__name__}.{field.name} states no unit"


def test_records_hold_arrays_that_nobody_can_change(technique: str) -> None:
    for cls in record_classes(module(technique, "records")):
        hints = typing.get_type_hints(cls)
        arrays = [
            f.name
            for f in dataclasses.fields(cls)
            if typing.get_origin(hints[f.name]) is np.ndarray
        ]
        if arrays:
            source = inspect.getsource(cls)
            assert "__post_init__" in source, f"{cls.__name__} does not freeze {arrays}"


def test_options_are_frozen_described_and_refuse_unknown_keys(technique: str) -> None:
    options = module(technique, "options")
    assert issubclass(options.OPTIONS, Options)
    for name in ("ROLES", "MODES", "REQUIRED_COLUMNS", "check"):
        assert hasattr(options, name)
    for _, cls in inspect.getmembers(options, inspect.isclass):
        if not cls.__module__.startswith(options.__name__) or not issubclass(cls, Options):
            continue
        assert cls.model_config["frozen"], cls
        for field_name, field in cls.model_fields.items():
            assert field.description, f"{cls.__name__}.{field_name} has no description"
            if field.annotation in (float, float | None):
                stated = field_name.endswith(
                    (*SUFFIX_UNITS, "_tolerance", "_level", "_ratio", "_fraction", "_sigma")
                )
                assert stated, f"{cls.__name__}.{field_name} states no unit"


def test_every_step_has_the_five_functions(technique: str) -> None:
    steps = module(technique, "steps").RESULT_STEPS
    for step in (*steps, "figures"):
        found = module(technique, f"steps.{step}")
        for name in STEP_FUNCTIONS:
            assert callable(getattr(found, name)), f"{found.__name__} has no {name}"


def test_every_technique_says_what_it_measures_and_where_from(technique: str) -> None:
    text = (
        module(technique, "options").__spec__.parent
        and __import__(f"pipeline.{technique}", fromlist=["x"]).__doc__
    )
    assert "doi:" in text


def test_files_are_short() -> None:
    long = {
        str(p.relative_to(PACKAGE)): n
        for p in PACKAGE.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST_LINES
    }
    assert not long
