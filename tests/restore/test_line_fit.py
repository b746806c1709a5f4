"""The printed page: one line grid, no lone line, no heading at a foot; read from where the glyphs stand."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from dingben.builder.graph import build
from tests.support import glyphs
from tests.support.books import PARAGRAPH, small_book
from tests.support.glyphs import Glyph

LINE = 18.0
TEXT = 10.5
QUOTED = "引诗题签"
"""What quotations, verse, epigraph and signature of the samples are made of: they stand half a line off, or in another face."""


def pages_of(folder: Path, text: str, css: str = "", more: str = "") -> list[list[Glyph]]:
    """The glyphs of the sheet sides of a book of one chapter."""
    book = small_book(folder, text, more=more)
    if css:
        (book / "styles").mkdir()
        (book / "styles/book.css").write_text(css, "utf-8")
    build(book, ["pdf"])
    return glyphs.pages((book / "build/haigang.pdf").read_bytes())


def off_grid(pages: list[list[Glyph]]) -> Counter[float]:
    """How far each line of text is off the grid of the first, in points, with the number of its glyphs."""
    found: Counter[float] = Counter()
    first = None
    for page in pages:
        for glyph in page:
            if abs(glyph.size - TEXT) < 0.05 and "\u4e00" <= glyph.char <= "\u9fff" and glyph.char not in QUOTED:
                first = glyph.y if first is None else first
                rest = (first - glyph.y) % LINE
                found[round(min(rest, LINE - rest), 2)] += 1
    return found


EVERYTHING = (
    "# 第一章 起\n\n"
    + "\n\n".join(
        f"## 第{n}节 港与城\n\n{PARAGRAPH * n}[^{n}]*楷体与*`代码`**粗体**，见[正文](#d01)H~2~O。\n\n### 1.{n} 档案与方志\n\n{PARAGRAPH}\n\n> {'引' * 150}。\n\n{PARAGRAPH}\n\n"
        f"- 其一\n- 其二\n\n{PARAGRAPH}\n\n![图1-{n} 港口的方位](images/{n}.svg)\n\n{PARAGRAPH}\n\n: 表1-{n} 船数\n\n"
        f"| 年份 | 船数 |\n|---|---|\n" + "| 1200 | 30 |\n" * (n * 3) + f"\n{PARAGRAPH}\n\n| 诗诗诗诗诗，\n| 诗诗诗诗诗。\n\n{PARAGRAPH}\n\n"
        f"```\n一行码\n又一行\n第三行\n```\n\n{PARAGRAPH}\n\n#### 四级的标题\n\n{PARAGRAPH}\n\n[^{n}]: 又一条注。\n"
        for n in range(1, 6)
    )
    + "\n\n::: {.signature}\n签签\n\n签签签\n:::\n\n" + PARAGRAPH
)  # fmt: skip


@pytest.mark.parametrize(
    "size", ["[170, 240]", *(pytest.param(size, marks=pytest.mark.slow) for size in ("[140, 203]", "[148, 210]"))]
)
def test_all_lines_are_on_the_line_grid(tmp_path: Path, size: str) -> None:
    images = tmp_path / "source/chapters/images"
    images.mkdir(parents=True)
    for n in range(1, 6):
        (images / f"{n}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 {37 * n}"><rect width="200" height="9"/></svg>',
            "utf-8",
        )
    pages = pages_of(tmp_path, EVERYTHING, more=f"[format]\npage = {size}\n")
    assert len(pages) > 10
    found = off_grid(pages)
    assert sum(found.values()) > 2000
    assert max(found) < 0.5, found


def lone_lines(pages: list[list[Glyph]]) -> list[str]:
    """Paragraphs, each of one repeated character, of which a single line stands on a page."""
    found = []
    counts = [
        Counter(line[0].char for line in glyphs.lines([g for g in page if abs(g.size - TEXT) < 0.05])) for page in pages
    ]
    whole = sum(counts, Counter[str]())
    for number, count in enumerate(counts, 1):
        found += [f"{char} on {number}" for char, lines in count.items() if lines == 1 and whole[char] > 3]
    return found


def sections(count: int) -> str:
    """Headings of two levels with paragraphs of all lengths; each paragraph repeats a character of its own."""
    out = ["# 第一章 起"]
    for n in range(count):
        out.append(f"## 第{n + 1}节 节题")
        if n % 3 == 0:
            out.append(f"### {n + 1}.1 目题")
        out += [chr(0x5000 + n * 5 + k) * (97 + (n * 37 + k * 61) % 240) for k in range(1 + n % 3)]
    return "\n\n".join(out) + "\n"


@pytest.fixture(scope="module")
def sectioned(tmp_path_factory: pytest.TempPathFactory) -> list[list[Glyph]]:
    return pages_of(tmp_path_factory.mktemp("sections"), sections(60))


def test_no_widows_and_orphans(sectioned: list[list[Glyph]]) -> None:
    assert len(sectioned) > 15
    assert lone_lines(sectioned) == []


def test_no_heading_at_the_foot_of_a_page(sectioned: list[list[Glyph]]) -> None:
    headings = 0
    for page in sectioned:
        body = [g for g in page if g.size > 10]
        headings += sum(g.size > 11 for g in body)
        last = min(body, key=lambda g: g.y)
        assert last.size < 11, glyphs.text([g for g in body if g.y == last.y])
    assert headings > 300


def test_headings_take_whole_lines(sectioned: list[list[Glyph]]) -> None:
    assert max(off_grid(sectioned)) < 0.5


def test_full_pages_end_at_the_same_height(tmp_path: Path) -> None:
    pages = pages_of(tmp_path, "# 第一章 起\n\n" + "\n\n".join([PARAGRAPH * 5] * 12))
    feet = [min(g.y for g in page if abs(g.size - TEXT) < 0.05) for page in pages[1:-1]]
    tops = [max(g.y for g in page if abs(g.size - TEXT) < 0.05) for page in pages[1:-1]]
    assert len(feet) > 4
    assert all(abs(a - b) < 0.5 for a, b in pairwise(tops))
    # a page may end a line early, so that no line of the next paragraph stands alone
    assert all(min(abs(a - b) % LINE, LINE - abs(a - b) % LINE) < 0.5 for a, b in pairwise(feet))
    assert max(feet) - min(feet) < 2 * LINE + 0.5
