"""Page marks of engines: page breaks with a number, never text; what a book prints itself stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book import raw_text
from dingben.book.raw_text import RawText
from dingben.restore.inputs.base import InputLines
from dingben.restore.inputs.registry import read_lines
from dingben.restore.pipeline import restore

HEAD = "第一章 山水\n\n　　山高水长，风从谷口吹来，雨落在旧屋的瓦上，行人都往桥\n"
NEXT = "边的茶馆去了。老板烧着水，话说得很慢。\n"
LAST = "　　夜里雨停了，月亮照着石阶。\n"


def lines_of(folder: Path, text: str) -> tuple[RawText, InputLines]:
    path = folder / "raw.txt"
    path.write_text(text, "utf-8")
    raw = raw_text.read([path])
    return raw, read_lines(raw)


@pytest.mark.parametrize(
    "mark",
    [
        "{%d}------------------------------------------------",
        "--- Page %d ---",
        "----- page %d -----",
        "=== 第%d页 ===",
        "=== 第 %d 页 ===",
        "<!-- page %d -->",
        "<!-- Page: %d -->",
        "<!-- 第%d页 -->",
        '<!-- PageNumber="%d" -->',
        "-----File: 0%d.png-----",
        "-----File: %03d.png---\\worker\\other\\-------------",
        "[Page %d]",
        "[p. %d]",
        "【第%d页】",
        "(page %d)",
        "## Page %d",
        "# 第%d页",
        "**Page %d**",
        "Page %d of 3",
        "- Page %d -",
    ],
)
@pytest.mark.parametrize("first", [1, 2])
def test_page_mark_is_a_page_break_with_a_number(tmp_path: Path, mark: str, first: int) -> None:
    marks = [f"{mark % number}\n" for number in range(1, 4)]
    begin = marks[0] if first == 1 else ""
    raw, found = lines_of(tmp_path, f"{begin}{HEAD}{marks[1]}{NEXT}{marks[2]}{LAST}")
    text = [raw.text[line.start : line.end] for line in found.lines]
    assert text == [part.strip() for part in (*HEAD.split("\n\n"), NEXT, LAST)]
    assert [line.sheet - found.lines[0].sheet for line in found.lines] == [0, 0, 1, 2]
    assert [line.marked_page for line in found.lines[2:]] == [2, 3]
    chapter = restore(raw, []).chapters[0].text
    assert '往桥[]{.pagebreak #page-2 title="2"}边的茶馆' in chapter
    assert '[]{.pagebreak #page-3 title="3"}夜里' in chapter


def test_page_marks_at_the_foot(tmp_path: Path) -> None:
    _, found = lines_of(tmp_path, f"{HEAD}--- Page 1 ---\n{NEXT}--- Page 2 ---\n{LAST}--- Page 3 ---\n")
    assert [line.marked_page for line in found.lines if line.marked_page] == [1, 2, 3]
    assert found.lines[0].marked_page == 1


def test_rules_inside_sentences_are_page_ends(tmp_path: Path) -> None:
    torn = HEAD + "\n-----\n\n" + NEXT.replace("慢。", "慢，") + "\n-----\n\n" + LAST + "\n-----\n"
    raw, found = lines_of(tmp_path, torn)
    assert not any("-" in raw.text[line.start : line.end] for line in found.lines)
    assert len({line.sheet for line in found.lines}) == 3


@pytest.mark.parametrize(
    "line",
    [
        "Page 12 of this book says so.",
        "[Page 12]",
        "第12页有一幅图。",
        "--- 12 ---",
        "<!-- 校记 -->",
        "***",
    ],
)
def test_single_page_mark_is_text(tmp_path: Path, line: str) -> None:
    raw, found = lines_of(tmp_path, f"{HEAD}\n{line}\n\n{LAST}")
    assert line in [raw.text[each.start : each.end] for each in found.lines]


def test_page_marks_must_count_up(tmp_path: Path) -> None:
    raw, found = lines_of(tmp_path, f"[Page 9]\n{HEAD}[Page 4]\n{NEXT}[Page 88]\n{LAST}")
    assert len([each for each in found.lines if raw.text[each.start] == "["]) == 3


def test_printed_folios_override_page_marks(tmp_path: Path) -> None:
    pages = "".join(f"{{{n}}}----------\n{HEAD if n == 0 else NEXT * 3}\n{n + 17}\n" for n in range(5))
    raw, _ = lines_of(tmp_path, pages)
    chapters = restore(raw, []).chapters
    assert 'title="18"' in "".join(chapter.text for chapter in chapters)


@pytest.mark.parametrize("mark", ["P%d", "%d/300", "%04d.jpg", "<<<PAGE %d>>>", "第%d页 共9页", '<a id="page-%d"></a>'])
def test_lines_that_differ_by_a_number_that_counts_up_are_page_marks(tmp_path: Path, mark: str) -> None:
    text = "".join(f"{mark % number}\n{HEAD}{NEXT}" for number in (7, 8, 9))
    raw, found = lines_of(tmp_path, text)
    assert not any(mark % number in raw.text[line.start : line.end] for line in found.lines for number in (7, 8, 9))
    assert {line.marked_page for line in found.lines} == {None, 7, 8, 9}


def test_entries_that_count_up_are_no_page_marks(tmp_path: Path) -> None:
    text = HEAD + "P1\nP2\nP3\nP4\n" + NEXT
    assert len(lines_of(tmp_path, text)[1].lines) == 7
