"""A project for a moment, with the made-up voices in it: to try everything and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.project.yaml_files import read_yaml
from stagekansen_lib.voices.collecting import add_voice

__all__ = ["practice"]

_HOME = "STAGEKANSEN_HOME"


@contextmanager
def practice() -> Iterator[list[str]]:
    """The ids of the made-up voices of ``data/example/voices.yaml`` in a project that is gone when the block ends.

    >>> with practice() as names:
    ...     len(names)
    6
    """
    example = read_yaml(data_folder("example", "voices.yaml"))["voices"]
    registers = data_folder("registers")
    before = os.environ.get(_HOME)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(registers, Path(folder, "data", "registers"))
        os.environ[_HOME] = folder
        try:
            yield [add_voice(entry) for entry in example]
        finally:
            if before is None:
                del os.environ[_HOME]
            else:
                os.environ[_HOME] = before
