"""A synthetic twin of a survey: made-up answers that hang together as the real ones do, to work with beforehand.

The twin is written as an export, so that every step from reading on is the same as with the real file. Each answer is
drawn given up to two earlier answers that say most about it. Counts of fewer than ``smallest`` students never enter
the model one by one: what they weigh is spread by the answers of everybody. The twin protects better than a copy, it
is not anonymous by proof: it stays in the team.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.privacy.answer_files import write_answers
from stagekansen_lib.surveys.codebooks import Codebook, Variable
from stagekansen_lib.surveys.made_up import TWIN, MadeUp, of_answers
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.twins.distances import distances, errors, rehearsal
from stagekansen_lib.twins.exports import DAY, as_csv, heading, missing_text, word_of, write_with_card
from stagekansen_lib.twins.models import FEWEST, Column, Model, columns_of, draw, fit, was_answered
from stagekansen_lib.wording import chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Floats, Integers, Mask


__all__ = ["Twin", "make_twin", "write_twin"]

_ROUNDS = 50


@dataclass(frozen=True, eq=False)
class Twin:
    """A synthetic twin with what shows how good and how far it is. None of its tables holds a count of real students.

    Parameters
    ----------
    survey : the twin, read from its own export; marked synthetic, and as a twin when the answers were of people.
    export : the export as texts, one column a question.
    variables : variable, label_nl, label_en, margin_error (largest difference of a share, 0 to 1), association_error
        (mean difference of Cramér's V with the other variables, 0 to 1).
    distances : from, to, and the quantiles q05, q25, q50 and mean of the distance to the closest record: the share of
        answers that differ, 0 to 1.
    closer_to_used : when the model is made from half of the real file: part of the twin that lies closer to that half
        than to the other. About 0.5 when nothing is copied, 1 when everything is.
    redrawn : rows drawn again because they repeated a real record.
    dropped : rows left out because every new draw repeated one.
    """

    survey: Survey
    export: pd.DataFrame
    variables: pd.DataFrame
    distances: pd.DataFrame
    closer_to_used: float
    redrawn: int
    dropped: int
    smallest: int
    _histogram: Mapping[str, Floats] = field(default_factory=dict, repr=False)

    def sentence(self, language: str | None = None) -> str:
        """How good and how far the twin is, in words."""
        chosen = chosen_language(language)
        return say(
            "twin.sentence",
            chosen,
            rows=number_text(len(self.survey), chosen),
            margin=percent_text(float(self.variables["margin_error"].mean()), chosen, 1),
            association=number_text(float(self.variables["association_error"].mean()), chosen, 2),
            closer=percent_text(self.closer_to_used, chosen),
        )

    def picture(self, language: str | None = None) -> str:
        """An SVG: how far each row of the twin is from the closest real record, beside the real records themselves."""
        chosen = chosen_language(language)
        edges, twin, real = (self._histogram[name] for name in ("edges", "twin", "real"))
        highest, height, base, step = max(twin.max(), real.max(), 1e-9), 120, 170, 100 / max(1, len(twin))
        title, bars = say("twin.picture_title", chosen), []
        if not self.survey.provenance.twin_of_people:
            title += f" ({say('honesty.synthetic_short', chosen)})"
        for place, (one, other) in enumerate(zip(twin, real, strict=True)):
            for value, colour, shift in ((one, "#0b5a6b", 0.1), (other, "#c2571a", 0.5)):
                tall = height * value / highest
                bars.append(
                    f'<rect x="{step * (place + shift):.3g}%" y="{base - tall:.1f}" width="{step * 0.36:.3g}%" '
                    f'height="{tall:.1f}" fill="{colour}"/>'
                )
        axis = "".join(
            f'<text x="{100 * part:.3g}%" y="{base + 18}" text-anchor="{anchor}" font-size="12">'
            f"{percent_text(edges[0] + part * (edges[-1] - edges[0]), chosen)}</text>"
            for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
        )
        return (  # in per cent an image would have no width of its own, and JupyterLab cuts it off
            '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="214" role="img"'
            ' style="max-width:100%;background:#fff" font-family="sans-serif" font-size="14">'
            f"<title>{escape(title)}</title><desc>{escape(self.sentence(chosen))}</desc>"
            f'<text x="0" y="16" font-weight="600">{escape(title)}</text>'
            f'<text x="0" y="36" fill="#0b5a6b">■ {escape(say("twin.of_twin", chosen))}</text>'
            f'<text x="50%" y="36" fill="#c2571a">■ {escape(say("twin.of_real", chosen))}</text>'
            f'{"".join(bars)}{axis}<text x="0" y="{base + 36}" font-size="12">'
            f"{escape(say('twin.axis', chosen))}</text></svg>"
        )

    def __repr__(self) -> str:
        return f"{self.distances.to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        chosen = chosen_language()
        worst = self.variables.sort_values("margin_error", ascending=False).head(5)
        rows = "".join(
            f'<tr><th scope="row">{escape(row[f"label_{chosen}"])}</th>'
            f"<td>{percent_text(row['margin_error'], chosen, 1)}</td>"
            f"<td>{number_text(row['association_error'], chosen, 2)}</td></tr>"
            for _, row in worst.iterrows()
        )
        head = "".join(
            f'<th scope="col">{escape(say(f"twin.head_{name}", chosen))}</th>'
            for name in ("variable", "margin", "association")
        )
        return (
            f"<p>{escape(self.sentence(chosen))}</p>{self.picture(chosen)}"
            f"<table><caption>{escape(say('twin.worst', chosen))}</caption><tr>{head}</tr>{rows}</table>"
        )


def make_twin(
    survey: Survey,
    *,
    rows: int | None = None,
    seed: int | None = None,
    smallest: int = 5,
    quasi_identifiers: Sequence[str] | None = None,
) -> Twin:
    """A synthetic twin: other people who answer as these do, taken together.

    Parameters
    ----------
    survey : a survey with a codebook that has a column for the origin of the answers, so that the twin can say that it
        is synthetic, and with the code "twin" that it follows answers of people. The sample is copied as it is, without
        weights.
    rows : number of made-up respondents; as many as the survey has when left out.
    seed : of the draws. Who knows seed and twin learns nothing more about the real file.
    smallest : counts below this many students do not enter the model one by one, 3 or more.
    quasi_identifiers : variables by which others could know somebody; when left out those that everybody was asked,
        which are the questions about programme and background.

    Returns
    -------
    Twin : ``survey`` is the twin, ``export`` its file, the tables show how good and how far it is.

    Raises
    ------
    InputError : the codebook has no column for the origin of the answers or no code for it, the survey has fewer than
        30 rows, or a number is out of range.

    Notes
    -----
    A chain of conditional chances as in synthpop (Nowok, Raab and Dibben 2016, doi:10.18637/jss.v074.i11), with parents
    by the log-likelihood they add, as a table or as a straight line, less a penalty. Routing is that of the codebook:
    who was not asked has no answer. Open answers stay empty. Numbers are drawn within classes whose borders are
    rounded; the few largest are cut off. A row that repeats a record of fewer than ``smallest`` real respondents, or
    the quasi-identifiers of a single one together with all sensitive answers, is drawn again. This is no differential
    privacy: a twin of answers of people stays inside the team, and ``protect`` refuses it.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> twin = sk.make_twin(sk.read_survey("example_2022"), seed=1)
    >>> len(twin.survey), twin.survey.provenance.synthetic
    (324, True)
    """
    size = len(survey) if rows is None else rows
    of_people = survey.provenance.twin_of_people or not survey.provenance.synthetic
    mark = "twin" if of_people else "synthetic"
    problems = [*_no_mark(survey.codebook, mark, of_people), *_wrong_numbers(len(survey), size, smallest)]
    if problems:
        raise InputError(problems, "There can be no twin.")
    seed = secrets.randbelow(2**31) if seed is None else seed
    rng = np.random.default_rng(seed)
    columns, real = columns_of(survey, smallest)
    model = fit(survey, columns, real, smallest)
    guard = _Guard(model, real, smallest, _known_variables(survey, quasi_identifiers))
    drawn, redrawn, dropped = _draw_apart(model, size, rng, guard)
    export = _export(model, drawn, rng, mark)
    apart, histogram = distances(real, drawn, rng)
    return Twin(
        survey=_as_survey(export, survey, seed, twin_of_people=of_people),
        export=export,
        variables=errors(model, real, drawn, survey.codebook),
        distances=apart,
        closer_to_used=rehearsal(survey, columns, real, smallest, rng),
        redrawn=redrawn,
        dropped=dropped,
        smallest=smallest,
        _histogram=histogram,
    )


def _no_mark(book: Codebook, mark: str, of_people: bool) -> Iterator[Problem]:
    """A twin must say in each row what it is: a problem when the codebook has no code for that."""
    origin = [one for one in book.variables.values() if one.role == "origin"]
    if not any(code.code == mark for one in origin for code in one.codes):
        said = "is made after answers of people" if of_people else "is synthetic"
        do = f"Add a column with role 'origin' and the code '{mark}', as in data/codebooks/baseline.csv."
        yield Problem(f"The twin cannot say that it {said}.", f"codebook '{book.name}'", do)


def _wrong_numbers(answers: int, rows: object, smallest: object) -> Iterator[Problem]:
    if answers < FEWEST:
        yield Problem(f"{answers} answers are too few for a twin.", do=f"Wait until there are {FEWEST}.")
    if not _is_whole(rows, 1):
        yield Problem(f"rows is {rows!r}.", do="Give a whole number above zero.")
    if not _is_whole(smallest, 3):
        yield Problem(f"smallest is {smallest!r}.", do="Give a whole number of 3 or more.")


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def write_twin(twin: Twin, path: str | Path) -> Path:
    """Write the twin as an export that ``read_survey`` reads; whole or not at all.

    Parameters
    ----------
    twin : from ``make_twin``.
    path : the file, ending in .csv, with "twin" in its name so that nobody takes it for the real one.

    Returns
    -------
    Path : where it was written. The card beside it, ``NAME.made-up.yaml``, proves that it is made up: keep both
        together.

    Raises
    ------
    InputError : the name does not say that it is a twin, or the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> import stagekansen_lib as sk
    >>> twin = sk.make_twin(sk.read_survey("example_2022"), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = sk.read_survey(write_twin(twin, Path(folder) / "twin_2022.csv"))
    >>> len(again), again.provenance.synthetic
    (324, True)
    """
    file = Path(path)
    problems = []
    if "twin" not in file.stem.casefold() or file.suffix != ".csv":
        problems.append(Problem("The name does not say what it is.", file.name, "Call it like 'twin_2022.csv'."))
    if not file.parent.is_dir():
        problems.append(Problem("The folder does not exist.", str(file.parent), "Make it first."))
    if problems:
        raise InputError(problems)
    proof = twin.survey.provenance.made_up
    assert proof is not None, "a twin carries the proof that it is one"
    write_with_card(file, as_csv(twin.export), proof, twin.survey.codebook.name, twin.survey.provenance.survey)
    return file


def _name(survey: str) -> str:
    """What the twin is called, in Dutch and English."""
    dutch, _, english = survey.partition(" / ")
    return f"SYNTHETISCHE tweeling van {dutch} / SYNTHETIC twin of {english or dutch}"


class _Guard:
    """Knows which made-up rows repeat a real record: all of it, or a recognisable person with what is sensitive."""

    def __init__(self, model: Model, real: Integers, smallest: int, known: Collection[str]) -> None:
        places = list(enumerate(model.columns))
        by_others = [at for at, one in places if one.variable in known]
        secret = [at for at, one in places if model.codebook[one.variable].privacy == "sensitive"]
        self.both = [*by_others, *secret]
        self.rare = _rare(real, smallest)
        single = _rare(real[:, by_others], 2) if by_others and secret else set()
        persons = zip(_keys(real[:, self.both]), _keys(real[:, by_others]), strict=True)
        self.persons = {key for key, person in persons if person in single}

    def repeats(self, drawn: Integers) -> Mask:
        """For each row whether it repeats a real record."""
        whole = np.array([key in self.rare for key in _keys(drawn)], dtype=bool)
        if self.persons:
            whole |= np.array([key in self.persons for key in _keys(drawn[:, self.both])], dtype=bool)
        return whole


def _known_variables(survey: Survey, names: Sequence[str] | None) -> set[str]:
    """The variables by which others may know somebody: those that were named, else those that everybody was asked.

    Raises
    ------
    InputError : a name is no variable of the survey.
    """
    if names is None:
        return {one.name for one in survey.codebook.variables.values() if _is_asked_of_all(one, survey.codebook)}
    for name in names:
        survey.variable(name)
    return set(names)


def _is_asked_of_all(variable: Variable, book: Codebook) -> bool:
    return (
        variable.kind in ("nominal", "ordinal")
        and not variable.derived_from
        and variable.privacy in ("ordinary", "special", "identifying")
        and all(book[condition.variable].privacy == "consent" for condition in variable.only_if)
    )


def _keys(rows: Integers) -> list[bytes]:
    compact = np.ascontiguousarray(rows.astype(np.int16))
    return [row.tobytes() for row in compact]


def _rare(rows: Integers, smallest: int) -> set[bytes]:
    counts: dict[bytes, int] = {}
    for key in _keys(rows):
        counts[key] = counts.get(key, 0) + 1
    return {key for key, count in counts.items() if count < smallest}


def _draw_apart(model: Model, size: int, rng: np.random.Generator, guard: _Guard) -> tuple[Integers, int, int]:
    """Rows that repeat nobody; how many were drawn again, and how many were given up."""
    drawn = draw(model, size, rng)
    redrawn = 0
    for _ in range(_ROUNDS):
        bad = np.flatnonzero(guard.repeats(drawn))
        if not len(bad):
            return drawn, redrawn, 0
        redrawn += len(bad)
        drawn[bad] = draw(model, len(bad), rng)
    left = ~guard.repeats(drawn)
    if not left.any():
        raise InputError(
            Problem("Every made-up row repeats a real record.", do="Ask more questions, or take more respondents.")
        )
    return drawn[left], redrawn, int((~left).sum())


def _export(model: Model, drawn: Integers, rng: np.random.Generator, mark: str) -> pd.DataFrame:
    """The made-up answers as the texts of an export, one column a question; each row bears the mark of its origin."""
    import pandas as pd

    asked = [one for one in model.codebook.variables.values() if not one.derived_from and one.kind != "info"]
    cells: dict[str, Any] = {heading(one): _cells(model, drawn, one, rng, mark) for one in asked}
    return pd.DataFrame(cells, dtype=object)


def _cells(model: Model, drawn: Integers, variable: Variable, rng: np.random.Generator, mark: str) -> list[str]:
    """The texts of one question; empty for what is not made up, such as an open answer."""
    size = len(drawn)
    if variable.role == "origin":
        return [next((code.label_nl for code in variable.codes if code.code == mark), mark)] * size
    if variable.role == "respondent":
        return [f"TWIN-{number + 1:05}" for number in range(size)]
    if variable.kind == "date":
        first, last = model.days
        days = rng.integers(0, (last - first).days + 1, size)
        return [(first + dt.timedelta(days=int(day))).strftime(DAY) for day in days]
    return _drawn_cells(model, drawn, variable, rng)


def _drawn_cells(model: Model, drawn: Integers, variable: Variable, rng: np.random.Generator) -> list[str]:
    """The texts of what the model drew for a question, or for the variable that stands in for it."""
    at = {column.name: place for place, column in enumerate(model.columns)}
    if variable.name in at:
        place = at[variable.name]
        if variable.kind == "multiple":
            return _ticked(model, drawn, variable, place)
        return _texts(model.columns[place], drawn[:, place], variable, rng)
    derived = [place for place in at.values() if _source(model, place) == variable.name]
    if derived:
        return _stand_in(model.columns[derived[-1]], drawn[:, derived[-1]], variable, model.codebook)
    return [""] * len(drawn)


def _source(model: Model, place: int) -> str:
    """The question that a column was derived from; empty when it is a question itself."""
    return next(iter(model.codebook[model.columns[place].variable].derived_from), "")


def _texts(column: Column, places: Integers, variable: Variable, rng: np.random.Generator) -> list[str]:
    texts = []
    for place in places:
        level = column.levels[place] if place >= 0 else ""
        if isinstance(level, str) and level.startswith("?"):
            texts.append(missing_text(variable, level))
        elif place < 0 or not column.edges:
            texts.append(str(level))
        elif variable.kind == "count":
            low, high = int(column.edges[place]), int(np.ceil(column.edges[place + 1]))
            texts.append(str(int(rng.integers(low, max(high, low + 1)))))
        else:
            texts.append(f"{rng.uniform(column.edges[place], column.edges[place + 1]):.1f}".replace(".", ","))
    return texts


def _ticked(model: Model, drawn: Integers, variable: Variable, state: int) -> list[str]:
    levels = model.columns[state].levels
    texts = []
    for row in drawn:
        if was_answered(row[state]):
            ticks = row[state + 1 : state + 1 + len(variable.valid_codes)]
            texts.append(
                ";".join(str(code) for code, tick in zip(variable.valid_codes, ticks, strict=True) if tick == 1)
            )
        else:
            texts.append(missing_text(variable, levels[row[state]]) if row[state] > 0 else "")
    return texts


def _stand_in(column: Column, places: Integers, variable: Variable, book: Codebook) -> list[str]:
    """Texts that the rule of the derived variable takes up, such as the name of a place."""
    words = {code.code: word_of(code.values) for code in book[column.variable].codes}
    levels = [column.levels[place] if place >= 0 else "?blank" for place in places]
    return [
        missing_text(variable, level) if isinstance(level, str) and level.startswith("?") else words[level]
        for level in levels
    ]


def _as_survey(export: pd.DataFrame, survey: Survey, seed: int, *, twin_of_people: bool) -> Survey:
    """The twin read as any other file, so that it passes the same rules."""
    content = as_csv(export)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "twin.csv"
        write_answers(path, content, "make a twin")
        made = read_survey(path, survey.codebook)
    proof = MadeUp(TWIN, seed, len(export), hashlib.sha256(content).hexdigest())
    provenance = replace(
        made.provenance,
        survey=_name(survey.provenance.survey),
        self_selected=survey.provenance.self_selected,
        sources=survey.provenance.sources,
        synthetic=True,
        made_up=of_answers(proof, made.rows),
        twin_of_people=twin_of_people,
    )
    return replace(made, provenance=provenance)
