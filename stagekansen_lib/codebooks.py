"""The codebook: what each column of a survey means, its kind, codes, missing codes and privacy class.

A codebook is three plain CSV files that a person can edit: ``NAME.csv`` (one line a variable),
``NAME_codes.csv`` (one line a code) and ``NAME_checks.csv`` (one line a rule over several variables; may be
absent). Routing, derived variables and checks are written in one tiny language, which is read and never run:

- a set of values: ``1|2``, ``4..9``, ``20..``, ``den haag|2500..2599``, or ``else`` for every valid answer left;
- a condition: ``variable=SET`` or ``variable!=SET``; several are joined by ``&``. A missing answer meets
  ``!=`` only.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.paths import data_folder
from stagekansen_lib.wording import Language

__all__ = [
    "IDENTIFIER_KINDS",
    "Check",
    "Code",
    "Codebook",
    "Condition",
    "Kind",
    "Language",
    "ValueSet",
    "Variable",
    "check_codebook",
    "read_codebook",
    "read_conditions",
    "read_value_set",
]

Kind = Literal["nominal", "ordinal", "count", "number", "date", "multiple", "open", "info"]
Privacy = Literal["ordinary", "identifying", "sensitive", "special", "consent"]
Role = Literal["", "respondent", "origin"]
Severity = Literal["error", "doubt"]

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
    "names_person",
    "names_staff",
    "names_company",
)

T = TypeVar("T")


@dataclass(frozen=True)
class ValueSet:
    """A set of values as a codebook writes it: single codes, ranges and texts, or ``else``.

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

    def label(self, language: Language = "nl") -> str:
        return self.label_nl if language == "nl" else self.label_en


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

    def label(self, language: Language = "nl") -> str:
        return self.label_nl if language == "nl" else self.label_en


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

    def label(self, language: Language = "nl") -> str:
        return self.label_nl if language == "nl" else self.label_en

    def code_label(self, code: object, language: Language = "nl") -> str:
        """The text of a code; the code itself as text when the codebook does not know it."""
        for known in self.codes:
            if known.code == code:
                return known.label(language)
        return str(code)


@dataclass(frozen=True)
class Codebook:
    """All variables of a survey, looked up by name: ``codebook["search_difficulty"]``."""

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

        lines = "".join(
            f"<tr><td>{escape(variable.item)}</td><td>{escape(variable.name)}</td><td>{variable.kind}</td>"
            f"<td>{escape(variable.label_nl)}</td><td>{variable.privacy}</td></tr>"
            for variable in self.variables.values()
        )
        title = escape(self.title_nl or self.name)
        head = "<tr><th>vraag</th><th>variabele</th><th>soort</th><th>betekenis</th><th>privacy</th></tr>"
        return f"<p><b>{title}</b> ({len(self)} variabelen)</p><table>{head}{lines}</table>"


def read_value_set(text: str) -> ValueSet:
    """The set of values that ``text`` names, such as ``1|2``, ``4..9``, ``20..`` or ``else``.

    Raises
    ------
    InputError : the text is empty or a range has no number or runs backwards.

    >>> [number for number in range(25) if number in read_value_set("1|4..6|20..")]
    [1, 4, 5, 6, 20, 21, 22, 23, 24]
    """
    parts = [part.strip() for part in text.split("|")]
    if not all(parts):
        raise InputError(Problem(f"'{text}' is not a set of values.", do="Write it like '1|2' or '4..9'."))
    exact: set[int | str] = set()
    ranges: list[tuple[float, float]] = []
    for part in parts:
        span = re.fullmatch(r"(-?\d*)\.\.(-?\d*)", part)
        if span:
            low = float(span[1]) if span[1] else -math.inf
            high = float(span[2]) if span[2] else math.inf
            if low > high or part == "..":
                raise InputError(Problem(f"Range '{part}' holds no number.", do="Write it like '4..9'."))
            ranges.append((low, high))
        elif part != "else":
            exact.add(_code(part.casefold()))
    return ValueSet(frozenset(exact), tuple(ranges), "else" in parts)


def read_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions that ``text`` names; all of them must hold. An empty text gives no condition.

    Raises
    ------
    InputError : a part is not ``variable=SET`` or ``variable!=SET``.

    >>> [condition.variable for condition in read_conditions("consent_special=1 & discrimination_answer=1|2")]
    ['consent_special', 'discrimination_answer']
    """
    conditions = []
    for part in filter(None, (part.strip() for part in text.split("&"))):
        found = re.fullmatch(r"(\w+)\s*(!?=)\s*(.+)", part)
        if not found:
            raise InputError(Problem(f"'{part}' is not a condition.", do="Write it like 'school=1|2'."))
        conditions.append(Condition(found[1], read_value_set(found[3]), found[2] == "!="))
    return tuple(conditions)


def read_codebook(name_or_path: str | Path) -> Codebook:
    """A codebook, by its name in ``data/codebooks`` or by the path of its CSV file.

    ``NAME_codes.csv`` must lie beside ``NAME.csv``; ``NAME_checks.csv`` may. The columns of the three files
    are described in ``data/codebooks/README.md``.

    Parameters
    ----------
    name_or_path : such as "baseline", or the path of ``NAME.csv``.

    Raises
    ------
    InputError : a file is absent, not UTF-8 or without its columns, or ``check_codebook`` finds a problem; all
        problems at once, each with the file and the line.

    Examples
    --------
    >>> codebook = read_codebook("baseline")
    >>> codebook["search_difficulty"].label("en"), codebook["search_difficulty"].valid_codes
    ('Difficulty of finding an internship', (1, 2, 3, 4, 5))
    """
    path = _codebook_path(name_or_path)
    name = path.stem
    problems: list[Problem] = []
    lines = _read_lines(path, VARIABLE_COLUMNS)
    code_path = path.with_name(f"{name}_codes.csv")
    codes: dict[str, list[Code]] = {}
    names = {line["name"] for _, line in lines}
    for where, line in _read_lines(code_path, CODE_COLUMNS):
        if line["variable"] not in names:
            problems.append(
                Problem(
                    f"Variable '{line['variable']}' is not in {path.name}.",
                    where,
                    did_you_mean(line["variable"], sorted(names)),
                )
            )
        codes.setdefault(line["variable"], []).append(_read_code(line, where, problems))
    variables: dict[str, Variable] = {}
    title = {"nl": name, "en": name, "version": ""}
    for where, line in lines:
        if line["name"] == "codebook":  # the line that names the codebook itself
            title = {"nl": line["label_nl"], "en": line["label_en"], "version": line["note"]}
            continue
        if line["name"] in variables:
            problems.append(Problem(f"Variable '{line['name']}' stands here twice.", where))
        variables[line["name"]] = _read_variable(line, tuple(codes.get(line["name"], ())), where, problems)
    checks: tuple[Check, ...] = ()
    check_path = path.with_name(f"{name}_checks.csv")
    if check_path.is_file():
        checks = tuple(_read_check(line, where, problems) for where, line in _read_lines(check_path, CHECK_COLUMNS))
    codebook = Codebook(name, variables, title["nl"], title["en"], title["version"], checks)
    problems.extend(check_codebook(codebook))
    if problems:
        raise InputError(problems, f"Codebook '{name}' cannot be used: {len(problems)} problem(s).")
    return codebook


def check_codebook(codebook: Codebook) -> tuple[Problem, ...]:
    """Everything in a codebook that contradicts itself; empty when it can be used.

    Looked at: texts in two languages, codes present and given once, a missing code of a count that could be a
    real count, conditions that name unknown or later variables, derived variables that leave a code of their
    source out or claim it twice, special questions without consent, at most one key and one origin column.

    Examples
    --------
    >>> check_codebook(read_codebook("baseline"))
    ()
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    for variable in codebook.variables.values():
        problems.extend(_check_variable(variable))
        for condition in variable.only_if:
            if condition.variable not in seen:
                problems.append(
                    Problem(
                        f"The routing of '{variable.name}' looks at '{condition.variable}', "
                        "which does not come before it.",
                        f"codebook '{codebook.name}'",
                        did_you_mean(condition.variable, sorted(seen)),
                    )
                )
        problems.extend(_check_consent(variable, codebook))
        problems.extend(_check_derived(variable, codebook, seen))
        seen.add(variable.name)
    for check in codebook.checks:
        for condition in (*check.when, *check.then):
            if condition.variable not in codebook:
                problems.append(
                    Problem(
                        f"Check '{check.rule}' looks at '{condition.variable}', which is not in it.",
                        f"codebook '{codebook.name}'",
                        did_you_mean(condition.variable, list(codebook)),
                    )
                )
    for role in ("respondent", "origin"):
        holders = [variable.name for variable in codebook.variables.values() if variable.role == role]
        if len(holders) > 1:
            problems.append(Problem(f"Role '{role}' is given to {len(holders)} variables: {', '.join(holders)}."))
    return tuple(problems)


def _check_variable(variable: Variable) -> Iterator[Problem]:
    where = f"variable '{variable.name}'"
    if not variable.label_nl or not variable.label_en:
        yield Problem("A label is missing.", where, "Give label_nl and label_en.")
    if variable.kind in CODED and not variable.valid_codes:
        yield Problem(f"Kind '{variable.kind}' needs codes, and there are none.", where)
    numbers = [code.code for code in variable.codes]
    for code in sorted({str(number) for number in numbers if numbers.count(number) > 1}):
        yield Problem(f"Code {code} stands here twice.", where)
    for known in variable.codes:
        if not known.label_nl or not known.label_en:
            yield Problem(f"Code {known.code} has no label.", where, "Give label_nl and label_en.")
        if known.missing and variable.kind in NUMERIC and _within(known.code, variable):
            yield Problem(
                f"Missing code {known.code} could also be a real answer.",
                where,
                "Take a code below the minimum or above the maximum.",
            )
        if not known.missing and variable.kind not in CODED:
            yield Problem(f"Code {known.code} is an answer, but kind '{variable.kind}' has no codes.", where)
    for word in variable.gate:
        if word not in ("drop", *IDENTIFIER_KINDS) or (word == "drop" and len(variable.gate) > 1):
            yield Problem(
                f"'{word}' is not possible in 'gate'.", where, did_you_mean(word, ("drop", *IDENTIFIER_KINDS))
            )
    if variable.gate and variable.gate != ("drop",) and not variable.note:
        yield Problem("'gate' allows what points at a person, and gives no reason.", where, "Say why in 'note'.")
    for accepted in variable.accept:
        if accepted not in variable.valid_codes:
            yield Problem(f"'accept' names code {accepted}, which is not a valid code.", where)


def _check_consent(variable: Variable, codebook: Codebook) -> Iterator[Problem]:
    """A special answer needs its own consent, once the questionnaire asks for it at all."""

    def asks_consent(one: Variable) -> bool:
        named = [codebook.variables.get(condition.variable) for condition in one.only_if]
        return any(source is not None and source.privacy == "consent" for source in named)

    if variable.privacy != "special" or variable.derived_from or asks_consent(variable):
        return
    if any(asks_consent(one) for one in codebook.variables.values()):
        yield Problem(
            f"'{variable.name}' is special (GDPR art. 9) and is read without consent to special questions.",
            f"codebook '{codebook.name}'",
            "Add the consent to 'only_if', as other special questions have.",
        )


def _check_derived(variable: Variable, codebook: Codebook, seen: set[str]) -> Iterator[Problem]:
    where = f"variable '{variable.name}'"
    if not variable.derived_from:
        if any(code.values or code.when for code in variable.codes):
            yield Problem("Codes have a rule, but 'derived_from' is empty.", where)
        return
    for name in variable.derived_from:
        if name not in seen:
            yield Problem(f"Source '{name}' does not come before it.", where, did_you_mean(name, sorted(seen)))
    if variable.kind not in CODED:
        yield Problem(f"A derived variable of kind '{variable.kind}' is not possible.", where)
    for code in variable.codes:
        if code.values is None and not code.when:
            yield Problem(f"Code {code.code} has no rule.", where, "Fill in the column 'values'.")
        if code.values is not None and len(variable.derived_from) > 1:
            yield Problem(f"The rule of code {code.code} does not say which source it means.", where)
        for condition in code.when:
            if condition.variable not in variable.derived_from:
                yield Problem(f"'{condition.variable}' is not in 'derived_from'.", f"{where}, code {code.code}")
    source = codebook.variables.get(variable.derived_from[0])
    sets = [code.values for code in variable.codes if code.values is not None]
    if source is None or len(sets) < len(variable.codes):
        return
    if variable.kind == "multiple" and source.kind != "multiple":
        yield Problem(f"It is a multiple response, but its source '{source.name}' is not.", where)
    if source.kind not in CODED or any(values.rest for values in sets):
        return
    for wanted in source.valid_codes:
        times = sum(wanted in values for values in sets)
        if times == 0:
            yield Problem(f"No code takes up code {wanted} of '{source.name}'.", where)
        if times > 1 and source.kind != "multiple":
            yield Problem(f"{times} codes take up code {wanted} of '{source.name}'.", where)


def _within(code: int | str, variable: Variable) -> bool:
    low = -math.inf if variable.minimum is None else variable.minimum
    high = math.inf if variable.maximum is None else variable.maximum
    return isinstance(code, int) and low <= code <= high


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
OPTIONAL_COLUMNS = ("gate",)
CODE_COLUMNS = ("variable", "code", "label_nl", "label_en", "missing", "exclusive", "values")
CHECK_COLUMNS = ("rule", "when", "then", "severity", "label_nl", "label_en")


def _codebook_path(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text.endswith(".csv") or "/" in text or "\\" in text:
        return Path(text)
    folder = data_folder("codebooks")
    path = folder / f"{text}.csv"
    if not path.is_file():
        helpers = ("_codes", "_checks")
        known = sorted(file.stem for file in folder.glob("*.csv") if not file.stem.endswith(helpers))
        raise InputError(Problem(f"There is no codebook '{text}'.", do=did_you_mean(text, known)))
    return path


def _read_lines(path: Path, columns: tuple[str, ...]) -> list[tuple[str, dict[str, str]]]:
    """Each line of a codebook file with the place to look it up. Comma and semicolon both work."""
    if not path.is_file():
        raise InputError(Problem("This file of the codebook is not there.", str(path)))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem("This file is not UTF-8.", str(path), "Save it in Excel as 'CSV UTF-8'.")) from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="more", restval=None)
    absent = [column for column in columns if column not in (reader.fieldnames or ())]
    if absent:
        raise InputError(Problem(f"Column(s) missing: {', '.join(absent)}.", str(path)))
    lines = []
    for number, line in enumerate(reader, start=2):
        where = f"{path.name} line {number}"
        if "more" in line or None in line.values():
            raise InputError(Problem(f"This line does not have {len(columns)} cells.", where))
        optional = {column: (line.get(column) or "").strip() for column in OPTIONAL_COLUMNS}
        lines.append((where, {column: line[column].strip() for column in columns} | optional))
    return lines


def _read_variable(line: dict[str, str], codes: tuple[Code, ...], where: str, problems: list[Problem]) -> Variable:
    def number(column: str) -> float | None:
        return _attempt(lambda: float(line[column]), None, column, line, where, problems) if line[column] else None

    return Variable(
        name=line["name"],
        kind=_one_of(line, "kind", get_args(Kind), "nominal", where, problems),
        label_nl=line["label_nl"],
        label_en=line["label_en"],
        codes=codes,
        question_nl=line["question_nl"],
        question_en=line["question_en"],
        item=line["item"],
        privacy=_one_of(line, "privacy", get_args(Privacy), "special", where, problems),
        minimum=number("minimum"),
        maximum=number("maximum"),
        routing=line["routing"],
        derived_from=tuple(filter(None, (part.strip() for part in line["derived_from"].split("|")))),
        note=line["note"],
        block=line["block"],
        only_if=_attempt(lambda: read_conditions(line["only_if"]), (), "only_if", line, where, problems),
        accept=tuple(_code(part) for part in line["accept"].split("|") if part),
        role=_one_of(line, "role", get_args(Role), "", where, problems),
        keep=_one_of(line, "keep", ("yes", "no"), "yes", where, problems) == "yes",
        required=_one_of(line, "required", ("yes", "no"), "yes", where, problems) == "yes",
        gate=tuple(filter(None, (part.strip() for part in line["gate"].split("|")))),
    )


def _read_code(line: dict[str, str], where: str, problems: list[Problem]) -> Code:
    rule = line["values"]
    code = Code(
        code=_code(line["code"]),
        label_nl=line["label_nl"],
        label_en=line["label_en"],
        missing=line["missing"],
        exclusive=_one_of(line, "exclusive", ("", "yes"), "", where, problems) == "yes",
    )
    if "=" in rule:
        return replace(code, when=_attempt(lambda: read_conditions(rule), (), "values", line, where, problems))
    if rule:
        return replace(code, values=_attempt(lambda: read_value_set(rule), None, "values", line, where, problems))
    return code


def _read_check(line: dict[str, str], where: str, problems: list[Problem]) -> Check:
    return Check(
        rule=line["rule"],
        when=_attempt(lambda: read_conditions(line["when"]), (), "when", line, where, problems),
        then=_attempt(lambda: read_conditions(line["then"]), (), "then", line, where, problems),
        label_nl=line["label_nl"],
        label_en=line["label_en"],
        severity=_one_of(line, "severity", get_args(Severity), "doubt", where, problems),
    )


def _attempt(
    read: Callable[[], T], default: T, column: str, line: dict[str, str], where: str, problems: list[Problem]
) -> T:
    try:
        return read()
    except InputError as error:
        problems.extend(Problem(problem.what, f"{where}, column {column}", problem.do) for problem in error.problems)
    except ValueError:
        problems.append(Problem(f"'{line[column]}' is not a number.", f"{where}, column {column}"))
    return default


def _one_of(
    line: dict[str, str],
    column: str,
    allowed: Iterable[str],
    default: str,
    where: str,
    problems: list[Problem],
) -> Any:
    """The cell when it is one of the allowed words; otherwise a problem and the default."""
    words = tuple(allowed)
    if line[column] in words:
        return line[column]
    problems.append(
        Problem(
            f"'{line[column]}' is not possible here.",
            f"{where}, column {column}",
            did_you_mean(line[column], words),
        )
    )
    return default


def _code(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d+", text) else text
