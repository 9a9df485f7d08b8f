"""What somebody has to look at in the ledger, for ``stagekansen check``."""

from __future__ import annotations

import os
from pathlib import Path

from stagekansen_lib.errors import Problem
from stagekansen_lib.fact_finding.act_files import SetAside, private_folder, read_private_files
from stagekansen_lib.fact_finding.ledgers import read_ledger
from stagekansen_lib.fact_finding.staleness import Changed, told_change
from stagekansen_lib.fact_finding.totals import rounds_to_tell
from stagekansen_lib.wording import chosen_language, say

__all__ = ["check_ledger"]


def check_ledger(folder: Path | None = None, *, releases: Path | None = None) -> tuple[Problem, ...]:
    """What somebody has to look at: files set aside, claims to look at again, rounds to tell, a folder that is open.

    Parameters
    ----------
    folder : folder of the ledger; ``data/ledger`` when left out.
    releases : folder of the releases; ``data/published`` when left out.
    """
    ledger = read_ledger(folder, releases=releases)
    problems = [_set_aside_problem(one) for one in (*ledger.aside, *_private_aside(folder))]
    problems += [_change_problem(one) for name in sorted(ledger.changed) for one in ledger.changed[name]]
    problems += [
        Problem(f"Round {number} is closed and nothing was told of it.", claim.id, "Run: stagekansen ledger totals")
        for claim, _, number in rounds_to_tell(ledger.folded)
    ]
    return (*problems, *_open_folder(folder))


def _set_aside_problem(one: SetAside) -> Problem:
    why = say(f"ledger.aside_{one.reason}", chosen_language())
    return Problem(f"{why}{f' ({one.more})' if one.more else ''}.", one.file)


def _change_problem(one: Changed) -> Problem:
    language = chosen_language()
    told = say("ledger.look_again", language, reference=one.reference, change=told_change(one, language))
    return Problem(told, one.claim, say("ledger.look_again_do", language))


def _private_aside(folder: Path | None) -> tuple[SetAside, ...]:
    """Files of what persons said that do not count. A process behind the wall cannot see them, and need not."""
    try:
        return tuple(SetAside(f"private/{one.file}", one.reason) for one in read_private_files(folder)[1])
    except PermissionError:
        return ()


def _open_folder(folder: Path | None) -> list[Problem]:
    home = private_folder(folder)
    if os.name == "nt" or not home.is_dir() or not home.stat().st_mode & 0o077:
        return []
    return [Problem("Others on this computer can open what persons said.", str(home), f"Run: chmod 700 {home}")]
