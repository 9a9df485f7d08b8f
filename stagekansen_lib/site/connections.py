"""Who is connected to the server: nobody's silence keeps another out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

__all__ = ["OpenConnections"]


class Stream(Protocol):
    """What is asked of a connection: to end, and whether an answer is under way."""

    def close(self) -> None: ...

    def writing(self) -> bool: ...


class OpenConnections:
    """The open connections, who spoke longest ago first. Who comes when it is full takes the place of who is silent.

    Parameters
    ----------
    most : connections that may be open at once.
    most_of_one : of which so many from one address. Behind a web server everybody comes from its address, so this is
        more than a meeting needs.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self.most, self.most_of_one = most, most_of_one
        self._open: dict[Stream, str] = {}

    def __len__(self) -> int:
        return len(self._open)

    def arrived(self, stream: Stream, address: str) -> bool:
        """Whether a new connection may stay; the longest silent one is closed for it when there is no room."""
        counts = Counter(self._open.values())
        if counts[address] >= self.most_of_one:
            room = self._close_silent(address)
        elif len(self._open) >= self.most:
            room = any(self._close_silent(busiest) for busiest, _ in counts.most_common())
        else:
            room = True
        if room:
            self._open[stream] = address
        return room

    def spoke(self, stream: Stream) -> None:
        """A connection was heard or answered: it is the last to be closed for another."""
        if stream in self._open:
            self._open[stream] = self._open.pop(stream)

    def left(self, stream: Stream) -> None:
        """A connection has ended."""
        self._open.pop(stream, None)

    def _close_silent(self, address: str) -> bool:
        """Close the connection from an address that is silent longest; False when all of them are being answered."""
        silent = next(self._silent(address), None)
        if silent is None:
            return False
        self.left(silent)
        silent.close()
        return True

    def _silent(self, address: str) -> Iterator[Stream]:
        return (stream for stream, whose in self._open.items() if whose == address and not stream.writing())
