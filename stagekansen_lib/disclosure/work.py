"""How much a search may still do, counted in steps of its programs instead of seconds.

A clock stops the search sooner on a slow or a busy computer, which then hides other rows, or everything. Steps are the
same everywhere: the same answers and rules give the same release.
"""

from __future__ import annotations

__all__ = ["OutOfWorkError", "Work", "program_size"]

# About what a quiet core did in 2026: so many that the seconds of the rules are seconds there.
_STEPS_A_SECOND = 1_000_000_000
# Beside its turns a program takes time to be written down and shortened: as much as so many of them.
_TURNS_TO_BEGIN = 50
# A branch of an integer program is a linear program of its own, begun where the one before it ended.
_TURNS_A_BRANCH = 200

_MOST_TURNS = 2**31 - 1


class OutOfWorkError(Exception):
    """The work that the rules allow is done."""


class Work:
    """What a search has done and may do, in steps: turns of a program, each times its size.

    ``until`` is the number after which no program is begun.
    """

    def __init__(self, seconds: float) -> None:
        self.allowed = seconds * _STEPS_A_SECOND
        self.until = self.allowed
        self.done = 0.0

    def over(self) -> bool:
        """Whether no program may be begun."""
        return self.done >= self.until

    def turns(self, size: int) -> int:
        """How many turns a linear program of this size may take; none are left: `OutOfWorkError`."""
        if self.over():
            raise OutOfWorkError
        return min(_MOST_TURNS, 1 + int((self.until - self.done) / size))

    def branches(self, size: int, most: int) -> int:
        """How many branches an integer program of this size may look at, ``most`` at most, likewise."""
        return min(most, 1 + self.turns(size) // _TURNS_A_BRANCH)

    def add_turns(self, size: int, turns: int) -> None:
        self.done += size * (_TURNS_TO_BEGIN + turns)

    def add_branches(self, size: int, branches: int) -> None:
        self.done += size * _TURNS_A_BRANCH * max(1, branches)


def program_size(rows: int, columns: int, entries: int) -> int:
    """What one turn of a program costs, about: its rows, its columns and the numbers in it."""
    return rows + columns + entries
