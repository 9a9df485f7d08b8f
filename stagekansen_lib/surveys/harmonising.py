"""A variable of a survey brought under another classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.classifications import (
    ClassCode,
    Classification,
    Link,
    read_classification,
    read_index,
    read_lines,
    read_links,
)
from stagekansen_lib.surveys.codebooks import Codebook, ValueSet, Variable
from stagekansen_lib.surveys.encoding import plain_value
from stagekansen_lib.surveys.surveys import LONGEST_CHOICE, Survey

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.arrays import Integers, Mask


__all__ = ["harmonise"]


# Privacy classes that a coarser classification does not take away.
_STAYS = ("special", "sensitive", "consent")

_WITHOUT = "not_coded"


def harmonise(
    survey: Survey,
    of: str,
    *,
    to: str,
    source: str | None = None,
    decisions: Mapping[Any, Any] | Literal["preferred"] | None = None,
    name: str | None = None,
) -> Survey:
    """The survey with one more variable: the answers to ``of`` in another classification.

    Parameters
    ----------
    survey : the survey. Weights play no part: every respondent with an answer goes to one class or to none.
    of : a variable, or what it is about: "programme", "level", "origin" or "place" takes the variable of the codebook
        that holds it; the history says which.
    to : name of the classification wanted.
    source : name of the classification of the answers. Without it: as ``data/classifications/columns.csv`` says, else
        the one classification linked to ``to`` that knows every answer.
    decisions : for codes that go to several classes (narrower) or to none, what a person decided: {code: class}; None
        as class leaves the answer out, as missing with reason "not_coded". "preferred" takes the preferred class of
        every narrower link. A decision may also overrule a link. Nothing is ever split over classes.
    name : name of the new variable; the classification has one of its own, such as "sector".

    Returns
    -------
    Survey : with the new variable in its rows and codebook. The history says how many answers came through which kind
        of link, what was decided, and what was left out: mapped + left out + without an answer = rows.

    Raises
    ------
    InputError : an answer has no link, or a narrower or absent one without a decision (all of them are listed, with
        near matches); a decision that fits no code or class; the name is in use; no classification knows the answers.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.harmonise(sk.read_survey("example_2022"), "programme", to="sectors_haaglanden")
    >>> survey.rows["sector"].cat.categories.tolist()
    [1, 2, 3]
    >>> print(survey.provenance.history[-1])
    harmonise: programme (variable 'field', fields_baseline) to sectors_haaglanden as 'sector'; 324 rows = 315 mapped
    (315 broader) + 0 left out + 9 without an answer
    """
    import numpy as np
    import pandas as pd

    wanted = read_classification(to)
    variable = _variable_about(survey, of)
    new = name or wanted.variable
    if new in survey.rows.columns or new in survey.codebook:
        raise InputError(Problem(f"There is a variable '{new}' already.", do="Give another name: name='...'."))
    codes, answers = pd.factorize(survey.column(variable.name))
    answered = [plain_value(answer) for answer in answers]
    origin = read_classification(source) if source else _source_of(survey, variable, answered, wanted)
    links = read_links(origin.name, to)
    chosen = _decided(origin, wanted, links, decisions)
    routes = [_route(origin.find(answer), links, chosen) for answer in answered]
    problems = [
        _open_question(survey, variable, origin, wanted, links, answered[at], codes == at) for at in _undecided(routes)
    ]
    if problems:
        raise InputError(
            problems, f"{len(problems)} answer(s) to '{variable.name}' cannot go to '{to}' just like that."
        )
    taken = [route for route in routes if route is not None]
    column = _classes(codes, taken, wanted)
    counts = np.bincount(codes[codes >= 0], minlength=len(answered)).tolist()
    about = _about(of, variable, origin)
    history = f"harmonise: {about} to {to} as '{new}'; {_told(len(survey), counts, taken, chosen)}"
    return replace(
        survey,
        rows=survey.rows.assign(**{new: pd.Series(column, index=survey.rows.index)}),
        codebook=_with_variable(survey.codebook, _new_variable(new, variable, wanted, origin, links, chosen)),
        missing_reasons=_reasons(survey, variable.name, new, column, codes),
        provenance=survey.provenance.with_step(history),
        _encoded={},
    )


def _classes(codes: Integers, routes: Sequence[_Route], wanted: Classification) -> pd.Categorical:
    """The class of each row, by the route of its answer."""
    import numpy as np
    import pandas as pd

    order = {code.code: place for place, code in enumerate(wanted.codes)}
    places = [-1 if route.target is None else order[route.target] for route in routes]
    dtype = pd.CategoricalDtype(list(order), ordered=wanted.kind == "ordinal")
    return pd.Categorical.from_codes(np.append(np.array(places, dtype=np.intp), -1)[codes], dtype=dtype)


@dataclass(frozen=True)
class _Route:
    """Where an answer goes (None: to no class), through which kind of link or decision, and whether from memory."""

    target: ClassCode | None
    kind: str
    unchecked: bool = False


def _route(
    code: ClassCode | None, links: Mapping[ClassCode, Link], chosen: Mapping[ClassCode, ClassCode | None]
) -> _Route | None:
    """What was decided for a code, or where its link leads; None where a person has to decide."""
    if code is None:
        return None
    if code in chosen:
        return _Route(chosen[code], "left out" if chosen[code] is None else "decided")
    link = links.get(code)
    if link is None or link.kind not in ("exact", "broader"):
        return None
    return _Route(link.targets[0], link.kind, link.confidence == "recalled")


def _about(of: str, variable: Variable, origin: Classification) -> str:
    return of if of == variable.name else f"{of} (variable '{variable.name}', {origin.name})"


def _undecided(routes: Sequence[_Route | None]) -> list[int]:
    """The places of the answers on which a person has to decide."""
    return [at for at, route in enumerate(routes) if route is None]


def _told(
    rows: int, counts: Sequence[int], routes: Sequence[_Route], chosen: Mapping[ClassCode, ClassCode | None]
) -> str:
    """How many rows went where, of ``counts`` rows with each answer: mapped + left out + without an answer = rows."""
    by_kind: dict[str, int] = {}
    for count, route in zip(counts, routes, strict=True):
        by_kind[route.kind] = by_kind.get(route.kind, 0) + count
    left_out = by_kind.pop("left out", 0)
    through = f" ({', '.join(f'{count} {kind}' for kind, count in by_kind.items())})" if by_kind else ""
    text = (
        f"{rows} rows = {sum(by_kind.values())} mapped{through} + {left_out} left out + {rows - sum(counts)} without "
        "an answer"
    )
    unchecked = [count for count, route in zip(counts, routes, strict=True) if route.unchecked]
    if unchecked:
        text += f"; {sum(unchecked)} by links from memory, still to be checked"
    decided = [f"{code} to {'no class' if target is None else target}" for code, target in chosen.items()]
    return f"{text}; decided: {', '.join(decided)}" if decided else text


def _variable_about(survey: Survey, of: str) -> Variable:
    """The variable itself, or the one of its codebook that is about this concept."""
    if of in survey.codebook or of in survey.rows.columns:
        return survey.variable(of)
    held = {
        line["variable"]: read_classification(line["classification"]).concept
        for line in read_lines("columns.csv")
        if line["codebook"] == survey.codebook.name
    }
    names = [variable for variable, concept in held.items() if concept == of and variable in survey.rows.columns]
    if len(names) == 1:
        return survey.variable(names[0])
    known = [*survey.rows.columns, *sorted({line["concept"] for line in read_index().values()})]
    raise InputError(Problem(f"The survey has no variable '{of}' and none about it.", do=did_you_mean(of, known)))


def _source_of(survey: Survey, variable: Variable, answers: Sequence[Any], wanted: Classification) -> Classification:
    """The classification of the answers: declared, or the only linked one that knows all of them."""
    for line in read_lines("columns.csv"):
        if (line["codebook"], line["variable"]) == (survey.codebook.name, variable.name):
            return read_classification(line["classification"])
    linked = _linked_to(wanted.name)
    if not linked:
        raise InputError(Problem(f"Nothing is linked to '{wanted.name}'.", do="Choose another classification."))
    known = {name: sum(read_classification(name).find(answer) is not None for answer in answers) for name in linked}
    best = [name for name in linked if known[name] == max(known.values())]
    if len(best) > 1:
        raise InputError(
            Problem(
                f"It is not plain which classification the answers to '{variable.name}' are in.",
                do=f"Give source=, one of: {', '.join(best)}.",
            )
        )
    return read_classification(best[0])


def _linked_to(target: str) -> list[str]:
    return list(dict.fromkeys(line["source"] for line in read_lines("links.csv") if line["target"] == target))


def _decided(
    origin: Classification, wanted: Classification, links: Mapping[ClassCode, Link], decisions: Any
) -> dict[ClassCode, ClassCode | None]:
    """The class that a person, or the preferred one of each narrower link, gives a code."""
    if decisions is None:
        return {}
    if decisions == "preferred":
        return {code: link.targets[0] for code, link in links.items() if link.kind == "narrower"}
    if not isinstance(decisions, Mapping):
        raise InputError(Problem("decisions is no mapping.", do="Give decisions={code: class}, or 'preferred'."))
    chosen: dict[ClassCode, ClassCode | None] = {}
    problems: list[Problem] = []
    for answer, target in decisions.items():
        try:
            code = _known_code(origin, "code", answer)
            chosen[code] = None if target is None else _known_code(wanted, "class", target)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems, "The decisions do not fit the classifications.")
    return chosen


def _known_code(classification: Classification, what: str, answer: Any) -> ClassCode:
    code = classification.find(answer)
    if code is None:
        near = _offer(classification.near(answer))
        raise InputError(Problem(f"'{classification.name}' has no {what} {answer!r}.", "decisions", near))
    return code


def _open_question(
    survey: Survey,
    variable: Variable,
    origin: Classification,
    wanted: Classification,
    links: Mapping[ClassCode, Link],
    answer: Any,
    rows: Mask,
) -> Problem:
    """What a person has to decide about one answer, with the choices there are."""
    times = _times(rows)
    code = origin.find(answer)
    if code is None:
        return _unknown_answer(survey, variable, origin, wanted, answer, rows)
    said = f"{code} '{origin.label(code)}'"
    link = links.get(code)
    note = f" {link.note}" if link is not None and link.note else ""
    if link is None or link.kind == "none":
        return Problem(
            f"{said} has no counterpart in '{wanted.name}' ({times}).{note}",
            do=f"Decide: decisions={{{code!r}: None}} leaves it out.",
        )
    choices = ", ".join(f"{target!r} ({wanted.label(target)})" for target in link.targets)
    return Problem(
        f"{said} goes to several classes: {choices} ({times}).{note}",
        do=f"Decide, such as decisions={{{code!r}: {link.targets[0]!r}}}.",
    )


def _times(rows: Mask) -> str:
    count = int(rows.sum())
    return f"{count} row{'' if count == 1 else 's'}"


def _unknown_answer(
    survey: Survey, variable: Variable, origin: Classification, wanted: Classification, answer: Any, rows: Mask
) -> Problem:
    """An answer that the classification does not know. What a respondent wrote freely is not repeated."""
    times = _times(rows)
    if variable.kind == "open" or variable.privacy == "identifying" or len(str(answer)) > LONGEST_CHOICE:
        shown = ", ".join(str(row) for row in survey.rows.index[rows][:5])
        return Problem(f"An answer is not in '{origin.name}' ({times}: {shown}).", do="Look it up in these rows.")
    return Problem(f"'{answer}' is not in '{origin.name}' ({times}).", do=_offer(_near(answer, origin, wanted)))


def _near(answer: Any, origin: Classification, wanted: Classification) -> list[str]:
    """Names like the answer in its classification, or else in others that are linked to the one wanted."""
    near = origin.near(answer) or [
        f"{each} of '{other}'" for other in _linked_to(wanted.name) for each in read_classification(other).near(answer)
    ]
    return near[:3]


def _new_variable(
    name: str,
    variable: Variable,
    wanted: Classification,
    origin: Classification,
    links: Mapping[ClassCode, Link],
    chosen: Mapping[ClassCode, ClassCode | None],
) -> Variable:
    """The codebook line of the new variable, with its rule written out as for any derived variable."""
    goes: dict[ClassCode, ClassCode | None] = {
        **{code: link.targets[0] for code, link in links.items() if link.kind in ("exact", "broader")},
        **chosen,
    }
    codes = tuple(
        replace(code, values=ValueSet(frozenset(_key(one) for one, target in goes.items() if target == code.code)))
        for code in wanted.codes
    )
    return Variable(
        name,
        wanted.kind,
        wanted.label_nl,
        wanted.label_en,
        codes,
        privacy=variable.privacy if variable.privacy in _STAYS else wanted.privacy,
        only_if=variable.only_if,
        routing=variable.routing,
        derived_from=(variable.name,),
        required=False,
        block="afgeleid",
        note=f"{wanted.title_en}, from {origin.title_en} ({variable.name}).",
    )


def _reasons(survey: Survey, source: str, new: str, column: Any, codes: Integers) -> pd.DataFrame | None:
    """Why the new variable is missing: as its source, or because the answer was left out."""
    import numpy as np
    import pandas as pd

    given = survey.missing_reasons
    left_out = (column.codes < 0) & (codes >= 0)
    if given is None or not (source in given or left_out.any()):
        return given
    own = given[source].astype(object) if source in given else pd.Series(None, index=given.index, dtype=object)
    texts = np.where(left_out, _WITHOUT, own.to_numpy())
    return given.assign(**{new: pd.Categorical(texts)})


def _with_variable(codebook: Codebook, variable: Variable) -> Codebook:
    return replace(codebook, variables={**codebook.variables, variable.name: variable})


def _offer(near: Sequence[str]) -> str:
    return f"Near: {', '.join(near)}." if near else "Nothing there looks like it."


def _key(code: ClassCode) -> ClassCode:
    return code.casefold() if isinstance(code, str) else code
