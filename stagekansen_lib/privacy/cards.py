"""The privacy file: a card beside each file of answers with purpose, ground, retention date and who may see it.

``NAME.privacy.yaml`` covers ``NAME``, ``NAME.*``, ``NAME_*`` and ``NAME-*`` in ``data/raw`` and ``data/interim``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem, quoted
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.wording import Language, chosen_language, date_text, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PrivacyCard",
    "check_privacy_files",
    "draft_privacy_card",
    "files_of_answers",
    "privacy_files",
    "read_privacy_card",
    "short_name",
]

ENDING = ".privacy.yaml"
FOLDERS = ("raw", "interim")
# Written by a withdrawal that is not finished yet.
JOURNAL = ".withdrawal.json"
# Not answers: cards of a folder, the proofs of withdrawal, the explanation of a folder.
_NO_ANSWERS = {"card.yaml", "withdrawals.yaml", ".gitkeep", "README.md"}
_FIELDS = ("purpose_nl", "purpose_en", "controller", "ground_art_6", "ground_art_9", "retention_until", "may_see")
_ART_6 = ("a", "b", "c", "d", "e", "f")
_ART_9 = ("none", "a", "j")
# Raw answers are erased or made anonymous within six months (rule "bewaren" of data/registers/survey_rules.yaml).
_LONGEST_DAYS = 184
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
        return self.path.name.removesuffix(ENDING)

    def covers(self, file: Path) -> bool:
        return file.name == self.stem or file.name.startswith((f"{self.stem}.", f"{self.stem}_", f"{self.stem}-"))

    def expired(self, today: dt.date) -> bool:
        return not self.synthetic and self.retention_until is not None and self.retention_until < today

    def text(self, language: Language | None = None) -> str:
        """The card as people read it, a few lines."""
        spoken = chosen_language(language)
        if self.synthetic:
            return say("privacy.card_synthetic", spoken, name=self.stem)
        until = date_text(self.retention_until, spoken) if self.retention_until else "?"
        purpose = self.purpose_nl if spoken == "nl" else self.purpose_en
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
    import yaml

    path = Path(path)
    where = path.name
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError, OSError):
        raise InputError(Problem("This privacy file cannot be read.", where, "Write it as YAML in UTF-8.")) from None
    if not isinstance(content, Mapping):
        raise InputError(
            Problem("This privacy file holds no fields.", where, "Start from a draft: python3 start.py privacy new.")
        )
    known = {*_FIELDS, "collected_until", "synthetic"}
    problems = [Problem(f"Field '{name}' is not known.", where) for name in content if name not in known]
    days: dict[str, dt.date | None] = {}
    for name in ("collected_until", "retention_until"):
        value = content.get(name)
        day = value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None
        if value not in (None, "") and day is None:
            problems.append(Problem(f"'{name}' is no date.", where, "Write it like 2026-12-31."))
        days[name] = day
    roles = content.get("may_see") or []
    if not isinstance(roles, list):
        problems.append(Problem("'may_see' is no list of roles.", where, "Write it like [researcher, data steward]."))
        roles = []
    if problems:
        raise InputError(problems)
    return PrivacyCard(
        path,
        purpose_nl=_word(content.get("purpose_nl")),
        purpose_en=_word(content.get("purpose_en")),
        controller=_word(content.get("controller")),
        ground_art_6=_word(content.get("ground_art_6")),
        ground_art_9=_word(content.get("ground_art_9")),
        collected_until=days["collected_until"],
        retention_until=days["retention_until"],
        may_see=tuple(str(role) for role in roles),
        synthetic=content.get("synthetic") is True,
    )


def files_of_answers() -> list[Path]:
    """Every file in ``data/raw`` and ``data/interim`` that may hold answers: all but cards and explanations."""
    found = []
    for name in FOLDERS:
        folder = data_folder(name)
        if folder.is_dir():
            found += [path for path in sorted(folder.rglob("*")) if path.is_file() and _holds_answers(path)]
    return found


def store_of(path: Path) -> str:
    """The name of the stored survey (see ``stores.write_survey``) in whose folder a file lies; empty when in none."""
    found = [re.fullmatch(r"(.+)-[0-9a-f]{12}", folder.name) for folder in path.parents]
    return next((one[1] for one in found if one), "")


def surveys_of(files: Sequence[Path]) -> dict[Path, tuple[str, ...]]:
    """The survey that each file belongs to: its name, then other names for it.

    A file is called by its place without its ending, and two raw files never count as one survey. A stored survey goes
    with the file it was read from; when that is not there, or not certain, it is a survey of its own.
    """
    loose = [file for file in files if not store_of(file)]
    calls = {file: _place_in_folder(file) for file in loose}
    raw = [calls[file].with_suffix("") for file in loose if file.is_relative_to(data_folder("raw"))]
    names = {
        file: place.as_posix()
        if file.is_relative_to(data_folder("raw")) and raw.count(place.with_suffix("")) > 1
        else place.with_suffix("").as_posix()
        for file, place in calls.items()
    }
    found: dict[Path, tuple[str, ...]] = {file: (name,) for file, name in names.items()}
    for file in files:
        stored = store_of(file)
        if not stored:
            continue
        read_from = _read_from(file)
        origins = [one for one in loose if read_from and one.name == read_from]
        if len(origins) == 1:
            found[file] = (names[origins[0]], stored)
        else:
            found[file] = (stored if stored not in names.values() else f"stored:{stored}",)
    return found


def _place_in_folder(file: Path) -> Path:
    return next(file.relative_to(data_folder(name)) for name in FOLDERS if file.is_relative_to(data_folder(name)))


def _read_from(stored: Path) -> str:
    """The name of the file that a stored survey was read from, as the first line of its history tells it."""
    import yaml

    folder = next(one for one in stored.parents if re.fullmatch(r".+-[0-9a-f]{12}", one.name))
    try:
        card = yaml.safe_load((folder.parent / f"{store_of(stored)}.yaml").read_text("utf-8"))
        told = re.match(r"read (.+) against codebook ", str(card["history"][0]))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, IndexError, TypeError):
        return ""
    return told[1] if told else ""


def _is_store_card(path: Path) -> bool:
    """Whether a YAML file is the card of a stored survey: it names the folder with the answers and holds none."""
    return path.suffix == ".yaml" and any(path.parent.glob(f"{path.stem}-*/answers.parquet"))


def _holds_answers(path: Path) -> bool:
    if (store_of(path) and path.parent.name == "codebook") or _is_store_card(path):
        return False
    return not (path.name in _NO_ANSWERS or path.name.endswith(ENDING) or path.name == JOURNAL)


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


def check_privacy_files(*, today: dt.date | None = None) -> tuple[Problem, ...]:
    """What is wrong with the privacy files: a file of answers without one, an expired date, a field that is empty."""
    day = today or dt.date.today()
    problems: list[Problem] = []
    cards: list[PrivacyCard] = []
    for path in _card_paths():
        try:
            cards.append(read_privacy_card(path))
        except InputError as error:
            problems.extend(error.problems)
    if data_folder("raw", JOURNAL).is_file():
        do = "Run the same `python3 start.py withdraw` again: it is finished first."
        problems.append(Problem("A withdrawal was cut off.", f"data/raw/{JOURNAL}", do))
    unreadable = {path.name for path in _card_paths()} - {card.path.name for card in cards}
    bare = [
        file
        for file in files_of_answers()
        if _card_of(file, cards) is None and not any(PrivacyCard(Path(name)).covers(file) for name in unreadable)
    ]
    for file, others in _by_draft(bare).items():
        do = f"Run: {command_for_draft(file)} and fill it in, or erase the answers."
        more = f" and {others} more file(s) that go with it" if others else ""
        problems.append(Problem(f"This file of answers{more} has no privacy file.", short_name(file), do))
    for card in cards:
        problems.extend(_gaps(card))
        if card.expired(day):
            covered = [short_name(file) for file in files_of_answers() if card.covers(file)]
            if covered:
                problems.append(
                    Problem(
                        f"The retention date {card.retention_until} has passed.",
                        card.path.name,
                        f"Erase {', '.join(covered)}; releases stay.",
                    )
                )
    return tuple(problems)


def command_for_draft(file: Path) -> str:
    """The command that drafts the privacy file of a file of answers; a stored survey goes by its card."""
    stored = store_of(file)
    if stored:
        folder = next(one for one in file.parents if re.fullmatch(r".+-[0-9a-f]{12}", one.name))
        file = folder.with_name(f"{stored}.yaml")
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
    return PrivacyCard(Path(f"{store_of(file) or file.stem}{ENDING}"))


def draft_privacy_card(file: str | Path) -> Path:
    """A privacy file to fill in, beside a file of answers, or beside the card of a stored survey.

    Raises
    ------
    InputError : there is no such file, it lies outside ``data/raw`` and ``data/interim``, or it has a card already.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(file)))
    if _is_store_card(path):
        path = next(path.parent.glob(f"{path.stem}-*/answers.parquet"))
    if path not in [known.resolve() for known in files_of_answers()]:
        raise InputError(Problem("A privacy file belongs to answers in data/raw or data/interim.", str(file)))
    card = _card_of(path, _cards())
    if card is not None:
        raise InputError(Problem(f"{card.path.name} covers this file already.", str(file)))
    stored = store_of(path)
    target = path.parents[1] / f"{stored}{ENDING}" if stored else path.with_name(f"{path.stem}{ENDING}")
    target.write_text(_DRAFT.format(name=stored or path.stem), "utf-8")
    return target


def _word(value: object) -> str:
    return "" if value is None else str(value).strip()


def _card_paths() -> list[Path]:
    folders = [data_folder(name) for name in FOLDERS]
    return [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob(f"*{ENDING}"))]


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
    allowed: dict[str, tuple[str, ...]] = {"ground_art_6": _ART_6, "ground_art_9": _ART_9}
    for name, letters in allowed.items():
        value: Any = getattr(card, name)
        if value and value not in letters:
            yield Problem(f"'{name}' is '{value}'.", card.path.name, f"Use one of {', '.join(letters)}.")
    if card.collected_until and card.retention_until:
        days = (card.retention_until - card.collected_until).days
        if days > _LONGEST_DAYS:
            yield Problem(
                f"Answers are kept for {days} days after the fieldwork.", card.path.name, "Six months is the limit."
            )


def short_name(file: Path) -> str:
    """A file as a person names it: from the folder ``data`` on."""
    folder = data_folder().resolve()
    path = file.resolve()
    return f"data/{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else str(file)
