"""The privacy gate: whatever points at a person stops a file, and an ordinary file passes."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stagekansen_lib.cli import __main__ as cli
from stagekansen_lib.errors import InputError, RefusedError, quoted
from stagekansen_lib.intake.reading import read_survey
from stagekansen_lib.privacy.check_digits import eleven_test, is_iban, luhn
from stagekansen_lib.privacy.detecting import DETECTORS
from stagekansen_lib.privacy.free_text import is_name, names_in
from stagekansen_lib.privacy.gate import find_identifiers, leave_out, pass_gate
from stagekansen_lib.privacy.gate_reports import IdentifiersFoundError
from stagekansen_lib.privacy.values import ColumnValues
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.surveys.codebook_checks import check_codebook
from stagekansen_lib.surveys.codebook_files import read_codebook
from stagekansen_lib.surveys.codebooks import IDENTIFIER_KINDS, Code, Codebook, Variable
from stagekansen_lib.wording import say
from tests.answer_files import write

ROOT = Path(__file__).resolve().parent.parent
BOOK = read_codebook("baseline")

# The twelve kinds of design/product.md: a column with a name that tells nothing, and a made-up value of that kind.
# The BSN is a number of the tax office for tests, the IBAN and the IMEI are those of the standards.
SEEDED = {
    "q01": ("name", "Fatima el Idrissi"),
    "q02": ("email", "f.elidrissi@student.voorbeeld.nl"),
    "q03": ("student_number", "s1234567"),
    "q04": ("phone", "06-12345678"),
    "q05": ("ip_address", "145.52.10.3"),
    "q06": ("birth_date", "12-03-2003"),
    "q07": ("bsn", "111222333"),
    "q08": ("postcode", "2517 AB"),
    "q09": ("iban", "NL91ABNA0417164300"),
    "q10": ("device_id", "550e8400-e29b-41d4-a716-446655440000"),
    "q11": ("coordinates", "52.0705, 4.3007"),
    "g6": ("names_person", "Toen zei mevrouw Yılmaz dat ik niet paste."),
}


def column(*values: str | None, name: str = "q") -> pd.DataFrame:
    return pd.DataFrame({name: list(values)}, index=range(2, len(values) + 2), dtype=object)


def kinds(*values: str | None, name: str = "q") -> set[str]:
    return {found.kind for found in find_identifiers(column(*values, name=name)).findings}


def test_a_file_with_all_twelve_kinds_is_stopped_and_each_is_named_by_column_and_kind(tmp_path: Path) -> None:
    seeds = {name: value for name, (_, value) in SEEDED.items()}
    file = write(tmp_path / "seeded.csv", dict.fromkeys(seeds, "") | {"d1": "1"}, seeds, {**seeds, "q03": ""})
    with pytest.raises(IdentifiersFoundError) as stopped:
        read_survey(file)
    report = stopped.value.report
    assert {found.column: found.kind for found in report.findings} == {name: kind for name, (kind, _) in SEEDED.items()}
    assert {found.column: (found.count, found.rows) for found in report.findings} == {
        name: (1, (3,)) if name == "q03" else (2, (3, 4)) for name in SEEDED
    }
    assert isinstance(stopped.value, InputError)
    assert isinstance(stopped.value, RefusedError)
    assert len(stopped.value.problems) == 12
    shown = [str(stopped.value), repr(report), report._repr_html_(), report.table.to_string(), report.sentence("en")]
    assert not [value for _, value in SEEDED.values() for text in shown if value in text]


def test_the_example_survey_and_ordinary_columns_pass() -> None:
    chance = np.random.default_rng(1)
    n = 400
    clean = pd.DataFrame(
        {
            "count": chance.integers(0, 500, n).astype(str),
            "hours": [f"{value:.2f}" for value in chance.random(n) * 40],
            "year of birth": chance.integers(1990, 2010, n).astype(str),
            "district": chance.integers(2490, 2599, n).astype(str),
            "amount": [f"€ {value:.2f}".replace(".", ",") for value in chance.random(n) * 1e5],
            "thousands": [f"{value:,}".replace(",", ".") for value in chance.integers(1000, 10**9, n)],
            "nine digits": [str(value) for value in chance.integers(10**8, 10**9, n)],
            "fifteen digits": [str(value) for value in chance.integers(10**14, 10**15, n)],
            "stamp": ["2026-05-09 14:46:12"] * n,
            "day": ["09-05-2026"] * n,
            "time": ["14:46:12"] * n,
            "score": [f"{value:.6f}" for value in chance.random(n) * 5],
            "code": [f"A{value:06d}" for value in chance.integers(0, 10**6, n)],
            "version": ["1.2.3"] * n,
            "ResponseId": [f"R_{value:x}" for value in chance.integers(0, 2**60, n)],
            "percent": [f"{value:.1f}%" for value in chance.random(n) * 100],
            "place": chance.choice(["Den Haag", "Delft", "Leidschendam-Voorburg", "Pijnacker-Nootdorp"], n),
            "school": chance.choice(["ROC Mondriaan", "De Haagse Hogeschool", "mboRijnland"], n),
            "Op welke grond [Je naam]": chance.choice(["Ja", "Nee"], n),
            "naam": chance.choice(["0", "1"], n),
            "postcode_known": chance.choice(["yes", "no"], n),
            "answer": chance.choice(["Helemaal mee eens", "Mee eens", "Neutraal"], n),
        }
    )
    report = find_identifiers(clean)
    assert report.findings == ()
    assert report.passed
    assert read_survey("example_2022").provenance.history[-1].startswith("330 rows in the file")


@pytest.mark.parametrize(
    "text",
    [
        "Er werd een grap gemaakt over mijn naam.",
        "De docent vroeg waar ik woon.",
        "Mijn stagebegeleider was aardig, Nederlands ging goed.",
        "De teamleider Zorg en de docent Wiskunde hielpen; mijn stage bij Kinderopvang niet.",
        "Meneer zei dat ik weg moest.",
        "Ben ik wel welkom?",
        "Will you help me? Mark my words.",
        "Ik heb het gemeld bij Discriminatie.nl en bij SBB.",
        "Ik liep stage bij De Haagse Hogeschool en solliciteerde bij Gemeente Delft.",
        "Bel 0800-1234 of 14070.",
        "De manager Hij zei niets. In 2022 IK was boos.",
        "Ik ben Marokkaans, I am Muslim, my name is difficult.",
        "Ik kreeg 2500 euro, een score van 7.5/10 en was 24/7 bezig.",
        "Ik zocht van 09-2021 tot 05-2022, 40 keer.",
    ],
)
def test_an_ordinary_open_answer_passes(text: str) -> None:
    assert kinds(text, "Niets.", None) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sanne zei dat ik niet paste", "names_person"),
        ("meneer jansen was onaardig", "names_person"),
        ("I was told by Priya of HR", "names_person"),
        ("sanne de vries heeft mij geholpen", "names_person"),
        ("Mijn docent De Vries hielp niet", "names_staff"),
        ("stagebegeleider Mohammed el Amrani zei niets", "names_staff"),
        ("I asked my supervisor Johnson", "names_staff"),
        ("bij Bakkerij Smit B.V. werd ik afgewezen", "names_company"),
        ("Ik solliciteerde bij Zorggroep", "names_company"),
        ("bij Albert Heijn mocht het niet", "names_company"),
        ("mail mij op s070@voorbeeld.nl graag", "email"),
        ("s070 (at) voorbeeld punt nl", "email"),
        ("bel me op 0612345678 als het kan", "phone"),
        ("bel 070 - 345 67 89", "phone"),
        ("0174-123456", "phone"),
        ("+31 (0)6 1234 5678", "phone"),
        ("+31612345678", "phone"),
        ("+90 532 123 45 67", "phone"),
        ("0032 470 12 34 56", "phone"),
        ("mijn studentnummer is 20193456", "student_number"),
        ("mijn bsn is 111222333 hoor", "bsn"),
        ("1112.22.333", "bsn"),
        ("nl91 abna 0417 1643 00", "iban"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("AL47 2121 1009 0000 0002 3569 8741 en dan nog wat", "iban"),
        ("2001:db8:85a3::8a2e:370:7334", "ip_address"),
        ("geboren op 3-5-03", "birth_date"),
        ("3 mei 2001", "birth_date"),
        ("2001-05-03", "birth_date"),
        ("2511cd", "postcode"),
        ("Ik woon op 2511 CD in de stad", "postcode"),
        ("00:1A:2B:3C:4D:5E", "device_id"),
        ("490154203237518", "device_id"),
        ("52°04'30\"N", "coordinates"),
        ("https://www.google.com/maps/@52.07,4.3,15z", "coordinates"),
        ("volg @student070", "social_handle"),
        ("https://www.linkedin.com/in/student-070", "social_handle"),
        ("insta: student_070", "social_handle"),
    ],
)
def test_each_form_of_an_identifier_is_found_among_other_answers(text: str, kind: str) -> None:
    also = {"names_person"} if "Albert" in text else set()  # a given name as well
    assert kinds("Niets.", text, None, "Weet ik niet") == {kind} | also


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("Naam", "Xiomara", "name"),
        ("RecipientLastName", "Qwerty", "name"),
        ("Wat is je naam?", "Xiomara", "name"),
        ("RecipientEmail", "onbekend adres", "email"),
        ("Telefoonnummer", "12 34 56 7", "phone"),
        ("Studentnummer", "20193", "student_number"),
        ("BSN", "123456789", "bsn"),
        ("IBAN / rekeningnummer", "NL00 BANK 12", "iban"),
        ("IPAddress", "145.52.10.xxx", "ip_address"),
        ("ipaddr", "145.52.10.0", "ip_address"),
        ("Geboortedatum", "37745", "birth_date"),
        ("1. Wat is je geboortedatum?", "05/03/03", "birth_date"),
        ("Postcode", "2511", "postcode"),
        ("LocationLatitude", "52.07", "coordinates"),
        ("Device ID", "abcdef0123", "device_id"),
        ("Instagram", "student.zeventig", "social_handle"),
        ("token", "x8Gh2kQ", "link_to_list"),
        ("ExternalReference", "klas3b-12", "link_to_list"),
        ("Straat", "Javastraat", "address"),
    ],
)
def test_the_name_of_a_column_is_enough_when_its_values_bear_it_out(name: str, value: str, kind: str) -> None:
    found = find_identifiers(column(value, None, name=name)).findings
    assert [(one.kind, one.by) for one in found] == [(kind, "name")]
    assert kinds("1", "0", None, name=name) == set()
    assert kinds(None, None, name=name) == set()


def test_nine_digits_are_a_bsn_when_more_of_them_pass_than_by_chance() -> None:
    chance = np.random.default_rng(3)
    numbers = [str(value) for value in chance.integers(10**8, 10**9, 3000)]
    passing = [number for number in numbers if eleven_test(number)]
    failing = [number for number in numbers if not eleven_test(number)]
    assert kinds(*failing[:100]) == set()
    assert kinds(*failing[:100], *passing[:9]) == set()
    assert kinds(*failing[:20], *passing[:40]) == {"bsn"}
    assert kinds(passing[0]) == {"bsn"}


def test_a_column_of_first_names_or_of_seven_digits_is_found_as_a_whole() -> None:
    assert kinds("Sanne", "Mohammed", "Daan", "geen") == {"name"}
    assert kinds("2019345", "2019346", "2019350", "2020111", "2020112") == {"student_number"}
    assert kinds("2019345", "3", "40", "12", "7") == set()
    assert kinds("612345678", "623456789", "634567891") == {"phone"}


def test_a_number_in_a_text_does_not_hide_the_bare_numbers_beside_it() -> None:
    found = find_identifiers(column("mijn bsn is 111222333 hoor", "123456782", None)).findings
    assert [(one.kind, one.count) for one in found] == [("bsn", 2)]


def test_every_detector_says_what_it_looks_for_under_a_name_of_its_own_or_as_another_form_of_one_kind() -> None:
    assert len({(detector.name, detector.looks_for) for detector in DETECTORS}) == len(DETECTORS)
    seeds = [value for _, value in SEEDED.values()]
    values = ColumnValues.of("q", seeds, range(len(seeds)), None)
    found = {kind for detector in DETECTORS for kind in detector.find(values)}
    assert found <= set(IDENTIFIER_KINDS)
    assert {kind for kind, _ in SEEDED.values()} <= found


def test_no_word_stands_twice_in_a_list_and_every_column_name_is_of_a_known_kind() -> None:
    folder = ROOT / "stagekansen_lib" / "privacy"
    lists = read_yaml(folder / "word_lists.yaml")
    for name, words in lists.items():
        listed = words.split() if isinstance(words, str) else words
        assert len(listed) == len(set(listed)), name
    assert set(read_yaml(folder / "column_names.yaml")) <= set(IDENTIFIER_KINDS)


def test_two_columns_of_degrees_are_coordinates_and_one_of_scores_is_not() -> None:
    rows = pd.DataFrame({"a": ["52.07051", "52.01622"], "b": ["4.30071", "4.35711"]})
    assert {found.column for found in find_identifiers(rows).findings} == {"a", "b"}
    assert find_identifiers(rows[["b"]]).passed


def test_check_digits_are_those_of_the_standards() -> None:
    assert eleven_test("111222333")
    assert not eleven_test("111222334")
    assert is_iban("GB29 NWBK 6016 1331 9268 19")  # the example of ISO 13616
    assert not is_iban("GB29 NWBK 6016 1331 9268 18")
    assert luhn("490154203237518")  # the example of an IMEI by the GSMA
    assert not luhn("490154203237519")


def test_names_are_told_from_places_and_words() -> None:
    assert is_name("J.P. de Vries")
    assert is_name("Vries, Jan")
    assert is_name("fatima yilmaz")
    assert not is_name("Johan de Wittlaan")
    assert not is_name("Den Haag")
    assert names_in("Ik woon aan de Jan Steenstraat") == set()


def test_columns_can_be_left_out_and_a_wrong_name_is_said(tmp_path: Path) -> None:
    file = write(tmp_path / "export.csv", {"IPAddress": "145.52.10.3", "Naam": "Sanne Bakker"})
    survey = read_survey(file, remove=["IPAddress", "Naam"])
    assert len(survey) == 1
    assert "2 column(s) left out for privacy: 'IPAddress', 'Naam'." in survey.provenance.history
    with pytest.raises(InputError, match=r"no column 'IPAdress'.*Did you mean 'IPAddress'"):
        read_survey(file, remove=["IPAdress"])
    with pytest.raises(InputError):
        leave_out(column("1"), ["other"])


def test_texts_that_name_somebody_can_be_set_aside_so_that_work_goes_on(tmp_path: Path) -> None:
    named = {"g6": "Mevrouw Bakker lachte.", "z1": "Bel mij: 0612345678"}
    file = write(tmp_path / "export.csv", named, {"g6": "Niets."}, {"c0": "2", **named})
    survey = read_survey(file, set_aside_texts=True)
    assert survey.rows["what_happened"].tolist()[1] == "Niets."
    assert survey.rows.loc[2, ["what_happened", "suggestion"]].isna().all()
    assert survey.missing_reasons is not None
    assert survey.missing_reasons.loc[2, ["what_happened", "suggestion"]].tolist() == ["names_somebody"] * 2
    assert survey.set_aside is not None
    assert survey.set_aside[["row", "column", "value", "reason"]].to_numpy().tolist() == [
        [2, "suggestion", "", "names_somebody"],
        [2, "what_happened", "", "names_somebody"],
        [4, "consent", "", "no_consent"],
    ]
    with pytest.raises(IdentifiersFoundError):
        read_survey(write(tmp_path / "export.csv", {**named, "Naam": "Sanne"}), set_aside_texts=True)


def gated(name: str, *gate: str, note: str = "Agreed with the privacy officer.") -> Codebook:
    changed = dataclasses.replace(BOOK[name], gate=gate, note=note)
    return dataclasses.replace(BOOK, variables={**BOOK.variables, name: changed})


def test_the_codebook_allows_four_digits_and_more_only_with_a_reason(tmp_path: Path) -> None:
    four = read_survey(write(tmp_path / "export.csv", {"h3": "2511"}))
    assert four.rows["lives_in_the_hague"].tolist() == [1]
    file = write(tmp_path / "export.csv", {"h3": "2511 AB"})
    with pytest.raises(IdentifiersFoundError, match="postcodes"):
        read_survey(file)
    survey = read_survey(file, gated("home_place", "postcode"))
    assert any("may hold postcodes: Agreed with" in line for line in survey.provenance.history)
    problems = check_codebook(gated("home_place", "postcode", note=""))
    assert [problem.do for problem in problems] == ["Say why in 'note'."]
    assert check_codebook(gated("home_place", "postcod"))[0].do == "Did you mean 'postcode'?"
    assert check_codebook(gated("home_place", "drop", "postcode"))


def test_a_special_question_without_its_consent_makes_a_codebook_useless() -> None:
    bare = dataclasses.replace(BOOK["origin"], only_if=())
    problems = check_codebook(dataclasses.replace(BOOK, variables={**BOOK.variables, "origin": bare}))
    assert [problem.what for problem in problems] == [
        "'origin' is special (GDPR art. 9) and is read without consent to special questions."
    ]
    no_consent_asked = {"origin": bare, "sex": BOOK["sex"]}
    assert check_codebook(Codebook("small", no_consent_asked)) == ()


def test_a_column_that_the_codebook_drops_is_never_read(tmp_path: Path) -> None:
    file = write(tmp_path / "export.csv", {"g6": "Mevrouw Bakker lachte."})
    survey = read_survey(file, gated("what_happened", "drop"))
    assert "what_happened" not in survey.rows
    assert any("left out for privacy: 'g6'" in line for line in survey.provenance.history)


def test_all_columns_of_a_dropped_question_are_left_out_when_each_answer_has_one() -> None:
    ways = Variable("ways", "multiple", "Hoe", "How", (Code(1, "Mail", "Mail"), Code(2, "Bel", "Call")), gate=("drop",))
    book = Codebook("small", {"ways": ways})
    rows = pd.DataFrame({"ways[1]": ["1", None], "ways[2]": ["bel 0612345678", "1"]}, index=[2, 3], dtype=object)
    left, found, report = pass_gate(rows, book, find_columns(list(rows.columns), book))
    assert list(left.columns) == []
    assert report.removed == ("ways[1]", "ways[2]")
    assert "ways" not in found


def test_the_gate_column_of_a_codebook_file_is_read(tmp_path: Path) -> None:
    folder = Path("data/codebooks")
    for part in ("", "_codes", "_checks"):
        text = (folder / f"baseline{part}.csv").read_text("utf-8")
        if not part:
            lines = text.splitlines()
            assert sum(line.startswith("suggestion,") for line in lines) == 1
            text = "\n".join(
                line + (",gate" if at == 0 else ",drop" if line.startswith("suggestion,") else ",")
                for at, line in enumerate(lines)
            )
        (tmp_path / f"other{part}.csv").write_text(text, "utf-8")
    assert read_codebook(tmp_path / "other.csv")["suggestion"].gate == ("drop",)
    assert read_codebook("baseline")["suggestion"].gate == ()


def test_a_random_response_id_of_the_survey_tool_is_no_device_and_a_later_date_no_birth(tmp_path: Path) -> None:
    fine = {"respondent_id": "550e8400-e29b-41d4-a716-446655440000", "submitted_on": "09-05-2022"}
    assert len(read_survey(write(tmp_path / "export.csv", fine))) == 1
    with pytest.raises(IdentifiersFoundError, match="exact birth dates"):
        read_survey(write(tmp_path / "export.csv", {"submitted_on": "09-05-2004"}, {"submitted_on": "09-05-2022"}))


def test_a_very_long_cell_is_searched_to_its_end() -> None:
    for filler in ("a", "1 ", "@ ", " ", "Aa ", "0-"):
        assert kinds("Ja", filler * (40_000 // len(filler)) + ". mail x@voorbeeld.nl") >= {"email"}


def test_the_longest_word_for_a_number_is_still_a_postcode() -> None:
    assert "postcode" in kinds("Ja", "negenduizendnegenhonderdnegenennegentig AB")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_has_a_text_and_an_advice(language: str) -> None:
    for kind in IDENTIFIER_KINDS:
        assert say(f"identifiers.{kind}", language)  # type: ignore[arg-type]
        assert say(f"identifiers.{kind}_do", language)  # type: ignore[arg-type]


def test_numbers_and_days_of_other_formats_are_looked_at_as_text() -> None:
    rows = pd.DataFrame(
        {
            "day": pd.to_datetime(["2003-03-12", "2001-05-03", None]),
            "today": pd.to_datetime(["2026-05-09", "2026-05-10", None]),
            "number": [111222333.0, None, None],
            "hours": [36.5, 40.0, None],
            "whole": [1, 2, 3],
            "yes": [True, False, True],
        }
    )
    found = find_identifiers(rows).findings
    assert [(one.column, one.kind, one.count) for one in found] == [("day", "birth_date", 2), ("number", "bsn", 1)]


def test_the_report_speaks_two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    report = find_identifiers(column("a@b.nl", None), file="export.csv")
    assert report.sentence("nl") == "Dit bestand is gestopt. 1 van de 1 kolommen wijzen naar personen."
    assert "e-mailadressen" in report._repr_html_()
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    assert "mail addresses" in report._repr_html_()


def test_the_command_line_is_answered_in_its_own_words_with_names_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "data" / "codebooks", tmp_path / "home" / "data" / "codebooks")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "home"))
    people = [
        {"Volledige naam": name, "E-mailadres": f"{name[:3]}@example.org", "g6": "mijn nummer is 111222333"}
        for name in ("Jan Jansen", "Fatima Bakker", "Piet de Vries")
    ]
    file = write(tmp_path / "wave.csv", *people)
    assert cli.main(["import", str(file)]) == 3
    told = capsys.readouterr().err
    assert f"--remove {quoted('Volledige naam', 'E-mailadres')} --set-aside-texts" in told
    assert "remove=" not in told
    assert "set_aside_texts" not in told
    assert "Jansen" not in told
    bsn = next(line for line in told.splitlines() if "BSN" in line)
    assert "'g6'" in bsn
    assert "Set the text aside" in bsn
    options = ["--remove", "Volledige naam", "E-mailadres", "--set-aside-texts"]
    assert cli.main(["import", str(file), *options]) == 0


def test_a_formula_of_a_spreadsheet_is_no_name_on_social_media() -> None:
    formulas = find_identifiers(pd.DataFrame({"opmerking": ["@SUM(A1)", "=1+1", "@SUM(B2)"] * 10}), None)
    assert formulas.findings == ()
    named = find_identifiers(pd.DataFrame({"opmerking": ["volg @jan_de_tester", "niets"] * 15}), None)
    assert {found.kind for found in named.findings} == {"social_handle"}
