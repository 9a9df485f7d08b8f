"""Build the public pages: every dashboard in two languages, in a folder named by all that went into it."""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from stagekansen_lib.assets import page_style, script_text
from stagekansen_lib.errors import InputError, Problem, RefusedError, StagekansenError, did_you_mean
from stagekansen_lib.project.leftovers import one_clear_line, own_mark, sweep
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.places import page_address, read_place
from stagekansen_lib.site.copies import PART_OF_REGISTERS, READS_VARIABLE, preheat
from stagekansen_lib.site.inputs import Inputs, changed_since, read_inputs
from stagekansen_lib.site.kept_pages import Job, KeptPages, read_kept_pages, record_of, write_records
from stagekansen_lib.site.plain_pages import plain_page, qr_page, with_addresses
from stagekansen_lib.wording import Language, chosen_language, say

__all__ = [
    "FILE_TYPES", "PAGES", "build_site", "builds_folder", "current_build", "languages_of_place", "page_frame",
    "pages_of_place", "policy_of",
]  # fmt: skip

PAGES = (
    "overzicht",
    "feiten",
    "meldpunten",
    "verkenner",
    "monitor",
    "kaart",
    "stagereis",
    "wegwijzer",
    "begrippen",
    "bronnen",
    "methode",
    "netwerk",
)

# These stand behind one entry of the menu, so that it fits a phone; on each of them is the way to the others.
_BACKGROUND = ("begrippen", "bronnen", "methode", "netwerk")

# Pages on which somebody may look over a student's shoulder, and a quiet place to leave to. It is opened only when a
# person asks for it.
_EXIT_PAGES = ("meldpunten", "stagereis", "wegwijzer")
_EXIT = "https://www.knmi.nl/nederland-nu/weer/verwachtingen"

# What stands around a page, and what the script of its tools says or writes into a file.
_FRAME_WORDS = (
    "skip", "navigation", "menu", "other_language", "footer", "tools", "share", "qr", "projector", "csv", "svg",
    "print", "back", "next", "stop", "exit", "exit_note",
)  # fmt: skip
_TOOL_WORDS = (
    "copied", "nothing", "no_picture", "saved", "part_label", "name_label", "data_label", "address_label",
    "synthetic_label", "text_label",
)  # fmt: skip

# What a build holds: pages, and files that a reader takes along from one.
FILE_TYPES = {".html": "text/html", ".csv": "text/csv", ".yaml": "application/yaml"}

# So many objects more before Python looks for what can go, a hundred times what it does by itself.
_OBJECTS = 70_000

# Names the build that is shown, in the folder of the builds.
_CURRENT = "current.txt"


def build_site(folder: Path | None = None, *, progress: bool = True) -> Path:
    """The folder with the finished pages, building them when no earlier build fits.

    Parameters
    ----------
    folder : where builds are kept; the default is ``site/`` in the project.
    progress : show a progress bar on the terminal.

    Returns
    -------
    Path of the build: ``nl/`` and ``en/`` with each page and each file to take along, plain and as gzip, and
    ``pages.json`` with content type, ETag and Content-Security-Policy of each. The build is swapped in whole; an
    interrupted one leaves nothing behind that is served.

    Raises
    ------
    InputError : the project holds no notebook of a page.
    StagekansenError : a notebook failed, or a page asks for something from another server.
    RefusedError : a release is not what it was, or does not withstand the attacks; no page is made from it.
    """
    with _seldom_tidied():
        return _newest_build(folder or builds_folder(), progress=progress)


def _newest_build(builds: Path, *, progress: bool) -> Path:
    _sweep(builds)
    if changed_since(builds / _CURRENT):
        # Most likely kernels are needed: their libraries are loaded while the registers are read.
        threading.Thread(target=preheat, kwargs={"live": False}, daemon=True).start()
    inputs = read_inputs()
    finished = builds / inputs.key
    if (finished / "pages.json").exists():
        _point_at(finished)
        return finished
    kept = read_kept_pages(current_build(builds))
    checked = kept.hold_releases(inputs)
    if not checked:
        _check_releases()
    _check_notebooks()
    # The same releases and the same place have the same pages.
    jobs = kept.jobs() if checked else list(_jobs())
    with one_clear_line("The pages cannot be made", builds):
        return _built(builds, inputs, kept, jobs, progress=progress)


@contextmanager
def _seldom_tidied() -> Iterator[None]:
    """Let Python look less often for what can go: a build loads much that stays, looking was a fifth of that time."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _built(builds: Path, inputs: Inputs, kept: KeptPages, jobs: Sequence[Job], *, progress: bool) -> Path:
    finished = builds / inputs.key
    builds.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f"building-{own_mark()}-", dir=builds))
    try:
        _render_all(working, inputs, kept, jobs, progress=progress)
        _finish(working)
        try:
            working.rename(finished)
        except OSError:
            # Another build of the same inputs may have finished meanwhile; it holds the same pages.
            if not (finished / "pages.json").exists():
                raise
    finally:
        shutil.rmtree(working, ignore_errors=True)
    _point_at(finished)
    _forget_old(builds, keep=finished)
    return finished


def _check_notebooks() -> None:
    folder = project_folder() / "dashboards"
    missing = [name for name in PAGES if not (folder / f"{name}.ipynb").is_file()]
    if missing:
        raise InputError(
            Problem(
                f"There is no notebook of {', '.join(missing)}.",
                where=str(folder),
                do="Pages are made in a clone of the project: run from one, or set STAGEKANSEN_HOME to its folder.",
            )
        )


def _check_releases() -> None:
    """No page is made from a release that was changed, or that gives people away, whoever sealed it."""
    from stagekansen_lib.releases.checking import check_releases

    problems = check_releases()
    if problems:
        raise RefusedError(" ".join(["No pages are made.", *(str(one) for one in problems)]))


def builds_folder() -> Path:
    """Where builds are kept: ``site/`` in the project."""
    return project_folder() / "site"


def current_build(folder: Path) -> Path | None:
    """The build that is to be shown: the last one that was finished; None before the first.

    A build that was killed half-way is never it: the file that names the current build is replaced last, and at once.
    """
    try:
        build = folder / (folder / _CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return build if (build / "pages.json").is_file() else None


def _point_at(build: Path) -> None:
    pointer = build.parent / _CURRENT
    if current_build(build.parent) == build:
        with suppress(OSError):  # whoever may only read the builds looks again next time
            pointer.touch()  # nothing has changed up to now
        return
    mine = f"pointer-{own_mark()}-"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix=mine, dir=build.parent, delete=False) as new:
        new.write(build.name)
    Path(new.name).replace(pointer)


def _render_all(working: Path, inputs: Inputs, kept: KeptPages, jobs: Sequence[Job], *, progress: bool) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    for language in languages_of_place():
        (working / language).mkdir()
    records: dict[str, Any] = {}
    holding = kept.holding(inputs)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not progress,
    ) as bar:
        task = bar.add_task(say("serving.making", chosen_language()), total=len(jobs))
        # Three kernels at a time keep two cores busy, as each waits for a third of its time. What holds is taken while
        # the first ones start.
        with ThreadPoolExecutor(max_workers=3) as pool, ThreadPoolExecutor(max_workers=1) as taking:
            made = {}
            for job in jobs:
                worker = taking if _record_name(job) in holding else pool
                made[job] = worker.submit(_taken_or_rendered, working, inputs, kept, job)
            for job, record in made.items():
                records[_record_name(job)] = record.result()
                bar.advance(task)
    write_records(working, records)


def _taken_or_rendered(working: Path, inputs: Inputs, kept: KeptPages, job: Job) -> dict[str, Any]:
    """Put a page in its place, with its compressed form; what it was made from."""
    record = kept.take(_record_name(job), inputs, working) or _rendered(working, inputs, job)
    for name in record["files"]:
        _compress(working / name)
    return record


def _rendered(working: Path, inputs: Inputs, job: Job) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=working) as folder:
        reads = _render_page(Path(folder), inputs.key, *job)
        files = [
            path.rename(working / job[2] / path.name) for path in Path(folder).iterdir() if path.suffix in FILE_TYPES
        ]
    return record_of(job, reads, inputs, working, [path.relative_to(working).as_posix() for path in files])


def _jobs() -> Iterator[Job]:
    """Every page to make: its name, its release and its language."""
    return ((*one, language) for one in _pages_and_releases() for language in languages_of_place())


def _record_name(job: Job) -> str:
    name, release, language = job
    return f"{language}/{_address(name, release)}"


def _pages_and_releases() -> Iterator[tuple[str, str]]:
    """Every page with the release that it is about; "" is the one that it is about by itself."""
    from stagekansen_lib.releases.shown import PAGES_OF_A_RELEASE, releases_to_choose

    for name in pages_of_place():
        yield name, ""
        if name in PAGES_OF_A_RELEASE:
            others = releases_to_choose(with_index=PAGES_OF_A_RELEASE[name])[1:]
            yield from ((name, release) for release in others)


def _render_page(folder: Path, key: str, name: str, release: str, language: Language) -> list[str]:
    """Make a page, with what stands beside it, in a folder of its own; what of the data its kernel read."""
    from stagekansen_lib.releases.shown import PAGES_VARIABLE, RELEASE_VARIABLE
    from stagekansen_lib.site.rendering import render_notebook

    notes = folder / "reads"
    html = render_notebook(
        project_folder() / "dashboards" / f"{name}.ipynb",
        page=page_frame(name, language, key=key, release=release),
        environment={
            PAGES_VARIABLE: str(folder),
            "STAGEKANSEN_LANGUAGE": language,
            RELEASE_VARIABLE: release,
            READS_VARIABLE: json.dumps([str(notes), str(project_folder("data"))]),
        },
    )
    (folder / f"{_address(name, release)}.html").write_text(with_addresses(html), "utf-8", newline="\n")
    read = notes.read_text("utf-8").splitlines() if notes.exists() else []
    return [one if one.startswith(PART_OF_REGISTERS) else f"data/{one}" for one in read]


def pages_of_place() -> tuple[str, ...]:
    """The pages of this place by the names of their notebooks, in the order of the menu.

    Raises
    ------
    InputError : the file of the place names a page that there is not.
    """
    named = read_place().pages
    strange = [name for name in (*named, *read_place().addresses) if name not in PAGES]
    if strange:
        raise InputError(
            [Problem(f"There is no page '{name}'.", "place/place.yaml", did_you_mean(name, PAGES)) for name in strange]
        )
    return named or PAGES


def languages_of_place() -> tuple[Language, ...]:
    """The languages of the pages of this place, the first the one in which a reader comes in."""
    return tuple(chosen_language(language) for language in read_place().languages)


def _address(name: str, release: str) -> str:
    return f"{page_address(name)}-{release}" if release else page_address(name)


def page_frame(
    name: str, language: Language, *, key: str = "", release: str = "", pages: Sequence[str] | None = None
) -> dict[str, Any]:
    """What stands around the content of a page, in the templates.

    ``key`` : the version that a public page was made from; "" for a live one, whose links begin at the server.
    ``release`` : the release that it is about, where that is not the one that it is about by itself.
    ``pages`` : the names that the navigation offers, else those of the place; one that is no public page goes by its
    own name.
    """
    other = next((one for one in languages_of_place() if one != language), "")

    def title(page: str) -> str:
        if page == "background" and len(background) > 1:
            return say("background.heading", language)
        return say(f"frame.title_{page}", language) if page in PAGES else page

    offered = pages_of_place() if pages is None else pages
    background = [page for page in _BACKGROUND if page in offered]
    inside = name in background and len(background) > 1
    return {
        "name": _address(name, release),
        "menu_name": page_address(background[0] if inside else name),
        "menu_current": "true" if inside and name != background[0] else "page",
        "beside": [{"name": page_address(page), "title": title(page)} for page in background] if inside else [],
        "site": read_place().id,
        "language": language,
        "other_language": other,
        "home": "" if key else f"/{language}/",
        "other_home": f"../{other}/" if key else f"/{other}/",
        "brand": say("frame.brand", language),
        "title": title(name),
        "description": say(f"frame.description_{name}", language) if name in PAGES else "",
        "pages": [
            {"name": page_address(page), "title": title("background" if page in background[:1] else page)}
            for page in offered
            if page not in background[1:]
        ],
        "exit": _EXIT if name in _EXIT_PAGES else "",
        "words": {
            **{word: say(f"frame.{word}", language) for word in _FRAME_WORDS},
            "build": _about_the_pages(key, language),
            "picks": say("tools.picks", language),
            "background": say("background.heading", language),
        },
        "data": {word.replace("_", "-"): say(f"tools.{word}", language) for word in _TOOL_WORDS},
        "style": page_style(),
        "script": script_text("page.js") + script_text("tools.js"),
    }


def _about_the_pages(key: str, language: Language) -> str:
    """Who made the pages, from which version, and whose borders are in them."""
    place = read_place()
    maker = place.maker.get(language, "")
    made_by = say("frame.made_by", language, maker=maker) if maker else ""
    borders = say("frame.borders", language) if place.has_map else ""
    build = say("frame.build" if key else "frame.live_build", language, key=key)
    return " ".join(filter(None, (made_by, build, borders)))


def _finish(working: Path) -> None:
    """Check every page, compress it, and write down how it is to be served."""
    served: dict[str, dict[str, str]] = {}
    for language in languages_of_place():
        for name, kind in (("404", "missing"), ("method", "method")):
            (working / language / f"{name}.html").write_text(plain_page(kind, language), "utf-8", newline="\n")
        (working / language / "qr.html").write_text(qr_page(language), "utf-8", newline="\n")
    for path in sorted(one for one in working.glob("*/*.*") if one.suffix in FILE_TYPES):
        served[f"/{path.parent.name}/{path.stem if path.suffix == '.html' else path.name}"] = _checked(path)
        if not _compressed(path).exists():
            _compress(path)
    working.chmod(0o755)  # a temporary folder is for its maker only; another web server may have to read this one
    (working / "pages.json").write_text(json.dumps(served, indent=1), "utf-8")


def _compressed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _compress(path: Path) -> None:
    _compressed(path).write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _checked(path: Path) -> dict[str, str]:
    """How a file of a build is to be served."""
    data = path.read_bytes()
    text = data.decode()
    if path.suffix == ".html":
        _refuse_outside(path, text)
    return {
        "file": f"{path.parent.name}/{path.name}",
        "type": f"{FILE_TYPES[path.suffix]}; charset=utf-8",
        "etag": f'"{hashlib.sha256(data).hexdigest()[:24]}"',
        "policy": policy_of(
            text if path.suffix == ".html" else "",
            pictures=_STREETS_SERVER if path.stem.endswith("-straten") else "",
        ),
    }


# A link that a person may follow is no request; these are.
_OUTSIDE = re.compile(
    r"""<(?:script|img|iframe|link|source|video|audio|object|embed|use|image)\b[^>]*?\b(?:src|href|data)\s*=\s*["']?"""
    r"""(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""",
    re.IGNORECASE,
)


def _refuse_outside(path: Path, text: str) -> None:
    found = _OUTSIDE.search(text)
    if found:
        start = max(0, found.start() - 20)
        raise StagekansenError(
            f"{path.name} asks for something from another server: {text[start : found.end() + 60]!r}"
        )


# The map with streets is a page of its own, which a reader opens by a choice; it alone may ask for pictures.
_STREETS_SERVER = "https://service.pdok.nl"


def policy_of(text: str, *, pictures: str = "") -> str:
    """The Content-Security-Policy of a page: its own inline blocks by their hash, frames of this site, nothing else.

    ``pictures`` names a server that may be asked for pictures too; empty for every page but the map with streets.
    """
    scripts, styles = (
        " ".join(sorted({_digest(block) for block in re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)}))
        or "'none'"
        for tag in ("script", "style")
    )
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src {f'data: {pictures}'.strip()};"
        " frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    )


def _digest(block: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


def _sweep(builds: Path) -> None:
    """What a build left that was killed."""
    sweep([*builds.glob("building-*"), *builds.glob("pointer-*")])


def _forget_old(builds: Path, *, keep: Path) -> None:
    """Keep the newest build before this one, so that a server that still reads it can finish; remove the rest."""
    others = [
        path for path in builds.iterdir() if path.is_dir() and path != keep and not path.name.startswith("building-")
    ]
    for path in sorted(others, key=os.path.getmtime)[:-1]:
        shutil.rmtree(path, ignore_errors=True)
