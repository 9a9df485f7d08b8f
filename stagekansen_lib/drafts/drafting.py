"""A draft of a codebook: made from an export, confirmed point by point, and a codebook when nothing is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.drafts.beginnings import State, begin
from stagekansen_lib.drafts.choices import reduce
from stagekansen_lib.drafts.following import follow
from stagekansen_lib.drafts.outcomes import codebook_of, columns_of
from stagekansen_lib.drafts.points import WAITING, open_points
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.privacy.gate import find_identifiers
from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.readers.response_sets import response_sets
from stagekansen_lib.readers.tables import RawTable
from stagekansen_lib.surveys.codebooks import Codebook

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CodebookDraft", "draft_codebook"]

_BESIDE = ("_codes", "_checks")


class CodebookDraft:
    """What an export seems to hold, with what a person must still say about it.

    Made by ``draft_codebook``. ``state`` is a plain dict without anything of a screen in it; ``actions`` are the
    confirmations so far, in order: what is kept of a draft, for the state follows from the file and from them.
    """

    def __init__(self, state: State, like: Codebook | None = None, reading: Mapping[str, Any] | None = None) -> None:
        self.state = state
        self.like = like
        self.reading = dict(reading or {})
        self.actions: list[dict[str, Any]] = []

    @property
    def open_points(self) -> pd.DataFrame:
        """What must still be confirmed: variable ("" for the whole file), what, proposal ("" when nobody may guess)."""
        import pandas as pd

        lines = [(point.variable, point.what, point.proposal) for point in open_points(self.state)]
        return pd.DataFrame(lines, columns=["variable", "what", "proposal"])

    @property
    def changes(self) -> pd.DataFrame:
        """What changed since the questionnaire of ``like``: variable, what, before, now."""
        import pandas as pd

        return pd.DataFrame(self.state["changes"], columns=["variable", "what", "before", "now"])

    @property
    def codebook(self) -> Codebook:
        """The codebook, when no point is open that changes figures.

        Raises
        ------
        InputError : such points are open; all of them are named.
        """
        waiting = [point for point in open_points(self.state) if point.figures]
        if waiting:
            raise InputError(
                [
                    Problem(
                        f"'{point.what}' is not confirmed.",
                        f"question '{point.variable}'" if point.variable else "the whole file",
                        f"Proposed: {point.proposal}." if point.proposal else "Nobody may guess it: a person says.",
                    )
                    for point in waiting
                ],
                f"{len(waiting)} point(s) of the draft of {self.state['file']} are open.",
            )
        return codebook_of(self.state, self.like)

    @property
    def columns(self) -> dict[str, str]:
        """By column of the file the variable it holds; "" for a column that is left out."""
        return columns_of(self.state)

    @property
    def removed(self) -> tuple[str, ...]:
        """The columns that are left out before anything is read."""
        asked = [
            one["column"] for one in self.state["identifiers"] if self.said(one["column"], "identifiers") == "leave_out"
        ]
        return (*self.state["left_out"], *asked)

    @property
    def sets_texts_aside(self) -> bool:
        """Whether open answers that name somebody are emptied, and listed."""
        said = [self.said(one["column"], "identifiers") for one in self.state["identifiers"]]
        return "set_texts_aside" in said

    @property
    def habits(self) -> dict[str, Any]:
        """How rows, numbers and days are read, as ``read_survey`` takes it: keep, decimal, day_order."""
        kept = [kind for kind in WAITING if self.said("", kind) == "keep"]
        return {
            "keep": kept, "decimal": self.said("", "decimal") or "", "day_order": self.said("", "day_order") or "",
        }  # fmt: skip

    def said(self, variable: str, what: str) -> Any:
        """What was confirmed; None when nothing was."""
        return self.state["choices"].get(f"{variable}|{what}")

    def confirm(self, variable: str, what: str, value: Any) -> None:
        """Say what is true of a point; also of one that is not open, such as ``privacy`` or ``other``.

        Parameters
        ----------
        variable : name of the question, its id, its column or its wording; "" for what is about the whole file.
        what : "kind", "labels", "missing", "unsure", "other", "order", "nothing_ticked", "routing", "rare_answers",
            "new_answers", "concept", "privacy", "keep"; of the file "consent", "respondent", "unfinished", "preview",
            "total"; of a column "identifiers".
        value : what was proposed, or another answer. Answers may be named by label or by code: an order as a list,
            low to high, or "none"; labels and missing answers as a dictionary; consent as ``"q1=Ja"`` or "none".

        Raises
        ------
        InputError : there is no such question, subject or answer, or the value cannot be understood.
        """
        self._do({"do": "confirm", "variable": variable, "what": what, "value": value})

    def reopen(self, variable: str, what: str) -> None:
        """Take a confirmation back: the point is open again."""
        self._do({"do": "reopen", "variable": variable, "what": what})

    def _do(self, action: dict[str, Any]) -> None:
        self.state = reduce(self.state, action)
        self.actions.append(action)

    def repeat(self, actions: list[dict[str, Any]]) -> None:
        """Do again what was said of this file before, as ``actions`` holds it."""
        for action in actions:
            self._do(dict(action))

    def __repr__(self) -> str:
        waiting = open_points(self.state)
        head = f"Draft of a codebook for {self.state['file']}: {len(self.state['questions'])} questions, "
        lines = [f"  {point.variable or '-'}: {point.what} ({point.proposal or '?'})" for point in waiting]
        return "\n".join([f"{head}{len(waiting)} open point(s).", *lines])


def draft_codebook(
    path: str | Path, name: str | None = None, *, like: Codebook | CodebookDraft | None = None, **reading: Any
) -> CodebookDraft:
    """A draft of the codebook of an export of any format, for a person to confirm.

    Known Dutch and English answer scales are put in their order, low to high; what is not known must be put in order or
    declared to have none. Nothing is taken from how often an answer was given. A text becomes a label when the file
    declares it, when it is known as an answer, or when three respondents gave it; for others a person decides.

    Parameters
    ----------
    path : the export.
    name : of the codebook; made from the name of the file when left out.
    like : the codebook (or the draft) of an earlier year of the same questionnaire: its names, codes, order and
        concepts are kept, and ``changes`` tells what differs.
    reading : ``format``, ``sheet``, ``structure``, ``delimiter``, ``encoding``, as for ``read_survey``.

    Returns
    -------
    CodebookDraft : ``open_points`` (variable, what, proposal), ``confirm(variable, what, value)``, and ``codebook``
        once no point is open that changes figures. ``read_survey(path, draft)`` reads the file with it.

    Raises
    ------
    InputError : the file cannot be read, or the name cannot be used.

    Examples
    --------
    >>> from stagekansen_lib.project.paths import data_folder
    >>> draft = draft_codebook(data_folder("example", "example_2022.csv"))
    >>> draft.open_points.columns.tolist()
    ['variable', 'what', 'proposal']
    >>> draft.confirm("", "consent", "c0=1")
    >>> "consent" in set(draft.open_points["what"])
    False
    """
    path = Path(path)
    name = checked_name(codebook_name(path) if name is None else name)
    table = read_table(path, twice=True, **reading)
    state = begin(table, name, path.name)
    earlier = like.codebook if isinstance(like, CodebookDraft) else like
    if earlier is not None:
        follow(state, earlier, table)
    _pass_gate(state, table, earlier)
    return CodebookDraft(state, earlier, reading)


def checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or name.endswith(_BESIDE):
        raise InputError(Problem(f"'{name}' is no name for a codebook.", do="Use letters, digits, '-' and '_'."))
    return name


def codebook_name(path: Path) -> str:
    """The name that a codebook gets from a file."""
    name = re.sub(r"[^a-z0-9]+", "_", path.stem.casefold()).strip("_") or "draft"
    return f"{name}_file" if name.endswith(_BESIDE) else name  # a codebook's own files end so


def _pass_gate(state: State, table: RawTable, like: Codebook | None) -> None:
    """What the privacy gate would stop at: columns of the survey tool go, of others a person decides."""
    book, places = codebook_of(state, like), columns_of(state)
    header = [str(column) for column in table.rows.columns]
    sets = response_sets(table)
    mentioned = {column for one in sets if one.coding == "mentions" for column in one.columns}
    given = {column: places.get(column, "") for column in header if column in places or column not in mentioned}
    found = find_columns(
        header, book, state["file"], questions=table.questions, columns=given, technical=table.technical, sets=sets
    )
    report = find_identifiers(table.rows, book, found, file=state["file"])
    kinds: dict[str, list[str]] = {}
    rows: dict[str, int] = {}
    for one in report.findings:
        kinds.setdefault(one.column, []).append(one.kind)
        rows[one.column] = max(rows.get(one.column, 0), one.count)
    kept = {column for column, place in given.items() if place}
    state["left_out"] = [column for column in kinds if column in table.technical and column not in kept]
    state["identifiers"] = [
        {
            "column": column, "kinds": kinds[column], "rows": rows[column], "texts": column in report.texts,
            "proposal": "set_texts_aside" if column in report.texts else "leave_out",
        }
        for column in kinds
        if column not in state["left_out"]
    ]  # fmt: skip
