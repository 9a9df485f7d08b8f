"""A real hub with real users of the system, for the tests of this folder: started, entered, ended and taken away."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagekansen_lib.hub.starting import proxy_program
from stagekansen_lib.hub.teams import Region

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "een lang wachtwoord van niemand"
SECRET = "antwoord-van-team-een"
# The homes of all hubs of these tests begin with it.
MARK = "sk-hub-"
# Seconds for any answer: a machine that others use as well is slow.
WAIT = 240
# Five teams with their members. Those of PEOPLE sign up before the tests; frans and gijs do not.
MEMBERS = {"a": ["anna", "frans"], "b": ["daan", "gijs"], "c": ["bas"], "d": ["carla"], "e": ["dora"]}
PEOPLE = ("eva", "anna", "daan", "bas", "carla", "dora", "guus", "hanna", "irma")


def missing() -> str:
    """What this test cannot do without here; empty when all is there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "it makes users of the system: Linux and root"
    for module in ("jupyterhub", "nativeauthenticator", "jupyterhub_idle_culler", "oauthenticator"):
        if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            return f"the package {module}"
    return "" if proxy_program() else "the proxy of JupyterHub: npm ci --prefix deploy/hub"


def free_ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def python_for_all(folder: Path) -> str:
    """A Python with these packages that other users can run too: the one of the tests may stand in the home of root."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = shutil.which(version, path="/usr/bin") or sys.executable
    done = subprocess.run([base, "-m", "venv", "--without-pip", str(folder / "python")], check=False)
    if done.returncode:
        venv.create(folder / "python", with_pip=False, symlinks=False)
    python, own = str(folder / "python" / "bin" / "python"), folder / "python" / "lib" / version / "site-packages"
    places = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (own / "all.pth").write_text("\n".join([*places, ""]), "utf-8")
    subprocess.run(["chmod", "-R", "go+rX", str(folder / "python")], check=True)  # whatever umask the tests run under
    words = [python, "-c", "import stagekansen_lib.hub.team_server, jupyterhub"]
    seen = subprocess.run(
        words, user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True, check=False
    )
    if seen.returncode:
        # They lie in a folder that only root opens: copies of them do not.
        copies = [folder / f"packages-{number}" for number in range(len(places))]
        shutil.copytree(ROOT / "stagekansen_lib", copies[0] / "stagekansen_lib")
        # The whole environment: the pages of the hub lie in its folder `share`.
        whole = [Path(place).parents[2] for place in places[1:]]
        for one, copy in zip(whole, copies[1:], strict=True):
            shutil.copytree(one, copy, symlinks=True)
        inside = [
            copy / Path(place).relative_to(one) for copy, place, one in zip(copies[1:], places[1:], whole, strict=True)
        ]
        (own / "all.pth").write_text("\n".join(map(str, [copies[0], *inside])), "utf-8")
        subprocess.run(["chmod", "-R", "go+rX", *map(str, copies), str(own)], check=True)
    return python


@dataclass
class Hub:
    """A hub that runs, and a browser of each person (as far as requests and cookies go)."""

    region: Region
    python: str
    address: str
    people: dict[str, Any] = field(default_factory=dict)

    def ask(self, person: str, path: str, method: str = "GET", **more: Any) -> Any:
        browser = self.people[person]
        if method != "GET":
            place = path.split("/api/")[0] + "/"
            xsrf = [one.value for one in browser.cookies if one.name == "_xsrf" and one.path == place]
            more["headers"] = {"X-XSRFToken": xsrf[0] if xsrf else "", "Referer": f"{self.address}{place}"}
        return browser.request(method, self.address + path, timeout=WAIT, **more)

    def enter(self, person: str, *, sign_up: bool = False) -> int:
        import requests

        browser = self.people[person] = requests.Session()
        for word in ["signup", "login"][not sign_up :]:
            browser.get(f"{self.address}/hub/{word}", timeout=WAIT)
            name = "signup_password" if word == "signup" else "password"
            form = {"username": person, name: PASSWORD, "signup_password_confirmation": PASSWORD}
            form["_xsrf"] = next(one.value for one in browser.cookies if one.name == "_xsrf")
            browser.post(f"{self.address}/hub/{word}", data=form, timeout=WAIT)
        home: int = browser.get(f"{self.address}/hub/home", timeout=WAIT, allow_redirects=False).status_code
        return home

    def judge(self, maintainer: str, person: str, does: str) -> Any:
        """A maintainer lets in who waits ("let-in"), or not ("send-away")."""
        browser = self.people[maintainer]
        browser.get(f"{self.address}/hub/authorize", timeout=WAIT)
        mark = next(one.value for one in browser.cookies if one.name == "_xsrf" and one.path == "/hub/")
        form = {"person": person, "does": does, "_xsrf": mark}
        return browser.post(f"{self.address}/hub/authorize", data=form, timeout=WAIT)

    def open_server(self, person: str, account: str) -> None:
        self.ask(person, f"/hub/spawn/{account}")
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            answer = self.ask(person, f"/user/{account}/lab")
            if answer.status_code == 200 and f"/user/{account}/lab" in answer.url and "/hub/" not in answer.url:
                return
            time.sleep(0.5)
        raise AssertionError("the server did not start")

    def run(self, person: str, account: str, code: str) -> str:
        """What code prints in a new kernel of a server."""
        from websockets.sync.client import connect

        made = self.ask(person, f"/user/{account}/api/kernels", "POST", json={"name": "python3"})
        assert made.status_code == 201, made.text
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.people[person].cookies if "/hub" not in one.path)
        where = f"{self.address.replace('http', 'ws')}/user/{account}/api/kernels/{made.json()['id']}/channels"
        header = {
            "msg_id": "1",
            "msg_type": "execute_request",
            "username": "",
            "session": "s",
            "date": "",
            "version": "5",
        }
        asked = {"header": header, "parent_header": {}, "metadata": {}, "content": {"code": code, "silent": False}}
        with connect(where, additional_headers={"Cookie": cookies}, open_timeout=WAIT) as wire:
            wire.send(json.dumps({**asked, "channel": "shell", "buffers": []}))
            deadline = time.monotonic() + WAIT
            while time.monotonic() < deadline:
                told = json.loads(wire.recv(timeout=WAIT))
                if told["msg_type"] == "stream":
                    return str(told["content"]["text"])
        raise AssertionError("the kernel said nothing")

    def as_user(self, name: str, code: str) -> subprocess.CompletedProcess[str]:
        """A program of a user of the system, outside the hub."""
        return subprocess.run(
            [self.python, "-c", code], user=name, group=name, extra_groups=[], cwd="/", capture_output=True, text=True,
            check=False,
        )  # fmt: skip


def forget() -> None:
    """End what runs as users of a hub of these tests, also of a run that broke off; take away what they kept in memory,
    and the users themselves. Those of a real hub live elsewhere."""
    import pwd

    users = {one.pw_uid: one.pw_name for one in pwd.getpwall() if one.pw_dir.startswith(f"/tmp/{MARK}")}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if place.stat().st_uid in users:
                os.kill(int(place.name), signal.SIGKILL)
    for place in Path("/dev/shm").glob("sk-*"):
        if place.stat().st_uid in users:
            shutil.rmtree(place, ignore_errors=True)
    for name in sorted(users.values()):
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True)


def small_clone(folder: Path) -> Path:
    """A project of one notebook, as a clone that teams get a clone of."""
    source = folder / "source"
    (source / "notebooks").mkdir(parents=True)
    for name in ("raw", "interim"):
        (source / "data" / name).mkdir(parents=True)
        (source / "data" / name / ".gitkeep").touch()
    (source / "notebooks" / "a.md").write_text("A page.", "utf-8")
    who = ["-c", "user.name=A. Maker", "-c", "user.email=maker@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *who, *words], cwd=source, check=True)
    return source


def wait_for(address: str, running: subprocess.Popen[bytes], said: Path) -> None:
    import requests

    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if requests.get(address, timeout=20).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.3)
    raise AssertionError(said.read_text("utf-8", "replace"))


def end(running: subprocess.Popen[bytes]) -> None:
    """End a hub, and whatever it started that outlives it."""
    running.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(10)


@dataclass(frozen=True)
class Kernel:
    """A kernel of the first team, with a secret in a file and in a name."""

    account: str
    other: str
    file: Path
    said: str
