"""Properties of publishing: random nested Markdown gives valid TEI, and TEI and plain text equal the source."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.builder.context import BuildContext
from dingben.document import collation, plain
from dingben.errors import SourceError
from dingben.formats.read_text import text_of_tei
from dingben.formats.tei.writer import make_tei
from dingben.formats.text.writer import division_texts, make_txt, text_of_txt
from dingben.verification import schemas
from tests.support.books import small_book, write

INLINES = (
    "字", "*重*", "**粗**", "`码`", "H~2~O", "x^甲^", "y^ab^", "[链](#here)", "<https://example.org/>", "[词]{lang=en}",
    "[名]{.proper-noun}", "[汉字]{ruby='hàn zì'}", "~~删~~", "注[^NN]", "![图](images/a.svg)", "\\\n",
    "[]{.pagebreak #page-NN title=NN}", "[标]{#idNN .x}", "（一）", "第1.条", "10²", "甲（乙 丙）",
)  # fmt: skip
TOOLS = {"tool": "dingben", "pandoc": "pandoc", "weasyprint": "WeasyPrint"}


class Writer:
    """Writes a chapter by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.count = 0
        self.notes: list[int] = []

    def chapter(self) -> str:
        text = "# 第一章 题\n\n[起]{#here}\n\n" + "\n\n".join(self.block(0) for _ in range(self.chance.randrange(2, 8)))
        return text + "".join(f"\n\n[^{n}]: 注文{n}\n\n    （二）又一段。" for n in self.notes) + "\n"

    def line(self) -> str:
        """Inlines on one line, for cells and headings."""
        return self.inlines().replace("\\\n", "").replace("|", "")

    def inlines(self) -> str:
        parts = []
        for _ in range(self.chance.randrange(1, 5)):
            self.count += 1
            inline = self.chance.choice(INLINES)
            if "[^NN]" in inline:
                self.notes.append(self.count)
            parts.append(f"甲{inline.replace('NN', str(self.count))}乙")
        return "".join(parts)

    def blocks(self, depth: int) -> str:
        return "\n\n".join(self.block(depth) for _ in range(self.chance.randrange(1, 4)))

    def block(self, depth: int) -> str:
        makers: dict[str, Callable[[], str]] = {
            "paragraph": self.inlines,
            "verse": lambda: f"| 一行\n| {self.line()}\n|\n| 又一行",
            "figure": lambda: "![图题*重*](images/a.svg){alt='述'}",
            "code": lambda: "```\n原样\n\n\n\n  <码>\n```",
            "rule": lambda: "* * *",
            "heading": lambda: f"{'#' * self.chance.randrange(2, 5)} 节 {self.line()}",
            "table": lambda: f": 表 {self.line()}\n\n| 甲 | 乙 |\n|---|--:|\n| {self.line()} | 2 |",
            "quote": lambda: indented(self.blocks(depth + 1), "> "),
            "bullets": lambda: self.items("-   ", depth),
            "numbers": lambda: self.items("1.  ", depth),
            "letters": lambda: self.items("(a) ", depth),
            "terms": lambda: f"术语\n:   {indented(self.blocks(depth + 1), '    ')[4:]}",
            "aside": lambda: self.fenced("aside", depth),
            "epigraph": lambda: self.fenced("epigraph", depth),
            "signature": lambda: self.fenced("signature", depth),
        }
        flat = ("paragraph", "verse", "figure", "code")
        return makers[self.chance.choice(list(makers) if depth < 3 else flat)]()

    def fenced(self, kind: str, depth: int) -> str:
        colons = ":" * (9 - depth)
        return f"{colons} {{.{kind}}}\n{self.blocks(depth + 1)}\n{colons}"

    def items(self, mark: str, depth: int) -> str:
        items = [mark + indented(self.blocks(depth + 1), "    ")[4:] for _ in range(self.chance.randrange(1, 4))]
        return self.chance.choice(("\n", "\n\n")).join(items)


def indented(text: str, by: str) -> str:
    return "\n".join((by + line).rstrip() for line in text.split("\n"))


def editions(folder: Path, number: int) -> list[BuildContext]:
    """Small books of random chapters; what the reader refuses is left out."""
    found = []
    for seed in range(number):
        book = small_book(folder / str(seed), Writer(seed).chapter())
        write(book / "source/images/a.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        edition = BuildContext(read_book(book), [])
        with contextlib.suppress(SourceError):
            assert edition.fragments
            found.append(edition)
    assert len(found) > number * 0.7
    return found


@pytest.mark.parametrize("number", [6, pytest.param(120, marks=pytest.mark.slow)])
def test_tei_and_plain_text_equal_the_source(number: int, tmp_path: Path) -> None:
    for edition in editions(tmp_path, number):
        expected = plain.book_text(edition.fragments)
        tei, _ = make_tei(edition.book, edition.fragments, None, ())
        assert collation.compare(expected, text_of_tei(tei), "tei") is None
        text = make_txt(
            edition.book, edition.fragments, division_texts(edition.book, edition.fragments).result(), TOOLS, None
        )
        assert collation.compare(expected, text_of_txt(text, edition.book), "txt") is None


@pytest.mark.slow
def test_tei_of_random_markup_is_valid(tmp_path: Path, need_schemas: Callable[[], None]) -> None:
    need_schemas()
    documents = [make_tei(e.book, e.fragments, None, ())[0] for e in editions(tmp_path, 120)]
    assert schemas.tei_messages(*documents) == []
