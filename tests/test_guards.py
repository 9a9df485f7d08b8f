"""Every guard of the product, switched off: what it held back then shows. One entry or more for each of the 32 attacks.

An attack that finds nothing proves little by itself: perhaps there was nothing to find. So each entry says what in the
product stands in the way of an attack, and how to take it away. With the guard the attack finds nothing, or the
release is refused; without it the leak is there, and the text of what was found says so.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.attacks.attack import attack_folder
from stagekansen_lib.comparison.comparing import compare
from stagekansen_lib.comparison.results import Comparison
from stagekansen_lib.disclosure import optimal, publishing, secondary
from stagekansen_lib.disclosure.intervals import Counts
from stagekansen_lib.disclosure.nested import Naming
from stagekansen_lib.disclosure.protect import protect
from stagekansen_lib.disclosure.rules import read_rules
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.estimation.means import mean, total
from stagekansen_lib.estimation.shares import share
from stagekansen_lib.estimation.tables import EstimateTable
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.pictures.charts import draw_intervals
from stagekansen_lib.pictures.maps import Paint, draw_figures
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.building import release
from stagekansen_lib.releases.declared import estimate_declared
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey, subset
from stagekansen_lib.twins.making import make_twin
from tests.believing import believe
from tests.leaks import NAME, write_draft
from tests.small_surveys import (
    BOOK,
    comparison,
    mean_table,
    random_survey,
    share_table,
    small,
    survey_of,
    survey_with_a_small_answer,
)

Patch = pytest.MonkeyPatch
DISCLOSURE = "stagekansen_lib.disclosure"
BUILDING = "stagekansen_lib.releases.building"


@dataclass(frozen=True)
class Guard:
    """What stands in the way of an attack, how it is taken away, and what is then seen.

    ``off`` takes the guard away; ``make`` uses the product; ``look`` is the reader, who returns what he found ("" for
    nothing). ``shows`` is what he finds without the guard. ``refusal`` is how the product refuses with it; empty when
    the product makes something safe instead.
    """

    attack: int
    name: str
    off: Callable[[Patch], object]
    make: Callable[[Path], Any]
    look: Callable[[Path, Any], str]
    shows: str
    refusal: str = ""


def leak(guard: Guard, place: Path, *, on: bool) -> str:
    """What a reader finds of what the product makes, with the guard or without it."""
    with pytest.MonkeyPatch.context() as patch:
        if not on:
            guard.off(patch)
        if on and guard.refusal:
            with pytest.raises((RefusedError, InputError), match=guard.refusal):
                guard.make(place)
            return ""
        made = guard.make(place)
    return guard.look(place, made)


# How guards are taken away -----------------------------------------------------------------------------------------


def gone(path: str, instead: Any = lambda *_, **__: None) -> Callable[[Patch], object]:
    """Something else in the place of a function, a method or a list: "module.name" or "module.Class.name"."""

    def off(patch: Patch) -> None:
        # By the name of the module: the room exports a function of the same name as its module protect.
        module, *owner, name = re.fullmatch(r"([\w.]+?)((?:\.[A-Z]\w*|\._[A-Z]\w*)?)\.(\w+)", path).groups()
        target = importlib.import_module(module)
        patch.setattr(getattr(target, owner[0][1:]) if owner[0] else target, name, instead)

    return off


def both(*guards: Callable[[Patch], object]) -> Callable[[Patch], object]:
    """Guards that stand behind each other, taken away together."""
    return lambda patch: [guard(patch) for guard in guards]


def numbers(**changes: Any) -> Callable[[Patch], object]:
    """Other numbers in the rules that ``protect`` reads; readers know the rules as they are."""
    return gone(f"{DISCLOSURE}.protect.read_rules", lambda name: replace(read_rules(name), **changes))


def without_sums(over: str) -> Callable[[Patch], object]:
    """Secondary protection that does not think of sums over "groups" or over "answers"."""
    whole = secondary._add_links

    def add_links(counts: Counts, draft: Any) -> None:
        own = Counts(values=counts.values)
        whole(own, draft)
        for summed, parts in own.sums:
            # A sum over groups says nothing of one variable any more; one over answers says as much as its parts.
            if (len(summed) < len(next(iter(parts)))) != (over == "groups"):
                counts.add_sum(summed, parts)

    return gone(f"{DISCLOSURE}.secondary._add_links", add_links)


def more_columns(*names: str) -> Callable[[Patch], object]:
    """Tables that bring columns of the estimate along, instead of the fixed list of columns."""
    whole = publishing.publish_table

    def publish(draft: Any, *others: Any) -> Any:
        made = whole(draft, *others)
        columns = {name: draft.result.table[name].to_numpy() for name in names}
        return replace(made, table=made.table.assign(**columns))

    return gone(f"{DISCLOSURE}.protect.publish_table", publish)


def noise(patch: Patch) -> None:
    """A figure that is made anew for each question, with another point more or less each time."""
    from stagekansen_lib.disclosure.published import PublishedTable

    rng, whole = np.random.default_rng(1), PublishedTable.value_text

    def value_text(table: Any, row: Any, language: Any = "nl") -> str:
        return whole(table, row._replace(estimate=row.estimate + rng.normal(0, 0.03)), language)

    patch.setattr(PublishedTable, "value_text", value_text)


# What is made ------------------------------------------------------------------------------------------------------


@cache
def small_answer() -> tuple[EstimateTable | Comparison, ...]:
    """400 people, of whom six hold a view, and most one origin."""
    survey = survey_with_a_small_answer()
    tables = [share(survey, of, by) for of, by in [("view", None), ("origin", None), ("origin", "level")]]
    return (
        *tables,
        share(survey, "safe", "level"),
        *(compare(survey, of, "level", code=1) for of in ("origin", "safe")),
    )


def draft(results: Callable[[], Any], place: Path) -> None:
    write_draft(protect(list(results())), place)


def rows(*groups: dict[str, Any]) -> list[dict[str, Any]]:
    return list(groups)


# A group whose count follows from everyone's: 34 of 298, of whom 14 in each of two groups of 102.
PARTS = ((102, 14), (102, 14), (94, 6))
EVERYONE = {"n": 298, "count": 34}


def groups_and_total() -> list[EstimateTable]:
    by_region = [{"region": at, "n": n, "count": count} for at, (n, count) in enumerate(PARTS, start=1)]
    return [share_table([EVERYONE]), share_table(by_region, by=("region",))]


def two_ways_and_total() -> list[EstimateTable]:
    """The same inside one level, beside another level without a small count."""
    crossed = [{"level": 1, "region": at, "n": n, "count": count} for at, (n, count) in enumerate(PARTS, start=1)]
    crossed += [{"level": 2, "region": at, "n": 100, "count": 33} for at in (1, 2, 3)]
    by_level = [{"level": 1, **EVERYONE}, {"level": 2, "n": 300, "count": 99}]
    return [share_table(by_level, by=("level",)), share_table(crossed, by=("level", "region"))]


MULTIPLE = Codebook(
    "small",
    {**BOOK.variables, "why": Variable("why", "multiple", "Waarom", "Why", (Code(1, "a", "a"), Code(2, "b", "b")))},
)


def several_answers() -> list[EstimateTable]:
    """The same for a question with more than one answer; the other answer is given by half of each group."""
    whole = [{"code": 1, **EVERYONE}, {"code": 2, "n": 298, "count": 149}]
    parts = [
        {"region": at, "code": code, "n": n, "count": count if code == 1 else n // 2}
        for at, (n, count) in enumerate(PARTS, start=1)
        for code in (1, 2)
    ]
    words: Any = {"of": "why", "code": None, "codebook": MULTIPLE}
    return [share_table(whole, **words), share_table(parts, by=("region",), **words)]


def two_calls(place: Path) -> None:
    one, other = (protect(table) for table in groups_and_total())
    write_draft([*one, *other], place)


def doubters() -> list[EstimateTable]:
    """Two readings of one question, two people apart."""
    return [share_table([{"n": 340, "count": count}], of=of) for of, count in (("sure", 170), ("sure_or_not", 172))]


@cache
def types_and_level() -> list[EstimateTable]:
    """Who knows where to report by type of programme, beside the same by level, which is made from it."""
    return [share(example(), "knows_where", by, code=1) for by in ("programme_type", "level")]


def mostly_one_origin() -> list[EstimateTable]:
    """Of those with the third view 200 of 205 have one origin."""
    views = {1: (200, 200, 200), 0: (60, 60, 5)}
    made = [
        {"origin": origin, "code": at, "n": sum(counts), "count": count}
        for origin, counts in views.items()
        for at, count in enumerate(counts, start=1)
    ]
    return [share_table(made, of="view", by=("origin",), code=None)]


def dominated() -> list[EstimateTable]:
    """Three groups, in one of which one person sent 3,000 applications and 39 others two each."""
    values = {1: [3000.0] + [2.0] * 39, 2: [20.0, 10.0, 30.0, 20.0] * 125, 3: [20.0, 30.0, 10.0, 20.0] * 125}
    frame = pd.DataFrame([{"region": at, "hours": one} for at, own in values.items() for one in own])
    survey = survey_of(frame)
    return [mean(survey, "hours"), mean(survey, "hours", "region")]


def weighted_and_not() -> list[EstimateTable]:
    survey = random_survey(5, 400)
    uneven = np.where(survey.rows["level"].to_numpy() == 1, 1.6, 0.7)
    weighted = replace(survey, design=replace(survey.design, weights=uneven))
    return [share(survey, "safe"), share(weighted, "safe", code=1)]


@cache
def example() -> Survey:
    return read_survey("example_2022")


@cache
def declared(left_out: int = 0) -> tuple[Any, ...]:
    """What is declared of the example survey, without the last respondents."""
    return tuple(protect(estimate_declared(of_example(left_out))))


def of_example(left_out: int = 0) -> Survey:
    """The example survey without the last respondents."""
    return subset(example(), np.arange(len(example())) < len(example()) - left_out)


def publish(
    published: Any, place: Path, name: str = "look", *, gate: bool = False, survey: Survey | None = None
) -> None:
    """A release by two people. Without the gate attacks refuse nothing, so that what was made can be looked at."""
    words: dict[str, Any] = {"wave": "2022", "survey": survey or of_example()}
    with pytest.MonkeyPatch.context() as patch:
        if not gate:
            patch.setattr(f"{BUILDING}._check_attacked", lambda _: None)
        release(list(published), name=name, made_by="A. Maker", checked_by="B. Checker", into=place, **words)


def picked_table(place: Path) -> None:
    publish(protect([*estimate_declared(example()), share(example(), "knows_where", "school3")]), place)


def late_answer_under_the_same_name(place: Path) -> None:
    publish(declared(6), place, survey=of_example(6))
    shutil.copytree(place / "look", place / "kept")
    publish(declared(), place)


def late_answer_in_a_new_release(place: Path) -> None:
    publish(declared(6), place, "kept", survey=of_example(6))
    publish(declared(), place, gate=True)


def with_registers(change: Callable[[Path], object], place: Path) -> None:
    """A release of a project whose registers somebody changed."""
    data = place / "project" / "data"
    shutil.copytree(data_folder("registers"), data / "registers")
    for part in data_folder().iterdir():
        if part.name != "registers":
            (data / part.name).symlink_to(part)
    change(data / "registers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAGEKANSEN_HOME", str(place / "project"))
        publish(declared(), place)


def a_speaker(registers: Path) -> None:
    text = (registers / "voices.yaml").read_text("utf-8")
    (registers / "voices.yaml").write_text(text.replace("    tone: doubt\n", "    tone: doubt\n    school: ROC\n", 1))


def votes(registers: Path) -> None:
    (registers / "ledger.yaml").write_text("votes:\n  - role: student\n    number: 1\n", "utf-8")


def from_a_file(place: Path) -> None:
    (place / "answers.csv").write_text("level\n1\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{BUILDING}._check_attacked", lambda _: None)
        words: dict[str, Any] = {"wave": "2022", "survey": of_example(), "inputs": [place / "answers.csv"]}
        release(declared(), name="look", made_by="A", checked_by="B", into=place, **words)


def a_page(place: Path, *parts: str) -> None:
    (place / "site").mkdir()
    (place / "site" / "page.html").write_text(f"<!doctype html><body>{''.join(parts)}</body>", "utf-8")


def a_picture(place: Path) -> None:
    a_page(place, draw_intervals(read_release(NAME).tables["applications"], language="nl").svg)


def a_map(place: Path) -> None:
    a_page(place, draw_figures([Paint("inhabitants", {"GM0518": 1}, {"GM0518": "548.320"})], language="nl").html)


def asked_again_and_again(place: Path) -> None:
    parts = []
    for table in read_release(NAME).tables.values():
        for _ in range(5):
            told = "".join(f"<tr><td>{table.value_text(row)}</td></tr>" for row in table.table.itertuples())
            parts.append(f"<table><caption>{table.title_nl}</caption>{told}</table>")
    a_page(place, *parts)


def by_a_figure(codebook: Codebook, name: str, seen: list[Any]) -> list[Any]:
    """The answers in another order than the codebook's."""
    known = list(codebook[name].valid_codes) if name in codebook else []
    return (known or list(dict.fromkeys(seen)))[::-1]


def a_model(df: float, effect_name: str) -> list[Any]:
    """An adjusted effect that rests on a model with so many degrees of freedom left, beside a table."""
    fitted = comparison(
        effect=2.0, ci_low=1.1, ci_high=3.0, effect_name=effect_name, adjusted_for=("region",), answer=None,
        df=df, df_denominator=float("nan"),
    )  # fmt: skip
    return [share(random_survey(2, 300), "view"), fitted]


def a_message_with_code(_: Path) -> list[str]:
    """A browser sends code to the kernel behind a live page; returns what the kernel is sent."""
    from stagekansen_lib.site import kernels

    sent: list[str] = []
    wire = SimpleNamespace(
        subprotocol="",
        channels={"shell": None},
        log=logging.getLogger("guards"),
        multi_kernel_manager=kernels.LiveKernels(),
        get_part=lambda _, value, __: value,
        session=SimpleNamespace(send=lambda _, message: sent.append(message["content"]["code"])),
    )
    message = {"channel": "shell", "header": {"msg_type": "execute_request"}, "content": {"code": "open(answers)"}}
    # The method of the class that LiveConnection stands on: what it lets through goes to the kernel.
    super(kernels.LiveConnection, kernels.LiveConnection).handle_incoming_message(wire, json.dumps(message))
    return sent


def a_twin(_: Path) -> int:
    """How many rows of a twin repeat a record that fewer than five people gave."""
    rng = np.random.default_rng(5)
    survey = small(4, **{name: rng.integers(1, 5, 200).tolist() for name in "abcd"})
    names = list("abcd")
    rare = {key for key, count in survey.rows[names].astype(int).value_counts().items() if 0 < count < 5}
    twin = make_twin(survey, rows=400, seed=2, smallest=5).survey.rows[names].astype(float)
    return sum(row in rare for row in twin.itertuples(index=False, name=None))


def nobody(_: Any, drawn: Any) -> Any:
    return np.zeros(len(drawn), dtype=bool)


# Who looks ---------------------------------------------------------------------------------------------------------


def found_by(number: int, *, fixed: bool = False, earlier: str = "") -> Callable[[Path, Any], str]:
    """The attack of this number on the release, as its report gives it."""

    def look(place: Path, _: Any) -> str:
        before = [place / earlier] if earlier else []
        checks = attack_folder(place / "look", before, fixed=fixed).checks
        return "; ".join(str(one) for check in checks if check.number == number for one in check.findings)

    return look


def found_on_the_page(number: int) -> Callable[[Path, Any], str]:
    """The attack of this number on a page that was made from the example release."""

    def look(place: Path, _: Any) -> str:
        checks = attack_folder(data_folder("published", NAME), site=place / "site").checks
        return "; ".join(str(one) for check in checks if check.number == number for one in check.findings)

    return look


def found_by_whole_numbers(place: Path, made: Any) -> str:
    """Attack 4 by itself: what fractions find is not looked at, because they find it first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stagekansen_lib.attacks.attacked.AttackedRelease.small_in", lambda *_: [])
        return found_by(4)(place, made)


def found_with_the_codebook(place: Path, made: Any) -> str:
    """Attack 7 with the codebook, which is public, at hand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stagekansen_lib.attacks.attacked.read_codebook", lambda _: BOOK)
        return found_by(7)(place, made)


def what_the_largest_sent(place: Path, _: Any) -> str:
    """Whoever knows how many took part subtracts groups from all: the sum of the hidden group is its largest answer."""
    tables = [pd.read_csv(place / "look" / "tables" / f"mean-hours{part}.csv") for part in ("", "-region")]
    means = [*tables[0]["estimate"], *tables[1]["estimate"]]
    hidden = [at for at, one in enumerate(means) if not np.isfinite(one)]
    if hidden != [1]:
        return ""
    largest = 1040 * means[0] - 500 * (means[2] + means[3]) - 39 * 2
    # Rule R5: nobody may know it to within ten percent.
    return f"the largest answer is about {largest:.0f}" if abs(largest / 3000 - 1) <= 0.10 else ""


def effects_told(place: Path, _: Any) -> str:
    facts = json.loads((place / "look" / "release.json").read_text("utf-8"))
    return ", ".join(f"adjusted effect {one['difference']}" for one in facts["comparisons"] if one["difference"])


def in_draft(results: Callable[[], Any]) -> Callable[[Path], None]:
    return partial(draft, results)


# Where no rule of the codebook says so, the answers still do.
NO_SYSTEM = both(gone(f"{DISCLOSURE}.secondary.naming_of_drafts", lambda *_: Naming()),
                 gone(f"{DISCLOSURE}.secondary.with_observed", lambda declared, _: declared))  # fmt: skip
NO_R6 = gone(f"{DISCLOSURE}.protect.hide_secondary", lambda *_: optimal.Suppression())
NO_DECLARED = gone("stagekansen_lib.releases.refusing._check_declared")
NO_VERSIONS = gone("stagekansen_lib.releases.versions._refuse_small_change")
NO_DISTANCE = {"protected_upper": 0, "protected_absolute": 0, "protected_relative": 0}
NO_GRID = gone(f"{DISCLOSURE}.rules.RuleSet.step", lambda *_, **__: 0.0001)
ANY_REGISTER = gone(f"{BUILDING}._register_files", lambda: sorted(data_folder("registers").glob("*.yaml")))
AREAS = {"type": "FeatureCollection", "features": [{"properties": {"code": "GM0518", "estimate": 0.49}}]}
CHANGED = "changed by a few answers|came later|shown in another"

GUARDS = (
    Guard(1, "R6: rows that protect others are hidden", NO_R6,
          in_draft(small_answer), found_by(1), r"view: answer 3, the count is \d at most"),
    Guard(2, "R6: sums over groups, in tables of two variables", without_sums("groups"),
          in_draft(two_ways_and_total), found_by(2), r"level=1, region=3, answer 1, the count is 7 at most"),
    Guard(3, "R6: how far off a secret must stay", numbers(**NO_DISTANCE),
          in_draft(small_answer), found_by(3), r"view: answer 3, the count is \d at most"),
    Guard(3, "R14: groupings made from each other are one system of sums", NO_SYSTEM,
          in_draft(types_and_level), found_by(3), r"programme_type=5, answer 1, the count is \d at most, from all"),
    Guard(4, "R6: rows that protect others are hidden", NO_R6,
          in_draft(small_answer), found_by_whole_numbers, "no whole numbers of people make the count 10 or more"),
    Guard(5, "R6: all tables of a release in one call", gone(f"{BUILDING}.check_published"),
          two_calls, found_by(5), r"region=3, answer 1, the count is 7 at most, from all tables",
          refusal="more than one call of protect"),
    Guard(6, "R9: the gate sees every earlier release", both(gone(f"{BUILDING}.list_releases", lambda *_: []),
          NO_VERSIONS), late_answer_in_a_new_release, found_by(6, fixed=True, earlier="kept"), CHANGED,
          refusal="Rule R9"),
    Guard(7, "R6: two readings of one question", gone(f"{DISCLOSURE}.secondary.answers_between", lambda *_: {}),
          in_draft(doubters), found_with_the_codebook, r"differs from .* by \d people at most"),
    Guard(8, "R6: sums over groups, everyone less the others", without_sums("groups"),
          in_draft(groups_and_total), found_by(8), r"region=3, answer 1, the count is 7 at most, everyone less"),
    Guard(9, "R8: only tables that were declared", both(NO_DECLARED, believe),
          picked_table, found_by(9, fixed=True), "was not declared beforehand", refusal="Not declared beforehand"),
    Guard(10, "R7: a figure is looked up, never made anew", noise,
          asked_again_and_again, found_on_the_page(10), "the number .* which is not published there"),
    Guard(11, "R1 and R4: nobody and everybody are secret", numbers(least_count=0, group_share=1.0),
          in_draft(lambda: [share_table([{"n": 300, "count": 0}])]), found_by(11), "a figure of nobody"),
    Guard(12, "R4: what is sensitive", gone(f"{DISCLOSURE}.primary.is_sensitive", lambda *_: False),
          in_draft(small_answer), found_by(12), "though the answer is sensitive"),
    Guard(12, "R15: sensitive groups among those who gave an answer",
          gone(f"{DISCLOSURE}.secondary.sure_shares", lambda *_: ()),
          in_draft(mostly_one_origin), found_by(12), "surely 90% or more of those who say this have this origin"),
    Guard(13, "R2: bases in classes", gone(f"{DISCLOSURE}.rules.RuleSet.base_class", lambda _, n: str(int(n))),
          in_draft(small_answer), found_by(13), "the base is told as '400'"),
    Guard(13, "R7: the grid", NO_GRID, in_draft(small_answer), found_by(13), "finer than its base allows"),
    Guard(14, "R7: the grid of intervals", NO_GRID, in_draft(small_answer), found_by(14), "the interval is finer"),
    Guard(14, "a comparison beside a hidden share", gone(f"{DISCLOSURE}.publishing._is_hidden", lambda *_: False),
          in_draft(small_answer), found_by(14), "a difference beside it"),
    Guard(14, "p in classes", gone(f"{DISCLOSURE}.publishing._p_class", lambda *_: "0.0123"),
          in_draft(small_answer), found_by(14), "p is told otherwise than as a class"),
    Guard(14, "steps of what can be detected", gone(f"{DISCLOSURE}.publishing._detectable", lambda *_: 0.1234),
          in_draft(small_answer), found_by(14), "detectable difference is finer"),
    Guard(15, "R2: the least base of a mean", numbers(least_base=0, least_effective_n=0),
          in_draft(lambda: [mean_table(20, 10.0, 1.0, 0.1, 0.2)]), found_by(15), "without a base that is large enough"),
    Guard(15, "R15: a mean without spread", gone(f"{DISCLOSURE}.primary._judge_spread"),
          in_draft(lambda: [mean_table(120, 12.0, 0.0, 0.01, 0.02)]), found_by(15), "a mean without spread"),
    Guard(16, "R5: one answer makes most of a mean", gone(f"{DISCLOSURE}.primary._judge_dominance"),
          in_draft(dominated), what_the_largest_sent, r"the largest answer is about \d+"),
    Guard(16, "R7: the grid of means", NO_GRID,
          in_draft(lambda: [mean_table(120, 10.12345, 0.5, 0.1, 0.2)]), found_by(16), "finer than its base allows"),
    Guard(17, "an axis ends where the figures end", gone("stagekansen_lib.pictures.charts._round_up", lambda _: 200.0),
          a_picture, found_on_the_page(17), "an axis up to 200"),
    Guard(18, "a fixed list of columns: no design effect", more_columns("deff"),
          in_draft(small_answer), found_by(18), "column deff"),
    Guard(19, "one cell is told once, not weighted and unweighted", gone(f"{DISCLOSURE}.protect._refuse_told_twice"),
          in_draft(weighted_and_not), found_by(19), "told otherwise in", refusal="the same cell in two ways"),
    Guard(20, "areas hold names and codes only",
          gone("stagekansen_lib.pictures.maps._layers", lambda: {"areas": AREAS}),
          a_map, found_on_the_page(20), "areas tell estimate"),
    Guard(21, "only shares and means", gone(f"{DISCLOSURE}.protect._STATISTICS", ("share", "mean", "total")),
          in_draft(lambda: [total(random_survey(2, 300), "hours")]), found_by(21), "statistic .*: total",
          refusal="only share and mean"),
    Guard(22, "R9: a release is frozen", both(gone(f"{BUILDING}.check_place"),
          gone(f"{BUILDING}._refuse_made_meanwhile"), NO_VERSIONS), late_answer_under_the_same_name,
          found_by(22, fixed=True, earlier="kept"), CHANGED, refusal="never changed"),
    Guard(23, "R11: degrees of freedom that a model must leave", numbers(least_residual_df=0),
          in_draft(lambda: a_model(3, "odds_ratio_higher")), effects_told, "adjusted effect 2"),
    Guard(23, "R11: one effect, in a unit of readers", gone(f"{DISCLOSURE}.publishing._unit", lambda _: "coefficients"),
          in_draft(lambda: a_model(100, "coefficients")), found_by(23), "more of a model is told"),
    Guard(24, "a fixed list of columns: no counts", more_columns("n"),
          in_draft(small_answer), found_by(24), "column n"),
    Guard(25, "no path of a computer in the fingerprints", gone(f"{BUILDING}.project_path", str),
          from_a_file, found_by(25, fixed=True), "the path of a computer"),
    Guard(26, "a browser sends a kernel no code", gone("stagekansen_lib.site.kernels.MAY_ENTER", ()),
          a_message_with_code, lambda _, sent: " ".join(sent), r"open\(answers\)"),
    Guard(27, "rows in the order of the codebook", gone(f"{DISCLOSURE}.drafts._answers", by_a_figure),
          in_draft(small_answer), found_by(27), "view.*the rows do not stand in the order of the codebook"),
    Guard(28, "a voice has no field for its speaker", ANY_REGISTER, partial(with_registers, a_speaker),
          found_by(28, fixed=True), "voices tell school", refusal="Field 'school' is unknown"),
    Guard(29, "no registers but those that the pages know", ANY_REGISTER, partial(with_registers, votes),
          found_by(29, fixed=True), "votes by role"),
    Guard(30, "R12: made-up people repeat nobody", gone("stagekansen_lib.twins.making._Guard.repeats", nobody),
          a_twin, lambda _, repeated: f"{repeated or ''}", r"\d+"),
    Guard(31, "R6: sums over groups, of each of several answers", without_sums("groups"),
          in_draft(several_answers), found_by(31), r"region=3, answer 1, the count is \d at most, from the other"),
    Guard(32, "R6: sums over the answers of a group", without_sums("answers"),
          in_draft(small_answer), found_by(32), r"view: answer 3, the count is \d at most, from its own table"),
)  # fmt: skip


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.attack}: {guard.name}")
def test_what_a_guard_holds_back_shows_when_it_is_off(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "on").mkdir()
    (tmp_path / "off").mkdir()
    assert leak(guard, tmp_path / "on", on=True) == ""
    assert re.search(guard.shows, leak(guard, tmp_path / "off", on=False))


def test_every_attack_has_a_guard() -> None:
    assert {guard.attack for guard in GUARDS} == set(range(1, 33))
