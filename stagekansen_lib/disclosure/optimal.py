"""Secondary protection at the least cost, proven: one problem over all linked tables of a call (rule R6).

A master integer program chooses the rows to hide. For each secret count two linear programs give what a reader who
knows every other row exactly can compute; where that is too close, their dual solution is a sum of rows of which
enough must be hidden, and the master gets that as a new condition (a cut). When no attack is left that succeeds, the
choice is safe, and no cheaper one is. All of it, from the first program on, is bounded in work (``work``), which is the
same on every computer; a safe choice that is less thrifty is made first and stands when the search does not end within
that. Where there are very many secrets, the search is told from the start what each single sum asks, and the safe
choice goes on from where the search came.

Source: Fischetti and Salazar-González (2001), Solving the cell suppression problem on tabular data with linear
constraints, Management Science 47(7), doi:10.1287/mnsc.47.7.1008.9805. Checked against brute force over all sets of
rows, on tables small enough to enumerate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stagekansen_lib.disclosure.intervals import EXACT_COUNT, Counts, Demand, Secret
from stagekansen_lib.disclosure.master_problem import Master
from stagekansen_lib.disclosure.reach import Attacks, End
from stagekansen_lib.disclosure.work import OutOfWorkError, Work

__all__ = ["Bounds", "Suppression", "hide_cheapest"]


# How many rows of the fallback are tried without, each at the price of an attack.
_MOST_SHOWN_AGAIN = 60

# The fallback asks for ends one by one, but for more than this many programs it takes several ends together.
_MOST_WORLDS = 60

# After so many programs the fallback looks which ends have become safe by themselves.
_WORLDS_A_TURN = 20

# New conditions in one round of the search: many ends ask for the same rows, so some at a time say as much.
_MOST_CUTS = 40

# With more ends than this the search is told from the start what single sums say: no round has to find that out.
_MANY_ENDS = 1000

# Parts of the work: for the search, then for a last bound on the cost; what remains is for rows to be shown again.
_SEARCH, _LAST_BOUND = 0.8, 0.1
# Among many ends the fallback goes on from what the search found last, and so comes after it.
_SEARCH_OF_MANY = 0.5


@dataclass(frozen=True)
class Bounds:
    """How far the search goes: rounds of attack, branches of one master program, and in all as much work as a quiet
    computer does in so many seconds.
    """

    rounds: int
    nodes: int
    seconds: float


@dataclass(frozen=True)
class Suppression:
    """The rows to hide besides those hidden already, what that costs, and how far from the least it can be.

    ``hidden`` gives for each row the secret that it protects. ``cost`` is the sum of what the rows cost, ``least`` a
    bound below which no safe choice can cost: the two are equal when ``method`` is "optimal". ``method`` "greedy"
    means that the bounds of the search were reached and the fallback chose, "everything" that the work did not even
    suffice for that, so that all rows are hidden that sums tie to a secret. ``unprotected`` are secrets that stay too
    close even when everything is hidden, because something outside the tables tells them.
    """

    hidden: Mapping[int, Secret] = field(default_factory=dict)
    cost: float = 0.0
    least: float = 0.0
    method: str = "optimal"
    rounds: int = 0
    unprotected: tuple[Secret, ...] = ()

    @property
    def gap(self) -> float:
        """The largest part of the cost, 0 to 1, that a better choice could save."""
        return (self.cost - self.least) / self.cost if self.cost else 0.0


def hide_cheapest(
    counts: Counts,
    secrets: Sequence[Secret],
    shown: set[int],
    cost: Mapping[int, float],
    demand: Demand,
    bounds: Bounds,
    tell: Callable[[int], None] = lambda _: None,
) -> Suppression:
    """The cheapest rows to hide so that no secret can be computed too closely; the fallback's choice past the bounds.

    Parameters
    ----------
    counts : every count of the call, completed.
    secrets : what must stay unknown. ``shown`` : rows shown so far. ``cost`` : what hiding a row costs, over 0.
    demand : the interval that must remain of each secret.
    bounds : how far the search goes.
    tell : called with the number of each round as it begins.
    """
    if not secrets or not shown:
        return Suppression()
    work = Work(bounds.seconds)
    attacks = Attacks(counts, shown, work)
    try:
        open_ends, unprotected = _open_ends(attacks, secrets, demand)
        if not open_ends:
            return Suppression(unprotected=unprotected)
        many = len(open_ends) > _MANY_ENDS
        chosen = {} if many else _safe_choice(attacks, open_ends, cost)
        work.until = (_SEARCH_OF_MANY if many else _SEARCH) * work.allowed
        search = _Search(attacks, open_ends, Master(attacks.givers, sorted(shown), cost))
        found = search.proven(bounds, tell)
        if found is not None:
            total = math.fsum(cost[row] for row in found)
            return Suppression(search.master.needs(found), total, total, "optimal", search.rounds, unprotected)
        work.until = max(work.until, work.done) + _LAST_BOUND * work.allowed
        least = search.least_with_the_last_cuts(bounds)
        work.until = work.allowed
        if many:
            chosen = _safe_choice(attacks, open_ends, cost, search.master.needs(search.last))
    except OutOfWorkError:
        linked = attacks.linked_rows(secrets)
        return Suppression(linked, math.fsum(cost[row] for row in linked), method="everything")
    hidden = {row: chosen[row] for row in sorted(_shown_again(attacks, search.master, open_ends, set(chosen), cost))}
    total = math.fsum(cost[row] for row in hidden)
    return Suppression(hidden, total, min(least, total), "greedy", search.rounds, unprotected)


@dataclass
class _Search:
    """The rounds of the search: the cheapest choice so far, the attacks that it does not withstand, and once more."""

    attacks: Attacks
    ends: Sequence[End]
    master: Master
    least: float = 0.0
    rounds: int = 0
    solved: int = 0
    last: set[int] = field(default_factory=set)

    def proven(self, bounds: Bounds, tell: Callable[[int], None]) -> set[int] | None:
        """The cheapest safe rows; None when the bounds were reached before they were found."""
        for end in self.ends:
            # Whatever else is hidden, a count that a row gives away is known.
            self.master.add(self.attacks.alone(end))
        if len(self.ends) > _MANY_ENDS:
            for end in self.ends:
                for cut in self.attacks.in_one_sum(end):
                    self.master.add(cut)
        try:
            for self.rounds in range(1, bounds.rounds + 1):
                tell(self.rounds)
                self.solved = len(self.master.cuts)
                found, bound = self.master.solve(bounds.nodes, self.attacks.work)
                self.least, self.last = max(self.least, bound), found or self.last
                cuts = self.attacks.cuts(self.ends, found, _MOST_CUTS) if found is not None else []
                if not cuts:
                    return found
                for cut in cuts:
                    self.master.add(cut)
        except OutOfWorkError:
            pass
        return None

    def least_with_the_last_cuts(self, bounds: Bounds) -> float:
        """What any safe choice costs at the least, also by the cuts that no round has used yet."""
        if len(self.master.cuts) == self.solved:
            return self.least
        return max(self.least, self.master.solve(bounds.nodes, self.attacks.work)[1])


def _safe_choice(
    attacks: Attacks, ends: Sequence[End], cost: Mapping[int, float], begun: Mapping[int, Secret] | None = None
) -> dict[int, Secret]:
    """Rows after which no attack succeeds, without a proof that they are the cheapest: the fallback.

    ``begun`` are rows that are to be among them; what a search found last comes close already.

    For each end, a world is looked for in which it lies far enough and which differs from the truth in the rows that
    cost least to hide; those rows are hidden. What is hidden for one end costs the next nothing. In a large problem one
    program looks for a world for several ends, of which some go up and others down; ends that cannot share a world are
    divided. With all rows hidden each distance can be had (``_open_ends``), so this ends, and ends safe.
    """
    hidden = dict(begun or {})
    settled: set[End] = set()
    while left := [end for end in attacks.left(ends, set(hidden)) if end not in settled]:
        waiting = _together(left)
        while waiting:
            together = attacks.left(waiting.pop(), set(hidden), quick=True)
            moved = attacks.cheapest_world(together, set(hidden), cost) if together else set()
            if moved is None and len(together) > 1:
                half = len(together) // 2
                waiting += [together[half:], together[:half]]
                continue
            settled.update(together)
            if moved is None:
                hidden |= attacks.linked_rows([together[0].secret])
            else:
                hidden |= {row: attacks.nearest(row, together) for row in moved}
    return hidden


def _together(left: Sequence[End]) -> list[list[End]]:
    """Ends that are to share a world, as many as one turn looks at; the last is taken first."""
    # Neighbours in a table make room for each other when one goes up and the next down.
    mixed = [end for turn in (0, 1) for at, end in enumerate(left) if (at % 2 == turn) == (end.sign > 0)]
    size = -(-len(mixed) // _MOST_WORLDS)
    return [mixed[at : at + size] for at in range(0, size * _WORLDS_A_TURN, size)][::-1]


def _shown_again(
    attacks: Attacks, master: Master, ends: Sequence[End], hidden: set[int], cost: Mapping[int, float]
) -> set[int]:
    """The rows of the fallback without those that prove not to be needed, the dearest tried first, as work allows."""
    try:
        for row in sorted(hidden, key=lambda one: (-cost[one], one))[:_MOST_SHOWN_AGAIN]:
            if not master.breaks(row, hidden) and not attacks.cuts(ends, hidden - {row}, 1):
                hidden = hidden - {row}
    except OutOfWorkError:
        pass
    return hidden


def _open_ends(attacks: Attacks, secrets: Sequence[Secret], demand: Demand) -> tuple[list[End], tuple[Secret, ...]]:
    """What must hold, each count once; a distance that cannot be had even with all rows hidden is shortened to that."""
    wanted = [
        End(secret, sign, distance)
        for secret in {one.key: one for one in reversed(secrets)}.values()
        for sign, distance in secret.ends
        or ((1.0, demand.upper - secret.value), (-1.0, secret.value - demand.lowest(secret.value)))
        if distance > EXACT_COUNT
    ]
    ends, unprotected = [], []
    short = set(attacks.left(wanted, attacks.rows))
    for end in wanted:
        reached = attacks.reach(end, attacks.rows) if end in short else end.distance
        if reached < end.distance - EXACT_COUNT:
            unprotected.append(end.secret)
        if reached > EXACT_COUNT:
            ends.append(End(end.secret, end.sign, min(end.distance, reached)))
    return ends, tuple(dict.fromkeys(unprotected))
