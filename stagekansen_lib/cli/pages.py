"""Words that show something: the dashboards, the public pages, the documentation, JupyterLab."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import webbrowser
from functools import partial
from pathlib import Path
from typing import NoReturn

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, number, text, working
from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs, require_package
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.together.server import private_kernels
from stagekansen_lib.wording import chosen_language

__all__ = ["add_commands"]


def add_commands(words: Words) -> None:
    word = words.add("dashboards", serve_dashboards)
    word.add("--port", type=number(0, 65_535), default=8866)
    word.add("--no-browser", action="store_true")
    word.add("--live", action="store_true")
    word.add("--viewers", type=number(1, 200), default=24)

    words.add("site", make_site)

    word = words.add("docs", show_docs)
    word.add("--port", type=number(0, 65_535), default=8867)
    word.add("--no-browser", action="store_true")
    word.add("--build", action="store_true")

    word = words.add("lab", open_lab)
    word.add("--together", action="store_true")
    word.add("--network", action="store_true")
    word.add("rest", nargs="*")


def serve_dashboards(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.project.walls import close_wall
    from stagekansen_lib.site.building import builds_folder
    from stagekansen_lib.site.serving import serve_site

    # Another process makes the pages: the one that serves them stays small and loads nothing that reads data.
    builder = [sys.executable, "-m", "stagekansen_lib.cli", "site"]

    def started(address: str) -> None:
        print(text("serving", address=address), flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        # After the browser, which is another program. Beheer is served live only; each kernel closes its own wall.
        close_wall(but=() if options.live else builder, leaving=("ledger/private",) if options.live else ())

    if options.live:
        from stagekansen_lib.site.live import serve_live

        serve_live(port=options.port, viewers=options.viewers, started=started)
    else:
        told = partial(print, file=sys.stderr, flush=True)
        serve_site(builds_folder(), port=options.port, builder=builder, started=started, told=told)
    return Exit.WELL


def make_site(_: argparse.Namespace) -> Exit:
    from stagekansen_lib.site.building import build_site

    print(build_site())
    return Exit.WELL


def show_docs(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.site.documentation import build_docs, serve_docs

    with working("building_docs"):
        folder = build_docs()
    if options.build:
        print(folder)
        return Exit.WELL

    def started(address: str) -> None:
        print(text("serving_docs", address=address), flush=True)
        if not options.no_browser:
            webbrowser.open(address)

    serve_docs(folder, port=options.port, started=started)
    return Exit.WELL


def open_lab(options: argparse.Namespace) -> Exit:
    require_package("jupyterlab", "lab")
    if options.network and not options.together:
        raise InputError(Problem("--network goes with --together only.", do="Use: lab --together --network"))
    from stagekansen_lib.desk.lab_settings import BEGIN, lab_options, write_lab_settings

    language, settings = chosen_language(), project_folder("build", "lab")
    write_lab_settings(settings, language)
    os.environ["STAGEKANSEN_LANGUAGE"] = language  # for the kernels that it starts
    # Settings of a person's own still go first.
    own = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [own, str(settings)]))
    saving = "--ContentsManager.pre_save_hook=stagekansen_lib.together.saving.without_versions"
    common = [*lab_options(settings, language), saving]
    if options.together:
        return _open_room([*common, *options.rest], BEGIN[language], network=options.network)
    with needs("lab"):
        from jupyter_core.paths import jupyter_runtime_dir
    # Its package may be there for --together: without that word nobody edits along.
    alone = [*private_kernels(Path(jupyter_runtime_dir())), "--YDocExtension.disable_rtc=True"]
    return _run_module(["jupyterlab", *common, *alone, *options.rest])


def _open_room(words: list[str], notebook: str, *, network: bool) -> NoReturn:
    from stagekansen_lib.together.server import open_room

    def started(link: str, inside: str) -> None:
        print(text("room_open", link=link), flush=True)
        if network:
            print(text("room_on_network"), flush=True)
        webbrowser.open(inside)

    os.chdir(project_folder())
    open_room(words, notebook=notebook, network=network, started=started)
    # Threads of the store wait for work for ever, and Python for them.
    sys.stdout.flush()
    os._exit(Exit.WELL)


def _run_module(words: list[str]) -> Exit:
    command = [sys.executable, "-m", *words]
    os.chdir(project_folder())
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that whoever stops this command stops that one
    return Exit.WELL if subprocess.call(command) == 0 else Exit.FOUND
