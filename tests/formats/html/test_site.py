"""The web edition in a real browser: reads without script, asks for nothing outside its folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1400, "height": 900}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def web(built_book: Path) -> Path:
    return built_book / "build/web"


def opened(browser: Browser, path: Path, viewport: dict[str, int], asked: list[str] | None = None) -> Page:
    """A page with scripts turned off, as a careful reader has it."""
    context = browser.new_context(viewport=viewport, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    if asked is not None:
        page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page


def test_front_page_offers_downloads(browser: Browser, web: Path) -> None:
    page = opened(browser, web / "index.html", DESK)
    assert page.locator("h1").inner_text().replace("\n", "") == "“四海一家”视野下的古代海港城市研究"
    assert "张某 等著" in page.locator("body").inner_text()
    assert "一部说明海港城市如何形成的书" in page.locator("main").inner_text()
    for link in page.locator("a.button").all():
        data = (web / str(link.get_attribute("href"))).read_bytes()
        row = link.locator("xpath=..").inner_text()
        assert hashlib.sha256(data).hexdigest() in row
        size = re.search(r"([\d.]+) (kB|MB)", row)
        assert size
        assert float(size[1]) * {"kB": 1e3, "MB": 1e6}[size[2]] == pytest.approx(len(data), rel=0.06)
    assert page.locator("img.cover").bounding_box()["width"] > 100  # type: ignore[index]


@pytest.mark.slow
def test_site_requests_no_external_files(browser: Browser, web: Path) -> None:
    asked: list[str] = []
    for path in sorted(web.glob("*.html")):
        opened(browser, path, DESK, asked)
    assert asked
    assert all(url.startswith((web.as_uri(), "data:")) for url in asked)


def test_site_has_no_scripts(web: Path) -> None:
    for path in web.glob("*.html"):
        assert "<script" not in path.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_no_horizontal_overflow(browser: Browser, web: Path, viewport: dict[str, int]) -> None:
    for path in sorted(web.glob("*.html")):
        context = browser.new_context(viewport=viewport)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path.name
        context.close()


@pytest.mark.slow
def test_navigation_through_the_chapters(browser: Browser, web: Path) -> None:
    page = opened(browser, web / "index.html", PHONE)
    page.get_by_role("link", name="第一章 起源").click()
    assert "海港的研究" in page.locator("main").inner_text()
    page.locator("a[rel=next]").click()
    assert page.locator("h1").inner_text().startswith("第二章")
    page.locator("header a").click()
    assert page.url.endswith("index.html")


@pytest.mark.slow
def test_notes_and_links_between_chapters_work(browser: Browser, web: Path) -> None:
    page = opened(browser, web / "01-origin.html", DESK)
    page.locator("#call-1").click()
    assert page.url.endswith("#note-1")
    page.locator("#note-1 a.back").click()
    assert page.url.endswith("#call-1")
    page.locator("main").get_by_role("link", name="第二章").click()
    assert "02-change.html" in page.url


def test_links_and_images_exist(web: Path) -> None:
    for path in web.glob("*.html"):
        text = path.read_text("utf-8")
        for target in re.findall(r'(?:href|src)="([^"]+)"', text):
            name, _, anchor = target.partition("#")
            if target.startswith(("http", "data:")):
                continue
            file = web / name if name else path
            assert file.exists(), (path.name, target)
            if anchor:
                assert f'id="{anchor}"' in file.read_text("utf-8"), (path.name, target)


def test_light_and_dark_color_schemes(browser: Browser, web: Path) -> None:
    colours = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto((web / "index.html").as_uri())
        colours.append(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
        context.close()
    assert colours[0] != colours[1]
