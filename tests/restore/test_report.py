"""The report of an ingest: complete as JSON, and a page that a reader can use."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dingben.restore.ingest import IngestResult, ingest
from tests.formats.html.test_site import browser as browser

DATA = Path(__file__).parents[1] / "data" / "ocr"


@pytest.fixture
def result(tmp_path: Path) -> IngestResult:
    return ingest([DATA / "hans.txt"], tmp_path)


def test_json_report_has_counts_rules_and_doubts(tmp_path: Path, result: IngestResult) -> None:
    data = json.loads((tmp_path / "build/reports/ingest.json").read_text(encoding="utf-8"))
    assert data["counts"] == result.counts
    assert data["counts"]["characters"] == sum(data["counts"][k] for k in ("kept", "replaced", "moved", "set_aside"))
    assert {"M102", "H502"} <= {rule["code"] for rule in data["rules"]}
    assert any(f["code"] == "H503" and "hans.txt:" in f["place"] for f in data["findings"])


class Page(HTMLParser):
    """Counts elements, and notes what would leave the page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href") and v and not v.startswith("#")]


def test_html_report_is_self_contained_and_marks_changes(tmp_path: Path, result: IngestResult) -> None:
    page = Page()
    page.feed((tmp_path / "build/reports/ingest.html").read_text(encoding="utf-8"))
    assert page.outside == []
    assert page.tags.count("ins") == page.tags.count("del")
    assert page.tags.count("ins") > 20
    assert page.tags.count("li") == len(result.diagnostics)


def test_html_report_in_a_browser(tmp_path: Path, result: IngestResult, browser: Browser) -> None:
    assert result.diagnostics
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "build/reports/ingest.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    total = int(str(page.text_content("#where")).split()[0])
    page.keyboard.press("n")
    assert str(page.text_content("#where")).startswith(f"1 of {total}")
    page.uncheck("input[name=sure][value=certain]")
    assert int(str(page.text_content("#where")).split()[0]) < total
    page.close()
