"""How far long work is: who does it says so, whoever waits may listen, and nobody has to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["listening", "part_done"]

_LISTENER: ContextVar[Callable[[float], object] | None] = ContextVar("listener", default=None)


def part_done(share: float) -> None:
    """Say which part of the work is done, from 0 to 1."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(min(max(share, 0.0), 1.0))


@contextmanager
def listening(told: Callable[[float], object]) -> Iterator[None]:
    """Hear, while the block runs, which part of the work in it is done.

    >>> with listening(print):
    ...     part_done(0.5)
    0.5
    """
    before = _LISTENER.set(told)
    try:
        yield
    finally:
        _LISTENER.reset(before)
