"""The word about the yearly index: of one survey for the team, or of a declared series to publish."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, day, found, number, text, working
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder, project_path
from stagekansen_lib.wording import LANGUAGES, chosen_language, say

if TYPE_CHECKING:
    from stagekansen_lib.monitoring.index_results import YearlyIndex

__all__ = ["add_index"]


def add_index(words: Words) -> None:
    word = words.add("index", tell_index)
    word.add("survey", type=found, nargs="?", default="")
    word.add("--year", default="")
    word.add("--made-by", default="")
    word.add("--checked-by", default="")
    word.add("--date", type=day)
    word.add("--folder", type=Path)
    word.add("--margins")
    word.add("--codebook")
    word.add("--before", type=found)
    word.add("--before-margins")
    word.add("--recruitment", choices=["list", "class_link", "open_link"])
    word.add("--within", nargs="*", default=["school3", "level"])
    word.add("--series", default="A")
    word.add("--before-series")
    word.add("--seed", type=number(0), default=2022)


def tell_index(options: argparse.Namespace) -> Exit:
    if options.year:
        return publish_index(options)
    if not options.survey:
        raise InputError(Problem(text("index_lacks_survey")))
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.monitoring.yearly_index import index_change, yearly_index
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.weighting.raking import rake

    def wave(name: str, margins: str | None, series: str) -> YearlyIndex:
        survey, population = read_survey(name, options.codebook), None
        if margins:
            to = read_margins(margins)
            # Margins of shares do not count students.
            survey, population = rake(survey, to=to), to.total if to.total >= len(survey) else None
        return yearly_index(
            survey, seed=options.seed, within=options.within, series=series, recruitment=options.recruitment,
            population=population,
        )  # fmt: skip

    language = chosen_language()
    with working("computing"):
        now = wave(options.survey, options.margins, options.series)
        told = [now.labelled(language).to_string(index=False), now.sentence(language)]
        if options.before:
            series = options.before_series or options.series
            before = wave(options.before, options.before_margins or options.margins, series)
            told.append(index_change(before, now).sentence(language))
    print("\n".join(told))
    return Exit.WELL


def publish_index(options: argparse.Namespace) -> Exit:
    """From raw answers to a release, or a draft without two names; page, CSV and picture beside it; the sentence."""
    from stagekansen_lib.attacks.attack import attack
    from stagekansen_lib.monitoring.index_releases import release_index
    from stagekansen_lib.monitoring.index_texts import index_csv, index_words
    from stagekansen_lib.pictures.index_lines import draw_index, picture_file
    from stagekansen_lib.views.index_pages import index_file

    language, draft = chosen_language(), not (options.made_by or options.checked_by)
    with working("step_start") as tell:
        made = release_index(
            options.survey or "voorbeeldstad",
            year=options.year,
            made_by=options.made_by or "draft",
            checked_by=options.checked_by,
            date=options.date,
            draft=draft,
            tell=lambda step: tell(f"step_{step}"),
        )
    assert made.index is not None, "a release of an index holds one"
    folder = options.folder or project_folder("build", "index", made.name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.csv").write_text(index_csv(made.index), "utf-8", newline="\n")
    for one in LANGUAGES:
        source = say("index_page.picture_source", one, survey=made.provenance.survey, release=made.name)
        picture = picture_file(draw_index(made.index, language=one), source=source)
        (folder / f"index-{one}.svg").write_text(picture, "utf-8", newline="\n")
        (folder / f"index-{one}.html").write_text(index_file(made, made.index, one), "utf-8", newline="\n")
    print(index_words(made.index, language))
    print(text("stands_in", place=project_path(made.folder)))
    print(text("index_written", place=options.folder or project_path(folder)))
    report = attack(made.name, folder=made.folder.parent)
    print(report.sentence(language))
    return Exit.WELL if report.passed else Exit.FOUND
