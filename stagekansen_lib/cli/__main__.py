"""The command ``stagekansen``: serve the dashboards, open the lab, check and refresh the data.

``python3 start.py WORD`` hands its words to this command.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from stagekansen_lib.errors import InputError, Problem, StagekansenError
from stagekansen_lib.project.extras import require_package
from stagekansen_lib.project.paths import library_folder, project_folder

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all is well, 1 when something was found or refused, 130 after Ctrl+C."""
    given = list(sys.argv[1:] if words is None else words)
    if not given or (given[0].startswith("--") and given[0] not in ("--help", "--version")):
        given.insert(0, "dashboards")
    # What follows "lab" is JupyterLab's, in the order given; "--" keeps the parser off it.
    words_to_pass = given[:1] == ["lab"] and not {"-h", "--help", "--"} & set(given)
    options = _parser().parse_args(["lab", "--", *given[1:]] if words_to_pass else given)
    action: Callable[[argparse.Namespace], int] = options.action
    try:
        done = action(options)
        sys.stdout.flush()
        return done
    except StagekansenError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as problem:
        # A place that a person named and that is not there, is no folder, or is not theirs.
        print(f"{problem.filename}: {problem.strerror}. Check the name and the folder.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has seen enough. Python would say so once more when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    from importlib.metadata import version as version_of

    parser = argparse.ArgumentParser(prog="stagekansen", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"stagekansen {version_of('stagekansen')}")
    words = parser.add_subparsers(title="words", required=True)

    word = words.add_parser("dashboards", help="serve the dashboards on this computer (the default)")
    word.add_argument("--port", type=_port, default=8866, help="1 to 65535, 0 for any free one (default 8866)")
    word.add_argument("--no-browser", action="store_true", help="do not open a browser")
    word.add_argument("--live", action="store_true", help="live widgets with a kernel each, for analysts")
    word.add_argument("--viewers", type=_viewers, default=24, help="live pages open at once, 1 to 200 (default 24)")
    word.set_defaults(action=_dashboards)

    word = words.add_parser("site", help="build the public pages and say where they are")
    word.set_defaults(action=_site)

    word = words.add_parser("lab", help="open JupyterLab on the notebooks")
    word.add_argument("rest", nargs="*", help="passed on to JupyterLab, such as --no-browser --port 8899")
    word.set_defaults(action=_lab)

    word = words.add_parser("check", help="cross-check registers, data and releases; say what is still to be verified")
    word.set_defaults(action=_check)

    word = words.add_parser("import", help="read an export against its codebook, check it, and store what can be used")
    word.add_argument("file", type=Path, nargs="?", help="CSV, Excel, SPSS, Stata or Parquet file")
    word.add_argument("--codebook", default="baseline", help="name or path of the codebook (default baseline)")
    word.add_argument("--name", default=None, help="name in the store (default the name of the file)")
    word.add_argument(
        "--column",
        action="append",
        default=[],
        type=_match,
        metavar="COLUMN=VARIABLE",
        help="a match that you confirm; may be given more than once",
    )
    word.add_argument("--replace", action="store_true", help="put it in the place of the survey of that name")
    word.add_argument(
        "--remove",
        nargs="+",
        action="extend",
        default=[],
        metavar="COLUMN",
        help="columns to leave out: import FILE --remove Naam E-mailadres",
    )
    word.add_argument(
        "--set-aside-texts", action="store_true", help="empty open answers that name somebody, and list them"
    )
    _reading_options(word)
    word.set_defaults(action=_import)

    word = words.add_parser("codebook", help="make codebooks")
    codebook_words = word.add_subparsers(title="words", required=True)
    word = codebook_words.add_parser("new", help="draft a codebook from an export, for you to finish")
    word.add_argument("file", type=Path, help="CSV, Excel, SPSS, Stata or Parquet file")
    word.add_argument("--name", default=None, help="name of the codebook (default the name of the file)")
    word.add_argument("--folder", type=Path, default=None, help="where to write (default data/codebooks)")
    _reading_options(word)
    word.set_defaults(action=_new_codebook)

    word = words.add_parser("questionnaire", help="write the questions of a codebook for a survey tool")
    word.add_argument("tool", choices=["limesurvey", "microsoft_forms"], help="the tool that takes it in")
    word.add_argument("file", type=Path, help="file to write: .txt for LimeSurvey, .docx for Microsoft Forms")
    word.add_argument("--codebook", default="baseline", help="name or path of the codebook (default baseline)")
    word.add_argument("--language", choices=["nl", "en"], default=None, help="for Microsoft Forms (default Dutch)")
    word.set_defaults(action=_questionnaire)

    word = words.add_parser("fieldwork", help="answers so far against their targets, for the team")
    word.add_argument("survey", help="name or path of the answers so far")
    word.add_argument("--targets", type=Path, default=None, help="YAML file with the wanted answers of each group")
    word.add_argument("--margins", default=None, help="without targets: divide the wanted answers as these margins")
    word.add_argument("--answers", type=int, default=None, help="without targets: wanted number of answers in all")
    word.add_argument("--codebook", default=None, help="name or path of the codebook")
    word.set_defaults(action=_fieldwork)

    word = words.add_parser("index", help="the yearly index of a survey, with its doubt, for the team")
    word.add_argument("survey", help="name or path of the answers, such as example_2022")
    word.add_argument("--margins", default=None, help="name or path of the margins to weight to")
    word.add_argument("--codebook", default=None, help="name or path of the codebook")
    word.add_argument("--before", default=None, help="name or path of the wave before, for the change")
    word.add_argument(
        "--before-margins", default=None, help="margins of the wave before; those of --margins when left out"
    )
    word.add_argument("--recruitment", choices=["list", "class_link", "open_link"], help="how students were asked")
    word.add_argument(
        "--within",
        nargs="*",
        default=["school3", "level"],
        help="variables within whose groups students are drawn; none when a group has one student (school3 level)",
    )
    word.add_argument("--series", default="A", help="letter of the series; a break begins a new one (%(default)s)")
    word.add_argument("--before-series", default=None, help="letter of the wave before, when a break lies between")
    word.add_argument("--seed", type=int, default=2022, help="of the bootstrap (%(default)s)")
    word.add_argument("--language", choices=["nl", "en"], default=None)
    word.set_defaults(action=_index)

    word = words.add_parser(
        "twin", help="write a synthetic twin of a survey, to work with before anyone sees the real file"
    )
    word.add_argument("survey", help="name or path of the real answers")
    word.add_argument("--file", type=Path, default=None, help="file to write (default data/interim/twin_NAME.csv)")
    word.add_argument("--codebook", default=None, help="name or path of the codebook")
    word.add_argument("--rows", type=int, default=None, help="made-up respondents (default as many as the real file)")
    word.add_argument("--seed", type=int, default=None, help="a whole number, to get the same twin again")
    word.set_defaults(action=_twin)

    word = words.add_parser("attack", help="try to find small groups in a release, with its own bytes only")
    word.add_argument("name", help="name of the release, such as example-2022")
    word.add_argument("--folder", type=Path, default=None, help="folder of the releases (default data/published)")
    word.add_argument("--site", type=Path, default=None, help="folder of built pages or exports to attack as well")
    word.set_defaults(action=_attack)

    word = words.add_parser("release", help="read, weigh, protect and attack a survey, then publish its tables")
    word.add_argument("name", help="name of the release: small letters, digits, hyphens, such as 2026-autumn")
    word.add_argument("--made-by", required=True, help="who makes it")
    word.add_argument("--checked-by", required=True, help="who checked it: somebody else")
    word.add_argument("--survey", default="example_2022", help="name or path of the survey (default example_2022)")
    word.add_argument("--margins", default=None, help="counts to weigh to (default: as declared), or none")
    word.add_argument("--rules", default="steering_group", help="rule set (default steering_group)")
    word.add_argument("--date", type=_date, default=None, help="day of the release, such as 2026-11-23 (default today)")
    word.add_argument("--wave", default="", help="name of the measurement, the same for all its releases")
    word.add_argument("--draft", action="store_true", help="only for a look: into build/drafts, published nowhere")
    word.set_defaults(action=_release)

    word = words.add_parser("verify", help="record who checked a reporting point, and when")
    word.add_argument("point", help="id of the reporting point, such as disc-nl")
    word.add_argument("--by", required=True, help="role or initials of who checked")
    word.add_argument("--how", required=True, help='how, such as "called the number"')
    word.add_argument("--fields", nargs="*", default=(), help="fields that were checked; none means the whole entry")
    word.add_argument("--wrong", action="store_true", help="the check showed that it is wrong: hide it")
    word.add_argument("--on", type=_date, default=None, help="date of the check, such as 2026-11-23 (default today)")
    word.set_defaults(action=_verify)

    word = words.add_parser(
        "withdraw",
        help="remove one respondent from all files of answers, and write proof of it",
        description="The number itself is never written down: the proof in data/raw/withdrawals.yaml is a hash of it.",
    )
    word.add_argument(
        "respondent", help="number as it stands in the files; '-' asks for it, so that no history keeps it"
    )
    word.add_argument(
        "--key", type=Path, default=None, help="file with the key of the pseudonyms (outside the project)"
    )
    word.add_argument(
        "--checked", nargs="+", action="extend", default=[], metavar="FILE", help="files that a person searched by hand"
    )
    word.add_argument(
        "--survey",
        action="append",
        default=[],
        metavar="NAME",
        help="a survey the respondent took part in, when the number is in use in several; may be given more than once",
    )
    word.add_argument("--all-surveys", action="store_true", help="it is the same person in all surveys")
    word.add_argument("--proof", action="store_true", help="change nothing: say whether this respondent was withdrawn")
    word.set_defaults(action=_withdraw)

    word = words.add_parser("privacy", help="privacy files: who may see which answers, and until when")
    privacy_words = word.add_subparsers(title="words", required=True)
    word = privacy_words.add_parser("show", help="every file of answers with its privacy file and retention date")
    word.set_defaults(action=_privacy_show)
    word = privacy_words.add_parser("new", help="draft a privacy file beside a file of answers")
    word.add_argument("file", type=Path, help="file in data/raw or data/interim")
    word.set_defaults(action=_privacy_new)
    word = privacy_words.add_parser("gate", help="look for what points at persons in a file; stores nothing")
    word.add_argument("file", type=Path, help="the file")
    word.add_argument("--codebook", default=None, help="codebook of the file (default baseline)")
    word.set_defaults(action=_privacy_gate)

    word = words.add_parser("data", help="look after the data")
    data_words = word.add_subparsers(title="words", required=True)
    word = data_words.add_parser("refresh", help="fetch newer boundaries, addresses and tables (needs a network)")
    word.add_argument("what", nargs="*", help="what to fetch; none means everything")
    word.add_argument("--trial", action="store_true", help="fetch, check and compare; replace nothing")
    word.set_defaults(action=_refresh)
    word = data_words.add_parser(
        "geocode", help="propose coordinates for addresses of reporting points; writes nothing"
    )
    word.set_defaults(action=_geocode)
    return parser


def _reading_options(word: argparse.ArgumentParser) -> None:
    word.add_argument("--format", default=None, help="format of the file, when its content is not enough to tell")
    word.add_argument("--sheet", default=None, help="sheet of an Excel workbook")
    word.add_argument("--structure", type=Path, default=None, help="structure file of LimeSurvey (.lss or .txt)")


def _match(text: str) -> tuple[str, str]:
    column, sign, variable = text.rpartition("=")
    if not sign or not column:
        raise argparse.ArgumentTypeError(f"a match is written like 'Hoe oud ben je=age_class', not {text!r}")
    return column, variable


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text!r}")
    return int(text)


def _viewers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 200:
        raise argparse.ArgumentTypeError(f"a number of viewers is a whole number from 1 to 200, not {text!r}")
    return int(text)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a date is written like 2026-11-23, not {text!r}") from None


def _dashboards(options: argparse.Namespace) -> int:
    from stagekansen_lib.project.walls import close_wall
    from stagekansen_lib.site.building import builds_folder
    from stagekansen_lib.site.serving import serve_site

    # Another process makes the pages: the one that serves them stays small and loads nothing that reads data.
    builder = [sys.executable, "-m", "stagekansen_lib.cli", "site"]

    def started(address: str) -> None:
        print(f"The dashboards are at {address} (Ctrl+C stops them).", flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        if not options.live:  # there each kernel closes its own
            close_wall(but=builder)  # after the browser, which is another program

    if options.live:
        from stagekansen_lib.site.live import serve_live

        serve_live(port=options.port, viewers=options.viewers, started=started)
        return 0
    serve_site(
        builds_folder(), port=options.port, builder=builder, started=started, told=partial(print, file=sys.stderr)
    )
    return 0


def _site(_: argparse.Namespace) -> int:
    from stagekansen_lib.site.building import build_site

    print(build_site())
    return 0


def _lab(options: argparse.Namespace) -> int:
    require_package("jupyterlab", "lab")
    # No news, newer versions or extensions from a server elsewhere; settings of a person's own still go first.
    ours = str(library_folder("assets", "jupyter"))
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [os.environ.get("JUPYTER_CONFIG_PATH"), ours]))
    quiet = ["--LabApp.news_url=None", "--LabApp.extension_manager=readonly"]
    return _run_module(["jupyterlab", "--notebook-dir=notebooks", *quiet, *options.rest])


def _run_module(words: list[str]) -> int:
    command = [sys.executable, "-m", *words]
    os.chdir(project_folder())
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that whoever stops this command stops that one
    return subprocess.call(command)


def _check(_: argparse.Namespace) -> int:
    from stagekansen_lib.privacy.cards import check_privacy_files
    from stagekansen_lib.project.datapackages import check_datapackage
    from stagekansen_lib.registers.checks import check_registers
    from stagekansen_lib.registers.reading import read_registers
    from stagekansen_lib.registers.verification import unverified_report
    from stagekansen_lib.releases.checking import check_releases

    registers = read_registers()
    problems = [*check_registers(registers), *check_datapackage(), *check_privacy_files(), *check_releases()]
    for problem in problems:
        print(f"- {problem}")
    print(
        f"{len(problems)} problems in the registers and the data." if problems else "Registers and data are in order."
    )
    print()
    print(unverified_report(registers))
    return 1 if problems else 0


def _import(options: argparse.Namespace) -> int:
    from stagekansen_lib.intake.checks import check_survey
    from stagekansen_lib.intake.reading import propose_columns, read_survey
    from stagekansen_lib.intake.stores import write_survey
    from stagekansen_lib.privacy.cards import draft_wanted
    from stagekansen_lib.privacy.gate_reports import IdentifiersFoundError

    file, remove = _file_and_columns(options.file, options.remove)
    reading = {"format": options.format, "sheet": options.sheet, "structure": options.structure}
    columns = dict(options.column)
    gate = {"remove": remove, "set_aside_texts": options.set_aside_texts}
    try:
        survey = read_survey(file, options.codebook, columns=columns or None, **reading, **gate)
    except IdentifiersFoundError as stopped:
        print(stopped.for_command_line(), file=sys.stderr)
        return 1
    except InputError as problem:
        print(problem, file=sys.stderr)
        if "problem(s) with the columns" in problem.title:
            near = propose_columns(file, options.codebook, columns=columns or None, **reading)
            for line in near.to_dict("records"):
                print(f'  perhaps: --column "{line["column"]}={line["variable"]}"', file=sys.stderr)
        return 1
    name = options.name or re.sub(r"[^A-Za-z0-9_-]+", "_", file.stem).strip("_-")
    card = write_survey(survey, name, replace=options.replace)
    print("\n".join(survey.provenance.history))
    print()
    print(check_survey(survey).sentence("en"))
    print(f'Stored as "{name}": {card.relative_to(project_folder())}. Read it with read_survey("{name}").')
    wanting = draft_wanted(card)
    if wanting:
        print(f"Next: say who may see these answers, and until when, in a privacy file. Run: {wanting}")
    return 0


def _file_and_columns(file: Path | None, remove: list[str]) -> tuple[Path, list[str]]:
    """The file to import and the columns to leave out; a file that comes last stands among the columns."""
    if file is not None:
        return file, remove
    files = [name for name in remove if Path(name).is_file()]
    if len(files) != 1:
        raise InputError(
            Problem("No file to import was found.", do="Write: python3 start.py import FILE --remove COLUMN COLUMN.")
        )
    return Path(files[0]), [name for name in remove if name != files[0]]


def _new_codebook(options: argparse.Namespace) -> int:
    from stagekansen_lib.intake.codebook_drafts import TO_CONFIRM, draft_codebook
    from stagekansen_lib.surveys.codebook_files import write_codebook

    reading = {"format": options.format, "sheet": options.sheet, "structure": options.structure}
    book = draft_codebook(options.file, options.name, **reading)
    written = write_codebook(book, options.folder or project_folder("data", "codebooks"))
    for variable in book.variables.values():
        print(f"{variable.name:40} {variable.kind:9} {variable.privacy:12} {len(variable.codes):>3} codes")
    print(f"\nWritten to {written} and {written.stem}_codes.csv. Everything in it is a guess: look at each line whose")
    print(f"note begins with '{TO_CONFIRM}', mend it, and take the note away. Translate the labels.")
    return 0


def _questionnaire(options: argparse.Namespace) -> int:
    from stagekansen_lib.surveys.codebook_files import read_codebook
    from stagekansen_lib.surveys.questionnaires import write_questionnaire

    written = write_questionnaire(
        read_codebook(options.codebook), options.file, tool=options.tool, language=options.language
    )
    print(written)
    return 0


def _fieldwork(options: argparse.Namespace) -> int:
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.monitoring.fieldwork import fieldwork_progress, plan_targets, read_targets
    from stagekansen_lib.population.margins import read_margins

    if options.targets:
        targets = read_targets(options.targets)
    elif options.margins and options.answers is not None:
        targets = plan_targets(read_margins(options.margins), options.answers)
    else:
        raise InputError(Problem("There are no targets.", do="Give --targets FILE, or --margins NAME and --answers N."))
    print(fieldwork_progress(read_survey(options.survey, options.codebook), targets))
    return 0


def _index(options: argparse.Namespace) -> int:
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.monitoring.index_results import YearlyIndex
    from stagekansen_lib.monitoring.yearly_index import index_change, yearly_index
    from stagekansen_lib.population.margins import read_margins
    from stagekansen_lib.weighting.raking import rake
    from stagekansen_lib.wording import chosen_language

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

    language = chosen_language(options.language)
    now = wave(options.survey, options.margins, options.series)
    print(now.labelled(language).to_string(index=False))
    print(now.sentence(language))
    if options.before:
        series = options.before_series or options.series
        before = wave(options.before, options.before_margins or options.margins, series)
        print(index_change(before, now).sentence(language))
    return 0


def _twin(options: argparse.Namespace) -> int:
    from stagekansen_lib.intake.reading import read_survey
    from stagekansen_lib.twins.making import make_twin, write_twin

    survey = read_survey(options.survey, options.codebook)
    path = options.file or project_folder("data", "interim", f"twin_{Path(options.survey).stem}.csv")
    twin = make_twin(survey, rows=options.rows, seed=options.seed)
    print(write_twin(twin, path))
    print(twin.sentence("en"))
    return 0


def _attack(options: argparse.Namespace) -> int:
    from stagekansen_lib.attacks.attack import attack

    report = attack(options.name, folder=options.folder, site=options.site)
    for check in report.checks:
        print(f"{check.number:>2}  {check.verdict:<14}  {check.name}. {check.reason}".rstrip())
        for finding in check.findings:
            print(f"      {finding}")
    print()
    print(report.sentence("en"))
    return 0 if report.passed else 1


_STEPS = {
    "read": "Reading the answers",
    "weigh": "Weighing",
    "estimate": "Estimating what is declared",
    "protect": "Protecting",
    "attack": "Attacking it with its own bytes",
}


def _release(options: argparse.Namespace) -> int:
    from rich.console import Console

    from stagekansen_lib.releases.from_surveys import release_survey

    with Console(stderr=True).status("Starting") as status:
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
            tell=lambda step: status.update(f"{_STEPS[step]} ..."),
        )
    verdict = json.loads((made.folder / "attack.json").read_text("utf-8"))
    print(f"{made!r}.")
    print(f"It stands in {made.folder.relative_to(project_folder())}.")
    for name, (shown, cells) in made.kept_by_table.items():
        if shown < cells:
            print(f"  {name}: {shown} of {cells} rows say something.")
    print(verdict["sentence_en"])
    if made.synthetic:
        print("Made-up data: nothing in it is a finding.")
    return 0 if made.draft or all(one["verdict"] in ("passed", "not applicable") for one in verdict["attacks"]) else 1


def _verify(options: argparse.Namespace) -> int:
    from stagekansen_lib.project.datapackages import write_datapackage
    from stagekansen_lib.registers.verification import record_verification

    written: Path = record_verification(
        options.point,
        checked_by=options.by,
        how=options.how,
        fields=options.fields,
        wrong=options.wrong,
        on=options.on or dt.date.today(),
    )
    write_datapackage()
    print(f"Written to {written.relative_to(project_folder())}.")
    return 0


def _withdraw(options: argparse.Namespace) -> int:
    from getpass import getpass

    from stagekansen_lib.privacy.withdrawal import find_proof, withdraw

    number = getpass("Number of the respondent: ") if options.respondent == "-" else options.respondent
    if options.proof:
        found = find_proof(number, key_file=options.key)
        print(found.text() if found else "No proof of a withdrawal fits this number (with this key).")
        return 0 if found else 1
    done = withdraw(
        number,
        key_file=options.key,
        checked=options.checked,
        surveys=options.survey,
        all_surveys=options.all_surveys,
    )
    print(done.text())
    return 0


def _privacy_show(_: argparse.Namespace) -> int:
    from stagekansen_lib.privacy.cards import check_privacy_files, privacy_files

    problems = check_privacy_files()
    try:
        table = privacy_files()
        print(table.to_string(index=False) if len(table) else "There are no files of answers.")
    except InputError:
        pass  # a privacy file that cannot be read is one of the problems below
    for problem in problems:
        print(f"- {problem}")
    return 1 if problems else 0


def _privacy_new(options: argparse.Namespace) -> int:
    from stagekansen_lib.privacy.cards import draft_privacy_card

    print(f"Written: {draft_privacy_card(options.file).name}. Fill in every line.")
    return 0


def _privacy_gate(options: argparse.Namespace) -> int:
    from stagekansen_lib.privacy.gate import find_identifiers
    from stagekansen_lib.readers.columns import find_columns
    from stagekansen_lib.readers.detection import read_table
    from stagekansen_lib.surveys.codebook_files import read_codebook

    unread = f"{options.file.name} could not be read as a table, so nothing in it was looked at."
    try:
        table = read_table(options.file)
    except InputError as problem:
        raise InputError(problem.problems, unread) from None
    rows, book = table.rows, read_codebook(options.codebook or "baseline")
    header = [str(name) for name in rows.columns]
    try:
        found = find_columns(header, book, options.file.name, questions=table.questions, technical=table.technical)
    except StagekansenError:
        found = None  # another file than the codebook's: every column is looked at as a stranger
    names = "".join(header)
    if found is None and (not len(rows) or len(rows) < len(table.set_aside) or not names.isprintable()):
        raise InputError(Problem("Most of it is no rows and columns of text.", do="Export it again."), unread)
    report = find_identifiers(rows, book if found else None, found, file=options.file.name)
    print(report)
    if found is None:
        print(f"This is no file of codebook '{book.name}', so each column was looked at without knowing what it means.")
    return 0 if report.passed else 1


def _refresh(options: argparse.Namespace) -> int:
    from stagekansen_lib.population.refresh import refresh

    print(refresh(options.what, trial=options.trial) if options.what else refresh(trial=options.trial))
    return 0


def _geocode(_: argparse.Namespace) -> int:
    from stagekansen_lib.population.refresh import geocode_reporting_points
    from stagekansen_lib.registers.reading import read_registers

    print(geocode_reporting_points(read_registers().reporting_points).to_string(index=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
