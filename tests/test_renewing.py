"""Locks are renewed by one command, and the bill of materials says what is in them; neither names a host."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import stat
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


locks, sbom = script("renew_locks"), script("make_sbom")
UV = """#!/bin/sh
for word in "$@"; do [ "$before" = "-o" ] && into="$word"; before="$word"; done
printf '%s\\n' "$*" >> "$CALLS"
printf 'a==2.0 \\\\\\n    --hash=sha256:%064d\\n    # via -c /tmp/x/requirements.lock\\n' 1 > "$into"
[ -z "$HOST" ] || printf '%s\\n' "--index-url https://host.example" >> "$into"
[ "$(wc -l < "$CALLS")" != "$FAILS" ]
"""
NPM = """#!/bin/sh
printf '{"packages": {"": {}, "node_modules/p": {"version": "1.0.0", "resolved": "https://host.example/p",
"integrity": "%s", "funding": {"url": "https://fund.example"}}}}' "$NPM_HASH" > package-lock.json
"""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of old locks, and programs in place of uv and npm; that of uv writes down what it is asked."""
    (tmp_path / "bin").mkdir()
    for name, text in (("uv", UV), ("npm", NPM)):
        program = tmp_path / "bin" / name
        program.write_text(text, "utf-8")
        program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    told = (("CALLS", str(tmp_path / "calls")), ("HOST", ""), ("FAILS", "0"), ("NPM_HASH", "sha512-x"))
    for name, value in told:
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    for lock in locks.LOCKS:
        (tmp_path / lock).write_text("a==1.0\nb==1.0\n", "utf-8")
    (tmp_path / "deploy" / "hub").mkdir(parents=True)
    (tmp_path / "deploy" / "hub" / "package.json").write_text("{}", "utf-8")
    return tmp_path


posix = pytest.mark.skipif(os.name != "posix", reason="the program in place of uv is a script of a shell")


@posix
def test_each_lock_holds_to_the_one_before_it_and_what_changed_is_told(
    uv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert locks.main([]) == 0
    calls = (uv / "calls").read_text("utf-8").splitlines()
    assert [re.findall(r"-o \S+/(\S+)", call)[0] for call in calls] == list(locks.LOCKS)
    assert ["-c" in call.split() for call in calls] == [False, True, True, True]
    assert all("--generate-hashes" in call and "--no-emit-index-url" in call for call in calls)
    said = capsys.readouterr().out
    assert "requirements.lock: 1 packages, 2 changed" in said
    assert "  a: 1.0 -> 2.0\n  b: 1.0 -> not there" in said
    text = (uv / "requirements-test.lock").read_text("utf-8")
    assert "# via -c requirements.lock" in text
    assert "deploy/hub/package-lock.json: 1 packages, 1 changed\n  p: not there -> 1.0.0" in said
    assert "://" not in (uv / locks.PROXY).read_text("utf-8")


@posix
def test_a_check_writes_nothing(uv: Path) -> None:
    assert locks.main(["--check"]) == 1
    assert (uv / "requirements.lock").read_text("utf-8") == "a==1.0\nb==1.0\n"


@posix
def test_all_are_written_or_none(uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "3")
    assert locks.main([]) == 2
    assert (uv / "requirements.lock").read_text("utf-8") == "a==1.0\nb==1.0\n"


@posix
def test_a_lock_that_names_a_host_is_not_written(uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "yes")
    with pytest.raises(ValueError, match="a host or a file is named on line 4"):
        locks.main([])
    assert (uv / "requirements.lock").read_text("utf-8") == "a==1.0\nb==1.0\n"


@posix
def test_a_proxy_without_a_hash_is_not_written(uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_HASH", "")
    with pytest.raises(ValueError, match="node_modules/p has no hash"):
        locks.main([])
    assert (uv / "requirements.lock").read_text("utf-8") == "a==1.0\nb==1.0\n"


def test_the_proxy_of_a_hub_is_pinned_with_hashes_and_no_address() -> None:
    text = (ROOT / locks.PROXY).read_text("utf-8")
    assert locks.proxy_cleaned(text) == text
    asked = json.loads((ROOT / "deploy" / "hub" / "package.json").read_text("utf-8"))["dependencies"]
    assert asked.items() <= locks.versions(text).items()


def test_the_locks_are_those_that_the_start_installs_and_their_extras_exist() -> None:
    import tomllib

    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert {extra for extras in locks.LOCKS.values() for extra in extras} <= set(known)
    assert f"LOCKS = {tuple(locks.LOCKS)}".replace("'", '"') in (ROOT / "start.py").read_text("utf-8")


def test_the_bill_of_materials_names_every_part_of_the_lock_and_no_address(tmp_path: Path) -> None:
    assert sbom.main(["--into", str(tmp_path / "sbom.json")]) == 0
    text = (tmp_path / "sbom.json").read_text("utf-8")
    made = json.loads(text)
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.M))
    assert {one["name"]: one["version"] for one in made["components"]} == pinned
    assert all(one["hashes"] for one in made["components"])
    assert "http" not in re.sub(r"\"name\": \"\S*http\S*\"|pkg:pypi/\S+", "", text).replace("httpx", "")
    assert {one["name"] for one in made["components"] if "licenses" not in one} < set(pinned)
    assert sbom.bill("a==1.0\n", "0")["serialNumber"] == sbom.bill("a==1.0\n", "0")["serialNumber"]
