"""What persons say: kept apart from everything else, one file for each thing said, and erased without a trace.

A position that is taken anew replaces the file of the old one, so that a change of mind leaves nothing behind while a
round is open. Nothing here is shown: totals are told by rule when a round is closed (``totals``).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from stagekansen_lib.fact_finding.access import take_back_codes
from stagekansen_lib.fact_finding.act_files import (
    ERASED,
    acts_folder,
    private_folder,
    read_act_files,
    read_private_files,
    remove_leftovers,
)
from stagekansen_lib.fact_finding.acts import (
    AnyPrivateAct,
    DissentTold,
    MindChanger,
    PositionTaken,
    ProcessConsent,
)

__all__ = ["erase_positions", "latest_of", "own_positions", "told_text", "with_name"]


def with_name(act: AnyPrivateAct, folder: Path | None = None) -> AnyPrivateAct:
    """The act with the name of the file that it goes to: that of the same thing said before, else a new one."""
    before = [one for one in read_private_files(folder)[0] if _about(one) == _about(act)]
    if not before:
        return act.model_copy(update={"id": secrets.token_hex(16), "revision": 0})
    last = max(before, key=lambda one: (one.revision, one.id))
    if told_text(last) != told_text(act):
        _remove_told(last, folder)
    return act.model_copy(update={"id": last.id, "revision": last.revision + 1})


def _about(act: AnyPrivateAct) -> tuple[str, ...]:
    """What makes two acts of one person the same thing said twice."""
    round_number = str(act.round) if isinstance(act, PositionTaken) else ""
    wording = "" if isinstance(act, ProcessConsent) else act.wording
    return (act.kind, act.voter, act.subject, wording, round_number)


def latest_of(acts: Iterable[AnyPrivateAct]) -> tuple[AnyPrivateAct, ...]:
    """Of each thing that a person said, what was said last, in the order of names that tell nothing."""
    latest: dict[tuple[str, ...], AnyPrivateAct] = {}
    for act in sorted(acts, key=lambda act: (act.revision, act.id)):
        latest[_about(act)] = act
    return tuple(sorted(latest.values(), key=lambda act: act.id))


def own_positions(voter: str, folder: Path | None = None) -> tuple[AnyPrivateAct, ...]:
    """What one person said, for that person's own form and for nobody else.

    Parameters
    ----------
    voter : the pseudonym.
    folder : folder of the ledger; ``data/ledger`` when left out.
    """
    return latest_of(act for act in read_private_files(folder)[0] if act.voter == voter)


def erase_positions(voter: str, *, subject: str = "", folder: Path | None = None) -> int:
    """Erase what a person said; gives how many files went. It is nowhere in the folder of the ledger afterwards.

    Parameters
    ----------
    voter : the pseudonym.
    subject : only what was said of this; everything when left out.
    folder : folder of the ledger; ``data/ledger`` when left out.

    Notes
    -----
    A code that lets the person into beheer works no more. In the place of each file stays an empty one, so that a copy
    that is put back is not read. What the person agreed to make public goes as well; git keeps what was committed, and
    whoever releases a text is told so beforehand. Totals that were told stay: they hold nobody's position, and a second
    telling would tell one.
    """
    mine = [act for act in read_private_files(folder)[0] if act.voter == voter and subject in ("", act.subject)]
    for act in mine:
        _remove_told(act, folder)
        path = private_folder(folder) / f"{act.id}.yaml"
        path.with_suffix(ERASED).touch(mode=0o600)
        path.unlink(missing_ok=True)
    if not subject:
        take_back_codes(voter, folder)
    remove_leftovers(folder)
    return len(mine)


def told_text(act: AnyPrivateAct) -> tuple[str, str]:
    """What a person agreed to make public: ("dissent" or "would_change", text); two empty texts when nothing."""
    if isinstance(act, PositionTaken) and act.may_be_told and act.position == "disagree" and act.reason:
        return "dissent", act.reason
    if isinstance(act, MindChanger) and act.may_be_told:
        return "would_change", act.text
    return "", ""


def _remove_told(act: AnyPrivateAct, folder: Path | None) -> None:
    """Take away one public act with this text: another person may have said the same."""
    what, text = told_text(act)
    for told in read_act_files(folder)[0]:
        if isinstance(told, DissentTold) and (told.subject, told.what, told.text) == (act.subject, what, text):
            for path in acts_folder(folder).rglob(f"{told.id}.yaml"):
                path.unlink()
            return
