"""A hub for a region: what one file of teams says, who can do what by it, and answers that come back from a backup."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
import types
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.errors import DoubtWarning, InputError, RefusedError, StagekansenError
from stagekansen_lib.hub import backups, carrying_out, packing, releasing, setting_up, starting
from stagekansen_lib.hub.release_requests import Request, ask, judge, requests_in
from stagekansen_lib.hub.roles import groups_of, roles_of, scopes_of
from stagekansen_lib.hub.setting_up import SystemUser, Wanted, actions_of, as_wanted, folders_of, users_of
from stagekansen_lib.hub.settings import hub_settings, settings_file
from stagekansen_lib.hub.teams import Region, read_teams, team_account
from stagekansen_lib.withdrawals.withdrawal import withdraw
from tests.answer_files import write

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "deploy" / "hub" / "teams.yaml"
FILE: dict[str, Any] = {
    "region": "proef",
    "title": "Proef",
    "address": "https://proef.example.org",
    "teams": {"west": {"title": "West", "members": ["anna", "bilal"]}, "oost": {"title": "Oost", "members": ["daan"]}},
    "gatekeepers": ["guus", "hanna"],
    "steering_group": ["irma"],
    "maintainers": ["eva"],
}
posix = pytest.mark.skipif(os.name != "posix", reason="users and rights as POSIX has them")


def written(folder: Path, **changed: Any) -> Path:
    path = folder / "teams.yaml"
    path.write_text(yaml.safe_dump({**FILE, **changed}, sort_keys=False), "utf-8")
    return path


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return read_teams(written(tmp_path, home=str(tmp_path / "hub")))


def test_the_example_can_be_used_as_it_is() -> None:
    example = read_teams(EXAMPLE)
    assert "daan" in example.teams["hbo-oost"].members
    assert example.limits_of("hbo-oost").memory == "6G"
    assert example.limits_of("mbo-west") == example.limits


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"gatekeepers": ["guus"]}, "gatekeepers: Too few"),
        ({"gatekeepers": ["guus", "guus"]}, "'guus' stands twice in gatekeepers"),
        ({"gatekeepers": ["anna", "guus"]}, "Too few gatekeepers stand outside the team 'west'"),
        ({"maintainers": []}, "maintainers: Too few"),
        ({"steering_group": ["team-west"]}, "'team-west' cannot be the name of a person"),
        ({"steering_group": ["sk-releases"]}, "'sk-releases' cannot be the name of a person"),
        ({"steering_group": ["Irma"]}, "steering_group.0: This is no name"),
        ({"steering_group": [True]}, "steering_group.0: This is no text"),
        ({"steering": ["irma"]}, "steering: This is unknown"),
        ({"teams": {"west": {"title": "W", "members": ["anna"]}, "oost": {"title": "O", "members": ["anna"]}}},
         "'anna' is in two teams"),
        ({"teams": {"west;rm": {"title": "W", "members": ["anna"]}}}, "teams.west;rm: This is no name"),
        ({"teams": {"west": {"title": "W", "members": []}}}, "teams.west.members: Too few"),
        ({"teams": {}}, "teams: Too few"),
        ({"address": "https://proef.example.org/hub"}, "address: This is no name that can be used here. Write https"),
        ({"home": "/srv/../etc"}, "home: This is no name"),
        ({"home": "/etc"}, "home: This is no name"),
        ({"home": "srv"}, "home: This is no name that can be used here. Write a whole path"),
        ({"ports": {"front": 8000, "hub": 8000}}, "Two parts of the hub have the same port"),
        ({"ports": {"front": 80}}, "ports.front"),
        ({"limits": {"memory": "lots"}}, "limits.memory"),
        ({"kept_days": 4000}, "kept_days"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_named(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_teams(written(tmp_path, **changed))
    assert told in str(refused.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_teams(written(tmp_path, gatekeepers=["guus"], maintainers=[], title="", colour="red"))
    assert len(refused.value.problems) == 4


def test_a_team_that_stands_there_twice_does_not_vanish_in_silence(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text("utf-8").replace("  west:", "  oost:")
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"line \d+: 'oost' stands there twice"):
        read_teams(path)


# Who can do what ----------------------------------------------------------------------------------

WEST = frozenset(
    f"{scope}!user=team-west"
    for scope in ("access:servers", "servers", "read:servers", "read:users:name", "list:users")
)
PAGES = frozenset(scope.replace("team-west", "sk-dashboards") for scope in WEST)
OWN = frozenset({"read:users!user"})
SERVICE = frozenset({"access:services!service=releases"})
MAINTAINING = frozenset({"admin-ui", "custom:accounts", "list:users", "read:servers", "delete:servers", "read:hub"})


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("anna", OWN | WEST),
        ("daan", OWN | frozenset(scope.replace("west", "oost") for scope in WEST)),
        ("guus", OWN | SERVICE | PAGES),
        ("irma", OWN | PAGES),
        ("eva", OWN | MAINTAINING),
        ("nobody", frozenset()),
        ("team-west", frozenset()),
    ],
)
def test_each_kind_of_person_may_do_this_and_nothing_else(region: Region, person: str, may: frozenset[str]) -> None:
    assert scopes_of(region, person) == may


def test_no_role_opens_servers_without_saying_whose(region: Region) -> None:
    for role in roles_of(region):
        assert len(role["name"]) >= 3
        opening = [
            scope for scope in role["scopes"] if scope.startswith(("access:servers", "servers", "admin:servers"))
        ]
        assert [scope for scope in opening if "!user=" not in scope] == []
        assert not {"groups", "admin:groups", "tokens", "shares", "proxy", "admin:auth_state"} & set(role["scopes"])


def test_a_team_and_its_people_are_one_group_and_no_one_is_an_administrator(region: Region) -> None:
    assert groups_of(region)["team-west"] == {"users": ["anna", "bilal"]}
    settings = hub_settings(region, proxy="chp", language="nl", cgroups=False)
    assert settings["Authenticator"] == {"allow_all": True, "admin_users": [], "delete_invalid_users": True}
    assert settings["KnownPeople"]["people"] == ["anna", "bilal", "daan", "eva", "guus", "hanna", "irma"]


class Config:
    """Takes any name of a class, as the configuration of JupyterHub does."""

    def __getattr__(self, name: str) -> types.SimpleNamespace:
        part = types.SimpleNamespace()
        setattr(self, name, part)
        return part


def test_the_file_of_settings_says_what_the_data_say(region: Region) -> None:
    settings = hub_settings(region, proxy="chp", language="nl", cgroups=True)
    config = Config()
    exec(settings_file(settings), {"get_config": lambda: config})
    made = {name: vars(part) for name, part in vars(config).items()}
    assert made == settings
    assert settings["JupyterHub"]["spawner_class"].endswith(".BoundedTeamServer")
    assert settings["BoundedTeamServer"]["projects"]["team-west"] == str(region.project_of("west"))
    assert settings["JupyterHub"]["bind_url"] == "http://127.0.0.1:8000"
    assert settings["JupyterHub"]["log_level"] >= 40


def test_accounts_of_institutions_are_one_word(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="need 'more_settings'"):
        read_teams(written(tmp_path, accounts="surfconext"))
    other = read_teams(written(tmp_path, accounts="surfconext", more_settings="/etc/stagekansen/surfconext.py"))
    settings = hub_settings(other, proxy="chp", language="nl", cgroups=False)
    assert settings["JupyterHub"]["authenticator_class"].endswith("PeopleOfInstitutions")
    assert settings_file(settings, other.more_settings).endswith("load_subconfig('/etc/stagekansen/surfconext.py')\n")
    assert settings["PeopleOfInstitutions"]["people"] == list(other.people)


# A server -----------------------------------------------------------------------------------------


@posix
def test_each_folder_of_a_team_opens_for_its_user_alone_and_what_root_keeps_for_root(region: Region) -> None:
    rights = {wanted.path.name: (wanted.owner, wanted.rights) for wanted in folders_of(region)}
    assert rights["team-west"] == ("team-west", 0o700)
    assert rights["backups"] == rights["hub"] == ("root", 0o700)
    assert [user.name for user in users_of(region)] == ["team-west", "team-oost", "sk-dashboards", "sk-releases"]


@posix
def test_a_plan_is_commands_and_what_is_there_is_not_made_again(
    region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = actions_of(region, tmp_path)
    assert [words[-1] for words in planned if words[0] == "useradd"] == [user.name for user in users_of(region)]
    assert {words[0] for words in planned} == {"useradd", "install", "rm", "git", "chown", "chmod", "mv"}
    monkeypatch.setattr(setting_up, "system_user", lambda name: {u.name: u for u in users_of(region)}[name])
    monkeypatch.setattr(setting_up, "as_wanted", lambda _: True)
    for user in users_of(region):
        (user.home / "project" / "data").mkdir(parents=True)
    assert actions_of(region, tmp_path) == []


@posix
def test_a_user_of_somebody_else_is_not_taken(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting_up, "system_user", lambda name: SystemUser(name, Path("/home/other")))
    with pytest.raises(InputError, match="There is a user 'team-west' already"):
        actions_of(region)


@posix
def test_a_folder_that_others_can_open_or_that_leads_elsewhere_is_not_as_wanted(tmp_path: Path) -> None:
    import pwd

    me = pwd.getpwuid(os.geteuid()).pw_name
    place = tmp_path / "place"
    place.mkdir(mode=0o700)
    assert as_wanted(Wanted(place, me, 0o700))
    assert not as_wanted(Wanted(place, "somebody", 0o700))
    place.chmod(0o750)
    assert not as_wanted(Wanted(place, me, 0o700))
    place.rmdir()
    place.symlink_to(tmp_path)
    assert not as_wanted(Wanted(place, me, stat.S_IMODE(tmp_path.stat().st_mode)))


@posix
def test_a_dry_run_prints_every_command_and_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting_up.subprocess, "run", lambda *_, **__: pytest.fail("something was done"))
    path = written(tmp_path, home=str(tmp_path / "hub"))
    assert main(["hub", "set-up", "--teams", str(path), "--dry-run", "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert said.count("useradd --system") == 4
    assert "nothing was done" in said
    assert not (tmp_path / "hub").exists()


@posix
def test_a_check_names_all_that_is_lacking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, home=str(tmp_path / "hub"))
    assert main(["hub", "check", "--teams", str(path), "--language", "en"]) == 1
    said = capsys.readouterr().out
    assert "The user 'team-west' is not there. Run: stagekansen hub set-up" in said
    assert str(tmp_path / "hub" / "backups") in said


@posix
def test_who_is_not_root_makes_no_users_and_starts_nothing(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RefusedError, match="by root only"):
        setting_up.set_up([["useradd", "x"]])
    with pytest.raises(RefusedError, match="Only root"):
        starting.start(region, "en")


def test_a_person_is_let_in_only_after_they_signed_up_and_when_they_are_in_the_file(region: Region) -> None:
    with pytest.raises(InputError, match="Did you mean 'eva'"):
        starting.approve(region, "eve")
    with pytest.raises(InputError, match="Nobody has signed up as 'eva'"):
        starting.approve(region, "eva")
    region.folder("hub").mkdir(parents=True)
    with sqlite3.connect(region.folder("hub", "jupyterhub.sqlite")) as accounts:
        accounts.execute("create table users_info (username text, is_authorized boolean)")
        accounts.execute("insert into users_info values ('eva', 0), ('anna', 0)")
    starting.approve(region, "eva")
    found = accounts.execute("select username from users_info where is_authorized").fetchall()
    assert found == [("eva",)]
    starting.forget(region, "eva")
    assert accounts.execute("select username from users_info").fetchall() == [("anna",)]
    accounts.close()
    with pytest.raises(InputError, match="Nobody has signed up as 'eva'"):
        starting.forget(region, "eva")


# Two persons for a release ------------------------------------------------------------------------


def asked(region: Region, folder: Path, person: str = "guus", team: str = "west", name: str = "west-2026") -> Any:
    return ask(region, folder, team=team, survey="wave", wave="2026", name=name, person=person)


def test_a_release_takes_two_gatekeepers(region: Region, tmp_path: Path) -> None:
    request = asked(region, tmp_path)
    with pytest.raises(RefusedError, match="a second person"):
        judge(region, tmp_path, request.id, person="guus", agrees=True)
    for person in ("anna", "irma", "eva"):
        with pytest.raises(RefusedError, match="Only a gatekeeper"):
            judge(region, tmp_path, request.id, person=person, agrees=True)
    assert judge(region, tmp_path, request.id, person="hanna", agrees=True).state == "approved"
    with pytest.raises(InputError, match="no such request"):
        judge(region, tmp_path, request.id, person="hanna", agrees=False)
    assert [(one.state, one.judged_by) for one in requests_in(tmp_path)] == [("approved", "hanna")]


def test_a_gatekeeper_of_the_team_neither_asks_nor_judges(tmp_path: Path) -> None:
    teams = {"west": {"title": "W", "members": ["anna", "guus"]}}
    region = read_teams(written(tmp_path, teams=teams, gatekeepers=["guus", "hanna", "jan"]))
    with pytest.raises(RefusedError, match="that they are in"):
        asked(region, tmp_path)
    request = asked(region, tmp_path, "hanna")
    with pytest.raises(RefusedError, match="that they are in"):
        judge(region, tmp_path, request.id, person="guus", agrees=True)


@pytest.mark.parametrize(("team", "name", "told"), [("noord", "x", "no team"), ("west", "../x", "cannot be the name")])
def test_a_request_that_cannot_be_is_refused(region: Region, tmp_path: Path, team: str, name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        asked(region, tmp_path, team=team, name=name)
    assert requests_in(tmp_path) == []


# There and back -----------------------------------------------------------------------------------

PEOPLE = [{"respondent_id": f"K{one}", "d1": str(one), "z1": f"woorden {one}"} for one in range(12)]


@pytest.fixture
def project(region: Region, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of team west with twelve people; the steps that its user does are done by whoever runs the test."""
    monkeypatch.setattr(backups.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(backups, "as_wanted", lambda wanted: wanted.path.is_dir())
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    place = region.project_of("west")
    for name in ("raw", "interim"):
        (place / "data" / name).mkdir(parents=True)
    region.folder("backups").mkdir()
    shutil.copytree(ROOT / "data" / "codebooks", place / "data" / "codebooks")
    write(place / "data" / "raw" / "wave.csv", *PEOPLE)
    (place / "build").mkdir()
    (place / "build" / "old.txt").write_text("made anew", "utf-8")
    monkeypatch.setenv("STAGEKANSEN_HOME", str(place))
    return place


@posix
def test_a_folder_is_back_and_who_withdrew_in_between_stays_gone(region: Region, project: Path) -> None:
    made = backups.back_up(region, "west")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    with tarfile.open(made) as archive:
        names = archive.getnames()
    assert "./data/raw/wave.csv" in names
    assert not [name for name in names if "build" in name]
    withdraw("K3")
    assert backups.keep_withdrawals(region, "west") == 1
    shutil.rmtree(project)  # the disk of the team is lost, with its proofs
    assert backups.restore(region, "west") is None
    text = (project / "data" / "raw" / "wave.csv").read_text("utf-8")
    assert "K3;" not in text
    assert [one for one in range(12) if f"K{one};" in text] == [one for one in range(12) if one != 3]
    assert stat.S_IMODE(project.stat().st_mode) == 0o700


@posix
def test_what_stood_there_is_kept_aside_and_a_withdrawal_that_was_not_kept_yet_counts(
    region: Region, project: Path
) -> None:
    backups.back_up(region, "west")
    withdraw("K7")
    (project / "note.txt").write_text("made after the backup", "utf-8")
    before = backups.restore(region, "west")
    assert before is not None
    assert (before / "note.txt").is_file()
    assert not (project / "note.txt").exists()
    assert "K7;" not in (project / "data" / "raw" / "wave.csv").read_text("utf-8")


@posix
def test_a_damaged_backup_leaves_what_stands_there(region: Region, project: Path) -> None:
    made = backups.back_up(region, "west")
    made.write_bytes(made.read_bytes()[:200])
    with pytest.raises(StagekansenError, match="Not put back"):
        backups.restore(region, "west")
    assert (project / "data" / "raw" / "wave.csv").is_file()


@posix
@pytest.mark.usefixtures("project")
def test_an_archive_that_leads_out_of_its_folder_is_not_unpacked(region: Region, tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as archive:
        entry = tarfile.TarInfo("../../outside.txt")
        archive.addfile(entry)
    with pytest.raises(StagekansenError, match="Not put back"):
        backups.restore(region, "west", evil)
    assert not list(tmp_path.rglob("outside.txt"))


@posix
def test_what_a_project_holds_comes_back_whatever_its_names_and_links(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("of somebody else", "utf-8")
    code = project / "stagekansen_lib" / "site"
    code.mkdir(parents=True)
    (code / "building.py").write_text("code", "utf-8")
    (project / "site").mkdir()
    (project / "site" / "old.html").write_text("made anew", "utf-8")
    raw = project / "data" / "raw"
    os.link(raw / "wave.csv", raw / "other name.csv")
    (raw / "latest.csv").symlink_to("wave.csv")
    (raw / "whole.csv").symlink_to(raw / "wave.csv")
    (raw / "out.csv").symlink_to(outside)
    (raw / "round").symlink_to("round")
    packed = io.BytesIO()
    packing.pack(packed)
    packed.seek(0)
    shutil.rmtree(project)
    back = packing.unpack(packed)
    assert (back / "stagekansen_lib" / "site" / "building.py").read_text("utf-8") == "code"
    names = {path.relative_to(back).as_posix() for path in back.rglob("*")}
    assert not {"site", "build", "data/raw/out.csv"} & names
    texts = {
        (back / "data" / "raw" / f"{name}.csv").read_text("utf-8") for name in ("wave", "other name", "latest", "whole")
    }
    assert len(texts) == 1
    assert "K11;" in texts.pop()


@posix
def test_nothing_is_unpacked_that_runs_as_its_owner(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("tool")
        entry.mode = 0o4755
        archive.addfile(entry)
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive:
        packing.take_out(archive, tmp_path)
    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o755


@posix
@pytest.mark.usefixtures("project")
def test_what_a_backup_that_was_cut_off_left_goes_with_a_later_one(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt.datetime(2026, 11, 30, 3, 0, tzinfo=dt.UTC)
    folder = region.folder("backups", "team-west")
    folder.mkdir()
    old, busy = folder / ".20261128T030000Z.tar.gz.part", folder / ".20261130T025900Z.tar.gz.part"
    for part in (old, busy):
        part.write_bytes(b"answers")
    backups.back_up(region, "west", now=now)
    assert [old.exists(), busy.exists()] == [False, True]

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyError("getpwnam(): name not found")

    monkeypatch.setattr(backups, "keep_withdrawals", lambda *_: 0)
    monkeypatch.setattr(backups, "_as_team", stopped)
    with pytest.raises(KeyError):
        backups.back_up(region, "west", now=now)
    assert [path.name for path in folder.glob(".*.part")] == [busy.name]


def test_the_other_teams_have_their_backup_when_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(_: Region, team: str) -> Path:
        if team == "west":
            raise StagekansenError("No backup of west: full")
        return tmp_path / team

    monkeypatch.setattr(backups, "back_up", make)
    monkeypatch.setattr(backups, "keep_withdrawals", make)
    teams = str(written(tmp_path))
    for more in ([], ["--withdrawals-only"]):
        assert main(["hub", "back-up", "--teams", teams, *more]) == 1
        told = capsys.readouterr()
        assert "oost" in told.out
        assert "west: No backup of west: full" in told.err
    assert main(["hub", "back-up", "west", "--teams", teams]) != 0


@posix
def test_a_file_that_could_not_be_searched_for_who_withdrew_is_named_when_it_is_put_back(
    region: Region, project: Path
) -> None:
    sealed = project / "data" / "raw" / "sealed.zip"
    sealed.write_bytes(b"PK no archive")
    backups.back_up(region, "west")
    sealed.unlink()
    withdraw("K7")
    with pytest.warns(DoubtWarning, match="sealed.zip"):
        backups.restore(region, "west")


@pytest.mark.parametrize("step", ["pack", "withdrawn"])
def test_why_a_step_failed_holds_no_text_that_nobody_foresaw(
    step: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("could not convert string to float: 'an answer'")

    monkeypatch.setattr(packing, step, fail)
    assert packing.main(step) == 1
    assert capsys.readouterr().err == "ValueError\n"
    request = Request(
        id="r", team="west", survey="s", wave="2022", name="n", asked_by="guus", asked_on=dt.date(2026, 11, 30)
    )  # fmt: skip
    monkeypatch.setattr(releasing, "make", fail)
    assert releasing.main([".", request.model_dump_json()]) == 1
    assert capsys.readouterr().err == "ValueError\n"


@posix
@pytest.mark.usefixtures("project")
def test_backups_older_than_is_agreed_go(region: Region) -> None:
    now = dt.datetime(2026, 11, 30, 3, 0, tzinfo=dt.UTC)
    for days in (15, 13, 0):
        backups.back_up(region, "west", now=now - dt.timedelta(days=days))
    kept = [made.name for made in backups.backups_of(region, "west")]
    assert kept == ["20261117T030000Z.tar.gz", "20261130T030000Z.tar.gz"]


@posix
@pytest.mark.usefixtures("project")
def test_a_backup_of_an_unknown_team_or_of_none_is_refused(region: Region) -> None:
    with pytest.raises(InputError, match="There is no team 'noord'"):
        backups.back_up(region, "noord")
    with pytest.raises(InputError, match="There is no backup"):
        backups.restore(region, "west")


def test_the_steps_of_a_backup_say_in_one_line_why_they_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path / "gone" / "project"))
    assert packing.main("place") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_account_of_a_team_is_a_name_that_no_person_can_have(region: Region) -> None:
    assert not {team_account(name) for name in region.teams} & set(region.people)


@posix
def test_what_two_agreed_on_is_made_from_a_copy_and_the_copy_is_gone(
    region: Region, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rules", "margins", "registers", "example", "place", "series"):
        shutil.copytree(ROOT / "data" / name, project / "data" / name)
    monkeypatch.setattr(carrying_out.os, "geteuid", lambda: 1000)
    folder = region.folder("releases", "requests")
    folder.mkdir(parents=True)
    for name, survey in (("good-2022", "example_2022"), ("bad-2022", "no_such_survey")):
        request = ask(region, folder, team="west", survey=survey, wave="2022", name=name, person="guus")
        judge(region, folder, request.id, person="hanna", agrees=True)
    asked(region, folder, name="waits-2022")
    made = {one.name: one for one in carrying_out.carry_out(region)}
    assert {name: one.state for name, one in made.items()} == {"good-2022": "released", "bad-2022": "failed"}, made
    assert "no_such_survey" in made["bad-2022"].told
    release = json.loads(region.folder("releases", "published", "good-2022", "release.json").read_text("utf-8"))
    assert (release["made_by"], release["checked_by"]) == ("guus", "hanna")
    assert sorted(path.name for path in region.folder("releases").iterdir()) == ["published", "requests"]
    assert {one.state for one in requests_in(folder)} == {"released", "failed", "asked"}
    assert carrying_out.carry_out(region) == []
