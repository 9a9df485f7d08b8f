"""What a docstring says beside what its function does; sections have a line under their title, as numpy writes them."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from stagekansen_lib import errors

NAME = "stagekansen_lib"
SECTIONS = ("Parameters", "Returns", "Raises", "Warns", "Notes", "Examples", "See Also", "Attributes")
# An entry stands at the margin; what goes on below it is indented.
ENTRY = re.compile(r"^((?:\*{0,2}\w+)(?:, \*{0,2}\w+)*) : \S", re.MULTILINE)
ERRORS = tuple(
    thing for thing in vars(errors).values() if inspect.isclass(thing) and issubclass(thing, errors.StagekansenError)
)


def sections(text: str) -> dict[str, str]:
    """The text of each section by its title, and what stands before them under ""."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
    return {"": parts[0].strip(), **dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))}


def entries(section: str) -> list[str]:
    """The names that a section describes, each of a group such as "low, high : ..." by itself."""
    return [name.lstrip("*") for group in ENTRY.findall(section) for name in group.split(", ")]


def faults(thing: Any) -> list[str]:
    """What is missing or untrue in the docstring of a public function or class, one sentence each."""
    text = inspect.getdoc(thing) or ""
    found = sections(text)
    if not found[""]:
        return ["It does not say what it is."]
    wrong = [f"The section '{title}' is unknown." for title in found if title not in ("", *SECTIONS)]
    wrong += [f"The section '{title}' is empty." for title, content in found.items() if not content]
    if inspect.isclass(thing):
        return wrong + _names(found, _fields(thing), "field")
    function = inspect.unwrap(thing)
    signature = inspect.signature(function)
    wrong += _names(found, list(signature.parameters), "parameter")
    returns = signature.return_annotation not in (None, "None", "NoReturn", inspect.Signature.empty)
    if returns != ("Returns" in found):
        wrong.append("It returns something and does not say what." if returns else "It says that it returns something.")
    told = entries(found.get("Raises", ""))
    for kind in sorted(raised_by(function), key=lambda one: one.__name__):
        if not {one.__name__ for one in kind.__mro__[:-1] if issubclass(one, errors.StagekansenError)} & set(told):
            wrong.append(f"It can raise {kind.__name__} and does not say when.")
    if not doctest.DocTestParser().get_examples(found.get("Examples", "")):
        wrong.append("It has no example that runs.")
    return wrong


def _fields(thing: type) -> list[str]:
    if not dataclasses.is_dataclass(thing):
        return []
    return [field.name for field in dataclasses.fields(thing) if not field.name.startswith("_")]


def _names(found: dict[str, str], wanted: list[str], what: str) -> list[str]:
    described = entries(found.get("Parameters", ""))
    wrong = [f"The {what} '{name}' is not described." for name in wanted if name not in described]
    wrong += [f"It describes '{name}', which is no {what}." for name in described if name not in wanted]
    wrong += [f"It describes '{name}' twice." for name in sorted(set(described)) if described.count(name) > 1]
    return wrong


def raised_by(function: Callable[..., Any]) -> set[type[errors.StagekansenError]]:
    """The errors of the workbench that a function raises in its own room: itself, or by what it calls there.

    What other rooms raise is theirs to say, but for the checks of arguments, which speak for whoever calls them.
    """
    seen: set[Callable[..., Any]] = set()
    raised: set[type[errors.StagekansenError]] = set()
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        written = ast.parse(textwrap.dedent(inspect.getsource(current)))
        names = _names_known(current, written)
        for node in ast.walk(written):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised |= _kinds(node.exc, names)
            elif isinstance(node, ast.Name | ast.Attribute):
                called = _meant(node, names)
                if _room(called) in (_room(function), "arguments"):
                    waiting += _parts(called)
    return raised


def _room(thing: Any) -> str:
    module = getattr(thing, "__module__", None) or ""
    return module.split(".")[1] if module.startswith(f"{NAME}.") else module


def _parts(called: Any) -> list[Callable[..., Any]]:
    """The code behind a call: a function; of a class what makes it, and all of one that no other module sees."""
    if inspect.isfunction(called):
        return [called]
    if not inspect.isclass(called):
        return []
    # Not what ``dataclass`` writes: that stands in no file of ours.
    home = sys.modules[called.__module__].__file__
    written = [part for part in vars(called).values() if inspect.isfunction(part) and part.__code__.co_filename == home]
    return [part for part in written if called.__name__.startswith("_") or part.__name__ == "__post_init__"]


def _names_known(function: Callable[..., Any], written: ast.Module) -> dict[str, Any]:
    """What names mean where a function was written, those of its late imports too."""
    names = dict(function.__globals__)  # type: ignore[attr-defined]
    for node in ast.walk(written):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(NAME):
            module = importlib.import_module(node.module or "")
            names |= {alias.asname or alias.name: getattr(module, alias.name, None) for alias in node.names}
    return names


def _meant(node: ast.expr, names: dict[str, Any]) -> Any:
    """What a name means, or a function that is asked of a class or a module by name."""
    if isinstance(node, ast.Name):
        return inspect.unwrap(names[node.id]) if callable(names.get(node.id)) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        holder = names.get(node.value.id)
        if inspect.isclass(holder) or inspect.ismodule(holder):
            return getattr(holder, node.attr, None)
    return None


def _kinds(raised: ast.expr, names: dict[str, Any]) -> set[type[errors.StagekansenError]]:
    """The errors of the workbench in ``raise X``, ``raise X(...)`` and ``raise made(...)`` with ``made() -> X``."""
    meant = _meant(raised.func if isinstance(raised, ast.Call) else raised, names)
    if inspect.isclass(meant) and issubclass(meant, errors.StagekansenError):
        return {meant}
    if inspect.isfunction(meant):
        named = str(inspect.signature(meant).return_annotation)
        return {kind for kind in ERRORS if re.search(rf"\b{kind.__name__}\b", named)}
    return set()
