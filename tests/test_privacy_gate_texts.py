"""The gate on what people write: other digits, spaces and scripts, words for signs, whole columns, ids."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence

import pandas as pd
import pytest

from stagekansen_lib.privacy import many_texts
from stagekansen_lib.privacy.gate import find_identifiers
from stagekansen_lib.privacy.gate_reports import GateReport, IdentifiersFoundError
from stagekansen_lib.privacy.normalising import has_unread_script, readable, respelled
from stagekansen_lib.readers.columns import find_columns
from stagekansen_lib.surveys.codebooks import Codebook, Variable

IDS = Codebook("small", {"respondent_id": Variable("respondent_id", "open", "Nummer", "Number", (), role="respondent")})


def kinds(*values: str, name: str = "q") -> set[str]:
    return {found.kind for found in find_identifiers(pd.DataFrame({name: values}, dtype=object)).findings}


def kinds_of_ids(values: Sequence[str]) -> set[str]:
    rows = pd.DataFrame({"respondent_id": values}, dtype=object)
    return {found.kind for found in find_identifiers(rows, IDS, find_columns(["respondent_id"], IDS)).findings}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mijn bsn is １１１２２２３３３", "bsn"),
        ("bsn ١١١٢٢٢٣٣٣ graag", "bsn"),
        ("het is 111\u2009222\u2009333 zei hij", "bsn"),
        ("het is 111.222.333 zei hij", "bsn"),
        ("het is 1 1 1 2 2 2 3 3 3 zei hij", "bsn"),
        ("bsn 123 456 789 met een fout erin", "bsn"),
        ("bel nul zes een twee drie vier vijf zes zeven acht", "phone"),
        ("bel ०६१२३४५६७८", "phone"),
        ("bel O6-12345678", "phone"),
        ("bel 0.6.1.2.3.4.5.6.7.8", "phone"),
        ("mail s070 apenstaartje voorbeeld punt nl", "email"),
        ("mail s070 at voorbeeld dot nl", "email"),
        ("mail s070＠voorbeeld.nl", "email"),
        ("mail s070@voorbeeld,nl", "email"),
        ("rekening NL91.ABNA.0417.1643.00", "iban"),
        ("rekening NL91\u00a0ABNA\u200b0417\n1643 00", "iban"),
        ("rekening ＮＬ９１ＡＢＮＡ０４１７１６４３００", "iban"),
        ("studentnummer 20-193-456", "student_number"),
        ("ingelogd als 20193456 en weg", "student_number"),
        ("ik woon op de Javastraat 12", "address"),
        ("ik woon op Laan van Meerdervoort 12-a", "address"),
        ("gesprek op spui 70", "address"),
        ("at 12 Station Road every day", "address"),
        ("woont in 2511-CD", "postcode"),
        ("postcode ٢٥١١ CD", "postcode"),
        ("12th of March 2001", "birth_date"),
        ("12 mrt '01 is de dag", "birth_date"),
        ("geboren ١٢/٠٣/٢٠٠١", "birth_date"),
        ("op 52°04.30' N", "coordinates"),
        ("x 81234 y 455678", "coordinates"),
        ("kaart 52,0705; 4,3007", "coordinates"),
        ("toestel 49-015420-323751-8 is stuk", "device_id"),
        ("serienummer C02XK1ABJG5H", "device_id"),
        ("001a.2b3c.4d5e", "device_id"),
        ("ip 145 punt 52 punt 10 punt 3", "ip_address"),
        ("ip 145 . 52 . 10 . 3", "ip_address"),
        ("paspoort SPECI2014 gezien", "document_number"),
        ("rijbewijs 5012345678 gezien", "document_number"),
        ("v-nummer 123.456.7890", "document_number"),
        ("zie www punt voorbeeld punt nl", "web_link"),
        ("zie hxxps://voorbeeld[.]com/x", "web_link"),
        ("mijn snap is student_070", "social_handle"),
        ("insta apenstaartje student_070", "social_handle"),
        ("garage smit belde terug", "names_company"),
        ("bij deloitte mocht het", "names_company"),
        ("gesprek bij Novatel", "names_company"),
        ("svitlana kreeg de plek", "names_person"),
        ("S. Jansen kreeg de plek", "names_person"),
        ("فاطمة kreeg de plek", "unread_script"),
        ("Олена", "unread_script"),
        ("李娜", "unread_script"),
    ],
)
def test_an_identifier_is_found_however_it_is_written(text: str, kind: str) -> None:
    assert kind in kinds("Niets.", text, "Weet ik niet")


@pytest.mark.parametrize(
    "plate",
    [
        "BX-12-34", "12-34-BX", "12-BX-34", "BX-12-GD", "BX-GD-12", "12-BX-GD", "12-BXG-3", "1-BXG-23", "BX-123-G",
        "B-123-GX", "BXG-12-D", "B-12-GXD", "1-BX-234", "123-BX-4",
    ],
)  # fmt: skip
def test_every_sidecode_of_a_number_plate_is_found_with_lines_spaces_or_none(plate: str) -> None:
    for written in (
        plate,
        plate.lower(),
        plate.replace("-", "\u2011"),
        plate.replace("-", " "),
        plate.replace("-", ""),
    ):
        assert kinds("Niets.", f"auto met kenteken {written} reed weg") >= {"number_plate"}
    assert kinds("Niets.", f"hij kwam met {plate} aan") == {"number_plate"}


@pytest.mark.parametrize(
    "text",
    [
        "Ik at een broodje",
        "met z'n 2en om 06:30 uur",
        "punt is dat de dot op de kaart fout is",
        "in 2022 en 2023 is het 40 uur, van 8.30-17.00",
        "schooljaar 2023-2024, 2024/2025",
        "stage van 1-9-2023 tot 31-1-2024",
        "artikel 7:610 BW en Wet van 2 maart 1994",
        "op straat 3 mensen, op de arbeidsmarkt 2023, snelweg 4",
        "vak BFV-ADB-21, lokaal OV 2.64, klas 4HBO-V2",
        "cijfers 7 8 6 7 8 9 7 en 5 6 7 6 5 6 7 8",
        "volgorde 3 1 2 5 4 7 6 9 8",
        "1.250, 2.500 en 1 000 000 euro of 12500000 euro",
        "het was goed.de rest niet",
        "10 μm, 20 ℃, β-blokker, één, café, Curaçao",
        "vier, vijf, zes, zeven keer",
        "kom op 5 mei, of 31 december 2023",
        "Good at maths. See Discriminatie.nl or school",
    ],
)
def test_ordinary_words_and_numbers_pass(text: str) -> None:
    assert kinds("Niets.", text) == set()


def test_a_text_is_read_as_it_looks_and_a_harmless_one_stays_as_it_is() -> None:
    assert readable("O\u200b6\u20111２\u00a0٣") == "O6-12 3"
    assert readable("a\r\nb\u2028c") == "a  b c"
    assert readable("52º04′30″") == "52°04'30\""
    assert respelled("look at the dot") == "look at the dot"
    assert has_unread_script("Aлex")  # one Cyrillic letter among Latin ones
    assert not has_unread_script("Nguyễn Thị Ánh, Łukasz, Ayşe")


def test_whole_columns_of_numbers_streets_and_names_are_found() -> None:
    chance = random.Random(4)
    numbers = ["111222333", "123456782", "999999011", "100000009"]
    assert kinds(*(f"{one[:3]}.{one[3:6]}.{one[6:]}" for one in numbers)) == {"bsn"}
    assert kinds(*(f"{one[:4]}.{one[4:6]}.{one[6:]}" for one in numbers)) == {"bsn"}
    assert kinds(*(f"{chance.randint(17, 25)}{chance.randint(10**5, 10**6 - 1)}" for _ in range(9))) == {
        "student_number"
    }
    assert kinds("Javastraat", "Frederikstraat", "Lange Voorhout", "Conradkade") == {"address"}
    assert kinds("فاطمة", "محمد", "يوسف") == {"unread_script"}
    assert kinds("SPECI2014", "NXRHPKLM1", "BCDFGHJK2") == {"document_number"}
    assert kinds(*(f"2023{month:02}{day:02}" for month in (1, 5) for day in (3, 17, 28))) == set()


def test_ids_that_survey_tools_give_pass() -> None:
    chance = random.Random(3)
    signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    def tokens(size: int, of: str = signs) -> list[str]:
        return ["".join(chance.choice(of) for _ in range(size)) for _ in range(50)]

    assert kinds_of_ids([f"R_{token}" for token in tokens(15)]) == set()
    assert kinds_of_ids([str(number) for number in range(1, 200)]) == set()
    assert kinds_of_ids([f"K{number}" for number in range(50)]) == set()
    assert kinds_of_ids([str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(50)]) == set()
    assert kinds_of_ids([str(chance.randint(110 * 10**9, 120 * 10**9)) for _ in range(50)]) == set()
    for ids in (tokens(15), tokens(15, signs[:26]), tokens(24, "0123456789abcdef"), tokens(8)):
        assert kinds_of_ids(ids) == set()
    assert kinds_of_ids(["A", "B", "first"]) == set()


def test_ids_that_are_somebodys_are_refused() -> None:
    bsn = ["111222333", "123456782", "999999011"]
    assert kinds_of_ids(bsn) == {"bsn"}
    assert "bsn" in kinds_of_ids([f"{one[:3]}.{one[3:6]}.{one[6:]}" for one in bsn])
    assert kinds_of_ids(["20193456", "21203040", "19087654"]) == {"student_number"}
    assert kinds_of_ids(["２０１９３４５６", "21203040"]) == {"student_number"}
    assert kinds_of_ids([f"201900{number}" for number in range(10, 40)]) == {"student_number"}
    assert kinds_of_ids(["s1234567", "s2345678"]) == {"student_number"}
    assert kinds_of_ids(["Fatima el Idrissi", "Piet de Vries"]) == {"name"}
    assert kinds_of_ids(["Sanne", "Mohammed", "Xiomara"]) == {"name"}
    assert "name" in kinds_of_ids([*map(str, range(1, 30)), "Fatima el Idrissi"])
    assert kinds_of_ids(["sanne.bakker98", "mohammed.kaya01"]) == {"link_to_list"}
    assert kinds_of_ids(["0612345678", "0687654321"]) == {"phone"}
    assert kinds_of_ids(["محمد", "فاطمة"]) == {"name"}


def test_what_is_found_is_told_without_a_sign_of_it() -> None:
    planted = {
        "a": "mijn bsn is １１１ ２２２ ３３３", "b": "mail s070 apenstaartje voorbeeld punt nl",
        "c": "فاطمة kreeg het",
        "d": "ik woon op Javastraat 12", "e": "kenteken BX-12-GD", "f": "paspoort SPECI2014",
        "g": "zie www.voorbeeld.com/x",
    }  # fmt: skip
    secrets = ("222", "２２２", "s070", "voorbeeld", "فاطمة", "Javastraat", "BX", "SPECI", "111222333")
    report = find_identifiers(pd.DataFrame(planted, index=[2]), file="export.csv")
    assert {found.column for found in report.findings} == set(planted)
    error = IdentifiersFoundError(report)
    told = [
        repr(report), str(report), report._repr_html_(), report.table.to_string(), report.sentence("nl"),
        report.sentence("en"),
        str(error), repr(error), error.for_command_line(), *map(str, error.problems), *map(repr, report.findings),
    ]  # fmt: skip
    assert isinstance(report, GateReport)
    assert not [(secret, text) for secret in secrets for text in told if secret in text]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mijn postcode is 2512 ab", "postcode"),
        ("2493 Zz Den Haag", "postcode"),
        ("2272 be voorburg", "postcode"),
        ("postcode vijfentwintig drieëndertig kl", "postcode"),
        ("twee vijf een twee a b is mijn postcode", "postcode"),
        ("2514JN-14", "postcode"),
        ("2572 (RG)", "postcode"),
        ("visumnummer 018273645", "document_number"),
        ("nummer 5128374615 op mijn rijbewijs", "document_number"),
        ("BIG-nummer 49018273401", "document_number"),
        ("T.C. kimlik numarası 18273645012", "document_number"),
        ("NX4R82BK63NLD0203045F2901012", "document_number"),
        ("BC-82-LKF-41", "document_number"),
        ("bc82lkf41", "document_number"),
        ("Pools kenteken WA 4829K", "number_plate"),
        ("48ptx3 geparkeerd", "number_plate"),
        ("Wang Xiaoming", "names_person"),
        ("toen kwam Yassmina binnen", "names_person"),
        ("Clifton en ik gingen samen", "names_person"),
        ("volgens Rutger mocht het niet", "names_person"),
        ("De baas (Kees) zei dat", "names_person"),
        ("getekend door B.J. Hofland", "names_person"),
        ("Merel van Schaik", "names_person"),
        ("Małgorzata Piszczewska", "name"),
    ],
)
def test_postcodes_documents_and_names_are_found_as_people_write_them(text: str, kind: str) -> None:
    assert kind in kinds(text, "Niets.", "Weet ik niet")


@pytest.mark.parametrize(
    "text",
    [
        "in 2024 we", "sinds 2015 in Den Haag", "de 1200 in Rotterdam", "zip bestand van 2000 kb",
        "vijf van de acht af",
        "tien twaalf is te laat", "pas na 12 weken en 30 brieven", "visum duurde van 2022 tot 2023",
        "rijbewijs gehaald op 14-05-2024", "versie 20240901", "de auto was 12 jaar oud", "18 jaar",
        "mijn auto reed 12 km",
        "van 0900 tot 1700 op stage", "8.5/10", "Ouders en ik zochten samen", "volgens Google", "Docent vroeg waarom",
        "Goede Begeleiding Gekregen", "Johan de Witt", "Beslissing kwam laat", "(Rotterdam) was te ver",
        "Taxi was duur",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_postcode_a_document_or_a_name_passes(text: str) -> None:
    assert kinds(text, "Niets.", "Weet ik niet") == set()


@pytest.mark.parametrize(
    "ids",
    [
        [f"R{at}" for at in range(300)],
        [f"s{1000000 + at}" for at in range(300)],
        [str(uuid.UUID(int=at * 7919 + (1 << 120))) for at in range(300)],
        [f"061234{at:04}" for at in range(300)],
        [f"naam_{at}\u2009x" for at in range(300)],
        [f"Sanne Jansen {at}" if at % 2 else "" for at in range(300)],
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_very_many_different_texts_are_judged_as_few_are(
    ids: list[str], known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"respondent_id": pd.Series(ids, dtype="str")})
    told = (IDS, find_columns(["respondent_id"], IDS)) if known else ()
    few = find_identifiers(rows, *told)
    monkeypatch.setattr(many_texts, "_MANY", 10)
    many = many_texts.many_texts(rows["respondent_id"])
    assert many is not None
    assert list(many[1]) == list(dict.fromkeys(ids))
    assert find_identifiers(rows, *told).findings == few.findings
