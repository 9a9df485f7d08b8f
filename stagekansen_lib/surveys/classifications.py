"""Classifications and the links between two of them: how apples and pears become one kind of fruit, in the open.

Each school divides programmes its own way, and so does each statistic. A link says what a code of one classification
is in another: the same (exact), a part of it (broader), spread over several (narrower), or nothing (none). Codes that
are spread over several, have nothing, or are not known stop the work until a person decides.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.surveys.codebooks import Code, Kind, Privacy, text_of
from stagekansen_lib.wording import chosen_language, say

__all__ = [
    "Classification",
    "Link",
    "classification_names",
    "read_classification",
    "read_index",
    "read_lines",
    "read_links",
]


LinkKind = Literal["exact", "broader", "narrower", "none"]

ClassCode = int | str


@dataclass(frozen=True)
class Classification:
    """One way to divide programmes, levels, origin or places.

    Parameters
    ----------
    name : name of the file in ``data/classifications`` without its ending.
    concept : what it divides: "programme", "level", "origin" or "place".
    codes : its codes in order, with their labels.
    variable, label_nl, label_en, kind, privacy : of the column that ``harmonise`` makes.
    title_nl, title_en, source : what it is and where it comes from.
    also : other names under which an answer may give a code.
    confidence : for each code "found", "recalled" (to be checked), "proposed" or "defined".
    """

    name: str
    concept: str
    codes: tuple[Code, ...]
    variable: str
    label_nl: str
    label_en: str
    kind: Kind
    privacy: Privacy
    title_nl: str
    title_en: str
    source: str
    also: Mapping[ClassCode, tuple[str, ...]]
    confidence: Mapping[ClassCode, str]

    def find(self, answer: object) -> ClassCode | None:
        """The code that an answer gives: by code, label in either language, or another name. None when there is none.

        >>> read_classification("municipalities").find("den haag")
        'GM0518'
        """
        return _names(self.name).get(_plain(answer))

    def label(self, code: object, language: str | None = None) -> str:
        """The text of a code; the code itself when it is not known."""
        return next((one.label(language) for one in self.codes if one.code == code), str(code))

    def near(self, answer: object) -> list[str]:
        """Up to three names that look like the answer, by code and label."""
        names = {_plain(name): f"{code} ({self.label(code)})" for name, code in _names(self.name).items()}
        close = difflib.get_close_matches(_plain(answer), list(names), n=6, cutoff=0.6)
        return list(dict.fromkeys(names[name] for name in close))[:3]

    def _repr_html_(self) -> str:
        from html import escape

        language = chosen_language()
        lines = "".join(
            f"<tr><td>{escape(str(code.code))}</td><td>{escape(code.label_nl)}</td><td>{escape(code.label_en)}</td>"
            f"<td>{self.confidence[code.code]}</td></tr>"
            for code in self.codes
        )
        code, certainty = (say(f"codebooks.{heading}", language) for heading in ("code", "certainty"))
        head = f"<tr><th>{code}</th><th>Nederlands</th><th>English</th><th>{certainty}</th></tr>"
        title = escape(text_of(self, "title", language))
        return f"<p><b>{title}</b> ({escape(self.source)})</p><table>{head}{lines}</table>"


@dataclass(frozen=True)
class Link:
    """What one code of a classification is in another: its kind and its targets, the preferred one first."""

    code: ClassCode
    kind: LinkKind
    targets: tuple[ClassCode, ...]
    confidence: str
    note: str = ""


def classification_names() -> tuple[str, ...]:
    """Every classification that ``read_classification`` knows.

    >>> "isced_f_broad" in classification_names()
    True
    """
    return tuple(read_index())


def read_classification(name: str) -> Classification:
    """A classification by its name.

    Parameters
    ----------
    name : such as "sectors_haaglanden"; ``classification_names()`` lists them.

    Returns
    -------
    Classification : its codes in the order of the file, with what they are about and where they come from.

    Raises
    ------
    InputError : there is none of that name.

    Examples
    --------
    >>> [code.label("en") for code in read_classification("sectors_haaglanden").codes][1]
    'Health, welfare and education'
    """
    return _read(name)


@cache
def _read(name: str) -> Classification:
    index = read_index()
    if name not in index:
        raise InputError(Problem(f"There is no classification '{name}'.", do=did_you_mean(name, list(index))))
    about, lines = index[name], read_lines(f"{name}.csv")
    read = _codes_of([line["code"] for line in lines])
    return Classification(
        name=name,
        concept=about["concept"],
        codes=tuple(Code(code, line["label_nl"], line["label_en"]) for code, line in zip(read, lines, strict=True)),
        variable=about["variable"],
        label_nl=about["label_nl"],
        label_en=about["label_en"],
        kind="ordinal" if about["kind"] == "ordinal" else "nominal",
        privacy=about["privacy"],  # type: ignore[arg-type]
        title_nl=about["title_nl"],
        title_en=about["title_en"],
        source=about["source"],
        also={code: tuple(filter(None, line["also"].split("|"))) for code, line in zip(read, lines, strict=True)},
        confidence={code: line["confidence"] for code, line in zip(read, lines, strict=True)},
    )


def _codes_of(texts: list[str]) -> list[ClassCode]:
    """Codes as numbers when all of them are: '01' is a text, and a classification never mixes the two."""
    if all(text.isdecimal() and text == str(int(text)) for text in texts):
        return [int(text) for text in texts]
    return [*texts]


def read_links(source: str, target: str) -> dict[ClassCode, Link]:
    """What each code of one classification is in another.

    Parameters
    ----------
    source, target : names of classifications.

    Returns
    -------
    A link for each code of the source that has one, in the order of the source.

    Raises
    ------
    InputError : a classification is not known, or the two are not linked; the text names what is linked.

    Examples
    --------
    >>> link = read_links("fields_baseline", "isced_f_broad")[1]
    >>> link.kind, link.targets, link.note
    ('narrower', ('07', '06'), 'ICT is a field of its own in ISCED-F.')
    """
    origin, wanted = read_classification(source), read_classification(target)
    lines = [line for line in read_lines("links.csv") if (line["source"], line["target"]) == (source, target)]
    if not lines:
        raise InputError(Problem(f"'{source}' is not linked to '{target}'.", do=_offer_linked(source)))
    by_code: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        by_code.setdefault(line["code"], []).append(line)
    known = (code.code for code in origin.codes if str(code.code) in by_code)
    return {code: _link(code, by_code[str(code)], wanted) for code in known}


def _link(code: ClassCode, lines: list[dict[str, str]], wanted: Classification) -> Link:
    by_text = {str(each.code): each.code for each in wanted.codes}
    targets = tuple(by_text[line["target_code"]] for line in lines if line["target_code"])
    first = lines[0]
    return Link(code, first["kind"], targets, first["confidence"], first["note"])  # type: ignore[arg-type]


def _offer_linked(source: str) -> str:
    known = sorted({line["target"] for line in read_lines("links.csv") if line["source"] == source})
    return f"It is linked to: {', '.join(known)}." if known else "Add lines to scripts/make_classifications.py."


def _plain(answer: object) -> str:
    """An answer as it is looked up: 1.0 is 1, and capitals and spaces at the ends do not count."""
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)
    return " ".join(str(answer).casefold().split())


@cache
def _names(name: str) -> dict[str, ClassCode]:
    """Every name of each code. A code wins over a label, a label over another name; what two codes share names none."""
    found = read_classification(name)
    names: dict[str, ClassCode] = {_plain(code.code): code.code for code in found.codes}
    for texts in (
        {code.code: (code.label_nl, code.label_en) for code in found.codes},
        found.also,
    ):
        shared: dict[str, set[ClassCode]] = {}
        for code, own in texts.items():
            for text in own:
                shared.setdefault(_plain(text), set()).add(code)
        names |= {text: next(iter(codes)) for text, codes in shared.items() if text not in names and len(codes) == 1}
    return names


def read_index() -> dict[str, dict[str, str]]:
    return {line["name"]: line for line in read_lines("index.csv")}


@cache
def read_lines(file: str) -> tuple[dict[str, str], ...]:
    path = data_folder("classifications", file)
    if not path.is_file():
        raise InputError(
            Problem("The file is not there.", f"data/classifications/{file}", "Run scripts/make_classifications.py.")
        )
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return tuple(csv.DictReader(opened))
