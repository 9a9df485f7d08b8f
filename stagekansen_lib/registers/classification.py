"""Entries about classifications, data sources and packages."""

from __future__ import annotations

from typing import ClassVar

from stagekansen_lib.registers.entries import Entry, Labelled, Noted, Words

__all__ = ["ClassificationLevel", "ClassificationLink", "DataSource", "Package", "Programme"]


class ClassificationLevel(Labelled):
    """How one type of education is divided: levels, forms, codes, groupings and what counts as a placement."""

    levels_nl: Words
    levels_en: Words
    forms_nl: Words
    forms_en: Words
    codes_nl: str
    codes_en: str
    groupings_nl: Words
    groupings_en: Words
    placement_nl: str
    placement_en: str


class ClassificationLink(Noted):
    """A link from an mbo domain or a CROHO unit to a broad field of ISCED-F; ``quality`` says how safe it is."""

    code: str = ""
    isced: str
    alternatives: Words = ()
    quality: str
    sector_nl: str = ""
    sector_en: str = ""


class Programme(Noted):
    """An example of a programme and its fields."""

    level: str
    croho_nl: str
    croho_en: str
    isced: Words


class DataSource(Entry):
    """One open data set: who publishes it, which columns were seen and what to be careful about."""

    title_field: ClassVar[str] = "id"

    label_nl: str = ""
    label_en: str = ""
    publisher: str
    columns: Words = ()
    files_nl: str = ""
    files_en: str = ""
    period: str = ""
    caution_nl: str = ""
    caution_en: str = ""


class Package(Labelled):
    """A Python package that reads one of the data sets."""

    name: str
    version_seen: str = ""
    functions: str = ""
