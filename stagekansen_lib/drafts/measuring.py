"""Which variable of a survey measures a concept: so that a notebook asks for "experienced", whatever a school calls it.

Analyses ask for two answers: it happened or not, it was hard or not. Where a codebook makes no such variable, one is
made here by the words of the answers, and only when every answer is clear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal, overload

from stagekansen_lib.arguments import said
from stagekansen_lib.drafts.concepts import known_concepts
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.surveys.codebooks import FITS, Code, Codebook, ValueSet, Variable
from stagekansen_lib.surveys.surveys import Survey, need_survey
from stagekansen_lib.surveys.yes_or_no import YES_NO, Words, word_of
from stagekansen_lib.wording import LANGUAGES, Missing, chosen_language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ConceptsFound", "MissingConcept", "concept", "find_concepts", "with_readings"]

Answers = Literal["all", "list", "few", "yes", "yes_or_doubt"]
_ANSWERS = ("all", "list", "few", "yes", "yes_or_doubt")
_MISSING = ("raise", "tell")

# What an answer says: words that are looked for in this order, and whether it then is a yes.
_HARD: Words = (
    (r"neutra|niet (ge)?makkelijk.*niet moeilijk|niet moeilijk.*niet (ge)?makkelijk|neither|tussenin", "no"),
    (r"(niet|not) (zo |erg |very )?((ge)?makkelijk|easy)", "yes"),
    (r"makkelijk|eas(y|ily)|(geen|weinig|nauwelijks|no|little|hardly any) (enkele )?(moeite|difficulty|effort)", "no"),
    (r"(niet|not|nauwelijks) (zo |erg |very )?(moeilijk|difficult|hard)", "no"),
    (r"moeilijk|moeite|difficult|hard", "yes"),
)
_AGREE: Words = (
    (r"oneens|disagree|neutra|neither|niet (mee )?eens", "no"),
    (r"\beens\b|agree", "yes"),
    *YES_NO,
)


@dataclass(frozen=True)
class _Reading:
    """How a question is read in two answers, and what that variable is called by index, tables and pages."""

    words: Words
    yes: str
    yes_or_doubt: str = ""


_READINGS = {
    "experienced": _Reading(YES_NO, "discrimination_experienced", "discrimination_or_doubt"),
    "role_in_applying": _Reading(YES_NO, "role_in_applying"),
    "knows_where": _Reading(YES_NO, "knows_where"),
    "search_difficulty": _Reading(_HARD, "much_difficulty"),
    "feels_safe": _Reading(_AGREE, "felt_safe"),
}
# What the yearly index calls a number that it asks for.
_NUMBERS = {"applications": "applications"}


@dataclass(frozen=True, repr=False)
class MissingConcept(Missing):
    """That no variable measures a concept, and what to do: counts as False, so that ``name and ...`` shows this.

    Parameters
    ----------
    problem : what is missing and what to do, by language.
    concept : id of the concept.
    """

    concept: str


@dataclass(frozen=True, eq=False)
class ConceptsFound:
    """Which concepts a survey measures, and by which question.

    Parameters
    ----------
    table : one row a concept of the register: concept, variable (empty when nothing measures it), fit (one of
        "same_wording", "other_wording", "other_period", "other_population"; empty when nothing measures it).
    survey : the survey.
    """

    table: pd.DataFrame
    survey: Survey

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The concepts that are measured, in words, for reading."""
        import pandas as pd

        chosen = chosen_language(language)
        found = self.table[self.table["variable"] != ""]
        heads = [say(f"measuring.column_{name}", chosen) for name in ("concept", "variable", "question", "fit")]
        lines = [
            (
                known_concepts()[name].label(chosen),
                variable,
                self.survey.codebook[variable].label(chosen),
                say(f"measuring.{fit}", chosen),
            )
            for name, variable, fit in found.to_numpy().tolist()
        ]
        return pd.DataFrame(lines, columns=heads)

    def sentence(self, language: str | None = None) -> str:
        """Which concepts nothing measures."""
        chosen = chosen_language(language)
        lacking = [known_concepts()[name].label(chosen) for name in self.table.query("variable == ''")["concept"]]
        return say("measuring.lacking", chosen, names="; ".join(lacking)) if lacking else say("measuring.all", chosen)

    def __repr__(self) -> str:
        return f"{self.labelled('en').to_string(index=False)}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        return f"{self.labelled().to_html(index=False)}<p>{escape(self.sentence())}</p>"


def find_concepts(survey: Survey) -> ConceptsFound:
    """Which concepts a survey measures, by which variable and how well; and which it does not.

    Parameters
    ----------
    survey : the survey, read with its codebook.

    Returns
    -------
    ConceptsFound : ``table`` with concept, variable and fit.

    Raises
    ------
    InputError : this is no survey.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> found = find_concepts(sk.read_survey("example_2022")).table.set_index("concept")
    >>> found.loc["search_difficulty"].tolist()
    ['search_difficulty', 'same_wording']
    """
    import pandas as pd

    need_survey(survey)
    lines = []
    for name in known_concepts():
        variable = next(iter(_measuring(survey, name)), None)
        lines.append((name, variable.name if variable else "", _fit(variable, survey.codebook) if variable else ""))
    return ConceptsFound(pd.DataFrame(lines, columns=["concept", "variable", "fit"]), survey)


@overload
def concept(survey: Survey, name: str, answers: Answers = ..., *, missing: Literal["raise"] = ...) -> str: ...


@overload
def concept(survey: Survey, name: str, answers: Answers = ..., *, missing: Literal["tell"]) -> str | MissingConcept: ...


def concept(
    survey: Survey, name: str, answers: Answers = "all", *, missing: Literal["raise", "tell"] = "raise"
) -> str | MissingConcept:
    """The name of the variable that measures a concept, for ``of=`` and ``by=``, whatever the questionnaire calls it.

    Parameters
    ----------
    survey : the survey, read with its codebook.
    name : id of the concept, such as "experienced" or "search_difficulty"; ``find_concepts`` lists them.
    answers : "all" for the question as it was asked; "list" for the same, when its answers are a list; "few" for the
        shortest list of answers that is no yes or no; "yes" for two answers, 1 for yes and 0 for no or in doubt;
        "yes_or_doubt" for two answers of which doubt is a 1. The last two are there after ``with_readings``, or where
        the codebook makes them.
    missing : "raise" stops where nothing measures it; "tell" gives a MissingConcept, which counts as False and shows
        what is missing and what to do, so that a notebook goes on.

    Returns
    -------
    str or MissingConcept : the name of a variable, or what is missing.

    Raises
    ------
    InputError : there is no such concept; nothing measures it, or not in two answers, and ``missing`` is "raise"; an
        unknown choice.

    Notes
    -----
    A variable measures a concept when its codebook says so (the column ``concept``, which the intake desk asks for),
    when it is made of one question that does, or when its question has the very words of the baseline questionnaire.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> survey = sk.read_survey("example_2022")
    >>> concept(survey, "experienced", "yes"), concept(survey, "school", "few")
    ('discrimination_experienced', 'school3')
    """
    need_survey(survey)
    for argument, value, known in (("answers", answers, _ANSWERS), ("missing", missing, _MISSING)):
        if value not in known:
            raise InputError(Problem(f"{argument} is {said(value)}.", do=did_you_mean(str(value), list(known))))
    if name not in known_concepts():
        raise InputError(
            Problem(f"There is no concept {said(name)}.", do=did_you_mean(str(name), list(known_concepts())))
        )
    found = _variable(survey, name, answers)
    if found is not None:
        return found.name
    lacking = _lacking(survey, name, answers)
    if missing == "tell":
        return lacking
    raise InputError(lacking.problem["en"])


def with_readings(survey: Survey) -> Survey:
    """The survey with its concepts in two answers, yes and no, where the codebook makes no such variables itself.

    Parameters
    ----------
    survey : the survey, read with its codebook.

    Returns
    -------
    Survey : with variables of two answers, 1 for yes and 0 for no, under the names that index, tables and notebooks
        use, such as ``discrimination_experienced`` and ``much_difficulty``; or under the name of the question and
        ``_yes`` where such a name is taken. The history says of which question each was made and how well that fits.

    Raises
    ------
    InputError : this is no survey.

    Notes
    -----
    By the words of the answers: "Ja, één keer" is a yes, "Ik twijfel" is doubt, "Moeilijk" is hard. When the words of
    one answer say neither, nothing is made, because a guess would decide the outcome: ``concept`` then says which
    variable to add to the codebook. No answer of a respondent is looked at.

    Examples
    --------
    >>> import pandas as pd
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
    >>> said = [Code(1, "Ja, vaker", "Yes, often"), Code(2, "Nee", "No")]
    >>> met = Variable("q5", "nominal", "Meegemaakt", "Met", tuple(said), concept="experienced", fit="other_wording")
    >>> survey = sk.survey_from_frame(
    ...     pd.DataFrame({"q5": [1, 2, 2]}), codebook=Codebook("school", {"q5": met}))
    >>> with_readings(survey).rows["discrimination_experienced"].tolist()
    [1, 0, 0]
    """
    need_survey(survey)
    for name, reading in _READINGS.items():
        for doubt in (False, True):
            survey = _with_reading(survey, name, reading, doubt=doubt)
    for name, wanted in _NUMBERS.items():
        survey = _with_number(survey, name, wanted)
    return survey


# Which variables ---------------------------------------------------------------------------------------------------


def _own_concept(variable: Variable) -> str:
    """What a question measures: as its codebook says, else by the very words of the baseline questionnaire."""
    if variable.concept or variable.derived_from or not variable.question_nl:
        return variable.concept
    same = (one.id for one in known_concepts().values() if one.fit_of(variable.question_nl) == FITS[0])
    return next(same, "")


def _sources(variable: Variable, book: Codebook) -> Iterator[Variable]:
    for name in variable.derived_from:
        if name in book:
            yield from _sources(book[name], book)
    if not variable.derived_from:
        yield variable


def _measuring(survey: Survey, name: str) -> list[Variable]:
    """The variables that measure a concept, the question itself first; those made of more questions last."""
    book = survey.codebook
    kept = [one for one in book.variables.values() if any(each in survey.rows.columns for each in one.columns)]
    found = [one for one in kept if name in (one.concept, *(_own_concept(each) for each in _sources(one, book)))]
    return sorted(found, key=lambda one: (len(list(_sources(one, book))), bool(one.derived_from)))


def _fit(variable: Variable, book: Codebook) -> str:
    source = next(_sources(variable, book), variable)
    return variable.fit or source.fit or (FITS[0] if not source.concept else FITS[1])


def _variable(survey: Survey, name: str, answers: Answers) -> Variable | None:
    found, reading = _measuring(survey, name), _READINGS.get(name)
    listed = [one for one in found if one.kind in ("nominal", "ordinal") and len(one.valid_codes) > 1]
    if answers in ("all", "list"):
        return next(iter(found if answers == "all" else listed), None)
    if answers == "few":
        longer = [one for one in listed if not one.derived_from or set(one.valid_codes) != {0, 1}]
        return min(longer, key=lambda one: len(one.valid_codes), default=None)
    if reading is None:
        return None
    fitting = [one for one in listed if _is_reading(one, survey.codebook, reading, doubt=answers == "yes_or_doubt")]
    return next(iter(fitting), None)


def _is_reading(one: Variable, book: Codebook, reading: _Reading, *, doubt: bool) -> bool:
    """Whether a variable has 1 for what the words of its question call a yes, and 0 for the others."""
    if set(one.valid_codes) != {0, 1} or len(one.derived_from) != 1 or one.derived_from[0] not in book:
        return False
    question = book[one.derived_from[0]]
    yes = _yes_codes(question, reading, doubt=doubt)
    (rule,) = (code.values for code in one.codes if code.code == 1)
    return (
        yes is not None and rule is not None and all((code in rule) == (code in yes) for code in question.valid_codes)
    )


def _yes_codes(question: Variable, reading: _Reading, *, doubt: bool) -> set[Any] | None:
    """The answers that count as a yes; None when the words of one say neither yes nor no, or all say the same."""
    if question.kind not in ("nominal", "ordinal"):
        return None
    told = {code.code: word_of(code, reading.words) for code in question.codes if not code.missing}
    yes = {code for code, word in told.items() if word == "yes" or (doubt and word == "doubt")}
    clear = all(told.values()) and "yes" in told.values() and "no" in told.values()
    return yes if clear else None


def _lacking(survey: Survey, name: str, answers: Answers) -> MissingConcept:
    asked = known_concepts()[name]
    found = _measuring(survey, name)
    told = {}
    for language in LANGUAGES:
        key = "missing" if not found else "no_list" if answers in ("list", "few") else "unclear"
        words = {"name": asked.label(language), "id": name, "variable": found[0].name if found else ""}
        told[language] = Problem(
            say(f"measuring.{key}", language, **words),
            survey.codebook.name,
            say(f"measuring.{key}_do", language, **words),
        )
    return MissingConcept(told, name)


# Readings that are made --------------------------------------------------------------------------------------------


def _with_reading(survey: Survey, name: str, reading: _Reading, *, doubt: bool) -> Survey:
    questions = [one for one in _measuring(survey, name) if not one.derived_from]
    if not questions or (doubt and not reading.yes_or_doubt):
        return survey
    question = questions[0]
    if _variable(survey, name, "yes_or_doubt" if doubt else "yes") is not None:
        return survey
    yes = _yes_codes(question, reading, doubt=doubt)
    if yes is None:
        return survey
    rest = [code for code in question.valid_codes if code not in yes]
    wanted = reading.yes_or_doubt if doubt else reading.yes
    labels = {language: known_concepts()[name].label(language) for language in LANGUAGES}
    if doubt:
        labels = {language: say("measuring.or_doubt", language, label=label) for language, label in labels.items()}
    made = Variable(
        _free_name(survey, wanted, f"{question.name}_{'or_doubt' if doubt else 'yes'}"), "nominal",
        labels["nl"], labels["en"],
        tuple(
            Code(code, say(f"measuring.{text}", "nl"), say(f"measuring.{text}", "en"), values=_values(part))
            for code, text, part in ((0, "no", rest), (1, "yes", yes))
        ),
        privacy=question.privacy, derived_from=(question.name,), concept=name, fit=_fit(question, survey.codebook),
        only_if=question.only_if, required=False,
    )  # fmt: skip
    return _added(survey, made, _two_answers(survey, question, yes))


def _with_number(survey: Survey, name: str, wanted: str) -> Survey:
    """A count under the name that the index asks for."""
    found = next((one for one in _measuring(survey, name) if one.kind == "count"), None)
    if found is None or wanted in survey.codebook or wanted in survey.rows.columns:
        return survey
    return _added(survey, replace(found, name=wanted, item="", required=False), survey.rows[found.name], found.name)


def _free_name(survey: Survey, wanted: str, other: str) -> str:
    return other if wanted in survey.codebook or wanted in survey.rows.columns else wanted


def _values(codes: Any) -> ValueSet:
    return ValueSet(frozenset(code.casefold() if isinstance(code, str) else code for code in codes))


def _two_answers(survey: Survey, question: Variable, yes: set[Any]) -> pd.Series[Any]:
    import pandas as pd

    answers = survey.column(question.name)
    said_yes = answers.isin(list(yes)).astype(int).where(answers.notna())
    return said_yes.astype(pd.CategoricalDtype([0, 1]))


def _added(survey: Survey, made: Variable, column: pd.Series[Any], source: str = "") -> Survey:
    source = source or made.derived_from[0]
    reasons = survey.missing_reasons
    if reasons is not None and source in reasons.columns:
        reasons = reasons.assign(**{made.name: reasons[source]})
    return replace(
        survey,
        rows=survey.rows.assign(**{made.name: column}),
        codebook=replace(survey.codebook, variables={**survey.codebook.variables, made.name: made}),
        missing_reasons=reasons,
        provenance=survey.provenance.with_step(
            f"read as concept '{made.concept}': {made.name}, from {source} ({made.fit})"
        ),
        _encoded={},
    )
