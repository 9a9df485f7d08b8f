"""What the privacy gate finds of the texts in gate_texts.py, how often it stops a harmless one; Wilson intervals.

python benchmarks/gate.py                 # the half to tune on
python benchmarks/gate.py --half away     # the half put away
python benchmarks/gate.py --more first    # whole texts of the weakest kinds (gate_more_texts.yaml); "last": kept apart
python benchmarks/gate.py --show          # what was missed and what was stopped for nothing (synthetic texts only)
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import yaml
from gate_texts import FORMS, Planted, harmless, identifiers
from statsmodels.stats.proportion import proportion_confint

from stagekansen_lib.privacy.gate import find_identifiers

MORE = Path(__file__).with_name("gate_more_texts.yaml")
OTHER_ANSWERS = ("Niets.", "Weet ik niet", None)
# Kinds of the gate that are right for what was planted: a name in a text may be that of a colleague.
RIGHT = {
    "name": {"name", "names_person", "names_staff", "unread_script"},
    "staff": {"name", "names_person", "names_staff"},
    "company": {"names_company"},
    "handle": {"social_handle"},
    "device": {"device_id"},
    "ip": {"ip_address"},
    "document": {"document_number"},
    "plate": {"number_plate"},
    "link": {"web_link", "social_handle"},
}


def found_in(text: str) -> set[str]:
    """The kinds that the gate finds in one open answer among others."""
    rows = pd.DataFrame({"answer": [text, *OTHER_ANSWERS]}, dtype=object)
    return {found.kind for found in find_identifiers(rows).findings}


def interval(hits: int, of: int) -> str:
    """A share with its interval of 95% (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    low, high = proportion_confint(hits, of, method="wilson")
    return f"{hits:4} of {of:4}  {hits / of:6.1%}  ({low:.1%} to {high:.1%})"


Measured = tuple[dict[str, list[tuple[Planted, set[str]]]], list[tuple[Planted, set[str]]]]


def measured(half: str) -> Measured:
    """For each kind the planted texts with what was found in them; and the same of the harmless texts."""
    by_kind: dict[str, list[tuple[Planted, set[str]]]] = {kind: [] for kind in FORMS}
    for planted in identifiers():
        if planted.half == half:
            by_kind[planted.kind].append((planted, found_in(planted.text)))
    plain = [(planted, found_in(planted.text)) for planted in harmless() if planted.half == half]
    return by_kind, plain


def measured_more(part: str) -> Measured:
    """The same for texts that were written whole, of the kinds of which least was found."""
    texts = yaml.safe_load(MORE.read_text("utf-8"))[part]
    by_kind = {kind: [(Planted(kind, part, text), found_in(text)) for text in own] for kind, own in texts.items()}
    return by_kind, by_kind.pop("harmless")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["tune", "away"], default="tune")
    parser.add_argument("--more", choices=["first", "second", "third", "last"], help="other texts than the two halves")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    start = time.perf_counter()
    by_kind, plain = measured_more(options.more) if options.more else measured(options.half)
    took = time.perf_counter() - start
    everything = [one for results in by_kind.values() for one in results]
    print(f"Texts '{options.more or options.half}': found at all, and named by its own kind")
    for kind, results in {**by_kind, "all": everything}.items():
        right = sum(bool(found & RIGHT.get(planted.kind, {planted.kind})) for planted, found in results)
        hits = sum(bool(found) for _, found in results)
        print(f"  {kind:15} {interval(hits, len(results)):46} own kind {right / len(results):6.1%}")
    alarms = [(planted, found) for planted, found in plain if found]
    print(
        f"  {'false alarms':15} {interval(len(alarms), len(plain))}  {dict(Counter(k for _, f in alarms for k in f))}"
    )
    print(f"  {1000 * took / (len(everything) + len(plain)):.2f} ms a text, each as a column of its own")
    if options.show:
        for planted, found in [*((p, f) for p, f in everything if not f), *alarms]:
            print(planted.kind or "harmless", sorted(found), repr(planted.text), sep="\t")


if __name__ == "__main__":
    main()
