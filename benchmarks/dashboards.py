"""How fast the public pages are: page ready in Chromium, choice to picture, 200 viewers at once, weight, memory.

    python benchmarks/dashboards.py [--viewers 200]

Everything runs on 127.0.0.1, is bounded, and stops by itself. nginx on the same folder is measured in the same run
where it is installed; that both send the same bytes is checked first. Targets: 0.3 s, 50 ms, 0.1 s, 120 kB, 80 MiB.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = "/nl/meldpunten"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--viewers", type=int, default=200, choices=range(1, 501), metavar="1..500")
    viewers = parser.parse_args().viewers
    site = Path(
        subprocess.run(
            [sys.executable, "-m", "stagekansen_lib.cli", "site"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.strip()
    )
    pages = sorted((site / "nl").glob("*.html.gz"))
    print("compressed:", ", ".join(f"{path.name[:-8]} {path.stat().st_size / 1000:.0f} kB" for path in pages))
    with tempfile.TemporaryDirectory() as folder:
        servers = {"ours": start_ours(), **start_nginx(site, Path(folder))}
        try:
            measure(servers, viewers)
        finally:
            for process, _ in servers.values():
                process.terminate()
                process.wait(10)


def measure(servers: dict[str, tuple[subprocess.Popen[bytes], int]], viewers: int) -> None:
    bodies = {name: gzip.decompress(asyncio.run(fetch(port))[1]) for name, (_, port) in servers.items()}
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
    process, port = servers["ours"]
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        resident = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        print(f"ours: memory {int(resident.split()[1]) / 1024:.0f} MiB")
    in_chromium(f"http://127.0.0.1:{port}")


async def fetch(port: int) -> tuple[float, bytes]:
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {PAGE} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode())
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


def in_chromium(address: str) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if not chromium:
        print("Chromium is not installed: page ready and choice to picture were not measured.")
        return
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for name in ("overzicht", "meldpunten", "verkenner"):
            ready = []
            for _ in range(7):
                page = browser.new_page()
                page.goto(f"{address}/nl/{name}", wait_until="load")
                ready.append(page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"))
                page.close()
            print(f"{name}: ready in {statistics.median(ready) / 1000:.2f} s (median of 7, frame included)")
        page = browser.new_page()
        page.goto(f"{address}/nl/verkenner", wait_until="load")
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
        print(f"verkenner: choice to picture, 95% within {sorted(taken)[int(0.95 * len(taken)) - 1]:.0f} ms")
        browser.close()


def start_ours() -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    command = [sys.executable, "-m", "stagekansen_lib.cli", "dashboards", "--no-browser", "--port", str(port)]
    return ready(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL), port)


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
    for _ in range(100):
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
