"""The public pages: complete, swapped in whole, served with the right headers, and closed to everything else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.paths import data_folder
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.site import building
from stagekansen_lib.site.building import PAGES, _refuse_outside, policy_of
from stagekansen_lib.site.inputs import Inputs, changed_since
from stagekansen_lib.site.kept_pages import KeptPages
from stagekansen_lib.site.rendering import without_grammar_of_addresses
from stagekansen_lib.views.query_files import query_files
from tests.asking import ask


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers_in_its_language_with_one_heading_and_a_title(
    address: str, name: str, language: str
) -> None:
    status, headers, body = ask(f"{address}/{language}/{name}")
    text = body.decode()
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in text
    assert text.count("<h1") == 1
    assert re.search(r"<title>[^<|]+ \| Stagekansen Haaglanden</title>", text)


@pytest.mark.parametrize(
    ("start", "target"),
    [
        ("/", "/nl/overzicht"),
        ("/meldpunten", "/nl/meldpunten"),
        ("/verkenner", "/nl/verkenner"),
        ("/en", "/en/overzicht"),
        ("/en/", "/en/overzicht"),
        ("/nl/meldpunten/", "/nl/meldpunten"),
    ],
)
def test_a_short_address_leads_to_the_page(address: str, start: str, target: str) -> None:
    status, headers, _ = ask(address + start)
    assert status == 302
    # Relative, so that it holds below any address that a web server puts in front of these pages.
    assert not headers["Location"].startswith(("/", "http"))
    assert urllib.parse.urljoin(start, headers["Location"]) == target


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/nl/bestaat-niet", "nl"),
        ("/en/not-there", "en"),
        ("/nl/404", "nl"),
        ("/nl/../../pyproject.toml", "nl"),
        ("/nl/%2e%2e/%2e%2e/pyproject.toml", "nl"),
        ("/api/kernels", "nl"),
        ("/voila/render/overzicht.ipynb", "nl"),
    ],
)
def test_anything_else_is_our_own_error_page(address: str, path: str, language: str) -> None:
    status, headers, body = ask(address + path)
    assert status == 404
    assert f'<html lang="{language}">' in body.decode()
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_reading_is_possible(address: str, method: str) -> None:
    status, _, body = ask(f"{address}/nl/overzicht", method=method)
    assert status == 405
    assert b"Traceback" not in body


def test_head_gives_the_headers_without_the_page(address: str) -> None:
    status, headers, body = ask(f"{address}/nl/overzicht", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 1000


def test_a_page_comes_with_security_headers_and_without_a_cookie(address: str) -> None:
    _, headers, _ = ask(f"{address}/nl/meldpunten")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


def test_only_the_map_with_streets_may_ask_another_server_and_for_pictures_only(site: Path) -> None:
    pages = json.loads((site / "pages.json").read_text("utf-8"))
    open_to_others = {address: page["policy"] for address, page in pages.items() if "http" in page["policy"]}
    assert set(open_to_others) == {f"/{language}/meldpunten-kaart-straten" for language in ("nl", "en")}
    for policy in open_to_others.values():
        assert [part.strip() for part in policy.split(";") if "http" in part] == [
            "img-src data: https://service.pdok.nl"
        ]


def test_the_page_with_the_qr_code_stands_by_itself(address: str) -> None:
    status, headers, body = ask(f"{address}/en/qr")
    assert status == 200
    assert "http" not in headers["Content-Security-Policy"]
    assert b'<html lang="en">' in body


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_query_design_can_be_taken_along_as_the_register_and_as_tables(address: str, language: str) -> None:
    page = ask(f"{address}/{language}/methode")[2].decode()
    files = re.findall(r'<a href="([^"]+)" download>', page)
    assert files == list(query_files(read_registers(), "nl"))
    for file in files:
        status, headers, body = ask(f"{address}/{language}/{file}")
        kind = "application/yaml" if file.endswith(".yaml") else "text/csv"
        assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        if kind == "application/yaml":
            assert body == data_folder("registers", "queries.yaml").read_bytes()


@pytest.mark.parametrize("name", ["begrippen", "bronnen", "methode", "netwerk"])
def test_pages_behind_one_entry_of_the_menu_lead_to_each_other(address: str, name: str) -> None:
    page = ask(f"{address}/nl/{name}")[2].decode()
    menu = page.split('<nav class="wide"', 1)[1].split("</nav>", 1)[0]
    assert len(re.findall("<li>", menu)) == 9
    assert re.search(r'<a href="begrippen" aria-current="(page|true)">Achtergrond</a>', menu)
    beside = page.split('<nav class="beside"', 1)[1].split("</nav>", 1)[0]
    assert re.findall('href="([a-z]+)"', beside) == ["begrippen", "bronnen", "methode", "netwerk"]
    assert re.findall('href="([a-z]+)" aria-current="page"', beside) == [name]
    assert '<nav class="beside"' not in ask(f"{address}/nl/kaart")[2].decode()


def test_an_unchanged_page_is_not_sent_again(address: str) -> None:
    _, headers, _ = ask(f"{address}/nl/overzicht")
    status, _, body = ask(f"{address}/nl/overzicht", headers={"If-None-Match": headers["Etag"]})
    assert (status, body) == (304, b"")


def test_a_page_is_sent_compressed_when_the_browser_can_read_that(address: str) -> None:
    import gzip

    _, headers, small = ask(f"{address}/nl/meldpunten", headers={"Accept-Encoding": "gzip, br"})
    _, _, plain = ask(f"{address}/nl/meldpunten")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == plain


def test_the_health_address_answers(address: str) -> None:
    assert ask(f"{address}/health")[::2] == (200, b"ok")


def test_the_page_with_its_map_stays_under_120_kilobytes_compressed(site: Path) -> None:
    weight = sum((site / "nl" / f"{name}.html.gz").stat().st_size for name in ("meldpunten", "meldpunten-kaart"))
    assert weight <= 120_000


def test_no_page_holds_an_inline_style_or_an_event_handler_that_the_policy_would_block(site: Path) -> None:
    pages = list(site.glob("*/*.html"))
    assert {(language, name) for language in ("nl", "en") for name in PAGES} <= {
        (one.parent.name, one.stem) for one in pages
    }
    for path in pages:
        if path.stem.endswith("-kaart"):
            continue  # Leaflet sets styles from its script, which the policy allows.
        text = re.sub(r"<(script|style)>.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", text), path.name


def test_a_second_build_of_the_same_inputs_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    again = building.build_site(tmp_path, progress=False)
    os.utime(tmp_path / "current.txt", (0, 0))
    assert building.build_site(tmp_path, progress=False) == again
    assert not changed_since(tmp_path / "current.txt")
    names = sorted(path.relative_to(site) for path in site.rglob("*.html*"))
    assert names == sorted(path.relative_to(again) for path in again.rglob("*.html*"))
    assert [name for name in names if (site / name).read_bytes() != (again / name).read_bytes()] == []


def test_pages_of_which_nothing_changed_are_kept_and_the_others_made_anew_all_to_the_same_bytes(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build before was of other registers, as far as two of the pages go that read them."""
    old = "0123456789abcdef"
    before = tmp_path / old
    records = json.loads((site / "made-of.json").read_text("utf-8"))
    for path in (site / name for record in records.values() for name in record["files"]):
        (before / path.parent.name).mkdir(parents=True, exist_ok=True)
        data = path.read_bytes().replace(site.name.encode(), old.encode())
        (before / path.parent.name / path.name).write_bytes(data)
    for record in records.values():
        digests = {name: hashlib.sha256((before / name).read_bytes()).hexdigest() for name in record["files"]}
        record["files"] = digests
    records["nl/stagereis"]["reads"]["registers: steps"] = "other"
    (before / "en" / "bronnen.html").write_text("changed by hand", "utf-8")
    (before / "made-of.json").write_text(json.dumps(records), "utf-8")
    shutil.copy(site / "pages.json", before)
    (tmp_path / "current.txt").write_text(old, "utf-8")
    anew: list[str] = []
    render = building._render_page

    def seen(folder: Path, key: str, name: str, release: str, language: str) -> list[str]:
        anew.append(f"{language}/{name}")
        return render(folder, key, name, release, language)  # type: ignore[arg-type]

    monkeypatch.setattr(building, "_render_page", seen)
    after = building.build_site(tmp_path, progress=False)
    assert sorted(anew) == ["en/bronnen", "nl/stagereis"]
    names = sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(after) for path in after.rglob("*") if path.is_file())
    assert [name for name in names if (site / name).read_bytes() != (after / name).read_bytes()] == []


def test_a_build_knows_of_what_changes_by_the_day_which_pages_read_it(site: Path) -> None:
    records = json.loads((site / "made-of.json").read_text("utf-8"))
    assert set(records) == {f"{language}/{name}" for language in ("nl", "en") for name in PAGES}
    reads = {name: set(record["reads"]) for name, record in records.items()}
    assert reads["nl/feiten"] >= {"data/ledger", "registers: factors", "registers: sources[cbs-2025]"}
    assert reads["nl/begrippen"] == {
        "registers: grounds", "registers: heads[grounds]", "registers: heads[terms]", "registers: terms",
    }  # fmt: skip
    assert "data/registers/queries.yaml" in reads["nl/methode"]
    assert reads["nl/kaart"] == {"data/datapackage.json"}
    assert set(records["nl/meldpunten"]["files"]) == {
        f"nl/meldpunten{part}.html" for part in ("", "-kaart", "-kaart-straten")
    }


def test_every_file_that_a_page_reads_is_among_those_of_which_a_change_is_seen(site: Path) -> None:
    records = json.loads((site / "made-of.json").read_text("utf-8"))
    unknown = {(page, name) for page, one in records.items() for name, digest in one["reads"].items() if not digest}
    # A claim without an owner asks for a partner that there is not.
    assert unknown == {(f"{language}/feiten", "registers: partners[]") for language in ("nl", "en")}


def test_a_page_that_read_what_is_no_input_is_never_kept() -> None:
    inputs = Inputs("key", "common", frozenset({"data/site.yaml"}), {"data/ledger": "a", "registers: terms": "b"})
    read = inputs.digests_of(["data/site.yaml", "data/ledger/acts/one.yaml", "registers: terms", "data/other.yaml"])
    assert read == {"data/ledger": "a", "data/other.yaml": None, "registers: terms": "b"}
    page: dict[str, object] = {"common": "common", "files": {}}
    with_other = KeptPages(Path("build"), {"page": {**page, "reads": read}})
    assert not with_other.holds("page", inputs)
    del read["data/other.yaml"]
    assert KeptPages(Path("build"), {"page": {**page, "reads": read}}).holds("page", inputs)
    for name in read:
        later = replace(inputs, apart={**inputs.apart, name: "changed"})
        assert not KeptPages(Path("build"), {"page": {**page, "reads": read}}).holds("page", later)


def test_a_script_without_a_guard_is_not_run_again_by_a_copy(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os\nfrom stagekansen_lib.site import copies\ncopies._loaded = ()\n"
        "print('once')\ncopies.start_copy(os.getpid).join()\nprint(__file__)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["once", str(script)]


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StagekansenError("overzicht.ipynb could not be made into a page: planted")

    monkeypatch.setattr(building, "_render_page", fail)
    with pytest.raises(StagekansenError, match="planted"):
        building.build_site(tmp_path, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_the_build_lists_exactly_the_pages_that_are_served(site: Path) -> None:
    listed = json.loads((site / "pages.json").read_text("utf-8"))
    expected = {
        f"/{language}/{name}"
        for language in ("nl", "en")
        for name in (
            *PAGES, "meldpunten-kaart", "meldpunten-kaart-straten", "kaart-kaart", "qr", "404", "method",
            *query_files(read_registers(), "nl"),
        )
    }  # fmt: skip
    assert set(listed) == expected


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/x.js"></script>',
        '<link rel="stylesheet" href="//example.org/x.css">',
        "<style>a { background: url(https://example.org/x.png) }</style>",
        '<img alt="" src="http://example.org/x.png">',
        "<style>@import 'x.css';</style>",
    ],
)
def test_a_page_that_asks_another_server_for_something_is_refused(text: str) -> None:
    with pytest.raises(StagekansenError, match="another server"):
        _refuse_outside(Path("page.html"), text)


def test_a_link_that_a_person_may_follow_is_allowed() -> None:
    _refuse_outside(Path("page.html"), '<a href="https://discriminatie.nl">Discriminatie.nl</a>')


def test_the_policy_names_the_hash_of_each_inline_block() -> None:
    import base64
    import hashlib

    expected = base64.b64encode(hashlib.sha256(b"let a = 1;").digest()).decode()
    assert f"script-src 'sha256-{expected}'" in policy_of("<script>let a = 1;</script>")
    assert "style-src 'none'" in policy_of("<p>no style</p>")


def page_of_cell(source: str, folder: Path) -> str:
    """A notebook of one cell as a page."""
    import nbformat

    from stagekansen_lib.project.paths import project_folder
    from stagekansen_lib.site.rendering import render_notebook

    shutil.copytree(project_folder() / "dashboards" / "template", folder / "template")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "page.ipynb")
    frame = building.page_frame("overzicht", "nl", key="key")
    # In a thread, as the builder does it: the browser tests may keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(render_notebook, folder / "page.ipynb", page=frame, environment={}).result()


def test_a_failing_cell_stops_the_build_with_its_message(tmp_path: Path) -> None:
    with pytest.raises(StagekansenError, match=r"page\.ipynb .* ZeroDivisionError"):
        page_of_cell("1 / 0", tmp_path)


def test_a_page_is_made_although_another_program_takes_the_port_that_its_kernel_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_client.connect import LocalPortCache

    given: list[int] = []
    free = LocalPortCache.find_available_port

    def taken_at_first(cache: LocalPortCache, ip: str) -> int:
        given.append(free(cache, ip) if given else holder.getsockname()[1])
        return given[-1]

    monkeypatch.setattr(LocalPortCache, "find_available_port", taken_at_first)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        html = page_of_cell("from IPython.display import HTML\nHTML('made after all')", tmp_path)
    assert "made after all" in html
    assert len(given) == 2 * 5  # of two kernels


def test_libraries_of_pages_are_loaded_by_one_thread_at_a_time() -> None:
    inside, most = 0, 0

    def load(_: int) -> None:
        nonlocal inside, most
        with without_grammar_of_addresses():
            inside += 1
            most = max(most, inside)
            time.sleep(0.005)
            inside -= 1

    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(load, range(12)))
    assert most == 1
    assert sys.modules.get("rfc3987_syntax", "not asked for") is not None
