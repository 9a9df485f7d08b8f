"""YAML files that people write: read in one way, refused with one kind of error."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import InputError, Problem

__all__ = ["read_yaml", "read_yaml_list"]


def read_yaml(path: Path) -> dict[str, Any]:
    """The entries of a YAML file, by name; an empty file has none.

    Parameters
    ----------
    path : the file.

    Raises
    ------
    InputError : there is no such file, it is no YAML in UTF-8, or it holds something else than names with values. The
        text names the file and the line, and repeats nothing of what stands in it.

    Examples
    --------
    >>> from stagekansen_lib.project.paths import data_folder
    >>> sorted(read_yaml(data_folder("regions", "card.yaml")))[:1]
    ['files']
    """
    content = _loaded(path)
    if not isinstance(content, Mapping):
        raise InputError(Problem("The file does not hold names with values.", str(path), "Write 'name: value' lines."))
    return dict(content)


def read_yaml_list(path: Path) -> list[Any]:
    """The entries of a YAML file that is a list; an empty file has none. Refused as ``read_yaml`` does."""
    content = _loaded(path) or []
    if isinstance(content, str) or not isinstance(content, Sequence):
        raise InputError(Problem("The file does not hold a list.", str(path), "Begin each entry with '- '."))
    return list(content)


def _loaded(path: Path) -> Any:
    import yaml

    try:
        content = pickle.loads(_parsed(path.read_text("utf-8")))
    except PermissionError:
        raise  # the wall of a dashboard process says so itself
    except OSError as problem:
        if problem.errno is None:
            raise  # the wall between answers and pages
        raise InputError(Problem(f"The file cannot be read: {problem.strerror}.", str(path))) from problem
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        do = "Look for a lost quotation mark or indent; tags (!) and merges (<<) are not read."
        raise InputError(Problem("This is no YAML file in UTF-8.", f"{path}{line}", do)) from None
    return {} if content is None else content


@lru_cache(maxsize=128)
def _parsed(text: str) -> bytes:
    """What a text holds, in a form of which each reader gets a copy of its own; the same text is parsed once."""
    import yaml

    return pickle.dumps(yaml.load(text, Loader=_loader()))


@cache
def _loader() -> Any:
    """A safe loader without merges: a few lines of ``<<`` that merge each other would fill the memory."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            for key, _ in node.value:
                if key.tag == "tag:yaml.org,2002:merge":
                    raise yaml.constructor.ConstructorError(problem="a merge", problem_mark=key.start_mark)

    return Loader
