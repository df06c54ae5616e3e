"""Jobs and fits as JSON, for an engine in another interpreter: plain values there and back, nothing lost.

Numbers go as shortest decimals that read back equal; NaN and infinities, which JSON has not, go as `null` in arrays.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from typing import Any, TypeVar

import numpy as np

Record = TypeVar("Record")


def dumped(record: Any) -> str:
    """A record, its nested ones and arrays as one line of JSON."""
    return json.dumps(plain(record), allow_nan=False)


def plain(value: Any) -> Any:
    """A record as plain dictionaries, lists and numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def loaded(values: Any, cls: type[Record]) -> Record:
    """A record from plain values.

    Raises:
        KeyError: a field is missing.
    """
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    return cls(**{f.name: _value(values[f.name], hints[f.name]) for f in fields})


def _value(value: Any, hint: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _value(value, next(h for h in inner if h is not type(None)))
    if origin is np.ndarray:
        return np.array(value, dtype=np.float64)  # None becomes NaN
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return tuple(_value(v, inner[0]) for v in value)
        return tuple(_value(v, h) for v, h in zip(value, inner, strict=True))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return loaded(value, hint)
    if hint is float:
        return math.nan if value is None else float(value)
    return value
