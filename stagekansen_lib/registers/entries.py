"""What every entry of a register has: id, labels, notes, source and confidence."""

from __future__ import annotations

import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.registers.texts import code_meaning, escape, sentence, value_text
from stagekansen_lib.wording import chosen_language

__all__ = ["Confidence", "Entry", "Labelled", "Note", "Noted"]


Confidence = Literal["handbook", "found", "recalled", "derived", "heard"]

# YAML gives lists, and a date without quotes as a date. Nothing else is coerced.
Words = Annotated[tuple[str, ...], Field(strict=False)]

Numbers = Annotated[tuple[int | float, ...], Field(strict=False)]


def _as_date(value: object) -> object:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    return value


class Entry(BaseModel):
    """What every entry of a register has: an id, how sure we are, and where it comes from.

    ``confidence`` is "handbook" (stands in the handbook), "found" (seen on a public page), "recalled"
    (written from memory, nobody checked it), "derived" (computed here from other entries) or "heard" (told to the team
    with consent, read by two). ``source_ids``
    are ids of the source register; ``source`` is the source in words. Both may be empty: then the source is
    unknown, and shows so.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    confidence: Confidence
    source: str = ""
    source_ids: Words = ()

    # The field that names the entry, the codes that have a text in the locales (`code_<kind>`), and what is written as
    # a number.
    title_field: ClassVar[str] = "label"
    code_fields: ClassVar[dict[str, str]] = {}
    number_fields: ClassVar[tuple[str, ...]] = ()

    def text(self, name: str, language: str | None = None) -> str:
        """The text of a field in one language, such as ``term.text("definition", "en")``.

        Raises
        ------
        InputError : the entry has no such field.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> read_registers().terms["melding"].text("label", "en")
        'report'
        """
        language = chosen_language(language)
        for field in (f"{name}_{language}", name):
            if field in type(self).model_fields:
                value = getattr(self, field)
                return self._shown(name, value, language)
        names = [field.removesuffix("_nl") for field in type(self).model_fields if not field.endswith("_en")]
        raise InputError(Problem(f"'{self.id}' has no field '{name}'.", do=did_you_mean(name, names)))

    def _shown(self, name: str, value: object, language: str) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return sentence("yes" if value else "no", language)
        if isinstance(value, (int, float)) and name in self.number_fields:
            return value_text(value, language)
        values = [str(part) for part in value] if isinstance(value, tuple) else [str(value)]
        if name in self.code_fields:
            values = [code_meaning(self.code_fields[name], part, language) for part in values]
        return "; ".join(values)

    def heading(self, language: str | None = None) -> str:
        """The name of the entry as people know it."""
        return self.text(self.title_field, language)

    def confidence_text(self, language: str | None = None) -> str:
        """How sure we are, in words.

        >>> from stagekansen_lib.registers.reading import read_registers
        >>> read_registers().terms["intimidatie"].confidence_text("nl")
        'uit het hoofd opgeschreven, niet nagegaan'
        """
        return code_meaning("confidence", self.confidence, language)

    @property
    def verified(self) -> bool:
        """True when the entry stands in the handbook or was seen on a public page; False when nobody checked it."""
        return self.confidence in ("handbook", "found")

    def fields(self, language: str | None = None) -> dict[str, str]:
        """Every filled field with its text in one language, in the order of the register."""
        language = chosen_language(language)
        shown: dict[str, str] = {}
        own = [field for field in type(self).model_fields if field not in Entry.model_fields]
        for field in (*own, "source", "source_ids"):
            if field.endswith("_nl" if language == "en" else "_en"):
                continue
            name = field.removesuffix(f"_{language}")
            value = self.text(name, language)
            if value:
                shown[name] = value
        return shown

    def words(self, language: str | None = None) -> str:
        """All text of the entry in one language, for searching."""
        return " ".join([self.id, *self.fields(language).values()])

    def _repr_html_(self) -> str:
        rows = {
            "id": self.id,
            **self.fields(),
            sentence("confidence").lower(): self.confidence_text(),
        }
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
        return f"<table><caption>{escape(self.heading('nl'))}</caption><tbody>{cells}</tbody></table>"

    def __str__(self) -> str:
        return f"{self.heading('nl')} ({self.confidence_text('nl')})"


class Labelled(Entry):
    """An entry with a label in two languages."""

    label_nl: str
    label_en: str


class Noted(Labelled):
    """A labelled entry that can carry a remark."""

    note_nl: str = ""
    note_en: str = ""


class Note(Labelled):
    """One line of the method notes."""


Date = Annotated[datetime.date, BeforeValidator(_as_date)]
