"""The live dashboards: what stock Voilà leaves open is closed. Tried on the running server and the wire to a kernel."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
import psutil  # type: ignore[import-untyped]
import pytest
from tornado.web import HTTPError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from stagekansen_lib.site.kernels import LiveKernels
from stagekansen_lib.site.rendering import kernel_environment
from tests.live_servers import Answer, ask, finish, start
from tests.tries import TRIES

ROOT = Path(__file__).resolve().parent.parent

# A notebook that misbehaves: its button shows that it was pressed, then fails with words that may not leave the kernel.
MISBEHAVING = """\
import ipywidgets as widgets
from IPython.display import display
button, seen = widgets.Button(description="press"), widgets.HTML("not yet")
def pressed(_):
    seen.value = "pressed"
    print("printed-inside")
    raise RuntimeError("secret-inside")
button.on_click(pressed)
display(widgets.VBox([button, seen]))
"""
INJECTED = "theme=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
WALLED = (
    TRIES
    + """
from IPython.display import HTML
from stagekansen_lib.project.paths import data_folder
HTML(f"tried: {tries(str(data_folder('example', 'example_2022.csv')))}")
"""
)
FAILING = 'raise RuntimeError("secret-inside")'


OpenPage = Callable[..., Answer]


def write_notebooks(folder: Path, **cells: str) -> Path:
    for name, source in cells.items():
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source)],  # type: ignore[no-untyped-call]
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]
    return folder


SERVE = """\
import sys, pathlib
from stagekansen_lib.site.live import serve_live
serve_live(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]), viewers=int(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "stagekansen_lib.cli",
        "dashboards",
        "--live",
        "--no-browser",
        "--port",
        "PORT",
    ]
    server, address = start(command, "/health-or-not")
    yield address
    finish(server)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = write_notebooks(tmp_path_factory.mktemp("trial"), misbehaving=MISBEHAVING, failing=FAILING, walled=WALLED)
    (folder / "drawing.svg").write_text("<svg/>", "utf-8")
    server, address = start([sys.executable, "-c", SERVE, str(folder), "PORT", "3"], "/no-page")
    yield address
    log = finish(server)
    assert "secret-inside" not in log
    assert "127.0.0.1" not in log, [line for line in log.splitlines() if "127.0.0.1" in line]
    assert "person-in-query" not in log


@pytest.fixture
def open_page(trial: str) -> Iterator[OpenPage]:
    """Opens pages, and ends their kernels after the test, so that the next has room."""
    opened: list[Answer] = []

    def open_one(path: str, **headers: str) -> Answer:
        opened.append(ask(trial + path, **headers))
        return opened[-1]

    yield open_one
    for page in opened:
        if page.status == 200:
            end(trial, page)


def kernel_of(page: str) -> str:
    found = re.search(r'"kernelId": "([0-9a-f-]{36})"', page)
    assert found
    return found.group(1)


class Wire:
    """A client of the kernel websocket, as a browser or an attacker has it."""

    def __init__(self, address: str, kernel: str, **options: Any) -> None:
        self.session = uuid.uuid4().hex
        wire = address.replace("http", "ws", 1) + f"/api/kernels/{kernel}/channels?session_id={self.session}"
        self._stack = ExitStack()
        self.socket = self._stack.enter_context(connect(wire, open_timeout=30, **options))

    def close(self) -> None:
        self._stack.close()

    def send(self, kind: str, content: dict[str, Any], channel: str = "shell") -> str:
        header = {
            "msg_id": uuid.uuid4().hex,
            "session": self.session,
            "username": "",
            "version": "5.3",
            "msg_type": kind,
            "date": "2026-01-01T00:00:00Z",
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {"version": "1.0.0"},
            "content": content,
            "channel": channel,
        }
        self.socket.send(json.dumps(message))
        return header["msg_id"]

    def read(self, until: Any, seconds: float = 30) -> list[dict[str, Any]]:
        """Messages up to and with the first for which ``until`` holds."""
        messages: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = self.socket.recv(timeout=max(0.1, deadline - time.monotonic()))
            assert isinstance(text, str)
            messages.append(json.loads(text))
            if until(messages[-1]):
                return messages
        raise AssertionError("the message did not come")

    def ask_kernel(self, kind: str, content: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a message and read until the kernel has answered a question that was asked after it."""
        self.send(kind, content)
        last = self.send("kernel_info_request", {})
        return self.read(
            lambda message: (
                message["parent_header"].get("msg_id") == last and message["msg_type"] == "kernel_info_reply"
            )
        )


# What Voilà reflects or hangs on


@pytest.mark.parametrize("query", [INJECTED, "template=unheard-of", "template=../x"])
@pytest.mark.parametrize("path", ["/nl/misbehaving", "/voila/render/misbehaving.ipynb"])
def test_a_query_changes_nothing_and_is_not_reflected(open_page: OpenPage, path: str, query: str) -> None:
    answer = open_page(f"{path}?{query}&person-in-query=1")
    assert answer.status == 200
    assert "application/vnd.jupyter.widget-view+json" in answer.text
    assert "alert(1)" not in answer.text
    assert "unheard-of" not in answer.text


def end(address: str, page: Answer) -> None:
    assert ask(f"{address}/voila/api/shutdown/{kernel_of(page.text)}", "POST").status in (204, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/api/contents",
        "/api/contents/misbehaving.ipynb",
        "/api/kernels",
        "/api/sessions",
        "/api/terminals",
        "/login",
        "/voila/api/contents/",
        "/voila/files/drawing.svg",
        "/voila/files/misbehaving.ipynb",
        "/voila/query/00000000-0000-0000-0000-000000000000",
        "/voila/tree",
        "/voila/static/../../../app.py",
        "/voila/static/..%2f..%2f..%2fpyproject.toml",
        "/voila/labextensions/..%2f..%2f..%2fpyvenv.cfg",
        "/nl/..%2f..%2fpyproject.toml",
        "/nl/404",
    ],
)
def test_what_is_no_page_does_not_exist(trial: str, path: str) -> None:
    answer = ask(trial + path)
    assert answer.status in (403, 404)
    assert "Deze pagina bestaat niet" in answer.text or "Dit mag hier niet" in answer.text
    assert '<section lang="en">' in answer.text
    assert "//" not in re.sub(r"/\*.*?\*/", "", answer.text, flags=re.DOTALL).replace("http://www.w3.org", "")


def test_what_stands_beside_a_page_comes_from_the_newest_build_and_nothing_else_does(trial: str, site: Path) -> None:
    for name, kind in (("zoekontwerp.yaml", "application/yaml"), ("zoekvragen.csv", "text/csv"), ("qr", "text/html")):
        answer = ask(f"{trial}/en/{name}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert answer.text == (site / "en" / "qr.html").read_text("utf-8")
    for name in ("place.yaml", "pages.json", "qr.html.gz", "zoekontwerp.yaml.gz"):
        assert ask(f"{trial}/en/{name}").status == 404


def test_every_answer_has_its_headers_and_no_cookie(trial: str, open_page: OpenPage) -> None:
    page = open_page("/en/misbehaving")
    answers = [page, ask(f"{trial}/nope"), ask(f"{trial}/"), ask(f"{trial}/voila/static/voila.js")]
    answers.append(ask(f"{trial}/api/kernels/{kernel_of(page.text)}"))
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Server"] == "stagekansen"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "http" not in answer.headers["Content-Security-Policy"]
    assert '<html lang="en">' in page.text


def test_the_first_parts_of_the_script_of_the_widgets_come_as_one_file_and_each_as_it_is(trial: str) -> None:
    together = ask(f"{trial}/voila/static/first-parts.js")
    assert together.headers["Content-Type"] == "text/javascript; charset=utf-8"
    parts = [f"/voila/static/{number}.voila.js" for number in re.findall(r"\.push\(\[\[(\d+)\]", together.text)]
    assert len(parts) > 10
    assert all(f"(()=>{{{ask(trial + part).text}\n}})();" in together.text for part in parts[:5])
    assert ask(f"{trial}/voila/static/first-parts.js", "POST").status == 405


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/kernels/{}"), ("PUT", "/nl/misbehaving"), ("POST", "/")])
def test_other_methods_are_refused(trial: str, open_page: OpenPage, method: str, path: str) -> None:
    page = open_page("/nl/misbehaving")
    answer = ask(trial + path.format(kernel_of(page.text)), method)
    assert answer.status == 405
    assert ask(f"{trial}/api/kernels/{kernel_of(page.text)}").status == 200


def test_another_name_for_this_computer_is_refused(trial: str) -> None:
    assert ask(f"{trial}/nl/misbehaving", Host="rebound.example").status == 403


def test_a_cell_that_fails_gives_a_page_in_two_languages_without_its_words(trial: str) -> None:
    answer = ask(f"{trial}/nl/failing")
    assert answer.status == 500
    assert "secret-inside" not in answer.text
    assert "Traceback" not in answer.text
    assert "Er ging iets mis" in answer.text
    assert "Something went wrong" in answer.text


# The wire to the kernel


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_code_sent_over_the_wire_is_not_run(trial: str, open_page: OpenPage, channel: str, tmp_path: Path) -> None:
    page = open_page("/nl/misbehaving")
    wire = Wire(trial, kernel_of(page.text))
    wrote = tmp_path / "written"
    code = f"open({str(wrote)!r}, 'w').write('x'); print('ran')"
    for kind in ("execute_request", "complete_request", "inspect_request", "debug_request", "history_request"):
        wire.send(kind, {"code": code, "silent": False, "cursor_pos": 1}, channel)
    messages = wire.ask_kernel("comm_info_request", {})
    assert {message["msg_type"] for message in messages} <= {"status", "comm_info_reply", "kernel_info_reply"}
    assert not wrote.exists()
    wire.close()


def test_a_widget_that_fails_does_its_work_and_tells_nothing(trial: str, open_page: OpenPage) -> None:
    page = open_page("/nl/misbehaving")
    wire = Wire(trial, kernel_of(page.text))
    control = uuid.uuid4().hex
    target = {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}
    wire.ask_kernel("comm_open", target)
    wire.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
    states = wire.read(lambda message: message["msg_type"] == "comm_msg")[-1]["content"]["data"]["states"]
    button = next(one for one, state in states.items() if state["model_name"] == "ButtonModel")
    messages = wire.ask_kernel(
        "comm_msg", {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
    )
    text = json.dumps(messages)
    assert '"pressed"' in text
    assert "secret-inside" not in text
    assert "printed-inside" not in text
    assert "Traceback" not in text
    assert "def pressed" not in text
    wire.close()


def test_a_live_kernel_cannot_open_answers(open_page: OpenPage) -> None:
    page = open_page("/nl/walled")
    assert page.status == 200
    assert "tried: (20, [])" in page.text


def test_another_site_cannot_open_the_wire(trial: str, open_page: OpenPage) -> None:
    page = open_page("/nl/misbehaving")
    with pytest.raises(InvalidStatus) as refused:
        Wire(trial, kernel_of(page.text), origin="http://elsewhere.example")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("message", ["no json", "[]", '{"channel": "shell"}', "\x00" * 64, "x" * (2 << 20)])
def test_a_message_that_is_no_message_ends_that_wire_only(trial: str, open_page: OpenPage, message: str) -> None:
    page = open_page("/nl/misbehaving")
    wire = Wire(trial, kernel_of(page.text))
    wire.socket.send(message)
    other = Wire(trial, kernel_of(page.text))
    assert other.ask_kernel("comm_info_request", {})
    other.close()
    wire.close()


# Bounded, and gone when nobody looks


def test_beyond_the_bound_a_page_says_that_it_is_busy_and_later_has_room(trial: str, open_page: OpenPage) -> None:
    pages = [open_page("/nl/misbehaving") for _ in range(3)]
    assert [page.status for page in pages] == [200, 200, 200]
    busy = open_page("/en/misbehaving")
    assert busy.status == 503
    assert busy.headers["Retry-After"] == "15"
    assert "Het is nu te druk" in busy.text
    assert "Too busy right now" in busy.text
    assert '<meta http-equiv="refresh" content="15">' in busy.text
    for page in pages:
        end(trial, page)
    assert open_page("/en/misbehaving").status == 200


def test_a_kernel_waits_for_who_asks_exactly_for_it_counts_for_nobody_and_ends_with_the_others(tmp_path: Path) -> None:
    async def tried() -> None:
        kernels = LiveKernels(parent=None, most=1, connection_dir=str(tmp_path))
        asked = {"kernel_name": "python3", "path": "", "env": {**kernel_environment(), "STAGEKANSEN_LANGUAGE": "nl"}}
        other = {**asked, "env": {**asked["env"], "STAGEKANSEN_LANGUAGE": "en"}}
        kernels.keep_ready(**asked)
        waiting = kernels._spares[0]
        await waiting.starting
        kernels.unwatched_seconds = -1
        await kernels.cull_kernel_if_idle(waiting.kernel_id)
        assert waiting.kernel_id in kernels
        plain = await kernels.start_kernel(**other)
        assert plain != waiting.kernel_id
        with pytest.raises(HTTPError, match="busy"):
            await kernels.start_kernel(**asked)
        await kernels.shutdown_kernel(plain, now=True)
        assert await kernels.start_kernel(**asked) == waiting.kernel_id
        assert [one.asked for one in kernels._spares] == [asked]
        await kernels._spares[0].starting
        assert len(kernels) == 2
        family = [psutil.Process(kernels.get_kernel(one).provisioner.pid) for one in kernels.list_kernel_ids()]
        await kernels.cull_kernel_if_idle(waiting.kernel_id)
        assert waiting.kernel_id not in kernels
        await kernels.shutdown_all(now=True)
        assert len(kernels) == 0
        assert not psutil.wait_procs(family, timeout=20)[1]

    asyncio.run(tried())


def test_a_kernel_that_ended_while_it_waited_is_not_given(tmp_path: Path) -> None:
    async def tried() -> None:
        kernels = LiveKernels(parent=None, connection_dir=str(tmp_path))
        asked = {"kernel_name": "python3", "path": "", "env": kernel_environment()}
        kernels.keep_ready(**asked)
        waiting = kernels._spares[0].kernel_id
        await kernels._spares[0].starting
        await kernels.shutdown_kernel(waiting, now=True)
        assert await kernels.start_kernel(**asked) != waiting
        await kernels.shutdown_all(now=True)

    asyncio.run(tried())


# The first ports that two kernels in turn are given are held by another program.
PORTS_TAKEN = """\
import socket
from jupyter_client.connect import LocalPortCache
from stagekansen_lib.site.kernels import LiveKernels
free, holder, given = LocalPortCache.find_available_port, socket.create_server(("127.0.0.1", 0)), []
def find(cache, ip):
    given.append(free(cache, ip) if len(given) not in (0, 5) else holder.getsockname()[1])
    return given[-1]
LocalPortCache.find_available_port = find
"""


@pytest.mark.parametrize("spares", ["", "LiveKernels.keep_ready = lambda *_, **__: None\n"], ids=["spare", "none"])
def test_a_reader_gets_the_page_although_another_program_takes_ports_of_its_kernels(
    tmp_path: Path, spares: str
) -> None:
    folder = write_notebooks(tmp_path, misbehaving=MISBEHAVING)
    server, address = start([sys.executable, "-c", PORTS_TAKEN + spares + SERVE, str(folder), "PORT", "3"], "/no-page")
    try:
        page = ask(f"{address}/nl/misbehaving")
        assert page.status == 200
        wire = Wire(address, kernel_of(page.text))
        assert wire.ask_kernel("comm_info_request", {})
        wire.close()
    finally:
        log = finish(server)
    assert log.count("ZMQError: Address already in use") == 2


# Told to end, it ends by itself, after a page was made as well: what it made for its kernels goes with it.
@pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without asking it")
@pytest.mark.parametrize(("told", "ends_with"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_server_that_is_told_to_end_or_killed_leaves_no_kernel_behind(
    tmp_path: Path, told: signal.Signals, ends_with: int
) -> None:
    folder = write_notebooks(tmp_path, misbehaving=MISBEHAVING)
    server, address = start([sys.executable, "-c", SERVE, str(folder), "PORT", "3"], "/no-page")
    assert ask(f"{address}/nl/misbehaving").status == 200
    family = psutil.Process(server.pid).children(recursive=True)
    assert len(family) >= 2
    server.send_signal(told)
    server.communicate(timeout=60)
    assert server.returncode == ends_with
    _, left = psutil.wait_procs(family, timeout=20)
    assert not left


# The dashboards themselves


def test_plain_voila_in_the_project_is_hardened_by_its_configuration() -> None:
    command = [sys.executable, "-m", "voila", "dashboards", "--no-browser", "--port=PORT"]
    server, address = start(command, "/voila/static/voila.js")
    try:
        page = ask(f"{address}/voila/render/bronnen.ipynb?template=unheard-of&{INJECTED}")
        assert page.status == 200
        assert "Traceback" not in page.text
        assert "views.sources" not in page.text
        assert "alert(1)" not in page.text
        assert "Set-Cookie" not in page.headers
        assert ask(f"{address}/voila/files/template/live/index.html.j2").status in (403, 404)
        assert ask(f"{address}/voila/render/bronnen.ipynb", Host="rebound.example").status == 403
        wire = Wire(address, kernel_of(page.text.replace('": "', '": "')))
        wire.send("execute_request", {"code": "print('ran')", "silent": False})
        messages = wire.ask_kernel("comm_info_request", {})
        assert {message["msg_type"] for message in messages} <= {"status", "comm_info_reply", "kernel_info_reply"}
        wire.close()
    finally:
        finish(server)


def test_voila_in_a_jupyter_server_gives_dashboards_and_nothing_else(tmp_path: Path) -> None:
    folder = write_notebooks(tmp_path, misbehaving=MISBEHAVING)
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--port=PORT", "--allow-root"]
    command += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=the-token"]
    command += [f"--config={ROOT / 'deploy' / 'jupyter_server_config.json'}"]
    command += ["--ServerApp.jpserver_extensions={'voila.server_extension': True}"]
    server, address = start(command, "/api")
    allowed = {"Authorization": "token the-token"}
    try:
        assert ask(f"{address}/voila/render/misbehaving.ipynb").status in (302, 403)
        page = ask(f"{address}/voila/render/misbehaving.ipynb", **allowed)
        assert page.status == 200
        for method, path in (
            ("GET", "/api/contents"),
            ("GET", "/api/contents/misbehaving.ipynb"),
            ("POST", "/api/kernels"),
            ("POST", "/api/sessions"),
            ("POST", "/api/terminals"),
            ("GET", "/files/misbehaving.ipynb"),
            ("POST", "/api/shutdown"),
        ):
            assert ask(address + path, method, **allowed).status in (403, 404), path
        wire = Wire(address, kernel_of(page.text), additional_headers=allowed)
        wire.send("execute_request", {"code": "print('ran')", "silent": False})
        messages = wire.ask_kernel("comm_info_request", {})
        assert {message["msg_type"] for message in messages} <= {"status", "comm_info_reply", "kernel_info_reply"}
        wire.close()
    finally:
        finish(server)


@pytest.mark.browser
def test_in_a_browser_a_choice_changes_the_picture_and_no_other_host_is_asked(browser: Any, live: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live}/en/verkenner")
    page.wait_for_selector(".widget-html-content svg", state="attached", timeout=30_000)
    # The style sheet of the widgets comes last; fields must stay whole, on a phone too.
    fields = page.locator(".widget-dropdown select").all()
    assert fields
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for field in fields:
            box = field.bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["x"] + box["width"] <= width
            assert field.evaluate("(field) => getComputedStyle(field).borderTopStyle") == "solid"
    # What the public page has around it, the live one has too; and a choice that only a live page offers.
    assert page.locator("main h1").inner_text() == "Explorer"
    assert page.locator(".tools:visible [data-tool=csv]").count() == 1
    assert page.locator(".notice[data-synthetic]").is_visible()
    assert page.locator(".widget-select-multiple select:visible option").count() == 2
    told = "[...document.querySelectorAll('.widget-html-content')].pop().innerText"
    before = page.evaluate(told)
    page.select_option(".widget-dropdown >> nth=1 >> select", index=2)
    page.wait_for_function(f"old => {told} !== old", arg=before)
    assert page.get_attribute("html", "lang") == "en"
    assert [url for url in asked if not url.startswith((live, "data:", "blob:"))] == []
    # What the script of the widgets begins with came as one file: nothing of it was asked for apart.
    assert [url for url in asked if re.search(r"/\d+\.voila\.js", url)] == []
    assert context.cookies() == []
    context.close()


@pytest.mark.browser
def test_in_a_browser_a_live_page_has_the_way_out_the_numbers_to_call_and_controls(browser: Any, live: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{live}/nl/meldpunten")
    page.wait_for_selector("main h1")
    assert page.locator("a[href='tel:112']").first.is_visible()
    assert page.locator("[data-exit]:visible").count() == 1
    # A page without widgets of its own keeps the choices of the public one.
    page.goto(f"{live}/nl/wegwijzer")
    page.wait_for_selector("main h1")
    page.wait_for_selector("form.choices select")
    page.locator("form.choices select").first.select_option(index=1)
    page.wait_for_function("() => location.hash !== ''")
    assert page.locator("[data-tool=svg]").count() == 0
    context.close()


def test_what_stands_beside_a_page_comes_from_the_build_that_is_shown_and_from_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tornado.web import HTTPError

    from stagekansen_lib.site.live_pages import Page

    monkeypatch.setenv("STAGEKANSEN_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    for build in ("0123456789abcdef", "building-1-x"):
        (tmp_path / "site" / build / "nl").mkdir(parents=True)
        (tmp_path / "site" / build / "nl" / "kaart-kaart.html").write_text(build, "utf-8")
        (tmp_path / "site" / build / "nl" / "404.html").write_text(build, "utf-8")
    sent: list[bytes] = []
    page: Any = type("Asked", (), {"set_header": lambda *_: None, "finish": lambda _, content: sent.append(content)})()
    with pytest.raises(HTTPError, match="404"):  # nothing was finished yet
        Page.send_built(page, "nl", "kaart-kaart")
    (tmp_path / "site" / "0123456789abcdef" / "pages.json").write_text("[]", "utf-8")
    (tmp_path / "site" / "current.txt").write_text("0123456789abcdef", "utf-8")
    Page.send_built(page, "nl", "kaart-kaart")
    assert sent == [b"0123456789abcdef"]
    for missing in ("404", "kaart", "kaart-kaart.csv", "a" * 300):
        with pytest.raises(HTTPError, match="404"):
            Page.send_built(page, "nl", missing)
