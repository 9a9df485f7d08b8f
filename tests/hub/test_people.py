"""What each kind of person sees in a browser, from the page for logging in on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stagekansen_lib.hub.teams import team_account
from tests.hub.hubs import PASSWORD, Hub, Kernel

pytestmark = pytest.mark.hub

Visit = Callable[[str], Any]


@pytest.fixture
def visit(hub: Hub, kernel: Kernel, browser: Any) -> Iterator[Visit]:  # noqa: ARG001 - a server of a team runs
    """A browser with an empty profile in which a person logs in; with nobody's name the page for logging in."""
    contexts: list[Any] = []

    def enter(person: str) -> Any:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.set_default_timeout(90_000)
        page.goto(f"{hub.address}/hub/login")
        if person:
            page.fill("input[name=username]", person)
            page.fill("input[name=password]", PASSWORD)
            page.click("input[type=submit], button[type=submit]")
            page.wait_for_url("**/hub/home")
        return page

    yield enter
    for context in contexts:
        context.close()


def places(page: Any) -> list[str]:
    """What the first page offers."""
    found: list[str] = page.locator("main li").all_inner_texts()
    return found


def files_in(page: Any, folder: str) -> list[str]:
    """Names that the file list of an opened JupyterLab shows in a folder."""
    for part in folder.split("/"):
        page.locator(f'.jp-DirListing-item[title^="Name: {part}"]').dblclick()
        page.locator(".jp-FileBrowser-crumbs", has_text=part).wait_for()
    page.locator(".jp-DirListing-content").wait_for()
    names: list[str] = page.locator(".jp-DirListing-item .jp-DirListing-itemName").all_inner_texts()
    return names


def test_a_member_opens_the_notebooks_of_the_team_and_no_other_server(hub: Hub, kernel: Kernel, visit: Visit) -> None:
    page = visit("anna")
    assert places(page) == ["Open Team a"]
    page.click("main li a")
    page.wait_for_url(f"**/user/{kernel.account}/lab**")
    page.locator("#jp-main-dock-panel").wait_for()
    page.locator('.jp-DirListing-item[title^="Name: data"]').wait_for()
    assert "a.csv" in files_in(page, "data/raw")
    assert page.goto(f"{hub.address}/user/{kernel.other}/lab").status == 403


def test_a_member_of_another_team_is_refused_and_told_no_name_of_a_file(hub: Hub, kernel: Kernel, visit: Visit) -> None:
    page = visit("daan")
    assert places(page) == ["Open Team b"]
    for path in ("lab", "files/data/raw/a.csv", "api/contents/data/raw"):
        assert page.goto(f"{hub.address}/user/{kernel.account}/{path}").status == 403
        assert "a.csv" not in page.content().replace(path, "")


def test_a_gatekeeper_asks_for_releases_and_opens_no_team(hub: Hub, kernel: Kernel, visit: Visit) -> None:
    page = visit("guus")
    assert places(page) == ["Open Pages of the region", "Releases: ask and judge"]
    page.get_by_text("Releases: ask and judge").click()
    page.get_by_role("heading", name="Ask for a release").wait_for()
    assert page.locator("select[name=team] option").all_inner_texts()[0] == "Team a"
    assert page.goto(f"{hub.address}/user/{kernel.account}/lab").status == 403


def test_the_steering_group_opens_the_pages_of_the_region_and_finds_no_answers_there(
    hub: Hub, kernel: Kernel, visit: Visit
) -> None:
    page = visit("irma")
    assert places(page) == ["Open Pages of the region"]
    page.click("main li a")
    page.wait_for_url("**/user/sk-dashboards/lab**")
    page.locator('.jp-DirListing-item[title^="Name: data"]').wait_for()
    assert "a.csv" not in files_in(page, "data/raw")
    for path in (f"/user/{kernel.account}/lab", "/services/releases/", "/hub/admin", "/hub/authorize"):
        assert page.goto(hub.address + path).status == 403


def test_a_maintainer_lets_people_in_and_ends_servers_and_opens_none(hub: Hub, kernel: Kernel, visit: Visit) -> None:
    hub.enter("gijs", sign_up=True)
    page = visit("eva")
    assert places(page) == ["Approve accounts"]
    page.get_by_text("Approve accounts").click()
    page.get_by_text("gijs").wait_for()
    page.get_by_role("button", name="Let in").click()
    page.get_by_text("Nobody waits.").wait_for()
    assert hub.enter("gijs") == 200
    assert "eva let in gijs" in hub.region.folder("hub", "let-in.txt").read_text("utf-8")
    page.goto(f"{hub.address}/hub/admin")
    page.get_by_text(kernel.account).first.wait_for()
    assert page.goto(f"{hub.address}/user/{kernel.account}/lab").status == 403
    last = team_account(list(hub.region.teams)[-1])
    hub.open_server("dora", last)
    page.goto(f"{hub.address}/hub/admin")
    page.locator("tr", has_text=last).get_by_role("button", name="Stop Server").click()
    page.locator("tr", has_text=last).get_by_role("button", name="Start Server").wait_for()


def test_nobody_sees_more_than_where_to_log_in_and_a_name_that_is_not_known_gets_no_account(
    hub: Hub, visit: Visit
) -> None:
    page = visit("")
    page.goto(f"{hub.address}/hub/home")
    page.wait_for_url("**/hub/login**")
    page.goto(f"{hub.address}/hub/signup")
    page.fill("input[name=username]", "stranger")
    page.fill("input[name=signup_password]", PASSWORD)
    page.fill("input[name=signup_password_confirmation]", PASSWORD)
    page.locator("input[name=signup_password_confirmation]").press("Enter")
    page.get_by_text("Something went wrong").wait_for()
    assert not [name for name in hub.region.teams if name in page.content()]
