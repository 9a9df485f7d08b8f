"""Published figures by the question they speak to: how well each can be checked, who measured it, where it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.places import read_place
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.registers.models import KeyFigure, Source
from stagekansen_lib.registers.reading import Registers
from stagekansen_lib.wording import Language, say

__all__ = [
    "PARTS", "FactQuestion", "PublishedFigure", "copied_figure", "fact_questions", "maker_line", "published_figures",
    "seen_at",
]  # fmt: skip

# What a reader must know of a figure to judge it.
PARTS = ("population", "geography", "period", "n", "definition")
# Kinds of figures that whoever publishes them measured; a register or a policy is told of.
_MEASURED = ("survey", "field_experiment", "qualitative")


@dataclass(frozen=True)
class PublishedFigure:
    """A published figure, and which of the facts needed to judge it are known.

    ``grade`` is "strong" when the source was seen, at most one part is unknown and the register knows no doubt about
    what the figure means; "weak" when nobody saw it again, it was computed here, or three parts or more are unknown;
    "middle" between. It grades what we can check, not whether the figure is true. A count needs no number of
    respondents.
    """

    figure: KeyFigure
    known: tuple[str, ...]
    lacking: tuple[str, ...]
    grade: str

    @property
    def parts(self) -> tuple[str, ...]:
        """What is asked of this figure, in order: the number of respondents only where it has a meaning."""
        return tuple(part for part in PARTS if part in (*self.known, *self.lacking))


@dataclass(frozen=True)
class FactQuestion:
    """A question of the page, its published figures and what was searched for and not found.

    ``outcomes`` are the variables of a questionnaire that are about it.
    """

    id: str
    title_nl: str
    title_en: str
    text_nl: str
    text_en: str
    figures: tuple[PublishedFigure, ...]
    missing: tuple[KeyFigure, ...]
    outcomes: tuple[str, ...]


def published_figures(registers: Registers) -> list[PublishedFigure]:
    """Every figure that was published and may be displayed, in the order of the register."""
    return [_graded(figure) for figure in registers.displayable_figures() if figure.status == "published"]


def _graded(figure: KeyFigure) -> PublishedFigure:
    asked = [part for part in PARTS if not (part == "n" and figure.counts)]
    known = tuple(part for part in asked if figure.text(part, "nl"))
    lacking = tuple(part for part in asked if part not in known)
    if not (figure.verified and figure.seen_again) or len(lacking) > 2:
        grade = "weak"
    else:
        grade = "strong" if len(lacking) <= 1 and not figure.ambiguity_nl else "middle"
    return PublishedFigure(figure, known, lacking, grade)


def fact_questions(registers: Registers) -> list[FactQuestion]:
    """The questions of ``data/place/fact_questions.yaml`` with their figures: those about this place first.

    Every displayable figure stands under exactly one; what the file does not name stands under the last.

    Raises
    ------
    InputError : the file names a figure twice.
    """
    content, place = _content(), read_place()
    placed = _placed(content)
    graded = {one.figure.id: one for one in published_figures(registers)}
    last = content[-1]["id"] if content else ""
    found = []
    for question in content:
        here = [one for one in registers.displayable_figures() if placed.get(one.id, last) == question["id"]]
        here.sort(key=lambda one: (not place.is_here(one.geography_nl), one.geography_nl == place.national))
        found.append(
            FactQuestion(
                question["id"],
                question["title_nl"],
                question["title_en"],
                question["text_nl"],
                question["text_en"],
                tuple(graded[one.id] for one in here if one.id in graded),
                tuple(one for one in here if one.id not in graded),
                tuple(question["outcomes"]),
            )
        )
    return found


def _placed(content: list[dict[str, Any]]) -> dict[str, str]:
    """Figure -> its question."""
    named = [(figure, question["id"]) for question in content for figure in question["figures"]]
    seen: set[str] = set()
    twice = [figure for figure, _ in named if figure in seen or seen.add(figure)]  # type: ignore[func-returns-value]
    if twice:
        raise InputError(
            [
                Problem(f"Figure '{name}' stands under two questions.", "fact_questions.yaml", "Keep one.")
                for name in twice
            ]
        )
    return dict(named)


def _content() -> list[dict[str, Any]]:
    return list(read_yaml(data_folder("place", "fact_questions.yaml"))["questions"])


def copied_figure(figure: KeyFigure, source: Source, language: Language) -> str:
    """A figure with all that must travel with it: about whom, what is unclear, who measured it, where it was seen."""
    about = ", ".join(
        filter(None, (figure.text(part, language) for part in ("population", "geography", "period", "definition")))
    )
    warnings = [figure.text(part, language) for part in ("note", "ambiguity")]
    parts = (
        f"{figure.value_text(language)}: {figure.text('label', language)}.",
        f"{about}." if about else "",
        *(say("facts.copied_mind", language, text=text) for text in warnings if text),
        maker_line(figure, source, language) + ".",
        say("facts.seen", language, where=seen_at(figure, source)) + ".",
        source.url,
    )
    return " ".join(filter(None, parts)).replace("..", ".")


def maker_line(figure: KeyFigure, source: Source, language: Language) -> str:
    """Who made the figure, and how: nobody measured a sum, and who counted a register is seldom who tells of it.

    What was computed here from figures of others says so, and names them as the makers of those figures only.
    """
    maker = figure.maker or source.text("maker", language) or say("points.unknown", language)
    if figure.confidence == "derived":
        how = "computed_here"
    elif figure.kind.startswith("derived"):
        how = "computed"
    else:
        how = "measured" if figure.kind.startswith(_MEASURED) and not figure.passed_on else "according"
    return say(f"facts.{how}", language, maker=maker)


def seen_at(figure: KeyFigure, source: Source) -> str:
    """Where the figure was seen: the page that was read, with its maker where another measured, and its year."""
    page = source.seen_via or source.title
    if figure.maker and source.maker and not source.seen_via:
        page = f"{source.title} ({source.maker})"
    return f"{page}, {source.year}" if source.year else page
