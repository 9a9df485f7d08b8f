"""The same teams on a cluster: values that follow from teams.yaml, and settings that exist where no schema looks."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.errors import InputError
from stagekansen_lib.hub.kubernetes import gateway_values, hub_values
from stagekansen_lib.hub.settings import hub_settings
from stagekansen_lib.hub.teams import read_teams

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = read_teams(ROOT / "deploy" / "hub" / "teams.yaml")
IMAGE = "example/stagekansen:1"


@pytest.fixture(scope="module")
def jupyterhub() -> Any:
    import jupyterhub.scopes
    import nativeauthenticator  # noqa: F401

    return jupyterhub


def test_the_files_in_the_project_are_those_that_the_command_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "nl")
    teams = str(ROOT / "deploy" / "hub" / "teams.yaml")
    assert main(["hub", "kubernetes", "--teams", teams, "--image", IMAGE, "--into", str(tmp_path)]) == 0
    for name in ("jupyterhub.yaml", "dask-gateway.yaml"):
        assert (ROOT / "deploy" / "kubernetes" / name).read_text("utf-8") == (tmp_path / name).read_text("utf-8")


@pytest.mark.parametrize("image", ["example/stagekansen", "example/stagekansen:latest", "host:5000/stagekansen", ":1:"])
def test_an_image_without_a_tag_that_stays_is_refused(image: str) -> None:
    for made in (hub_values, gateway_values):
        with pytest.raises(InputError, match="no tag that stays the same"):
            made(EXAMPLE, image)


def unknown(values: dict[str, Any], hub: Any) -> Iterator[str]:
    """Settings and roles that JupyterHub does not know: the schema of the chart looks at none of these."""
    from stagekansen_lib.hub.accounts import KnownPeople

    classes = {"JupyterHub": hub.app.JupyterHub, "Authenticator": hub.auth.Authenticator, "KnownPeople": KnownPeople}
    for name, settings in values["hub"]["config"].items():
        known = classes[name].class_traits(config=True) if name in classes else {}
        yield from (f"{name}.{key}" for key in settings if key not in known)
    if own := values["hub"]["config"]["JupyterHub"].get("custom_scopes"):
        hub.scopes.define_custom_scopes(own)
    for name, role in values["hub"]["loadRoles"].items():
        yield from (f"{name}.{key}" for key in role if key not in ("description", "scopes", "users", "groups"))
        try:
            hub.scopes._check_scopes_exist(role.get("scopes", []), who_for=name)
        except (hub.scopes.ScopeNotFound, KeyError):
            yield f"{name}.scopes"


@pytest.mark.hub
def test_every_setting_and_every_scope_exists_and_a_slip_of_the_pen_in_each_is_seen(jupyterhub: Any) -> None:
    import jupyterhub.app
    import jupyterhub.auth

    values = hub_values(EXAMPLE, IMAGE)
    assert list(unknown(values, jupyterhub)) == []
    places = [("config", name, key) for name, settings in values["hub"]["config"].items() for key in settings]
    places += [("loadRoles", name, key) for name, role in values["hub"]["loadRoles"].items() for key in role]
    assert len(places) > 25
    for part, name, key in places:
        wrong = copy.deepcopy(values)
        wrong["hub"][part][name][f"{key}x"] = wrong["hub"][part][name].pop(key)
        assert list(unknown(wrong, jupyterhub)) == [f"{name}.{key}x"], (name, key)
    wrong = copy.deepcopy(values)
    wrong["hub"]["loadRoles"]["user"]["scopes"] = ["read:user!user"]
    assert list(unknown(wrong, jupyterhub)) == ["user.scopes"]


@pytest.mark.hub
@pytest.mark.parametrize("accounts", ["embedded", "surfconext"])
def test_every_setting_of_a_hub_on_a_server_exists(jupyterhub: Any, accounts: str) -> None:
    import jupyterhub.app
    import jupyterhub.auth
    import jupyterhub.proxy

    from stagekansen_lib.hub import accounts as ours
    from stagekansen_lib.hub import spawning

    region = EXAMPLE.model_copy(update={"accounts": accounts})
    settings = hub_settings(region, proxy="proxy", language="nl", cgroups=False)
    homes = (jupyterhub.app, jupyterhub.auth, jupyterhub.proxy, ours, spawning)
    for name, values in settings.items():
        (known,) = {getattr(home, name) for home in homes if hasattr(home, name)}
        assert [key for key in values if key not in known.class_traits(config=True)] == [], name


def test_a_server_has_the_bounds_of_its_team_and_a_person_has_no_server() -> None:
    config = types.SimpleNamespace(JupyterHub=types.SimpleNamespace(), Spawner=types.SimpleNamespace())
    exec(hub_values(EXAMPLE, IMAGE)["hub"]["extraConfig"]["teams"], {"c": config})
    spawner = types.SimpleNamespace(user=types.SimpleNamespace(name="team-hbo-oost"))
    config.Spawner.pre_spawn_hook(spawner)
    assert (spawner.mem_limit, spawner.cpu_limit) == ("6G", 2.0)
    spawner.user.name = "anna"
    with pytest.raises(PermissionError):
        config.Spawner.pre_spawn_hook(spawner)
    assert config.JupyterHub.load_groups["team-mbo-west"] == {"users": ["anna", "bilal"]}
    assert (Path(config.JupyterHub.template_paths[0]) / "home.html").is_file()


def test_roles_are_those_of_a_server_and_answers_go_nowhere() -> None:
    values = hub_values(EXAMPLE, IMAGE)
    assert "access:servers!user=team-mbo-west" in values["hub"]["loadRoles"]["team-mbo-west-people"]["scopes"]
    assert "gatekeepers" not in str(values["hub"]["loadRoles"])
    egress = values["singleuser"]["networkPolicy"]["egressAllowRules"]
    assert not egress["nonPrivateIPs"]
    assert not egress["privateIPs"]
    assert values["singleuser"]["storage"]["capacity"] == "20Gi"
    assert str(ROOT) not in yaml.safe_dump(values)
