"""The word about codebooks: draft one from an export, confirm it point by point, write it when nothing is open."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, add_reading_options, found_file, reading_of, text, working
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.wording import chosen_language, say

if TYPE_CHECKING:
    from stagekansen_lib.drafts.drafting import CodebookDraft
    from stagekansen_lib.drafts.points import Point

__all__ = ["add_commands"]

_COLUMNS = ("variable", "what", "proposal", "value")
_AS_PROPOSED = "="


def add_commands(words: Words) -> None:
    word = words.group("codebook").add("new", draft_codebook)
    word.add("file", type=found_file)
    word.add("--name")
    word.add("--folder", type=Path)
    word.add("--like")
    word.add("--confirm", action="append", nargs=3, default=[], metavar=("VARIABLE", "WHAT", "VALUE"))
    word.add("--points", type=Path)
    word.add("--as-proposed", action="store_true")
    add_reading_options(word)


def draft_codebook(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.drafts.keeping import resume_draft, save_draft
    from stagekansen_lib.drafts.points import open_points

    with working("reading"):
        draft = resume_draft(options.file, options.name, like=options.like or "", **reading_of(options))
    for variable, what, value in _given(draft, options):
        draft.confirm(variable, what, value)
    if options.as_proposed:
        _confirm_proposals(draft)
    kept = save_draft(draft, options.file, like=options.like or "")
    _tell_changes(draft)
    waiting = open_points(draft.state)
    for point in waiting:
        print(_line(point))
    if any(point.figures for point in waiting):
        listed = _write_points(kept.with_name(f"{kept.stem}_points.tsv"), waiting)
        print()
        print(text("points_open", count=sum(point.figures for point in waiting), file=listed))
        return Exit.FOUND
    return _write_codebook(draft, options)


def _given(draft: CodebookDraft, options: argparse.Namespace) -> Iterator[tuple[str, str, Any]]:
    """What was said on the command line, and in a file of points; a value "=" is what was proposed."""
    proposed = {(line.variable, line.what): line.proposal for line in draft.open_points.itertuples(index=False)}
    given = [tuple(one) for one in options.confirm]
    given += _read_points(options.points) if options.points else []
    for variable, what, value in given:
        name = "" if variable == "-" else variable
        yield name, what, proposed.get((name, what), value) if value == _AS_PROPOSED else value


def _confirm_proposals(draft: CodebookDraft) -> None:
    """Everything that has a proposal, until what is left has none."""
    from stagekansen_lib.drafts.points import open_points

    while ready := [point for point in open_points(draft.state) if point.proposal]:
        draft.confirm(ready[0].variable, ready[0].what, ready[0].proposal)


def _line(point: Point) -> str:
    what = say(f"draft.{point.what}", chosen_language())
    return f"{point.variable or '-':40} {what} [{point.what}]: {point.proposal or '?'}"


def _tell_changes(draft: CodebookDraft) -> None:
    for variable, what, before, now in draft.state["changes"]:
        change = say(f"draft.change_{what.replace(' ', '_')}", chosen_language())
        print(f"{variable}: {change}: {' -> '.join(filter(None, (before, now)))}", file=sys.stderr)


def _write_points(path: Path, waiting: Sequence[Point]) -> Path:
    from stagekansen_lib.surveys.codebook_files import write_whole

    lines = [(point.variable or "-", point.what, point.proposal, "") for point in waiting]
    rows = ["\t".join(str(cell).replace("\t", " ").replace("\n", " ") for cell in line) for line in [_COLUMNS, *lines]]
    write_whole(path, ("\n".join(rows) + "\n").encode("utf-8-sig"), private=True)
    return path


def _read_points(path: Path) -> list[tuple[str, str, str]]:
    """The lines of a file of points that somebody gave a value; its cells stand apart by tabs, semicolons or commas."""
    if not path.is_file():
        raise InputError(Problem("There is no such file.", str(path)))
    content = path.read_text("utf-8-sig")
    head = content.partition("\n")[0]
    sign = next((one for one in "\t;," if one in head), "\t")
    lines = list(csv.DictReader(content.splitlines(), delimiter=sign, restval=""))
    if not lines or {"variable", "what", "value"} - set(lines[0]):
        raise InputError(Problem("A file of points has the columns variable, what and value.", str(path)))
    return [(line["variable"], line["what"], line["value"].strip()) for line in lines if (line["value"] or "").strip()]


def _write_codebook(draft: CodebookDraft, options: argparse.Namespace) -> Exit:
    from stagekansen_lib.project.paths import project_folder
    from stagekansen_lib.surveys.codebook_files import write_codebook

    book = draft.codebook
    written = write_codebook(book, options.folder or project_folder("data", "codebooks"))
    for variable in book.variables.values():
        codes = text("codes", count=len(variable.codes))
        print(f"{variable.name:40} {variable.kind:9} {variable.privacy:12} {codes:>9}  {variable.concept}")
    print()
    print(text("drafted", file=written, codes=f"{written.stem}_codes.csv", export=options.file))
    return Exit.WELL
