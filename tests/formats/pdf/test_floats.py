"""Tables and pictures on the printed page: smaller, turned, over pages, in whole lines; lists of both."""

from __future__ import annotations

import re
from pathlib import Path

import pikepdf
import pytest

from dingben.book.reader import read_book
from dingben.builder.graph import build
from dingben.diagnostics import Diagnostic
from dingben.document.ast import Node
from dingben.document.model import Fragment
from dingben.document.reader import read_fragments
from dingben.errors import RenderError
from dingben.formats.pdf import floats
from dingben.theme.page_geometry import PageGeometry, page_geometry
from tests.support import glyphs
from tests.support.books import PARAGRAPH, small_book


def table(columns: int, rows: int, cell: str = "某地{}", caption: str = "表1-1 船数") -> str:
    """A pipe table."""
    lines = [[f"第{c}列" for c in range(columns)], ["---"] * columns]
    lines += [[cell.format(f"{r}之{c}") for c in range(columns)] for r in range(rows)]
    return f": {caption}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fitted(folder: Path, text: str) -> tuple[Fragment, PageGeometry, list[Node]]:
    """The fragment of a book of one chapter, its page, and its blocks for print."""
    book = read_book(small_book(folder, f"# 章\n\n{text}"))
    (fragment,) = read_fragments(book)
    page = page_geometry(book.format, {}, folder)
    return fragment, page, floats.for_print(fragment, fragment.blocks, page, [])


def classes(blocks: list[Node]) -> list[str]:
    """The classes of all Divs, in order."""
    return re.findall(r"'Div', 'c': \[\['', \[([^\]]*)\]", str(blocks))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (3, ["'table'"]),
        (7, ["'table'"]),
        (8, ["'table', 'small'"]),
        (9, ["'table', 'smaller'"]),
        (12, ["'turned'", "'table', 'turned-inner', 'fixed', 'small'"]),
        (20, ["'turned'", "'table', 'turned-inner', 'fixed', 'smaller'"]),
    ],
)
def test_wide_table_is_scaled_down_then_rotated(tmp_path: Path, columns: int, expected: list[str]) -> None:
    assert classes(fitted(tmp_path, table(columns, 2, "某地某时"))[2]) == expected


def test_table_too_wide_for_any_page_is_an_error_with_a_place(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="a table of 120 columns is too wide for any page") as caught:
        fitted(tmp_path, f"文。\n\n{table(120, 2)}")
    assert str(caught.value.diagnostics[0].location).endswith("01.md:5:3")
    assert caught.value.exit_code == 5


def test_a_table_of_sixty_columns_is_turned_and_reported(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path, f"# 章\n\n文。\n\n{table(60, 2, '{}')}"))
    (fragment,) = read_fragments(book)
    found: list[Diagnostic] = []
    page = page_geometry(book.format, {}, tmp_path)
    made = floats.for_print(fragment, fragment.blocks, page, found)
    assert "'turned-inner', 'fixed', 'tight'" in str(made)
    assert [(f.code, f.location and f.location.line) for f in found] == [("U201", 5)]


def test_a_row_of_more_than_half_a_page_may_be_divided(tmp_path: Path) -> None:
    made = fitted(tmp_path, f"| 名 | 说明 |\n|----|------|\n| 甲 | {'长文字，' * 200} |\n| 乙 | 短 |\n")[2]
    assert str(made).count("'long'") == 1


def test_a_caption_wider_than_its_table_takes_the_measure(tmp_path: Path) -> None:
    assert classes(fitted(tmp_path, table(1, 1, "1", "表1-1 清末民初进港船数与吨位"))[2]) == ["'table', 'wide-caption'"]
    assert classes(fitted(tmp_path, table(1, 1, "长长长长长长", "表"))[2]) == ["'table'"]


def test_column_widths_follow_their_text(tmp_path: Path) -> None:
    text = f"| 地 | 说明 |\n|---|---|\n| 泉州 | {PARAGRAPH} |\n"
    _, _, blocks = fitted(tmp_path, text)
    given = [float(share) for share in re.findall(r"'ColWidth', 'c': ([\d.]+)", str(blocks))]
    assert len(given) == 2
    assert 0.05 < given[0] < 0.12
    assert 0.95 < sum(given) <= 1.001


def test_columns_without_widths(tmp_path: Path) -> None:
    text = f"| 地 |  | 说明 |\n|---|---|---|\n| 泉州 |  | {'很长' * 30} |\n"
    assert classes(fitted(tmp_path, text)[2]) == ["'table', 'fixed'"]
    blocks = fitted(tmp_path, "  地   说明\n----- -----\n 泉州  " + "很长" * 30 + "\n")[2]
    assert classes(blocks) == ["'table', 'fixed'"]


def test_long_word_in_a_table_is_broken(tmp_path: Path) -> None:
    book = small_book(tmp_path, f"# 章\n\n| 甲 | 乙 |\n|---|---|\n| {'a' * 300} | {'b' * 200} |\n")
    build(book, ["pdf"])
    page = next(p for p in glyphs.pages((book / "build/haigang.pdf").read_bytes()) if p)
    assert sum(g.char == "a" for g in page) == 300
    assert max(g.x for g in page) < 170 / 25.4 * 72 - 60


def test_rotated_tables_have_their_own_pages_and_repeat_heads(tmp_path: Path) -> None:
    book = small_book(tmp_path, f"# 章\n\n前文。\n\n{table(12, 50, '某地')}\n后文[^1]。\n\n[^1]: 注。\n")
    build(book, ["pdf"])
    pages = glyphs.pages((book / "build/haigang.pdf").read_bytes())
    turned = [p for p in pages if sum(g.char == "列" for g in p) == 12]
    assert len(turned) > 2
    assert sum(g.char == "某" for p in turned for g in p) == 50 * 12
    width, height = 170 / 25.4 * 72, 240 / 25.4 * 72
    for page in turned:
        text = [g for g in page if g.char in "某地列第"]
        assert all(60 < g.x < width - 60 for g in text)
        assert all(80 < g.y < height - 80 for g in text)
        assert all("前" != g.char != "后" for g in page)
    assert "后" in glyphs.text(pages[-1])


def test_note_of_a_rotated_table_is_on_its_page(tmp_path: Path) -> None:
    text = table(12, 3).replace("某地1之1", "某地[^1]") + "\n后文。\n\n[^1]: 表里的注文。\n"
    book = small_book(tmp_path, f"# 章\n\n{text}")
    build(book, ["pdf"])
    (page,) = [p for p in glyphs.pages((book / "build/haigang.pdf").read_bytes()) if "船" in glyphs.text(p)]
    assert "①表里的注文" in glyphs.text(page)


def test_table_head_is_repeated_on_every_page(tmp_path: Path) -> None:
    book = small_book(tmp_path, f"# 章\n\n{table(3, 60)}")
    build(book, ["pdf"])
    pages = glyphs.pages((book / "build/haigang.pdf").read_bytes())
    assert [sum(g.char == "列" for g in p) for p in pages if p] == [3, 3, 3]


@pytest.mark.parametrize("attributes", ["", "{width=50%}", "{width=40mm}", "{height=100pt}", "{width=5000px}"])
def test_image_takes_whole_lines_and_fits_the_page(tmp_path: Path, attributes: str) -> None:
    images = tmp_path / "source/chapters/images"
    images.mkdir(parents=True)
    (images / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 950"><rect width="9" height="9"/></svg>', "utf-8"
    )
    _, page, blocks = fitted(tmp_path, f"![图1-1 港](images/a.svg){attributes}\n")
    found = re.search(r"width: ([\d.]+)pt; height: ([\d.]+)pt; margin: ([\d.]+)pt", str(blocks))
    assert found
    width, height, margin = map(float, found.groups())
    assert width <= page.text_width
    assert height + 2 * margin <= (page.lines - 2) * page.line + 0.1
    assert (height + 2 * margin) / page.line == pytest.approx(round((height + 2 * margin) / page.line), abs=0.01)
    assert height / width == pytest.approx(950 / 300, rel=0.01)


@pytest.mark.slow
def test_lists_of_figures_and_tables(tmp_path: Path) -> None:
    more = "".join(f'[[division]]\nmatter = "front"\nrole = "{role}"\n' for role in ("toc", "loi", "lot"))
    text = f"# 第一章 起\n\n![图1-1 港口](images/a.svg)\n\n{table(2, 2)}\n{table(2, 2, caption='无号的表')}"
    images = tmp_path / "source/chapters/images"
    images.mkdir(parents=True)
    (images / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "utf-8")
    book = small_book(tmp_path, text, more=more)
    build(book)
    pages = [glyphs.text(p) for p in glyphs.pages((book / "build/haigang.pdf").read_bytes())]
    assert "插图目录" in pages[2]
    assert "图1-1港口1" in pages[2]
    assert "表格目录" in pages[4]
    assert "表1-1船数1" in pages[4]
    assert "无号的表1" in pages[4]
    with pikepdf.open(book / "build/haigang.pdf") as document:
        assert len([a for a in document.pages[4].Annots if "/Dest" in a]) == 2


def test_leaders_of_the_contents_are_not_text(built_book: Path) -> None:
    contents = next(p for p in glyphs.pages((built_book / "build/sihai.pdf").read_bytes()) if "目录" in glyphs.text(p))
    assert not any(g.char in "·…" for g in contents)
