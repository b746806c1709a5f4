"""The cover: drawn, or the book's own picture checked for size and shape."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dingben.book.model import Book
from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.builder.graph import build
from dingben.builder.registry import formats
from dingben.errors import SourceError
from dingben.formats.cover_image import cover_diagnostics, cover_jpeg, title_setting, width_of
from dingben.typeset.sections.session import LayoutSession
from dingben.typeset.sections.workers import Task
from tests.support.books import small_book
from tests.typeset.sections.test_split import chapters


def book_with(folder: Path, name: str, size: tuple[int, int], mode: str = "RGB") -> Book:
    """A book whose cover is a picture of this size."""
    book = small_book(folder, head=f'cover = "images/{name}"')
    (folder / "source/images").mkdir()
    Image.new(mode, size, "#246" if mode == "RGB" else (0, 0, 0, 0)).save(folder / "source/images" / name)
    return read_book(book)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((1600, 2560), []),
        ((1200, 1700), []),
        ((600, 960), ["the cover is small: 600 × 960 pixels"]),
        ((3000, 2000), ["the aspect ratio of the cover is unusual: 0.67 times as high as wide"]),
        (
            (300, 900),
            [
                "the cover is small: 300 × 900 pixels",
                "the aspect ratio of the cover is unusual: 3.00 times as high as wide",
            ],
        ),
    ],
)
def test_cover_size_and_aspect_ratio(size: tuple[int, int], told: list[str], tmp_path: Path) -> None:
    book = book_with(tmp_path, "a.png", size)
    assert [f.message for f in cover_diagnostics(book)] == told
    assert all(f.location and f.location.line == 4 for f in cover_diagnostics(book))


def test_large_cover_is_scaled_with_its_aspect_ratio(tmp_path: Path) -> None:
    cover = opened(cover_jpeg(book_with(tmp_path, "a.png", (3200, 4000))))
    assert (cover.format, cover.size) == ("JPEG", (1600, 2000))


def test_transparent_cover_is_white(tmp_path: Path) -> None:
    cover = opened(cover_jpeg(book_with(tmp_path, "a.png", (1000, 1600), "RGBA")))
    assert cover.getpixel((5, 5)) == (255, 255, 255)


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    book = book_with(tmp_path, "a.jpg", (1600, 1000))
    path = tmp_path / "source/images/a.jpg"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (1600, 1000)).save(path, exif=turned)
    assert opened(cover_jpeg(book)).size == (1000, 1600)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("images/none.png", "picture images/none.png does not exist"),
        ("../../etc/passwd", "is outside the book"),
        ("images/a.txt", "is broken or of an unknown kind"),
        ("images/a.svg", "the cover must not be SVG"),
    ],
)
def test_unsuitable_cover_is_reported(name: str, message: str, tmp_path: Path) -> None:
    book = small_book(tmp_path, head=f'cover = "{name}"')
    (tmp_path / "source/images").mkdir()
    (tmp_path / "source/images/a.txt").write_text("text")
    (tmp_path / "source/images/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    with pytest.raises(SourceError, match=message) as error:
        cover_jpeg(read_book(book))
    assert error.value.diagnostics[0].location


def test_drawn_cover_has_the_size_of_book_stores(tmp_path: Path) -> None:
    assert opened(cover_jpeg(read_book(small_book(tmp_path)))).size == (1600, 2560)


@pytest.mark.parametrize(
    "title", ["定本", "海港志", "“四海一家”视野下的古代海港城市研究", "A History of Harbours and Their Towns"]
)
def test_cover_title_size_and_line_breaks(title: str) -> None:
    lines, size = title_setting(title)
    assert "".join(lines).replace(" ", "") == title.replace(" ", "")
    assert 20 <= size <= 72
    assert max(map(width_of, lines)) * size <= 441


@pytest.mark.slow
def test_cover_is_drawn_by_a_worker_for_an_upcoming_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted: list[object] = []
    submit = LayoutSession.submit

    def watched(session: LayoutSession, jobs: int, function: Callable[..., object], *arguments: object) -> Task:
        submitted.append(function)
        return submit(session, jobs, function, *arguments)

    monkeypatch.setattr(LayoutSession, "submit", watched)
    covers = []
    for jobs, later, wanted in ((2, "epub", [cover_jpeg]), (1, "epub", [cover_jpeg]), (2, "txt", [])):
        submitted.clear()
        edition = BuildContext(read_book(chapters(tmp_path / f"{jobs}-{later}")), [], jobs=jobs)
        edition.upcoming = [formats()[later]]
        edition.build(formats()["pdf"])
        assert submitted == wanted
        covers.append(edition.cover)
        edition.session.finish()
    assert covers[0] == covers[1] == covers[2]


def test_cover_warnings_are_reported_once(tmp_path: Path) -> None:
    book = book_with(tmp_path, "a.png", (300, 500)).folder
    told = [f.message for f in build(book, ["epub", "html", "txt"]).diagnostics]
    assert told.count("the cover is small: 300 × 500 pixels") == 1
    assert build(book, ["txt"], force=True).diagnostics == ()
