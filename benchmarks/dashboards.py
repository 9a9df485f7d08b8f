"""How fast the dashboards are: page ready in Chromium, choice to picture, 200 viewers at once, weight, memory.

    python benchmarks/dashboards.py [--viewers 200] [--peers PYTHON]

In one run: the public pages, the same with sixty choices in one view, live pages, nginx on the same folder, and the
explorer in Shiny for Python and Streamlit (``peers/``). That nginx sends the same bytes and the peers show the same
numbers is checked first. Everything runs on 127.0.0.1, is bounded, and stops by itself. Targets: ready 0.3 s (live
1.2 s), choice 50 ms, 200 viewers within 0.1 s, page 120 kB, server 80 MiB, 20 live viewers all served.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from stagekansen_lib.site.building import PAGES

ROOT = Path(__file__).resolve().parent.parent
PAGE = "/nl/meldpunten"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--viewers", type=int, default=200, choices=range(1, 501), metavar="1..500")
    parser.add_argument("--peers", default=sys.executable, help="a Python that has shiny and streamlit")
    options = parser.parse_args()
    viewers = options.viewers
    site = Path(
        subprocess.run(
            [sys.executable, "-m", "stagekansen_lib.cli", "site"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    pages = sorted((site / "nl").glob("*.html.gz"))
    print("compressed:", ", ".join(f"{path.name[:-8]} {path.stat().st_size / 1000:.0f} kB" for path in pages))
    with tempfile.TemporaryDirectory() as folder:
        many = sixty_choices(site, Path(folder) / "many")
        servers = {"ours": start_ours(site.parent), "sixty": start_ours(many), **start_nginx(site, Path(folder))}
        apps = {"live": start_live(), **start_peers(options.peers)}
        try:
            measure(servers, viewers)
            in_chromium({name: port for name, (_, port) in {**servers, **apps}.items()})
            for viewers_at_once in (1, 2, 20):
                live_viewers(apps["live"][1], viewers_at_once)
        finally:
            for process, _ in [*servers.values(), *apps.values()]:
                process.terminate()
            for process, _ in [*servers.values(), *apps.values()]:
                process.wait(30)


def measure(servers: dict[str, tuple[subprocess.Popen[bytes], int]], viewers: int) -> None:
    same = {name: port for name, (_, port) in servers.items() if name != "sixty"}
    bodies = {name: gzip.decompress(asyncio.run(fetch(port))[1]) for name, port in same.items()}
    assert len(set(bodies.values())) == 1, "the servers do not send the same page"
    for _ in range(3):
        for name, (_, port) in servers.items():
            times = asyncio.run(crowd(port, viewers))
            print(
                f"{name}: {len(times)} of {viewers} viewers at once, median {statistics.median(times):.3f} s,"
                f" 95% within {sorted(times)[int(0.95 * len(times)) - 1]:.3f} s"
            )
    for name, (_, port) in servers.items():
        started = time.perf_counter()
        asyncio.run(sustained(port, 2000))
        print(f"{name}: {2000 / (time.perf_counter() - started):.0f} pages a second, a new connection each")
    for name in ("ours", "sixty"):
        status = Path(f"/proc/{servers[name][0].pid}/status")
        if status.exists():
            resident = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
            print(f"{name}: memory {int(resident.split()[1]) / 1024:.0f} MiB")


async def fetch(port: int, path: str = PAGE) -> tuple[float, bytes]:
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.splitlines()[0]:
        raise SystemExit(head.decode())
    return time.perf_counter() - started, body


async def crowd(port: int, viewers: int) -> list[float]:
    return [taken for taken, _ in await asyncio.gather(*(fetch(port) for _ in range(viewers)))]


async def sustained(port: int, number: int) -> None:
    async def one(share: int) -> None:
        for _ in range(share):
            await fetch(port)

    await asyncio.gather(*(one(number // 20) for _ in range(20)))


def in_chromium(ports: dict[str, int]) -> None:
    """Ready is: picture and table are in the page. All take turns, in a browser that has been used before."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if not chromium:
        print("Chromium is not installed: page ready and choice to picture were not measured.")
        return
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    cases = {
        "ours": ("/nl/verkenner", "main .panel svg", "main .panel table"),
        "sixty": ("/nl/verkenner", "main .panel svg", "main .panel table"),
        "live": ("/nl/verkenner", ".widget-html-content svg", ".widget-html-content table"),
        "shiny": ("/", "#picture img", "#numbers table"),
        "streamlit": ("/", "[data-testid=stVegaLiteChart] :is(canvas, svg)", "[data-testid=stTable] table"),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for name in PAGES:
            ready = [timed(browser, ports["ours"], f"/nl/{name}", "main", "footer") for _ in range(7)]
            print(f"{name}: ready in {statistics.median(ready):.2f} s (median of 7)")
        for name in ("meldpunten", "kaart"):
            drawn = [timed(browser, ports["ours"], f"/nl/{name}", ".ready > iframe.map", "footer") for _ in range(7)]
            print(f"{name}: its map, in a frame, drawn in {statistics.median(drawn):.2f} s (median of 7)")
        times: dict[str, list[float]] = {name: [] for name in cases if name in ports}
        choices: dict[str, list[float]] = {name: [] for name in times}
        numbers = {name: numbers_shown(browser, ports[name], *cases[name]) for name in times}
        for name, found in numbers.items():
            if found != numbers["ours"]:
                raise SystemExit(f"{name} shows {found}, ours {numbers['ours']}: times would mean nothing.")
        print(f"all of {', '.join(numbers)} show the same numbers: {numbers['ours']}")
        for _ in range(7):
            for name in times:
                times[name].append(timed(browser, ports[name], *cases[name]))
        for name in times:
            choices[name] = choose(browser, name, ports[name], *cases[name])
        browser.close()
    for name, taken in times.items():
        ratio = statistics.median(taken) / statistics.median(times["ours"])
        print(
            f"verkenner in {name}: ready in {statistics.median(taken):.2f} s (median of {len(taken)}, {ratio:.1f} times"
            f" ours); choice to picture {statistics.median(choices[name]):.0f} ms, 95% within"
            f" {sorted(choices[name])[int(0.95 * len(choices[name])) - 1]:.0f} ms of {len(choices[name])}"
        )


def timed(browser: Any, port: int, path: str, picture: str, table: str) -> float:
    """Seconds on the page's own clock, which starts when the browser sets out for the page: making an empty tab, and
    the messages by which this script drives the browser, are no part of any page. Ready is the frame after the one
    in which picture and table were found, so that they have been laid out and painted."""
    page = browser.new_page()
    page.add_init_script(
        f"const wanted = {json.dumps([picture, table])};"
        """
        (function look() {
          if (!wanted.every((one) => document.querySelector(one))) return requestAnimationFrame(look);
          requestAnimationFrame(() => setTimeout(() => { window.readyAt = performance.now(); }));
        })();
        """
    )
    page.goto(f"http://127.0.0.1:{port}{path}", wait_until="commit")
    page.wait_for_function("() => window.readyAt > 0", timeout=60_000)
    taken = page.evaluate("() => window.readyAt") / 1000
    page.close()
    return float(taken)


def wait_until_shown(page: Any, picture: str, table: str) -> None:
    page.wait_for_function(
        "([picture, table]) => document.querySelector(picture) && document.querySelector(table)",
        arg=[picture, table],
        timeout=60_000,
    )


def numbers_shown(browser: Any, port: int, path: str, picture: str, table: str) -> list[int]:
    """The estimates of the first table in percent, as the page shows them."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}{path}")
    wait_until_shown(page, picture, table)
    page.wait_for_timeout(500)
    rows = page.evaluate(
        "table => [...document.querySelector(table).querySelectorAll('tr')]"
        ".map((row) => [...row.querySelectorAll('td, th')].map((cell) => cell.textContent.trim()))",
        table,
    )
    page.close()
    found = []
    for row in rows:
        shares = [cell for cell in row if re.fullmatch(r"0\.\d+|\d+\s?%", cell)]
        if shares:
            found.append(round(float(shares[0].rstrip("% ")) * (1 if "%" in shares[0] else 100)))
    return found


def choose(browser: Any, name: str, port: int, path: str, picture: str, table: str) -> list[float]:
    """Milliseconds from a choice until its picture is there; 15 choices, in one page."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}{path}")
    wait_until_shown(page, picture, table)
    page.wait_for_timeout(1000)
    taken: list[float] = []
    if name == "streamlit":
        for at in range(15):
            before = page.inner_text("h2")
            page.click("[data-testid=stSelectbox] [role=combobox], [data-testid=stSelectbox] input")
            option = page.locator("[role=option]").nth(1 if at % 2 else 2)
            option.wait_for()
            started = time.perf_counter()
            option.click()
            page.wait_for_function("old => document.querySelector('h2').innerText !== old", arg=before)
            taken.append(1000 * (time.perf_counter() - started))
    elif name in ("shiny", "live"):
        # The first field of the live page chooses a survey, the second a question.
        select, place, shown = {
            "shiny": ("#choice", 0, "#picture img"),
            "live": (".widget-dropdown select", 1, picture),
        }[name]
        taken = page.evaluate(
            """async ([select, place, shown]) => {
              const picture = () => {
                const one = document.querySelector(shown);
                return one && (one.src || one.outerHTML);
              };
              const times = [];
              for (let at = 0; at < 15; at++) {
                const box = document.querySelectorAll(select)[place], before = picture(), started = performance.now();
                box.selectedIndex = at % 2 ? 1 : 2;
                box.dispatchEvent(new Event("change", { bubbles: true }));
                while (picture() === before || !picture()) {
                  await new Promise((done) => requestAnimationFrame(done));
                  if (performance.now() - started > 30000) throw new Error("the picture did not change");
                }
                times.push(performance.now() - started);
              }
              return times;
            }""",
            [select, place, shown],
        )
    else:
        taken = page.evaluate("""async () => {
          const times = [];
          for (const panel of document.querySelectorAll(".panel")) {
            const started = performance.now();
            location.hash = panel.id;
            await new Promise((done) => {
              addEventListener("hashchange", () => requestAnimationFrame(() => setTimeout(done)), { once: true });
              setTimeout(done, 500);
            });
            times.push(performance.now() - started);
          }
          return times.slice(1);
        }""")
    page.close()
    return taken


def live_viewers(port: int, viewers: int) -> None:
    """Pages with a kernel each, asked for at once; a page counts when its widgets are in it."""

    async def all_at_once() -> list[tuple[float, bytes]]:
        return await asyncio.gather(*(fetch(port, "/nl/verkenner") for _ in range(viewers)))

    answers = asyncio.run(all_at_once())
    served = sorted(taken for taken, body in answers if b"widget-view+json" in body)
    print(
        f"live: {len(served)} of {viewers} viewers at once, median {statistics.median(served):.1f} s,"
        f" last {served[-1]:.1f} s"
    )


def sixty_choices(site: Path, folder: Path) -> Path:
    """The build again, with the panels of the explorer repeated until there are sixty."""
    from stagekansen_lib.site.building import _finish, _point_at

    build = folder / site.name
    shutil.copytree(site, build)
    file = build / "nl" / "verkenner.html"
    text = file.read_text("utf-8")
    panels = re.findall(r'<section class="panel" id=.*?</section>', text, re.DOTALL)
    more = []
    for at in range(60 - len(panels)):
        panel = panels[at % len(panels)]
        name = re.search(r'id="([^"]+)"', panel)
        assert name
        more.append(
            panel.replace(f'"{name[1]}', f'"{name[1]}-again{at}').replace(f"#{name[1]}", f"#{name[1]}-again{at}")
        )
    file.write_text(text.replace(panels[-1], panels[-1] + "".join(more)), "utf-8")
    file.with_suffix(".html.gz").unlink()
    _finish(build)
    _point_at(build)
    print(f"sixty choices in one view: {file.with_suffix('.html.gz').stat().st_size / 1000:.0f} kB compressed")
    return folder


def start_ours(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    code = (
        "import sys, pathlib; from stagekansen_lib.site.serving import serve_site;"
        " serve_site(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]))"
    )
    return ready(subprocess.Popen([sys.executable, "-c", code, str(folder), str(port)], cwd=ROOT), port)


def start_live() -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "stagekansen_lib.cli",
        "dashboards",
        "--live",
        "--no-browser",
        "--port",
        str(port),
    ]
    command += ["--viewers", "60"]
    quiet = subprocess.DEVNULL
    started = ready(subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet), port)
    asyncio.run(fetch(port, "/nl/verkenner"))  # the port is open before the libraries are loaded
    return started


def start_peers(python: str) -> dict[str, tuple[subprocess.Popen[bytes], int]]:
    started = {}
    for name in ("shiny", "streamlit"):
        if subprocess.run([python, "-c", f"import {name}"], capture_output=True, check=False).returncode:
            print(f"{name} is not installed: not measured.")
            continue
        port = free_port()
        options = {
            "shiny": ["--port", str(port)],
            "streamlit": ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"],
        }[name]
        if name == "streamlit":
            options += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
        command = [python, "-m", name, "run", *options, f"{name}_app.py"]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=ROOT / "benchmarks" / "peers", stdout=quiet, stderr=quiet)
        started[name] = ready(process, port)
    return started


def start_nginx(site: Path, folder: Path) -> dict[str, tuple[subprocess.Popen[bytes], int]]:
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if not nginx:
        print("nginx is not installed: not measured.")
        return {}
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;"
        " events { worker_connections 1024; }"
        f" http {{ access_log off; server {{ listen 127.0.0.1:{port} backlog=512; root {site}; gzip_static always;"
        " default_type text/html; location / { try_files $uri.html =404; } } }"
    )
    process = subprocess.Popen([nginx, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    return {"nginx": ready(process, port)}


def ready(process: subprocess.Popen[bytes], port: int) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.1)
    raise SystemExit("A server did not start.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
