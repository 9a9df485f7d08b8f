"""What a team has, no other team, gatekeeper or maintainer reaches: tried on a real hub with real users of the system.

It makes users, so it needs root, and takes them away again: `python3 start.py test -m hub tests/hub`, where the proxy
of JupyterHub is installed (`npm ci --prefix deploy/hub`). A plain run leaves it out; `.ci/hub` does it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.hub.hubs import SECRET, WAIT, Hub, Kernel

pytestmark = pytest.mark.hub


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
        answer = requests.get(hub.address + path, timeout=WAIT)
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
        ("PATCH", "/hub/api/users/anna", {"name": "anna2"}),
        ("DELETE", "/hub/api/users/anna", {}),
        ("POST", "/hub/api/users/anna", {}),
        ("POST", "/hub/api/users/{account}/server", {}),
        ("POST", "/hub/api/users/anna/server", {}),
        ("GET", "/hub/api/users/anna/tokens", {}),
    ],
)
def test_a_maintainer_gives_themself_no_way_into_a_team(
    hub: Hub, kernel: Kernel, method: str, path: str, sent: dict[str, Any]
) -> None:
    answer = hub.ask("eva", path.format(account=kernel.account), method, json=sent)
    assert answer.status_code == 403, answer.text


def test_a_maintainer_sets_no_password_for_another_and_takes_no_account_that_was_let_in(hub: Hub) -> None:
    browser = hub.people["eva"]
    form = {"new_password": "iets heel anders nu", "new_password_confirmation": "iets heel anders nu"}
    form["_xsrf"] = next(one.value for one in browser.cookies if one.name == "_xsrf" and one.path == "/hub/")
    for path in ("change-password/anna", "discard/anna", "authorize/anna"):
        for method in ("GET", "POST"):
            answer = browser.request(method, f"{hub.address}/hub/{path}", data=form, timeout=WAIT)
            assert answer.status_code in (403, 404, 405), (method, path)
    for does in ("let-in", "send-away"):
        assert hub.judge("eva", "anna", does).status_code == 404
        assert hub.judge("anna", "frans", does).status_code == 403
    assert hub.enter("anna") == 200  # with the password that she chose


def test_who_signed_up_and_is_sent_away_can_sign_up_again_and_a_forgotten_password_is_for_root(hub: Hub) -> None:
    from stagekansen_lib.hub.starting import forget

    assert hub.enter("frans", sign_up=True) == 302
    assert hub.judge("eva", "frans", "send-away").status_code == 200
    assert hub.judge("eva", "frans", "let-in").status_code == 404
    assert hub.enter("frans", sign_up=True) == 302
    assert hub.judge("eva", "frans", "let-in").status_code == 200
    assert hub.enter("frans") == 200
    forget(hub.region, "frans")
    assert hub.enter("frans") == 302


def test_a_release_is_asked_for_by_one_gatekeeper_and_judged_by_another(hub: Hub) -> None:
    team = next(iter(hub.region.teams))
    for person in ("guus", "hanna"):
        assert hub.ask(person, "/services/releases/").url == f"{hub.address}/services/releases/"

    def sent(person: str, **form: str) -> Any:
        browser = hub.people[person]
        form["_xsrf"] = re.findall(r'name="_xsrf" value="([^"]+)"', hub.ask(person, "/services/releases/").text)[0]
        return browser.post(f"{hub.address}/services/releases/", data=form, timeout=WAIT)

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
