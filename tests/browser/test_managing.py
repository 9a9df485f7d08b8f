"""Beheer as a page of the live server, in a real Chromium: read by a password, acted in by a code, by keyboard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import stagekansen_lib as sk
from stagekansen_lib.fact_finding.access import give_code, new_password
from stagekansen_lib.fact_finding.act_files import read_private_files
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.registers.verification import check_state
from tests.browser.visits import axe
from tests.live_servers import ask, finish, start

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SLOW = 90_000
OPEN_ALL = "document.querySelectorAll('details').forEach((part) => { part.open = true; })"
# A server as the command starts it, in a project of its own.
SERVE = """
import os, sys
os.environ["STAGEKANSEN_HOME"] = sys.argv[1]
from stagekansen_lib.cli.__main__ import main
raise SystemExit(main(["dashboards", "--live", "--no-browser", "--port", sys.argv[2]]))
"""


@dataclass
class Place:
    address: str
    home: Path
    password: str

    @property
    def ledger(self) -> Path:
        return self.home / "data" / "ledger"

    def code(self, pseudonym: str, role: str = "student") -> str:
        return give_code(pseudonym, role, folder=self.ledger)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "dashboards", home / "dashboards")
    shutil.copytree(ROOT / "data" / "registers", home / "data" / "registers")
    ledger = home / "data" / "ledger"
    sk.write_act({"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected",
                  "text_nl": "Weinig studenten melden", "text_en": "Few students report"}, ledger)  # fmt: skip
    sk.write_act({"kind": "correction_asked", "subject": "c", "role": "community", "about": "feiten, cbs-10",
                  "text": "Dit is van 2024"}, ledger)  # fmt: skip
    password = new_password(ledger)
    server, address = start([sys.executable, "-c", SERVE, str(home), "PORT"], "/no-page")
    yield Place(address, home, password)
    log = finish(server)
    assert password not in log
    assert "127.0.0.1" not in log
    assert not any("code" in line.casefold() for line in log.splitlines())


@pytest.fixture
def enter(browser: Any, place: Place) -> Iterator[Callable[..., Any]]:
    """Opens the page; ``enter("nl")`` has given the password."""
    opened: list[tuple[Any, list[str]]] = []

    def one(language: str, *, width: int = 1280, password: bool = True) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        page.set_default_timeout(SLOW)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: asked.append(f"error: {error}"))
        opened.append((context, asked))
        page.goto(f"{place.address}/{language}/beheer")
        page.wait_for_selector("#password")
        if password:
            page.locator("#password").fill(place.password)
            page.keyboard.press("Enter")
            page.wait_for_selector("#desk-code")
        return page

    yield one
    for context, asked in opened:
        context.close()
        # Nothing outside is asked, and no password or code stands in an address.
        paths = {url.removeprefix(place.address) for url in asked if not url.startswith("data:")}
        assert paths <= {"/nl/beheer", "/en/beheer", "/beheer"}


def act_as(page: Any, code: str) -> None:
    page.locator("#desk-code").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-acting")


@pytest.mark.parametrize(("language", "width"), [("nl", 390), ("en", 1280)])
def test_the_page_is_accessible_before_and_after_the_password_and_with_a_code(
    enter: Any, place: Place, language: str, width: int
) -> None:
    page = enter(language, width=width, password=False)
    assert page.get_attribute("html", "lang") == language
    assert axe(page) == []
    page.locator("#password").fill("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-told] p")
    assert axe(page) == []
    page.locator("#password").fill(place.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-code")
    page.evaluate(OPEN_ALL)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#desk-kind, [id^=desk-open]").count() == 0
    act_as(page, place.code("p1"))
    page.evaluate(OPEN_ALL)
    assert axe(page) == []
    for kind in ("position_taken", "method_agreed"):
        page.locator("#desk-kind").select_option(kind)
        page.locator("#desk-fill").click()
        page.wait_for_selector("#desk-save")
        assert axe(page) == [], kind
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("#desk-cancel").click()
        page.wait_for_selector("#desk-fill")


def test_a_position_is_taken_by_keyboard_alone_from_the_password_on(enter: Any, place: Place) -> None:
    page = enter("en", password=False)

    def go_to(name: str) -> None:
        for _ in range(60):
            if page.evaluate("document.activeElement.id") == name:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"no way to {name} by Tab")

    go_to("password")
    page.keyboard.type(place.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-code")
    go_to("desk-code")
    page.keyboard.type(place.code("p2").lower())
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk-acting")
    page.wait_for_selector("#desk-sort-position")
    go_to("desk-sort-position")
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.activeElement.id.startsWith('desk-open-')")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'desk-subject'")
    go_to("desk-round")
    page.keyboard.type("1")
    page.wait_for_function("() => document.querySelector('#desk-round').value === '1'")
    go_to("desk-position")
    page.keyboard.type("dis")
    page.wait_for_function("() => document.querySelector('#desk-position').value === 'disagree'")
    go_to("desk-save")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message:has-text('Kept')")
    said = [one for one in read_private_files(place.ledger)[0] if one.voter == "p2"]
    assert [(one.role, one.position) for one in said] == [("student", "disagree")]
    page.wait_for_function("() => document.querySelector('#desk-sort-position') === null")


def test_a_reporting_point_is_called_ticked_and_saved_and_comes_on_the_map(enter: Any, place: Place) -> None:
    registers = place.home / "data" / "registers"
    point = next(one for one in read_registers(registers).reporting_points if one.phone and one.hidden_until_verified)
    page = enter("en")
    act_as(page, place.code("p3", "municipality"))
    page.evaluate(OPEN_ALL)
    page.locator(f"li:has-text({json.dumps(point.heading('en'))}) button").first.click()
    page.wait_for_selector("#desk-tick_phone")
    assert point.phone in page.locator("label[for=desk-tick_phone]").inner_text()
    assert axe(page) == []
    page.locator("#desk-checked_by").fill("team")
    page.locator("#desk-how").fill("called")
    page.locator("#desk-save").click()
    page.wait_for_selector("[data-problems] p")
    page.locator("#desk-tick_whole").check()
    page.locator("#desk-save").click()
    page.wait_for_selector(".message:has-text('Kept')")
    now = read_registers(registers)
    assert not check_state(point, now.verifications).hidden
    assert not check_state(point, now.verifications).outdated


def test_a_correction_of_a_reader_is_settled(enter: Any, place: Place) -> None:
    page = enter("nl")
    act_as(page, place.code("p4", "role-01"))
    page.evaluate(OPEN_ALL)
    page.locator("li:has-text('Dit is van 2024') button").click()
    page.wait_for_selector("#desk-outcome")
    page.locator("#desk-outcome").select_option("stands")
    page.locator("#desk-text_nl").fill("Het jaar staat erbij")
    page.locator("#desk-text_en").fill("The year is there")
    page.locator("#desk-save").click()
    page.wait_for_selector(".message:not(:empty)")
    assert sk.read_ledger(place.ledger).folded.corrections["c"].settled is not None


def test_a_code_works_once_and_what_it_opened_is_shut_for_the_next(enter: Any, place: Place) -> None:
    code = place.code("p5")
    page = enter("en")
    act_as(page, code)
    page.locator("#desk-stop").click()
    page.wait_for_selector("#desk-code")
    page.locator("#desk-code").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-problems] p")
    assert "does not work" in page.locator("[data-problems]").inner_text()
    for name in ("p5", code, place.password):
        assert name not in page.content()
    # A page that is loaded again keeps who reads, and no script can see by what.
    page.reload()
    page.wait_for_selector("#desk-code")
    assert page.evaluate("document.cookie") == ""
    page.locator("#desk-leave").click()
    page.wait_for_selector("#password:visible")
    assert page.context.cookies() == []


def test_what_is_typed_or_given_is_nowhere_outside_the_private_folder(enter: Any, place: Place) -> None:
    code = place.code("p6")
    page = enter("en")
    act_as(page, code)
    secret = code.replace("-", "")[4:]
    for path in place.home.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            assert secret.encode() not in text, path
            assert place.password.replace("-", "").encode() not in text, path
    assert b"p6" not in b"".join(path.read_bytes() for path in place.ledger.rglob("*") if path.is_file())


# What the server lets through


def post(place: Place, content: object, **headers: str) -> Any:
    import urllib.error
    import urllib.request

    told = {"Content-Type": "application/json", "Origin": place.address, **headers}
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    request = urllib.request.Request(f"{place.address}/beheer", body, told)
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers), refused.read().decode()


def test_nothing_of_the_ledger_leaves_without_the_password(place: Place) -> None:
    for language in ("nl", "en"):
        page = ask(f"{place.address}/{language}/beheer")
        assert page.status == 200
        assert "Few students" not in page.text
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in page.headers
    for what in ("hello", "open", "save", "search", "code", "here", "leave", "nonsense"):
        status, _, text = post(place, {"do": what, "code": place.code("p9")})
        assert (status, text) == (401, "")
    status, headers, text = post(place, {"do": "enter", "password": "AAAA-BBBB-CCCC-DDDD", "language": "en"})
    assert status == 403
    assert "not the password" in json.loads(text)["told"]
    assert "Set-Cookie" not in headers


def test_the_key_goes_to_one_address_only_and_no_script_or_other_site_uses_it(place: Place) -> None:
    status, headers, _ = post(place, {"do": "enter", "password": place.password})
    assert status == 204
    cookie = headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/beheer"))
    own = {"Cookie": cookie.split(";")[0]}
    assert post(place, {"do": "hello"}, **own)[0] == 200
    assert post(place, {"do": "hello"}, **own, Origin="http://elsewhere.example")[0] == 403
    assert post(place, {"do": "hello"}, **own, **{"Content-Type": "text/plain"})[0] == 403
    assert post(place, {"do": "hello"}, **own, Host="rebound.example")[0] == 403
    for body in (b"no json", b"[]", b"[" * 50_000, b"\xff"):
        assert post(place, body, **own)[0] == 400
    assert ask(f"{place.address}/beheer", **own).status == 405


def test_the_process_that_serves_beheer_opens_no_answers(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.site import live
from stagekansen_lib.cli.__main__ import main
def serve(*, port, viewers, started):
    started("http://127.0.0.1/")
    from stagekansen_lib.fact_finding.act_files import read_private_files
    print("private", read_private_files()[1])
    for path in (data_folder("example", "example_2022.csv"), data_folder("raw") / "x.csv"):
        try:
            open(path)
        except PermissionError:
            print("shut")
live.serve_live = serve
raise SystemExit(main(["dashboards", "--live", "--no-browser"]))
"""
    environment = {**os.environ, "STAGEKANSEN_HOME": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-3:] == ["private ()", "shut", "shut"]
