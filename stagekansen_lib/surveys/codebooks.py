"""The codebook: what each column of a survey means, its kind, codes, missing codes and privacy class.

A codebook is three plain CSV files that a person can edit: ``NAME.csv`` (one line a variable),
``NAME_codes.csv`` (one line a code) and ``NAME_checks.csv`` (one line a rule over several variables; may be
absent). Routing, derived variables and checks are written in one tiny language, which is read and never run:

- a set of values: ``1|2``, ``4..9``, ``20..``, ``den haag|2500..2599``, or ``else`` for every valid answer left;
- a condition: ``variable=SET`` or ``variable!=SET``; several are joined by ``&``. A missing answer meets
  ``!=`` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.wording import chosen_language, number_text, say

__all__ = [
    "FITS",
    "IDENTIFIER_KINDS",
    "Check",
    "Code",
    "Codebook",
    "Condition",
    "Kind",
    "ValueSet",
    "Variable",
    "text_of",
]


Kind = Literal["nominal", "ordinal", "count", "number", "date", "multiple", "open", "info"]

Privacy = Literal["ordinary", "identifying", "sensitive", "special", "consent"]

Role = Literal["", "respondent", "origin"]

Severity = Literal["error", "doubt"]

# How well a question fits the concept that it measures.
FITS = ("same_wording", "other_wording", "other_period", "other_population")

NothingTicked = Literal["", "none"]

CODED: frozenset[str] = frozenset({"nominal", "ordinal", "multiple"})

NUMERIC: frozenset[str] = frozenset({"count", "number"})

# What points straight at a person; the privacy gate stops it. A codebook may allow a kind, and says why.
IDENTIFIER_KINDS = (
    "name",
    "email",
    "phone",
    "student_number",
    "bsn",
    "iban",
    "ip_address",
    "birth_date",
    "postcode",
    "coordinates",
    "device_id",
    "social_handle",
    "link_to_list",
    "address",
    "document_number",
    "number_plate",
    "web_link",
    "names_person",
    "names_staff",
    "names_company",
    "unread_script",
)

VARIABLE_COLUMNS = (
    "name",
    "item",
    "block",
    "kind",
    "label_nl",
    "label_en",
    "privacy",
    "minimum",
    "maximum",
    "only_if",
    "routing",
    "derived_from",
    "role",
    "accept",
    "keep",
    "required",
    "question_nl",
    "question_en",
    "note",
)

CODE_COLUMNS = ("variable", "code", "label_nl", "label_en", "missing", "exclusive", "values")

CHECK_COLUMNS = ("rule", "when", "then", "severity", "label_nl", "label_en")


def text_of(thing: object, field: str, language: str | None = None) -> str:
    """The Dutch or the English text of a field that has both, such as ``label_nl`` and ``label_en``.

    >>> text_of(Code(1, "ja", "yes"), "label", "en")
    'yes'
    """
    return str(getattr(thing, f"{field}_{chosen_language(language)}"))


@dataclass(frozen=True)
class ValueSet:
    """A set of values as a codebook writes it: single codes, ranges and texts, or ``else``.

    >>> from stagekansen_lib.surveys.codebook_files import read_value_set
    >>> 7 in read_value_set("4..9"), "Den Haag" in read_value_set("den haag|2500..2599")
    (True, True)
    """

    exact: frozenset[int | str] = frozenset()
    ranges: tuple[tuple[float, float], ...] = ()
    rest: bool = False

    def __contains__(self, value: object) -> bool:
        if isinstance(value, str):
            text = value.strip().casefold()
            if text in self.exact:
                return True
            if not text.isascii() or not text.isdigit():
                return False
            value = int(text)
        if not isinstance(value, int | float):
            return False
        return value in self.exact or any(low <= value <= high for low, high in self.ranges)


@dataclass(frozen=True)
class Condition:
    """One comparison of a variable with a set of values; ``negated`` for ``!=``."""

    variable: str
    values: ValueSet
    negated: bool = False


@dataclass(frozen=True)
class Check:
    """A rule over several variables: rows that meet ``when`` must meet ``then``."""

    rule: str
    when: tuple[Condition, ...]
    then: tuple[Condition, ...]
    label_nl: str
    label_en: str
    severity: Severity = "doubt"

    def label(self, language: str | None = None) -> str:
        """The label in the language asked for, else in the chosen one (``wording.chosen_language``)."""
        return text_of(self, "label", language)


@dataclass(frozen=True)
class Code:
    """One answer a variable can take.

    ``missing`` is empty for a real answer; otherwise the reason why there is none, such as
    "prefer_not_to_say", "not_asked" or "do_not_know". ``exclusive`` marks an answer of a multiple response
    that cannot stand beside another one. A derived code has a rule: ``values`` of its source, or ``when``,
    conditions over several sources; the first code whose rule fits is taken.
    """

    code: int | str
    label_nl: str
    label_en: str
    missing: str = ""
    exclusive: bool = False
    values: ValueSet | None = None
    when: tuple[Condition, ...] = ()

    def label(self, language: str | None = None) -> str:
        """The label in the language asked for, else in the chosen one (``wording.chosen_language``)."""
        return text_of(self, "label", language)


@dataclass(frozen=True)
class Variable:
    """One variable of a survey.

    ``privacy`` is "special" for GDPR art. 9 data or what reveals it, "sensitive" for what may reveal it
    together with other answers, "identifying" for what points at a person in combination, "consent" for what was
    agreed to. Disclosure control reads it.

    ``only_if`` says who was asked (or, for a derived variable, who belongs to its base); ``routing`` says the
    same in words. A row is accepted only with an answer in ``accept``, when that is filled in. ``role`` is
    "respondent" for the key of a row and "origin" for the column that says whether answers are synthetic. A
    variable with ``keep`` False is used for derived variables and then dropped. A column that is not
    ``required`` may be absent. ``gate`` is what the privacy gate does with the column: "drop" leaves it out, kinds of
    identifier (see ``IDENTIFIER_KINDS``) are allowed in it, for the reason in ``note``.

    Of a multiple response ``ticked`` and ``not_ticked`` are what a column of one answer holds where the file does not
    say so itself, such as 1 and 2. ``nothing_ticked`` says what it means that somebody who was asked ticked nothing:
    "none" of the answers (a share counts them in its base), or "" when that cannot be told from skipping the question.

    ``concept`` is what the question measures, whatever it is called, and ``fit`` how well: one of ``FITS``.
    """

    name: str
    kind: Kind
    label_nl: str
    label_en: str
    codes: tuple[Code, ...] = ()
    question_nl: str = ""
    question_en: str = ""
    item: str = ""
    privacy: Privacy = "ordinary"
    minimum: float | None = None
    maximum: float | None = None
    routing: str = ""
    derived_from: tuple[str, ...] = ()
    note: str = ""
    block: str = ""
    only_if: tuple[Condition, ...] = ()
    accept: tuple[int | str, ...] = ()
    role: Role = ""
    keep: bool = True
    required: bool = True
    gate: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    not_ticked: tuple[str, ...] = ()
    nothing_ticked: NothingTicked = ""
    concept: str = ""
    fit: str = ""

    @property
    def valid_codes(self) -> tuple[int | str, ...]:
        """The codes of real answers, in the order of the questionnaire."""
        return tuple(code.code for code in self.codes if not code.missing)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``Survey.rows`` that hold it: one for each valid code of a multiple response."""
        if self.kind == "multiple":
            return tuple(f"{self.name}[{code}]" for code in self.valid_codes)
        return (self.name,) if self.kind != "info" else ()

    def label(self, language: str | None = None) -> str:
        """The label in the language asked for, else in the chosen one (``wording.chosen_language``)."""
        return text_of(self, "label", language)

    def code_label(self, code: object, language: str | None = None) -> str:
        """The text of a code; the code itself as text when the codebook does not know it."""
        for known in self.codes:
            if known.code == code:
                return known.label(language)
        return str(code)


@dataclass(frozen=True)
class Codebook:
    """All variables of a survey, looked up by name: ``codebook["search_difficulty"]``.

    Parameters
    ----------
    name : name of its files, such as "baseline".
    variables : each variable by its name, in the order of the questionnaire.
    title_nl, title_en : what the survey is called, in one line.
    version : of the questionnaire, as its maker writes it; empty when unknown.
    checks : rules over several variables, that ``check_survey`` applies.
    """

    name: str
    variables: Mapping[str, Variable] = field(default_factory=dict)
    title_nl: str = ""
    title_en: str = ""
    version: str = ""
    checks: tuple[Check, ...] = ()

    def __getitem__(self, name: str) -> Variable:
        if name not in self.variables:
            raise InputError(
                Problem(
                    f"Variable '{name}' is not in codebook '{self.name}'.",
                    do=did_you_mean(name, list(self.variables)),
                )
            )
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        return name in self.variables

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    def _repr_html_(self) -> str:
        from html import escape

        language = chosen_language()
        lines = "".join(
            f"<tr><td>{escape(variable.item)}</td><td>{escape(variable.name)}</td><td>{variable.kind}</td>"
            f"<td>{escape(variable.label(language))}</td><td>{variable.privacy}</td></tr>"
            for variable in self.variables.values()
        )
        title = escape(text_of(self, "title", language) or self.name)
        headings = ("item", "variable", "kind", "meaning", "privacy")
        head = "".join(f"<th>{say(f'codebooks.{heading}', language)}</th>" for heading in headings)
        number = say("codebooks.variables", language, n=number_text(len(self), language))
        return f"<p><b>{title}</b> ({number})</p><table><tr>{head}</tr>{lines}</table>"
