"""Make the registers in data/registers from the facts that were collected.

Reads   the folder of facts (argument, default ../shared/facts): glossary, sources, themes and factors, internship
        journey, reporting points, everyday words, key figures, query design, instruments, partners, voices,
        classification, questionnaire (rules only) and method notes; and scripts/translations/*.yaml, the pairs of
        Dutch and English text for what the facts hold in one language.
Writes  data/registers/*.yaml. Not written: routing.yaml and verifications.yaml, which people keep by hand.
Source  Handboek Haagse aanpak Gelijke Stagekansen 2022 (Inholland, idiotes) and public pages; each entry names
        its own.
Licence CC BY 4.0 for our wording and selection.
Date    collected November 2026.

A file that a person took over, by deleting its line `written_by`, is left alone.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
TRANSLATIONS = Path(__file__).resolve().parent / "translations"
SOURCE = "Handboek Haagse aanpak Gelijke Stagekansen 2022 (Inholland, idiotes) and public pages"
WRITTEN_BY = "scripts/make_registers.py"
HANDBOOK = "handbook-2022"
# The handbook prints this address itself: the page of the project.
HANDBOOK_PAGE = "https://www.inholland.nl/onderzoek/onderzoeksprojecten/gelijke-stagekansen-in-den-haag/"
HANDBOOK_TITLE = "Handboek Haagse aanpak Gelijke Stagekansen 2022 (Inholland, idiotes)"

# Where the facts name a copy elsewhere of what somebody else made: the address of the maker, when the facts give one,
# and where it was read.
READ_AS_A_COPY = {
    "thijssen-2019": {"url": "https://doi.org/10.5117/MEM2019.2.002.THIJ", "seen_via": "fdocuments.net"},
    "vji-utrecht-2021": {"seen_via": "5dok.net"},
}
# What a reader of English would say.
EVERYDAY_ENGLISH = {
    "there was no click": "they said we did not click",
    "because I am in mbo": "because I am an mbo student",
    "because I am in level 2": "because I am at level 2",
    "I had a burnout": "I had burnout",
}

Entry = dict[str, Any]


# Reading --------------------------------------------------------------------------------------------------


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


class Translations:
    """Pairs of Dutch and English text. A text without a pair is remembered, so that all are named at once."""

    def __init__(self, folder: Path) -> None:
        self.pairs: dict[str, tuple[str, str]] = {}
        self.missing: dict[str, None] = {}
        for path in sorted(folder.glob("*.yaml")):
            content = read_yaml(path)
            for pair in content.get("pairs", []):
                for text in {pair["nl"], pair["en"], pair.get("facts", pair["en"])}:
                    self.pairs.setdefault(text, (pair["nl"], pair["en"]))
            for text in content.get("same", []):
                self.pairs.setdefault(text, (text, text))

    def pair(self, text: object) -> tuple[str, str]:
        """Dutch and English of a text that the facts hold in one of the two."""
        known = " ".join(str(text if text is not None else "").split())
        if not re.search(r"[^\W\d_]", known):
            return known, known
        if known not in self.pairs:
            self.missing[known] = None
        return self.pairs.get(known, (known, known))

    def both(self, name: str, text: object) -> Entry:
        dutch, english = self.pair(text)
        return {f"{name}_nl": dutch, f"{name}_en": english}

    def both_lists(self, name: str, texts: Iterable[object]) -> Entry:
        pairs = [self.pair(text) for text in texts]
        return {f"{name}_nl": [nl for nl, _ in pairs], f"{name}_en": [en for _, en in pairs]}


def given(raw: Mapping[str, Any], name: str, key: str = "") -> Entry:
    """A field that the facts hold in both languages."""
    return {f"{name}_{language}": " ".join(str(raw[f"{key or name}_{language}"]).split()) for language in ("nl", "en")}


def source_ids(*texts: str, confidence: str = "") -> list[str]:
    """The ids of the source register that a text names; the handbook where the mark says so."""
    named = {
        HANDBOOK_TITLE: HANDBOOK,
        "CBS 2025": "cbs-2025",
        "CBS-bericht 2025": "cbs-2025",
        "SEO 2023": "seo-2023",
        "Inspectie 2024": "inspectie-2024",
        "SBB 2018": "sbb-2018",
        "praktijktest Utrecht": "vji-utrecht-2021",
        "Verwey-Jonker Utrecht 2021": "vji-utrecht-2021",
        "Ongelijke kansen op de stagemarkt (2021)": "vji-utrecht-2021",
        "SCP Ervaren discriminatie in Nederland II (2020)": "scp-2020",
        "Manifest tegen stagediscriminatie hoger onderwijs 2022": "manifest-ho-2022",
        "wetten.overheid.nl (WGA)": "wga-2009",
        "Rijksoverheid 17 januari 2025": "adv-stelsel-2025",
        "rijksoverheid.nl Stagepact mbo": "stagepact-2023",
        "cbs.nl ISCED-F 2013 richting": "cbs-isced",
        "luchthavenbesluit.nl JFF-rapport 2021": "jff-rtha",
        "werf-en.nl; pont.media": "wtgk-2024",
        "RTHA (2021)": "jff-rtha",
    }
    found = [HANDBOOK] if confidence == "handbook" else []
    for words, known in named.items():
        if any(words in text for text in texts) and known not in found:
            found.append(known)
    return found


# Shaping: one function a register -------------------------------------------------------------------------


def terms(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "glossary.yaml")
    plain = read_yaml(TRANSLATIONS / "plain_terms.yaml")["plain"]
    if set(plain) != {term["id"] for term in raw["terms"]}:
        sys.exit("scripts/translations/plain_terms.yaml does not hold each term of the glossary once.")
    entries = [
        {
            "id": term["id"],
            **given(term, "label", "term"),
            **{f"plain_{language}": text for language, text in plain[term["id"]].items()},
            **given(term, "definition"),
            "category": term["category"],
            **t.both("legal_basis", term["legal_basis"]),
            "source": term["source"],
            "source_ids": source_ids(term["source"], confidence=term["confidence"]),
            "confidence": term["confidence"],
            **t.both("note", term.get("note", "")),
        }
        for term in raw["terms"]
    ]
    return {"count": {"terms": raw["count_terms"]}, **t.both("note", raw["note"]), "terms": entries}


def grounds(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "glossary.yaml")
    entries = [
        {
            "id": ground["id"],
            **given(ground, "label", "ground"),
            "statutory": ground["statutory"],
            **t.both("law", ground["equal_treatment_law"]),
            **t.both("other_law", ground["other_law"]),
            # The facts say so: the list of grounds and acts was seen on the pages of the Institute.
            "source_ids": ["crm-wetten"] if ground["statutory"] and ground["confidence"] == "found" else [],
            "confidence": ground["confidence"],
            **t.both("note", ground["note"]),
        }
        for ground in raw["grounds"]
    ]
    return {"count": {"grounds": raw["count_grounds"]}, "grounds": entries}


# Labels that say "same as above" mean nothing where they stand alone, and pages do not show who wrote what from memory.
CLEARER = {
    "Ervaren stagediscriminatie bol": "Ervaren stagediscriminatie in het mbo (bol)",
    "Idem, in Nederland geboren met ouder(s) van buiten Europa":
        "Ervaren stagediscriminatie, in Nederland geboren met ouder(s) van buiten Europa",
    "Same, born in NL with parent(s) from outside Europe":
        "Experienced internship discrimination, born in NL with parent(s) from outside Europe",
    "Idem, zelf buiten Europa geboren": "Ervaren stagediscriminatie, zelf buiten Europa geboren",
    "Same, born outside Europe": "Experienced internship discrimination, born outside Europe",
    "Idem, zelf en ouders in Nederland geboren": "Ervaren stagediscriminatie, zelf en ouders in Nederland geboren",
    "Same, self and parents born in NL": "Experienced internship discrimination, self and parents born in NL",
    "Idem, selectie geheel bij bedrijf": "Zelden of nooit discriminatie, selectie geheel bij bedrijf",
    "Same, selection left to company": "Hardly any discrimination, selection left to company",
}  # fmt: skip
RECALLED = " (authors recalled)"
AUTHORS_RECALLED = {
    "note_nl": ("Oorspronkelijk rapport niet gezien.", "; de namen van de auteurs komen uit het hoofd."),
    "note_en": ("Original report not seen.", "; the names of the authors are from memory."),
}


def names_apart(source: Entry) -> Entry:
    """That the names of authors were recalled stands in the note, in the language of the page, not in the name."""
    if not source["maker"].endswith(RECALLED):
        return source
    notes = {
        name: source[name].replace(said, said.removesuffix(".") + more)
        for name, (said, more) in AUTHORS_RECALLED.items()
    }
    return source | notes | {"maker": source["maker"].removesuffix(RECALLED)}


def sources(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "sources.yaml")
    entries = [
        {
            "id": source["id"],
            "title": source["title"],
            "maker": source["author_or_publisher"],
            "year": source["year"] or None,
            "type": source["type"].replace(" + ", "_and_").replace(" ", "_"),
            "url": HANDBOOK_PAGE if source["id"] == HANDBOOK else source["url"],
            "language": source["language"],
            **t.both_lists("holds", source["holds"]),
            "in_handbook": source["in_handbook"],
            "access": source["access"],
            "seen_via": source.get("seen_via", ""),
            **t.both("relevance", source.get("relevance", "")),
            "confidence": source["confidence"],
            **t.both("note", source.get("note", "")),
            **READ_AS_A_COPY.get(source["id"], {}),
        }
        for source in raw["sources"]
    ]
    entries = [names_apart(source) for source in entries]
    return {"count": {"sources": raw["count"]}, **t.both("note", raw["note"]), "sources": entries}


def factors(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "themes_factors.yaml")
    known = {"context": "context", "unknown": "unknown", "partly known": "partly_known"}
    themes, entries = [], []
    for theme in raw["themes"]:
        # The grouping in themes is a proposal of this register: the handbook does not print the pilot's list.
        themes.append(
            {
                "id": theme["id"],
                **given(theme, "label", "theme"),
                "system_level": theme["system_level"],
                "confidence": "recalled",
            }
        )
        for factor in theme["factors"]:
            status = factor["known_status"]
            entries.append(
                {
                    "id": factor["id"],
                    "theme": theme["id"],
                    **given(factor, "label", "factor"),
                    "direction": factor["direction"].replace(" ", "_"),
                    **t.both("measurable_as", factor["measurable_as"]),
                    **t.both("data_source", factor["data_source"]),
                    "known": known.get(status, "unknown" if status.startswith("unknown") else "known"),
                    **t.both("known_text", status),
                    "source_ids": source_ids(factor["data_source"], confidence=factor["confidence"]),
                    "confidence": factor["confidence"],
                }
            )
    questions = [
        {
            "id": f"open-{number:02d}",
            "label_nl": question["nl"],
            "label_en": question["en"],
            "known": known[question["status"]],
            "source_ids": source_ids(confidence=question["confidence"]),
            "confidence": question["confidence"],
        }
        for number, question in enumerate(raw["known_unknown"], start=1)
    ]
    return {
        "count": {
            "themes": raw["count_themes"],
            "factors": raw["count_factors"],
            "open_questions": len(questions),
        },
        **t.both("note", raw["note"]),
        "themes": themes,
        "open_questions": questions,
        "factors": entries,
    }


def journeys(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "stagereis.yaml")
    short = read_yaml(TRANSLATIONS / "journeys.yaml")["short"]
    steps = [
        {
            "id": step["id"],
            "order": step["order"],
            "phase": step["phase"],
            **given(step, "label"),
            **given(short[step["id"]], "short"),
            **given(step, "risk_moment"),
            "risk_confidence": step["risk_confidence"],
            "risk_source_ids": source_ids(confidence=step["risk_confidence"]),
            "source_ids": [HANDBOOK],
            "confidence": step["step_confidence"],
        }
        for step in raw["steps"]
    ]
    told = [
        {
            "id": journey["id"],
            "name": journey["name"],
            **given(journey, "persona"),
            "education": journey["education"],
            "age": journey["age"],
            **t.both("place_in_handbook", journey["subtitle_handbook"]),
            **t.both("note", journey["note"]),
            "source_ids": [HANDBOOK],
            "confidence": "handbook",
            "annotations": [
                {
                    "id": annotation["id"],
                    "type": annotation["type"],
                    "steps": annotation["steps"],
                    "assignment": annotation["assignment"],
                    **given(annotation, "meaning"),
                    "source_ids": [HANDBOOK],
                    "confidence": annotation["confidence"],
                }
                for annotation in journey["annotations"]
            ],
        }
        for journey in raw["journeys"]
    ]
    phases = [
        {"id": p["id"], "label_nl": p["nl"], "label_en": p["en"], "confidence": "handbook"} for p in raw["phases"]
    ]
    return {
        "count": {"steps": len(steps), "journeys": len(told)},
        **t.both("note", raw["note"]),
        "phases": phases,
        "steps": steps,
        "journeys": told,
    }


COLUMN_NAMES = {"lat": "latitude", "lon": "longitude"}
# Pages of a later round that take the place of what the row holds: of the desk itself, in Dutch, instead of a copy.
NEWER_PAGES = {
    "kabk-vp": {"web": "web", "source_url": "web"},
    "tud-vp": {"web": "web"},
}
# A page of another party that says nothing about the adviser of the school: the facts name no page of the school.
NO_PAGE_OF_THE_SCHOOL = {"rocm-vp"}


def later_facts(facts: Path) -> dict[tuple[str, str], Mapping[str, str]]:
    """What a later round saw, by point and field."""
    with (facts / "reporting_points_update.csv").open(encoding="utf-8", newline="") as file:
        return {(row["id"], row["field"]): row for row in csv.DictReader(file)}


def reporting_points(facts: Path, t: Translations) -> Entry:
    with (facts / "reporting_points.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    later = later_facts(facts)
    words = read_yaml(TRANSLATIONS / "reporting_points.yaml")
    entries = []
    for row in rows:
        after, plainer = words["after"].get(row["id"], {}), words["purpose"].get(row["id"], {})
        row |= {name: later[row["id"], seen]["value"] for name, seen in NEWER_PAGES.get(row["id"], {}).items()}
        if row["id"] in NO_PAGE_OF_THE_SCHOOL:
            row["source_url"] = ""
        hidden = [COLUMN_NAMES.get(name, name) for name in row["hidden_until_verified"].split()]
        if row["id"] == "coordinator":
            hidden.append("source_url")  # an acceptance site: the facts say not to link to it
        entries.append(
            {
                "id": row["id"],
                **point_name(row, t),
                "type": row["type"],
                **given(row | {f"purpose_{language}": text for language, text in plainer.items()}, "purpose"),
                "who_nl": row["who_may_use"],
                "who_en": row["who_may_use_en"],
                "scope": row["scope"],
                **t.both("area", row["area"]),
                **t.both("institution", row["institution"]),
                **number_and_remark(row["phone"], t),
                **t.both("phone_hours", row["phone_hours"]),
                "email": row["email"],
                "web": row["web"],
                "report_url": later.get((row["id"], "web_report"), {}).get("value", ""),
                **t.both("other_channel", row["other_channel"]),
                **t.both("walk_in", row["walk_in"]),
                **t.both("anonymous", row["anonymous_possible"]),
                **t.both("free", row["free"]),
                "after_nl": after.get("nl", ""),
                "after_en": after.get("en", ""),
                "after_url": later[row["id"], after["seen"]]["seen_at"] if "seen" in after else "",
                "street": row["street"],
                "house_number": row["house_number"],
                "postcode": row["postcode"],
                "city": row["city"],
                "latitude": float(row["lat"]) if row["lat"] else None,
                "longitude": float(row["lon"]) if row["lon"] else None,
                "geo_precision": {"municipality centre (no office)": "municipality_centre"}.get(
                    row["geo_precision"], row["geo_precision"]
                ),
                **t.both("status", row["status"]),
                "hidden_until_verified": hidden,
                "source": row["source_title"],
                "source_url": row["source_url"],
                "source_year": row["source_year"],
                "source_ids": source_ids(row["source_title"], confidence=row["confidence"]),
                "confidence": row["confidence"],
                **t.both("not_seen", row["recalled_fields"]),
                **t.both("note", row["notes"]),
            }
        )
    return {"count": {"reporting_points": len(entries)}, "reporting_points": entries}


def everyday_words(facts: Path, t: Translations) -> Entry:
    del t  # the words stand in both languages
    with (facts / "everyday_words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = [
        {
            "id": row["id"],
            "label_nl": row["word_nl"],
            "label_en": EVERYDAY_ENGLISH.get(row["word_en"], row["word_en"]),
            # The nearest ground stands first.
            "grounds": list(dict.fromkeys(filter(None, [row["first_ground"], *row["grounds"].split(";")]))),
            **given(row, "note"),
            # Words of the register of grounds are our reading of it.
            "confidence": {"register": "derived"}.get(row["mark"], row["mark"]),
            "source": "" if row["mark"] == "register" else row["source"],
        }
        for row in rows
    ]
    return {"count": {"everyday_words": len(entries)}, "everyday_words": entries}


def point_name(row: Mapping[str, str], t: Translations) -> Entry:
    """Both names; a name that stands in one language only gets its pair from the translations."""
    if row["name"] == row["name_en"]:
        return t.both("name", row["name"])
    return {"name_nl": row["name"], "name_en": row["name_en"]}


def number_and_remark(phone: str, t: Translations) -> Entry:
    """A number with a remark, such as 0900-8844 (spoed 112), as number and remark apart."""
    number, _, remark = phone.partition(" (")
    return {"phone": number, **t.both("phone_note", remark.removesuffix(")"))}


def key_figures(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "key_figures.yaml")
    makers = read_yaml(TRANSLATIONS / "key_figures.yaml")["makers"]
    entries = []
    for figure in raw["figures"]:
        unit, _, remark = figure["unit"].partition(" (")
        entries.append(
            {
                "id": figure["id"],
                **{name: CLEARER.get(text, text) for name, text in given(figure, "label").items()},
                "value": figure["value"],
                "unit": unit.replace(" ", "_"),
                **t.both("precision", remark.removesuffix(")")),
                **t.both("period", figure["period"]),
                **t.both("population", figure["population"]),
                **t.both("geography", figure["geography"]),
                "n": figure["n"],
                **t.both("definition", figure["definition"]),
                "kind": figure["figure_type"].replace(" ", "_"),
                "source_id": figure["source_id"],
                "maker": makers.get(figure["id"], ""),
                "confidence": figure["confidence"],
                "status": "do_not_display" if "do not display" in figure["status"] else figure["status"],
                **t.both("ambiguity", figure["ambiguity"]),
                **t.both("note", figure["note"]),
            }
        )
    return {"count": {"key_figures": raw["count"]}, **t.both("note", raw["note"]), "key_figures": entries}


def queries(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "query_design.yaml")
    places = {"pages": "web_pages", "code": "public_repositories"}
    return {
        "count": {"queries": len(raw["queries"]), "term_groups": len(raw["term_groups"])},
        **t.both(
            "note",
            "The handbook says the sprints asked which search terms are usual, which institutions and reporting points "
            "exist and which criteria apply, but prints no terms: the lists are a proposal (recalled), to be confirmed "
            "in a sprint. The log shows searches of November 2026, as a worked example.",
        ),
        "questions": [
            {
                "id": f"question-{number}",
                "label_nl": question["nl"],
                "label_en": question["en"],
                "source_ids": [HANDBOOK],
                "confidence": question["confidence"],
            }
            for number, question in enumerate(raw["handbook_questions"], start=1)
        ],
        "term_groups": [
            {
                "id": group["id"],
                **given(group, "label", "concept"),
                "role": group["role"],
                "terms_nl": group["terms_nl"],
                "terms_en": group["terms_en"],
                "confidence": group["confidence"],
            }
            for group in raw["term_groups"]
        ],
        "queries": [
            {
                "id": query["id"],
                **given(query, "label", "use"),
                "query": query["query"],
                "level": query["level"],
                "confidence": query["confidence"],
            }
            for query in raw["queries"]
        ],
        "criteria": [
            {
                "id": f"criterion-{number}",
                **given(criterion, "label", "criterion"),
                **given(criterion, "rule"),
                "confidence": criterion["confidence"],
            }
            for number, criterion in enumerate(raw["inclusion_criteria"], start=1)
        ],
        "record_per_search": raw["record_per_search"],
        "search_log": [
            {
                "id": f"search-{number:02d}",
                "query": search["query"].removeprefix("tweede controle: "),
                "place": places[search["corpus"]],
                **t.both("label", search["result"]),
                "confidence": "found",
            }
            for number, search in enumerate(raw["example_log"], start=1)
        ],
        **consulted(facts, t),
    }


def consulted(facts: Path, t: Translations) -> Entry:
    """The pages on the approach itself that were read for its query design, and those that were not found."""
    later = read_yaml(facts / "query_design_update.yaml")
    urls = {source["url"]: source["id"] for source in read_yaml(facts / "sources.yaml")["sources"] if source.get("url")}
    pages = [
        {
            "id": f"page-{number:02d}",
            **t.both("label", page["says"]),
            "url": page["url"],
            "date": str(page["date"]).replace("undated", ""),
            "found": True,
            **t.both("on_query_design", page["on_query_design"].removeprefix("none")),
            "source_ids": [urls[page["url"]]] if page["url"] in urls else [],
            "confidence": "found",
        }
        for number, page in enumerate(later["pages"], start=1)
    ]
    missing = [
        {
            "id": f"page-{number:02d}",
            **t.both("label", name if " " in name else "asked for, not found"),
            "url": name.split(" ")[0] if name.startswith("https://") else "",
            "found": False,
            "confidence": "found",
        }
        for number, name in enumerate(later["not_found"], start=len(pages) + 1)
    ]
    return {
        "consulted_on": later["made"],
        **t.both("consulted_result", later["result_en"]),
        "consulted": pages + missing,
    }


# What a later round says an instrument is, and what that is called here.
KINDS = {
    "tool": "tool",
    "platform": "tool",
    "prototype": "tool",
    "campaign": "campaign",
    "service": "desk",
    "practice": "practice",
    "layer": "layer",
    "policy": "policy",
    "plan": "plan",
    "data": "data",
}
COSTS = {
    "niet vermeld": "not_stated",
    "kosten wel genoemd als kop, bedrag niet gezien": "not_stated",
    "onbekend": "unknown",
    "n.v.t.": "none",
    "vrij te lezen": "free",
    "gratis (denhaagmeldt.nl)": "free",
    "vrijblijvend (handboek)": "free",
    "openbaar op rijksoverheid.nl; prijs niet vermeld": "free",
    "te downloaden via projectpagina (handboek)": "free",
    "te downloaden (handboek; adres niet in tekst)": "free",
    "training in pilot was gratis; rapport vrij te lezen": "free",
    "kan via gemeentelijk persoonsgebonden budget of anders (toolkit.imageautism)": "depends",
    "inschrijven; instelling kon tot 1000 euro per geslaagde match vragen": "depends",
}
# What has come to an end is not offered any more.
ENDED = {"sci": "2024"}
# A desk has its address at the reporting points, so that two pages cannot say two things of it.
DESKS = {"sbbmelden": "sbb", "dhmmelden": "disc-dh", "stagepunt": "hhs-stagepunt"}
AUDIENCES = {
    "werkgever": ("werkgever", "leerbedrijf", "uitzendbureau", "culturele instelling"),
    "onderwijsprofessional": ("onderwijsprofessional", "docent", "school", "scholen", "universiteit"),
    "student": ("student",),
    "bestuurder": ("bestuurder",),
}


def audience(text: str) -> list[str]:
    """The roles that a later round names, as the register calls them."""
    return [role for role, words in AUDIENCES.items() if any(word in text for word in words)]


def last_year(text: str) -> str:
    """The last year that the date of a page names."""
    return max(re.findall(r"(?:19|20)\d\d", text), default="")


def seen(instrument: Mapping[str, Any], made: str) -> Entry:
    """What a later round saw of an instrument: where it is, what it costs, and when that was looked up."""
    if instrument["cost"] not in COSTS:
        sys.exit(f"{instrument['id']}: the cost '{instrument['cost']}' has no code in COSTS.")
    return {
        "cost": COSTS[instrument["cost"]],
        "page_year": last_year(instrument["page_date"]) if instrument["url"] else "",
        "checked_on": made if instrument["url"] else "",
    }


def instruments(facts: Path, t: Translations) -> Entry:
    raw, later = read_yaml(facts / "instruments.yaml"), read_yaml(facts / "instruments_update.yaml")
    words = read_yaml(TRANSLATIONS / "standard.yaml")
    updates = {instrument["id"]: instrument for instrument in later["instruments"]}
    # Numbers 2 to 5 stand in the handbook; that the first box is number 1 is inferred.
    steps = [
        {"id": step["step"], **given(step, "label"), "source_ids": [HANDBOOK], "confidence": "handbook"}
        for step in raw["steps"]
    ]

    def owner(identifier: str, known: str) -> Entry:
        dutch, english = words["owners"].get(identifier) or t.pair(known)
        return {"owner_nl": dutch, "owner_en": english}

    entries = []
    for instrument in raw["instruments"]:
        update, desk = updates[instrument["id"]], DESKS.get(instrument["id"], "")
        told = audience(update["for_whom"])
        kind = KINDS[re.split(r"[ (]", update["nature"])[0]]
        entries.append(
            {
                "id": instrument["id"],
                **t.both("name", instrument["name"]),
                # Buttons and posters are a campaign, whatever they are made of; interviews were an exercise.
                "kind": "practice" if instrument["id"] == "interviews" else kind,
                "step": {"alle": "all"}.get(instrument["step"], instrument["step"]),
                "audience": list(dict.fromkeys([*(instrument["audience"] if desk or not told else ()), *told])),
                **given(update, "what"),
                **owner(instrument["id"], instrument["owner"]),
                **t.both("place_in_handbook", instrument["place_in_handbook"]),
                "point": desk,
                "ended": ENDED.get(instrument["id"], ""),
                **({"cost": COSTS[update["cost"]]} if desk else {"url": update["url"], **seen(update, later["made"])}),
                "source_ids": source_ids(confidence=instrument["confidence"]),
                "confidence": instrument["confidence"],
                **t.both("note", instrument["note"]),
            }
        )
    for instrument in later["new_tools"]:
        dutch, english = words["names"][instrument["id"]]
        entries.append(
            {
                "id": instrument["id"],
                "name_nl": dutch,
                "name_en": english,
                "kind": "policy" if instrument["cost"] == "n.v.t." else "tool",
                "step": instrument["step"],
                "audience": audience(instrument["for_whom"]),
                **given(instrument, "what"),
                **owner(instrument["id"], instrument["owner"]),
                "url": instrument["url"],
                **seen(instrument, later["made"]),
                "confidence": instrument["url_mark"],
            }
        )
    return {
        "count": {"instruments": len(entries)},
        **t.both("note", raw["note"] + " " + raw["decision_route"]["note"]),
        "instrument_steps": steps,
        "instruments": entries,
    }


def standard(facts: Path, t: Translations) -> Entry:
    del t  # the standard stands in both languages
    raw = read_yaml(facts / "standard.yaml")
    examples = read_yaml(TRANSLATIONS / "standard.yaml")["examples"]
    route = raw["decision_route"]
    marks = {"source_ids": [HANDBOOK], "confidence": "handbook"}

    def many(value: object) -> list[str]:
        return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []

    layers = []
    for layer in raw["organisation_map"]["layers"]:
        dutch, english, *mark = examples[layer["id"]]
        placed = {
            mark: [one["instrument"] for one in layer["placed"] if one["confidence"] == mark]
            for mark in ("handbook", "inferred")
        }
        layers.append(
            {
                "id": layer["id"],
                "order": layer["order"],
                **given(layer, "label"),
                "sides": layer["sides"],
                "tools": placed["handbook"],
                "placed": placed["inferred"],
                "example_nl": dutch,
                "example_en": english,
                "example_confidence": mark[0] if mark else "recalled",
                **marks,
            }
        )
    return {
        "count": {"standard_questions": len(route["questions"]), "standard_layers": len(layers)},
        "note_nl": " ".join(raw["certain_nl"].split()),
        "note_en": " ".join(raw["certain_en"].split()),
        "roles": [
            {
                "id": role["id"],
                **given(role, "label"),
                "first_question": role["first_question"],
                "audience": role["handbook_label"],
                **marks,
            }
            for role in route["roles"]
        ],
        "questions": [
            {"id": one["id"], **given(one, "label"), "if_yes": one["yes"], "if_no": one["no"], **marks}
            for one in route["questions"]
        ],
        "outcomes": [
            {"id": one["id"], **given(one, "label"), "next": many(one["next"]), **marks} for one in route["outcomes"]
        ],
        "boxes": [
            {
                "id": box["id"],
                **given(box, "label"),
                "step": str(box["number"]),
                "tools": list(dict.fromkeys([*box["tools"], *route["rules_of_thumb"][box["id"]]["items"]])),
                **marks,
            }
            for box in route["boxes"]
        ],
        "layers": layers,
    }


def lessons(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "instruments.yaml")
    first = read_yaml(TRANSLATIONS / "standard.yaml")["first_steps"]
    marks = {"source_ids": [HANDBOOK], "confidence": "handbook"}
    return {
        "count": {"lessons": len(raw["lessons_for_directors"])},
        "lessons": [
            {
                "id": f"lesson-{lesson['n']:02d}",
                **given(lesson, "label", "heading"),
                **given(lesson, "core"),
                "first_step_nl": first[lesson["n"]][0],
                "first_step_en": first[lesson["n"]][1],
                **marks,
            }
            for lesson in raw["lessons_for_directors"]
        ],
        "insights": [
            {
                "id": f"insight-{number}",
                **t.both("label", insight["theme"]),
                "points_nl": insight["points_nl"],
                "points_en": insight["points_en"],
                **marks,
            }
            for number, insight in enumerate(raw["insights_handbook"], start=1)
        ],
        "plans": [
            {
                "id": f"plan-{number}",
                **t.both("party", plan["party"]),
                **given(plan, "label", "plan"),
                **marks,
            }
            for number, plan in enumerate(raw["chances_2023"], start=1)
        ],
        "goals": [
            {"id": f"goal-{number}", **given(goal, "label", "goal"), **marks}
            for number, goal in enumerate(raw["goals_end_2023"], start=1)
        ],
    }


# Who is named on a dated page, beside "new in 2022" of the handbook: the earliest says since when we can see a partner.
# The pages were read in November 2026; their addresses stand in the register of sources.
START = ("inholland lect-div", "2021-10", "proj-inh", "start of the project")
DECLARATION = (
    "idiotes gemeente dhm rocm hhs inholland sbb prins27 xtra cavero mborijnland suyl sharedvalue",
    "2022-03-21",
    "news-inh-2022-04",
    "declaration of intent",
)
NEW = ("", "2022", HANDBOOK, "new in 2022")
MANIFESTO = (
    "inholland hhs rocm gemeente vnoncw mkb dbb elbho",
    "2023-05-24",
    "haags-manifest-2023",
    "Haags Manifest signed",
)
# What those pages say happened, beside the events that the handbook lists.
LATER_EVENTS = (
    ("2022-03-21", "Declaration of intent drawn up with the partners", "news-inh-2022-04"),
    ("2023-03-22", "Handbook on 2022 handed over to the alderman and the youth ombudsman", "news-inh-2023-03"),
    ("2023-05-24", "Haags Manifest Gelijke Stagekansen signed", "haags-manifest-2023"),
    ("2023-12-18", "Closing of the year 2023", "news-inh-2023-12"),
)


def since(partner: Mapping[str, Any], t: Translations) -> Entry:
    """The first dated mention of a partner and where it stands; empty when none was seen."""
    named = [one for one in (START, DECLARATION, MANIFESTO) if partner["id"] in one[0].split()]
    if partner["new_in_2022"]:
        named.append(NEW)
    if not named:
        return {}
    # A day within a year comes before the year as a whole.
    _, date, source, what = min(named, key=lambda one: one[1].ljust(10, "~"))
    return {"since": date, **t.both("since_what", what), "since_source_ids": [source]}


def initiatives(facts: Path, t: Translations) -> list[Entry]:
    """What stands on the open podium of the handbook; what each is, the register of instruments says."""
    shown = [
        one for one in read_yaml(facts / "instruments.yaml")["instruments"] if "open podium" in one["place_in_handbook"]
    ]
    return [
        {
            "id": f"podium-{one['id']}",
            "instrument": one["id"],
            **t.both("label", one["name"]),
            "source_ids": [HANDBOOK],
            "confidence": "handbook",
        }
        for one in shown
    ]


def partners(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "partners.yaml")
    entries = [
        {
            "id": partner["id"],
            "name": partner["name"],
            "type": partner["type"],
            **given(partner, "role"),
            **t.both("listed_in", partner["listed_in"]),
            "in_network_map": partner["in_network_map"],
            "new_in_2022": partner["new_in_2022"],
            **since(partner, t),
            "source_ids": source_ids(confidence=partner["confidence"]),
            "confidence": partner["confidence"],
            **t.both("note", partner.get("note", "")),
        }
        for partner in raw["partners"]
    ]
    events = [
        {
            "id": f"event-{event['date']}",
            "date": str(event["date"]),
            **given(event, "label", "event"),
            "source_ids": [HANDBOOK],
            "confidence": event["confidence"],
        }
        for event in raw["events"]
    ]
    events += [
        {
            "id": f"event-{date}",
            "date": date,
            **t.both("label", what),
            "source_ids": [source],
            "confidence": "found",
        }
        for date, what, source in LATER_EVENTS
    ]
    podium = initiatives(facts, t)
    return {
        "count": {"partners": raw["count"], "events": len(events), "podium": len(podium)},
        **t.both("note", raw["note"]),
        "partners": entries,
        "events": sorted(events, key=lambda event: event["date"]),
        "podium": podium,
    }


def voices(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "quotes.yaml")
    entries = [
        {
            "id": quote["id"],
            **given(quote, "label", "gist"),
            "spoken_in": quote["language"],
            "grounds": quote["ground"],
            "step": quote["moment"],
            "tone": quote["tone"],
            **t.both_lists("place_in_handbook", quote["label_in_handbook"]),
            "occurrences": quote["occurrences"],
            "source_ids": [HANDBOOK],
            "confidence": quote["confidence"],
            **t.both("note", quote["note"]),
        }
        for quote in raw["student_quotes"]
    ]
    # What a team released itself stays (stagekansen voices release); a withdrawal takes it out.
    now = Path(__file__).resolve().parent.parent / "data" / "registers" / "voices.yaml"
    own = [entry for entry in (read_yaml(now)["voices"] if now.is_file() else []) if entry["confidence"] == "heard"]
    count = raw["count_student"] + len(own)
    return {"count": {"voices": count}, **t.both("note", raw["note"]), "voices": [*entries, *own]}


def classification(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "classification.yaml")

    def links(rows: list[Entry], prefix: str, label: str, code: str, extra: str = "") -> list[Entry]:
        return [
            {
                "id": f"{prefix}-{number:02d}",
                **t.both("label", row[label]),
                "code": row[code] or "",
                "isced": row["isced_broad"],
                "alternatives": row["isced_alternatives"],
                "quality": row["quality"],
                **(t.both("sector", row[extra]) if extra else {}),
                "confidence": row["confidence"],
                **t.both("note", row["note"]),
            }
            for number, row in enumerate(rows, start=1)
        ]

    levels = []
    for name, level in raw["levels"].items():
        levels.append(
            {
                "id": name,
                "label_nl": name,
                "label_en": name,
                **t.both_lists("levels", level["levels"]),
                **t.both_lists("forms", level.get("pathways") or level["forms"]),
                **t.both("codes", level["codes"]),
                **t.both_lists("groupings", level["groupings"]),
                **t.both("placement", level["placement"]),
                "confidence": "recalled",
            }
        )
    return {
        "count": {"isced_fields": len(raw["isced_f_broad"]), "data_sources": len(raw["data_sources"])},
        **t.both("note", raw["note"] + " " + raw["isced_note"]),
        "levels": levels,
        "isced_fields": [
            {
                "id": field["code"],
                "label_nl": field["nl"],
                "label_en": field["en"],
                "confidence": field["confidence"],
            }
            for field in raw["isced_f_broad"]
        ],
        "sector_chambers": [
            {
                "id": f"chamber-{number}",
                **t.both("label", chamber["name"]),
                "confidence": chamber["confidence"],
            }
            for number, chamber in enumerate(raw["sectorkamers_sbb"], start=1)
        ],
        "link_qualities": [
            {"id": name, **t.both("label", text), "confidence": "recalled"}
            for name, text in raw["quality_scale"].items()
        ],
        "mbo_links": links(raw["crosswalk_mbo_domain"], "mbo", "mbo_domain", "domain_code", "mbo_sector"),
        "hbo_links": links(raw["crosswalk_hbo_croho"], "hbo", "croho_onderdeel", "croho_code"),
        "programmes": [
            {
                "id": f"programme-{number}",
                "label_nl": programme["programme"],
                "label_en": programme["programme"],
                "level": programme["level"],
                **t.both("croho", programme["croho_onderdeel"]),
                "isced": re.findall(r"\d\d", programme["isced_broad"]),
                "confidence": programme["confidence"],
                **t.both("note", programme["note"]),
            }
            for number, programme in enumerate(raw["example_programmes"], start=1)
        ],
        "comparability_rules": [
            {"id": f"rule-{number}", **t.both("label", rule), "confidence": "recalled"}
            for number, rule in enumerate(raw["comparability_rules"], start=1)
        ],
        "data_sources": [
            {
                "id": source["id"],
                **t.both("label", source.get("title", "")),
                "publisher": source["publisher"],
                "columns": source.get("columns_seen", []),
                **t.both("files", source.get("files", "")),
                "period": source.get("period", ""),
                **t.both("caution", source.get("caution", "")),
                "confidence": source["confidence"],
            }
            for source in raw["data_sources"]
        ],
        "packages": [
            {
                "id": package["name"].split(" ")[0],
                **t.both("label", package["reads"]),
                "name": package["name"],
                "version_seen": package["version_seen"],
                "functions": package["functions"],
                "confidence": package["confidence"],
            }
            for package in raw["python_packages"]
        ],
    }


def survey_rules(facts: Path, t: Translations) -> Entry:
    raw = read_yaml(facts / "questionnaire.yaml")
    population, weighting = raw["target_population"], raw["weighting"]
    compared = {
        "handbook_one_in_two": "handbook-1in2",
        "handbook_half": "handbook-half",
        "handbook_difficulty": "handbook-signif",
        "roa": "roa-4-nw",
        "cbs_2024": "cbs-10",
    }
    return {
        "count": {"privacy_rules": len(raw["privacy_rules"])},
        **t.both("note", raw["note"]),
        "target_population": {
            "id": "target-population",
            "label_nl": population["nl"],
            "label_en": population["en"],
            "source_ids": [HANDBOOK],
            "confidence": population["confidence"],
        },
        "special_category_items": raw["special_category_items"],
        "weighting": {
            "id": "weighting",
            "cells": weighting["cells"],
            **t.both("label", weighting["method"]),
            **t.both("population_source", weighting["population_source"]),
            "confidence": weighting["confidence"],
        },
        "comparisons": [
            {
                "id": name.replace("_", "-"),
                **t.both("label", text),
                "key_figure": compared[name],
                "items": re.findall(r"\b[a-z]\d+\b", text),
                "confidence": "recalled",
            }
            for name, text in raw["comparability"].items()
        ],
        "privacy_rules": [
            {
                "id": rule["id"],
                "label_nl": rule["nl"],
                "label_en": rule["en"],
                **t.both("law", rule["law"]),
                "confidence": rule["confidence"],
            }
            for rule in raw["privacy_rules"]
        ],
    }


# The method notes are a text; headings, tables and lists are read from it ---------------------------------


def section(text: str, number: int) -> str:
    match = re.search(rf"^## {number}\. .*?$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if match is None:
        sys.exit(f"method.md: section {number} was not found.")
    return match[1]


def table_rows(text: str, title: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {title} |"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start + 2 :]]


def bullets(text: str) -> list[str]:
    joined = re.sub(r"\n +", " ", text)
    return re.findall(r"^(?:-|\d+\.) (.+)$", joined, re.MULTILINE)


def method(facts: Path, t: Translations) -> Entry:
    text = (facts / "method.md").read_text(encoding="utf-8")

    def entries(name: str, texts: Iterable[str], confidence: str) -> list[Entry]:
        marks = {"source_ids": source_ids(confidence=confidence), "confidence": confidence}
        return [
            {"id": f"{name}-{number:02d}", **t.both("label", line), **marks}
            for number, line in enumerate(texts, start=1)
        ]

    phases = []
    for phase, what, product, record in table_rows(section(text, 2), "Phase"):
        number, _, label = phase.partition(" ")
        phases.append(
            {
                "id": f"phase-{number}",
                "order": int(number),
                **t.both("label", label),
                **t.both("what", what),
                **t.both("product", product),
                **t.both("record", record),
                "confidence": "recalled",
            }
        )
    roles = re.search(r"^Roles: (.*?)\. One person", section(text, 2), re.MULTILINE | re.DOTALL)
    supports = []
    for number, line in enumerate(bullets(section(text, 4).split("### ")[0]), start=1):
        label, _, what = re.sub(r"\*\*", "", line).partition(": ")
        supports.append(
            {
                "id": f"support-{number:02d}",
                **t.both("label", label.rstrip(".")),
                **t.both("what", what),
                "confidence": "recalled",
            }
        )
    claims = [
        {
            "id": f"claim-{number}",
            **t.both("label", claim),
            **t.both("evidence", evidence),
            **t.both("warning", warning),
            "confidence": "derived",
        }
        for number, (claim, evidence, warning) in enumerate(table_rows(section(text, 4), "Claim"), start=1)
    ]
    index = re.search(r"one total: (.*?)\. Show raw", " ".join(section(text, 5).split()))
    if roles is None or index is None:
        sys.exit("method.md: the roles or the parts of the index were not found.")
    examples = re.findall(r"^Example \[found\]: (.*?)(?=\n\n|\Z)", section(text, 3), re.MULTILINE | re.DOTALL)
    done = bullets(section(text, 1))
    return {
        "count": {"sprint_phases": len(phases), "supports": len(supports)},
        **t.both(
            "note",
            "What the Datalab did stands in the handbook. The description of data sprints and joint fact-finding was "
            "written from memory: a person must check it against the literature before it is cited.",
        ),
        "done": entries("done", done, "handbook"),
        "phases": phases,
        "roles": entries("role", [" ".join(role.split()) for role in roles[1].split(";")], "recalled"),
        "examples": entries("example", [" ".join(example.split()) for example in examples], "found"),
        "supports": supports,
        "claims": claims,
        "index_parts": entries(
            "index",
            [part.strip() for part in re.split(r",? ?\([a-f]\) ", index[1]) if part.strip()],
            "recalled",
        ),
        "quality_rules": entries("quality", bullets(section(text, 6)), "recalled"),
        "literature": [
            {"id": f"literature-{number}", "label_nl": line, "label_en": line, "confidence": "recalled"}
            for number, line in enumerate(bullets(section(text, 7)), start=1)
        ],
    }


# Writing --------------------------------------------------------------------------------------------------

REGISTERS = {
    "terms": (terms, "Begrippen", "Glossary"),
    "grounds": (grounds, "Gronden en wetten", "Grounds and laws"),
    "sources": (sources, "Bronnen", "Sources"),
    "factors": (factors, "Thema's en factoren: bekend en onbekend", "Themes and factors: known and unknown"),
    "journeys": (journeys, "Stagereis", "Internship journey"),
    "reporting_points": (reporting_points, "Meldpunten", "Reporting points"),
    "everyday_words": (everyday_words, "Woorden van studenten", "Words of students"),
    "key_figures": (key_figures, "Gepubliceerde cijfers", "Published figures"),
    "queries": (queries, "Zoekontwerp", "Query design"),
    "instruments": (instruments, "Instrumenten", "Instruments"),
    "standard": (standard, "Stagestandaard: keuzeroute en organisatiekaart", "Stagestandaard: route and organisation"),
    "lessons": (lessons, "Lessen, inzichten, plannen en doelen", "Lessons, insights, plans and goals"),
    "partners": (partners, "Partners en gebeurtenissen", "Partners and events"),
    "voices": (voices, "Stemmen van studenten, in onze woorden", "Voices of students, in our words"),
    "classification": (classification, "Indelingen en hun koppelingen", "Classifications and their links"),
    "survey_rules": (survey_rules, "Regels voor de vragenlijst", "Rules for the questionnaire"),
    "method": (method, "Datasprint en gezamenlijk feitenonderzoek", "Data sprint and joint fact-finding"),
}

# Fields that stay visible when empty, so that a person sees what is still to be filled in.
KEEP_EMPTY = {"reporting_points", "key_figures"}


class Dumper(yaml.SafeDumper):
    """YAML for people: lists indented, long text in blocks, and quotes where another reader would see a number."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        return super().increase_indent(flow, False)


def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if len(text) > 75:
        style: str | None = ">"
    elif re.fullmatch(r"[-+.~\d][\d.,:_/eExX+-]*|(?i:y|n|yes|no|on|off|true|false|null|~)", text):
        style = "'"
    else:
        style = None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, represent_text)


def without_empty(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: without_empty(value) for key, value in content.items() if value not in ("", None, [])}
    if isinstance(content, list):
        return [without_empty(value) for value in content]
    return content


def register_text(name: str, content: Entry, title_nl: str, title_en: str) -> str:
    head = {
        "register": name,
        "title_nl": title_nl,
        "title_en": title_en,
        "source": SOURCE,
        "date": "2026-11",
        "licence": "CC BY 4.0",
        "written_by": WRITTEN_BY,
    }
    body = content if name in KEEP_EMPTY else without_empty(content)
    dumped = yaml.dump({**head, **body}, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    if yaml.safe_load(dumped) != {**head, **body}:
        sys.exit(f"{name}: the written text does not read back as it was.")
    return dumped


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the registers in data/registers from the facts.")
    parser.add_argument("facts", nargs="?", type=Path, default=PROJECT.parent / "shared" / "facts")
    parser.add_argument("--to", type=Path, default=PROJECT / "data" / "registers", help="folder to write to")
    options = parser.parse_args()
    translations = Translations(TRANSLATIONS)
    texts = {
        name: register_text(name, make(options.facts, translations), title_nl, title_en)
        for name, (make, title_nl, title_en) in REGISTERS.items()
    }
    if translations.missing:
        listed = "\n".join(f"- {text}" for text in translations.missing)
        sys.exit(f"{len(translations.missing)} texts have no pair in scripts/translations:\n{listed}")
    options.to.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = options.to / f"{name}.yaml"
        if path.exists() and read_yaml(path).get("written_by") != WRITTEN_BY:
            print(f"{path.name} is kept by hand: left alone.")
            continue
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.name} written.")


if __name__ == "__main__":
    main()
