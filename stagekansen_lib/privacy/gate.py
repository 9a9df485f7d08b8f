"""The privacy gate: what points at a person is stopped before a file is read into a survey or stored.

Looked at are the names of columns and every different value. What the codebook knows as an answer (a code, a label, a
number within its range) is none of a person's data and passes. A finding names column, kind and rows, never a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from stagekansen_lib.codebooks import NUMERIC, Codebook, Language, Variable
from stagekansen_lib.errors import InputError, Problem, RefusedError, did_you_mean, quoted
from stagekansen_lib.privacy.free_text import is_name, names_in, starts_with_given_name
from stagekansen_lib.privacy.identifiers import DETECTORS, born_before, day_of, eleven_test, luhn, pieces, shapes_of
from stagekansen_lib.readers.columns import FoundColumns
from stagekansen_lib.wording import chosen_language, number_text, say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["Finding", "GateReport", "IdentifiersFoundError", "find_identifiers", "leave_out", "pass_gate"]

TEXT_KINDS = ("names_person", "names_staff", "names_company")
_ROWS_SHOWN = 10
# From so many numbers on, a check digit that fits as often as by chance says nothing (1 in 11, 1 in 10).
_ENOUGH = 12

# Kind: names of a column that hold it, after capitals, accents and signs are taken off.
_COLUMN_NAMES = {
    "name": (
        r"(?:volledige |full |legal )?(?:naam|name)|(?:voor|achter|roep|familie|geslachts|meisjes)naam(?:en)?"
        r"|tussenvoegsels?"
        r"|(?:first|last|given|family|middle|sur|nick)[ ]?names?|surname|voorletters|initialen|initials"
        r"|voor en achternaam"
        r"|naam (?:van )?(?:de |het )?(?:student|leerling|deelnemer|respondent|kind|ouder|begeleider|docent)"
        r"|(?:student|leerling|deelnemer|respondent|participant|user|gebruikers|recipient|responder|contact)[ ]?(?:s )?"
        r"(?:naam|name|first name|last name)|responder|recipient (?:first|last) name"
        r"|(?:wat is|what is|what s|vul in) .*\b(?:naam|name)"
        r"|hoe heet je.*"
    ),
    "email": r".*\be ?mail\w*.*|mail|mailadres|recipient email|emailaddress",
    "phone": (
        r".*\b(?:telefoon|tel|phone|mobiel|mobile|gsm|whatsapp)[ ]?(?:nummer|number|nr)?"
        r"|.*telefoonnummer.*|.*\bphone number.*"
    ),
    "student_number": (
        r".*\b(?:student|leerling|deelnemer|school|personeels)(?:en)?[ ]?(?:nummer|nr|number|id|no|code)\b.*"
        r"|pcn|studielinknummer"
    ),
    "bsn": r".*\b(?:bsn|burgerservicenummer|sofinummer|onderwijsnummer|pgn|social security number|ssn)\b.*",
    "iban": r".*\b(?:iban|rekeningnummer|bankrekening\w*|bank account)\b.*",
    "ip_address": r"ip|ip[ ]?addr(?:ess)?|ip[ ]?adres|.*\bip address\b.*",
    "birth_date": (
        r".*\b(?:geboorte[ ]?(?:datum|dag)|date of birth|birth[ ]?(?:date|day)|dob|gebdat|geb datum"
        r"|verjaardag)\b.*"
    ),
    "postcode": r".*\b(?:postcode|post code|postal code|zip|zip code|zipcode)\b.*",
    "coordinates": r"(?:location )?(?:latitude|longitude)|lat|lon|lng|long|gps.*|coordinaten|coordinates|rd ?[xy]",
    "device_id": (
        r".*\b(?:device|apparaat|toestel|advertising|browser fingerprint)[ ]?id\b.*|imei|mac[ ]?adres"
        r"|mac[ ]?address|udid|idfa|gaid|fingerprint|cookie(?: id)?"
    ),
    "social_handle": (
        r".*\b(?:instagram|insta|snapchat|tiktok|twitter|facebook|linkedin|discord"
        r"|social media)\b.*(?:naam|name|account|handle|profiel|profile|url).*|instagram|snapchat|tiktok"
        r"|twitter|facebook|linkedin|discord"
    ),
    "link_to_list": (
        r"token|external[ ]?(?:data )?reference|recipient[ ]?id|invitation[ ]?(?:code|id)|contact[ ]?id"
        r"|panel[ ]?id|ref ?url"
    ),
    "address": (
        r"(?:straat|straatnaam|street|adres|address|home address|woonadres|huisnummer|house number"
        r"|straat en huisnummer)"
    ),
}
# What a value must look like for the name of its column to be believed: "naam" above a column of ticks is a question.
_BELIEVED = {
    "name": r".*[^\W\d_]{2}.*",
    "email": r".*\S.{3,}",
    "phone": r"(?:.*\d){6}.*",
    "student_number": r"(?:.*\d){5}.*",
    "bsn": r"(?:.*\d){8}.*",
    "iban": r".*\d{2}.*\w{4}.*",
    "ip_address": r".*[\d:a-fA-F]+[.:].*",
    "birth_date": r"(?:.*\d){5}.*",
    "postcode": r"[1-9]\d{3}(?:\s?[A-Za-z]{2})?",
    "coordinates": r"[+-]?\d{1,6}[.,]\d{2,}.*|\d{5,6}",
    "device_id": r"\S{8,}.*",
    "social_handle": r".*[^\W\d_]{2}.*",
    "link_to_list": r"\S{3,}.*",
    "address": r".*\w.*",
}
_NAMED = {kind: re.compile(pattern) for kind, pattern in _COLUMN_NAMES.items()}
_PLAUSIBLE = {kind: re.compile(pattern, re.DOTALL) for kind, pattern in _BELIEVED.items()}
_TICKS = frozenset(
    [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "99",
        "ja",
        "nee",
        "yes",
        "no",
        "y",
        "n",
        "j",
        "x",
        "true",
        "false",
        "waar",
        "onwaar",
        "checked",
        "unchecked",
        "quoted",
        "aangevinkt",
        "not",
        "selected",
        "selected",
        "n/a",
        "nvt",
        "n.v.t.",
        "-",
        "anonymous",
        "anoniem",
    ]
) | {"not selected", "niet aangevinkt", "weet niet", "do not know", "geen", "none", "soms", "sometimes"}


@dataclass(frozen=True)
class Finding:
    """One kind of identifier in one column.

    Parameters
    ----------
    column : name of the column in the file.
    kind : one of ``codebooks.IDENTIFIER_KINDS``.
    by : "name" when the name of the column gave it away, "content" when the values did.
    count : rows that hold it.
    rows : row numbers of the first ten of them, as a spreadsheet shows them.
    """

    column: str
    kind: str
    by: str
    count: int
    rows: tuple[int, ...]

    def do(self, texts: Collection[str], language: Language) -> str:
        """What to do about it; ``texts`` are the columns whose texts can be set aside one by one."""
        in_text = self.column in texts and self.kind not in TEXT_KINDS
        return say("identifiers.in_text_do" if in_text else f"identifiers.{self.kind}_do", language)

    def problem(self, file: str, texts: Collection[str] = ()) -> Problem:
        """The finding as an error says it: column, kind, rows and what to do; never a value."""
        rows = ", ".join(str(row) for row in self.rows) + (", ..." if self.count > len(self.rows) else "")
        told = "by its name and content" if self.by == "name" else "by its content"
        return Problem(
            f"{self.count} row(s) hold {say(f'identifiers.{self.kind}', 'en')} ({told}).",
            f"{file}, column '{self.column}', row(s) {rows}",
            self.do(texts, "en"),
        )


@dataclass(frozen=True)
class GateReport:
    """What the privacy gate found in a file.

    Parameters
    ----------
    findings : in the order of the columns; empty when nothing points at a person.
    file, columns, rows : what was looked at.
    set_aside : for each column of texts, the rows whose text was emptied because it names somebody.
    removed : columns that were left out.
    allowed : sentences, one for each kind that the codebook allows in a column, with its reason.
    texts : columns with findings that hold open answers: they can be set aside one by one.
    """

    findings: tuple[Finding, ...]
    file: str = ""
    columns: int = 0
    rows: int = 0
    set_aside: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.findings

    @property
    def table(self) -> pd.DataFrame:
        """One line a finding: column, kind, kind_nl, kind_en, by, count, rows, do_nl, do_en."""
        import pandas as pd

        lines = [
            (
                found.column, found.kind,
                say(f"identifiers.{found.kind}", "nl"), say(f"identifiers.{found.kind}", "en"),
                found.by, found.count, found.rows,
                found.do(self.texts, "nl"), found.do(self.texts, "en"),
            )
            for found in self.findings
        ]  # fmt: skip
        names = ["column", "kind", "kind_nl", "kind_en", "by", "count", "rows", "do_nl", "do_en"]
        return pd.DataFrame(lines, columns=names)

    def sentence(self, language: Language = "nl") -> str:
        """The outcome in one or two sentences."""
        values = {"file": self.file or "-", "columns": self.columns, "rows": number_text(self.rows, language)}
        if self.passed:
            return say("identifiers.passed", language, **values)
        broken = len({found.column for found in self.findings})
        return say("identifiers.stopped", language, **values, broken=broken)

    def __repr__(self) -> str:
        lines = [str(found.problem(self.file, self.texts)) for found in self.findings]
        return "\n".join([self.sentence("en"), *lines])

    def _repr_html_(self) -> str:
        from html import escape

        language = chosen_language()
        heads = [say(f"identifiers.head_{name}", language) for name in ("column", "kind", "count", "rows", "do")]
        lines = []
        for line in self.table.to_dict("records"):
            rows = ", ".join(str(row) for row in line["rows"]) + (" …" if line["count"] > len(line["rows"]) else "")
            cells = [line["column"], line[f"kind_{language}"], line["count"], rows, line[f"do_{language}"]]
            lines.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
        head = "".join(f"<th>{escape(name)}</th>" for name in heads)
        table = f"<table><tr>{head}</tr>{''.join(lines)}</table>" if lines else ""
        return f"<p>{escape(self.sentence(language))}</p>{table}"


class IdentifiersFoundError(InputError, RefusedError):
    """A file that points at persons; ``report`` holds the findings."""

    def __init__(self, report: GateReport) -> None:
        self.report = report
        columns = len({found.column for found in report.findings})
        super().__init__(
            [found.problem(report.file, report.texts) for found in report.findings],
            f"{report.file} was not read: {columns} column(s) point at persons. Nothing was stored. Leave columns out "
            "with remove=[...], set texts aside with set_aside_texts=True, or let the codebook allow a kind (column "
            "'gate', with the reason in 'note').",
        )

    def for_command_line(self) -> str:
        """The same for who typed a command: the options to add, with the names of columns quoted for the shell."""
        report = self.report
        columns = list(dict.fromkeys(found.column for found in report.findings))
        whole = [name for name in columns if name not in report.texts]
        options = [f"--remove {quoted(*whole)}"] if whole else []
        options += ["--set-aside-texts"] if report.texts else []
        lines = [
            f"{report.file} was not read: {len(columns)} column(s) point at persons. Nothing was stored.",
            *(f"- {problem}" for problem in self.problems),
            f"To read the rest, add to the same command: {' '.join(options)}",
            "Or let the codebook allow a kind (column 'gate', with the reason in 'note').",
        ]
        return "\n".join(lines)


def find_identifiers(
    rows: pd.DataFrame, codebook: Codebook | None = None, found: FoundColumns | None = None, *, file: str = ""
) -> GateReport:
    """What points at a person in a table of cells: every column and kind at once.

    Parameters
    ----------
    rows : cells as text, a missing cell NaN; the index is the row number in the file.
    codebook, found : what the columns mean (see ``find_columns``); without them every column is a stranger.
    file : name of the file, for the texts.

    Returns
    -------
    GateReport : ``passed`` when nothing was found.

    Notes
    -----
    Burgerservicenummers by the eleven test, bank accounts by ISO 13616 (mod 97), numbers of telephones by Luhn; a
    column of nine-digit numbers is stopped when more of them pass than by chance. Names come from a list, so rare names
    can pass: people read open answers before anyone quotes them.

    Examples
    --------
    >>> import pandas as pd
    >>> report = find_identifiers(pd.DataFrame({"q1": ["1", "2"], "mail": ["a@b.nl", None]}, index=[2, 3]))
    >>> [(finding.column, finding.kind, finding.rows) for finding in report.findings]
    [('mail', 'email', (2,))]
    """
    findings, _, allowed = _search(rows, codebook, found)
    texts = _texts(findings, codebook, found) if codebook is not None and found is not None else ()
    return GateReport(tuple(findings), file, len(rows.columns), len(rows), allowed=allowed, texts=texts)


def leave_out(rows: pd.DataFrame, remove: Sequence[str], file: str = "") -> pd.DataFrame:
    """The table without the columns named; all names that are no column are reported at once.

    Raises
    ------
    InputError : a name in ``remove`` is no column of the file.
    """
    names = [remove] if isinstance(remove, str) else list(remove)
    known = [str(name) for name in rows.columns]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise InputError(
            Problem(f"There is no column '{name}' to remove.", file, did_you_mean(name, known)) for name in wrong
        )
    return rows.drop(columns=names)


def pass_gate(
    rows: pd.DataFrame,
    codebook: Codebook,
    found: FoundColumns,
    *,
    file: str = "",
    set_aside_texts: bool = False,
) -> tuple[pd.DataFrame, FoundColumns, GateReport]:
    """The table when nothing in it points at a person; otherwise all findings as one error.

    Columns whose codebook line says ``gate`` "drop" are left out first.

    Parameters
    ----------
    rows, codebook, found, file : see ``find_identifiers``.
    set_aside_texts : True to empty open answers that name somebody or hold an identifier, so that work goes on; the
        report lists their rows.

    Returns
    -------
    rows, found, report : the table and its columns, without what was left out or emptied.

    Raises
    ------
    IdentifiersFoundError : something points at a person; an ``InputError`` with one problem a column and kind.
    """
    import pandas as pd

    dropped = {
        variable.name: column
        for variable in codebook.variables.values()
        if variable.gate == ("drop",)
        for column in _columns_of(variable, found)
    }
    rows = rows.drop(columns=list(dropped.values()))
    if dropped:
        found = FoundColumns(
            {name: column for name, column in found.single.items() if name not in dropped},
            {name: columns for name, columns in found.separate.items() if name not in dropped},
            found.unknown,
        )
    findings, places, allowed = _search(rows, codebook, found)
    aside: dict[str, tuple[int, ...]] = {}
    texts = _texts(findings, codebook, found)
    if set_aside_texts:
        changed = {}
        for column in texts:
            mask = places[column]
            aside[column] = tuple(int(row) for row in rows.index[mask])
            cells = rows[column].mask(mask)
            if isinstance(cells.dtype, pd.CategoricalDtype):
                cells = cells.cat.remove_unused_categories()
            changed[column] = cells
        rows = rows.assign(**changed) if changed else rows
        findings = [one for one in findings if one.column not in aside]
    left = tuple(column for column in texts if column not in aside)
    report = GateReport(
        tuple(findings), file, len(rows.columns), len(rows), aside, tuple(dropped.values()), allowed, left
    )
    if findings:
        raise IdentifiersFoundError(report)
    return rows, found, report


def _texts(findings: list[Finding], codebook: Codebook, found: FoundColumns) -> tuple[str, ...]:
    """The columns with findings that hold open answers, so that one text can be set aside and the rest read."""
    opened = {
        column
        for name, column in found.single.items()
        if codebook[name].kind == "open" and codebook[name].role != "respondent"
    }
    return tuple(
        column
        for column in dict.fromkeys(one.column for one in findings)
        if column in opened or (column in found.unknown and _only_texts(findings, column))
    )


def _only_texts(findings: list[Finding], column: str) -> bool:
    return all(one.kind in TEXT_KINDS for one in findings if one.column == column)


def _columns_of(variable: Variable, found: FoundColumns) -> list[str]:
    if variable.name in found.single:
        return [found.single[variable.name]]
    return list(found.separate.get(variable.name, {}).values())


def _search(
    rows: pd.DataFrame, codebook: Codebook | None, found: FoundColumns | None
) -> tuple[list[Finding], dict[str, Mask], tuple[str, ...]]:
    """All findings, for each column the rows that any of them touches, and what the codebook allowed."""
    import numpy as np

    meaning: dict[str, Variable] = {}
    if codebook is not None and found is not None:
        for variable in codebook.variables.values():
            meaning.update(dict.fromkeys(_columns_of(variable, found), variable))
    cells = {str(name): _distinct(rows[name]) for name in rows.columns}
    hits = {name: _kinds(name, values, meaning.get(name)) for name, (_, values) in cells.items()}
    _pair_coordinates(cells, hits, meaning)
    findings: list[Finding] = []
    places: dict[str, Mask] = {}
    allowed: list[str] = []
    for name, by_kind in hits.items():
        codes, values = cells[name]
        variable_here = meaning.get(name)
        for kind, (by, which) in by_kind.items():
            if variable_here is not None and kind in variable_here.gate:
                allowed.append(f"column '{name}' may hold {say(f'identifiers.{kind}', 'en')}: {variable_here.note}")
                continue
            flagged = np.zeros(len(values) + 1, dtype=bool)  # the last place is that of a missing cell
            flagged[which] = True
            mask = flagged[codes]
            if not mask.any():
                continue
            first = tuple(int(row) for row in rows.index[np.flatnonzero(mask)[:_ROWS_SHOWN]])
            findings.append(Finding(name, kind, by, int(mask.sum()), first))
            places[name] = places[name] | mask if name in places else mask
    return findings, places, tuple(allowed)


def _distinct(column: pd.Series[Any]) -> tuple[NDArray[np.integer[Any]], list[str]]:
    """A column as integer codes of its different values as text; -1 where there is none."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, values = pd.factorize(column)
    # A list of texts is made at once; a million steps of Python only for what is no text yet.
    listed: list[Any] = values.astype(object).tolist()
    texts = listed if set(map(type, listed)) <= {str} else [_text(value) for value in listed]
    return codes, texts


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def _kinds(name: str, values: list[str], variable: Variable | None) -> dict[str, tuple[str, list[int]]]:
    """Each kind found in a column: whether by its name, and the places of the values that hold it."""
    places = _strange(values, variable)
    if not places:
        return {}
    found: dict[str, tuple[str, list[int]]] = {}
    told = _told_by_name(name, values, places, variable)
    if told is not None:
        kind, which = told
        found[kind] = ("name", which)
    shapes = shapes_of([values[place] for place in places])
    fitting = {shape: tuple(one for one in DETECTORS if one.shape.search(shape)) for shape in set(shapes)}
    few = {shape for shape, detectors in fitting.items() if detectors}
    for place, shape in zip(places, shapes, strict=True) if few else ():
        for detector in fitting[shape]:
            if detector.finds(values[place]):
                kept = found.setdefault(detector.kind, ("content", []))[1]
                if not kept or kept[-1] != place:
                    kept.append(place)
    for kind, which in _in_numbers(values, places, shapes, set(fitting), variable).items():
        found.setdefault(kind, ("content", which))
    for kind, which in _in_words(values, places, shapes, set(fitting), variable).items():
        if not (told and told[0] == "name" and kind in ("name", *TEXT_KINDS)):
            found.setdefault(kind, ("content", which))
    return _without_doubles(found, values, variable)


def _strange(values: list[str], variable: Variable | None) -> list[int]:
    """The places of values that the codebook does not know as an answer."""
    if variable is None or variable.kind in ("open", "date"):
        return list(range(len(values)))
    known = {str(code.code).casefold() for code in variable.codes}
    known |= {text.casefold() for code in variable.codes for text in (code.label_nl, code.label_en)}
    if variable.kind in NUMERIC:
        low = -float("inf") if variable.minimum is None else variable.minimum
        high = float("inf") if variable.maximum is None else variable.maximum

        def plain(value: str) -> bool:
            try:
                return low <= float(value.replace(",", ".")) <= high
            except ValueError:
                return False

        return [place for place, value in enumerate(values) if value.casefold() not in known and not plain(value)]
    if variable.kind == "multiple":
        return [
            place
            for place, value in enumerate(values)
            if not all(part.strip() in known or not part.strip() for part in re.split("[;,]", value.casefold()))
        ]
    return [place for place, value in enumerate(values) if value.casefold() not in known]


def _plain(name: str) -> str:
    """The name of a column in small letters without accents, signs or the number of the question."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    letters = "".join(sign for sign in unicodedata.normalize("NFD", spaced) if not unicodedata.combining(sign))
    text = " ".join(re.sub(r"[^a-z0-9]+", " ", letters.casefold()).split())
    return re.sub(r"^(?:[a-z]{1,2}\d+|\d+)\s+(?=\D)", "", text)


def _told_by_name(
    name: str, values: list[str], places: list[int], variable: Variable | None
) -> tuple[str, list[int]] | None:
    """The kind that the name of a column gives away, when its values bear it out."""
    if variable is not None and (variable.kind != "open" or variable.role == "respondent"):
        return None
    # Of a variable of the codebook the question may well be about names; its own name says what it holds.
    text = _plain(name if variable is None else variable.name.replace("_", " "))
    kind = next((kind for kind, pattern in _NAMED.items() if pattern.fullmatch(text)), None)
    if kind is None:
        return None
    told = [place for place in places if values[place].casefold() not in _TICKS]
    which = [place for place in told if _PLAUSIBLE[kind].fullmatch(values[place])]
    return (kind, which) if which else None


def _in_numbers(
    values: list[str], places: list[int], shapes: list[str], different: set[str], variable: Variable | None
) -> dict[str, list[int]]:
    """What a whole column of bare numbers gives away, which a single number does not."""
    found: dict[str, list[int]] = {}
    by_size: dict[int, list[int]] = {}
    sizes = {shape: len(shape.strip()) for shape in different if set(shape.strip()) == {"9"}}
    sizes = {shape: size for shape, size in sizes.items() if size in (7, 8, 9, 15)}
    for place, shape in zip(places, shapes, strict=True) if sizes else ():
        if shape in sizes:
            by_size.setdefault(sizes[shape], []).append(place)
    nine = by_size.get(9, [])
    passing = [place for place in nine if eleven_test(values[place].strip())]
    if passing and _more_than_chance(len(passing), len(nine), 1 / 11):
        found["bsn"] = passing
    # A leading zero gets lost in a spreadsheet; eight digits count only when nearly all of them pass.
    eight = by_size.get(8, [])
    short = [place for place in eight if eleven_test(values[place].strip())]
    if len(short) >= 3 and len(short) > 0.8 * len(eight):
        found["bsn"] = sorted([*found.get("bsn", []), *short])
    mobile = [place for place in nine if values[place].strip().startswith("6")]
    if len(mobile) >= 3 and len(mobile) > 0.8 * len(nine) and "bsn" not in found:
        found["phone"] = mobile  # 0612345678 that lost its zero in a spreadsheet
    imei = by_size.get(15, [])
    checked = [place for place in imei if luhn(values[place].strip())]
    if checked and _more_than_chance(len(checked), len(imei), 1 / 10):
        found["device_id"] = checked
    seven = by_size.get(7, [])
    if len(seven) >= 5 and len(seven) > 0.8 * len(places) and (variable is None or variable.kind == "open"):
        found["student_number"] = seven
    return found


def _more_than_chance(passed: int, tried: int, chance: float) -> bool:
    if tried < _ENOUGH:
        return True
    expected = tried * chance
    return bool(passed > expected + 4 * (expected * (1 - chance)) ** 0.5)


def _in_words(
    values: list[str], places: list[int], shapes: list[str], different: set[str], variable: Variable | None
) -> dict[str, list[int]]:
    """Names of people and companies in values that hold words."""
    found: dict[str, list[int]] = {}
    with_words = {shape for shape in different if "aaa" in shape or not shape.isascii()}
    worded = [place for place, shape in zip(places, shapes, strict=True) if shape in with_words] if with_words else []
    if not worded or (variable is not None and variable.role in ("respondent", "origin")):
        return found
    starting = []
    for place in worded:
        value = values[place]
        if is_name(value):
            found.setdefault("name", []).append(place)
        elif " " in value.strip() or "\n" in value:
            for kind in sorted({kind for piece in pieces(value) for kind in names_in(piece)}):
                found.setdefault(kind, []).append(place)
        if starts_with_given_name(value):
            starting.append(place)
    if len(starting) >= 2 and len(starting) >= 0.3 * len(worded):
        found["name"] = sorted({*starting, *found.get("name", [])})
        for kind in TEXT_KINDS:
            if kind in found:
                found[kind] = [place for place in found[kind] if place not in set(starting)]
    return {kind: which for kind, which in found.items() if which}


def _without_doubles(
    found: dict[str, tuple[str, list[int]]], values: list[str], variable: Variable | None
) -> dict[str, tuple[str, list[int]]]:
    """One value is one finding: what is told by the name of the column, or by the stricter form, goes first."""
    if variable is not None and variable.role == "respondent":
        found.pop("device_id", None)  # a random number of the survey tool, new for every answer
    if variable is not None and variable.kind == "date" and "birth_date" in found:
        days = [day for value in values if (day := day_of(value)) is not None]
        newest = max((day.year for day in days), default=date.today().year)
        which = [place for place in found["birth_date"][1] if born_before(values[place], newest)]
        found["birth_date"] = ("content", which)
    if variable is not None and "postcode" in found and found["postcode"][0] == "name":
        full = [place for place in found["postcode"][1] if re.search("[A-Za-z]", values[place])]
        found["postcode"] = ("content", full)
    if "iban" in found and "phone" in found:  # a piece of an account number in groups of four looks like one
        found["phone"] = (found["phone"][0], [place for place in found["phone"][1] if place not in found["iban"][1]])
    order = ["email", "iban", "bsn", "phone", "student_number", "device_id", "ip_address", "coordinates", "birth_date",
             "postcode", "social_handle", "link_to_list", "name", "address", *TEXT_KINDS]  # fmt: skip
    told = [kind for kind, (by, _) in found.items() if by == "name"]
    taken: set[int] = set()
    kept: dict[str, tuple[str, list[int]]] = {}
    for kind in [*told, *(kind for kind in order if kind in found and kind not in told)]:
        by, which = found[kind]
        # A longer text can hold several kinds, and each is named; a single value is one thing.
        left = [place for place in which if place not in taken or " " in values[place].strip()]
        if by == "content" and told and kind != told[0]:
            left = [place for place in left if place not in set(found[told[0]][1])]
        if left:
            kept[kind] = (by, left)
            taken.update(left)
    return kept


def _pair_coordinates(
    cells: Mapping[str, tuple[Any, list[str]]],
    hits: dict[str, dict[str, tuple[str, list[int]]]],
    meaning: Mapping[str, Variable],
) -> None:
    """Two columns of degrees with four decimals or more, one of Dutch latitudes and one of longitudes."""

    def within(name: str, low: float, high: float) -> list[int]:
        codes_values = cells[name][1]
        if not any(re.fullmatch(r"\d{1,2}[.,]\d{4,}", value.strip()) for value in codes_values[:100]):
            return []
        fine = [place for place, value in enumerate(codes_values) if re.fullmatch(r"\d{1,2}[.,]\d{4,}", value.strip())]
        inside = [place for place in fine if low <= float(codes_values[place].replace(",", ".")) <= high]
        return inside if inside and len(inside) > 0.8 * len(codes_values) else []

    strangers = [name for name in cells if name not in meaning and not hits[name]]
    north = {name: which for name in strangers if (which := within(name, 50.7, 53.6))}
    east = {name: which for name in strangers if (which := within(name, 3.3, 7.3))}
    if north and east:
        for name, which in {**north, **east}.items():
            hits[name]["coordinates"] = ("content", which)
