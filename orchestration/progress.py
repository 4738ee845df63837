"""Telling a person how far a run is.

Belongs here: the channel between a step and whoever shows progress. Does not belong here: the showing (`console`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]  # what, done, of (0 where unknown)

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """`tell` reaches `listener` inside the block, in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(what: str, done: int = 0, total: int = 0) -> None:
    """Say what is at work; silence when nobody listens."""
    listener = _listener.get()
    if listener:
        listener(what, done, total)
