"""While a book is built nothing outside it is read: no network, no other file."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from dingben.builder.graph import build
from dingben.errors import RenderError, SourceError
from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.options import check_fonts
from tests.support.books import full_book, small_book, write


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A web server on this machine that notes what it is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    listener = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}", asked
    listener.shutdown()


@pytest.mark.parametrize(
    "style",
    [
        "body { background: url(URL/a.png) }",
        "@font-face { font-family: X; src: url(URL/x.ttf) } body { font-family: X }",
        "body { background: url(file:///etc/passwd) }",
        "body { background: url(../../../../../../etc/passwd) }",
        "@font-face { font-family: X; src: url(file:///usr/share/fonts/x.ttf) } body { font-family: X }",
    ],
)
def test_external_resource_in_a_style_is_blocked(tmp_path: Path, server: tuple[str, list[str]], style: str) -> None:
    book = small_book(tmp_path)
    write(book / "styles/book.css", style.replace("URL", server[0]))
    with pytest.raises(SourceError, match="blocked"):
        build(book, ["pdf"])
    assert server[1] == []
    assert not (book / "build/haigang.pdf").exists()


@pytest.mark.parametrize("source", ["URL/a.png", "file:///etc/passwd", "../../../../../etc/passwd"])
def test_external_resource_in_a_template_is_blocked(tmp_path: Path, server: tuple[str, list[str]], source: str) -> None:
    book = full_book(tmp_path)
    write(book / "templates/colophon.html", f'<p><img src="{source.replace("URL", server[0])}" alt=""></p>')
    with pytest.raises(SourceError, match="blocked"):
        build(book, ["pdf"])
    assert server[1] == []


def test_css_import_is_refused(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    book = small_book(tmp_path)
    write(book / "styles/book.css", f"@import url({server[0]}/x.css);")
    with pytest.raises(SourceError):
        build(book, ["pdf"])
    assert server[1] == []


def test_link_out_of_the_book_is_refused_for_templates_and_styles(tmp_path: Path) -> None:
    book = full_book(tmp_path / "book")
    secret = write(tmp_path / "secret.css", "body { color: red }")
    (book / "styles").mkdir()
    (book / "styles/book.css").symlink_to(secret)
    with pytest.raises(SourceError, match="is outside the book"):
        build(book, ["pdf"])


def test_scripts_and_raw_html_are_never_written(tmp_path: Path) -> None:
    chapter = (
        '# 章\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[字]{onclick="alert(1)"}\n\n'
        "`<b>x</b>`{=html}\n\n```{=html}\n<script>alert(2)</script>\n```\n"
    )
    book = small_book(tmp_path, chapter)
    build(book)
    page = (book / "build/web/01.html").read_text("utf-8")
    assert "<script" not in page
    assert "onclick" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page  # nothing of the text is lost
    import zipfile

    with zipfile.ZipFile(book / "build/haigang.epub") as archive:
        for name in archive.namelist():
            if name.endswith(".xhtml"):
                assert b"<script" not in archive.read(name)


def test_image_of_the_book_is_drawn(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "source").mkdir()
    Image.new("RGB", (4, 4), "red").save(tmp_path / "source/a.png")
    made = typeset_page('<html lang="zh"><title>t</title><img src="a.png" alt="红">', LayoutOptions(tmp_path, ("",)))
    assert made.warnings == ()
    assert b"/Image" in made.pdf


def test_missing_fonts_are_reported_together() -> None:
    with pytest.raises(RenderError) as caught:
        check_fonts({"--song": '"No Such A", serif', "--hei": '"No Such B", "Noto Sans CJK SC"', "--kai": "No Such C"})
    assert [p.message for p in caught.value.diagnostics] == [
        "no font for --song: No Such A not installed",
        "no font for --kai: No Such C not installed",
    ]


def test_installed_font_is_named_by_local(tmp_path: Path) -> None:
    css = (
        '@font-face { font-family: L; src: local("DejaVu Serif"); unicode-range: U+20-7E }'
        'p { font-family: L, "Noto Serif CJK SC" }'
    )
    made = typeset_page("<html lang=zh><title>t</title><p>汉字abc", LayoutOptions(tmp_path, (css,)))
    with pikepdf.open(io.BytesIO(made.pdf)) as document:
        names = {str(font.BaseFont).partition("+")[2] for font in document.pages[0].Resources.Font.values()}
    assert names == {"L", "Noto-Serif-CJK-SC"}
