"""How the pages come in on a slow phone: Lighthouse with its simulated slow 4G and a processor four times as slow.

    npm install lighthouse                                      # anywhere; it stays out of the project
    python benchmarks/slow_phone.py --lighthouse node_modules/.bin/lighthouse [--languages nl en]

Every page is opened once in an empty Chromium on 127.0.0.1. Targets: performance 95, accessibility 100, largest paint
1.8 s, shift under 0.02.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # tests/ and not tests.py of this folder

from stagekansen_lib.site.building import PAGES, build_site  # noqa: E402
from tests.chromium import CHROMIUM_FLAGS, chromium_path  # noqa: E402

SERVE = """
import asyncio, sys
from pathlib import Path
import tornado.netutil
from stagekansen_lib.site.serving import Shelf, make_server, read_pages

async def serve():
    server, sockets = make_server(Shelf(read_pages(Path(sys.argv[1])))), tornado.netutil.bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(3600)

asyncio.run(serve())
"""
SHOWN = {
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
}


def look(lighthouse: str, address: str, folder: Path) -> dict[str, Any]:
    """The report of Lighthouse on one page."""
    report = folder / "report.json"
    with tempfile.TemporaryDirectory() as profile:
        flags = " ".join([*CHROMIUM_FLAGS, f"--user-data-dir={profile}"])
        subprocess.run(
            [lighthouse, address, "--quiet", "--output=json", f"--output-path={report}", f"--chrome-flags={flags}",
             "--throttling-method=simulate", "--only-categories=performance,accessibility,best-practices"],
            env={**os.environ, "CHROME_PATH": chromium_path(whole=True)}, check=True, timeout=300,
        )  # fmt: skip
    return dict(json.loads(report.read_text("utf-8")))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lighthouse", default="lighthouse", help="the command")
    parser.add_argument("--languages", nargs="+", default=["nl", "en"], choices=["nl", "en"])
    asked = parser.parse_args()
    site = build_site(progress=False)
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(site)], stdout=subprocess.PIPE, text=True)
    try:
        port = int((server.stdout or sys.stdin).readline())
        print(f"| page | performance | accessibility | best practices | {' | '.join(SHOWN.values())} |")
        print("|---|---|---|---|---|---|---|", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            for name in (f"{language}/{page}" for language in asked.languages for page in PAGES):
                found = look(asked.lighthouse, f"http://127.0.0.1:{port}/{name}", Path(folder))
                scores = [f"{100 * one['score']:.0f}" for one in found["categories"].values()]
                times = [found["audits"][audit]["displayValue"].replace("\u00a0", " ") for audit in SHOWN]
                print(f"| {name} | {' | '.join([*scores, *times])} |", flush=True)
                time.sleep(0.5)
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
