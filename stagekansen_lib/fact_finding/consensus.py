"""Group-informed agreement as Polis computes it, for comparison. No status uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GroupConsensus", "group_consensus"]

_COLUMNS = ("group", "statement", "vote")


@dataclass(frozen=True, eq=False)
class GroupConsensus:
    """Agreement over groups.

    Parameters
    ----------
    table : one row a statement, the most agreed first: ``statement``, ``consensus_agree``, ``consensus_disagree``
        (products over the groups, 0 to 1).
    groups : one row a statement and group: ``statement``, ``group``, ``seen`` (voters who saw it), ``agree``,
        ``disagree`` (counts), ``agree_smoothed``, ``disagree_smoothed`` (0 to 1).
    """

    table: pd.DataFrame
    groups: pd.DataFrame

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The table with headings in words, two decimals.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.
        """
        chosen = chosen_language(language)
        return self.table.round(2).rename(columns={name: say(f"ledger.head_{name}", chosen) for name in self.table})

    def __repr__(self) -> str:
        return self.table.to_string(index=False)

    def _repr_html_(self) -> str:
        return f"<p>{say('ledger.consensus_note', chosen_language())}</p>{self.labelled().to_html(index=False)}"


def group_consensus(votes: pd.DataFrame | Iterable[Mapping[str, Any]]) -> GroupConsensus:
    """How far all groups agree with each statement: the smoothed share per group, multiplied over the groups.

    Parameters
    ----------
    votes : one row a participant and statement, with columns ``group``, ``statement`` and ``vote`` (1 agree, -1
        disagree, 0 saw it and passed), and ``participant`` where it is known. A statement that a participant never saw
        has no row.

    Returns
    -------
    GroupConsensus. With k of the n who saw it in a group agreeing, the smoothed share is (k + 1)/(n + 2); a group that
    never saw a statement counts 1/2. It falls with the number of groups: eight unanimous groups of three come to 0.17.
    Votes are what persons said, so this is for inside the team.

    Raises
    ------
    InputError : a column is missing, a vote is not 1, 0 or -1, or a participant votes twice on a statement.

    Notes
    -----
    Small, C. and others (2021), Polis: Scaling deliberation by mapping high dimensional opinion spaces, Recerca 26(2),
    doi:10.6035/recerca.5516. Checked against ``tests/reference/monitoring/10_consensus``.

    Examples
    --------
    >>> votes = [{"participant": n, "group": "a", "statement": "s", "vote": int(n < 8)} for n in range(10)]
    >>> votes += [{"participant": n, "group": "b", "statement": "s", "vote": int(n < 13)} for n in range(10, 14)]
    >>> float(group_consensus(votes).table["consensus_agree"][0])
    0.5
    """
    import pandas as pd

    given = votes if isinstance(votes, pd.DataFrame) else pd.DataFrame([dict(vote) for vote in votes])
    rows = _checked(given)
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for group, statement, vote in zip(rows["group"], rows["statement"], rows["vote"], strict=True):
        count = counts[str(statement), str(group)]
        count[0] += 1
        count[1] += int(vote == 1)
        count[2] += int(vote == -1)
    groups = sorted({group for _, group in counts})
    per_group, totals = [], []
    for statement in sorted({statement for statement, _ in counts}):
        up, down = 1.0, 1.0
        for group in groups:
            seen, agree, disagree = counts.get((statement, group), (0, 0, 0))
            smoothed = (agree + 1) / (seen + 2), (disagree + 1) / (seen + 2)
            up, down = up * smoothed[0], down * smoothed[1]
            per_group.append((statement, group, seen, agree, disagree, *smoothed))
        totals.append((statement, up, down))
    names = ("statement", "group", "seen", "agree", "disagree", "agree_smoothed", "disagree_smoothed")
    table = pd.DataFrame(totals, columns=["statement", "consensus_agree", "consensus_disagree"])
    ranked = table.sort_values("consensus_agree", ascending=False, kind="stable").reset_index(drop=True)
    return GroupConsensus(ranked, pd.DataFrame(per_group, columns=list(names)))


def _checked(rows: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in _COLUMNS if name not in rows.columns]
    if missing:
        raise InputError([Problem(f"The votes have no column '{name}'.", do="Give all three.") for name in missing])
    problems = []
    if not rows["vote"].isin([1, 0, -1]).all():
        problems.append(Problem("A vote is not 1, 0 or -1.", "vote", "Write 1 agree, -1 disagree, 0 pass."))
    if "participant" in rows.columns and rows.duplicated(["participant", "statement"]).any():
        problems.append(Problem("A participant votes twice on one statement.", "participant", "Keep the last vote."))
    if problems:
        raise InputError(problems)
    return rows
