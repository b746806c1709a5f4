"""Running heads: short titles, titles that are cut, and no note calls."""

from __future__ import annotations

from pathlib import Path

from dingben.book.reader import read_book
from dingben.diagnostics import Diagnostic
from dingben.document.reader import read_fragments
from dingben.formats.pdf.floats import width
from dingben.formats.pdf.running_titles import fitting, with_running_titles
from dingben.theme.page_geometry import page_geometry
from tests.support.books import small_book

LONG = "怎样认出一部书的各个部分，" * 6


def attributes(folder: Path, heading: str) -> tuple[list[list[str]], list[Diagnostic]]:
    """What the styles get for the first heading, and what is found."""
    book = read_book(small_book(folder, f"# {heading}\n\n正文。\n"))
    (fragment,) = read_fragments(book)
    found: list[Diagnostic] = []
    made = with_running_titles(fragment, fragment.blocks, page_geometry(book.format, {}, folder), found)
    return made[0]["c"][1][2], found


def test_an_ordinary_title_is_its_own_running_head(tmp_path: Path) -> None:
    assert attributes(tmp_path, "第一章 起首") == ([], [])


def test_a_short_title_is_the_running_head(tmp_path: Path) -> None:
    assert attributes(tmp_path, f'第一章 {LONG} {{short="认书"}}') == ([["running", "认书"]], [])


def test_a_note_in_a_title_is_neither_in_the_running_head_nor_in_the_outline(tmp_path: Path) -> None:
    assert attributes(tmp_path, "第一章 起首^[注]")[0] == [["bookmark", "第一章 起首"], ["running", "第一章 起首"]]


def test_a_title_that_is_too_long_is_cut_and_reported(tmp_path: Path) -> None:
    ((_, title),), (finding,) = attributes(tmp_path, f"第一章 {LONG}")
    assert title.startswith("第一章 怎样认出")
    assert title.endswith("……")
    assert finding.code == "U202"
    assert finding.location
    assert finding.location.line == 1
    assert 'short="怎样认出' in finding.hint


def test_a_title_is_cut_to_the_room() -> None:
    assert fitting("海港志", 3) == "海港志"
    assert fitting("海港，志与其他", 5) == "海港……"
    assert width(fitting("海港志与其他", 5)) <= 5
