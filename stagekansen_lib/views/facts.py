"""The facts (feiten): published claims with their evidence, what may not be compared, open questions, the unknown."""

from __future__ import annotations

from dataclasses import dataclass

from stagekansen_lib.fact_finding.comparability import DIMENSIONS, Comparability, comparability
from stagekansen_lib.registers.models import Factor, KeyFigure
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.views.known import KNOWN, square, theme_squares
from stagekansen_lib.views.overview import FigureGroup, front_page_figures
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language

__all__ = ["PARTS", "PublishedClaim", "facts", "page", "published_claims"]

# What a reader must know of a figure to judge it.
PARTS = ("population", "geography", "period", "n", "definition")


@dataclass(frozen=True)
class PublishedClaim:
    """A published figure as a claim, and which of the facts needed to judge it are known.

    ``grade`` is "strong" when the source was seen, at most one part is unknown and the register knows no doubt about
    what the figure means; "weak" when nobody saw the source again or at most two parts are known; "middle" between. It
    grades what we can check, not whether the claim is true.
    """

    figure: KeyFigure
    known: tuple[str, ...]
    lacking: tuple[str, ...]
    grade: str


def facts(release: str = "example-2022", *, language: str | None = None) -> View:
    """The view on key figures, factors, open questions and what a release leaves unknown.

    Parameters
    ----------
    release : name of a folder in ``data/published``.
    language : "nl" or "en".
    """
    chosen, found, registers = chosen_language(language), read_release(release), read_registers()
    return page_view("feiten", chosen, lambda: page(found, registers, chosen))


def published_claims(registers: Registers) -> list[PublishedClaim]:
    """Every figure that was published and may be displayed, the best founded first."""
    claims = [_claim(figure) for figure in registers.displayable_figures() if figure.status == "published"]
    return sorted(claims, key=lambda claim: ("strong", "middle", "weak").index(claim.grade))


def _claim(figure: KeyFigure) -> PublishedClaim:
    known = tuple(part for part in PARTS if figure.text(part, "nl"))
    lacking = tuple(part for part in PARTS if part not in known)
    if not figure.verified or len(known) <= 2:
        grade = "weak"
    else:
        grade = "strong" if len(lacking) <= 1 and not figure.ambiguity_nl else "middle"
    return PublishedClaim(figure, known, lacking, grade)


def page(release: Release, registers: Registers, language: Language) -> str:
    """The page as HTML; every claim links to its source record."""
    claims = published_claims(registers)
    unknown = [factor for factor in registers.factors if factor.known in ("unknown", "partly_known")]
    return render(
        "facts.html.j2",
        language,
        release=release,
        registers=registers,
        claims=claims,
        grades=[(grade, sum(claim.grade == grade for claim in claims)) for grade in ("strong", "middle", "weak")],
        kinds=dict(sorted({claim.figure.kind: claim.figure.text("kind", language) for claim in claims}.items())),
        parts_needed=PARTS,
        apart=[(group, _verdicts(group, registers)) for group in front_page_figures(registers)],
        dimensions=DIMENSIONS,
        missing=[figure for figure in registers.displayable_figures() if figure.status == "missing"],
        withheld=sum(not figure.displayable for figure in registers.key_figures),
        questions=list(registers.open_questions),
        unknown=sorted(unknown, key=_unknown_first),
        themes=theme_squares(registers, language),
        known_order=KNOWN,
        square=square,
    )


def _verdicts(group: FigureGroup, registers: Registers) -> list[Comparability]:
    """Whether the figures of a group may stand on one axis; figures in another unit never stand on the same axis."""
    units = dict.fromkeys(figure.unit for figure in group.figures)
    alike = [[figure for figure in group.figures if figure.unit == unit] for unit in units]
    return [comparability(figures, registers=registers) for figures in alike if len(figures) > 1]


def _unknown_first(factor: Factor) -> bool:
    return factor.known != "unknown"
