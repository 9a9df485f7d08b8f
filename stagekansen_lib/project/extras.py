"""Packages that not everybody needs: each belongs to an extra, and an absent one is named with how to get it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from stagekansen_lib.errors import StagekansenError

__all__ = ["MissingExtraError", "has_package", "needs", "require_package"]


class MissingExtraError(StagekansenError):
    """A package that this job needs is not installed; the text names the extra it comes with."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Around imports of packages that belong to an extra of this project, such as "files" or "maps".

    Raises
    ------
    MissingExtraError : one of them is not installed.

    Examples
    --------
    >>> with needs("files"):
    ...     import a_reader_that_is_not_there
    Traceback (most recent call last):
    stagekansen_lib.project.extras.MissingExtraError: The package 'a_reader_that_is_not_there' ...
    """
    try:
        yield
    except ModuleNotFoundError as absent:
        package = (absent.name or "").partition(".")[0]
        if package in ("", "stagekansen_lib"):
            raise
        raise MissingExtraError(
            f"The package '{package}' is needed for this and is not installed. Run: pip install 'stagekansen[{extra}]'"
        ) from absent


def require_package(name: str, extra: str) -> None:
    """Stop, as ``needs`` does, when a package that is used without an import here is not installed."""
    with needs(extra):
        if not has_package(name):
            raise ModuleNotFoundError(name=name)


def has_package(name: str) -> bool:
    """Whether a package is installed, without loading it."""
    return importlib.util.find_spec(name) is not None
