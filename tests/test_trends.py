"""Trends over waves and a link over a break, against R's survey package (tests/reference/monitoring/02_trend)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stagekansen_lib as sk
from stagekansen_lib.surveys.codebook_files import read_value_set
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey
from tests.monitoring_values import FOLDER, agrees, normal, report, value
from tests.small_surveys import BOOK

TOPIC = "02_trend"
OUTCOMES: dict[str, Any] = {"yes": 1, "score": None}


@cache
def waves() -> dict[int, Survey]:
    rows = pd.read_csv(FOLDER / TOPIC / "trend.csv")
    return {int(year): made(part) for year, part in rows.groupby("year")}


def made(rows: pd.DataFrame) -> Survey:
    return sk.survey_from_frame(rows.reset_index(drop=True), weights="weight", strata="school")


@pytest.mark.parametrize("of", OUTCOMES)
def test_the_slope_over_the_waves_and_its_tests_are_those_of_r(of: str) -> None:
    found = sk.trend(list(waves().values()), of=of, code=OUTCOMES[of])
    agrees(TOPIC, f"{of}.slope_of_wave_estimates", report(found))
    agrees(TOPIC, f"{of}.per_wave", {name: found.table[name] for name in ("year", "estimate", "se")})
    for name, test in (("any_difference", found.any_difference), ("departure_from_line", found.departure_from_line)):
        assert test is not None
        ours = {"chisq": test.chisq, "df": test.df, "p_chisq": test.p_chisq, "F": test.F, "ddf": test.ddf,
                "p_F": test.p_value}  # fmt: skip
        agrees(TOPIC, f"{of}.{name}", ours)
    agrees(TOPIC, f"{of}.quadratic_contrast", report(found.bend))
    line = found.weighted_line
    agrees(TOPIC, f"{of}.inverse_variance_line",
           {"estimate": line.estimate, "se": line.se, "Q": line.Q, "Q_df": line.Q_df, "Q_p": line.Q_p,
            **normal(line.estimate, line.se)})  # fmt: skip
    if of == "yes":
        ours = {"estimate": found.steps["change"], "se": found.steps["se"], "p": found.steps["p_value"],
                "p_holm": found.steps["p_holm"]}  # fmt: skip
        agrees(TOPIC, "yes.changes_wave_to_wave", ours)


@pytest.mark.parametrize(("of", "family"), [("yes", "gaussian"), ("yes", "quasibinomial"), ("score", "gaussian")])
def test_a_line_through_the_answers_of_stacked_waves_is_svyglm(of: str, family: str) -> None:
    whole = sk.stack(waves())
    whole = replace(whole, rows=whole.rows.assign(t=whole.rows["year"] - 2022.0), _encoded={})
    agrees(TOPIC, "design", {"n": len(whole), "strata": len(whole.design.stages[0].sampled)})
    own = {"gaussian": "gaussian", "quasibinomial": "binomial"}[family]
    table = sk.regress(whole, of=of, on=["t"], family=own).table
    ours = {"intercept": table["estimate"][0], "slope": table["estimate"][1], "se_intercept": table["se"][0],
            "se_slope": table["se"][1], "t": table["statistic"][1], "df": table["df"][1], "p": table["p_value"][1],
            "low": table["ci_low"][1], "high": table["ci_high"][1]}  # fmt: skip
    agrees(TOPIC, f"{of}.svyglm.{family}", ours)
    if family == "quasibinomial" or of == "score":
        test = sk.regress(whole, of=of, on=["wave"], family=own).test("wave")
        ours = {"F": test.statistic, "df": test.df, "ddf": test.df_denominator, "p": test.p_value}
        agrees(TOPIC, f"{of}.svyglm.factor_of_year", ours)


def test_waves_in_which_everyone_says_the_same_have_a_trend_and_no_weighted_line() -> None:
    """Nobody reported in a wave: a share of nought has no standard error to weigh with."""
    none, some = (sk.survey_from_frame(pd.DataFrame({"yes": [0] * (40 - n) + [1] * n})) for n in (0, 8))
    found = sk.trend({2022: none, 2023: some, 2024: some}, of="yes")
    assert found.slope == pytest.approx(0.1)
    assert found.any_difference.p_value < 0.05
    assert pd.isna(found.weighted_line.estimate)
    level = sk.trend({2022: none, 2023: none, 2024: none}, of="yes")
    assert level.verdict == "not_shown"
    assert pd.isna([level.any_difference.F, *level.steps["p_holm"]]).all()


def test_the_same_units_in_all_waves_give_the_covariance_of_the_stacked_survey() -> None:
    plain = {year: sk.survey_from_frame(survey.rows, weights="weight") for year, survey in waves().items()}
    found = sk.trend(plain, of="score", panel="school")
    assert (found.covariance - found.covariance.T == 0).all()
    assert abs(found.covariance[0, 1]) > 0
    assert found.df == 3


# A break -------------------------------------------------------------------------------------------------------------


@cache
def parts() -> dict[tuple[int, str], Survey]:
    rows = pd.read_csv(FOLDER / TOPIC / "bridge.csv")
    return {(int(wave), str(mode)): made(part) for (wave, mode), part in rows.groupby(["wave", "mode"])}


def whole_bridge() -> Survey:
    rows = pd.read_csv(FOLDER / TOPIC / "bridge.csv")
    return made(rows[rows["wave"] == 4])


@pytest.mark.parametrize("bridge", ["two surveys", "by name", "one survey"])
@pytest.mark.parametrize("of", OUTCOMES)
def test_a_link_over_a_break_is_that_of_r(of: str, bridge: str) -> None:
    old, new = parts()[4, "old"], parts()[4, "new"]
    given = {"two surveys": [old, new], "by name": {"new": new, "old": old}, "one survey": whole_bridge()}[bridge]
    # R counts the strata of two earlier waves in its degrees of freedom, so its limits by t are of another df.
    leave = ("df", "t_low", "t_high", "t_p")
    for method, key in (("difference", "add"), ("ratio", "ratio"), ("logit", "logit")):
        if method == "logit" and of == "score":
            continue
        found = sk.link_series(parts()[3, "old"], given, parts()[5, "new"], of=of, code=OUTCOMES[of], method=method)
        agrees(TOPIC, f"bridge.{of}.linked_last_{key}", report(found.on_link, *leave))
        mode = "log_mode_ratio" if method == "ratio" else "mode_difference"
        agrees(TOPIC, f"bridge.{of}.{mode}", report(found.difference, *leave))
        agrees(TOPIC, f"bridge.{of}.change_bridge_to_last", report(found.new_change, *leave))
        if found.change is None:
            agrees(TOPIC, "bridge.yes.linked_last_logit_as_share", {"estimate": found.estimate})
            assert found.ci_low < found.estimate < found.ci_high < 1
        else:
            name = f"change_last_old_to_last_linked_{key}"
            agrees(TOPIC, f"bridge.{of}.{name}", report(found.change, *leave))
        cells = found.cells.set_index("cell")
        places = {"before": "w3old", "bridge_old": "w4old", "bridge_new": "w4new", "after": "w5new"}
        theirs = value(TOPIC, f"bridge.{of}.cells")
        for ours, cell in places.items():
            at = theirs["cell"].index(cell)
            assert cells.loc[ours].tolist() == pytest.approx([theirs["estimate"][at], theirs["se"][at]], rel=1e-8)
    naive = sk.change(parts()[3, "old"], parts()[5, "new"], of=of, code=OUTCOMES[of],
                      statistic="mean" if of == "score" else "share").table.iloc[0]  # fmt: skip
    ours = {"estimate": naive["change"], "se": naive["se"], "smallest_detectable": naive["smallest_detectable"]}
    agrees(TOPIC, f"bridge.{of}.naive_change_across_break", ours | normal(naive["change"], naive["se"]))


def test_a_wave_that_asked_everyone_both_ways_links_by_the_same_respondents() -> None:
    bridge = sk.survey_from_frame(pd.DataFrame({"felt": [1, 1, 0, 0, 1, 0], "feels": [1, 0, 0, 0, 1, 0]}))
    before = sk.survey_from_frame(pd.DataFrame({"felt": [1, 0, 0, 1]}))
    after = sk.survey_from_frame(pd.DataFrame({"feels": [1, 0, 0, 0]}))
    found = sk.link_series(before, bridge, after, of=("felt", "feels"), code=1)
    assert found.estimate == pytest.approx(1 / 4 + 3 / 6 - 2 / 6)
    spread = pd.Series([0.0, 1, 0, 0, 0, 0]).var() / 6
    assert found.difference.se == pytest.approx(spread**0.5)
    assert "With the old way" in found.sentence("en")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"method": "chain"}, "method is 'chain'"),
        ({"method": "logit", "code": None}, "A logit link is of a share"),
        ({"bridge": [1]}, "The survey is 1"),
        ({"split": "school"}, "does not tell which way"),
        ({"split": "mood"}, "There is no column 'mood'"),
        ({"code": 5}, "'yes' has no answer 5"),
        ({"of": 3}, "of is 3"),
        ({"bridge": 3}, "The survey is 3"),
    ],
)
def test_a_link_that_cannot_be_made_is_refused(change: dict[str, Any], text: str) -> None:
    asked: dict[str, Any] = {"bridge": whole_bridge(), "of": "yes", "code": 1} | change
    with pytest.raises(sk.InputError, match=text):
        sk.link_series(parts()[3, "old"], after=parts()[5, "new"], **asked)


# No line over a break ------------------------------------------------------------------------------------------------


def three(**changed: Any) -> dict[int, Survey]:
    """Three waves of which the last asked one question in another way."""
    safe = replace(BOOK.variables["safe"], **changed)
    other = Codebook("small", {**BOOK.variables, "safe": safe})
    rows = pd.DataFrame({"safe": [1, 0, 1, 1], "hours": [4.0, 5, 6, 7]})
    books = (BOOK, BOOK, other)
    return {2024 + at: sk.survey_from_frame(rows, codebook=book) for at, book in enumerate(books)}


def series(folder: Path, *changes: str, letter: str = "A", mode: str = "link") -> str:
    waves = [f"- {{wave: {2024 + at}, letter: {letter if at == 2 else 'A'}, mode: {mode if at == 2 else 'link'}}}"
             for at in range(3)]  # fmt: skip
    text = "\n".join(["title_nl: x", "title_en: x", "waves:", *waves, "changes:", *(changes or ["[]"])])
    (folder / "mine.yaml").write_text(text.replace("changes:\n[]", "changes: []"), "utf-8")
    return "mine"


def declared(verdict: str, variable: str = "safe") -> str:
    return (f"- {{from: 2025, to: 2026, variable: {variable}, verdict: {verdict}, reason_nl: andere vraag, "
            "reason_en: another question}")  # fmt: skip


CHANGED = {"label_nl": "Voelde je je veilig op school?"}


def test_a_trend_over_a_question_that_changed_is_refused_until_someone_declares_what_that_means(tmp_path: Path) -> None:
    with pytest.raises(sk.RefusedError, match=r"'safe' changed from 2025 to 2026 \(wording\), and no series declares"):
        sk.trend(three(**CHANGED), of="safe", code=1)
    harmless = sk.read_series(series(tmp_path, declared("harmless")), tmp_path)
    assert sk.trend(three(**CHANGED), of="safe", code=1, series=harmless).slope == 0
    broken = sk.read_series(series(tmp_path, declared("break")), tmp_path)
    with pytest.raises(sk.RefusedError, match="'safe' has a break from 2025 to 2026: another question"):
        sk.trend(three(**CHANGED), of="safe", code=1, series=broken)
    # Another question of the same waves has no break.
    assert sk.trend(three(**CHANGED), of="hours", series=broken).slope == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"question_en": "Did you feel safe?"},
        {"codes": BOOK.variables["view"].codes},
        {"only_if": BOOK.variables["sure"].codes[0].when or ("x",)},
        {"kind": "number", "codes": ()},
    ],
)
def test_every_kind_of_change_of_a_question_is_found(changed: dict[str, Any]) -> None:
    waves = three(**CHANGED)
    book = waves[2024].codebook
    other = Codebook("small", {**book.variables, "safe": replace(book["safe"], **changed)})
    last = replace(waves[2024], codebook=other)
    assert [change.variable for change in sk.question_changes(waves[2024], last)] == ["safe"]
    with pytest.raises(sk.RefusedError, match="no series declares"):
        sk.trend({2024: waves[2024], 2025: last}, of="safe")


def derived(values: str = "1", question: str = "Do you know where?") -> Codebook:
    """A codebook in which an answer follows from a question that is asked."""
    asked = Variable("knows_answer", "ordinal", "weet", "knows", question_en=question, codes=BOOK["view"].codes)
    codes = (Code(0, "nee", "no", values=read_value_set("else")), Code(1, "ja", "yes", values=read_value_set(values)))
    knows = Variable("knows", "nominal", "weet", "knows", codes=codes, derived_from=("knows_answer",))
    return Codebook("small", {"knows_answer": asked, "knows": knows})


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (derived(question="Would you know where?"), "wording of 'knows_answer', which it is made of"),
        (derived(values="1..2"), r"\(rule\)"),
    ],
)
def test_a_change_of_the_question_behind_a_derived_answer_is_a_change_of_it(
    last: Codebook, text: str, tmp_path: Path
) -> None:
    rows = pd.DataFrame({"knows": [1, 0, 1, 1]})
    waves = {2025: sk.survey_from_frame(rows, codebook=derived()), 2026: sk.survey_from_frame(rows, codebook=last)}
    with pytest.raises(sk.RefusedError, match=text):
        sk.trend(waves, of="knows", code=1)
    name = "knows_answer" if "knows_answer" in text else "knows"
    harmless = sk.read_series(series(tmp_path, declared("harmless", name)), tmp_path)
    assert sk.trend(waves, of="knows", code=1, series=harmless).slope == 0
    broken = sk.read_series(series(tmp_path, declared("break", name)), tmp_path)
    with pytest.raises(sk.RefusedError, match=f"'{name}' has a break from 2025 to 2026"):
        sk.trend(waves, of="knows", code=1, series=broken)
    change = sk.change(*waves.values(), of="knows", code=1)
    assert "asked in another way" in change.sentence("en")
    assert "asked in another way" not in sk.change(waves[2025], waves[2025], of="knows", code=1).sentence("en")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("waves: 3", "'waves' is no list"),
        ("waves:\n- {wave: 2024, letter: A}\n- {wave: 2023, letter: A}", "not in the order of their years"),
        ("waves:\n- {wave: 2023, letter: A}\n- {wave: '2023', letter: B}", "Wave 2023 stands twice"),
        ("waves:\n- {wave: [1], letter: A}", "something else than a year or a name"),
        ("waves:\n- {wave: 2024, letter: A}\nchanges: 2", "'changes' is no list"),
        ("waves:\n- {wave: 2024, letter: A}\ninterventions: {a: 1}", "'interventions' is no list"),
    ],
)
def test_a_series_that_is_none_is_refused_with_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    with pytest.raises(sk.InputError, match=told):
        sk.read_series("mine", tmp_path)


def test_a_series_draws_no_line_over_a_break_and_begins_a_letter_where_the_mode_changes(tmp_path: Path) -> None:
    broken = sk.read_series(series(tmp_path, declared("break")), tmp_path)
    assert broken.lines("safe") == ((2024, 2025), (2026,))
    assert broken.lines("hours") == ((2024, 2025, 2026),)
    everything = sk.read_series(series(tmp_path, declared("break", "all")), tmp_path)
    assert everything.lines("hours") == ((2024, 2025), (2026,))
    with pytest.raises(sk.InputError, match="The mode of wave 2026 differs from 2025, and its letter is A"):
        sk.read_series(series(tmp_path, mode="list"), tmp_path)
    lettered = sk.read_series(series(tmp_path, mode="list", letter="B"), tmp_path)
    assert lettered.lines("hours") == ((2024, 2025), (2026,))
    with pytest.raises(sk.RefusedError, match="begins letter B at wave 2026"):
        sk.trend(three(), of="hours", series=lettered)


def test_what_nobody_declared_is_listed_and_a_wave_of_another_series_is_refused_by_name(tmp_path: Path) -> None:
    found = sk.read_series(series(tmp_path), tmp_path)
    assert [str(change) for _, _, change in found.undeclared(three(**CHANGED))] == ["safe (wording)"]
    assert sk.read_series(series(tmp_path, declared("harmless")), tmp_path).undeclared(three(**CHANGED)) == ()
    with pytest.raises(sk.InputError, match="Wave 2031 is not in series 'mine'"):
        sk.trend({2024: three()[2024], 2031: three()[2025]}, of="hours", series=found)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("- {from: 2024, to: 2026, variable: safe, verdict: break, reason_nl: a, reason_en: b}", "do not follow"),
        ("- {from: 2025, to: 2026, variable: safe, verdict: maybe, reason_nl: a, reason_en: b}", "has no verdict"),
        ("- {from: 2025, to: 2026, variable: safe, verdict: break}", "no reason in both languages"),
    ],
)
def test_a_declaration_that_says_too_little_is_refused(line: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(sk.InputError, match=text):
        sk.read_series(series(tmp_path, line), tmp_path)


def test_a_series_that_is_not_there_is_refused_with_the_known_ones() -> None:
    with pytest.raises(sk.InputError, match="Did you mean 'stagekansen'"):
        sk.read_series("stagekans")


@pytest.mark.parametrize(
    ("surveys", "asked", "text"),
    [
        ({"a": 1, "b": 2}, {}, "The waves are not named by a year"),
        ({2026: 1, 2025: 2}, {}, "Give a rising year"),
        ({2025: 1, 2026: 2}, {"years": [2025]}, "Give a rising year"),
    ],
)
def test_waves_without_rising_years_have_no_trend(surveys: dict[Any, Any], asked: Any, text: str) -> None:
    rows = list(three().values())
    with pytest.raises(sk.InputError, match=text):
        sk.trend(dict(zip(surveys, rows, strict=False)), of="hours", **asked)


def test_the_sentence_says_a_year_where_years_are_told_and_a_wave_where_not() -> None:
    told = sk.trend(waves(), of="yes", code=1)
    assert "3.7 percentage points a year" in told.sentence("en")
    assert told.verdict == "higher"
    plain = [sk.survey_from_frame(pd.DataFrame({"hours": [4.0 + at, 5, 6]})) for at in range(2)]
    assert "a wave" in sk.trend(plain, of="hours").sentence("en")
    assert "per jaar" in told.sentence("nl")
    assert "<table>" in told._repr_html_()
