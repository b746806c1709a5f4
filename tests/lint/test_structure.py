"""Notes, numbering, contents and the end of a book."""

from __future__ import annotations

from pathlib import Path

from dingben.book.reader import read_book
from dingben.diagnostics import Diagnostic
from dingben.lint.markdown_text import SourceHeading
from dingben.lint.structure import check_contents, check_notes, check_numbering, find_gaps
from tests.support.books import small_book, write


def position(found: Diagnostic) -> tuple[int, int]:
    assert found.location
    return found.location.line, found.location.column


FILE = Path("01.md")


def test_unmatched_calls_and_notes_are_reported() -> None:
    found = list(check_notes(FILE, "甲[^1]乙`[^9]`。\n\n[^2]: 注。\n"))
    assert [(f.code, *position(f)) for f in found] == [("N602", 1, 2), ("N602", 3, 1)]


def test_gaps_in_heading_numbers_are_reported() -> None:
    texts = ["第一章 甲", "第一节 甲", "第二节 乙", "第二章 乙", "第一节 丙", "第四章 丁"]
    headings = [SourceHeading(FILE, n, 1 if "章" in text else 2, text) for n, text in enumerate(texts, 1)]
    assert [(f.code, position(f)[0]) for f in check_numbering(headings)] == [("H505", 6)]


def test_contents_are_compared_with_headings(tmp_path: Path) -> None:
    write(tmp_path / "contents.tsv", "1\t甲\t5\n1\t乙\t3\n1\t丙\t9\n1\t丁\t10\n1\t戊\t11\n")
    headings = [SourceHeading(FILE, 1, 1, "甲"), SourceHeading(FILE, 3, 1, "丙")]
    found = [(f.code, position(f)[0]) for f in check_contents(tmp_path, headings)]
    assert found == [("H504", 2), ("T801", 4), ("C601", 2)]


def test_gap_can_be_ignored(tmp_path: Path) -> None:
    book = small_book(tmp_path, "# 第一章 起首\n\n" + "这一章的文字到这里为止都还在，" * 3 + "可是最后一句没有写\n")
    assert [f.code for f in find_gaps(read_book(book))] == ["T802"]
    write(book / "source/emendations.toml", '[[ignore]]\ncode = "T802"\ntext = "middle of a sentence"\n')
    assert find_gaps(read_book(book)) == ()
