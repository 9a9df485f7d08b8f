"""The privacy file: a card beside each file of answers with purpose, ground, retention date and who may see it.

``NAME.privacy.yaml`` covers ``NAME``, ``NAME.*``, ``NAME_*`` and ``NAME-*`` in ``data/raw`` and ``data/interim``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, quoted
from stagekansen_lib.privacy.answer_files import (
    CARD_ENDING,
    FOLDERS,
    JOURNAL,
    files_of_answers,
    folder_of_store,
    is_store_card,
    short_name,
    store_of,
    write_answers,
)
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.wording import chosen_language, date_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LONGEST_DAYS",
    "PrivacyCard",
    "check_privacy_files",
    "draft_privacy_card",
    "fill_privacy_card",
    "privacy_files",
    "read_privacy_card",
    "retention_date",
]

_WORDS = ("purpose_nl", "purpose_en", "controller", "ground_art_6", "ground_art_9")
_DAYS = ("collected_until", "retention_until")
# What must be filled in.
_FIELDS = (*_WORDS, "retention_until", "may_see")
# What a ground may be: a letter of GDPR art. 6(1), and of art. 9(2) or none.
_LETTERS = {"ground_art_6": ("a", "b", "c", "d", "e", "f"), "ground_art_9": ("none", "a", "j")}
# Raw answers are erased or made anonymous within six months (rule "bewaren" of data/registers/survey_rules.yaml).
LONGEST_DAYS = 184
_DRAFT = """\
# Privacy file of {name}: fill in every line; `python3 start.py check` fails until it is complete, and after the date.
# Legal points need a check by the privacy officer of the school or the municipality.
purpose_nl: ""         # waarvoor de antwoorden worden gebruikt, in één zin
purpose_en: ""         # the same in English
controller: ""         # who decides about the data: a school, the municipality
ground_art_6: ""       # GDPR art. 6(1): a (consent), b, c, d, e (public task) or f (legitimate interest)
ground_art_9: ""       # special categories, GDPR art. 9(2): a (explicit consent), j (research), or none
collected_until:       # last day of the fieldwork, such as 2026-06-30
retention_until:       # day on which the answers are erased, at most six months after collected_until
may_see: []            # roles, not names: such as [researcher, data steward]
synthetic: false       # true when a program made the answers: nothing else is needed then
"""


@dataclass(frozen=True)
class PrivacyCard:
    """One privacy file.

    ``ground_art_6`` is a letter of GDPR art. 6(1), ``ground_art_9`` "a", "j" or "none"; ``retention_until`` is the last
    day on which the answers may be there; ``may_see`` are roles. A ``synthetic`` card covers answers of nobody.
    """

    path: Path
    purpose_nl: str = ""
    purpose_en: str = ""
    controller: str = ""
    ground_art_6: str = ""
    ground_art_9: str = ""
    collected_until: dt.date | None = None
    retention_until: dt.date | None = None
    may_see: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def stem(self) -> str:
        return self.path.name.removesuffix(CARD_ENDING)

    def covers(self, file: Path) -> bool:
        return file.name == self.stem or file.name.startswith((f"{self.stem}.", f"{self.stem}_", f"{self.stem}-"))

    def expired(self, today: dt.date) -> bool:
        return not self.synthetic and self.retention_until is not None and self.retention_until < today

    def text(self, language: str | None = None) -> str:
        """The card as people read it, a few lines."""
        spoken = chosen_language(language)
        if self.synthetic:
            return say("privacy.card_synthetic", spoken, name=self.stem)
        until = date_text(self.retention_until, spoken) if self.retention_until else "?"
        purpose = {"nl": self.purpose_nl, "en": self.purpose_en}[spoken]
        return say(
            "privacy.card", spoken, name=self.stem, purpose=purpose or "?", controller=self.controller or "?",
            art_6=self.ground_art_6 or "?", art_9=self.ground_art_9 or "?", until=until,
            roles=", ".join(self.may_see) or "?",
        )  # fmt: skip


def read_privacy_card(path: str | Path) -> PrivacyCard:
    """One privacy file.

    Raises
    ------
    InputError : it is no YAML, holds an unknown field, or a date is no date; all of it at once.
    """
    path = Path(path)
    content = read_yaml(path)
    problems = list(_wrong_fields(content, path.name))
    if problems:
        raise InputError(problems)
    filled: dict[str, Any] = {name: _word(content.get(name)) for name in _WORDS}
    filled |= {name: content.get(name) or None for name in _DAYS}
    filled["may_see"] = tuple(str(role) for role in content.get("may_see") or ())
    return PrivacyCard(path, **filled, synthetic=content.get("synthetic") is True)


def _wrong_fields(content: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for name in content:
        if name not in (*_FIELDS, "collected_until", "synthetic"):
            yield Problem(f"Field '{name}' is not known.", where)
    for name in _DAYS:
        value = content.get(name)
        is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        if value not in (None, "") and not is_day:
            yield Problem(f"'{name}' is no date.", where, "Write it like 2026-12-31.")
    if not isinstance(content.get("may_see") or [], list):
        yield Problem("'may_see' is no list of roles.", where, "Write it like [researcher, data steward].")


def privacy_files(*, today: dt.date | None = None) -> pd.DataFrame:
    """One line a file of answers: file, card, retention_until, state ("in order", "expired", "no card", "incomplete").

    Raises
    ------
    InputError : a card cannot be read.
    """
    import pandas as pd

    day = today or dt.date.today()
    cards = _cards()
    lines = []
    for file in files_of_answers():
        card = _card_of(file, cards)
        if card is None:
            state = "no card"
        elif card.expired(day):
            state = "expired"
        else:
            state = "incomplete" if list(_gaps(card)) else "in order"
        until = card.retention_until if card else None
        lines.append((short_name(file), card.path.name if card else "", until, state))
    return pd.DataFrame(lines, columns=["file", "card", "retention_until", "state"])


def retention_date(files: Iterable[Path]) -> dt.date | None:
    """The first day on which one of these files of answers must be gone; None when no privacy file says so."""
    cards = _cards()
    found = [card.retention_until for file in files if (card := _card_of(file, cards)) is not None]
    return min((day for day in found if day is not None), default=None)


def check_privacy_files(*, today: dt.date | None = None) -> tuple[Problem, ...]:
    """What is wrong with the privacy files: a file of answers without one, an expired date, a field that is empty."""
    cards, unreadable, problems = _readable_cards()
    return (
        *problems,
        *_cut_off_withdrawal(),
        *_without_card(cards, unreadable),
        *(problem for card in cards for problem in (*_gaps(card), *_expired(card, today or dt.date.today()))),
    )


def _readable_cards() -> tuple[list[PrivacyCard], list[Path], list[Problem]]:
    """The cards, those that cannot be read, and why."""
    cards: list[PrivacyCard] = []
    unreadable: list[Path] = []
    problems: list[Problem] = []
    for path in _card_paths():
        try:
            cards.append(read_privacy_card(path))
        except InputError as error:
            unreadable.append(path)
            problems.extend(error.problems)
    return cards, unreadable, problems


def _cut_off_withdrawal() -> Iterator[Problem]:
    if data_folder("raw", JOURNAL).is_file():
        do = "Run the same `python3 start.py withdraw` again: it is finished first."
        yield Problem("A withdrawal was cut off.", f"data/raw/{JOURNAL}", do)


def _without_card(cards: list[PrivacyCard], unreadable: Sequence[Path]) -> Iterator[Problem]:
    """Files of answers that no card covers; a card that cannot be read is named as such, and covers what it would."""
    broken = [PrivacyCard(Path(path.name)) for path in unreadable]
    bare = [
        file
        for file in files_of_answers()
        if _card_of(file, cards) is None and not any(card.covers(file) for card in broken)
    ]
    for file, others in _by_draft(bare).items():
        do = f"Run: {command_for_draft(file)} and fill it in, or erase the answers."
        more = f" and {others} more file(s) that go with it" if others else ""
        yield Problem(f"This file of answers{more} has no privacy file.", short_name(file), do)


def _expired(card: PrivacyCard, day: dt.date) -> Iterator[Problem]:
    covered = [short_name(file) for file in files_of_answers() if card.covers(file)] if card.expired(day) else []
    if covered:
        do = f"Erase {', '.join(covered)}; releases stay."
        yield Problem(f"The retention date {card.retention_until} has passed.", card.path.name, do)


def command_for_draft(file: Path) -> str:
    """The command that drafts the privacy file of a file of answers; a stored survey goes by its card."""
    folder = folder_of_store(file)
    if folder is not None:
        file = folder.with_name(f"{store_of(file)}.yaml")
    return f"python3 start.py privacy new {quoted(short_name(file))}"


def draft_wanted(store_card: Path) -> str:
    """The command for the privacy file of a stored survey that has none yet; empty when one covers it."""
    stored = [file for file in files_of_answers() if store_of(file) == store_card.stem]
    covering = [PrivacyCard(path) for path in _card_paths()]
    return command_for_draft(stored[0]) if stored and _card_of(stored[0], covering) is None else ""


def _by_draft(files: Sequence[Path]) -> dict[Path, int]:
    """One file for each privacy file that is wanting, and how many others the same one will cover."""
    found: dict[Path, int] = {}
    for file in sorted(files, key=lambda one: len(store_of(one) or one.stem)):
        first = next((one for one in found if _card_of(file, [_drafted(one)])), None)
        if first is None:
            found[file] = 0
        else:
            found[first] += 1
    return found


def _drafted(file: Path) -> PrivacyCard:
    return PrivacyCard(Path(f"{store_of(file) or file.stem}{CARD_ENDING}"))


def draft_privacy_card(file: str | Path) -> Path:
    """A privacy file to fill in, beside a file of answers, or beside the card of a stored survey.

    Raises
    ------
    InputError : there is no such file, it lies outside ``data/raw`` and ``data/interim``, or it has a card already.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(file)))
    if is_store_card(path):
        path = next(path.parent.glob(f"{path.stem}-*/answers.parquet"))
    if path not in [known.resolve() for known in files_of_answers()]:
        raise InputError(Problem("A privacy file belongs to answers in data/raw or data/interim.", str(file)))
    card = _card_of(path, _cards())
    if card is not None:
        raise InputError(Problem(f"{card.path.name} covers this file already.", str(file)))
    stored = store_of(path)
    target = path.parents[1] / f"{stored}{CARD_ENDING}" if stored else path.with_name(f"{path.stem}{CARD_ENDING}")
    write_answers(target, _DRAFT.format(name=stored or path.stem).encode(), "draft a privacy file")
    return target


def fill_privacy_card(file: str | Path, content: Mapping[str, Any]) -> PrivacyCard:
    """The privacy file of answers, filled in; nothing is written while something is wrong or absent.

    Parameters
    ----------
    file : as for ``draft_privacy_card``.
    content : the fields of ``PrivacyCard``; days as dates, ``may_see`` as a list of roles.

    Raises
    ------
    InputError : as ``draft_privacy_card``; or a field is absent or not possible: all of it at once.
    """
    import yaml

    name = Path(file).name
    problems = list(_wrong_fields(content, name))
    if problems:
        raise InputError(problems)
    plain: dict[str, Any] = {name: _word(content.get(name)) for name in _WORDS}
    plain |= {name: content.get(name) or None for name in _DAYS}
    roles = tuple(content.get("may_see") or ())
    gaps = list(_gaps(PrivacyCard(Path(file), **plain, may_see=roles)))
    if gaps:
        raise InputError(gaps)
    target = draft_privacy_card(file)
    text = yaml.safe_dump({**plain, "may_see": list(roles)}, allow_unicode=True, sort_keys=False, width=120)
    write_answers(target, text.encode("utf-8"), "fill in a privacy file")
    return read_privacy_card(target)


def _word(value: object) -> str:
    return "" if value is None else str(value).strip()


def _card_paths() -> list[Path]:
    folders = [data_folder(name) for name in FOLDERS]
    return [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob(f"*{CARD_ENDING}"))]


def _cards() -> list[PrivacyCard]:
    return [read_privacy_card(path) for path in _card_paths()]


def _card_of(file: Path, cards: list[PrivacyCard]) -> PrivacyCard | None:
    """The card with the longest name that covers a file, or a folder that it lies in."""
    fitting = [card for card in cards if any(card.covers(part) for part in (file, *file.parents))]
    return max(fitting, key=lambda card: len(card.stem), default=None)


def _gaps(card: PrivacyCard) -> Iterator[Problem]:
    if card.synthetic:
        return
    empty = [name for name in _FIELDS if not getattr(card, name)]
    if empty:
        yield Problem(f"Not filled in: {', '.join(empty)}.", card.path.name)
    for name, letters in _LETTERS.items():
        value = getattr(card, name)
        if value and value not in letters:
            yield Problem(f"'{name}' is '{value}'.", card.path.name, f"Use one of {', '.join(letters)}.")
    days = _days_kept(card)
    if days > LONGEST_DAYS:
        said = f"Answers are kept for {days} days after the fieldwork."
        yield Problem(said, card.path.name, "Six months is the limit.")


def _days_kept(card: PrivacyCard) -> int:
    if card.collected_until is None or card.retention_until is None:
        return 0
    return (card.retention_until - card.collected_until).days
