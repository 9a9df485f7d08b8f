"""One way out: fetch an address over https, with a time limit and a size limit."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from stagekansen_lib.errors import RefusedError, StagekansenError

__all__ = ["Fetch", "default_fetch"]

Fetch = Callable[[str], bytes]

_SECONDS = 60
_LARGEST = 100_000_000
_WHO = "stagekansen (joint fact-finding workbench; open data refresh)"


def default_fetch(address: str) -> bytes:
    """What an https address answers.

    Raises
    ------
    RefusedError : the address, or one it sends on to, is not https, or the answer is larger than 100 MB.
    StagekansenError : no answer came: no network, an unknown host, an error of the server, too slow.
    """
    _check(address)
    request = urllib.request.Request(address, headers={"User-Agent": _WHO})
    opener = urllib.request.build_opener(_SecureRedirects())
    try:
        with opener.open(request, timeout=_SECONDS) as answer:
            held: bytes = answer.read(_LARGEST + 1)
    except urllib.error.HTTPError as failure:
        raise StagekansenError(
            f"{_host(address)} answered with error {failure.code}. Address: {address}. The address may have "
            "changed: see data/refresh/settings.yaml. Nothing was changed."
        ) from failure
    except (OSError, HTTPException) as failure:
        reason = getattr(failure, "reason", failure)
        raise StagekansenError(
            f"{_host(address)} could not be reached ({reason}). Refreshing needs a network: check the "
            "connection and try again later. Nothing was changed."
        ) from failure
    if len(held) > _LARGEST:
        raise RefusedError(
            f"The answer of {_host(address)} is larger than {_LARGEST // 1_000_000} MB. Address: {address}. "
            "Nothing was changed."
        )
    return held


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise RefusedError(f"Only https addresses are fetched, and '{address}' is none. Nothing was changed.")


def _host(address: str) -> str:
    return urlsplit(address).hostname or address
