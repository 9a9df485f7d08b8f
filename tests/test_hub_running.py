"""A real hub with real users of the system: what a team has, no other team, gatekeeper or maintainer reaches.

It makes users, so it needs root, and takes them away again: `python3 start.py test -m hub`, where the extra `hub` and
configurable-http-proxy are installed. A plain run leaves it out.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagekansen_lib.hub.setting_up import actions_of, users_of
from stagekansen_lib.hub.starting import approve
from stagekansen_lib.hub.teams import Region, read_teams, team_account

pytestmark = pytest.mark.hub

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "een lang wachtwoord van niemand"
SECRET = "antwoord-van-team-een"
PEOPLE = ("eva", "anna", "daan", "guus", "hanna", "irma")


def missing() -> str:
    """What this test cannot do without here; empty when all is there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "it makes users of the system: Linux and root"
    for module in ("jupyterhub", "nativeauthenticator", "jupyterhub_idle_culler", "oauthenticator"):
        if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            return f"the package {module}"
    return "" if shutil.which("configurable-http-proxy") else "the program configurable-http-proxy"


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
    packages = folder / "python" / "lib" / version / "site-packages"
    found = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "all.pth").write_text("\n".join([str(ROOT), *found, ""]), "utf-8")
    return str(folder / "python" / "bin" / "python")


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
        return browser.request(method, self.address + path, timeout=60, **more)

    def enter(self, person: str, *, sign_up: bool = False) -> int:
        import requests

        browser = self.people[person] = requests.Session()
        for word in ["signup", "login"][not sign_up :]:
            browser.get(f"{self.address}/hub/{word}", timeout=60)
            name = "signup_password" if word == "signup" else "password"
            form = {"username": person, name: PASSWORD, "signup_password_confirmation": PASSWORD}
            form["_xsrf"] = next(one.value for one in browser.cookies if one.name == "_xsrf")
            browser.post(f"{self.address}/hub/{word}", data=form, timeout=60)
        home: int = browser.get(f"{self.address}/hub/home", timeout=60, allow_redirects=False).status_code
        return home

    def open_server(self, person: str, account: str) -> None:
        self.ask(person, f"/hub/spawn/{account}")
        deadline = time.monotonic() + 90
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
        with connect(where, additional_headers={"Cookie": cookies}, open_timeout=60) as wire:
            wire.send(json.dumps({**asked, "channel": "shell", "buffers": []}))
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                told = json.loads(wire.recv(timeout=60))
                if told["msg_type"] == "stream":
                    return str(told["content"]["text"])
        raise AssertionError("the kernel said nothing")

    def as_user(self, name: str, code: str) -> subprocess.CompletedProcess[str]:
        """A program of a user of the system, outside the hub."""
        return subprocess.run(
            [self.python, "-c", code], user=name, group=name, extra_groups=[], cwd="/", capture_output=True, text=True,
            check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    if reason := missing():
        pytest.fail(f"This needs {reason}.")
    folder = Path(tempfile.mkdtemp(prefix="sk-hub-", dir="/tmp"))
    folder.chmod(0o711)
    mark = f"t{os.getpid()}"
    ports = free_ports(4)
    teams = folder / "teams.yaml"
    teams.write_text(
        yaml.safe_dump({
            "region": "proef", "title": "Proef", "address": f"http://127.0.0.1:{ports[0]}", "home": f"{folder}/home",
            "teams": {f"{mark}{one}": {"title": one, "members": [who]} for one, who in (("a", "anna"), ("b", "daan"))},
            "gatekeepers": ["guus", "hanna"], "steering_group": ["irma"], "maintainers": ["eva"],
            "ports": dict(zip(("front", "proxy", "hub", "releases"), ports, strict=True)),
        }), "utf-8",
    )  # fmt: skip
    region = read_teams(teams)
    python = python_for_all(folder)
    environment = {**os.environ, "STAGEKANSEN_HOME": str(ROOT), "STAGEKANSEN_LANGUAGE": "en"}
    environment.pop("PYTHONPATH", None)

    def stagekansen(*words: str) -> list[str]:
        return [python, "-P", "-m", "stagekansen_lib.cli", "hub", *words, "--teams", str(teams)]

    running = None
    try:
        source = small_clone(folder)
        done = subprocess.run([*stagekansen("set-up"), "--source", str(source)], env=environment, check=False,
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert actions_of(region, source) == []
        with (folder / "said.txt").open("w") as said:
            running = subprocess.Popen(
                stagekansen("start"), env=environment, start_new_session=True, stdout=said, stderr=subprocess.STDOUT
            )  # fmt: skip
        made = Hub(region, python, f"http://127.0.0.1:{ports[0]}")
        wait_for(made.address + "/hub/login", running, folder / "said.txt")
        for person in PEOPLE:
            assert made.enter(person, sign_up=True) == 302  # signed up, and not let in yet
            approve(region, person)
            assert made.enter(person) == 200
        yield made
    finally:
        if running:
            end(running)
        forget(region)
        shutil.rmtree(folder, ignore_errors=True)


def forget(region: Region) -> None:
    """Take away the users, and what their servers kept in memory."""
    import pwd

    names = {user.name for user in users_of(region)}
    numbers = {one.pw_uid for one in pwd.getpwall() if one.pw_name in names}
    for place in Path("/dev/shm").glob("sk-*"):
        if place.stat().st_uid in numbers:
            shutil.rmtree(place, ignore_errors=True)
    for name in sorted(names):
        subprocess.run(["userdel", name], check=False, capture_output=True)


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

    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if requests.get(address, timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
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


@pytest.fixture(scope="module")
def kernel(hub: Hub) -> Kernel:
    one, two = (team_account(name) for name in hub.region.teams)
    hub.open_server("anna", one)
    code = f"""
import os, pathlib
file = pathlib.Path(os.environ["STAGEKANSEN_HOME"], "data", "raw", "a.csv")
file.write_text("id;x\\n1;{SECRET}\\n")
os.environ["SECRET"] = "{SECRET}"
print(os.getuid(), os.getpid(), oct(file.stat().st_mode), os.environ.get("JUPYTER_RUNTIME_DIR"))
"""
    said = hub.run("anna", one, code)
    return Kernel(one, two, hub.region.project_of(next(iter(hub.region.teams))) / "data" / "raw" / "a.csv", said)


def test_a_team_works_under_its_own_user_and_writes_what_nobody_else_can_read(kernel: Kernel) -> None:
    import pwd

    uid, _, mode, runtime = kernel.said.split()
    assert int(uid) == pwd.getpwnam(kernel.account).pw_uid
    assert mode == "0o100600"
    assert Path(runtime).stat().st_mode & 0o077 == 0
    assert SECRET in kernel.file.read_text("utf-8")  # root of the machine can, and the page for maintainers says so


def test_another_team_reads_no_file_no_process_and_no_socket(hub: Hub, kernel: Kernel) -> None:
    _, pid, _, runtime = kernel.said.split()
    tried = f"""
import os, pathlib
for path in ("{kernel.file}", "{kernel.file.parent}", "/proc/{pid}/environ", "/proc/{pid}/cwd", "/proc/{pid}/mem",
             "/proc/{pid}/fd", "/proc/{pid}/maps", "{runtime}", "{hub.region.folder("hub", "jupyterhub.sqlite")}",
             "{hub.region.folder("backups")}"):
    place = pathlib.Path(path)
    try:
        place.read_bytes() if not place.is_dir() else os.listdir(place)
    except OSError:
        continue
    print("read", path)
"""
    done = hub.as_user(kernel.other, tried)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    own = hub.as_user(kernel.account, tried)
    assert str(kernel.file) in own.stdout  # the same program sees it where it may: the test can fail


def listeners(uid: int) -> int:
    """How many ports of this computer programs of a user listen to."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return sum(line[3] == "0A" and int(line[7]) == uid for line in lines)


def test_what_a_kernel_says_goes_over_sockets_of_its_own_user_and_over_no_port(hub: Hub, kernel: Kernel) -> None:
    uid, _, _, runtime = kernel.said.split()
    assert len(list(Path(runtime).glob("kernel-*-ipc-*"))) >= 5
    # The port of the server itself, which asks who somebody is, and the one at which a kernel collects what its own
    # children print: it only takes in. A kernel over TCP would have five more.
    assert listeners(int(uid)) == 2
    heard = hub.as_user(
        kernel.other,
        "import glob, zmq\n"
        "socket = zmq.Context().socket(zmq.SUB)\n"
        f"print(glob.glob('{runtime}/*'))\n"
        "socket.subscribe(b'')\n"
        f"socket.connect('ipc://{runtime}/kernel-x-ipc-2')\n"
        "print(socket.poll(500))",
    )
    assert heard.stdout.split() == ["[]", "0"], heard.stderr


@pytest.mark.parametrize(
    ("person", "servers", "pages", "releases"),
    [
        ("anna", 200, 403, 403), ("daan", 403, 403, 403), ("guus", 403, 0, 200), ("irma", 403, 0, 403),
        ("eva", 403, 403, 403),
    ],
)  # fmt: skip
def test_each_person_opens_what_is_theirs(
    hub: Hub, kernel: Kernel, person: str, servers: int, pages: int, releases: int
) -> None:
    assert hub.ask(person, f"/user/{kernel.account}/lab").status_code == servers
    contents = hub.ask(person, f"/user/{kernel.account}/api/contents/data/raw")
    assert (contents.status_code == 200) == (servers == 200)
    assert (SECRET in contents.text, "a.csv" in contents.text) == (False, servers == 200)
    assert hub.ask(person, "/services/releases/").status_code == releases
    home = hub.ask(person, "/hub/home").text
    assert ("/hub/spawn/sk-dashboards" in home) == (pages == 0)
    assert (f"/hub/spawn/{kernel.account}" in home) == (servers == 200)
    assert hub.ask(person, f"/user/{person}/").status_code != 200  # nobody has a server of their own


def test_who_has_no_account_opens_nothing(hub: Hub, kernel: Kernel) -> None:
    import requests

    for path in (f"/user/{kernel.account}/api/contents", "/hub/api/users", "/services/releases/", "/hub/home"):
        answer = requests.get(hub.address + path, timeout=60)
        assert answer.status_code in (401, 403) or "/hub/login" in answer.url, path
        assert kernel.account not in re.sub(r"next=\S+|href=\S+|value=\S+", "", answer.text)


def test_the_account_of_a_team_and_a_stranger_can_neither_sign_up_nor_log_in(hub: Hub, kernel: Kernel) -> None:
    for name in (kernel.account, "sk-dashboards", "stranger"):
        assert hub.enter(name, sign_up=True) == 302


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("PATCH", "/hub/api/users/eva", {"admin": True}),
        ("POST", "/hub/api/users/anna/tokens", {}),
        ("POST", "/hub/api/users/{account}/tokens", {}),
        ("POST", "/hub/api/groups/{account}/users", {"users": ["eva"]}),
        ("POST", "/hub/api/shares/{account}/", {"user": "eva"}),
        ("POST", "/hub/api/users", {"usernames": ["new"], "admin": True}),
    ],
)
def test_a_maintainer_gives_themself_no_way_into_a_team(
    hub: Hub, kernel: Kernel, method: str, path: str, sent: dict[str, Any]
) -> None:
    answer = hub.ask("eva", path.format(account=kernel.account), method, json=sent)
    assert answer.status_code == 403, answer.text


def test_a_release_is_asked_for_by_one_gatekeeper_and_judged_by_another(hub: Hub) -> None:
    team = next(iter(hub.region.teams))
    for person in ("guus", "hanna"):
        assert hub.ask(person, "/services/releases/").url == f"{hub.address}/services/releases/"

    def sent(person: str, **form: str) -> Any:
        browser = hub.people[person]
        form["_xsrf"] = re.findall(r'name="_xsrf" value="([^"]+)"', hub.ask(person, "/services/releases/").text)[0]
        return browser.post(f"{hub.address}/services/releases/", data=form, timeout=60)

    assert sent("guus", team=team, survey="wave", wave="2026", name="first-2026").status_code == 200
    shown = hub.ask("hanna", "/services/releases/").text
    request = re.findall(r'name="request" value="(\w+)"', shown)[0]
    assert 'name="request"' not in hub.ask("guus", "/services/releases/").text
    assert sent("guus", request=request, agrees="yes").status_code == 400
    assert "hanna" in sent("hanna", request=request, agrees="yes").text


def test_nothing_of_a_team_is_in_the_log(hub: Hub, kernel: Kernel) -> None:
    hub.ask("anna", f"/user/{kernel.account}/api/contents/data/raw/geheime-naam.csv")
    said = (Path(hub.region.home).parent / "said.txt").read_text("utf-8", "replace")
    assert [word for word in (SECRET, "geheime-naam", "a.csv", "token=") if word in said] == []
