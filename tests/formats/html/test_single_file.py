"""The book as one HTML file: read from a file:// URL in Chromium, alone in its folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.formats.html.test_site import DESK, PHONE, browser, opened
from tests.support.books import small_book

__all__ = ["browser"]


@pytest.fixture
def page_file(built_book: Path, tmp_path: Path) -> Path:
    """The file in a folder of its own."""
    path = tmp_path / "书.html"
    path.write_bytes((built_book / "build/sihai.html").read_bytes())
    return path


def test_single_file_has_no_external_resources(browser: Browser, page_file: Path) -> None:
    asked: list[str] = []
    page = opened(browser, page_file, DESK, asked)
    assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
    sizes = page.evaluate("[...document.images].map(i => i.naturalWidth)")
    assert len(sizes) == 2
    assert all(sizes)
    assert "Noto Serif CJK SC" in page.evaluate("getComputedStyle(document.documentElement).fontFamily")
    assert "<script" not in page_file.read_text("utf-8")


@pytest.mark.slow
def test_single_file_has_every_division_and_valid_links(browser: Browser, page_file: Path) -> None:
    page = opened(browser, page_file, PHONE)
    assert page.locator("main h1").all_inner_texts()[0] == "前言"
    assert "道不行，乘桴浮于海。" in page.locator("main").inner_text()
    assert "978-7-5000-1234-4" in page.locator("footer").inner_text()
    text = page_file.read_text("utf-8")
    identifiers = re.findall(r'id="([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(identifiers)


@pytest.mark.slow
def test_note_call_and_backlink_in_a_browser(browser: Browser, page_file: Path) -> None:
    page = opened(browser, page_file, PHONE)
    page.locator("#call-3").click()
    assert page.url.endswith("#note-3")
    page.locator("#note-3 a.back").click()
    assert page.url.endswith("#call-3")


AXE = Path(sys.prefix) / "node/node_modules/axe-core/axe.min.js"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    scheme: Literal["light", "dark"], browser: Browser, page_file: Path, need: Callable[[str, str], str]
) -> None:
    need("ace-cli", "make test")  # axe-core comes with it
    context = browser.new_context(viewport=PHONE, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.add_script_tag(path=AXE)
    violations = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    context.close()
    assert violations == []


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_no_horizontal_overflow(browser: Browser, page_file: Path, viewport: dict[str, int]) -> None:
    page = opened(browser, page_file, viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_book_styles_cannot_close_the_style_element(tmp_path: Path) -> None:
    from dingben.builder.graph import build

    book = small_book(tmp_path)
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text('.a::before { content: "</style><b>" }', "utf-8")
    build(book, ["html"])
    assert "</style><b>" not in (book / "build/haigang.html").read_text("utf-8")
