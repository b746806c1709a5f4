"""Only the pages that a change has reached are laid out, and the bytes are those of a book set anew."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.formats.pdf import screen as printing
from dingben.typeset.paged import mirror, reuse
from dingben.typeset.paged.mirror import SheetPosition
from dingben.typeset.paged.reuse import PageReuse
from dingben.typeset.pdf.pages import PageWriter
from dingben.typeset.records import PageRecord, SectionRecord, TypesetResult
from tests.typeset.sections.test_split import chapters

SENTENCE = "海港的研究，向来以“档案”与方志为主，1842年以后尤甚；"


def paragraph(number: int) -> str:
    return f"第{number}段，{SENTENCE * (1 + number * 7 % 5)}其说不一。"


def chapter(count: int = 90) -> list[str]:
    """The blocks of a chapter of many pages, with notes, headings, a table and a list."""
    blocks = [paragraph(number) for number in range(count)]
    blocks[20] += "[^a]"
    blocks[60] += "[^b]"
    blocks[30:30] = ["## 第一节 城", "| 年 | 船 |\n|---|---|\n| 1405 | 二 |\n| 1407 | 三 |"]
    blocks[50:50] = ["### 细目", "- 甲\n- 乙\n- 丙"]
    return ["# 第二章 港 {#c2}", *blocks, "[^a]: 注甲。", "[^b]: 注乙。"]


def write(book: Path, blocks: list[str]) -> None:
    (book / "source/chapters/02.md").write_text("\n\n".join(blocks) + "\n", "utf-8")


def made(book: Path) -> TypesetResult:
    edition = BuildContext(read_book(book), [], jobs=1)
    try:
        return printing.make_pdf(edition)
    finally:
        edition.session.finish()


def cold(book: Path) -> TypesetResult:
    """The same from nothing."""
    kept = book / "build"
    shutil.move(kept, book / "kept")
    try:
        return made(book)
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(book / "kept", kept)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pages that are drawn."""
    pages: list[Any] = []
    side = PageWriter.write

    def recorded(writer: PageWriter, page: Any) -> PageRecord:
        pages.append(page)
        return side(writer, page)

    monkeypatch.setattr(PageWriter, "write", recorded)
    return pages


@pytest.fixture(scope="module")
def built_chapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of two chapters, built once; tests work on copies."""
    book = chapters(tmp_path_factory.mktemp("chapter"), 2)
    write(book, chapter())
    made(book)
    return book


def with_words(blocks: list[str]) -> None:
    blocks[45] += "增补一句。"


def with_a_page_more(blocks: list[str]) -> None:
    blocks[45:45] = [paragraph(4)] * 8


def without_some(blocks: list[str]) -> None:
    del blocks[40:47]


def with_a_note(blocks: list[str]) -> None:
    blocks[70] += f"^[{SENTENCE * 4}]"


def with_a_heading(blocks: list[str]) -> None:
    blocks.insert(45, "## 又一节")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "most"),  # of 14 pages; where whole pages come or go, left and right change places after them
    [(with_words, 9), (with_a_page_more, 12), (without_some, 10), (with_a_note, 9), (with_a_heading, 9)],
)
def test_pages_before_and_after_a_change_are_reused(
    built_chapter: Path, tmp_path: Path, drawn: list[Any], change: Any, most: int
) -> None:
    blocks, book = chapter(), tmp_path / "book"
    shutil.copytree(built_chapter, book)
    change(blocks)
    write(book, blocks)
    warm = made(book)
    assert 0 < len(drawn) <= most
    assert warm.pdf == cold(book).pdf


@pytest.mark.parametrize(
    "css",
    [
        "p + p { color: #111 }",
        pytest.param("p:nth-child(odd) { color: #111 }", marks=pytest.mark.slow),
        pytest.param("h2 ~ p { color: #111 }", marks=pytest.mark.slow),
    ],
)
def test_styles_that_compare_blocks_prevent_page_reuse(tmp_path: Path, drawn: list[Any], css: str) -> None:
    blocks = chapter()
    book = chapters(tmp_path, 2, css)
    write(book, blocks)
    made(book)
    drawn.clear()
    with_words(blocks)
    write(book, blocks)
    warm = made(book)
    assert len(drawn) >= 14
    assert warm.pdf == cold(book).pdf


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_bytes_after_random_changes_equal_a_cold_build(tmp_path: Path, seed: int) -> None:
    chance, blocks, book = random.Random(seed), chapter(70), chapters(tmp_path, 2)  # noqa: S311
    write(book, blocks)
    made(book)
    for step in range(14):
        at = chance.randrange(1, len(blocks) - 2)
        kind = chance.choice(("words", "more", "fewer", "note", "long note", "heading", "table", "swap", "code"))
        if kind == "words" and blocks[at].endswith("。"):
            blocks[at] += SENTENCE[: chance.randrange(1, 20)]
        elif kind == "more":
            blocks[at:at] = [paragraph(chance.randrange(9)) for _ in range(chance.randrange(1, 12))]
        elif kind == "fewer" and len(blocks) > 30:
            gone = "\n".join(blocks[at : at + 5])
            if not re.search(r"\[\^", gone):
                del blocks[at : at + 5]
        elif kind in ("note", "long note") and blocks[at].endswith("。"):
            blocks[at] += f"^[{SENTENCE * (chance.randrange(1, 4) if kind == 'note' else 40)}]"
        elif kind == "heading":
            blocks.insert(at, f"## 第{step}节")
        elif kind == "table":
            blocks.insert(at, "| 年 | 船 |\n|---|---|\n" + "| 1405 | 二 |\n" * chance.randrange(1, 30))
        elif kind == "swap":
            blocks[at], blocks[at + 1] = blocks[at + 1], blocks[at]
        elif kind == "code":
            blocks.insert(at, "```\n" + "code\n" * chance.randrange(1, 30) + "```")
        if any(block.startswith("[^") for block in blocks[:-2]):
            blocks.sort(key=lambda block: block.startswith("[^"))
        write(book, blocks)
        assert made(book).pdf == cold(book).pdf, (step, kind, at)


# -- blocks


def change(old: str, new: str) -> PageReuse:
    """The change of a division whose blocks are letters."""
    found = PageReuse.between(SectionRecord([], {}, {}, blocks=["", *old]), ["", *new], 2, [0, 0], closed=True)
    assert found
    return found


@pytest.mark.parametrize(
    ("old", "new", "same", "end", "shift"),
    [
        ("abcdef", "abXdef", 2, 3, 0),
        ("abcdef", "abcXdef", 3, 4, 1),
        ("abcdef", "abef", 2, 2, -2),
        ("abcdef", "Xabcdef", 0, 1, 1),
        ("abcdef", "abcdefX", 6, 7, 1),
        ("aaaa", "aaaaa", 4, 5, 1),
        ("abc", "xyz", 0, 3, 0),
    ],
)
def test_changed_blocks_are_between_equal_ones(old: str, new: str, same: int, end: int, shift: int) -> None:
    found = change(old, new)
    assert (found.same, found.end, found.shift) == (same, end, shift)
    assert new[: found.same] == old[: found.same]
    assert new[found.end :] == old[found.end - found.shift :]


@pytest.mark.parametrize(("former", "now"), [([], ["", "a"]), (["x", "a"], ["y", "a"])])
def test_pages_of_another_division_are_not_reused(former: list[str], now: list[str]) -> None:
    assert PageReuse.between(SectionRecord([], {}, {}, blocks=former), now, 2, [0, 0], closed=True) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("css", "serve"),
    [
        ("h2 { break-before: page }", True),
        ("h2 { break-before: right }", False),
        ("h2 { break-before: page } @page :left { @footnote { padding-top: 9pt } }", False),
        ("h2 { break-before: page } @page :right { margin-bottom: 3cm }", False),
    ],
)
def test_pages_are_reused_on_the_other_side_of_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, css: str, serve: bool
) -> None:
    mirrored: list[PageRecord] = []

    def watched(side: PageRecord, position: SheetPosition) -> PageRecord:
        mirrored.append(side)
        return mirror.mirror(side, position)

    monkeypatch.setattr(reuse, "mirror", watched)
    blocks = chapter()
    book = chapters(tmp_path, 2, css)
    at = blocks.index("## 第一节 城")
    write(book, blocks)
    made(book)
    write(book, [*blocks[:at], *[paragraph(4)] * 7, *blocks[at:]])
    warm = made(book)
    assert warm.pdf == cold(book).pdf
    assert bool(mirrored) is serve
