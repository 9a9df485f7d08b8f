"""One hub for the tests of this folder; it makes users, and takes them away again."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from stagekansen_lib.hub.setting_up import actions_of
from stagekansen_lib.hub.starting import approve
from stagekansen_lib.hub.teams import read_teams, team_account
from tests.hub.hubs import (
    MARK,
    MEMBERS,
    PEOPLE,
    ROOT,
    SECRET,
    Hub,
    Kernel,
    end,
    forget,
    free_ports,
    missing,
    python_for_all,
    small_clone,
    wait_for,
)  # fmt: skip


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    if reason := missing():
        pytest.fail(f"This needs {reason}.")
    with FileLock("/tmp/stagekansen-hub-tests.lock", timeout=1200):  # two users of it bear fixed names
        yield from one_hub()


def one_hub() -> Iterator[Hub]:
    """A hub in a folder of its own, with users that are taken away in the end."""
    forget()
    folder = Path(tempfile.mkdtemp(prefix=MARK, dir="/tmp"))
    folder.chmod(0o711)
    mark = f"t{os.getpid()}"
    ports = free_ports(4)
    teams = folder / "teams.yaml"
    teams.write_text(
        yaml.safe_dump({
            "region": "proef", "title": "Proef", "address": f"http://127.0.0.1:{ports[0]}", "home": f"{folder}/home",
            "teams": {f"{mark}{one}": {"title": f"Team {one}", "members": who} for one, who in MEMBERS.items()},
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
            if person == "eva":  # the first maintainer, whom nobody else can let in
                approve(region, person)
            else:
                assert made.judge("eva", person, "let-in").status_code == 200
            assert made.enter(person) == 200
        yield made
    finally:
        if running:
            end(running)
        forget()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kernel(hub: Hub) -> Kernel:
    one, two, *_ = (team_account(name) for name in hub.region.teams)
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
