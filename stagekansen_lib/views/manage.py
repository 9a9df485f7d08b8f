"""Beheer: what waits for your role, a form for every kind of act, and the ledger with search. No answers are opened.

``Manage`` is the state and what can be done with it, without a widget: a test, a script or another page uses it as
well. In a notebook it shows itself as one widget that sends what was done and waits for the answer before it calls it
kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.fact_finding.acts import PRIVATE
from stagekansen_lib.fact_finding.forms import FORMS, TICK, Form, act_of, form_of, roles_in_words
from stagekansen_lib.fact_finding.ledgers import Ledger, read_ledger
from stagekansen_lib.fact_finding.references import problems_with
from stagekansen_lib.fact_finding.waiting import Waiting, waiting_for
from stagekansen_lib.fact_finding.writing import write_act
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.views.form_widgets import FormDesk
from stagekansen_lib.views.pages import render
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = ["PARTS", "Manage", "manage"]

# The tables of the ledger that can be searched, and the column that says how a row stands.
PARTS = {"claims": "status", "questions": "state", "evidence": "grade", "decisions": "", "corrections": "outcome",
         "stances": "stance", "changes": ""}  # fmt: skip
_WORDS = (
    "heading", "intro", "role", "any_role", "voter", "voter_note", "waiting", "nothing_waits", "open", "forms", "form",
    "choose", "fill_in", "save", "cancel", "ledger", "words", "part", "all_parts", "nothing_found", "not_kept",
    "required", "show",
)  # fmt: skip
_MOST_FOUND = 100


class Manage(FormDesk):
    """The ledger managed together, in one role.

    Attributes
    ----------
    role, voter : in which role, and under which pseudonym where a person speaks; both may be empty.
    ledger, registers : as they are now; read anew after every act.
    form, answers, message, problems : as of every ``FormDesk``.
    """

    def __init__(self, language: Language, folder: Path | None = None, registers: Path | None = None) -> None:
        super().__init__(language)
        self._folder, self._registers = folder, registers
        self.role = self.voter = ""
        self.words = self.part = ""
        self.read_again()

    def read_again(self) -> None:
        """Look at the ledger and the registers as they are now: somebody else may have said something."""
        self.ledger: Ledger = read_ledger(self._folder, registers=self._registers)
        self.registers: Registers = read_registers(self._registers)

    # What can be done

    def choose_role(self, role: str, voter: str = "") -> Manage:
        """Act in a role, and under a pseudonym where a person speaks.

        Raises
        ------
        InputError : an unknown role.
        """
        known = [name for name, _ in self._roles]
        if role and role not in known:
            raise InputError(Problem(f"Role '{role}' is not in the rules of the ledger.", do=did_you_mean(role, known)))
        self.role, self.voter = role, voter.strip()
        return self

    def search(self, words: str = "", part: str = "") -> Manage:
        """Look for words in the ledger; ``part`` is a table such as "claims", or "" for all.

        Raises
        ------
        InputError : an unknown part.
        """
        if part and part not in PARTS:
            raise InputError(Problem(f"The ledger has no part '{part}'.", do=did_you_mean(part, list(PARTS))))
        self.words, self.part = words, part
        return self

    def open(self, kind: str, subject: str = "") -> Form:
        """Open the form of a kind of act, about a subject when one is given.

        Raises
        ------
        InputError : there is no such form.
        """
        self.form = form_of(kind, self.ledger, self.registers, self.language, subject=subject)
        self.answers = {"subject": subject} if subject else {}
        return self.form

    def save(self, /, **answers: Any) -> tuple[Path, ...]:
        """Write the open form as one act; gives the files that were written.

        Raises
        ------
        InputError : no form is open, no role was chosen, or an answer is missing, wrong or not asked. What was filled
            in stays.
        RefusedError : a round that is not open.
        """
        form, problems = self._fill_in(answers, "claim_proposed")
        problems += self._unready(form)
        if problems:
            raise InputError(problems)
        written = self._written(form.kind)
        self.message = say("manage.saved", self.language, form=form.title)
        self.close()
        self.read_again()
        return written

    def _unready(self, form: Form) -> Iterator[Problem]:
        if not self.role:
            yield Problem(say("manage.no_role", self.language))
        if form.kind in PRIVATE and not self.voter:
            yield Problem(say("manage.no_voter", self.language))
        ticks = [field.name for field in form.fields if field.name.startswith(TICK)]
        if ticks and not any(self.answers.get(name) for name in ticks):
            yield Problem(say("managing.nothing_ticked", self.language))
        yield from self._empty(form)
        # Looked at here too, in the language of the screen; whoever writes an act from Python reads it in English.
        numbers = say("manage.note_numbers", self.language)
        for field in form.fields:
            if field.note == numbers and any(problems_with(str(self.answers.get(field.name) or ""), field.name)):
                yield Problem(numbers, field.label)

    def _written(self, kind: str) -> tuple[Path, ...]:
        if kind == "totals":
            from stagekansen_lib.fact_finding.totals import tell_totals

            return tell_totals(self._folder)
        if kind == "point_verified":
            return (self._verified(),)
        return (write_act(act_of(kind, self.answers, role=self.role, voter=self.voter), self._folder),)

    def _verified(self) -> Path:
        from stagekansen_lib.registers.verification import record_verification

        told = act_of("point_verified", self.answers, role=self.role)
        return record_verification(
            told.get("subject", ""),
            checked_by=told.get("checked_by", ""),
            how=told.get("how", ""),
            fields=told.get("fields", ()),
            wrong=bool(told.get("wrong")),
            folder=self._registers,
        )

    def _do(self, what: str, action: Mapping[str, Any]) -> None:
        self.read_again()
        if what == "role":
            self.choose_role(str(action.get("role", "")), str(action.get("voter", "")))
        elif what == "search":
            self.search(str(action.get("words", "")), str(action.get("part", "")))
        else:
            super()._do(what, action)

    # What there is to see

    @property
    def _roles(self) -> tuple[tuple[str, str], ...]:
        return roles_in_words(self.ledger, self.registers, self.language)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits for the chosen role."""
        return waiting_for(self.role, self.ledger, self.registers, self.language, voter=self.voter, folder=self._folder)

    @property
    def found(self) -> list[dict[str, str]]:
        """What the search finds: part, id, text and how it stands; everything when nothing is searched."""
        wanted = self.words.casefold().split()
        rows = [row for part in PARTS if self.part in ("", part) for row in self._rows(part)]
        return [row for row in rows if all(word in row["all"].casefold() for word in wanted)]

    def _rows(self, part: str) -> list[dict[str, str]]:
        table = getattr(self.ledger, part)
        shown = table.labelled(self.language)
        state = say(f"ledger.head_{PARTS[part]}", self.language) if PARTS[part] else ""
        name = say(f"ledger.part_{part}", self.language)
        rows = []
        for told, row in zip(shown.to_dict("records"), table.to_dict("records"), strict=True):
            subject = str(row.get("id") or row.get("claim"))
            texts = [str(row[key]) for key in row if key.endswith(f"_{self.language}") and row[key]]
            text = next(iter(texts), str(row.get("text", row.get("rests_on", ""))))
            if part in ("evidence", "changes"):  # a figure alone does not say what it speaks of
                text = f"{row['claim']}: {text} ({row['rests_on']})"
            every = " ".join(str(value) for value in (*row.values(), *told.values()))
            rows.append({"part": name, "id": subject, "text": text, "state": str(told.get(state, "")), "all": every})
        return rows

    @property
    def state(self) -> dict[str, Any]:
        """All that a view shows, as plain names and values."""
        found = self.found
        return {
            "language": self.language,
            "words": {word: say(f"manage.{word}", self.language) for word in _WORDS},
            "role": self.role,
            "roles": self._roles,
            "voter": self.voter,
            "waiting": [
                {"what": one.what, "sort": say(f"manage.sort_{one.what}", self.language), "subject": one.subject,
                 "text": one.text, "form": one.form}
                for one in self.waiting
            ],
            "forms": [(kind, form_of(kind, self.ledger, self.registers, self.language).title) for kind in FORMS],
            "form": self.form.plain() if self.form else None,
            "answers": dict(self.answers),
            "search": {"words": self.words, "part": self.part},
            "parts": [(part, say(f"ledger.part_{part}", self.language)) for part in PARTS],
            "found": [{key: row[key] for key in ("part", "id", "text", "state")} for row in found[:_MOST_FOUND]],
            "count": say("manage.found", self.language, count=len(found)),
            "message": self.message,
            "problems": list(self.problems),
        }  # fmt: skip

    # How it shows itself

    def page(self) -> str:
        """What waits and what there is, as plain HTML; for where no widget can be shown."""
        return render("manage.html.j2", self.language, state=self.state)

    def __repr__(self) -> str:
        return say("manage.summary", self.language, waiting=len(self.waiting), found=len(self.found))


def manage(folder: Path | None = None, *, language: str | None = None, registers: Path | None = None) -> Manage:
    """Beheer: what waits for your role, a form for every kind of act, and the ledger with search.

    Parameters
    ----------
    folder : folder of the ledger; ``data/ledger`` when left out.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    registers : folder of the registers, where checks of reporting points are kept; ``data/registers`` when left out.

    Returns
    -------
    Manage, which a notebook shows as one widget. ``state`` is all it shows, as plain values; ``choose_role``,
    ``search``, ``open`` and ``save`` do from Python what the widget does. Nothing here opens answers of a survey.

    Examples
    --------
    >>> desk = manage(language="en").choose_role("student")
    >>> desk.search("report", part="claims").found[0]["text"]
    'Few students report'
    >>> [field.name for field in desk.open("question_raised").fields][:2]
    ['text_nl', 'text_en']
    """
    return Manage(chosen_language(language), folder, registers)
