"""What the yearly index gives: the index of a wave and its change, as tables and sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from stagekansen_lib.assets import token
from stagekansen_lib.monitoring.indicators import Estimates
from stagekansen_lib.registers.heads import IndexDesign
from stagekansen_lib.surveys.provenance import Provenance
from stagekansen_lib.surveys.words import frame_html, readable, short_proxies
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    from stagekansen_lib.arrays import Floats


__all__ = ["NO_SPREAD", "IndexChange", "YearlyIndex"]


# A standard error below this, in points, is no spread but the last digit of a computer.
NO_SPREAD = 1e-9


@dataclass(frozen=True, eq=False)
class YearlyIndex:
    """One wave of the index. For the team: nothing of it has passed ``protect``.

    Parameters
    ----------
    indicators : one row an indicator: id, domain, estimate, se, ci_low, ci_high (in its ``unit``), score, score_low,
        score_high (1 to 100), upper (the estimate under the upper reading), n (answers), effective_n (of a share); NaN
        where not known.
    domains : one row a domain: id, score, ci_low, ci_high, known (indicators known), indicators (of how many).
    value, se, ci_low, ci_high : the index, 1 to 100; NaN when a domain is missing.
    root_se : standard error of its square root, as a change is judged by.
    upper : the index under the upper reading ("yes" or "not sure").
    band : the index under other weights, another mean, or without one indicator: 2.5% and 97.5% of the variants.
    driver, driver_share : the choice that moves the index most, and its part of the variance over the variants.
    grade : quality, "A" to "D": the worst of ``flag``.
    flag : one row a part: id, value (NaN when unknown), grade; what is unknown counts as D.
    series, year : waves are compared within a series only.
    seed : with which bootstrap and variants were drawn.
    replicated : the estimates in each bootstrap sample, a row each.
    """

    indicators: pd.DataFrame
    domains: pd.DataFrame
    value: float
    se: float
    root_se: float
    ci_low: float
    ci_high: float
    upper: float
    band: tuple[float, float]
    driver: str
    driver_share: float
    grade: str
    flag: pd.DataFrame
    series: str
    year: int | None
    reading: str
    seed: int
    variants: Floats = field(repr=False)
    provenance: Provenance = field(repr=False)
    design: IndexDesign = field(repr=False)
    replicated: Floats = field(repr=False)

    @property
    def known(self) -> bool:
        """Whether every domain has enough indicators, so that there is an index."""
        return math.isfinite(self.value)

    @property
    def estimates(self) -> Estimates:
        """The indicators with their bootstrap samples, as they were estimated."""
        values, n, effective_n = (self.indicators[name].to_numpy() for name in ("estimate", "n", "effective_n"))
        return Estimates(values, self.replicated, n, effective_n)

    def sentence(self, language: str | None = None) -> str:
        """The index with its margin and its domains, never alone, in plain sentences."""
        chosen = chosen_language(language)
        start = [say("index.synthetic", chosen)] if self.provenance.synthetic else []
        told = self._value_texts(chosen) if self.known else self._lacking_texts(chosen)
        return " ".join([*start, *told])

    def _lacking_texts(self, language: Language) -> Iterator[str]:
        """Why there is no index: the domains of which too few indicators are known."""
        for row in self.domains.to_dict("records"):
            if not math.isfinite(row["score"]):
                name = self.design.domains[row["id"]].text("label", language)
                words = {"domain": name, "known": row["known"], "indicators": row["indicators"]}
                yield say("index.domain_lacks", language, **words)
        yield say("index.unknown", language)

    def _value_texts(self, language: Language) -> Iterator[str]:
        """The index with its margin, its domains, and every reason to doubt it."""
        if self.reading != "main":
            yield say("index.reading_upper", language)
        value, low, high = _rounded(language, self.value, self.ci_low, self.ci_high)
        margin = _margin([self.provenance], language).lower()
        yield say("index.value", language, margin=margin, value=value, low=low, high=high)
        yield from (self._domain_text(row, language) for row in self.domains.to_dict("records"))
        sure = self._all_alike(language)
        if sure:
            yield say("index.too_sure", language, names="; ".join(sure))
        if self.reading == "main":
            yield say("index.upper", language, value=_score_text(self.upper, language))
        low, high = _rounded(language, *self.band)
        yield say("index.band", language, low=low, high=high)
        if self.driver_share > 0:
            yield say("index.driver", language, driver=self._driver_text(language))
        weak = [self._weak_text(row, language) for row in self.flag.to_dict("records") if row["grade"] == self.grade]
        yield say("index.grade", language, grade=self.grade, parts="; ".join(weak))
        yield from _reservations([self.provenance], language)
        yield say("index.convention", language)

    def _domain_text(self, domain: dict[Any, Any], language: Language) -> str:
        """The score of a domain with that of each of its indicators."""
        each = [
            f"{self.design.indicators[row['id']].text('label', language)} {_score_text(row['score'], language)}"
            for row in self.indicators.to_dict("records")
            if row["domain"] == domain["id"]
        ]
        name = self.design.domains[domain["id"]].text("label", language)
        words = {"name": name, "score": number_text(domain["score"], language), "indicators": "; ".join(each)}
        return say("index.domain", language, **words)

    def _weak_text(self, part: dict[Any, Any], language: Language) -> str:
        label = self.design.flag_parts[part["id"]].text("label", language)
        # A part that is measured has a value; one that is told, such as how students were asked, is never D.
        unknown = part["grade"] == "D" and not math.isfinite(part["value"])
        return say("index.flag_unknown", language, part=label) if unknown else label

    def _all_alike(self, language: Language) -> list[str]:
        """Indicators whose answers are all alike: drawing them again never gives another, so no margin can show it."""
        found = self.indicators["se"] < NO_SPREAD
        return [self.design.indicators[name].text("label", language) for name in self.indicators.loc[found, "id"]]

    def labelled(self, language: str | None = None) -> pd.DataFrame:
        """The indicators in words. ``language`` is "nl" or "en"; the default follows ``wording.chosen_language``."""
        chosen = chosen_language(language)
        rows = []
        for row in self.indicators.to_dict("records"):
            one = self.design.indicators[row["id"]]
            texts = [one.id, self.design.domains[one.domain].text("label", chosen), one.text("label", chosen)]
            if math.isfinite(row["score"]):
                found, high = (_in_unit(row[name], one.unit, chosen) for name in ("estimate", "ci_high"))
                low = _in_unit(row["ci_low"], one.unit, chosen, bare=one.unit != "percent")
                score, least, most = (number_text(row[name], chosen) for name in ("score", "score_low", "score_high"))
                texts += [found, say("index.range", chosen, low=low, high=high)]
                texts += [score, say("index.range", chosen, low=least, high=most)]
            else:
                texts += [say("index.not_known", chosen), "", "", ""]
            rows.append(texts)
        heads = [say(f"index.head_{name}", chosen) for name in ("indicator", "domain", "what", "found", "score")]
        margin = _margin([self.provenance], chosen)
        of_score = say("index.head_score_margin", chosen, margin=margin)
        return pd.DataFrame(rows, columns=[*heads[:4], margin, heads[4], of_score])

    def picture(self, language: str | None = None) -> str:
        """Scores with their margins as an SVG picture: seven indicators, three domains, the index.

        Parameters
        ----------
        language : "nl" or "en"; the default follows ``wording.chosen_language``.

        Returns
        -------
        str : the SVG. For the team: it has not passed ``protect``.
        """
        chosen = chosen_language(language)
        rows: list[tuple[str, float, float, float, bool]] = []
        for domain in self.domains.to_dict("records"):
            for one in self.indicators[self.indicators["domain"] == domain["id"]].to_dict("records"):
                label = self.design.indicators[one["id"]].text("label", chosen)
                rows.append((f"{one['id']} {label}", one["score"], one["score_low"], one["score_high"], False))
            label = self.design.domains[domain["id"]].text("label", chosen)
            rows.append((label, domain["score"], domain["ci_low"], domain["ci_high"], True))
        rows.append((say("index.title", chosen), self.value, self.ci_low, self.ci_high, True))
        width, left, step, top = 720, 280, 26, 40
        height = top + step * len(rows) + 40

        def x(score: float) -> float:
            return left + (width - left - 60) * score / 100

        marks = []
        for at, (label, score, low, high, strong) in enumerate(rows):
            y = top + step * at
            weight = ' font-weight="bold"' if strong else ""
            marks.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end"{weight}>{escape(label)}</text>')
            if not math.isfinite(score):
                unknown = escape(say("index.not_known", chosen))
                marks.append(f'<text x="{left}" y="{y + 4}" fill="{token("soft")}">{unknown}</text>')
                continue
            colour = token("accent" if strong else "bar")
            marks.append(
                f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
                f'<circle cx="{x(score):.1f}" cy="{y}" r="{6 if strong else 5}" fill="{colour}"/>'
                f'<text x="{width - 50}" y="{y + 4}"{weight}>{number_text(score, chosen)}</text>'
            )
        grid = "".join(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top - 14}" y2="{height - 40}" stroke="{token("grid")}"/>'
            f'<text x="{x(tick):.1f}" y="{height - 22}" text-anchor="middle">{tick}</text>'
            for tick in (0, 25, 50, 75, 100)
        )
        title = escape(say("index.title", chosen))
        if self.provenance.synthetic:
            title += f" ({escape(say('honesty.synthetic_short', chosen))})"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" width="100%" '
            f'style="max-width:{width}px;background:{token("card")}" font-family="sans-serif" font-size="13"'
            f' fill="{token("ink")}">'
            f"<title>{title}</title><desc>{escape(self.sentence(chosen))}</desc>"
            f'<text x="{left}" y="16" font-size="12">{title}</text>{grid}{"".join(marks)}</svg>'
        )

    def _driver_text(self, language: Language) -> str:
        if self.driver in ("mean", "left_out"):
            return say(f"index.driver_{self.driver}", language)
        where: Any = self.design.domains if self.driver in self.design.domains else self.design.indicators
        entry = where[self.driver]
        return say("index.driver_weight", language, name=entry.text("label", language))

    def __repr__(self) -> str:
        text = self.indicators.to_string(index=False, float_format=readable)
        made_up = "\nsynthetic data: not a finding" if self.provenance.synthetic else ""
        return f"{text}\n{self.domains.to_string(index=False, float_format=readable)}{made_up}\n{self.sentence('en')}"

    def _repr_html_(self) -> str:
        language = chosen_language()
        return frame_html(self.labelled(), say("index.title", language), [self.sentence(language)]) + self.picture()


@dataclass(frozen=True, eq=False)
class IndexChange:
    """The change of the index between two waves of one series.

    Parameters
    ----------
    change, se, ci_low, ci_high, p_value : second wave minus first, in points; the interval is of 95%.
    verdict : "higher", "lower", "not_shown" (no demonstrable difference) or "break" (not comparable; all numbers NaN).
    smallest_detectable : the change that would be found with a chance of 80%, in points.
    agreement : the share of the other ways of weighing and averaging that agree on the sign of the change.
    """

    change: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    verdict: Literal["higher", "lower", "not_shown", "break"]
    smallest_detectable: float
    agreement: float
    first: YearlyIndex = field(repr=False)
    second: YearlyIndex = field(repr=False)

    def sentence(self, language: str | None = None) -> str:
        """The change and its doubt, in plain sentences."""
        language = chosen_language(language)
        both = [self.first.provenance, self.second.provenance]
        parts = [say("index.synthetic", language)] if any(one.synthetic for one in both) else []
        if self.verdict == "break":
            return " ".join([*parts, say("index.break", language)])
        texts = _rounded(language, abs(self.change), self.ci_low, self.ci_high)
        words = dict(zip(("change", "low", "high"), texts, strict=True))
        words["margin"] = _margin(both, language).lower()
        parts.append(say(f"index.{self.verdict}", language, **words))
        (detectable,) = _rounded(language, self.smallest_detectable)
        parts.append(say("index.detectable", language, detectable=detectable))
        parts += _reservations(both, language)
        if self.verdict != "not_shown":
            # Without a change that is shown there is no side to agree on.
            parts.append(say("index.agreement", language, agreement=percent_text(self.agreement, language)))
        return " ".join(parts)

    def __repr__(self) -> str:
        return self.sentence("en")


def _margin(waves: Sequence[Provenance], language: Language) -> str:
    """What the margin of a survey is called: one of people who chose to take part rests on a model."""
    return say("tables.model_margin" if any(one.self_selected for one in waves) else "tables.margin", language)


def _reservations(waves: Sequence[Provenance], language: Language) -> list[str]:
    chose = [say("sentences.self_selected", language)] if any(one.self_selected for one in waves) else []
    return list(dict.fromkeys([*chose, *(text for one in waves for text in short_proxies(one, language))]))


def _score_text(score: float, language: Language) -> str:
    return number_text(score, language) if math.isfinite(score) else say("index.not_known", language)


def _rounded(language: Language, *values: float) -> list[str]:
    """Numbers in as few decimals (two at most) as tell the ends of a margin apart, and from nothing what is not."""
    texts: list[str] = []
    for decimals in range(3):
        texts = [number_text(value, language, decimals=decimals) for value in values]
        nothing = number_text(0.0, language, decimals=decimals)
        hidden = any(value != 0 and text == nothing for value, text in zip(values, texts, strict=True))
        alike = len(values) > 1 and values[-2] != values[-1] and texts[-2] == texts[-1]
        if not (hidden or alike):
            break
    return texts


def _in_unit(value: float, unit: str, language: Language, *, bare: bool = False) -> str:
    if unit == "percent":
        return percent_text(value / 100, language)
    text = number_text(value, language, decimals=1 if unit == "times" else 0)
    return text if bare else say(f"monitor.unit_{unit}", language, value=text)
