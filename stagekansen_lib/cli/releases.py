"""Words about releases: practice, tables to declare, a release, and an attack on, a proof and a record of one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, day, found, number, text, working
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.wording import chosen_language, percent_text, say

if TYPE_CHECKING:
    from stagekansen_lib.releases.proofs import ReleaseProof

__all__ = ["add_commands"]

_SAFE = ("passed", "not applicable")


def add_commands(words: Words) -> None:
    word = words.add("practise", practise)
    word.add("codebook")
    word.add("--n", type=number(1), default=300)
    word.add("--seed", type=number(0), default=1)
    word.add("--file", type=Path)

    word = words.group("tables").add("new", propose_tables)
    word.add("codebook")
    word.add("--replace", action="store_true")

    word = words.add("release", make_release)
    word.add("name")
    word.add("--made-by", required=True)
    word.add("--checked-by", required=True)
    word.add("--survey", type=found, default="example_2022")
    word.add("--margins")
    word.add("--rules", default="steering_group")
    word.add("--date", type=day)
    word.add("--wave", default="")
    word.add("--draft", action="store_true")

    word = words.add("attack", attack_release)
    word.add("name")
    word.add("--folder", type=Path)
    word.add("--site", type=Path)

    word = words.add("prove", prove)
    word.add("release")
    word.add("--folder", type=Path)
    word.add("--seal", default="")
    word.add("--json", action="store_true")

    word = words.add("catalogue", write_record)
    word.add("release")
    word.add("--address", default="")
    word.add("--creator", default="")
    word.add("--publisher", default="")
    word.add("--contact", default="")
    word.add("--into", type=Path)
    word.add("--folder", type=Path)


def practise(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.disclosure.rules import declared_tables_file
    from stagekansen_lib.surveys.codebook_files import read_codebook
    from stagekansen_lib.twins.practising import write_practice

    book = read_codebook(options.codebook)
    written = write_practice(book, options.file, rows=options.n, seed=options.seed)
    usual = options.file is None
    place = written.relative_to(project_folder()) if usual else written
    print(text("practise_written", rows=options.n, codebook=book.name, file=place))
    if not declared_tables_file(book.name).is_file():
        print(text("practise_next_tables", codebook=book.name))
    print(text("practise_next_release", survey=written.stem if usual else written))
    return Exit.WELL


def propose_tables(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.releases.proposing import write_tables

    file, found = write_tables(options.codebook, replace_file=options.replace)
    for table in found.tables:
        print(f"{table['id']:40} {table[f'title_{chosen_language()}']}")
    print()
    for name, why in found.left_out:
        print(text("tables_left_out", name=name, why=why))
    for one in found.merges:
        print(text("tables_merged", name=one.name, source=one.derived_from[0]))
    print(text("tables_written", count=len(found.tables), file=file.relative_to(project_folder())))
    return Exit.WELL


def make_release(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.releases.from_surveys import release_survey

    with working("step_start") as tell:
        made = release_survey(
            options.name,
            made_by=options.made_by,
            checked_by=options.checked_by,
            survey=options.survey,
            margins=options.margins,
            rules=options.rules,
            date=options.date,
            wave=options.wave,
            draft=options.draft,
            tell=lambda step: tell(f"step_{step}"),
        )
    language = chosen_language()
    verdict = json.loads((made.folder / "attack.json").read_text("utf-8"))
    shown = percent_text(made.kept, language)
    print(text("draft" if made.draft else "release", name=made.name, tables=len(made.tables), shown=shown))
    print(text("stands_in", place=made.folder.relative_to(project_folder())))
    for name, (kept, cells) in made.kept_by_table.items():
        if kept < cells:
            print(text("rows_shown", table=name, shown=kept, cells=cells))
    print(verdict[f"sentence_{language}"])
    if made.synthetic:
        print(text("made_up"))
    safe = all(one["verdict"] in _SAFE for one in verdict["attacks"])
    return Exit.WELL if made.draft or safe else Exit.FOUND


def attack_release(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.attacks.attack import attack

    with working("attacking"):
        report = attack(options.name, folder=options.folder, site=options.site)
    for check in report.checks:
        verdict = text(f"verdict_{check.verdict.replace(' ', '_')}")
        print(f"{check.number:>2}  {verdict:<16}  {check.name}. {check.reason}".rstrip())
        for finding in check.findings:
            print(f"      {finding}")
    print()
    print(report.sentence(chosen_language()))
    return Exit.WELL if report.passed else Exit.FOUND


def prove(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.releases.proofs import prove_release

    with working("proving"):
        proof = prove_release(options.release, folder=options.folder, seal=options.seal)
    if options.json:
        print(json.dumps(proof.content(), ensure_ascii=False, indent=1))
    else:
        _show_proof(proof)
    return Exit.WELL if proof.proven else Exit.FOUND


def _show_proof(proof: ReleaseProof) -> None:
    language = chosen_language()
    for step in proof.steps:
        verdict = say(f"proof.{'good' if step.proven else 'wrong'}", language)
        print(f"{verdict:<12}{step.title(language)}")
        for _, told in step.told(language):
            print(f"              {told}")
    print()
    print(say("proof.seal", language, seal=proof.seal))
    print(proof.sentence())
    if not proof.proven:
        print(say("proof.heading_against", language))
    for heading, told_list in (("proves", proof.proves()), ("proves_not", proof.proves_not())):
        print(f"\n{say(f'proof.heading_{heading}', language)}")
        for told in told_list:
            print(f"- {told}")


def write_record(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.releases.catalogues import catalogue_record, lacking_in

    with working("proving"):
        record = catalogue_record(
            options.release,
            address=options.address,
            creator=options.creator,
            publisher=options.publisher,
            contact=options.contact,
            folder=options.folder,
        )
    written = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    if options.into is None:
        print(written, end="")
    else:
        _beside_a_release(options.into).write_text(written, "utf-8", newline="\n")
    lacking = lacking_in(record)
    if lacking:
        print(say("catalogue.lacking", chosen_language()), file=sys.stderr)
    for name in lacking:
        print(f"- {name}: {say(_HOW[name], chosen_language())}", file=sys.stderr)
    return Exit.FOUND if lacking else Exit.WELL


_HOW = {
    "dct:publisher": "catalogue.how_publisher",
    "dcat:contactPoint": "catalogue.how_contact",
    "dct:creator": "catalogue.how_creator",
    "dcat:accessURL": "catalogue.how_address",
}


def _beside_a_release(file: Path) -> Path:
    """A file in the folder of a release would change it."""
    if any((folder / "release.json").exists() for folder in file.absolute().parents):
        raise InputError(
            Problem("A file in the folder of a release would change it.", do="Write the record beside the folder.")
        )
    return file
