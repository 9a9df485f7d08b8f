"""Beheer as a page, without a browser: a shared password that reads, a code that lets one person act, once."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import json
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tornado.web

import stagekansen_lib as sk
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.errors import InputError, RefusedError
from stagekansen_lib.fact_finding import access
from stagekansen_lib.fact_finding.access import (
    Person,
    give_code,
    has_password,
    new_password,
    open_codes,
    password_mark,
    take_back_codes,
    use_code,
)
from stagekansen_lib.fact_finding.act_files import read_act_files, read_private_files
from stagekansen_lib.fact_finding.positions import erase_positions
from stagekansen_lib.site import managing
from stagekansen_lib.site.managing import BusyError, Desks, NotInError
from stagekansen_lib.site.managing_pages import answer, managing_page, page_policy
from stagekansen_lib.wording import say

P7 = Person("p7", "student")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sk.write_act({"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected",
                  "text_nl": "Weinig studenten melden", "text_en": "Few students report"}, tmp_path)  # fmt: skip
    return tmp_path


def everything(folder: Path) -> str:
    return "".join(f"{path} {path.read_text('utf-8')}" for path in folder.rglob("*") if path.is_file())


def plain(code: str) -> str:
    return code.replace("-", "")


# Codes


def test_a_code_lets_its_person_in_once_however_it_is_typed(folder: Path) -> None:
    code = give_code("p7", "student", folder=folder)
    assert use_code(f" {code.replace('-', ' ').lower().replace('0', 'o').replace('1', 'l')} ", folder) == P7
    assert use_code(code, folder) is None
    assert open_codes(folder) == ()


def test_what_is_kept_is_a_slow_hash_that_only_its_owner_reads_and_no_code_or_password(folder: Path) -> None:
    code, password = give_code("p7", "student", folder=folder), new_password(folder)
    kept = everything(folder)
    assert plain(code)[4:] not in kept
    assert plain(password) not in kept
    assert len(set(plain(password))) > 4
    kept_code = json.loads((folder / "private" / ".access" / f"{code[:4]}.json").read_text("utf-8"))
    slow = {"salt": bytes.fromhex(kept_code["salt"]), "n": 2**14, "r": 8, "p": 1, "dklen": 32}
    assert hashlib.scrypt(plain(code)[4:].encode(), **slow).hex() == kept_code["hash"]  # type: ignore[arg-type]
    for path in (folder / "private" / ".access").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert {"salt", "hash"} <= json.loads(path.read_text("utf-8")).keys()
    assert stat.S_IMODE((folder / "private" / ".access").stat().st_mode) == 0o700
    assert (folder / "private" / ".gitignore").read_text("utf-8") == "*\n"
    # What lets people in is nothing that a person said, and no file that was set aside.
    assert read_private_files(folder) == ((), ())


def test_after_five_wrong_tries_the_right_code_works_no_more(folder: Path) -> None:
    for wrong, works in ((4, True), (5, False)):
        code = give_code("p7", "student", folder=folder)
        guesses = [f"{plain(code)[:4]}{'0' * 9}{digit}" for digit in range(wrong)]
        assert [use_code(guess, folder) for guess in guesses] == [None] * wrong
        assert bool(open_codes(folder)) is works
        assert (use_code(code, folder) == P7) is works
    assert list((folder / "private" / ".access").iterdir()) == []


def test_of_many_at_the_same_moment_one_gets_in_and_guesses_at_once_are_no_more_guesses(folder: Path) -> None:
    code = give_code("p7", "student", folder=folder)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: use_code(code, folder), range(4)))
    assert found.count(P7) == 1
    code = give_code("p7", "student", folder=folder)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda digit: use_code(f"{plain(code)[:4]}{'0' * 9}{digit}", folder), range(8)))
    assert use_code(code, folder) is None


def test_the_right_code_is_too_late_while_five_guesses_are_still_being_looked_at(folder: Path) -> None:
    code = give_code("p7", "student", folder=folder)
    for number in range(1, 6):
        (folder / "private" / ".access" / f"{code[:4]}.{number}").touch()
    assert use_code(code, folder) is None
    assert list((folder / "private" / ".access").iterdir()) == []


def test_a_code_that_gets_the_name_of_an_earlier_one_has_five_tries_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_chance", lambda letters: "A" * letters)
    give_code("p8", "student", folder=folder)
    for number in range(1, 6):
        (folder / "private" / ".access" / f"AAAA.{number}").touch()
    take = iter(["AAAA", "BBBB"])
    (folder / "private" / ".access" / "AAAA.json").unlink()
    monkeypatch.setattr(access, "_chance", lambda letters: next(take) if letters == 4 else "A" * letters)
    code = give_code("p7", "student", folder=folder)
    assert code.startswith("AAAA")
    assert use_code(code, folder) == P7


@pytest.mark.parametrize(("seconds", "works"), [(60, True), (-60, False)])
def test_a_code_works_for_its_days(folder: Path, seconds: int, works: bool) -> None:
    code = give_code("p7", "student", days=7, folder=folder)
    path = folder / "private" / ".access" / f"{code[:4]}.json"
    kept = json.loads(path.read_text("utf-8"))
    until = dt.datetime.fromisoformat(kept["until"])
    assert abs(until - dt.datetime.now(dt.UTC) - dt.timedelta(days=7)) < dt.timedelta(minutes=2)
    kept["until"] = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat()
    path.write_text(json.dumps(kept), "utf-8")
    assert (use_code(code, folder) == P7) is works
    assert not path.exists()


def test_a_new_code_ends_the_earlier_one_and_one_that_is_taken_back_or_of_who_was_erased_works_no_more(
    folder: Path,
) -> None:
    first, second = give_code("p7", "student", folder=folder), give_code("p7", "school", folder=folder)
    other = give_code("p8", "student", folder=folder)
    assert use_code(first, folder) is None
    assert [one.person for one in open_codes(folder)] == [Person("p7", "school"), Person("p8", "student")]
    assert take_back_codes("p7", folder) == 1
    assert use_code(second, folder) is None
    erase_positions("p8", subject="x", folder=folder)
    assert [one.person.pseudonym for one in open_codes(folder)] == ["p8"]
    erase_positions("p8", folder=folder)
    assert use_code(other, folder) is None
    assert "p8" not in everything(folder)


@pytest.mark.parametrize(
    ("pseudonym", "role", "days", "fault"),
    [("", "student", 7, "no pseudonym"), ("../p", "student", 7, "no pseudonym"), ("p7", "studnt", 7, "'student'"),
     ("p7", "student", 0, "1 to 31"), ("p7", "student", 32, "1 to 31")],
)  # fmt: skip
def test_a_code_for_nobody_or_no_role_is_refused(
    folder: Path, pseudonym: str, role: str, days: int, fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        give_code(pseudonym, role, days=days, folder=folder)


@pytest.mark.parametrize("typed", ["", "x", "ZZZZ-00000-00000", "../../../etc/passwd", "\ud800" * 14, "ééééééééééééé0"])
def test_what_is_no_code_lets_nobody_in(folder: Path, typed: str) -> None:
    give_code("p7", "student", folder=folder)
    assert use_code(typed, folder) is None
    assert password_mark(typed, folder) == ""


def test_a_code_is_looked_for_in_its_own_folder_and_nowhere_else(folder: Path) -> None:
    code = give_code("p7", "student", folder=folder)
    own = folder / "private" / ".access" / f"{code[:4]}.json"
    shutil.copy(own, folder / "private" / "B.json")
    assert use_code(f"../B{plain(code)[4:]}", folder) is None
    assert use_code(code, folder) == P7


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"salt": "zz", "hash": ""}', '{"salt": "00", "hash": "00"}'])
def test_a_damaged_file_lets_nobody_in(folder: Path, content: str) -> None:
    code = give_code("p7", "student", folder=folder)
    path = folder / "private" / ".access" / f"{code[:4]}.json"
    path.write_text(content, "utf-8")
    assert use_code(code, folder) is None
    assert open_codes(folder) == ()


def test_the_command_gives_shows_and_takes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    monkeypatch.setenv("STAGEKANSEN_LANGUAGE", "en")
    assert main(["ledger", "codes"]) == 0
    assert "Nobody has an open code" in capsys.readouterr().out
    assert main(["ledger", "codes", "p7"]) == 2
    assert "student, " in capsys.readouterr().err
    assert main(["ledger", "codes", "p7", "--role", "student"]) == 0
    code = capsys.readouterr().out.splitlines()[0].rpartition(" ")[2]
    assert main(["ledger", "codes"]) == 0
    assert "p7 (student), until" in capsys.readouterr().out
    assert use_code(code) == P7
    assert main(["ledger", "codes", "p7", "--role", "student"]) == 0
    assert main(["ledger", "codes", "p7", "--take-back"]) == 0
    assert "1 code works no more" in capsys.readouterr().out
    assert not has_password()
    assert main(["ledger", "password"]) == 0
    password = capsys.readouterr().out.splitlines()[0].rpartition(" ")[2]
    assert password_mark(password)


# Who is in


class Clock:
    def __init__(self) -> None:
        self.now, self.waited = 1000.0, 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desks(folder: Path, clock: Clock) -> Desks:
    return Desks(folder, clock=clock, wait=clock.wait)


@pytest.fixture
def key(desks: Desks, folder: Path) -> str:
    return desks.enter(new_password(folder), "en")


def do(desks: Desks, key: str, what: str, **more: Any) -> dict[str, Any]:
    return desks.react(key, "en", {"do": what, **more})


def test_nobody_is_in_without_the_password_and_a_wrong_one_takes_time(desks: Desks, folder: Path, clock: Clock) -> None:
    password = new_password(folder)
    for key in ("", "x" * 43):
        with pytest.raises(NotInError):
            do(desks, key, "hello")
    with pytest.raises(RefusedError, match="not the password"):
        desks.enter(password[:-1] + ("0" if password[-1] != "0" else "2"), "en")
    assert clock.waited == 1
    assert do(desks, desks.enter(password, "en"), "hello")["access"] == {"acts": False, "told": ""}


def test_who_reads_sees_and_searches_and_can_do_nothing(desks: Desks, key: str, folder: Path) -> None:
    assert do(desks, key, "search", words="few")["found"][0]["id"] == "x"
    assert do(desks, key, "role", role="student", voter="p7")["voter"] == ""
    assert [one["what"] for one in do(desks, key, "hello")["waiting"] if one["what"] == "position"] == []
    before = len(read_act_files(folder)[0])
    for what in ("open", "save", "cancel"):
        state = do(desks, key, what, kind="question_raised", answers={"text_nl": "a", "text_en": "b"})
        assert state["problems"] == ["This needs a code of your own."]
        assert state["form"] is None
    assert len(read_act_files(folder)[0]) == before


def test_who_acts_speaks_as_the_code_says_and_as_nobody_else(desks: Desks, key: str, folder: Path) -> None:
    state = do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    assert state["access"]["acts"]
    assert "p7" in state["access"]["told"]
    do(desks, key, "role", role="school", voter="p8")
    do(desks, key, "open", kind="position_taken", subject="x")
    refused = do(desks, key, "save", answers={"round": "1", "position": "agree", "voter": "p8"})
    assert "does not ask" in refused["problems"][0]
    assert do(desks, key, "save", answers={"round": "1", "position": "agree"})["message"].startswith("Kept")
    (said,) = read_private_files(folder)[0]
    assert (said.voter, said.role) == ("p7", "student")


def test_a_code_of_a_role_that_this_place_has_no_words_for_is_let_in_and_what_the_rules_do_not_know_is_refused(
    desks: Desks, key: str, folder: Path
) -> None:
    code = give_code("p7", "student", folder=folder)
    path = folder / "private" / ".access" / f"{code[:4]}.json"
    path.write_text(path.read_text("utf-8").replace('"student"', '"role-99"'), "utf-8")
    state = do(desks, key, "code", code=code)
    assert "role-99" in state["access"]["told"]
    do(desks, key, "open", kind="question_raised")
    refused = do(desks, key, "save", answers={"text_nl": "Wanneer?", "text_en": "When?"})
    assert "role-99" in refused["problems"][0]
    assert len(read_act_files(folder)[0]) == 1


def test_what_one_person_fills_in_is_gone_for_the_next_at_the_same_browser(
    desks: Desks, key: str, folder: Path
) -> None:
    do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    do(desks, key, "open", kind="would_change_mind", subject="x")
    do(desks, key, "save", answers={"text": ""})
    refused = do(desks, key, "save", answers={"text": "", "may_be_told": True})
    assert refused["answers"]["may_be_told"] is True
    stopped = do(desks, key, "stop")
    assert (stopped["form"], stopped["answers"], stopped["role"], stopped["voter"]) == (None, {}, "", "")
    assert not stopped["access"]["acts"]
    other = do(desks, key, "code", code=give_code("p8", "school", folder=folder))
    assert "p7" not in json.dumps(other)
    do(desks, key, "open", kind="would_change_mind", subject="x")
    do(desks, key, "save", answers={"text": "", "may_be_told": True})
    next_one = do(desks, key, "code", code=give_code("p9", "student", folder=folder))
    assert (next_one["form"], next_one["answers"], next_one["voter"]) == (None, {}, "p9")


@pytest.mark.parametrize(("seconds", "steps", "acts"), [(1790, 4, True), (1800, 1, False), (1700, 5, False)])
def test_a_code_is_over_after_half_an_hour_of_nothing_and_after_two_hours(
    desks: Desks, key: str, folder: Path, clock: Clock, seconds: int, steps: int, acts: bool
) -> None:
    do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    for _ in range(steps):
        clock.now += seconds
        state = do(desks, key, "open", kind="position_taken", subject="x")
    assert state["access"]["acts"] is acts
    assert (state["form"] is not None) is acts
    assert ("is over" in " ".join(state["problems"])) is not acts


def test_what_is_asked_when_a_code_is_over_is_not_done(desks: Desks, key: str, folder: Path, clock: Clock) -> None:
    do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    clock.now += 1800
    assert do(desks, key, "search", words="few")["search"]["words"] == ""


def test_a_new_password_twelve_hours_or_leaving_puts_who_reads_out(desks: Desks, folder: Path, clock: Clock) -> None:
    first = desks.enter(new_password(folder), "en")
    password = new_password(folder)
    assert not desks.is_in(first)
    second = desks.enter(password, "en")
    assert desks.is_in(second)
    assert second not in str(vars(desks))  # who reads the memory cannot come in by what is kept
    clock.now += 12 * 3600
    assert not desks.is_in(second)
    third = desks.enter(password, "en")
    desks.leave(third)
    assert not desks.is_in(third)


def test_a_server_that_is_full_says_so_until_somebody_is_out(
    desks: Desks, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managing, "_MOST", 1)
    password = new_password(folder)
    first = desks.enter(password, "en")
    with pytest.raises(RefusedError, match="Too many"):
        desks.enter(password, "en")
    assert desks.is_in(first)
    clock.now += 12 * 3600
    assert desks.is_in(desks.enter(password, "en"))


def test_five_wrong_codes_put_who_tries_out(desks: Desks, key: str, clock: Clock) -> None:
    for number in range(5):
        assert "does not work" in do(desks, key, "code", code=f"AAAA-00000-0000{number}")["problems"][0]
    assert clock.waited == 5
    with pytest.raises(NotInError):
        do(desks, key, "hello")


def test_another_language_is_another_page_of_the_same_desk(desks: Desks, key: str) -> None:
    assert desks.react(key, "nl", {"do": "hello"})["words"]["code"] == "Je eigen code"
    assert do(desks, key, "hello")["words"]["code"] == "Your own code"


def test_what_was_filled_in_for_one_form_is_not_kept_as_another_that_a_second_window_opened(
    desks: Desks, key: str, folder: Path
) -> None:
    do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    do(desks, key, "open", kind="claim_parked", subject="x")
    do(desks, key, "open", kind="claim_withdrawn", subject="x")
    answers = {"subject": "x", "reason_nl": "Later", "reason_en": "Later"}
    refused = do(desks, key, "save", kind="claim_parked", answers=answers)
    assert refused["problems"] == [say("manage.other_form", "en")]
    assert len(read_act_files(folder)[0]) == 1
    do(desks, key, "cancel")
    assert do(desks, key, "save", kind="claim_parked", answers=answers)["problems"] == refused["problems"]
    do(desks, key, "open", kind="claim_parked", subject="x")
    assert do(desks, key, "save", kind="claim_parked", answers=answers)["message"]
    assert {act.kind for act in read_act_files(folder)[0]} == {"claim_proposed", "claim_parked"}


@pytest.mark.parametrize(
    "answers", [None, [1], 5, "x", [["text", "a"]], {"text": ["a"]}, {"text": None}, {"self": "a", "text": "b"}]
)
def test_answers_that_no_form_gives_are_told_and_nothing_is_kept(
    desks: Desks, key: str, folder: Path, answers: Any
) -> None:
    do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    do(desks, key, "open", kind="would_change_mind", subject="x")
    told = do(desks, key, "save", answers=answers)["problems"]
    assert len(told) == 1, told
    assert read_private_files(folder)[0] == ()


@pytest.mark.parametrize("number", ["", "een", "1e9", "9" * 5000, "-1"])
def test_a_round_that_is_no_number_is_told(desks: Desks, key: str, folder: Path, number: str) -> None:
    do(desks, key, "code", code=give_code("p7", "student", folder=folder))
    do(desks, key, "open", kind="position_taken", subject="x")
    assert do(desks, key, "save", answers={"round": number, "position": "agree"})["problems"]
    assert read_private_files(folder)[0] == ()


# What the address answers


class Asked:
    """As much of a request and its answer as ``answer`` looks at."""

    def __init__(self, body: bytes, key: str = "", **headers: str) -> None:
        own = {"Origin": "http://127.0.0.1:1", "Content-Type": "application/json"}
        self.request = SimpleNamespace(
            body=body, headers={**own, **headers}, protocol="http", host="127.0.0.1:1"
        )  # fmt: skip
        self.cookies, self.status, self.told = {"stagekansen-beheer": key}, 200, ""
        self.set_status = lambda status: setattr(self, "status", status)
        self.set_header = lambda *_: None
        self.write = lambda text: setattr(self, "told", text)
        self.get_cookie = self.cookies.get
        self.clear_cookie = lambda name, **_: self.cookies.pop(name)
        self.rules: dict[str, Any] = {}

    def set_cookie(self, name: str, value: str, **rules: Any) -> None:
        self.cookies[name], self.rules = value, rules


def asked(desks: Desks, body: bytes, key: str = "", **headers: str) -> Asked:
    handler = Asked(body, key, **headers)
    asyncio.run(answer(handler, desks))
    return handler


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(b'{"do": "here"}', {"Origin": "http://evil.example"}, 403), (b'{"do": "here"}', {"Origin": ""}, 403),
     (b'{"do": "here"}', {"Content-Type": "text/plain"}, 403), (b"{", {}, 400), (b"[]", {}, 400),
     (b"[" * 60_000, {}, 400), (b'{"do": "\xff"}', {}, 400), (b'{"do": "search", "words": "\\ud800"}', {}, 400)],
)  # fmt: skip
def test_what_no_page_of_this_server_sends_is_refused_before_it_is_looked_at(
    desks: Desks, key: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(tornado.web.HTTPError) as refused:
        asked(desks, body, key, **headers)
    assert refused.value.status_code == status
    assert asked(desks, b'{"do": "hello"}', key).status == 200


def test_who_comes_in_anew_at_a_browser_leaves_the_place_that_was_held_there(desks: Desks, folder: Path) -> None:
    body = json.dumps({"do": "enter", "password": new_password(folder)}).encode()
    entered = asked(desks, body)
    assert entered.rules == {"path": "/beheer", "httponly": True, "samesite": "Strict"}
    first = entered.cookies["stagekansen-beheer"]
    assert asked(desks, b'{"do": "here"}', first).status == 204
    second = asked(desks, body, first).cookies["stagekansen-beheer"]
    assert [asked(desks, b'{"do": "here"}', key).status for key in (first, second)] == [401, 204]
    assert asked(desks, b'{"do": "enter", "password": "x"}', second).status == 403
    assert desks.is_in(second)


def test_guesses_of_a_password_keep_nobody_waiting_who_is_in_and_are_bounded(folder: Path) -> None:
    going_on = threading.Event()
    desks = Desks(folder, wait=lambda _: bool(going_on.wait(60)) or None)
    key = desks.enter(new_password(folder), "en")
    wrong = b'{"do": "enter", "password": "x", "language": "en"}'

    async def crowd() -> tuple[list[Asked], Asked, Asked]:
        guesses = [Asked(wrong) for _ in range(20)]
        guessing = [asyncio.create_task(answer(one, desks)) for one in guesses]
        await asyncio.sleep(0)  # each has taken its place
        inside, late = Asked(b'{"do": "hello"}', key), Asked(wrong)
        await asyncio.wait_for(answer(inside, desks), 30)
        await answer(late, desks)
        with pytest.raises(BusyError):
            await desks.tried("en", desks.react, key, "en", {"do": "code", "code": "x"})
        going_on.set()
        await asyncio.gather(*guessing)
        return guesses, inside, late

    guesses, inside, late = asyncio.run(crowd())
    assert inside.status == 200
    assert (late.status, json.loads(late.told)["told"]) == (503, say("managing.busy", "en"))
    assert {one.status for one in guesses} == {403}


def test_the_page_runs_its_own_script_only_speaks_to_this_server_and_stands_in_no_frame() -> None:
    html = managing_page("en", ["overzicht"])
    policy = dict(part.strip().split(" ", 1) for part in page_policy(html).split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert "unsafe" not in page_policy(html)
    script = html.rpartition("<script>")[2].partition("</script>")[0]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy["script-src"]


def test_the_public_pages_have_no_beheer() -> None:
    from stagekansen_lib.site.building import PAGES, pages_of_place

    assert "beheer" not in (*PAGES, *pages_of_place())
