"""Versions of one wave: a later release that differs by a few people from an earlier one gives those few away.

Releases are versions of one wave when they share respondents, whatever they are called. Respondents are known by keyed
hashes (see ``withdrawals.wave_links``): of their whole answer, and of a long number with the day on which they answered
(short numbers count from 1 in each survey again; who is asked every year keeps a number, and answers on another day).
Rule R9 then compares the exact counts behind what both versions show: each changes by nothing, or by ten or more. A
version holds the tables of the earlier ones, or fewer: other tables, protected apart, could tell together with them
what none tells alone.

What this cannot link, and a person has to: a wave that was released on another computer, or whose links were lost or
destroyed, when it is also called by another name; answers of which every one was changed, such as by another coding of
the questions, in an export without days, with new numbers or with numbers that count from 1; a questionnaire so short
that most people answer alike; fewer than ten respondents; a release that somebody made by hand. Waves that have the
same name and codebook count as versions always.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from stagekansen_lib.disclosure.published import HIDDEN_MARKS, PublishedTable
from stagekansen_lib.disclosure.rules import RuleSet, read_rules
from stagekansen_lib.errors import RefusedError
from stagekansen_lib.privacy.answer_files import is_private, store_of
from stagekansen_lib.privacy.cards import LONGEST_DAYS, retention_date
from stagekansen_lib.project.locks import answers_locked
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.releases.proving import Proven
from stagekansen_lib.surveys.codebooks import Codebook
from stagekansen_lib.withdrawals.recognising import is_key, plain_number
from stagekansen_lib.withdrawals.wave_links import (
    WaveLinks,
    close_expired,
    keyed,
    links_folder,
    read_links,
    wave_links,
    write_links,
)

if TYPE_CHECKING:
    from stagekansen_lib.estimation.tables import EstimateTable
    from stagekansen_lib.surveys.surveys import Survey

__all__ = ["Version", "forget_release", "remember_version", "versions_of"]

# Two sets of respondents are the same people when this part of the smaller is in both, over what chance gives.
_SHARED = 0.2
# Fewer answers than this, each given by one respondent alone, recognise nobody.
_FEWEST = 10
# A row with fewer answers is nobody's in particular.
_LEAST_ANSWERS = 4
# Shorter numbers count from 1 in each survey again: two people have them on one day.
_LONG_NUMBER = 8
_KINDS = ("sitting", "answers")
Respondents = Sequence[Mapping[str, str]]
Cell = tuple[str, str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, eq=False)
class Version:
    """A release on its way out, as the links remember it."""

    name: str
    links: WaveLinks
    entry: Mapping[str, Any]


def versions_of(
    proven: Proven, *, name: str, wave: str, home: Path, inputs: Iterable[Path], day: dt.date, rules: str
) -> Version:
    """What will be remembered of a release, once its earlier versions have been compared with it.

    Raises
    ------
    RefusedError : the links of its wave were destroyed; it shares respondents with a wave of another name; or what it
        shows differs from an earlier version by fewer than ten answers, or tells of the difference too much.
    """
    folder = links_folder(home, of_people=not proven.survey.provenance.synthetic)
    files = list(inputs)
    close_expired(folder)
    own = wave_links(wave, folder)
    if own.closed_on is not None:
        raise RefusedError(
            f"Wave '{wave}' takes no new version: its retention date passed, and on {own.closed_on} key and hashes of"
            " its respondents were destroyed, so nobody can see any more what a new version would give away."
        )
    entry: dict[str, Any] = {
        "codebook": proven.survey.codebook.name,
        "files": sorted({store_of(file) or file.stem for file in files}),
        "respondents": _respondents(proven.survey, own.key),
        "cells": list(_cells(proven)),
    }
    _refuse_other_wave(proven.survey, wave, [one for one in read_links(folder) if one.file != own.file])
    for earlier, before in own.releases.items():
        if before["codebook"] == entry["codebook"] or _same_people(before["respondents"], entry["respondents"]):
            _refuse_other_tables(before, entry, earlier, wave)
            _refuse_small_change(before, entry, earlier, wave, proven.survey.codebook, read_rules(rules))
    until = _until(proven.survey, files, day)
    return Version(name, replace(own, until=until), entry)


def remember_version(version: Version) -> None:
    """Write what links later versions to this one: directly before it is put in its place.

    Raises
    ------
    RefusedError : another version of the wave was made since this one was compared.
    """
    links = version.links
    doing = nullcontext() if not links.file.is_relative_to(data_folder()) else answers_locked("release")
    with doing:
        there = wave_links(links.wave, links.file.parent)
        if there.releases != links.releases or (there.releases and there.key != links.key):
            raise RefusedError(f"Another version of wave '{links.wave}' was made meanwhile. Make this one again.")
        write_links(replace(links, releases={**links.releases, version.name: version.entry}))


def forget_release(name: str, home: Path) -> None:
    """Forget a release that nobody has seen, and that was taken out of its folder, so that it can be made again."""
    for links in read_links(links_folder(home)):
        if name in links.releases:
            write_links(replace(links, releases={one: e for one, e in links.releases.items() if one != name}))


def _until(survey: Survey, files: Iterable[Path], day: dt.date) -> dt.date | None:
    """The last day on which the links may be there: that of the answers, at most six months when none is known."""
    if survey.provenance.synthetic:
        return None
    return retention_date(file for file in files if is_private(file)) or day + dt.timedelta(days=LONGEST_DAYS)


# The same people ---------------------------------------------------------------------------------------------------


def _respondents(survey: Survey, key: bytes) -> list[dict[str, str]]:
    """The hashes of each respondent: of the number, of number and day, and of the whole answer."""
    numbers, days, answers = _numbers(survey), _days(survey), _whole_answers(survey)
    found = []
    for number, day, answer in zip(numbers, days, answers, strict=True):
        sitting = f"{number} {day}" if len(number) >= _LONG_NUMBER and day else ""
        parts = {"number": number, "sitting": sitting, "answers": answer}
        found.append({kind: keyed(key, kind, text) for kind, text in parts.items()})
    return found


def _numbers(survey: Survey) -> list[str]:
    """The number of each respondent, as a withdrawal writes it; empty in an export without."""
    book = survey.codebook
    names = [str(name) for name in survey.rows.columns]
    keys = [name for name in names if (name in book and book[name].role == "respondent")] or [*filter(is_key, names)]
    return [plain_number(value) for value in survey.rows[keys[0]]] if keys else [""] * len(survey)


def _days(survey: Survey) -> list[str]:
    names = [one.name for one in survey.codebook.variables.values() if one.kind == "date" and one.name in survey.rows]
    return [" ".join(row).strip() for row in _texts(survey, names)]


def _whole_answers(survey: Survey) -> list[str]:
    """What each respondent answered to the questions that were asked, with names; open answers left out.

    Open answers are cleaned between exports, days are told apart, derived answers follow from the others.
    """
    columns = [
        column
        for name in sorted(survey.codebook)
        for one in [survey.codebook[name]]
        if not one.role and not one.derived_from and one.kind not in ("open", "date", "info")
        for column in one.columns
        if column in survey.rows.columns
    ]
    found = []
    for row in _texts(survey, columns):
        given = [f"{name}={text}" for name, text in zip(columns, row, strict=True) if text]
        found.append("\x1f".join(given) if len(given) >= _LEAST_ANSWERS else "")
    return found


def _texts(survey: Survey, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    parts = [[plain_number(value) for value in survey.rows[name].astype(object)] for name in columns]
    return zip(*parts, strict=True) if parts else iter([()] * len(survey))


def _same_people(before: Respondents, now: Respondents) -> bool:
    return any(_overlap([one[kind] for one in before], [one[kind] for one in now]) for kind in _KINDS)


def _overlap(before: Sequence[str], now: Sequence[str]) -> bool:
    """Whether two lists of hashes are of the same people: more of them in both than chance gives.

    A hash that is there twice recognises nobody. The part of a list that is there twice estimates how often two people
    are the same by chance (Good 1953, doi:10.1093/biomet/40.3-4.237).
    """
    single, chance = [], 0.0
    for hashes in (before, now):
        counts = Counter(one for one in hashes if one)
        single.append({one for one, number in counts.items() if number == 1})
        chance = max(chance, 1 - len(single[-1]) / max(counts.total(), 1))
    least = min(map(len, single))
    return least >= _FEWEST and len(single[0] & single[1]) / least >= chance + _SHARED * (1 - chance)


def _refuse_other_wave(survey: Survey, wave: str, others: Iterable[WaveLinks]) -> None:
    """A wave under another name is the same wave: its versions would not be compared with each other."""
    for links in others:
        if links.closed_on is not None:
            continue
        own = _respondents(survey, links.key)
        shared = [name for name, entry in links.releases.items() if _same_people(entry["respondents"], own)]
        if shared:
            raise RefusedError(
                f"These are respondents of release '{shared[0]}', which names its wave '{links.wave}', and not"
                f" '{wave}'. Two releases with the same respondents are versions of one wave: give wave='{links.wave}'."
            )


# What changed ------------------------------------------------------------------------------------------------------


def _cells(proven: Proven) -> Iterator[dict[str, Any]]:
    """The exact counts behind each cell of a release, and whether it says something."""
    for asked, told in zip(proven.results, proven.published, strict=True):
        if isinstance(told, PublishedTable):
            yield from _cells_of(cast("EstimateTable", asked), told)


def _cells_of(asked: EstimateTable, told: PublishedTable) -> Iterator[dict[str, Any]]:
    rows = told.table.to_dict("records")
    shown = {_place(asked.code, told.by, row): row["mark"] not in HIDDEN_MARKS for row in rows}
    basis = asked.basis.to_dict("records")
    for row, counts in zip(asked.table.to_dict("records"), basis, strict=True):
        place = _place(asked.code, asked.by, row)
        yield {
            "place": [asked.statistic, asked.of, place[0], [list(one) for one in place[1]]],
            "table": told.id,
            "n": int(counts["n"]),
            "count": int(counts["count"]) if asked.statistic == "share" else None,
            "shown": bool(shown.get(place, False)),
        }


def _place(code: object, by: Sequence[str], row: Mapping[Any, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return plain_number(row.get("code", code)), tuple(sorted((name, plain_number(row[name])) for name in by))


def _refuse_other_tables(before: Mapping[str, Any], now: Mapping[str, Any], earlier: str, wave: str) -> None:
    """A table that the earlier version did not hold: protected apart from it, the two can tell what neither tells."""
    known = {_table_of(cell) for cell in before["cells"]}
    new = dict.fromkeys(cell["table"] for cell in now["cells"] if _table_of(cell) not in known)
    if new:
        raise RefusedError(
            f"Rule R9: it would be a new version of wave '{wave}' with tables that '{earlier}' does not hold"
            f" ({', '.join([*new][:5])}). They were protected apart from the earlier ones, and together they could tell"
            " what none of them tells. Declare all tables before the first release of a wave; a new version holds"
            " those, or fewer."
        )


def _table_of(cell: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    statistic, of, _, by = cell["place"]
    return statistic, of, tuple(name for name, _ in by)


def _refuse_small_change(
    before: Mapping[str, Any], now: Mapping[str, Any], earlier: str, wave: str, book: Codebook, rules: RuleSet
) -> None:
    old = {str(cell["place"]): cell for cell in before["cells"] if cell["shown"]}
    found = []
    for cell in now["cells"]:
        there = old.get(str(cell["place"])) if cell["shown"] else None
        sensitive = cell["place"][1] in book and book[cell["place"][1]].privacy in rules.sensitive_classes
        if there is not None and _gives_away(there, cell, rules, sensitive=sensitive):
            found.append(cell["table"])
    if found:
        tables = list(dict.fromkeys(found))
        more = f" and {len(tables) - 5} more" if len(tables) > 5 else ""
        raise RefusedError(
            f"Rule R9: it would be a new version of wave '{wave}', and beside '{earlier}' it tells of the few who make"
            f" the difference ({', '.join(tables[:5])}{more}): figures that both show rest on counts that differ by"
            " fewer than ten answers, or the difference answered nearly all alike. Wait for more late answers, merge"
            " categories, or leave the earlier release as it is."
        )


def _gives_away(old: Mapping[str, Any], new: Mapping[str, Any], rules: RuleSet, *, sensitive: bool) -> bool:
    base = new["n"] - old["n"]
    changes = [base]
    if new["count"] is not None and old["count"] is not None:
        count = new["count"] - old["count"]
        changes += [count, base - count]
    if any(0 < abs(change) < rules.least_count for change in changes):
        return True
    if not sensitive or base == 0 or len(changes) == 1:
        return False
    share = changes[1] / base
    return math.isfinite(share) and not 1 - rules.group_share < share < rules.group_share
