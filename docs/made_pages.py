"""Pages of the site that are made from the project: functions, notebooks, registers, pictures of the gallery."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import stagekansen_lib as sk
from stagekansen_lib.project.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parent.parent
_MADE = "Made from the project when the site is built."
# The order in which a researcher meets the functions, and what each room is for.
_GROUPS = {
    "Read and describe a survey": ("drafts", "desk", "surveys", "intake"),
    "Weigh": ("population", "weighting"),
    "Estimate": ("estimation",),
    "Compare": ("comparison", "research"),
    "Model": ("models",),
    "Protect and publish": ("disclosure", "attacks", "releases", "pictures"),
    "Follow the years": ("waves", "monitoring"),
    "Judge an intervention": ("effects",),
    "Guard persons": ("privacy", "twins"),
    "Look up and agree": ("registers", "fact_finding", "views", "fact_sheets", "stories", "sprints", "voices"),
    "Errors and language": ("errors", "wording"),
}


def write_pages(folder: Path) -> None:
    """All pages that are made, into ``folder``; what does not change is not written again."""
    pages = {
        "functions.rst": "\n".join(functions_page()),
        "notebooks.md": "\n".join(notebooks_page()),
        "registers.md": "\n".join(registers_page()),
    }
    folder.mkdir(exist_ok=True)
    for name, text in pages.items():
        place = folder / name
        if not place.is_file() or place.read_text("utf-8") != text:
            place.write_text(text, "utf-8", newline="\n")


def functions_page() -> Iterator[str]:
    """Every public name under what it is for, with a page of its own."""
    yield from ("Functions", "=" * 9, "", _MADE, "", ".. currentmodule:: stagekansen_lib", "")
    left = set(sk.__all__) - {"__version__"}
    for title, rooms in _GROUPS.items():
        names = sorted((name for name in left if _room_of(name) in rooms), key=str.lower)
        left -= set(names)
        yield from (title, "-" * len(title), "", ".. autosummary::", "   :toctree: api", "   :nosignatures:", "")
        yield from (f"   {name}" for name in names)
        yield ""
    if left:
        raise ValueError(f"No group in docs/made_pages.py for the rooms of: {', '.join(sorted(left))}")


def _room_of(name: str) -> str:
    return sk._PUBLIC[name].partition(".")[0]


def notebooks_page() -> Iterator[str]:
    """Each notebook with its title in two languages and its question."""
    yield from ("# Notebooks en pagina's", "*Notebooks and pages*", "", _MADE, "")
    yield from (
        "Open ze met `python3 start.py lab`: zie [de eerste datasprint](../tutorials/first-sprint.md).",
        "",
    )
    for path in sorted((ROOT / "scripts" / "notebooks").glob("*.yaml")):
        source = read_yaml(path)
        first, names = source["cells"][0], source["names"]
        title, english = (first[language].partition("\n")[0].removeprefix("# ") for language in ("nl", "en"))
        # The notebook that others are opened from asks nothing.
        question = re.findall(r"^\| \*\*Vraag\*\* \| (.+) \|$", first["nl"], re.MULTILINE)
        yield from (f"## {title}", "", f"*{english}*", "", ": ".join([f"`notebooks/{names['nl']}.ipynb`", *question]))
        yield from ("", f"`notebooks/en/{names['en']}.ipynb`", "")
    yield from ("## Pagina's", "", "*Pages: `python3 start.py` shows them, in Dutch and English.*", "")
    yield from (f"- `{path.stem}`" for path in sorted((ROOT / "dashboards").glob("*.ipynb")))


def registers_page() -> Iterator[str]:
    """Each register with its title, what it counts, its source and its note."""
    yield from ("# Registers", "", _MADE, "")
    yield from (
        "Typed lists of facts, each entry with its source and how sure it is. In Python: `sk.read_registers()`; what is"
        " wrong or must still be verified: `stagekansen check`. How they are written stands in"
        " `data/registers/README.md`.",
        "",
    )
    for path in sorted((ROOT / "data" / "registers").glob("*.yaml")):
        if path.stem == "card":
            continue
        told = read_yaml(path)
        yield from (f"## {path.stem}", "")
        yield from (
            f"{told.get('title_en', path.stem)} (*{told.get('title_nl', path.stem)}*), {told.get('date', '')}.",
            "",
        )
        counts = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in (told.get("count") or {}).items())
        parts = {
            "Holds": counts,
            "Source": told.get("source"),
            "Licence": told.get("licence"),
            "Note": told.get("note_en"),
        }
        yield from (f"- {name}: {' '.join(str(text).split())}" for name, text in parts.items() if text)
        yield ""


# Docstrings ---------------------------------------------------------------------------------------------------------

_SECTIONS = ("Parameters", "Returns", "Raises")
_NAMED = re.compile(r"^(\*{0,2}\w[\w, .|\[\]]*?) ?: (.+)$")


def as_numpydoc(_: Any, kind: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Docstrings as numpydoc reads them: ``name : what it is`` becomes a name with, under it, what it is."""
    del kind, name, options
    made, place = list[str](), 0
    while place < len(lines):
        made.append(lines[place])
        place += 1
        if made[-1] in _SECTIONS and place < len(lines) and lines[place].startswith("---"):
            end = place + 1
            while end < len(lines) and not (end + 1 < len(lines) and lines[end + 1].startswith("---")):
                end += 1
            body = lines[place + 1 : end]
            made += [lines[place], *(_returned(body, thing) if made[-1] == "Returns" else _items(body))]
            place = end
    lines[:] = made


def _items(body: list[str]) -> Iterator[str]:
    for line in body:
        found = _NAMED.match(line)
        yield from (found[1], f"    {found[2]}") if found else (line,)


def _returned(body: list[str], thing: Any) -> Iterator[str]:
    """One thing with all that is said of it; its type is the one that the function declares when none is told."""
    first, *more = body
    found = _NAMED.match(first)
    told = str(getattr(thing, "__annotations__", {}).get("return", "result"))
    kind, text = (found[1], found[2]) if found and not found[1].startswith("A ") else (told, first)
    yield from (kind, f"    {text}", *(f"    {line.strip()}" if line.strip() else line for line in more))


# Pictures ----------------------------------------------------------------------------------------------------------

_BLOCK = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def with_pictures(_: Any, name: str, source: list[str]) -> None:
    """The gallery with the picture that each block of its code draws, under that block."""
    if name == "gallery":
        known: dict[str, Any] = {}
        source[0] = _BLOCK.sub(lambda block: block.group(0) + _framed(drawn(block.group(1), known)), source[0])


def drawn(code: str, known: dict[str, Any]) -> Any:
    """What the last line of a block of code gives."""
    *before, last = ast.parse(code).body
    exec(compile(ast.Module(before, []), "gallery", "exec"), known)
    if not isinstance(last, ast.Expr):
        raise ValueError("A block of the gallery ends with what it draws.")
    return eval(compile(ast.Expression(last.value), "gallery", "eval"), known)


def _framed(picture: Any) -> str:
    """A picture in a frame of its own, so that its style and that of the site leave each other alone."""
    show: Callable[[], str] = picture._repr_html_
    content = show()
    drawing = re.match(r'<svg[^>]* height="(\d+)"', getattr(picture, "svg", ""))
    height = int(drawing[1]) + 40 if drawing else 460
    title = html.escape(str(picture), quote=True)
    # An empty line would end the block of Markdown, and a line of a script must stay one.
    framed = html.escape(content, quote=True).replace("\n", "&#10;")
    return (
        f'\n<iframe title="{title}" srcdoc="{framed}" width="100%" height="{height}" style="border:0" loading="lazy">'
        "</iframe>\n"
    )
