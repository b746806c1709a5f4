"""Notes at the foot of a sheet side, and at the end of a division."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.builder.graph import build
from dingben.document import ast, pandoc
from dingben.document.model import Fragment
from dingben.document.notes import division_endnotes, footnotes, inlines_of
from dingben.document.reader import read_fragments
from tests.support import glyphs
from tests.support.books import small_book

TITLE = "# 第一章 起首\n\n"


def fragment(folder: Path, text: str) -> Fragment:
    return read_fragments(read_book(small_book(folder, TITLE + text)))[0]


def foot(folder: Path, text: str) -> str:
    return pandoc.write_html(footnotes(fragment(folder, text).blocks))


def test_note_of_one_paragraph_replaces_its_call(tmp_path: Path) -> None:
    assert '<p>甲<span id="d01-fn01" class="note">见<em>乙</em>。</span>丙</p>' in foot(
        tmp_path, "甲[^1]丙\n\n[^1]: 见*乙*。\n"
    )


def test_note_of_two_paragraphs_keeps_both(tmp_path: Path) -> None:
    assert (
        '<span id="d01-fn01" class="note"><span class="note-paragraph">乙</span><span class="note-paragraph">丙</span></span>'
        in foot(tmp_path, "甲[^1]\n\n[^1]: 乙\n\n    丙\n")
    )


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("> 乙\n>\n> 丙\n", "乙 丙"),
        ("- 乙\n- 丙\n", "乙 丙"),
        ("1. 乙\n2. 丙\n", "乙 丙"),
        ("```\n乙\n```\n", "乙"),
        ("| 乙\n| 丙\n", "乙 丙"),
        ("::: {.k}\n乙\n:::\n", "乙"),
    ],
)
def test_blocks_joined_in_a_note_keep_all_text(markdown: str, text: str) -> None:
    (block,) = pandoc.read_markdown(markdown, Path("a.md"))
    assert ast.text_of(inlines_of(block)) == text


@pytest.mark.parametrize(
    ("markdown", "texts"),
    [
        ("| 乙 | 丙 |\n|----|----|\n| 丁 | 戊 |\n", "乙丙丁戊"),
        ("## 乙\n", "乙"),
        ("乙\n:   丙\n", "乙丙"),
    ],
    ids=["table", "heading", "definition"],
)
def test_rare_blocks_joined_in_a_note_keep_all_text(markdown: str, texts: str) -> None:
    (block,) = pandoc.read_markdown(markdown, Path("a.md"))
    assert ast.text_of(inlines_of(block)).replace(" ", "") == texts


def test_call_and_endnote_link_to_each_other(tmp_path: Path) -> None:
    blocks, following = division_endnotes(fragment(tmp_path, "甲[^1]\n\n[^1]: 乙\n"), 7, "回到正文")
    html = pandoc.write_html(blocks)
    assert following == 8
    assert '<sup><a href="#note-7" id="call-7" class="call"' in html
    assert 'id="note-7"' in html
    assert '<a href="#call-7" class="back" role="doc-backlink" aria-label="回到正文">↩' in html
    assert 'role="doc-noteref">[7]</a>' in html
    assert '<span class="note-number">[7]</span> 乙' in html


def test_notes_follow_the_order_of_their_calls(tmp_path: Path) -> None:
    blocks, following = division_endnotes(fragment(tmp_path, "甲[^b]乙[^a]\n\n[^a]: 后\n\n[^b]: 先\n"), 1, "x")
    notes = ast.text_of(blocks[-1])
    assert following == 3
    assert notes.index("[1] 先") < notes.index("[2] 后")


@pytest.mark.parametrize("note", ["> 乙\n", "- 乙\n", "丙\n\n    > 乙\n"])
def test_endnote_of_other_blocks_has_number_text_and_backlink(tmp_path: Path, note: str) -> None:
    blocks, _ = division_endnotes(fragment(tmp_path, f"甲[^1]\n\n[^1]: {note}"), 1, "x")
    notes = ast.text_of(blocks[-1])
    assert "[1]" in notes
    assert "乙" in notes
    assert "↩" in notes


def test_division_without_notes_has_no_notes_section(tmp_path: Path) -> None:
    made = fragment(tmp_path, "甲\n")
    assert division_endnotes(made, 5, "x") == (list(made.blocks), 5)


def test_placing_notes_does_not_change_the_fragment(tmp_path: Path) -> None:
    made = fragment(tmp_path, "甲[^1]\n\n[^1]: 乙\n")
    before = pandoc.document_json(made.blocks)
    footnotes(made.blocks)
    division_endnotes(made, 1, "x")
    assert pandoc.document_json(made.blocks) == before


def test_note_identifiers_differ_from_those_of_captions(tmp_path: Path) -> None:
    text = (
        "# 章\n\n甲[^1]。\n\n| 乙 |\n|---|\n| 丙 |\n\n: 表1 丁\n\n![图1](images/a.svg){alt=岛}\n\n## 节\n\n[^1]: 注。\n"
    )
    book = small_book(tmp_path, text)
    (book / "source/images").mkdir()
    (book / "source/images/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "utf-8")
    fragments = read_fragments(read_book(book))
    found = re.findall(r' id="([^"]+)"', "".join(pandoc.write_html(footnotes(f.blocks)) for f in fragments))
    assert len(found) == len(set(found)) > 3


@pytest.mark.slow
def test_notes_by_page_restart_in_a_chapter_with_many_notes(tmp_path: Path) -> None:
    paragraphs = [f"{'海港的城墙与潮水。' * 12}甲[^{number}]乙。" for number in range(1, 61)]
    notes = [f"[^{number}]: 注{number}。" for number in range(1, 61)]
    small_book(tmp_path, "\n\n".join(["# 章", *paragraphs, *notes]) + "\n")
    build(tmp_path, ["pdf"])
    pages = glyphs.pages((tmp_path / "build/haigang.pdf").read_bytes())
    lines = [glyphs.text(line) for page in pages for line in glyphs.lines(page)]
    last = next(line for line in lines if "注59。" in line or "注60。" in line)
    assert last[0] in "①②③④⑤⑥⑦"
    assert not [line for line in lines if line.startswith(("51", "60"))]
