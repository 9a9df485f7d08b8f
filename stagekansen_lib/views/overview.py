"""The overview (overzicht): published figures with their doubt, what is unknown, where to go, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.public_points import public_reporting_points
from stagekansen_lib.registers.reading import Registers, read_registers
from stagekansen_lib.releases.reading import Release, read_release
from stagekansen_lib.views.known import KNOWN, square, theme_squares
from stagekansen_lib.views.pages import View, page_view, render
from stagekansen_lib.wording import Language, chosen_language, number_text

__all__ = ["FigureGroup", "front_page_figures", "overview", "page"]


@dataclass(frozen=True)
class FigureGroup:
    """A question of the front page, what the published figures that speak to it say together, and the figures.

    ``remarks`` holds, by the id of a figure, what a reader must know and the register does not say, "nl" and "en".
    """

    title_nl: str
    title_en: str
    headline_nl: str
    headline_en: str
    answer_nl: str
    answer_en: str
    comparable: bool
    figures: tuple[KeyFigure, ...]
    remarks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def headline(self, language: Language) -> str:
        """The answer in a few words, read from a distance."""
        return self._filled(getattr(self, f"headline_{language}"), language)

    def answer(self, language: Language) -> str:
        """The answer in a sentence or two."""
        return self._filled(getattr(self, f"answer_{language}"), language)

    def _filled(self, text: str, language: Language) -> str:
        shares = [figure.value for figure in self.figures if figure.unit == "percent" and figure.value is not None]
        if not shares:
            return text
        low, high = (f"{number_text(share, language)}%" for share in (min(shares), max(shares)))
        return text.format(low=low, high=high)


def overview(release: str = "example-2022", *, language: str | None = None) -> View:
    """The front page, from the registers and a published release.

    Parameters
    ----------
    release : name of a folder in ``data/published``.
    language : "nl" or "en".
    """
    chosen, found, registers = chosen_language(language), read_release(release), read_registers()
    return page_view("overzicht", chosen, lambda: page(found, registers, chosen))


def front_page_figures(registers: Registers) -> list[FigureGroup]:
    """The groups of ``front_page.yaml`` with their figures.

    Raises
    ------
    InputError : a figure is not in the register, or is marked as not to be displayed.
    """
    import yaml

    groups = yaml.load((Path(__file__).parent / "front_page.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    found = [{**group, "figures": tuple(registers.key_figures[name] for name in group["figures"])} for group in groups]
    refused = [figure.id for group in found for figure in group["figures"] if not figure.displayable]
    if refused:
        raise InputError(
            [
                Problem(
                    f"Figure '{name}' is marked as not to be displayed.",
                    where="front_page.yaml",
                    do="Take it out.",
                )
                for name in refused
            ]
        )
    return [FigureGroup(**group) for group in found]


def page(release: Release, registers: Registers, language: Language) -> str:
    """The page as HTML; every figure links to its source record on the same page."""
    groups = front_page_figures(registers)
    used = dict.fromkeys(figure.source_id for group in groups for figure in group.figures)
    factors = list(registers.factors.values())
    return render(
        "overview.html.j2",
        language,
        release=release,
        groups=groups,
        sources=[registers.sources[name] for name in used],
        factors=factors,
        unknown=[factor for factor in factors if factor.known == "unknown"],
        factors_head=registers.heads["factors"],
        squares=theme_squares(registers, language),
        square=square,
        known_order=KNOWN,
        points=len(public_reporting_points(registers, language)),
    )
