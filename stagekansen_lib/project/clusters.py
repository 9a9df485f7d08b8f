"""Work in equal parts, done here or by the processes of a Dask cluster that is named by its address.

The parts and their order are the same wherever they are done, so that the results are too, to the last digit; also
when a worker is lost halfway: its parts are done again by another. What is sent holds answers, so a cluster has the
same walls as the computer that they lie on, and its wires are closed (tls://) where others share the network.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.progress import part_done

__all__ = ["is_address", "spread"]

_KINDS = ("tcp://", "tls://", "inproc://")
# A part that loses this many workers is at fault itself: it asks too much memory.
_TRIES = 3
Result = TypeVar("Result")


def is_address(name: object) -> bool:
    """Whether a name is the address of a Dask scheduler.

    >>> is_address("tcp://127.0.0.1:8786"), is_address("threading")
    (True, False)
    """
    return isinstance(name, str) and name.startswith(_KINDS)


def spread(
    work: Callable[..., Result], parts: Sequence[tuple[Any, ...]], *, on: str | None = None, wait: float = 30
) -> list[Result]:
    """The result of the work for each part, in the order of the parts; ``listening`` hears how far it is.

    Parameters
    ----------
    work : what is done; it takes what a part holds.
    parts : of each call its arguments.
    on : address of the scheduler of a Dask cluster, such as "tcp://10.0.0.5:8786"; None does it here.
    wait : for a scheduler that does not answer, in seconds.

    Raises
    ------
    InputError : nothing answers at the address.
    MissingExtraError : Dask is not installed.

    Examples
    --------
    >>> spread(pow, [(2, 3), (2, 4)])
    [8, 16]
    """
    if on is None:
        return [_told(work(*part), done, len(parts)) for done, part in enumerate(parts, start=1)]
    with needs("cluster"):
        import distributed

    dask: Any = distributed  # parts of it have no types
    try:
        client = dask.Client(on, timeout=wait, set_as_default=False)
    except (OSError, ValueError) as failure:
        raise InputError(
            Problem("No scheduler of a Dask cluster answers at this address.", str(on), "Start one: dask scheduler.")
        ) from failure
    with client, client.as_current():
        # A task and not data that is sent along: what a lost worker held is then made again. Dask would rather have it
        # otherwise when it is large, and says so.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            sent = client.submit(_same, work, pure=False)
        asked = [client.submit(_done, sent, part, pure=False, retries=_TRIES) for part in parts]
        found: dict[Any, Result] = {}
        # Each is fetched as soon as it is done: a worker that is lost later takes it along no more.
        for future, result in dask.as_completed(asked, with_results=True):
            found[future.key] = _told(result, len(found) + 1, len(parts))
        return [found[future.key] for future in asked]


def _told(result: Result, done: int, number: int) -> Result:
    part_done(done / number)
    return result


def _same(work: Callable[..., Result]) -> Callable[..., Result]:
    return work


def _done(work: Callable[..., Result], part: tuple[Any, ...]) -> Result:
    return work(*part)
