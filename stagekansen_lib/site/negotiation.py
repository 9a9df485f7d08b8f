"""Two headers of a request, read as RFC 9110 says: which version a browser has, and how it may be packed."""

from __future__ import annotations

import re

__all__ = ["choose_coding", "has_version"]

# An entity tag may hold a comma; W/ says that it is weak, and If-None-Match compares weakly (sections 8.8.3, 13.1.2).
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"'
_TAGS = re.compile(rf"[\s,]*(?:{_TAG}[ \t]*(?:,[\s,]*|$))+")
_ACCEPTED = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?")


def has_version(if_none_match: str | None, etag: str) -> bool:
    """Whether whoever asks has this version already: "*", or its tag in the list, weak or not.

    >>> has_version('"a", W/"b"', '"b"'), has_version("*", '"b"'), has_version('"ab"', '"b"'), has_version(None, '"b"')
    (True, True, False, False)
    """
    told = (if_none_match or "").strip()
    if told == "*":
        return True
    if not _TAGS.fullmatch(told):
        return False
    return etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in re.findall(_TAG, told)]


def choose_coding(accept_encoding: str | None) -> str:
    """How an answer is packed: "gzip" or "identity", whichever is liked best; "" when neither is accepted.

    Without the header, or with something else in it, an answer comes as it is (section 12.5.3).

    >>> [choose_coding(told) for told in ("br, gzip;q=0.5", "gzip;q=0", "", None, "identity;q=0, br", "*;q=0")]
    ['gzip', 'identity', 'identity', 'identity', '', '']
    """
    if accept_encoding is None:
        return "identity"
    told: dict[str, float] = {}
    for part in accept_encoding.split(","):
        if found := _ACCEPTED.fullmatch(part.strip(" \t")):
            name = found[1].lower().removeprefix("x-")
            told[name] = max(told.get(name, 0.0), float(found[2] or 1))
    rest = told.get("*")
    gzip = told.get("gzip", rest or 0.0)
    # As it is counts as accepted unless it is excluded; when nothing is said of it, what is named goes first.
    identity = told.get("identity", 0.0005 if rest is None else rest)
    if not gzip and not identity:
        return ""
    return "gzip" if gzip >= identity else "identity"
