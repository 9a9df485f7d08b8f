"""Write data/ledger/acts: the claims and open questions of the registers as the first acts of the ledger.

    python scripts/make_ledger.py

Reads   data/registers/method.yaml (claims), factors.yaml (open questions), key_figures.yaml (what claims rest on)
Writes  one file an act in data/ledger/acts. A second run writes the same bytes; acts that others wrote stay.
Licence CC BY 4.0 for our wording and selection. Date: that of the registers (November 2026).

Nothing is invented. A claim keeps its words, its warning and its confidence mark; digits in it became references to
the register of key figures, which names the source of each. The evidence is what the register names in its text, and
that text stands with it. Two things are our own coding, to be discussed: the kind of a claim (experienced, suspected,
established) and whether a figure speaks for it, against it or nuances it.

The last two questions come from the handbook, where they stand beside each other: when in the year does the problem
peak (register of factors, data-03: seasonal peaks in attention, unknown), and how many companies and programmes does it
concern. The second repeats a part of open-01, which asks after students as well.

No positions are written: nobody took one yet.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from stagekansen_lib.fact_finding.act_files import new_id, read_act_files, write_act_file
from stagekansen_lib.fact_finding.acts import act_from
from stagekansen_lib.fact_finding.folding import fold
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
from stagekansen_lib.fact_finding.writing import completed
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml

MOMENT = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)

# Digits of the register -> the reference that prints them.
REFERENCES = {
    "claim-1": {"8%": "handbook-8"},
    "claim-2": {"3.982": "handbook-3982#value", "3,982": "handbook-3982#value"},
    "claim-3": {"324": "handbook-324#value"},
}
KINDS = {
    "claim-1": "experienced",
    "claim-2": "experienced",
    "claim-3": "experienced",
    "claim-4": "established",
    "claim-5": "established",
    "claim-6": "experienced",
    "claim-7": "experienced",
    "claim-8": "suspected",
}
# What the register names as evidence, in the order of its text; then what its warning names. What a figure was computed
# from does not speak for the outcome: it nuances.
EVIDENCE = {
    "claim-1": {
        "handbook-8": "for",
        "scp-stage-mbo": "for",
        "scp-stage-hbo": "for",
        "scp-stage-wo": "nuancing",
    },
    "claim-2": {"handbook-3982": "for", "handbook-49772": "nuancing", "handbook-8": "nuancing"},
    "claim-3": {"handbook-1in2": "for"},
    "claim-4": {"roa-4-nw": "for", "roa-4-w": "for", "roa-10-nw": "for"},
    "claim-5": {"utr-apps": "for"},
    "claim-6": {"rn-2023-29": "for", "rn-2023-37": "for", "rn-2022-1": "nuancing"},
    "claim-7": {"handbook-2": "for", "cbs-6": "for", "insp-75": "for"},
    "claim-8": {"seo-m60": "for", "seo-m53": "for"},
}
QUESTIONS = [
    {
        "subject": "peak-in-the-year",
        "text_nl": "Wanneer in het jaar speelt het probleem het meest",
        "text_en": "When in the year the problem peaks",
        "known": "unknown",
    },
    {
        "subject": "companies-and-programmes",
        "text_nl": "Om hoeveel bedrijven en opleidingen het gaat",
        "text_en": "How many companies and programmes it concerns",
        "known": "unknown",
        "note_nl": "Staat ook in open-01, samen met het aantal studenten.",
        "note_en": "Stands in open-01 as well, together with the number of students.",
    },
]


def main() -> None:
    facts = KnownFacts(read_ledger_rules())
    for number, content in enumerate([*claims(), *evidence(), *questions()]):
        begun = fold(read_act_files()[0])
        said = act_from({"role": "workbench", **content})
        name = file_name(number, content)
        if any(act.id == name for act in read_act_files()[0]):
            continue
        ready = completed(said, begun, facts)
        write_act_file(ready.model_copy(update={"id": name, "at": f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}"}))
    print(f"{number + 1} acts stand in {data_folder('ledger', 'acts')}.")


def file_name(number: int, content: dict[str, Any]) -> str:
    """The same name at every run: the moment, then what the act is about in the place of chance."""
    about = "/".join(str(content.get(part, "")) for part in ("kind", "subject", "rests_on"))
    return new_id(int(MOMENT.timestamp() * 1000) + number, hashlib.sha256(about.encode()).digest()[:10])


def claims() -> list[dict[str, Any]]:
    figures = {row["id"]: row for row in read_yaml(data_folder("registers", "key_figures.yaml"))["key_figures"]}
    found = []
    for claim in read_yaml(data_folder("registers", "method.yaml"))["claims"]:
        first = figures[next(iter(EVIDENCE[claim["id"]]))]
        scope = {"who": "population", "where": "geography", "when": "period"}
        found.append(
            {
                "kind": "claim_proposed",
                "subject": claim["id"],
                "claim_kind": KINDS[claim["id"]],
                "text_nl": with_references(claim["id"], claim["label_nl"]),
                "text_en": with_references(claim["id"], claim["label_en"]),
                "note_nl": claim["warning_nl"],
                "note_en": claim["warning_en"],
                "confidence": claim["confidence"],
                **{f"{own}_{n}": first[f"{theirs}_{n}"] for own, theirs in scope.items() for n in ("nl", "en")},
            }
        )
    return found


def with_references(claim: str, text: str) -> str:
    for digits, figure in REFERENCES.get(claim, {}).items():
        text = text.replace(digits, f"[[key_figures:{figure}]]")
    return text


def evidence() -> list[dict[str, Any]]:
    return [
        {
            "kind": "evidence_added",
            "subject": claim["id"],
            "relation": relation,
            "rests_on": f"key_figures:{figure}",
            "text_nl": claim["evidence_nl"],
            "text_en": claim["evidence_en"],
        }
        for claim in read_yaml(data_folder("registers", "method.yaml"))["claims"]
        for figure, relation in EVIDENCE[claim["id"]].items()
    ]


def questions() -> list[dict[str, Any]]:
    carried = [
        {
            "subject": row["id"],
            "text_nl": row["label_nl"],
            "text_en": row["label_en"],
            "known": row["known"],
            "source_ids": row.get("source_ids", []),
            "confidence": row["confidence"],
        }
        for row in read_yaml(data_folder("registers", "factors.yaml"))["open_questions"]
    ]
    asked = [{**one, "source_ids": ["handbook-2022"], "confidence": "handbook"} for one in QUESTIONS]
    return [{"kind": "question_raised", **one} for one in (*carried, *asked)]


if __name__ == "__main__":
    main()
