"""The map page: complete in itself, the same bytes every time, and safe with any text."""

from __future__ import annotations

import re

from stagekansen_lib.pictures.maps import Marker, draw_reporting_points

POINTS = [
    Marker("b", "Meldpunt B", "Luistert", 52.05, 4.30),
    Marker("a", "</script><b>A</b>", "Helpt & adviseert", 52.08, 4.31, rough=False),
]


def test_the_page_asks_no_other_server_for_anything() -> None:
    html = draw_reporting_points(POINTS).html
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", html)
    # A pattern of the page itself (#...) is no request.
    assert not re.search(r"url\((?!#)", "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL)))
    assert "sourceMappingURL" not in html


def test_the_same_points_give_the_same_bytes_in_any_order() -> None:
    assert draw_reporting_points(POINTS).html == draw_reporting_points(POINTS[::-1]).html


def test_text_of_a_register_cannot_end_the_script() -> None:
    html = draw_reporting_points(POINTS).html
    assert "</script><b>" not in html
    assert html.count("<script>") == html.count("</script>")


def test_the_page_speaks_the_language_asked_for() -> None:
    page = draw_reporting_points(POINTS, language="en")
    assert '<html lang="en">' in page.html
    assert page.title == "Map of reporting points in Haaglanden"


def test_in_a_notebook_the_map_stands_in_a_frame_with_a_title() -> None:
    shown = draw_reporting_points(POINTS)._repr_html_()
    assert shown.startswith('<iframe title="Kaart van meldpunten in Haaglanden" srcdoc=')
    assert "<script>" not in shown
