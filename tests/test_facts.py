"""The page feiten: every figure once, with its warnings and who measured it; claims as the ledger may tell them."""

from __future__ import annotations

import re
import sys
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.ledgers import Ledger, read_ledger
from stagekansen_lib.fact_finding.totals import tell_totals
from stagekansen_lib.registers.models import KeyFigure
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.views import fact_figures
from stagekansen_lib.views.fact_claims import agreement_picture
from stagekansen_lib.views.fact_figures import copied_figure, fact_questions, published_figures, seen_at
from stagekansen_lib.views.facts import page as facts_page

LANGUAGES = ("nl", "en")
REASON = {"reason_nl": "daarom", "reason_en": "because"}


def facts_of(language: Any, ledger: Ledger | None = None) -> str:
    return unescape(facts_page(read_release("example-2022"), read_registers(), language, ledger=ledger))


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: Any) -> Any:
    return request.param


@pytest.fixture(scope="module")
def facts(language: Any) -> str:
    return facts_of(language)


def entry(page: str, name: str) -> str:
    """What stands in one entry of a list, up to the next entry or the end of its section."""
    return re.split(r'<li class="(?:claim|card)|</section>', page.split(f'id="{name}"', 1)[1], maxsplit=1)[0]


# Figures


def test_every_displayable_figure_stands_under_one_question_and_was_put_there_by_a_person() -> None:
    registers = read_registers()
    displayable = {figure.id for figure in registers.displayable_figures()}
    shown = Counter(
        figure.id
        for question in fact_questions(registers)
        for figure in (*(one.figure for one in question.figures), *question.missing)
    )
    assert set(shown) == displayable
    assert set(shown.values()) == {1}
    assert set(fact_figures._placed(fact_figures._content())) == displayable


def test_every_displayable_figure_stands_on_the_page_once(facts: str) -> None:
    found = Counter(re.findall(r'<li[^>]* id="cijfer-([^"]+)"', facts))
    assert found == Counter(figure.id for figure in read_registers().displayable_figures())


def test_a_figure_that_nobody_placed_stands_under_the_last_question(monkeypatch: pytest.MonkeyPatch) -> None:
    content = [
        {**one, "figures": [name for name in one["figures"] if name != "cbs-10"]} for one in fact_figures._content()
    ]
    monkeypatch.setattr(fact_figures, "_content", lambda: content)
    last = fact_questions(read_registers())[-1]
    assert "cbs-10" in [one.figure.id for one in last.figures]


def test_a_figure_under_two_questions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = [{**one, "figures": [*one["figures"], "cbs-10"]} for one in fact_figures._content()]
    monkeypatch.setattr(fact_figures, "_content", lambda: content)
    with pytest.raises(InputError, match="'cbs-10' stands under two questions"):
        fact_questions(read_registers())


def test_every_warning_of_the_register_is_in_sight_and_not_folded_away(facts: str, language: Any) -> None:
    warned = 0
    for one in published_figures(read_registers()):
        in_sight = entry(facts, f"cijfer-{one.figure.id}").split("<details", 1)[0]
        for part in ("note", "ambiguity"):
            text = one.figure.text(part, language)
            assert text in in_sight
            warned += bool(text)
    assert warned > 60


def test_a_number_of_respondents_is_never_unknown_beside_a_count(facts: str, language: Any) -> None:
    number = {"nl": "Aantal", "en": "Number"}[language]
    for one in published_figures(read_registers()):
        shown = entry(facts, f"cijfer-{one.figure.id}")
        assert (f"<dt>{number}</dt>" in shown) == (not one.figure.counts)
        assert not (one.figure.counts and "n" in one.lacking)


@pytest.mark.parametrize(
    ("name", "counts"),
    [("utr-apps", True), ("thi-n", True), ("wp-900k", True), ("handbook-2", True), ("cbs-10", False), ("thi-w", False)],
)
def test_a_count_is_known_by_its_unit(name: str, counts: bool) -> None:
    assert read_registers().key_figures[name].counts is counts


def test_a_figure_names_who_measured_it_and_where_it_was_seen(facts: str, language: Any) -> None:
    shown = entry(facts, "cijfer-scp-stage-wo")
    assert "Sociaal en Cultureel Planbureau (SCP)" in shown.split("<details", 1)[0]
    registers = read_registers()
    for one in published_figures(registers):
        source = registers.source_of(one.figure)
        in_sight = entry(facts, f"cijfer-{one.figure.id}").split("<details", 1)[0]
        assert (one.figure.maker or source.text("maker", language)) in in_sight
        assert seen_at(one.figure, source) in in_sight


@pytest.mark.parametrize(
    ("figure", "how_nl", "how_en"),
    [
        ("handbook-1in2", "Gemeten door", "Measured by"),
        ("handbook-8", "Volgens", "According to"),  # the handbook passes on what another measured
        ("handbook-49772", "Volgens", "According to"),
        ("handbook-3982", "Uitgerekend door", "Computed by"),
        ("der-162", "Hier uitgerekend, uit cijfers van", "Computed here, from figures of"),
    ],
)
def test_who_computed_counted_or_passed_on_a_figure_is_not_said_to_have_measured_it(
    facts: str, language: Any, figure: str, how_nl: str, how_en: str
) -> None:
    in_sight = entry(facts, f"cijfer-{figure}").split("<details", 1)[0]
    said = {"nl": how_nl, "en": how_en}[language]
    assert re.search(rf">\s*{re.escape(said)} \S", in_sight)


def test_a_figure_is_well_founded_only_when_it_was_seen_again_and_hardly_anything_is_lacking() -> None:
    figures = {one.figure.id: one for one in published_figures(read_registers())}
    assert {one.grade for one in figures.values()} == {"strong", "middle", "weak"}
    assert figures["scp-stage-wo"].grade == "weak"
    for one in figures.values():
        seen = one.figure.verified and one.figure.seen_again
        assert (one.grade == "strong") == (seen and len(one.lacking) <= 1 and not one.figure.ambiguity_nl)
        assert one.grade == "weak" or (seen and len(one.lacking) <= 2)


@pytest.mark.parametrize(
    "words", ["Not seen again in the third check.", "Warned. NOT SEEN AGAIN", "niet opnieuw gezien"]
)
@pytest.mark.parametrize("field", ["note_nl", "note_en", "ambiguity_en"])
def test_what_was_not_seen_again_is_weak_wherever_the_register_says_so(words: str, field: str) -> None:
    figure: KeyFigure = read_registers().key_figures["cbs-10"]
    assert fact_figures._graded(figure).grade != "weak"
    assert fact_figures._graded(figure.model_copy(update={field: words})).grade == "weak"


def test_what_is_copied_holds_value_warning_maker_and_address(language: Any) -> None:
    registers = read_registers()
    for one in published_figures(registers):
        source = registers.source_of(one.figure)
        copied = copied_figure(one.figure, source, language)
        assert copied.startswith(one.figure.value_text(language))
        for part in (one.figure.text("note", language).rstrip("."), one.figure.maker, source.url):
            assert part in copied


# Claims


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sk.write_act(
        {"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "experienced",
         "text_nl": "Van de mbo'ers ervoer [[key_figures:cbs-10]] het", "who_nl": "studenten", "who_en": "students",
         "text_en": "Of mbo students [[key_figures:cbs-10]] experienced it"}, tmp_path)  # fmt: skip
    sk.write_act({"kind": "evidence_added", "subject": "x", "role": "student", "relation": "for",
                  "rests_on": "key_figures:cbs-10"}, tmp_path)  # fmt: skip
    return tmp_path


def vote(folder: Path, role: str, number: int, position: str, **more: Any) -> None:
    sk.write_act({"kind": "position_taken", "subject": "x", "role": role, "voter": f"{role}{number}", "round": 1,
                  "position": position, **more}, folder)  # fmt: skip


def closed(folder: Path) -> None:
    sk.write_act({"kind": "round_closed", "subject": "x", "role": "role-01", "round": 1}, folder)
    tell_totals(folder)


def test_every_claim_of_the_ledger_stands_under_the_question_that_its_evidence_speaks_to(facts: str) -> None:
    where = {
        claim: section.split('"', 1)[0]
        for section in facts.split('<h2 id="')[1:]
        for claim in re.findall(r'id="bewering-([^"]+)"', section)
    }
    assert where == {
        "claim-1": "vraag-happens", "claim-2": "vraag-happens", "claim-3": "vraag-happens", "claim-5": "vraag-happens",
        "claim-4": "vraag-searching", "claim-6": "vraag-searching", "claim-7": "vraag-reported",
        "claim-8": "vraag-helps",
    }  # fmt: skip


def test_a_claim_that_rests_on_a_release_stands_under_the_question_of_its_outcome(tmp_path: Path) -> None:
    sk.write_act({"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected",
                  "text_nl": "Veel studenten weten niet waar", "text_en": "Many students do not know where"},
                 tmp_path)  # fmt: skip
    sk.write_act({"kind": "evidence_added", "subject": "x", "role": "student", "relation": "for",
                  "rests_on": "example-2022:knows_where"}, tmp_path)  # fmt: skip
    page = facts_of("en", read_ledger(tmp_path))
    assert 'id="bewering-x"' in page.split('<h2 id="vraag-reported"')[1].split("<h2", 1)[0]


def test_a_claim_without_evidence_says_so_and_stands_apart(tmp_path: Path) -> None:
    sk.write_act({"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected",
                  "text_nl": "Het komt vaker voor", "text_en": "It happens more often"}, tmp_path)  # fmt: skip
    page = facts_of("en", read_ledger(tmp_path))
    assert "no evidence for it yet" in entry(page.split('<h2 id="andere"')[1], "bewering-x")


def test_a_role_is_shown_in_a_word_from_five_voters_and_never_as_a_number(folder: Path, language: Any) -> None:
    for number in range(6):
        vote(folder, "student", number, "agree" if number else "disagree")
    for number in range(4):
        vote(folder, "employer", number, "disagree")
    assert "agreement" not in entry(facts_of(language, read_ledger(folder)), "bewering-x")
    closed(folder)
    shown = entry(facts_of(language, read_ledger(folder)), "bewering-x")
    assert {"nl": "grotendeels eens", "en": "broadly agrees"}[language] in shown
    assert "5-9" in shown
    assert {"nl": "werkgevers", "en": "employers"}[language] not in shown.lower()


def test_unanimity_looks_like_a_majority(folder: Path) -> None:
    for number in range(6):
        vote(folder, "student", number, "agree")
    closed(folder)
    same = entry(facts_of("en", read_ledger(folder)), "bewering-x").split("<details", 1)[0]
    assert agreement_picture("broadly_agrees") in same
    assert not re.search(r"unanim|100%|\b6\b", re.sub(r"<svg.*?</svg>", "", same))


def test_an_organisation_is_shown_by_name_with_what_it_says_itself(folder: Path, language: Any) -> None:
    sk.write_act({"kind": "stance_taken", "subject": "x", "role": "municipality", "partner": "gemeente",
                  "stance": "can_live_with", "spoken_by": "wethouder", "text_nl": "Dat herkennen wij",
                  "text_en": "We recognise that"}, folder)  # fmt: skip
    shown = entry(facts_of(language, read_ledger(folder)), "bewering-x")
    assert read_registers().partners["gemeente"].name in shown
    assert {"nl": "Dat herkennen wij", "en": "We recognise that"}[language] in shown


def test_dissent_is_shown_only_when_its_writer_released_it_and_without_role(folder: Path) -> None:
    for number in range(4):
        vote(folder, "student", number, "agree")
    vote(folder, "student", 5, "disagree", reason="Ik zie dit niet terug", may_be_told=True)
    vote(folder, "employer", 1, "disagree", reason="Dit blijft bij mij", may_be_told=False)
    sk.write_act({"kind": "would_change_mind", "subject": "x", "role": "employer", "voter": "employer1",
                  "text": "Een telling bij bedrijven", "may_be_told": True}, folder)  # fmt: skip
    closed(folder)
    shown = entry(facts_of("en", read_ledger(folder)), "bewering-x")
    assert "<blockquote" in shown
    assert "Ik zie dit niet terug" in shown
    assert "Een telling bij bedrijven" in shown
    assert "Dit blijft bij mij" not in shown
    assert "employer" not in shown


def test_a_claim_whose_evidence_is_about_others_says_so(folder: Path) -> None:
    shown = entry(facts_of("en", read_ledger(folder)), "bewering-x")
    assert "the claim says “students”" in shown


def test_a_changed_register_of_the_release_turns_the_claim_with_old_and_new_value(folder: Path, tmp_path: Path) -> None:
    release = read_release("example-2022")
    changed = tmp_path / "registers"
    changed.mkdir()
    for path in release.registers.glob("*.yaml"):
        text = path.read_text("utf-8")
        if path.name == "key_figures.yaml":
            before, after = text.split("id: cbs-10\n", 1)
            text = f"{before}id: cbs-10\n" + re.sub(r"value: 10\b", "value: 12", after, count=1)
        (changed / path.name).write_text(text, "utf-8")
    assert "Look again" not in entry(facts_of("en", read_ledger(folder, registers=release.registers)), "bewering-x")
    shown = entry(facts_of("en", read_ledger(folder, registers=changed)), "bewering-x")
    assert "It was 10% (1 in 10), now it reads 12% (1 in 10)" in shown


def test_the_page_rests_on_the_registers_of_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    release = read_release("example-2022")

    def noted(*_: Any, registers: Path | None = None) -> Ledger:
        asked.append(registers)
        return read_ledger(registers=registers)

    monkeypatch.setattr(sys.modules[facts_page.__module__], "read_ledger", noted)
    facts_page(release, read_registers(), "en")
    assert asked == [release.registers]


# Questions


def test_an_open_question_shows_owner_date_method_and_what_was_foretold(tmp_path: Path, language: Any) -> None:
    sk.write_act({"kind": "question_raised", "subject": "q", "role": "student", "text_nl": "Wanneer speelt het",
                  "text_en": "When does it happen"}, tmp_path)  # fmt: skip
    before = entry(facts_of(language, read_ledger(tmp_path)), "open-q")
    assert {"nl": "nog niemand", "en": "nobody yet"}[language] in before
    sk.write_act({"kind": "question_assigned", "subject": "q", "role": "role-01", "owner": "gemeente",
                  "due": "2027-03-01"}, tmp_path)  # fmt: skip
    sk.write_act({"kind": "method_agreed", "subject": "q", "role": "role-01", "text_nl": "Tellen per maand",
                  "text_en": "Count by month",
                  "foretold": [{"if_nl": "mei hoog is", "if_en": "May is high", "then_nl": "letten we op mei",
                                "then_en": "we watch May"}]}, tmp_path)  # fmt: skip
    shown = entry(facts_of(language, read_ledger(tmp_path)), "open-q")
    for text in {"nl": ("1 maart 2027", "Tellen per maand", "letten we op mei"),
                 "en": ("1 March 2027", "Count by month", "we watch May")}[language]:  # fmt: skip
        assert text in shown
    assert read_registers().partners["gemeente"].name in shown


def test_every_question_of_the_ledger_stands_on_the_page(facts: str) -> None:
    assert set(re.findall(r'id="open-([^"]+)"', facts)) == set(read_ledger().questions["id"])
