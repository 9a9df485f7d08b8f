"""Tables to declare for a release, proposed from the codebook before anybody looks at an answer.

With some 300 answers a share needs about sixty people, so tables of many schools or many answers would be mostly
hidden. What is proposed is coarse on purpose: one table for each outcome, and the first outcomes by at most three
groups of two or three answers. An outcome with a long scale gets a derived variable of two or three classes in the
codebook. A person reads the file, changes it, and the team declares it: from then on a release holds these tables and
no others.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stagekansen_lib.disclosure.rules import declared_tables_file
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import data_folder, project_folder
from stagekansen_lib.surveys.codebook_files import read_codebook, read_value_set, write_codebook, write_whole
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.wording import LANGUAGES, Language, say

__all__ = ["TableProposals", "propose_tables", "write_tables"]

# What a release is about: the place that the outcome takes, and its concept or the words of the question. The words
# that say most come first, because many of these questions speak of discrimination.
_OUTCOMES = (
    (2, r"knows_where|wee?t waar|waar (je|u|ik).*meld|where.*report"),
    (3, r"role_in_applying|meespeel|speelde mee|played a part"),
    (4, r"grounds?\b|gronden?\b"),
    (6, r"\breport|gemeld|\bmeld"),
    (7, r"\bsafe|felt_safe|veilig"),
    (1, r"difficult|moeite|moeilijk"),
    (5, r"applications|sollicit"),
    (0, r"experienced|discrimin|ongelijk|racis"),
)
# The same by concept: what the register knows as an outcome never tells groups apart.
_OF_CONCEPT = {
    "experienced": 0, "search_difficulty": 1, "knows_where": 2, "role_in_applying": 3, "grounds": 4, "applications": 5,
    "reported_to": 6, "feels_safe": 7, "would_report": 8, "no_reaction": 9, "felt_welcome": 10, "enough_guidance": 11,
}  # fmt: skip
_PLACES = len(_OF_CONCEPT)
_GROUPS = (
    r"\blevel|niveau",
    r"sector|richting|\bfield",
    r"origin|herkomst|geboren|\bborn",
    r"\bchannel|kanaal",
    r"school|instelling|\binstitut",
    r"gender|geslacht|\bben je (een )?(man|vrouw)",
    r"\bage|leeftijd|hoe oud",
    r"opleiding|programme",
)
_YES = re.compile(r"(ja|yes|selected|checked)\b", re.IGNORECASE)
_MOST_GROUPS, _MOST_ANSWERS, _MOST_TICKS, _MOST_OUTCOMES = 3, 5, 5, 12
_HEAD = """\
# Tables of a survey with codebook "{name}" that may be published, declared before anyone looks (a fixed cube): a
# release holds these and no others, in this order. Proposed by `stagekansen tables new`: read, change, declare them.
#
#   id         name of the table and of its file: small letters, digits, "_" and "-"
#   statistic  share or mean;  of: the outcome, a variable of the codebook;  by: [the groups], or left out for everyone
#   code       the answer whose share is told, or left out for all answers;  focus: the answer that sentences speak of
#   compare    the outcome whose test between the groups belongs to this table
#   title_nl, title_en; when wanted label_nl, says_nl ("heeft ..."), who_nl ("de studenten"), note_nl, and in English
#   told_as_class  true for an outcome that is no special data: a share under 10% is told as "<10%" instead of hidden
#
# Few answers show little: groups of two or three, outcomes of at most five answers. Merge others in the codebook first,
# as a derived variable, so that every table and every year merges alike.

# required   every release shows something about each of these; protection hides tables about them last
# margins    the population counts that a release weighs to (a file of data/margins), or none for an unweighted release
"""


@dataclass(frozen=True)
class TableProposals:
    """Tables to declare.

    Parameters
    ----------
    codebook : with the derived variables that the tables need.
    merges : those variables.
    tables : the declarations, as the file holds them. ``required`` : what every release must show something about.
    left_out : questions without a table, and why, by name.
    """

    codebook: Codebook
    merges: tuple[Variable, ...]
    tables: tuple[dict[str, Any], ...]
    required: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]

    def text(self) -> str:
        """The file of declared tables."""
        import yaml

        def block(content: Any) -> str:
            text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)
            return text

        lines = [f"# '{name}': {why}." for name, why in self.left_out]
        parts = [
            _HEAD.format(name=self.codebook.name),
            block({"required": list(self.required)}),
            block({"margins": "none"}),
            "\n",
            block({"tables": [dict(one) for one in self.tables]}),
            "\n".join(["", *lines, ""]) if lines else "",
        ]
        return "".join(parts)


def propose_tables(codebook: str | Codebook) -> TableProposals:
    """Tables to declare for surveys with a codebook, and the merges that they need.

    Parameters
    ----------
    codebook : a Codebook, or the name of one.

    Returns
    -------
    TableProposals : ``text()`` is the file, ``codebook`` the codebook with the merges in it.

    Raises
    ------
    InputError : there is no such codebook, or it has no outcome that can be counted.

    Notes
    -----
    Of a question and what is derived from it, one is used: both together give away more than each alone. A question is
    found by its concept where the codebook names one, else by its words; sensitive questions come before others,
    because those are what a survey is held for. No answer is looked at.

    Examples
    --------
    >>> found = propose_tables("baseline")
    >>> found.required, [one["id"] for one in found.tables][:2]
    (('level', 'discrimination_experienced'), ['level', 'sector3'])
    """
    book = codebook if isinstance(codebook, Codebook) else read_codebook(codebook)
    usable, left_out = _usable(book)
    merges = {one.name: merged for one in usable if (merged := _merged(one, book)) is not None}
    groups = _groups(usable, book)
    ordered = _outcomes([merges.get(one.name, one) for one in usable if one not in groups], book)
    left_out += list(_no_groups(usable))
    left_out += [(one.name, "no table: those before it are enough for one release") for one in ordered[_MOST_OUTCOMES:]]
    ordered = ordered[:_MOST_OUTCOMES]
    if not ordered:
        raise InputError(
            Problem(
                "It has no question that a release could count: none with a list of two to five answers, or a number.",
                f"codebook '{book.name}'",
                "Merge the answers of the questions that matter, as derived variables, or add questions.",
            )
        )
    needed = tuple(one for one in merges.values() if one in ordered)
    whole = replace(book, variables={**book.variables, **{one.name: one for one in needed}})
    required = tuple(one.name for one in (*groups[:1], ordered[0]))
    return TableProposals(whole, needed, tuple(_tables(ordered, groups, whole)), required, tuple(left_out))


def write_tables(codebook: str, *, replace_file: bool = False) -> tuple[Path, TableProposals]:
    """Propose tables, write them to ``data/rules/tables_CODEBOOK.yaml``, and the merges to the codebook.

    Parameters
    ----------
    codebook : name of a codebook of ``data/codebooks``.
    replace_file : True to write over tables that are there.

    Returns
    -------
    The file, and what was proposed.

    Raises
    ------
    InputError : as ``propose_tables``; or there are tables for this codebook already.
    """
    if declared_tables_file(codebook).is_file() and not replace_file:
        raise InputError(
            Problem(
                f"There are tables for codebook '{codebook}' already.",
                f"data/rules/{declared_tables_file(codebook).name}",
                "Change that file by hand, or replace it (--replace).",
            )
        )
    found = propose_tables(codebook)
    if found.merges:
        write_codebook(found.codebook, data_folder("codebooks", f"{codebook}.csv").parent, replace=True)
    file = project_folder("data", "rules", f"tables_{codebook}.yaml")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, found.text().encode())
    return file, found


# Which questions ---------------------------------------------------------------------------------------------------


def _usable(book: Codebook) -> tuple[list[Variable], list[tuple[str, str]]]:
    """The questions that can be counted, each in its coarsest form, and those that are left out with a reason."""
    usable, left_out = [], []
    for one in book.variables.values():
        personal = one.role or one.privacy in ("consent", "identifying") or one.kind in ("open", "date", "info")
        if personal or not one.keep or _is_told_coarser(one, book):
            continue
        count = len(one.valid_codes)
        most = _MOST_TICKS if one.kind == "multiple" else _MOST_ANSWERS
        if one.kind == "number":
            left_out.append((one.name, "no table of a number with decimals; make classes of it in the codebook"))
        elif one.kind == "count" or 2 <= count <= most or (one.kind == "ordinal" and count > 1):
            usable.append(one)
        else:
            left_out.append((one.name, f"no table of {count} answers; merge them into {most} or fewer in the codebook"))
    return usable, left_out


def _is_told_coarser(one: Variable, book: Codebook) -> bool:
    """Whether another variable tells the same question: as a number, in fewer answers, or in as many and before it."""
    if one.kind == "count":
        return False
    sources, order = _sources(one, book), list(book)
    own = (len(one.valid_codes), order.index(one.name))
    for other in book.variables.values():
        if other.name == one.name or not other.keep or not sources & _sources(other, book):
            continue
        short = other.kind in ("nominal", "ordinal", "multiple") and len(other.valid_codes) > 1
        if other.kind == "count" or (short and (len(other.valid_codes), order.index(other.name)) < own):
            return True
    return False


def _sources(one: Variable, book: Codebook) -> set[str]:
    """The question that a variable tells: itself, or the one that it is derived from, down to the questionnaire."""
    if len(one.derived_from) != 1 or one.derived_from[0] not in book:
        return {one.name}
    return _sources(book[one.derived_from[0]], book)


def _merged(one: Variable, book: Codebook) -> Variable | None:
    """An answer scale of more than three in two or three classes; None when it is short already."""
    codes = [code for code in one.codes if not code.missing]
    if one.kind != "ordinal" or len(codes) < 4 or one.derived_from:
        return None
    classes = list(_classes(codes))
    name = f"{one.name}{len(classes)}"
    if name in book:
        return None
    made = tuple(
        Code(
            number,
            _joined([code.label_nl for code in part], "nl"),
            _joined([code.label_en for code in part], "en"),
            values=read_value_set("|".join(str(code.code) for code in part)),
        )
        for number, part in enumerate(classes, start=1)
    )
    labels = {
        language: say("declarations.in_classes", language, label=one.label(language), count=len(classes))
        for language in LANGUAGES
    }
    return Variable(
        name, "ordinal", labels["nl"], labels["en"], made,
        privacy=one.privacy, derived_from=(one.name,), block=one.block, required=False,
        note="Merged so that each answer is large enough to show.",
    )  # fmt: skip


def _classes(codes: Sequence[Code]) -> Iterator[Sequence[Code]]:
    """Neighbours together: two halves of four answers, else both ends and the middle."""
    count = len(codes)
    ends = 2 if count == 4 else max(2 if count > 4 else 1, round(count / 3))
    edges = [0, ends, count] if count == 4 else [0, ends, count - ends, count]
    for low, high in itertools.pairwise(edges):
        yield codes[low:high]


def _joined(labels: Sequence[str], language: Language) -> str:
    if len(labels) <= 2:
        return say("merges.joined", language).join(labels)
    return say("declarations.from_to", language, first=labels[0], last=labels[-1])


def _question(one: Variable, book: Codebook) -> Variable:
    return book[one.derived_from[0]] if len(one.derived_from) == 1 and one.derived_from[0] in book else one


def _words(one: Variable) -> str:
    """The concept of a question; its name and words where the codebook names no concept."""
    concept = str(getattr(one, "concept", ""))
    return concept or f"{one.name} {one.label_nl} {one.label_en} {one.question_nl} {one.question_en}"


def _subject(one: Variable) -> int | None:
    """The place of the subject of a question among the outcomes; None when it is about something else."""
    if one.concept:
        return _OF_CONCEPT.get(one.concept)
    words = _words(one)
    return next((place for place, subject in _OUTCOMES if re.search(subject, words, re.IGNORECASE)), None)


def _outcomes(found: Sequence[Variable], book: Codebook) -> list[Variable]:
    """What a release is about, by subject; then what is sensitive, because a survey is held for that; then the rest."""
    about = [one for one in found if _subject(_question(one, book)) is not None]
    others = [one for one in found if one not in about]
    about.sort(key=lambda one: _outcome_order(_question(one, book)))
    return [*about, *sorted(others, key=lambda one: one.privacy not in ("special", "sensitive"))]


def _outcome_order(one: Variable) -> tuple[int, int]:
    """By subject; a question that names it itself comes before one that touches on it."""
    place, named = _subject(one), _subject(replace(one, question_nl="", question_en=""))
    return (_PLACES if place is None else place) + (0 if named == place else _PLACES), len(one.codes)


def _groups(usable: Sequence[Variable], book: Codebook) -> list[Variable]:
    """The questions by which people can be told apart: two or three answers, asked of everybody, no outcome."""
    found = [
        one
        for one in usable
        if one.kind in ("nominal", "ordinal")
        and len(one.valid_codes) in (2, 3)
        and _subject(_question(one, book)) is None
        and all(book[condition.variable].privacy == "consent" for condition in _question(one, book).only_if)
    ]
    return sorted(found, key=lambda one: _group_order(one, book))[:_MOST_GROUPS]


def _no_groups(usable: Sequence[Variable]) -> Iterator[tuple[str, str]]:
    """Questions that would tell groups apart if their answers were fewer."""
    for one in usable:
        if one.kind == "nominal" and len(one.valid_codes) > 3 and _group_place(one) < len(_GROUPS):
            yield one.name, f"it tells no groups apart: {len(one.valid_codes)} answers; merge them into two or three"


def _group_place(one: Variable) -> int:
    words = _words(one)
    return next((at for at, subject in enumerate(_GROUPS) if re.search(subject, words, re.IGNORECASE)), len(_GROUPS))


def _group_order(one: Variable, book: Codebook) -> tuple[int, bool, int]:
    return _group_place(one), one.privacy in ("special", "sensitive"), list(book).index(one.name)


# The tables --------------------------------------------------------------------------------------------------------


def _tables(outcomes: Sequence[Variable], groups: Sequence[Variable], book: Codebook) -> Iterator[dict[str, Any]]:
    """Who took part; each outcome of everybody; the first by each group; the next two by a group or two."""
    yield from (_table(one, None, book) for one in groups)
    for place, one in enumerate(outcomes):
        yield _table(one, None, book)
        if one.kind in ("multiple", "count"):
            continue
        first = outcomes[0] if len(outcomes[0].valid_codes) <= 3 and outcomes[0].kind != "multiple" else None
        wanted = {0: list(groups), 1: [*([first] if first else []), *groups[:1]], 2: list(groups[:1])}.get(place, [])
        yield from (_table(one, by, book) for by in wanted)


def _table(one: Variable, by: Variable | None, book: Codebook) -> dict[str, Any]:
    table: dict[str, Any] = {
        "id": _identifier(one.name if by is None else f"{one.name}_by_{by.name}"),
        "statistic": "mean" if one.kind == "count" else "share",
        "of": one.name,
    }
    yes = _yes(one)
    if yes is not None:
        table["code"] = yes
    if by is not None:
        table["by"] = [by.name]
        if yes is not None:
            table["compare"] = one.name
        elif one.kind == "ordinal":
            table["compare"] = _question(one, book).name
    for language in LANGUAGES:
        table[f"title_{language}"] = _title(one, by, yes, language)
    return table


def _identifier(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", name.lower())


def _yes(one: Variable) -> int | str | None:
    """The answer whose share is told of a question with two answers: yes where there is one, else the first."""
    codes = [code for code in one.codes if not code.missing]
    if one.kind == "multiple" or len(codes) != 2:
        return None
    said = [code.code for code in codes if any(_YES.match(code.label(language)) for language in LANGUAGES)]
    return said[0] if said else None


def _title(one: Variable, by: Variable | None, yes: int | str | None, language: Language) -> str:
    label = one.label(language)
    if yes is not None:
        label = say("declarations.with_answer", language, label=label, answer=one.code_label(yes, language))
    if by is None:
        return label
    group = by.label(language)
    return say("declarations.by", language, label=label, group=group[:1].lower() + group[1:])
