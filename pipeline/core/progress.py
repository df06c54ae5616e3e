"""Progress of a long step: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

_FEWEST = 50  # fewer items are done before a bar can be read
_LINES = 10
_LOG = logging.getLogger(__name__)


def track(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Pass items on, telling how far it is.

    Args:
        items: what is worked through; fewer than 50 are passed on in silence.
        what: what is done, such as `reading conv_100`.

    Yields:
        The items in their order.
    """
    if len(items) < _FEWEST:
        yield from items
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track as bar

        yield from bar(items, what, console=Console(stderr=True), transient=True)
    else:
        step = -(-len(items) // _LINES)
        for done, item in enumerate(items):
            if done % step == 0:
                _LOG.info("%s: %d of %d", what, done, len(items))
            yield item
        _LOG.info("%s: %d of %d", what, len(items), len(items))
