"""Sample books built whole: a novel, poems, traditional Chinese, English; and faulty books."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dingben.builder.graph import build
from dingben.errors import DingbenError, RenderError, SourceError
from dingben.verification.checkers import epubcheck, library_missing, verapdf_library
from tests.formats.pdf.test_floats import table
from tests.support import glyphs
from tests.support.books import PARAGRAPH, small_book

SAMPLE_BOOKS = Path(__file__).parents[1] / "data/sample_books"
BOOKS = sorted(path.name for path in SAMPLE_BOOKS.iterdir())
SIZES = {"小16开": (170, 240), "大32开": (140, 203), "A5": (148, 210)}


def sample_book(name: str, folder: Path, size: tuple[int, int] | None = None) -> Path:
    """Copy a sample book; ``size`` changes its trim size."""
    shutil.copytree(SAMPLE_BOOKS / name, folder, dirs_exist_ok=True)
    if size:
        toml = folder / "source/book.toml"
        text = toml.read_text("utf-8")
        toml.write_text(re.sub(r"page = \[.*\]", f"page = [{size[0]}, {size[1]}]", text), "utf-8")
    return folder


def built(folder: Path, ending: str) -> Path:
    return next(path for path in (folder / "build").glob(f"*{ending}") if "-" not in path.name)


@pytest.mark.parametrize("name", BOOKS)
def test_all_editions_of_a_sample_book_have_the_text_of_the_source(name: str, tmp_path: Path) -> None:
    outputs = build(sample_book(name, tmp_path), ["pdf", "epub", "html", "web"]).outputs
    assert [o.target for o in outputs if o.size > 1000]


@pytest.mark.slow
@pytest.mark.parametrize("name", BOOKS)
def test_checkers_pass_sample_books(name: str, tmp_path: Path, need: Callable[[str, str], str]) -> None:
    if missing := library_missing():
        need("javac", missing)
    folder = sample_book(name, tmp_path)
    build(folder, ["pdf", "epub"])
    assert verapdf_library(built(folder, ".pdf")).messages == ()
    assert epubcheck(built(folder, ".epub")).messages == ()


@pytest.mark.slow
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("name", BOOKS)
def test_text_stays_inside_the_type_area_at_other_trim_sizes(name: str, size: str, tmp_path: Path) -> None:
    folder = sample_book(name, tmp_path, SIZES[size])
    build(folder, ["pdf"])
    width, height = (mm / 25.4 * 72 for mm in SIZES[size])
    for page in glyphs.pages(built(folder, ".pdf").read_bytes()):
        for glyph in page:
            assert 10 / 25.4 * 72 < glyph.x < width - 10 / 25.4 * 72
            assert 8 / 25.4 * 72 < glyph.y < height - 8 / 25.4 * 72


def test_poem_is_centred_by_its_longest_line(tmp_path: Path) -> None:
    folder = sample_book("poems", tmp_path)
    build(folder, ["pdf"])
    page = next(p for p in glyphs.pages(built(folder, ".pdf").read_bytes()) if "床前明月光" in glyphs.text(p))
    line = next(line for line in glyphs.lines(page) if "床前明月光" in glyphs.text(line))
    head = next(line for line in glyphs.lines(page) if "静夜思" in glyphs.text(line))
    middle = (line[0].x + line[-1].x + line[-1].size) / 2
    assert middle == pytest.approx((head[0].x + head[-1].x + head[-1].size) / 2, abs=1)


def test_short_poem_stays_on_one_page(tmp_path: Path) -> None:
    folder = sample_book("poems", tmp_path)
    build(folder, ["pdf"])
    texts = [glyphs.text(p) for p in glyphs.pages(built(folder, ".pdf").read_bytes())]
    assert [("白日依山尽" in text) for text in texts] == [("更上一层楼" in text) for text in texts]


def test_spaces_in_english_headings_are_kept(tmp_path: Path) -> None:
    folder = sample_book("english", tmp_path)
    build(folder, ["pdf"])
    lines = [line for page in glyphs.pages(built(folder, ".pdf").read_bytes()) for line in glyphs.lines(page)]
    line = next(line for line in lines if glyphs.text(line) == "Down,down,down" and line[0].size > 13)
    commas = [i for i, glyph in enumerate(line) if glyph.char == ","]
    assert all(line[i + 1].x - line[i].x > 0.35 * line[i].size for i in commas)


# -- what no book should hold


def problem(folder: Path, *targets: str) -> tuple[type[DingbenError], str]:
    """How the build of a bad book ends."""
    with pytest.raises(DingbenError) as caught:
        build(folder, list(targets) or ["pdf"])
    return type(caught.value), str(caught.value.diagnostics[0])


def test_default_trim_size(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    build(book, ["pdf"])
    assert (book / "build/haigang.pdf").is_file()


@pytest.mark.parametrize("size", ["[50, 60]", "[2000, 3000]"])
def test_trim_without_room_for_text_is_an_error(tmp_path: Path, size: str) -> None:
    kind, message = problem(small_book(tmp_path, more=f"[format]\npage = {size}\n"))
    assert kind is SourceError
    assert re.search(r"book\.toml: no (room|page)", message)


def test_trim_smaller_than_the_type_area_is_an_error(tmp_path: Path) -> None:
    book = small_book(tmp_path, more="[format]\npage = [100, 150]\n")
    (book / "styles").mkdir()
    (book / "styles/book.css").write_text(":root { --measure: 40; --lines: 40 }", "utf-8")
    kind, message = problem(book)
    assert (kind, "no room for 40 × 40 characters on a page of 100 × 150 mm" in message) == (SourceError, True)


def test_broken_image_is_an_error_with_its_place(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n文。\n\n![港](bad.png)\n")
    (book / "source/chapters/bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    kind, message = problem(book)
    assert kind is SourceError
    assert "01.md:5:" in message
    assert "is broken" in message


def test_image_with_too_many_pixels_is_an_error(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n![港](big.png)\n")
    Image.new("1", (20_000, 20_000)).save(book / "source/chapters/big.png")
    kind, message = problem(book)
    assert kind is SourceError
    assert "million pixels" in message


@pytest.mark.slow
def test_large_image_is_scaled_down(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 章\n\n![图1 港](big.png)\n\n后文。\n")
    Image.new("1", (9_000, 3_000)).save(book / "source/chapters/big.png")
    build(book, ["pdf"])
    assert "图1港" in "".join(glyphs.text(p) for p in glyphs.pages((book / "build/haigang.pdf").read_bytes()))


def test_table_wider_than_any_page_is_an_error(tmp_path: Path) -> None:
    kind, message = problem(small_book(tmp_path, f"# 章\n\n{table(120, 2)}"))
    assert kind is RenderError
    assert "too wide for any page" in message


def test_word_of_5000_letters_is_broken(tmp_path: Path) -> None:
    book = small_book(tmp_path, f"# 章\n\n前{'z' * 5000}后。\n\n{PARAGRAPH}\n")
    build(book, ["pdf"])
    pages = glyphs.pages((book / "build/haigang.pdf").read_bytes())
    assert sum(g.char == "z" for p in pages for g in p) == 5000
    assert all(g.x < (170 - 20) / 25.4 * 72 for p in pages for g in p)


@pytest.mark.slow
def test_paragraph_of_200000_characters(tmp_path: Path) -> None:
    book = small_book(tmp_path, f"# 章\n\n{'海港的研究，向来以档案与方志为主。' * 12_000}\n")
    build(book, ["pdf"])
    assert (book / "build/haigang.pdf").is_file()
