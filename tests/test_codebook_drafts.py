"""A draft of a codebook: what is found is proposed, what changes figures is asked, and its own file loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagekansen_lib.drafts.beginnings import begin
from stagekansen_lib.drafts.choices import reduce
from stagekansen_lib.drafts.drafting import CodebookDraft, draft_codebook
from stagekansen_lib.drafts.keeping import resume_draft, save_draft
from stagekansen_lib.drafts.points import open_points
from stagekansen_lib.drafts.scales import recognise
from stagekansen_lib.errors import InputError
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.readers.detection import read_table
from stagekansen_lib.surveys.codebook_files import read_codebook, read_conditions, read_value_set, write_codebook
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable
from stagekansen_lib.surveys.surveys import Survey
from tests import samples, school_exports, school_survey
from tests.school_exports import ASKED, EXPORTS, FINISHED_ONLY, LABELS, confirmed, names

SAMPLES: dict[str, Callable[[Path], Path]] = {
    "answers.csv": samples.write_csv,
    "answers.xlsx": samples.write_excel,
    "answers.sav": samples.write_spss,
    "answers.dta": samples.write_stata,
    "answers.parquet": samples.write_parquet,
    "forms.xlsx": samples.write_forms,
    "qualtrics.csv": lambda path: samples.write_qualtrics(path, labels=False),
    "limesurvey.csv": lambda path: samples.write_limesurvey(path, path.with_suffix(".lss")),
}
# Where nobody may guess, and no questionnaire is at hand.
WITHOUT = {"consent": "none", "labels": "codes", "decimal": ",", "day_order": "day-month-year"}


def confirm_all(draft: CodebookDraft, **given: Any) -> CodebookDraft:
    while len(draft.open_points):
        variable, what, proposal = draft.open_points.iloc[0]
        draft.confirm(variable, what, given.get(what) or proposal or WITHOUT[what])
    return draft


def figures(survey: Survey, own: dict[str, str]) -> dict[str, float]:
    def codes(name: str, *labels: str) -> set[Any]:
        return {one.code for one in survey.codebook[name].codes if one.label_nl in labels}

    def share(name: str, *labels: str) -> float:
        return float(survey.rows[name].dropna().isin(codes(name, *labels)).mean())

    (name_code,) = codes(own["Q6"], school_exports.WHY[0])
    return {
        "rows": len(survey),
        "met": share(own["Q5"], school_exports.MET[1], school_exports.MET[2]),
        "hard": share(own["Q3"], "Moeilijk", "Heel moeilijk"),
        "applied": float(survey.rows[own["Q4"]].mean()),
        "name": float(survey.rows[f"{own['Q6']}[{name_code}]"].mean()),
        "ict": share(own["Q2"], "ICT"),
    }


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_export_of_a_questionnaire_gives_the_same_figures(kind: str, tmp_path: Path) -> None:
    file = school_exports.write_export(kind, 2025, tmp_path)
    draft = draft_codebook(file)
    with pytest.raises(InputError, match=r"point\(s\) of the draft .* are open"):
        read_survey(file, draft)
    survey = read_survey(file, confirmed(draft))
    assert figures(survey, names(draft)) == pytest.approx(school_exports.figures(2025), abs=1e-6)
    assert survey.set_aside is not None
    reasons = survey.set_aside["reason"].value_counts().to_dict()
    assert reasons == {"no_consent": 6} | ({} if kind in FINISHED_ONLY else {"unfinished": 7})


@pytest.mark.parametrize("kind", EXPORTS)
def test_a_second_year_follows_the_first_and_both_read_with_one_codebook(kind: str, tmp_path: Path) -> None:
    before, now = (school_exports.write_export(kind, year, tmp_path) for year in (2025, 2026))
    first = confirmed(draft_codebook(before))
    second = draft_codebook(now, like=first)
    assert set(second.open_points["what"]) <= {"unfinished"}
    assert second.changes.empty
    book = confirmed(second).codebook
    assert {name: one.codes for name, one in book.variables.items()} == {
        name: one.codes for name, one in first.codebook.variables.items()
    }
    for file, year in ((before, 2025), (now, 2026)):
        found = figures(read_survey(file, second), names(first))
        assert found == pytest.approx(school_exports.figures(year), abs=1e-6)


def test_what_changed_between_two_years_is_told(tmp_path: Path) -> None:
    first = confirmed(draft_codebook(school_exports.write_export("forms", 2025, tmp_path)))
    file = school_exports.write_export("forms", 2026, tmp_path)
    frame = pd.read_excel(file)
    frame = frame.drop(columns=ASKED["Q4"]).rename(columns={ASKED["Q8"]: "Heb je nog een tip?"})
    frame[ASKED["Q2"]] = frame[ASKED["Q2"]].replace("ICT", "Techniek")
    frame.to_excel(file, index=False, sheet_name="Sheet1")
    second = draft_codebook(file, like=first)
    told = {(line.what, line.before or line.now) for line in second.changes.itertuples()}
    assert {("new question", "Heb je nog een tip?"), ("new answer", "Techniek")} <= told
    assert {("question gone", ASKED["Q4"]), ("question gone", ASKED["Q8"])} <= told
    assert "new_answers" in set(second.open_points["what"])
    book = confirm_all(second).codebook
    field = book[names(first)["Q2"]]
    assert [one.code for one in field.codes][:3] == [one.code for one in first.codebook[field.name].codes]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_draft_reads_its_own_file_back_without_loss(name: str, tmp_path: Path) -> None:
    file = SAMPLES[name](tmp_path / name)
    draft = confirm_all(draft_codebook(file))
    written = write_codebook(draft.codebook, tmp_path / "books")
    assert read_codebook(written) == draft.codebook
    survey = read_survey(file, draft)
    assert survey.set_aside is not None
    lost = survey.set_aside[~survey.set_aside["reason"].isin(["duplicate_respondent", "unfinished", "own_words"])]
    asked = {one["name"]: sum(one["rare"].values()) for one in draft.state["questions"]}
    assert {column: len(rows) for column, rows in lost.groupby("column") if len(rows) > asked[str(column)]} == {}
    by_name = read_survey(file, written, remove=draft.removed, set_aside_texts=draft.sets_texts_aside, **draft.habits)
    pd.testing.assert_frame_equal(by_name.rows, survey.rows)
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "books").iterdir())
    for question in ("what_happened", "suggestion", "respondent_id"):
        assert [answer for answer in set(samples.answers()[question]) - {""} if answer in text] == []


def test_answers_are_never_numbered_by_how_often_they_were_given(tmp_path: Path) -> None:
    question = "Hoe vaak kreeg je geen antwoord?"
    often = [
        ["Vaak"] * 30 + ["Soms"] * 20 + ["Nooit"] * 5 + ["Altijd"] * 3,
        ["Nooit"] * 30 + ["Vaak"] * 9 + ["Soms"] * 4,
    ]
    numbers = []
    for at, answers in enumerate(often):
        file = tmp_path / f"{at}.csv"
        pd.DataFrame({question: answers, "q": range(len(answers))}).to_csv(file, index=False)
        draft = draft_codebook(file)
        name = draft.state["questions"][0]["name"]
        assert draft.open_points.set_index("what")["proposal"]["order"].startswith("Nooit < Soms < Vaak")
        confirm_all(draft)
        assert draft.codebook[name].kind == "ordinal"
        numbers.append({one.label_nl: one.code for one in draft.codebook[name].codes})
    assert {label: numbers[0][label] for label in numbers[1]} == numbers[1] == {"Nooit": 1, "Soms": 2, "Vaak": 3}


def test_a_grid_shares_one_numbering_though_nobody_chose_a_step(tmp_path: Path) -> None:
    file = tmp_path / "grid.csv"
    first = ["Mee eens"] * 10 + ["Neutraal"] * 10 + ["Mee oneens"] * 10
    second = ["Helemaal mee eens"] * 15 + ["Neutraal"] * 15
    pd.DataFrame({"Stelling [Het was leuk]": first, "Stelling [Het was leerzaam]": second}).to_csv(file, index=False)
    draft = draft_codebook(file)
    assert draft.open_points["what"].tolist() == ["consent", "order"]
    book = confirm_all(draft).codebook
    one, other = book.variables.values()
    assert one.codes == other.codes
    assert [(code.code, code.label_nl) for code in one.codes] == [
        (2, "Mee oneens"), (3, "Neutraal"), (4, "Mee eens"), (5, "Helemaal mee eens")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "scale"),
    [
        (["Nee", "Ja, één keer", "Ja, meer dan één keer", "Ik weet het niet zeker"], "experienced"),
        (["(1) Helemaal mee oneens", "2. Mee oneens", "Neutraal", "Mee eens", "Weet niet"], "agree5"),
        (["Strongly disagree", "Disagree", "Agree", "Prefer not to say"], "agree5"),
        (["Yes", "No"], "yes_no"),
        (["Mee eens", "Eens", "Oneens"], None),  # two labels on one step
        (["Vaak", "Rood", "Nooit"], None),
        (["Den Haag", "Delft", "Rijswijk"], None),
        (["Nooit", "Altijd"], None),  # two of five steps are too few
    ],
)
def test_a_scale_is_recognised_whole_or_not_at_all(labels: list[str], scale: str | None) -> None:
    found = recognise(labels)
    assert (found.name if found else None) == scale


def test_labels_that_are_numbers_keep_them_as_codes(tmp_path: Path) -> None:
    file = tmp_path / "children.csv"
    answers = ["0"] * 10 + ["1"] * 9 + ["2"] * 8 + ["3 of meer"] * 7
    pd.DataFrame({"Broers of zussen": answers, "Vraag": ["Ja"] * 34}).to_csv(file, index=False)
    draft = confirm_all(draft_codebook(file))
    survey = read_survey(file, draft)
    name = next(iter(draft.codebook))
    labels = [draft.codebook[name].code_label(code) for code in survey.rows[name]]
    assert labels == answers


@pytest.mark.parametrize(
    "question", ["Welke zin beschrijft jou het best?", "Comment as-tu trouvé ton stage ?", "Which best describes you?"]
)
def test_a_word_that_may_ask_for_own_words_does_not_where_answers_come_from_a_list(
    question: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(4)
    texts = [f"{''.join(rng.choice(list('aeiou bdklmnrst'), 24))}" for _ in range(60)]
    file = tmp_path / "describes.csv"
    pd.DataFrame({question: ["Ik zoek nog", "Ik heb een plek", "Ik loop stage"] * 20, "n": [40, 50, 60] * 20}).to_csv(
        file, index=False
    )
    assert draft_codebook(file).open_points.set_index("what").loc["order", "proposal"] == "none"
    pd.DataFrame({question: texts, "n": [40, 50, 60] * 20}).to_csv(file, index=False)
    assert "order" not in set(draft_codebook(file).open_points["what"])


def test_consent_is_asked_and_never_guessed_from_a_name(tmp_path: Path) -> None:
    draft = draft_codebook(school_exports.write_export("forms", 2025, tmp_path))
    point = draft.open_points.set_index("what").loc["consent"]
    assert (point["variable"], point["proposal"]) == ("", "")
    with pytest.raises(InputError, match="Name the question and the answer"):
        draft.confirm("", "consent", "")
    for value in ({ASKED["Q1"]: "Ja"}, f"{names(draft)['Q1']}=Ja", (ASKED["Q1"], ["Ja"])):
        draft.confirm("", "consent", value)
        consent = next(one for one in draft.state["questions"] if one["accept"])
        assert (consent["name"], consent["privacy"]) == (names(draft)["Q1"], "consent")
    draft.confirm("", "consent", "none")
    assert not any(one["accept"] for one in draft.state["questions"])


def test_privacy_begins_strict_and_a_concept_brings_its_class(tmp_path: Path) -> None:
    draft = confirmed(draft_codebook(school_exports.write_export("forms", 2025, tmp_path)))
    own, book = names(draft), draft.codebook
    classes = {code: book[own[code]].privacy for code in ("Q1", "Q2", "Q3", "Q5", "Q6", "Q8")}
    assert classes == {
        "Q1": "consent", "Q2": "sensitive", "Q3": "sensitive", "Q5": "sensitive", "Q6": "special", "Q8": "identifying"
    }  # fmt: skip
    assert (book[own["Q5"]].concept, book[own["Q5"]].fit) == ("experienced", "other_wording")
    draft.confirm(own["Q3"], "privacy", "ordinary")
    assert draft.codebook[own["Q3"]].privacy == "ordinary"
    draft.confirm(own["Q3"], "concept", "grounds: other_period")
    assert (draft.codebook[own["Q3"]].privacy, draft.codebook[own["Q3"]].fit) == ("special", "other_period")


def test_routing_is_found_in_the_data_and_can_be_refused(tmp_path: Path) -> None:
    file = school_exports.write_export("google", 2025, tmp_path)
    draft = draft_codebook(file)
    own = names(draft)
    point = draft.open_points[(draft.open_points["what"] == "routing")].iloc[0]
    assert (point["variable"], point["proposal"]) == (own["Q6"], f"{own['Q5']}=3|4")
    confirmed(draft)
    draft.confirm(own["Q6"], "routing", {own["Q5"]: ["Ja, één keer", "Ja, meer dan één keer"]})
    assert [str(one.variable) for one in draft.codebook[own["Q6"]].only_if] == [own["Q5"]]
    draft.confirm(own["Q6"], "routing", "everyone")
    assert draft.codebook[own["Q6"]].only_if == ()
    with pytest.raises(InputError, match="is no question before it"):
        draft.confirm(own["Q3"], "routing", f"{own['Q5']}=1")


def test_codes_without_labels_are_asked_for(tmp_path: Path) -> None:
    draft = draft_codebook(school_exports.write_export("codes", 2025, tmp_path))
    asked = draft.open_points[draft.open_points["what"] == "labels"]["variable"].tolist()
    assert {"q2", "q3", "q5"} <= set(asked)
    with pytest.raises(InputError, match=r"Give a label for code\(s\) A2, A3"):
        draft.confirm("q2", "labels", {"A1": "Zorg"})
    draft.confirm("q3", "labels", LABELS[ASKED["Q3"]])
    order = draft.open_points.set_index(["variable", "what"])["proposal"]["q3", "order"]
    assert order == " < ".join(school_exports.HARD.values())


@pytest.mark.parametrize(
    ("what", "value", "problem"),
    [
        ("order", ["Heel makkelijk", "Makkelijk"], "Give each answer once"),
        ("order", ["Rood"], "Did you mean|not"),
        ("missing", {"Moeilijk": "no idea"}, "Choose one of"),
        ("kind", "colour", "Choose one of"),
        ("concept", "weather", "no concept 'weather'"),
        ("privacy", "secret", "Choose one of"),
        ("colour", "red", "Nothing in a draft is called 'colour'"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(what: str, value: Any, problem: str, tmp_path: Path) -> None:
    draft = draft_codebook(school_exports.write_export("forms", 2025, tmp_path))
    before = draft.state
    with pytest.raises(InputError, match=problem):
        draft.confirm(ASKED["Q3"], what, value)
    assert draft.state is before
    assert draft.actions == []


def test_a_state_is_plain_and_an_action_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    import json

    file = school_exports.write_export("spss", 2025, tmp_path)
    state = begin(read_table(file), "x", file.name)
    copy = json.loads(json.dumps(state))
    after = reduce(state, {"do": "confirm", "variable": "moeite", "what": "order", "value": "reversed"})
    assert json.loads(json.dumps(state)) == copy
    assert after["sets"][after["questions"][3]["set"]]["answers"][0]["label"] == "Heel moeilijk"
    assert len(open_points(after)) == len(open_points(state)) - 1
    again = reduce(after, {"do": "reopen", "variable": "moeite", "what": "order"})
    assert len(open_points(again)) == len(open_points(state))


def test_texts_of_fewer_than_three_respondents_are_copied_only_when_a_person_says_so(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    rows = ["q1;q2", *["1;Rood"] * 20, *["2;Blauw"] * 20, "1;Woont naast mij", "2;=cmd"]
    file.write_text("\n".join(rows), "utf-8")
    draft = draft_codebook(file)
    assert "rare_answers" in set(draft.open_points["what"])
    assert "Woont" not in repr(draft)
    confirm_all(draft, rare_answers="set_aside")
    assert [code.label_nl for code in draft.codebook["q2"].codes] == ["Blauw", "Rood"]
    survey = read_survey(file, draft)
    assert survey.set_aside is not None
    assert len(survey.set_aside) == 2
    draft.confirm("q2", "rare_answers", "answers")
    assert [code.label_nl for code in draft.codebook["q2"].codes] == ["Blauw", "Rood", "=cmd", "Woont naast mij"]
    assert read_survey(file, draft).rows["q2"].notna().all()


def test_columns_that_point_at_persons_wait_for_a_choice(tmp_path: Path) -> None:
    file = tmp_path / "mail.csv"
    mails = [f"s{at}@school.example" for at in range(30)]
    pd.DataFrame({"Kleur": ["Rood", "Blauw"] * 15, "Je e-mailadres": mails}).to_csv(file, index=False)
    draft = draft_codebook(file)
    point = draft.open_points.set_index("what").loc["identifiers"]
    assert point["variable"] == "Je e-mailadres"
    confirm_all(draft, identifiers="leave_out")
    assert list(read_survey(file, draft).rows) == ["kleur"]


def test_a_draft_is_kept_after_every_action_and_holds_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    file = school_exports.write_export("forms", 2025, tmp_path)
    draft = confirmed(draft_codebook(file))
    kept = save_draft(draft, file)
    assert resume_draft(file).codebook == draft.codebook
    assert "gesprek geweest" not in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o077 == 0
    pd.DataFrame({"Iets anders": ["a", "b"] * 9, "En dit": ["c", "d"] * 9}).to_excel(file, index=False)
    with pytest.raises(InputError, match="does not fit the file, which was changed since"):
        resume_draft(file)


def test_several_answers_of_too_few_people_are_no_answers_until_somebody_says_so(tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    cells = ["Naam;Geloof", "Geloof;Taal", "Taal;Naam", "Naam", "Taal"]
    pd.DataFrame({"Waardoor": cells, "Vraag": ["Ja", "Nee"] * 2 + ["Ja"]}).to_csv(file, index=False)
    draft = draft_codebook(file)
    confirm_all(draft, rare_answers="answers")
    assert len(draft.codebook["waardoor"].valid_codes) == 3
    assert read_survey(file, draft).rows.filter(like="waardoor").sum().sum() == 8


@pytest.mark.parametrize("tool", school_survey.WRITERS)
def test_another_questionnaire_is_drafted_as_well(tool: str, tmp_path: Path) -> None:
    name, write = school_survey.WRITERS[tool]
    write(tmp_path / name)
    draft = draft_codebook(tmp_path / name)
    asked = [one for one in draft.state["questions"] if not one["technical"] and not one["differs"]]
    draft.confirm(asked[0]["name"], "consent", "Ja")
    survey = read_survey(tmp_path / name, confirm_all(draft))
    assert len(survey) == school_survey.figures()["rows"]
    several = [one for one in draft.codebook.variables.values() if one.kind == "multiple"]
    assert [len(one.valid_codes) for one in several] == [len(school_survey.WAYS), len(school_survey.TOLD)]
    asked_of = survey.rows[several[1].columns[0]].notna().sum()
    assert asked_of == school_survey.figures()["told, number asked"]


def test_labels_and_questions_of_spss_are_taken_over(tmp_path: Path) -> None:
    draft = draft_codebook(samples.write_spss(tmp_path / "answers.sav"))
    book = confirm_all(draft).codebook
    assert book["d1"].question_nl == samples.BOOK["search_difficulty"].question_nl
    assert book["d1"].code_label(5) == samples.BOOK["search_difficulty"].code_label(5)
    assert (book["d1"].concept, book["d1"].fit) == ("search_difficulty", "same_wording")
    assert book["b3"].kind == "multiple"
    assert [code.label_nl for code in book["b3"].codes] == [c.label_nl for c in samples.BOOK["found_through"].codes]


@pytest.mark.parametrize("name", ["", "a b", "x_codes", "../x"])
def test_a_draft_needs_a_usable_name(name: str, tmp_path: Path) -> None:
    file = samples.write_csv(tmp_path / "answers.csv")
    with pytest.raises(InputError, match="is no name for a codebook"):
        draft_codebook(file, name)


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    book = read_codebook("baseline")
    write_codebook(book, tmp_path)
    with pytest.raises(InputError, match=r"There already: baseline_codes\.csv, baseline\.csv, baseline_checks\.csv"):
        write_codebook(book, tmp_path)
    write_codebook(book, tmp_path, replace=True)
    with pytest.raises(InputError, match="needs a name"):
        write_codebook(Codebook("a/b"), tmp_path)


_words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
_sets = st.lists(st.sampled_from(["1", "2..5", "20..", "..-3", "den haag", "7"]), min_size=1, max_size=3, unique=True)


@given(st.lists(st.tuples(_words, _words, _sets), min_size=1, max_size=4), _words)
@settings(max_examples=60, deadline=None)
def test_any_codebook_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str, list[str]]], version: str
) -> None:
    codes = tuple(Code(at, label, other) for at, (label, other, _) in enumerate(parts))
    source = Variable(
        "source", "nominal", parts[0][0], parts[0][1], (*codes, Code("x", "Weg", "Gone", "blank")), note=version,
        concept="experienced", fit="other_period",
    )  # fmt: skip
    number = Variable(
        "number", "number", "Getal", "Number", minimum=-2.5, maximum=7.25, only_if=read_conditions("source=0")
    )
    rules = [Code(at, "a", "b", values=read_value_set("|".join(values))) for at, (_, _, values) in enumerate(parts)]
    derived = Variable("derived", "nominal", "d", "d", (*rules, Code(99, "r", "r", values=read_value_set("else"))),
                       derived_from=("number",), keep=False, required=False)  # fmt: skip
    book = Codebook("any", {one.name: one for one in (source, number, derived)}, "titel", "title", version)
    assert read_codebook(write_codebook(book, tmp_path_factory.mktemp("book"))) == book


def test_a_file_of_any_texts_gives_a_draft_that_can_be_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"codebook": ["a", "b"] * 9, "1x": ["", "-1"] * 9, "Ja, nee?": [f"{n}%" for n in range(18)]})
    file = tmp_path / "any.csv"
    frame.to_csv(file, sep=";", index=False)
    book = confirm_all(draft_codebook(file)).codebook
    assert read_codebook(write_codebook(book, tmp_path / "books")) == book
    assert list(book) == ["q_codebook", "q_1x", "ja_nee"]
    assert np.isclose(len(read_survey(file, book)), 18)


def test_numbers_that_cannot_be_read_are_asked_about_and_never_dropped_in_silence(tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    numbers = ["1,5", "2,25", "3,75", "4,5", "0,5", "2.5555"] * 5
    pd.DataFrame({"Duur": numbers, "Vraag": ["Ja", "Nee"] * 15}).to_csv(file, sep=";", index=False)
    draft = draft_codebook(file)
    assert {"kind", "rare_answers"} <= set(draft.open_points[draft.open_points["variable"] == "duur"]["what"])
    survey = read_survey(file, confirm_all(draft))
    assert survey.set_aside is not None
    assert len(survey.set_aside) == 5
