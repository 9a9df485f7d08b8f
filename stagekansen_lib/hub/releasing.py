"""The step of a release that the user of releases does: ``python -m stagekansen_lib.hub.releasing FOLDER REQUEST``.

It takes the copy of a team's project from standard input, and gives back what links versions of a wave. Only what is
published outlives it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tarfile
import warnings
from pathlib import Path
from typing import Any, BinaryIO

from stagekansen_lib.hub.packing import take_out, why
from stagekansen_lib.hub.release_requests import Request, write_request

__all__ = ["main", "make"]

_PUBLISHED = ("data", "published")


def make(folder: Path, request: Request, copy: BinaryIO, links: BinaryIO) -> Path:
    """The folder of the new release, below ``folder/published``.

    Raises
    ------
    StagekansenError : the release was refused.
    """
    work, published = folder / f"work-{request.id}", folder / "published"
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(mode=0o700)
        with tarfile.open(fileobj=copy, mode="r|gz") as packed:
            take_out(packed, work)
        # The team's copy of what is published counts for nothing: earlier releases are those that stand here.
        shutil.rmtree(work.joinpath(*_PUBLISHED), ignore_errors=True)
        published.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(published, work.joinpath(*_PUBLISHED))
        os.environ["STAGEKANSEN_HOME"] = str(work)
        from stagekansen_lib.releases.from_surveys import release_survey

        made = release_survey(
            request.name, made_by=request.asked_by, checked_by=request.judged_by, survey=request.survey,
            wave=request.wave,
        )  # fmt: skip
        interim = work / "data" / "interim" / ".waves"
        with tarfile.open(fileobj=links, mode="w|gz") as packed:
            if interim.is_dir():
                packed.add(interim, arcname=".")
        # Last and in one step: what is published is whole, and was never without its links.
        return made.folder.rename(published / request.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main(words: list[str]) -> int:
    """Make the release, or with "tell" only write how far its request is; 1, and why in one line, when refused."""
    os.umask(0o077)
    folder, request = Path(words[0]), Request.model_validate_json(words[1])
    if words[2:] == ["tell"]:
        write_request(folder / "requests", request)
        return 0
    links: Any = sys.stdout.buffer  # what prints goes elsewhere
    try:
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubt is no reason, and the last line has to be one
            make(folder, request, sys.stdin.buffer, links)
    except Exception as reason:
        sys.stderr.write(why(reason) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
