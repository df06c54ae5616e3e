"""The study file as text with lines: YAML 1.2, duplicate keys refused, every key with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.core.errors import StudyError


@dataclass(frozen=True, slots=True)
class StudySource:
    """A parsed study file that still knows on which line each key stands."""

    path: Path
    tree: CommentedMap

    @property
    def values(self) -> dict[str, Any]:
        """The content as plain dicts, lists and scalars."""
        plain: dict[str, Any] = _plain(self.tree)
        return plain

    def line(self, keys: Sequence[str | int]) -> int:
        """Line (from 1) of a key path, or of the deepest part of it that stands in the file."""
        node: Any = self.tree
        line = 1
        for key in keys:
            if isinstance(node, CommentedMap) and key in node:
                line = node.lc.key(key)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
                line = node.lc.item(key)[0] + 1
            else:
                break
            node = node[key]
        return line


def read_source(path: Path) -> StudySource:
    """Read a study file.

    Raises:
        StudyError: missing, no YAML, a key that stands twice, or no mapping.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such study file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: cannot be read as UTF-8 text ({error}).") from error
    try:
        tree = YAML(typ="rt").load(content)
    except DuplicateKeyError as error:
        where = f"{path}:{error.problem_mark.line + 1}"
        raise StudyError(f"{where}: this key stands twice; keep one of them.") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise StudyError(f"{where}: this is no valid YAML: {error.problem}.") from error
    except YAMLError as error:
        raise StudyError(f"{path}: this is no valid YAML: {error}.") from error
    if not isinstance(tree, CommentedMap):
        raise StudyError(f"{path}: a study file holds keys and values, such as `study: mine`.")
    return StudySource(path, tree)


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (
        int,
        float,
        str,
    ):  # ruamel's scalars remember their spelling; only the value counts
        if isinstance(node, kind):
            return kind(node)
    return str(node)
