"""The command ``stagekansen``: serve the dashboards, open the lab, check and refresh the data.

``python3 start.py WORD`` hands its words to this command.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.paths import project_folder

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all is well, 1 when something was found or refused, 130 after Ctrl+C."""
    given = list(sys.argv[1:] if words is None else words)
    if not given or (given[0].startswith("--") and given[0] not in ("--help", "--version")):
        given.insert(0, "dashboards")
    options = _parser().parse_args(given)
    action: Callable[[argparse.Namespace], int] = options.action
    try:
        return action(options)
    except StagekansenError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    from stagekansen_lib import __version__

    parser = argparse.ArgumentParser(prog="stagekansen", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"stagekansen {__version__}")
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
    word.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to JupyterLab")
    word.set_defaults(action=_lab)

    word = words.add_parser("check", help="cross-check registers and data; say what is still to be verified")
    word.set_defaults(action=_check)

    word = words.add_parser("attack", help="try to find small groups in a release, with its own bytes only")
    word.add_argument("name", help="name of the release, such as example-2022")
    word.add_argument("--folder", type=Path, default=None, help="folder of the releases (default data/published)")
    word.set_defaults(action=_attack)

    word = words.add_parser("verify", help="record who checked a reporting point, and when")
    word.add_argument("point", help="id of the reporting point, such as disc-nl")
    word.add_argument("--by", required=True, help="role or initials of who checked")
    word.add_argument("--how", required=True, help='how, such as "called the number"')
    word.add_argument("--fields", nargs="*", default=(), help="fields that were checked; none means the whole entry")
    word.add_argument("--wrong", action="store_true", help="the check showed that it is wrong: hide it")
    word.add_argument("--on", type=_date, default=None, help="date of the check, such as 2026-11-23 (default today)")
    word.set_defaults(action=_verify)

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
    from stagekansen_lib.site import serve_site

    def started(address: str) -> None:
        print(f"The dashboards are at {address} (Ctrl+C stops them).", flush=True)
        if not options.no_browser:
            webbrowser.open(address)

    if options.live:
        from stagekansen_lib.site.live import serve_live

        serve_live(port=options.port, viewers=options.viewers, started=started)
        return 0

    # Another process makes the pages: the one that serves them stays small and loads nothing that reads data.
    made = subprocess.run(
        [sys.executable, "-m", "stagekansen_lib.cli", "site"], stdout=subprocess.PIPE, text=True, check=False
    )
    if made.returncode:
        return made.returncode
    serve_site(Path(made.stdout.strip()), port=options.port, started=started)
    return 0


def _site(_: argparse.Namespace) -> int:
    from stagekansen_lib.site import build_site

    print(build_site())
    return 0


def _lab(options: argparse.Namespace) -> int:
    return _run_module(["jupyterlab", "--notebook-dir=notebooks", *options.rest])


def _run_module(words: list[str]) -> int:
    command = [sys.executable, "-m", *words]
    os.chdir(project_folder())
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that whoever stops this command stops that one
    return subprocess.call(command)


def _check(_: argparse.Namespace) -> int:
    from stagekansen_lib.datapackages import check_datapackage
    from stagekansen_lib.registers import check_registers, read_registers, unverified_report

    registers = read_registers()
    problems = [*check_registers(registers), *check_datapackage()]
    for problem in problems:
        print(f"- {problem}")
    print(
        f"{len(problems)} problems in the registers and the data." if problems else "Registers and data are in order."
    )
    print()
    print(unverified_report(registers))
    return 1 if problems else 0


def _attack(options: argparse.Namespace) -> int:
    from stagekansen_lib.disclosure import attack

    report = attack(options.name, folder=options.folder)
    for check in report.checks:
        print(f"{check.number:>2}  {check.verdict:<14}  {check.name}. {check.reason}".rstrip())
        for finding in check.findings:
            print(f"      {finding}")
    print()
    print(report.sentence("en"))
    return 0 if report.passed else 1


def _verify(options: argparse.Namespace) -> int:
    from stagekansen_lib.datapackages import write_datapackage
    from stagekansen_lib.registers import record_verification

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


def _refresh(options: argparse.Namespace) -> int:
    from stagekansen_lib.refresh import refresh

    print(refresh(options.what, trial=options.trial) if options.what else refresh(trial=options.trial))
    return 0


def _geocode(_: argparse.Namespace) -> int:
    from stagekansen_lib.refresh import geocode_reporting_points
    from stagekansen_lib.registers import read_registers

    print(geocode_reporting_points(read_registers().reporting_points).to_string(index=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
