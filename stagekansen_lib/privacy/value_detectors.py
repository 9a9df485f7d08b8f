"""What points straight at a person on the internet: addresses, accounts, pages, machines."""

from __future__ import annotations

import ipaddress
import re

from stagekansen_lib.privacy.check_digits import luhn
from stagekansen_lib.privacy.forms import GAP, behind, digits_of, in_values
from stagekansen_lib.privacy.normalising import TOP_LEVEL
from stagekansen_lib.privacy.number_detectors import NUMBER_DETECTORS
from stagekansen_lib.privacy.place_detectors import PLACE_DETECTORS
from stagekansen_lib.privacy.values import Detector
from stagekansen_lib.privacy.word_lists import PUBLIC_SITES

__all__ = ["VALUE_DETECTORS"]

_MEDIA = (
    r"insta(?:gram)?|ig|snap(?:chat)?|tik ?tok|twitter|discord|telegram|facebook|fb|linked ?in|threads|x/twitter|signal"
)


def _valid_ip4(found: re.Match[str]) -> bool:
    try:
        address = ipaddress.IPv4Address(found[0].replace(" ", ""))
    except ValueError:
        return False
    return not address.is_unspecified


def _valid_ip6(found: re.Match[str]) -> bool:
    text = found[0]
    if sum(bool(part) for part in text.split(":")) < 3:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_account(found: re.Match[str]) -> bool:
    """Behind the name of a medium stands an account when it has a digit, a dot, a line, or @, as no word has."""
    account = found["account"]
    return found["sure"] is not None or bool(re.search(r"[\w][._#\d@-]+\w|@|\d", account))


def _private_page(found: re.Match[str]) -> bool:
    """A page of which the site is not one that many people name: to report, to look for an internship."""
    host = re.sub(r"(?i)^(?:h..ps?://)?(?:www\.)?", "", found[0]).casefold()
    return host.rstrip("/.") not in PUBLIC_SITES


def _machine(found: re.Match[str]) -> bool:
    """Letters and digits together, in a form that no word and no course has."""
    text = found[0]
    return bool(re.search(r"\d", text)) and bool(re.search("[A-Za-z]", text))


def _imei(found: re.Match[str]) -> bool:
    return luhn(digits_of(found[0]))


VALUE_DETECTORS: tuple[Detector, ...] = (
    in_values(
        "email",
        "an address with @, or with (at)",
        r"@",
        (
            r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
            rf"(?i)(?<![\w.+%-])[\w.+%-]+@[\w.-]*{TOP_LEVEL}\b",
            r"(?i)(?<![\w.+%-])[\w.+%-]+@(?:gmail|hotmail|outlook|live|icloud|yahoo|student|hhs)\b",
        ),
    ),
    in_values(
        "social_handle",
        "an account on a social medium",
        r"@|a\.[a9]+/",
        (
            # "@SUM(" is a formula of a spreadsheet, and nobody's name.
            r"(?<![\w@.+-])@ ?[A-Za-z_][\w.]{2,29}(?![\w@(])",
            r"(?i)\b(?:instagram|facebook|tiktok|twitter|x|snapchat|threads|github)\.com/(?:add/|@)?[\w.-]{2,}",
            r"(?i)\blinkedin\.com/in/[\w%-]{2,}",
            r"(?i)\b(?:t\.me|wa\.me|youtube\.com)/(?:@|c/|channel/)?[\w.-]{3,}",
        ),
    ),
    in_values(
        "social_handle",
        "an account behind the name of a social medium",
        ("aa", r"[:=]|[a9][._#-][a9]|a9|@"),
        (
            rf"(?i)\b(?:{_MEDIA})(?![a-z0-9])(?:[ -]?(?:naam|name|account|handle|id))?(?P<sure> ?[:=] ?| (?:is|als"
            rf"|naar|heet) )?"
            r" ?(?P<account>@?\w[\w.#-]{3,})",
            r"(?i)\b(?:volg|follow|dm|add|voeg|stuur)\b(?: \w+){0,6}? "
            r"(?P<account2>@?[\w-]+(?:[._#]+[\w-]+|\d{2,})[\w.#]*)(?![\w@])",
        ),
        lambda found: found["account"] is None or _is_account(found),
    ),
    in_values(
        "web_link",
        "a page on the internet",
        r"(?:a\.|\]\.)aa|://|aaa\.[a9]",
        (
            r"(?i)\bh(?:tt|xx)ps?://[^\s,;]+",
            r"(?i)\bwww\.[\w-]+(?:\.[\w-]+)+",
            rf"(?i)(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{TOP_LEVEL}|be|de)/[\w%@?=&.-]+",
            rf"(?<![\w@./-])(?:[A-Za-z0-9-]+\.)+{TOP_LEVEL}\b(?![\w@.-]*@)",
        ),
        _private_page,
    ),
    in_values(
        "ip_address",
        "an IP address (version 4)",
        r"9{1,3}(?: ?\. ?9{1,3}){3}(?!9)",
        (r"(?<![\d.])\d{1,3}(?: ?\. ?\d{1,3}){3}(?![\d]|\.\d)",),
        _valid_ip4,
    ),
    in_values(
        "ip_address",
        "an IP address (version 6)",
        r"(?:[a9]{0,4}:){3,}",
        (r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])",),
        _valid_ip6,
    ),
    in_values(
        "device_id",
        "the identifier of a device or a browser",
        r"[a9]{8}-[a9]{4}-[a9]{4}-[a9]{4}-[a9]{12}|[a9]{2}(?: ?[: .-] ?[a9]{2}){5}|[a9]{4}(?:[.:-][a9]{4}){2}|[a9]{16}",
        (
            r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])",
            r"(?<![\w:-])[0-9A-Fa-f]{2}(?P<sign> ?[: .-] ?)[0-9A-Fa-f]{2}(?:(?P=sign)[0-9A-Fa-f]{2}){4}(?![\w:-])",
            r"(?<![\w:.-])[0-9A-Fa-f]{4}(?:[.:-][0-9A-Fa-f]{4}){2}(?![\w:.-])",
            r"(?<!\w)(?:[0-9a-f]{16}|[0-9A-F]{16}|[0-9a-fA-F]{32,})(?!\w)",
        ),
        _machine,
    ),
    in_values(
        "device_id",
        "the number of a telephone (IMEI) in a text or in groups",
        (r"9(?:[ ./-]{0,3}9){14}(?!9)", r"a|9[ ./-]+9"),
        (rf"(?<![\w])(?<!\d[ .,/-])\d(?:{GAP}\d){{14}}(?!\w|[.,/-]\d)",),
        _imei,
    ),
    in_values(
        "device_id",
        "a number behind the word device",
        ("aa", r"(?<![a9-])(?=[a9-]{8})[a-]{0,40}9|9(?:[ ./-]?9){14}"),
        (
            behind(
                r"imei|idfa|gaid|aaid|udid|mac(?:[- ]?ad\w+)?|serie\w*|serial\w*|s/n|sn|android|device|toestel"
                r"|apparaat|"
                r"laptop|telefoon-?id|phone id",
                r"(?=[a-z-]*\d)[a-z0-9][a-z0-9-]{6,}[a-z0-9]|\d(?:[ ./-]?\d){14}",
            ),
            r"(?<!\w)(?:SN|S/N)[-: ]{1,2}(?=[A-Z]*\d)[A-Z0-9]{8,}(?!\w)",
        ),
    ),
    *NUMBER_DETECTORS,
    *PLACE_DETECTORS,
)
