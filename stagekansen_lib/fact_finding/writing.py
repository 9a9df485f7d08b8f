"""Say something in the ledger: checked against what is there, given what it rests on, and written as one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, RefusedError, StagekansenError, did_you_mean
from stagekansen_lib.fact_finding.act_files import moment_now, new_id, read_act_files, write_act_file
from stagekansen_lib.fact_finding.acts import (
    ActWithdrawn,
    AnyAct,
    AnyPrivateAct,
    ClaimConfirmed,
    DecisionTaken,
    EvidenceAdded,
    EvidenceWithdrawn,
    PositionTaken,
    PrivateAct,
    ProcessConsent,
    Rest,
    RoundClosed,
    act_from,
)
from stagekansen_lib.fact_finding.folding import ClaimNow, Folded, fold
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_rules import LedgerRules, read_ledger_rules
from stagekansen_lib.fact_finding.positions import with_name
from stagekansen_lib.fact_finding.references import Reference, parse_reference, problems_with, references_in
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml

__all__ = ["completed", "write_act"]

_GIVEN = ("id", "at", "rests", "revision")
# Told by rule from what persons said; nobody writes these.
_BY_RULE = ("totals_told", "dissent_told")
_FINAL = (*_BY_RULE, "round_closed")
_NEW = {
    "claim_proposed": "claim",
    "question_raised": "question",
    "correction_asked": "correction",
    "decision_taken": "decision",
}
# Fields that people write.
_WRITTEN = ("text", "reason", "note", "alternatives", "spoken_by", "if_", "then_")
# Kinds whose sentences state results, so that their numbers must be references.
_STATES = ("claim_proposed", "claim_reworded", "question_answered")


def write_act(
    act: Mapping[str, Any] | AnyAct | AnyPrivateAct, folder: Path | None = None, *, facts: KnownFacts | None = None
) -> Path:
    """Say something in the ledger; gives the file it stands in.

    Parameters
    ----------
    act : a mapping with ``kind``, ``subject``, ``role`` and what the kind asks, such as ``text_nl`` and ``text_en``.
        What begins a claim, question, decision or correction may leave ``subject`` out. A model of
        ``fact_finding.acts`` serves as well. Name, moment and seals are given here.
    folder : folder of the ledger; ``data/ledger`` when left out. What a person says goes to its private folder.
    facts : where releases and registers are looked up; those of the project when left out.

    Returns
    -------
    Path : the file that holds the act.

    Raises
    ------
    InputError : an unknown field or value, a subject that is not there, a typed result in a sentence, a reference that
        points at nothing, an unknown role or organisation. All at once; nothing is written.
    RefusedError : a round that is not open, or something that is told by rule only.

    Examples
    --------
    >>> import tempfile
    >>> path = write_act({"kind": "question_raised", "role": "student", "text_nl": "Wanneer in het jaar speelt het?",
    ...                   "text_en": "When in the year does it happen?"}, Path(tempfile.mkdtemp()))
    >>> path.parent.parent.name
    'acts'
    """
    content = dict(act) if isinstance(act, Mapping) else act.model_dump(exclude_defaults=True)
    known = facts or KnownFacts(read_ledger_rules())
    given = [name for name in _GIVEN if name in content]
    if given:
        raise InputError(
            [Problem(f"Field '{name}' is given when the act is written.", do="Leave it out.") for name in given]
        )
    if content.get("kind") in _BY_RULE:
        raise RefusedError("Totals and released texts are told by rule: close the round, then tell the totals.")
    said, name = _named(content)
    ready = completed(said, fold(read_act_files(folder)[0]), known)
    if isinstance(ready, PrivateAct):
        return write_act_file(with_name(ready, folder), folder)
    return write_act_file(ready.model_copy(update={"id": name, "at": moment_now()}), folder)


def _named(content: dict[str, Any]) -> tuple[AnyAct | AnyPrivateAct, str]:
    """The act with a subject of its own when it begins something without naming it, and the name of its file."""
    name = new_id()
    if content.get("kind") in _NEW and not content.get("subject"):
        content["subject"] = f"{_NEW[content['kind']]}-{name[-8:].lower()}"
    return act_from(content), name


def completed(said: AnyAct | AnyPrivateAct, folded: Folded, facts: KnownFacts) -> AnyAct | AnyPrivateAct:
    """An act that may be written: checked against the ledger as it stands, with the wording and facts it rests on.

    Raises
    ------
    InputError, RefusedError : as ``write_act``.
    """
    claim = folded.claims.get(said.subject)
    problems = [*_about_role(said, facts.rules), *_about_subject(said, folded), *_about_texts(said)]
    problems += _about_others(said, facts.rules)
    rests: tuple[Rest, ...] = ()
    if not problems:
        rests, found = _rests(said, claim, facts)
        problems += found
    if problems:
        raise InputError(problems)
    if claim and isinstance(said, RoundClosed | PrivateAct) and not isinstance(said, ProcessConsent):
        worded: AnyAct | AnyPrivateAct = _on_wording(said, claim)
        return worded
    return said.model_copy(update={"rests": rests}) if rests else said


def _about_role(said: AnyAct | AnyPrivateAct, rules: LedgerRules) -> Iterator[Problem]:
    allowed = [*rules.roles] if isinstance(said, PrivateAct) else [*rules.roles, *rules.process_roles]
    if said.role not in allowed:
        yield Problem(
            f"Role '{said.role}' is not in the rules of the ledger.", "role", did_you_mean(said.role, allowed)
        )


def _about_subject(said: AnyAct | AnyPrivateAct, folded: Folded) -> Iterator[Problem]:
    begun = {"claim_proposed": folded.claims, "question_raised": folded.questions,
             "correction_asked": folded.corrections}  # fmt: skip
    if said.kind in begun:
        if any(said.subject in home for home in begun.values()):
            yield Problem(f"There is a '{said.subject}' already.", "subject", "Take another name, or leave it out.")
    elif isinstance(said, ActWithdrawn):
        yield from _about_withdrawal(said, folded)
    elif not isinstance(said, DecisionTaken | ProcessConsent):
        home = folded.claims if isinstance(said, PrivateAct) else begun[said.begun_by]
        if said.subject not in home:
            near = did_you_mean(said.subject, list(home))
            yield Problem(f"There is no '{said.subject}' to speak of.", "subject", near)
        elif isinstance(said, EvidenceWithdrawn):
            yield from _about_evidence(said, folded.claims[said.subject])


def _about_evidence(said: EvidenceWithdrawn, claim: ClaimNow) -> Iterator[Problem]:
    known = [one.id for one in claim.evidence]
    if said.evidence not in known:
        yield Problem("No evidence of this claim has that id.", "evidence", did_you_mean(said.evidence, known))


def _about_withdrawal(said: ActWithdrawn, folded: Folded) -> Iterator[Problem]:
    kinds = {one.id: one.kind for one in folded.acts}
    if said.subject not in kinds:
        yield Problem("No act that counts has that id.", "subject", "Look it up in ledger.acts.")
    elif kinds[said.subject] in _FINAL:
        yield Problem(
            "A closed round and what was told of it stay.", "subject", "A second telling would tell on people."
        )


def _about_texts(said: AnyAct | AnyPrivateAct) -> Iterator[Problem]:
    for name, text in _texts_in(said.model_dump()):
        if name.startswith(_WRITTEN):
            yield from _about_persons(text, name)
    if said.kind in _STATES:
        for name in ("text_nl", "text_en"):
            yield from problems_with(getattr(said, name), name)


def _texts_in(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of an act with the name of its field, those of its parts as well."""
    for name, value in content.items():
        if isinstance(value, str):
            yield name, value
        for part in value if isinstance(value, (list, tuple)) else ():
            if isinstance(part, Mapping):
                yield from _texts_in(part)


def _about_persons(text: str, where: str) -> Iterator[Problem]:
    """Names of persons are nowhere in the ledger. Public pages name organisations only."""
    from stagekansen_lib.privacy.free_text import names_in

    if "@" in text or "names_person" in names_in(text):
        yield Problem("This seems to name a person, or to give an address.", where, "Say it by role or organisation.")


def _about_others(said: AnyAct | AnyPrivateAct, rules: LedgerRules) -> Iterator[Problem]:
    """Who else is named: an organisation by its id, others by their role; never a person."""
    roles = [*rules.roles, *rules.process_roles]
    for role in getattr(said, "roles_present", ()):
        if role not in roles:
            near = did_you_mean(role, roles)
            yield Problem(f"Role '{role}' is not in the rules of the ledger.", "roles_present", near)
    named = {name: getattr(said, name, "") for name in ("partner", "owner")}
    if any(named.values()):
        place = data_folder("registers", "partners.yaml")
        partners = _partners(place, place.stat().st_mtime_ns)
        for name, text in named.items():
            known = [*partners, *(roles if name == "owner" else ())]
            if text and text not in known:
                near = did_you_mean(text, known)
                yield Problem(f"'{text}' is neither a partner of the register nor a role.", name, near)


@lru_cache(maxsize=4)
def _partners(place: Path, _changed: int) -> tuple[str, ...]:
    return tuple(row["id"] for row in read_yaml(place)["partners"])


def _rests(
    said: AnyAct | AnyPrivateAct, claim: ClaimNow | None, facts: KnownFacts
) -> tuple[tuple[Rest, ...], list[Problem]]:
    """What the references of an act point at on this day, and what is wrong with them."""
    try:
        references = _references(said, claim)
    except InputError as failure:
        return (), list(failure.problems)
    rests, problems = [], []
    for reference in references:
        # Who looked again looked at the latest release; anyone else means the one that is named.
        wanted = facts.newest(reference) if isinstance(said, ClaimConfirmed) else reference
        try:
            rests.append(facts.look_up(wanted).rest)
        except InputError as failure:
            problems += list(failure.problems)
        except StagekansenError as failure:
            problems.append(Problem(str(failure), reference.text))
    return tuple(rests), problems


def _references(said: AnyAct | AnyPrivateAct, claim: ClaimNow | None) -> list[Reference]:
    if isinstance(said, EvidenceAdded):
        return [_evidence_reference(said)]
    if isinstance(said, ClaimConfirmed) and claim:
        return [parse_reference(text) for text in claim.rests_on]
    if said.kind not in _STATES:
        return []
    dutch, english = (references_in(getattr(said, name), name) for name in ("text_nl", "text_en"))
    apart = {one.text for one in dutch} ^ {one.text for one in english}
    if apart:
        raise InputError(
            Problem(f"{', '.join(sorted(apart))} stands in one language only.", "text_nl, text_en", "Use it in both.")
        )
    return list(dutch)


def _evidence_reference(said: EvidenceAdded) -> Reference:
    reference = parse_reference(said.rests_on, "rests_on")
    if reference.home == "page" and not (said.seen and said.grade):
        raise InputError(Problem("An outside page needs the day it was seen and a grade.", "seen, grade", "Give both."))
    if reference.home != "page" and said.grade:
        raise InputError(Problem("The grade follows from what this rests on.", "grade", "Leave it out."))
    return reference


def _on_wording(said: RoundClosed | PrivateAct, claim: ClaimNow) -> Any:
    """A round is about one wording, and open from the closing of the round before it to its own."""
    now = claim.wording.id
    if getattr(said, "wording", "") not in ("", now):
        raise RefusedError(f"'{claim.id}' was worded anew since. Read it again, and answer on the present words.")
    if isinstance(said, PositionTaken | RoundClosed):
        if (now, said.round) in claim.closed:
            raise RefusedError(f"Round {said.round} on '{claim.id}' is closed.")
        if said.round == 2 and (now, 1) not in claim.closed:
            raise RefusedError(f"Round 2 on '{claim.id}' opens when round 1 is closed: first everyone answers unseen.")
    return said.model_copy(update={"wording": now})
