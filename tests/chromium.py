"""Where Chromium is, and how the tests start it."""

from __future__ import annotations

import os
import shutil

import pytest

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every page of a tab shares one process where it may: a third less work for each page that is opened.
    "--renderer-process-limit=1",
]

# What people open, with windows and tabs; and the same engine without them, whose new page is a third of the work.
_WHOLE = ("chromium", "chromium-browser", "google-chrome")
_BARE = "chromium-headless-shell"


def chromium_path(*, whole: bool = False) -> str:
    """Path of Chromium, without windows where that is installed too, unless ``whole``.

    Without any a skip with the reason, in CI a failure.
    """
    for name in _WHOLE if whole else (_BARE, *_WHOLE):
        path = shutil.which(name)
        if path:
            return path
    reason = "Chromium is not installed: the browser tests need the command chromium (Debian: apt install chromium)."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
