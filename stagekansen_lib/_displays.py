"""Results as a notebook shows them: labels of the codebook, percentages, few decimals, one short line of method."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from stagekansen_lib.codebooks import Codebook
from stagekansen_lib.surveys import Provenance
from stagekansen_lib.wording import Language, chosen_language, number_text, percent_text, say

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.comparisons import Battery, Comparison
    from stagekansen_lib.estimates import EstimateTable
    from stagekansen_lib.models import Regression
    from stagekansen_lib.weighting import WeightReport

__all__ = [
    "battery_html",
    "code_text",
    "comparison_html",
    "effect_writer",
    "estimates_html",
    "frame_html",
    "labelled_comparisons",
    "labelled_estimates",
    "labelled_weights",
    "method_line",
    "p_text",
    "readable",
    "regression_html",
    "short_proxies",
    "variable_text",
    "weights_html",
]

_PERCENT = ("probability_of_superiority", "rank_eta_squared", "eta_squared", "share")


def readable(value: float) -> str:
    """A number for a terminal: four digits that matter, no exponent for what is large or nothing but rounding.

    >>> readable(-7.77e-16), readable(0.43309), readable(19098.0)
    ('0', '0.4331', '19,098')
    """
    if math.isfinite(value) and abs(value) < 1e-12:
        return "0"
    return f"{value:,.0f}" if math.isfinite(value) and abs(value) >= 1000 else f"{value:.4g}"


def variable_text(book: Codebook, name: str, language: Language) -> str:
    """The label of a variable; one answer of a set reads "Set: answer". The name when the codebook has no label."""
    if name in book:
        return book[name].label(language) or name
    parent, _, rest = name.partition("[")
    if rest.endswith("]") and parent in book:
        code = next((code for code in book[parent].valid_codes if str(code) == rest[:-1]), rest[:-1])
        return f"{book[parent].label(language)}: {book[parent].code_label(code, language)}"
    return name


def code_text(book: Codebook, name: str, code: Any, language: Language) -> str:
    """The label of an answer; 1 and 0 of one answer of a set read as chosen or not."""
    if name in book:
        return book[name].code_label(code, language)
    if "[" in name and code in (0, 1):
        return say("tables.chosen" if code == 1 else "tables.not_chosen", language)
    return str(code)


def effect_writer(name: str, language: Language) -> Callable[[float], str]:
    """How an effect or estimate is written: shares in percent, differences of shares in points, the rest plain."""
    if name == "difference_in_shares":
        return lambda value: number_text(100 * value, language, decimals=1)
    if name in _PERCENT:
        return lambda value: percent_text(value, language, decimals=1)
    return lambda value: number_text(value, language, decimals=2)


def p_text(value: float, language: Language) -> str:
    """A p value as "p = 0,012", and "p < 0,001" for what is smaller."""
    if value < 0.001:
        return f"p < {number_text(0.001, language, decimals=3)}"
    return f"p = {number_text(value, language, decimals=3)}"


def short_proxies(provenance: Provenance, language: Language) -> list[str]:
    """The first sentence of each proxy, with where to read the rest: the full text stands in the provenance."""
    texts = [proxy[language] for proxy in provenance.proxies if proxy.get(language)]
    return [f"{text.split('. ')[0].rstrip('.')} ({say('tables.see_weighting', language)})." for text in texts]


def method_line(found: EstimateTable) -> str:
    """What was estimated and how, for a terminal."""
    name = "model margins" if found.provenance.self_selected else "intervals"
    parts = [f"{found.statistic} of {found.of}", f"{found.ci_level:.0%} {name} ({found.interval})", f"df {found.df:g}"]
    if found.missing:
        parts.append(f"{found.missing} rows without an answer left out")
    if found.fixed.any():
        parts.append(say("tables.fixed_rows", "en", n=int(found.fixed.sum())))
    if found.without_limit.any():
        parts.append(say("tables.without_limit", "en", n=int(found.without_limit.sum())))
    if found.provenance.synthetic:
        parts.append("synthetic data: not a finding")
    parts += [f"proxy: {text}" for text in short_proxies(found.provenance, "en")]
    return "; ".join(parts)


def labelled_estimates(found: EstimateTable, language: str | None = None) -> pd.DataFrame:
    """An EstimateTable in words."""
    import pandas as pd

    chosen = chosen_language(language)
    book, table = found.codebook, found.table
    columns: dict[str, list[str]] = {}
    for name in found.by:
        columns[variable_text(book, name, chosen)] = [code_text(book, name, code, chosen) for code in table[name]]
    if "code" in table.columns:
        columns[say("tables.answer", chosen)] = [code_text(book, found.of, code, chosen) for code in table["code"]]
    if "q" in table.columns:
        columns[say("tables.q", chosen)] = [percent_text(q, chosen, decimals=1) for q in table["q"]]
    write = effect_writer("share" if found.statistic == "share" else "mean", chosen)
    fixed = found.fixed
    word = say("tables.fixed", chosen)
    columns[say(f"tables.{found.statistic}", chosen)] = [_known(write, value) for value in table["estimate"]]
    for heading, limit in (("low", "ci_low"), ("high", "ci_high")):
        columns[say(f"tables.{heading}", chosen)] = [
            word if set_by_weights else _known(write, value)
            for value, set_by_weights in zip(table[limit], fixed, strict=True)
        ]
    columns[say("tables.n", chosen)] = [number_text(n, chosen) for n in table["n"]]
    return pd.DataFrame(columns)


def estimates_html(found: EstimateTable) -> str:
    """An EstimateTable for a notebook, in the chosen language."""
    language = chosen_language()
    about = variable_text(found.codebook, found.of, language)
    if found.code is not None:
        codes = found.code if isinstance(found.code, (list, tuple, set, frozenset)) else [found.code]
        about += f" ({', '.join(code_text(found.codebook, found.of, code, language) for code in codes)})"
    if " / " in found.of:
        about = " / ".join(variable_text(found.codebook, part, language) for part in found.of.split(" / "))
    caption = f"{say(f'tables.{found.statistic}', language)}: {about}"
    name = say("tables.model_margin" if found.provenance.self_selected else "tables.margin", language)
    parts = [f"{name} {percent_text(found.ci_level, language)} ({found.interval})"]
    if found.missing:
        parts.append(say("tables.missing", language, n=number_text(found.missing, language)))
    if found.fixed.any():
        parts.append(say("tables.fixed_rows", language, n=int(found.fixed.sum())))
    if found.without_limit.any():
        parts.append(say("tables.without_limit", language, n=int(found.without_limit.sum())))
    return frame_html(labelled_estimates(found, language), caption, [*parts, *_warnings(found.provenance, language)])


def labelled_comparisons(found: Sequence[Comparison], language: str | None = None) -> pd.DataFrame:
    """Comparisons in words, one row each."""
    import pandas as pd

    chosen = chosen_language(language)
    return pd.DataFrame([_comparison_row(one, chosen) for one in found])


def comparison_html(found: Comparison) -> str:
    """A Comparison for a notebook: the estimates of the groups, the sentence, and the method."""
    language = chosen_language()
    about = variable_text(found.codebook, found.of, language)
    shown = frame_html(labelled_estimates(found.groups, language), about, [])
    exact = math.isnan(found.statistic)
    degrees = "" if exact else number_text(found.df, language, decimals=0 if float(found.df).is_integer() else 1)
    method = say(
        "tables.exact_line" if exact else "tables.test_line",
        language,
        method=found.method,
        statistic=number_text(found.statistic, language, decimals=2),
        df=degrees,
        p=p_text(found.p_value, language),
    )
    return f"{shown}<p>{escape(found.sentence(language))}</p><p>{escape(method)}</p>"


def battery_html(found: Battery) -> str:
    """A Battery for a notebook."""
    language = chosen_language()
    line = say("tables.corrected", language, correction=found.correction)
    notes = _warnings(found.comparisons[0].provenance, language) if found.comparisons else []
    return frame_html(labelled_comparisons(found.comparisons, language), "", [line, *notes])


def labelled_weights(report: WeightReport, language: str | None = None) -> pd.DataFrame:
    """The targets of a WeightReport in words, as shares of each target."""
    import pandas as pd

    chosen = chosen_language(language)
    rows = []
    for name, part in report.table.groupby("variable", sort=False):
        names = str(name).split(" x ")
        totals = {column: float(part[column].sum()) for column in ("before", "target", "reached")}
        for line in part.to_dict("records"):
            codes = line["code"] if isinstance(line["code"], tuple) else (line["code"],)
            shares = {column: line[column] / total for column, total in totals.items()}
            gap = number_text(100 * (shares["reached"] - shares["target"]), chosen, decimals=1)
            labels = [code_text(report.codebook, one, code, chosen) for one, code in zip(names, codes, strict=False)]
            rows.append(
                {
                    say("tables.variable", chosen): ", ".join(
                        variable_text(report.codebook, one, chosen) for one in names
                    ),
                    say("tables.group", chosen): ", ".join(labels),
                    say("tables.n", chosen): number_text(line["n"], chosen),
                    **{
                        say(f"tables.{column}", chosen): percent_text(shares[column], chosen, decimals=1)
                        for column in ("before", "target", "reached")
                    },
                    say("tables.gap", chosen): gap,
                }
            )
    return pd.DataFrame(rows)


def weights_html(report: WeightReport) -> str:
    """A WeightReport for a notebook."""
    language = chosen_language()
    line = say(
        "tables.weights",
        language,
        n=number_text(report.n, language),
        effect=number_text(report.design_effect, language, decimals=2),
        effective=number_text(report.effective_n, language),
        largest=number_text(report.largest * report.n / report.total, language, decimals=2),
    )
    notes = [line, *_warnings(report.provenance, language)]
    return frame_html(labelled_weights(report, language), say("tables.weights_title", language), notes)


def regression_html(found: Regression) -> str:
    """A Regression for a notebook: terms in words; for odds and counts also how many times."""
    import pandas as pd

    language = chosen_language()
    book = found.codebook
    named = {column.name: _term_text(book, column.parts, language) for column in found.columns}
    times = found.link in ("logit", "log")
    rows = []
    for line in found.table.to_dict("records"):
        term = str(line["term"])
        shown = {say("tables.term", language): named.get(term) or say("tables.intercept", language)}
        if "|" in term and term not in named:
            low, high = (code_text(book, found.of, code, language) for code in _threshold(found.answers, term))
            shown = {say("tables.term", language): f"{low} | {high}"}
        for heading in ("estimate", "ci_low", "ci_high"):
            shown[say(f"tables.{heading}", language)] = number_text(line[heading], language, decimals=3)
        if times:
            shown[say("tables.times", language)] = (
                number_text(math.exp(line["estimate"]), language, decimals=2) if term in named else ""
            )
        shown["p"] = p_text(line["p_value"], language).removeprefix("p = ").removeprefix("p ")
        rows.append(shown)
    caption = say(
        "tables.regression",
        language,
        of=variable_text(book, found.of, language),
        family=found.family,
        link=found.link,
        n=number_text(found.n, language),
    )
    return frame_html(pd.DataFrame(rows), caption, _warnings(found.provenance, language))


def frame_html(frame: pd.DataFrame, caption: str, notes: Sequence[str]) -> str:
    """A table of texts with a caption, and one line under it."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in frame.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in frame.to_numpy())
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    table = f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if len(frame) else ""
    line = "; ".join(notes)
    return f"{table}<p>{escape(line)}</p>" if line else table


def _comparison_row(found: Comparison, language: Language) -> dict[str, str]:
    write = effect_writer(found.effect_name, language)
    row: Mapping[str, str] = {
        "of": variable_text(found.codebook, found.of, language),
        "by": variable_text(found.codebook, found.by, language),
        "effect_kind": say(f"effects.{found.effect_name}", language),
        "effect": write(found.effect),
        "low": _known(write, found.ci_low),
        "high": _known(write, found.ci_high),
        "p": p_text(found.p_value, language).removeprefix("p = ").removeprefix("p "),
    }
    texts = {say(f"tables.{name}", language): text for name, text in row.items()}
    if found.p_adjusted is not None:
        adjusted = p_text(found.p_adjusted, language).removeprefix("p = ").removeprefix("p ")
        texts[say("tables.p_adjusted", language)] = adjusted
    seen = found.smallest_detectable
    texts[say("tables.detectable", language)] = "" if seen is None else write(seen)
    texts[say("tables.n", language)] = number_text(found.n, language)
    return texts


def _term_text(book: Codebook, parts: Sequence[tuple[str, Any]], language: Language) -> str:
    said = [
        variable_text(book, name, language)
        if code is None
        else f"{variable_text(book, name, language)}: {code_text(book, name, code, language)}"
        for name, code in parts
    ]
    return " × ".join(said)


def _threshold(answers: Sequence[Any], term: str) -> Iterator[Any]:
    for low, high in itertools.pairwise(answers):
        if f"{low}|{high}" == term:
            yield low
            yield high


def _known(write: Callable[[float], str], value: float) -> str:
    return write(value) if math.isfinite(value) else ""


def _warnings(provenance: Provenance, language: Language) -> list[str]:
    synthetic = [say("tables.synthetic", language)] if provenance.synthetic else []
    return [*synthetic, *short_proxies(provenance, language)]
