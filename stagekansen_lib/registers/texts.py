"""The words of the registers: what each code means and the sentences about doubt, in Dutch and English."""

from __future__ import annotations

import datetime
import html
from decimal import Decimal

from stagekansen_lib.wording import chosen_language, date_text, number_text

__all__ = ["CODES", "SENTENCES", "code_text", "day_text", "escape", "sentence", "value_text"]

# A code of a register, and its meaning in Dutch and English.
CODES: dict[str, dict[str, tuple[str, str]]] = {
    "confidence": {
        "handbook": ("uit het handboek", "from the handbook"),
        "found": ("teruggevonden op een openbare pagina", "found on a public page"),
        "recalled": (
            "uit het hoofd opgeschreven, niet nagegaan",
            "written down from memory, not checked",
        ),
        "derived": ("hier berekend of afgeleid", "computed or derived here"),
    },
    "register": {
        "terms": ("Begrippen", "Glossary"),
        "grounds": ("Gronden", "Grounds"),
        "sources": ("Bronnen", "Sources"),
        "themes": ("Thema's", "Themes"),
        "factors": ("Factoren", "Factors"),
        "open_questions": ("Open vragen", "Open questions"),
        "phases": ("Fasen van de stage", "Phases of the internship"),
        "steps": ("Stappen van de stagereis", "Steps of the internship journey"),
        "journeys": ("Stagereizen", "Internship journeys"),
        "reporting_points": ("Meldpunten", "Reporting points"),
        "key_figures": ("Cijfers", "Figures"),
        "questions": ("Vragen van de datasprint", "Questions of the data sprint"),
        "term_groups": ("Groepen zoektermen", "Groups of search terms"),
        "queries": ("Zoekvragen", "Queries"),
        "criteria": ("Criteria", "Criteria"),
        "search_log": ("Zoeklogboek", "Search log"),
        "instrument_steps": ("Stappen van de Stagestandaard", "Steps of the Stagestandaard"),
        "decision_route": ("Keuzeroute", "Decision route"),
        "instruments": ("Instrumenten", "Instruments"),
        "lessons": ("Lessen voor bestuurders", "Lessons for directors"),
        "insights": ("Inzichten", "Insights"),
        "plans": ("Plannen", "Plans"),
        "goals": ("Doelen", "Goals"),
        "partners": ("Partners", "Partners"),
        "events": ("Gebeurtenissen", "Events"),
        "voices": ("Stemmen van studenten", "Voices of students"),
        "levels": ("Onderwijssoorten", "Types of education"),
        "isced_fields": ("ISCED-F: brede velden", "ISCED-F: broad fields"),
        "sector_chambers": ("Sectorkamers van SBB", "Sector chambers of SBB"),
        "link_qualities": ("Hoe goed een koppeling is", "How good a link is"),
        "mbo_links": ("Koppeling mbo-domein naar ISCED-F", "Links from mbo domain to ISCED-F"),
        "hbo_links": ("Koppeling CROHO naar ISCED-F", "Links from CROHO to ISCED-F"),
        "programmes": ("Voorbeelden van opleidingen", "Example programmes"),
        "comparability_rules": ("Regels voor vergelijken", "Rules for comparing"),
        "data_sources": ("Databestanden", "Data sets"),
        "packages": ("Pythonpakketten", "Python packages"),
        "privacy_rules": ("Privacyregels", "Privacy rules"),
        "index_readings": ("Lezingen van ervaren discriminatie", "Readings of experienced discrimination"),
        "index_domains": ("Domeinen van de index", "Domains of the index"),
        "indicators": ("Indicatoren van de index", "Indicators of the index"),
        "index_rules": ("Regels van de index", "Rules of the index"),
        "paradoxes": ("Paradoxen bij de index", "Paradoxes of the index"),
        "flag_parts": ("Waar het kwaliteitsoordeel op let", "What the quality flag looks at"),
        "comparisons": ("Vergelijkbare vragen", "Comparable questions"),
        "done": ("Wat het Datalab deed", "What the Datalab did"),
        "sprint_phases": ("Fasen van een datasprint", "Phases of a data sprint"),
        "roles": ("Rollen in een datasprint", "Roles in a data sprint"),
        "examples": ("Voorbeelden", "Examples"),
        "supports": ("Wat een werkplaats moet ondersteunen", "What a workbench should support"),
        "claims": ("Voorbeelden van beweringen", "Example claims"),
        "index_parts": ("Delen van de index", "Parts of the index"),
        "quality_rules": ("Kwaliteit en ethiek", "Quality and ethics"),
        "literature": ("Leeslijst", "Reading list"),
        "routing": ("Wegwijzer naar meldpunten", "Routing to reporting points"),
    },
    "point_type": {
        "adv": ("antidiscriminatiebureau", "anti-discrimination agency"),
        "adv-municipality": (
            "antidiscriminatievoorziening van de gemeente",
            "municipal anti-discrimination agency",
        ),
        "initiative": (
            "burgerinitiatief, geen officieel bureau",
            "citizens' initiative, not an official agency",
        ),
        "sector-mbo": ("meldpunt voor het mbo", "reporting point for mbo"),
        "student-union": ("studentenorganisatie", "student organisation"),
        "equality-body": ("College voor de Rechten van de Mens", "Netherlands Institute for Human Rights"),
        "inspectorate": ("inspectie", "inspectorate"),
        "police": ("politie", "police"),
        "lhbti-police": ("politie, lhbti", "police, LGBTI"),
        "lhbti": ("lhbti-organisatie", "LGBTI organisation"),
        "online": ("meldpunt voor internet", "reporting point for the internet"),
        "legal": ("juridisch advies", "legal advice"),
        "support": ("hulp", "support"),
        "ombuds": ("ombudsman", "ombuds office"),
        "school": ("school", "school"),
        "school-first-line": ("begeleiding op school", "guidance at school"),
    },
    "scope": {
        "institution": ("eigen school", "own school"),
        "municipality": ("gemeente", "municipality"),
        "region": ("regio", "region"),
        "national": ("heel Nederland", "all of the Netherlands"),
    },
    "direction": {
        "raises_risk": ("verhoogt het risico", "raises the risk"),
        "protects": ("beschermt", "protects"),
        "context": ("achtergrond", "background"),
        "outcome": ("gevolg", "outcome"),
    },
    "known": {
        "known": ("bekend", "known"),
        "partly_known": ("deels bekend", "partly known"),
        "unknown": ("onbekend", "unknown"),
        "context": ("achtergrond", "background"),
    },
    "system_level": {
        "micro": ("micro: mensen en vernieuwing", "micro: people and innovation"),
        "meso": ("meso: organisaties en regels", "meso: organisations and rules"),
        "macro": ("macro: de samenleving", "macro: society"),
    },
    "annotation": {
        "data_chance": ("datakans", "data chance"),
        "signal": ("signaal", "signal"),
        "communication": ("communicatie", "communication"),
        "guidance": ("begeleiding", "guidance"),
        "intervention": ("ingrijpen", "intervention"),
        "pain_point": ("knelpunt", "pain point"),
        "question": ("vraag", "question"),
        "discussion": ("bespreekpunt", "discussion"),
        "milestone": ("mijlpaal", "milestone"),
        "context": ("achtergrond", "background"),
    },
    "assignment": {
        "inferred": ("plaats in de reis afgeleid", "place in the journey inferred"),
        "unclear": ("plaats in de reis onduidelijk", "place in the journey unclear"),
    },
    "unit": {
        "students": ("studenten", "students"),
        "percent": ("procent", "per cent"),
        "percentage_points": ("procentpunt", "percentage points"),
        "significant_difference": ("significant verschil", "significant difference"),
        "reports": ("meldingen", "reports"),
        "unknown": ("eenheid onbekend", "unit unknown"),
        "sessions": ("sessies", "sessions"),
        "persons": ("personen", "persons"),
        "hours": ("uren", "hours"),
        "participants": ("deelnemers", "participants"),
        "talks": ("gesprekken", "talks"),
        "groups": ("groepen", "groups"),
        "seconds": ("seconden", "seconds"),
        "sprints": ("sprints", "sprints"),
        "programmes": ("opleidingen", "programmes"),
        "graduates": ("gediplomeerden", "graduates"),
        "applications": ("sollicitaties", "applications"),
        "companies": ("bedrijven", "companies"),
        "places": ("plaatsen", "places"),
        "cases": ("gevallen", "cases"),
        "incidents": ("incidenten", "incidents"),
        "requests": ("verzoeken", "requests"),
        "opinions": ("oordelen", "opinions"),
        "ratio": ("verhouding", "ratio"),
        "complaints": ("klachten", "complaints"),
        "measures": ("maatregelen", "measures"),
        "euro": ("euro", "euro"),
    },
    "figure_kind": {
        "survey_count": ("aantal in een enquête", "count in a survey"),
        "survey_share": ("aandeel in een enquête", "share in a survey"),
        "survey_finding": ("uitkomst van een enquête", "finding of a survey"),
        "derived_count": ("berekend aantal", "computed count"),
        "derived_share": ("berekend aandeel", "computed share"),
        "derived_margin": ("berekende marge", "computed margin"),
        "register_count": ("aantal in een registratie", "count in a register"),
        "register_share": ("aandeel in een registratie", "share in a register"),
        "field_experiment": ("veldexperiment", "field experiment"),
        "process_count": ("telling van het project", "count of the project"),
        "qualitative_count": ("aantal in kwalitatief onderzoek", "count in qualitative research"),
        "policy_count": ("aantal in beleid", "count in policy"),
        "policy_amount": ("bedrag in beleid", "amount in policy"),
        "unexplained": ("niet verklaard", "unexplained"),
    },
    "figure_status": {
        "published": ("gepubliceerd", "published"),
        "missing": ("gezocht, niet gevonden", "searched for, not found"),
        "do_not_display": ("onduidelijk, niet tonen", "unclear, not to be shown"),
    },
    "anonymous": {
        "yes": ("Anoniem melden kan.", "You can report anonymously."),
        "registration_only": (
            "Anoniem melden kan, maar dan wordt de melding alleen geteld: je krijgt geen hulp.",
            "You can report anonymously, but then the report is only counted: you get no help.",
        ),
        "no": ("Anoniem melden kan hier niet.", "You cannot report anonymously here."),
        "unknown": (
            "Of anoniem melden kan, is niet nagegaan. Vraag het voordat je je naam geeft.",
            "Whether you can report anonymously was not checked. Ask before you give your name.",
        ),
    },
    "audience": {
        "werkgever": ("werkgever", "employer"),
        "onderwijsprofessional": ("onderwijsprofessional", "education professional"),
        "student": ("student", "student"),
        "bestuurder": ("bestuurder", "director"),
    },
    "instrument_kind": {
        "tool": ("hulpmiddel", "tool"),
        "practice": ("werkwijze", "practice"),
        "service": ("dienst", "service"),
        "platform": ("platform", "platform"),
        "policy": ("beleid", "policy"),
        "prototype": ("prototype", "prototype"),
        "campaign": ("campagne", "campaign"),
        "data_collection": ("dataverzameling", "data collection"),
        "data_product": ("dataproduct", "data product"),
    },
    "tone": {
        "doubt": ("twijfel", "doubt"),
        "negative": ("negatief", "negative"),
        "positive": ("positief", "positive"),
    },
    "field": {
        "phone": ("telefoon", "phone"),
        "phone_hours": ("tijden", "hours"),
        "email": ("e-mail", "e-mail"),
        "web": ("website", "website"),
        "other_channel": ("ander kanaal", "other channel"),
        "walk_in": ("inloop", "walk-in"),
        "street": ("straat", "street"),
        "house_number": ("huisnummer", "house number"),
        "postcode": ("postcode", "postcode"),
        "city": ("plaats", "town"),
        "latitude": ("breedtegraad", "latitude"),
        "longitude": ("lengtegraad", "longitude"),
        "source_url": ("bronlink", "source link"),
        "place": ("plek op de kaart", "place on the map"),
        "address": ("adres", "address"),
        "contact": ("contactgegevens", "contact details"),
        "row": ("het hele meldpunt", "the whole reporting point"),
    },
}

SENTENCES: dict[str, tuple[str, str]] = {
    "unknown": ("onbekend", "unknown"),
    "yes": ("ja", "yes"),
    "no": ("nee", "no"),
    "confidence": ("Hoe zeker", "How sure"),
    "source": ("Bron", "Source"),
    "entries": ("{count} items", "{count} entries"),
    "found": ("{count} gevonden voor “{words}”", "{count} found for “{words}”"),
    "never_checked": ("Nog door niemand nagegaan.", "Not checked by anyone yet."),
    "checked": ("Nagegaan op {date} door {by}.", "Checked on {date} by {by}."),
    "outdated": (
        "Deze controle is meer dan 180 dagen oud. Gegevens kunnen veranderd zijn.",
        "This check is more than 180 days old. Details may have changed.",
    ),
    "found_wrong": (
        "Op {date} bleek hier iets niet te kloppen: {fields}.",
        "On {date} this proved wrong: {fields}.",
    ),
    "hidden": (
        "Niet getoond, omdat het nog niet is nagegaan: {fields}.",
        "Not shown, because it has not been checked yet: {fields}.",
    ),
    "recalled": (
        "Dit meldpunt is uit het hoofd opgeschreven: het kan anders zijn.",
        "This reporting point was written down from memory: it may be different.",
    ),
    "no_contact": ("Er zijn hier geen contactgegevens bekend.", "No contact details are known here."),
    "rough": (
        "De plek op de kaart is ruw: tot enkele honderden meters ernaast. Zoek het adres op voordat je gaat.",
        "The place on the map is rough: up to a few hundred metres off. Look up the address before you go.",
    ),
    "instead": (
        "Je kunt in elk geval terecht bij {name}: {contact}.",
        "You can always go to {name}: {contact}.",
    ),
    "why_school": ("Dit hoort bij je eigen school.", "This belongs to your own school."),
    "why_first": (
        "Begin dichtbij: iemand van je eigen opleiding.",
        "Start close by: someone of your own programme.",
    ),
    "why_municipality": ("Dit is er voor inwoners van {place}.", "This is for residents of {place}."),
    "why_region": (
        "Dit is er voor je regio, ook voor {place}.",
        "This is for your region, also for {place}.",
    ),
    "why_sector": ("Dit is er voor studenten in het {level}.", "This is for students in {level}."),
    "why_national": ("Dit is er voor heel Nederland.", "This is for all of the Netherlands."),
    "why_ground": ("Je kunt er terecht over {ground}.", "You can go there about {ground}."),
    "why_special": ("Dit is voor bijzondere gevallen.", "This is for special cases."),
    "or": ("of", "or"),
    "not_statutory": (
        "Deze grond staat niet apart in de wet. Vraag wat dat voor je melding betekent.",
        "This ground does not stand in the law by itself. Ask what that means for your report.",
    ),
    "walk_in_unknown": (
        "Of je kunt binnenlopen, is niet bekend.",
        "Whether you can walk in is not known.",
    ),
}


def code_text(kind: str, code: str, language: str = "nl") -> str:
    """What a code means, such as ("direction", "protects"); the code itself where no text is known.

    >>> code_text("confidence", "found")
    'teruggevonden op een openbare pagina'
    """
    place = 0 if chosen_language(language) == "nl" else 1
    texts = CODES[kind].get(code)
    return texts[place] if texts else code.replace("_", " ").replace("-", " ")


def sentence(key: str, language: str = "nl", /, **words: object) -> str:
    """A sentence of this module, filled in.

    >>> sentence("entries", "en", count=72)
    '72 entries'
    """
    return SENTENCES[key][0 if chosen_language(language) == "nl" else 1].format(**words)


def value_text(value: float, language: str = "nl") -> str:
    """A number with as many decimals as it has.

    >>> value_text(49772), value_text(0.05), value_text(49772, "en")
    ('49.772', '0,05', '49,772')
    """
    decimals = max(0, -int(Decimal(str(value)).normalize().as_tuple().exponent))
    return number_text(value, chosen_language(language), decimals)


def day_text(day: datetime.date, language: str = "nl") -> str:
    """A date in full."""
    return date_text(day, chosen_language(language))


def escape(text: object) -> str:
    """Text that is safe inside HTML."""
    return html.escape(str(text), quote=True)
