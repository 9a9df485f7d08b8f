"""Every page is complete on a computer without any network: an empty network namespace with the loopback only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stagekansen_lib.site.building import PAGES
from tests.chromium import chromium_path

pytestmark = pytest.mark.browser

WALK = Path(__file__).with_name("offline_walk.py")
ENTER = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def without(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def test_every_page_works_where_nothing_outside_can_be_reached(site: Path) -> None:
    chromium = chromium_path()
    if not (shutil.which("unshare") and shutil.which("ip")):
        without("An empty network namespace needs the commands unshare and ip (Linux: util-linux, iproute2).")
    tried = subprocess.run([*ENTER, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        without(f"This computer gives no permission for a network namespace: {tried.stderr.strip()}")
    done = subprocess.run(
        [*ENTER, sys.executable, str(WALK), str(site), chromium],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=WALK.parent.parent.parent,
        env={**os.environ, "PYTHONPATH": str(WALK.parent.parent.parent)},
    )
    assert done.stdout.splitlines()[-1:] == [f"{2 * len(PAGES)} pages complete, interfaces: lo"], (
        done.stdout + done.stderr
    )
