"""The facts (feiten), by question: published figures, claims and who stands behind them, questions, the unknown."""

from __future__ import annotations

from stagekansen_lib.fact_finding.comparability import DIMENSIONS, Comparability, comparability
from stagekansen_lib.fact_finding.ledgers import Ledger, read_ledger
from stagekansen_lib.registers.models import Factor
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.releases.shown import release_to_show
from stagekansen_lib.views.fact_claims import claim_cards, question_cards
from stagekansen_lib.views.fact_figures import copied_figure, fact_questions, maker_line, published_figures, seen_at
from stagekansen_lib.views.known import KNOWN, square, theme_squares
from stagekansen_lib.views.overview import FigureGroup, front_page_figures
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["facts", "page"]

_GRADES = ("strong", "middle", "weak")
# The variable that says how somebody came to the questionnaire.
_CHANNEL = "channel"


def facts(release: str | None = None, *, language: str | None = None) -> View:
    """The view on published figures and claims by question, on open questions and on what nobody knows.

    Parameters
    ----------
    release : name of a folder in ``data/published``; the first that ``data/site.yaml`` shows when left out.
    language : "nl" or "en".
    """
    chosen, found, registers = chosen_language(language), read_release(release_to_show(release)), read_registers()
    return page_view("feiten", chosen, lambda: page(found, registers, chosen))


def page(release: Release, registers: Registers, language: Language, *, ledger: Ledger | None = None) -> str:
    """The page as HTML; every figure links to its source record.

    Parameters
    ----------
    release : what claims rest on, with its registers, so that a claim turns when a release does and not before.
    registers : where figures, sources and factors are looked up.
    language : "nl" or "en".
    ledger : the claims and questions; those of the project when left out.
    """
    known = ledger or read_ledger(registers=release.registers)
    questions, figures = fact_questions(registers), published_figures(registers)
    cards = claim_cards(known, registers, questions, language)
    placed = {question.id for question in questions}
    unknown = [factor for factor in registers.factors if factor.known in ("unknown", "partly_known")]
    return render(
        "facts.html.j2",
        language,
        release=release,
        registers=registers,
        questions=[(question, [card for card in cards if card.question == question.id]) for question in questions],
        unplaced=[card for card in cards if card.question not in placed],
        claims=cards,
        figures=figures,
        grades=[(grade, sum(one.grade == grade for one in figures)) for grade in _GRADES],
        kinds=dict(sorted({one.figure.kind: one.figure.text("kind", language) for one in figures}.items())),
        copied_figure=lambda figure: copied_figure(figure, registers.sources[figure.source_id], language),
        maker_line=lambda figure: maker_line(figure, registers.sources[figure.source_id], language),
        seen_at=lambda figure: seen_at(figure, registers.sources[figure.source_id]),
        apart=[(group, _verdicts(group, registers)) for group in front_page_figures(registers)],
        dimensions=DIMENSIONS,
        withheld=sum(not figure.displayable for figure in registers.key_figures),
        open_questions=question_cards(known, registers, language),
        unknown=sorted(unknown, key=_unknown_first),
        themes=theme_squares(registers, language),
        known_order=KNOWN,
        square=square,
        channel_tables=[table for table in release.tables.values() if _CHANNEL in (table.of, *table.by)],
    )


def _verdicts(group: FigureGroup, registers: Registers) -> list[Comparability]:
    """Whether the figures of a group may stand on one axis; figures in another unit never stand on the same axis."""
    units = dict.fromkeys(figure.unit for figure in group.figures)
    alike = [[figure for figure in group.figures if figure.unit == unit] for unit in units]
    return [comparability(figures, registers=registers) for figures in alike if len(figures) > 1]


def _unknown_first(factor: Factor) -> bool:
    return factor.known != "unknown"
