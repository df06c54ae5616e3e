"""What pydantic finds wrong with options, in words for a user who has never heard of it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.core.errors import did_you_mean
from pipeline.core.study import Problem


def problems_of(
    place: tuple[str | int, ...], model: type[BaseModel], error: ValidationError
) -> Iterator[Problem]:
    """Each finding with its place.

    Args:
        place: keys of what was validated, in the study file.
        model: its option class.
        error: what pydantic found.
    """
    for item in error.errors():
        yield Problem((*place, *item["loc"]), _in_words(model, item["loc"], item))


def _in_words(model: type[BaseModel], loc: tuple[str | int, ...], item: Any) -> str:
    kind, given = item["type"], item.get("input")
    if kind == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        return f"unknown key '{loc[-1]}'.{did_you_mean(str(loc[-1]), known)}"
    if kind == "missing":
        return "this key is missing, and it has no default."
    if kind == "value_error":
        return str(item["ctx"]["error"]) + "."
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not fit: lower-case letters, digits, `-` and `_`, please."
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"{given!r} does not fit: keys and values belong here, such as `{{key: value}}`."
    message = item["msg"].replace("Input should be", "should be")
    hint = ""
    if kind == "literal_error":
        expected = item["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        hint = did_you_mean(str(given), expected)
    return f"{given!r} does not fit: {message}.{hint}"


def _known_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Names that would have been right at a place, by walking the option classes."""
    current: type[BaseModel] | None = model
    named = False
    for key in loc:
        if named:  # by the user, as phases are: the option class is known already
            named = False
            continue
        if current is None:
            return []
        field = current.model_fields.get(str(key))
        named = field is not None and typing.get_origin(field.annotation) is dict
        current = model_in(field.annotation) if field else extra_model(current)
    return [] if current is None else list(current.model_fields)


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Give the option class in an annotation such as `LcfOptions | None`, or None."""
    candidates = (annotation, *typing.get_args(annotation))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)


def extra_model(model: type[BaseModel]) -> type[BaseModel] | None:
    """Give the option class of keys that a model does not name, such as edges, or None."""
    hints = typing.get_type_hints(model).get("__pydantic_extra__")
    arguments = typing.get_args(hints)
    return model_in(arguments[1]) if len(arguments) == 2 else None
