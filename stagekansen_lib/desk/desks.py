"""The desk without a screen: messages in, what to show out. A notebook, a test and a command can all talk to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.desk.cards import cards_of, desk_texts
from stagekansen_lib.desk.first_looks import first_look, look_of
from stagekansen_lib.desk.next_steps import make_trial, say_who_may_see, steps_of, weighted_to
from stagekansen_lib.desk.receiving import Upload, files_in_raw, raw_file
from stagekansen_lib.desk.survey_choices import use_survey
from stagekansen_lib.drafts.drafting import CodebookDraft
from stagekansen_lib.drafts.keeping import resume_draft, save_draft
from stagekansen_lib.drafts.points import open_points
from stagekansen_lib.errors import InputError, StagekansenError
from stagekansen_lib.intake.importing import import_survey, name_for
from stagekansen_lib.intake.set_aside import reason_text, whole_rows
from stagekansen_lib.readers.excel_files import SheetsError
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.weighting.unweighted import without_weights
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, number_text, problem_lines, say

if TYPE_CHECKING:
    from stagekansen_lib.views.explore import Explore

__all__ = ["Desk"]


class Desk:
    """What a person does at the desk, and what they see. Holds no widget.

    Parameters
    ----------
    path : an export to begin with; without one a person chooses.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    """

    def __init__(self, path: str | Path | None = None, language: str | None = None) -> None:
        self.language: Language = chosen_language(language)
        self.path: Path | None = None
        self.draft: CodebookDraft | None = None
        self.survey: Survey | None = None
        self.upload: Upload | None = None
        self.told: list[str] = []
        self.view: Explore | None = None
        self.look: dict[str, Any] | None = None
        self.sheets: tuple[str, ...] = ()
        self.name = self.weighed = self.card = ""
        self.trial: dict[str, Any] = {}
        self.declared = ""
        if path is not None:
            self._open(Path(path))

    @property
    def state(self) -> dict[str, Any]:
        """Everything that a screen shows, as a plain dictionary; made anew each time and kept nowhere."""
        waiting = open_points(self.draft.state) if self.draft else []
        figures = sum(point.figures for point in waiting)
        return {
            "language": self.language,
            "texts": desk_texts(self.language),
            "phase": self._phase(),
            "sheets": list(self.sheets),
            "files": files_in_raw(),
            "cards": cards_of(self.draft, self.language) if self.draft else [],
            "changes": self._changes(),
            "open": len(waiting),
            "figures": figures,
            "progress": self._progress(len(waiting), figures),
            "name": name_for(self.path) if self.path else "",
            "report": self.told,
            "look": self.look,
            "declared": self.declared,
            "steps": steps_of(self.survey, self.language) if self.survey is not None else {},
            "weighed": self.weighed,
            "card": self.card,
            "trial": self.trial,
        }

    def _phase(self) -> str:
        if self.draft is None:
            return "sheet" if self.sheets else "file"
        return "draft" if self.survey is None else "report"

    def _progress(self, waiting: int, figures: int) -> str:
        if self.draft is None:
            return say("desk_steps.which_sheet" if self.sheets else "desk.no_file", self.language)
        if self.survey is not None:
            return say("desk_steps.taken_in", self.language)
        key = "nothing_open" if not waiting else "open_points" if figures else "only_open"
        return say(f"desk.{key}", self.language, n=waiting, figures=figures)

    def _changes(self) -> list[str]:
        if self.draft is None:
            return []
        lines = []
        for variable, what, before, now in self.draft.state["changes"]:
            change = say(f"draft.change_{what.replace(' ', '_')}", self.language)
            lines.append(f"{variable}: {change} ({' → '.join(filter(None, (before, now)))})")
        return lines

    def handle(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> dict[str, Any]:
        """Do what a message asks. Every message is answered: with ``ok``, and what to show or what is wrong.

        Parameters
        ----------
        message : ``do`` and what belongs to it: "hello"; "language" with language; "upload" with name and size, then
            "piece" with one buffer, then "end"; "file" with a name in data/raw; "confirm" with variable, what and
            value; "confirm_card" with key; "reopen"; "read" with a name; of what was taken in "look" with outcome and
            group, which counts as a look, "declare", "weigh" with variable and counts, "who" with fields of the privacy
            file, and "trial" with made_by and checked_by; "sheet" of a workbook with several; "begin" to choose
            another file.
        buffers : the bytes of a piece.
        """
        reply: dict[str, Any] = {"id": message.get("id"), "ok": True}
        act = _ACTS.get(str(message.get("do")))
        try:
            if act is None:
                raise InputError(say("desk.unknown", self.language))
            reply |= act(self, message, buffers) or {"state": self.state}
        except StagekansenError as problem:
            reply |= {"ok": False, "errors": problem_lines(problem, self.language)}
        except OSError as problem:
            reply |= {"ok": False, "errors": [say("desk.disk", self.language, why=problem.strerror or "")]}
        return reply

    def _hello(self, _message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        return None

    def _language(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        if message.get("language") in LANGUAGES:
            self.language = chosen_language(str(message["language"]))
            if self.survey is not None:
                self.told = _report(self.survey, self.name, self.language)
            if self.view is not None:
                self.view.language, self.declared = self.language, ""
                self.look = look_of(self.view)

    def _upload(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> dict[str, Any]:
        if self.upload is not None:
            self.upload.stop()
        self.upload = Upload(str(message.get("name", "")), int(message.get("size", 0)))
        return {"received": 0}

    def _piece(self, _message: Mapping[str, Any], buffers: Sequence[bytes]) -> dict[str, Any]:
        if self.upload is None or len(buffers) != 1:
            raise InputError(say("desk.no_upload", self.language))
        return {"received": self.upload.add(bytes(buffers[0]))}

    def _end(self, _message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        if self.upload is None:
            raise InputError(say("desk.no_upload", self.language))
        upload, self.upload = self.upload, None
        self._open(upload.finish())

    def _file(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        self._open(raw_file(str(message.get("name", ""))))

    def _sheet(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        if self.path is None or not self.sheets:
            raise InputError(say("desk.no_file", self.language))
        self._open(self.path, sheet=str(message.get("sheet", "")))

    def _open(self, path: Path, **reading: str) -> None:
        self.draft, self.path, self.sheets = None, path, ()
        self._forget_the_survey()
        try:
            self.draft = resume_draft(path, **reading)
        except SheetsError as several:
            self.sheets = several.sheets

    def _forget_the_survey(self) -> None:
        self.survey = self.view = self.look = None
        self.told, self.trial = [], {}
        self.declared = self.name = self.weighed = self.card = ""

    def _begin(self, _message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        self.path, self.draft, self.sheets = None, None, ()
        self._forget_the_survey()

    def _drafted(self) -> tuple[CodebookDraft, Path]:
        if self.draft is None or self.path is None:
            raise InputError(say("desk.no_file", self.language))
        return self.draft, self.path

    def _confirm(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        draft, path = self._drafted()
        draft.confirm(str(message.get("variable", "")), str(message.get("what", "")), message.get("value"))
        save_draft(draft, path)

    def _confirm_card(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """Everything on one card that has a proposal, also what this brings with it."""
        draft, path = self._drafted()
        key = str(message.get("key", ""))
        while ready := [one for one in open_points(draft.state) if one.variable == key and one.proposal]:
            draft.confirm(key, ready[0].what, ready[0].proposal)
        save_draft(draft, path)

    def _reopen(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        draft, path = self._drafted()
        draft.reopen(str(message.get("variable", "")), str(message.get("what", "")))
        save_draft(draft, path)

    def _read(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """Take the answers in: stored, read back, and told what became of every row."""
        draft, path = self._drafted()
        name = str(message.get("name") or name_for(path))
        survey, _ = import_survey(path, draft, name=name, replace=bool(message.get("replace")))
        use_survey(name)
        self.name = name
        self.survey, self.told = survey, _report(survey, name, self.language)
        self.view = first_look(survey, self.language)
        self.look = look_of(self.view)

    def _weigh(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """Weights to the counts that were typed; what is looked at from now on has them."""
        view, counts = self._taken_in(), message.get("counts")
        answers = without_weights(view.survey) if view.survey.design.calibrations else view.survey
        weighted, self.weighed = weighted_to(
            answers, str(message.get("variable", "")), counts if isinstance(counts, Mapping) else {}, self.language
        )
        self.view = first_look(weighted, self.language)
        self.look, self.declared = look_of(self.view), ""

    def _who(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """Say who may see the answers, for what and until when."""
        fields = message.get("fields")
        self._taken_in()
        self.card = say_who_may_see(self.name, fields if isinstance(fields, Mapping) else {}, self.language)

    def _trial(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """A trial of the release, of what is stored: it goes nowhere."""
        survey = self._taken_in().survey
        self.trial = make_trial(
            self.name, survey.codebook.name, made_by=str(message.get("made_by", "")),
            checked_by=str(message.get("checked_by", "")), language=self.language,
        )  # fmt: skip

    def _taken_in(self) -> Explore:
        if self.view is None:
            raise InputError(say("desk.no_survey", self.language))
        return self.view

    def _look(self, message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """Compare, and count it: only when somebody asks, since going through a list of choices is no look."""
        view = self._taken_in().choose(str(message.get("outcome", "")), str(message.get("group", "")))
        self.look, self.declared = look_of(view), ""

    def _declare(self, _message: Mapping[str, Any], _buffers: Sequence[bytes]) -> None:
        """Put the table that was looked at among those of the next release."""
        self.declared = say("desk.declared", self.language, file=self._taken_in().declare().name)


def _report(survey: Survey, name: str, language: Language) -> list[str]:
    """Rows in the file = rows accepted + rows set aside, with why; and what next."""
    aside = survey.set_aside
    whole = aside[whole_rows(aside)] if aside is not None else None
    gone = 0 if whole is None else len(whole)
    count = number_text(len(survey) + gone, language)
    lines = [
        say(
            "desk.counted",
            language,
            rows=count,
            accepted=number_text(len(survey), language),
            gone=number_text(gone, language),
        )
    ]
    if whole is not None and aside is not None:
        for reason, n in whole["reason"].value_counts().items():
            lines.append(f"{reason_text(str(reason), language)}: {number_text(int(n), language)}")
        values = len(aside) - gone
        lines.append(say("desk.values", language, n=number_text(values, language)))
    return [*lines, say("desk.next_step", language, name=name)]


_ACTS: Mapping[str, Callable[[Desk, Mapping[str, Any], Sequence[bytes]], dict[str, Any] | None]] = {
    "hello": Desk._hello, "language": Desk._language, "upload": Desk._upload, "piece": Desk._piece, "end": Desk._end,
    "file": Desk._file, "sheet": Desk._sheet, "weigh": Desk._weigh, "trial": Desk._trial, "who": Desk._who,
    "confirm": Desk._confirm, "confirm_card": Desk._confirm_card, "reopen": Desk._reopen,
    "read": Desk._read, "look": Desk._look, "declare": Desk._declare, "begin": Desk._begin,
}  # fmt: skip
