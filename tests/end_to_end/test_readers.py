"""The e-book in real readers: foliate-js and epub.js in headless Chromium, calibre, MuPDF.

Screens are kept as pictures in tests/golden/readers, to be looked at; a rendering may
differ from them as two versions of a browser do. ``--update-golden`` writes them anew.
"""

from __future__ import annotations

import functools
import http.server
import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser, Page

from dingben.builder.graph import build
from tests.formats.html.test_site import browser
from tests.support.books import PARAGRAPH, full_book, small_book

__all__ = ["browser"]

HERE = Path(__file__).parents[1]
MODULES = Path(sys.prefix) / "node" / "node_modules"
GOLDEN = HERE / "golden" / "readers"
SIZES = {"phone": (390, 700), "tablet": (820, 1100)}
FIRST_NOTE = "见《海港志》卷三。"

pytestmark = pytest.mark.slow


class Shelf(http.server.SimpleHTTPRequestHandler):
    """Serves the readers, their pages, and books by name."""

    def __init__(self, *args: Any, books: dict[str, Path]) -> None:
        self.books = books
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        name = path.partition("?")[0].lstrip("/")
        page = HERE / "node" / name
        return str(self.books.get(name) or (page if page.is_file() else MODULES / name))

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def shelf(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the readers and of ``/book.epub`` and ``/vertical.epub``."""
    vertical = small_book(
        tmp_path_factory.mktemp("vertical"),
        f"# 第一章 海隅\n\n{PARAGRAPH * 3}[^1]\n\n## 第一節 “港”與“城”\n\n{PARAGRAPH}\n\n| 年 | 船 |\n|---|---|\n| 一九一一 | 八 |\n\n[^1]: 舊志。\n",
        head='language = "zh-Hant"',
        more='[format]\nwriting = "vertical"\n',
    )
    build(vertical, ["epub"])
    books = {"book.epub": built_book / "build/sihai.epub", "vertical.epub": vertical / "build/haigang.epub"}
    handler = functools.partial(Shelf, books=books)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass(frozen=True)
class Reader:
    """A reader with the book open at the beginning of its text."""

    name: str
    page: Page

    def ask(self, what: str, *given: str) -> Any:
        """A question of tests/node/*.html."""
        return self.page.evaluate("([what, given]) => reader[what](...given)", [what, list(given)])


def opened(
    browser: Browser, shelf: str, name: str, size: str = "phone", scheme: str = "light", book: str = "book"
) -> Reader:
    """The book, opened in a reader on a screen."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{shelf}/{name}.html")
    page.wait_for_function("window.ready")
    made = Reader(name, page)
    made.ask("open", f"/{book}.epub")
    return made


@pytest.fixture(params=["foliate", "epubjs"])
def reader(request: pytest.FixtureRequest, browser: Browser, shelf: str, need: Callable[[str, str], str]) -> Reader:
    need("ace-cli", "make test")  # comes with the readers
    return opened(browser, shelf, request.param)


def test_reader_opens_at_the_text(reader: Reader) -> None:
    assert "第一章 起源" in reader.ask("visible")


def test_reader_lists_the_contents(reader: Reader) -> None:
    contents = reader.ask("contents")
    assert [entry["label"] for entry in contents][:2] == ["前言", "第一章 起源"]
    assert contents[1]["items"][0]["items"][0]["label"] == "1.1 档案"
    reader.ask("show", contents[2]["items"][0]["href"])
    assert "《论语》与海" in reader.ask("visible")


def test_landmarks(reader: Reader) -> None:
    marks = reader.ask("landmarks")
    assert ["正文", "bodymatter"] in marks
    assert ["参考文献", "bibliography"] in marks


def test_link_to_a_note_and_back(reader: Reader) -> None:
    reader.ask("follow", "#call-1")
    assert FIRST_NOTE in reader.ask("visible")
    reader.ask("follow", "#note-1 a.back")
    assert "第一章 起源" in reader.ask("visible")
    assert FIRST_NOTE not in reader.ask("visible")


def test_page_list(reader: Reader) -> None:
    pages = {page["label"]: page["href"] for page in reader.ask("pages")}
    assert list(pages) == ["1", "2"]
    reader.ask("show", pages["2"])
    assert "接着。" in reader.ask("visible")


def test_note_as_popup(browser: Browser, shelf: str, need: Callable[[str, str], str]) -> None:
    need("ace-cli", "make test")
    assert FIRST_NOTE in opened(browser, shelf, "foliate").ask("popUp", "#call-1")


# -- screens


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["foliate", "epubjs"])
def test_screenshots(
    name: str,
    size: str,
    scheme: str,
    browser: Browser,
    shelf: str,
    update_golden: bool,
    need: Callable[[str, str], str],
) -> None:
    need("ace-cli", "make test")
    reader = opened(browser, shelf, name, size, scheme)
    compare(f"{name}-{size}-{scheme}-opening", reader.page.screenshot(), update=update_golden)
    reader.ask("show", reader.ask("pages")[-1]["href"])
    compare(f"{name}-{size}-{scheme}-page-2", reader.page.screenshot(), update=update_golden)
    reader.page.context.close()


@pytest.mark.parametrize("name", ["foliate", "epubjs"])
def test_vertical_writing(
    name: str, browser: Browser, shelf: str, update_golden: bool, need: Callable[[str, str], str]
) -> None:
    need("ace-cli", "make test")
    reader = opened(browser, shelf, name, book="vertical")
    assert reader.ask("direction") == "rtl"
    assert "第一章 海隅" in reader.ask("visible")
    compare(f"{name}-vertical", reader.page.screenshot(), update=update_golden)
    reader.ask("follow", "#call-1")
    assert "舊志。" in reader.ask("visible")


def compare(name: str, screenshot: bytes, *, update: bool) -> None:
    """A screen looks as it did: the mean difference of a quarter of its size is below 4 of 255 grey levels."""
    path = GOLDEN / f"{name}.png"
    made = Image.open(io.BytesIO(screenshot)).convert("L")
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.quantize(8).save(path, optimize=True)
        assert path.stat().st_size < 100_000
    kept = Image.open(path).convert("L")
    assert made.size == kept.size
    small = (made.width // 4, made.height // 4)
    off = ImageStat.Stat(ImageChops.difference(made.resize(small), kept.resize(small))).mean[0]
    if off >= 4:
        made.save(path.with_suffix(".new.png"))
    assert off < 4, f"{path}: look at {path.stem}.new.png beside it, then --update-golden"


# -- other programs


def text_of(epub: Path) -> str:
    """The text of an EPUB's spine, without blanks: every program puts its own between the elements."""
    with zipfile.ZipFile(epub) as archive:
        container = etree.fromstring(archive.read("META-INF/container.xml"))
        package = str(container.xpath("string(//@full-path)"))
        root = etree.fromstring(archive.read(package))
        hrefs = {e.get("id"): e.get("href") for e in root.iter("{*}item")}
        texts: list[str] = []
        for reference in root.iter("{*}itemref"):
            file = str(Path(package).parent / str(hrefs[reference.get("idref")]))
            body = etree.fromstring(archive.read(file)).find("{*}body")
            assert body is not None
            texts += map(str, body.itertext())
    return "".join("".join(texts).split())


def test_calibre_round_trip_keeps_the_text(built_book: Path, tmp_path: Path, need: Callable[[str, str], str]) -> None:
    convert = need("ebook-convert", "apt install calibre")
    build(full_book(tmp_path), ["azw3"])
    back = tmp_path / "back.epub"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([convert, tmp_path / "build/sihai.azw3", back], check=True, capture_output=True, env=environment)
    assert text_of(back) == text_of(built_book / "build/sihai.epub")


def test_mupdf_renders_the_epub(built_book: Path, tmp_path: Path, need: Callable[[str, str], str]) -> None:
    mutool = need("mutool", "apt install mupdf-tools")
    epub = str(built_book / "build/sihai.epub")
    done = subprocess.run(
        [mutool, "draw", "-o", str(tmp_path / "%d.png"), "-r", "40", epub], check=True, capture_output=True, text=True
    )
    assert "error" not in done.stderr
    pages = sorted(tmp_path.glob("*.png"), key=lambda p: int(p.stem))
    assert len(pages) > 8
    inked = [ImageStat.Stat(Image.open(page).convert("L")).stddev[0] > 5 for page in pages]
    assert sum(inked) > len(pages) * 0.9
    text = subprocess.run([mutool, "draw", "-F", "text", epub], check=True, capture_output=True, text=True).stdout
    assert "道不行，乘桴浮于海。" in "".join(text.split())
