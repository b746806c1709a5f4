"""A note that is too long for its page goes on at the foot of the next; nothing of it is lost or runs off the paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.builder.graph import build
from tests.support import glyphs
from tests.support.books import PARAGRAPH, small_book

FOOT = 85.0
"""Points from the lower edge above which all text of the default page stands, the folio left out."""


def pages(folder: Path, paragraphs: int) -> list[list[glyphs.Glyph]]:
    """The pages of a chapter with one note of many paragraphs' length and two short ones. The build proves the text."""
    note = "".join(f"注{i}，{PARAGRAPH}" for i in range(paragraphs))
    text = "\n\n".join(
        [
            "# 第一章 长注",
            *[PARAGRAPH * 3] * 4,
            f"正文[^1]。{PARAGRAPH}[^2]又[^3]",
            *[PARAGRAPH * 3] * 8,
            f"[^1]: {note}",
            f"    第二段。{PARAGRAPH}",
            "[^2]: 短注。",
            "[^3]: 末注。",
        ]
    )
    build(small_book(folder, text), ["pdf"])
    return glyphs.pages((folder / "build/haigang.pdf").read_bytes())


@pytest.mark.parametrize("paragraphs", [3, 12])
def test_long_note_continues_on_the_next_page(tmp_path: Path, paragraphs: int) -> None:
    texts, feet = [], []
    for page in pages(tmp_path, paragraphs):
        lines = glyphs.lines(page)
        texts.append("".join(map(glyphs.text, lines)))
        small = [line for line in lines if line[0].size < 9.5 and line[0].y < 600]
        feet.append("".join(map(glyphs.text, small)))
        assert all(line[0].y > FOOT for line in lines if len(line) > 3)
        ys = [line[0].y for line in lines if line[0].size > 10]
        assert not small or min(ys) > max(line[0].y for line in small if line[0].size == pytest.approx(9, abs=0.1))
    call = next(i for i, text in enumerate(texts) if "正文" in text)
    assert "注0" in feet[call]
    assert "第二段" not in feet[call]
    end = next(i for i, foot in enumerate(feet) if "第二段" in foot)
    assert end > call
    after = [i for i, foot in enumerate(feet) if "短注" in foot]
    assert after
    assert after[0] >= end


def test_short_note_moves_with_its_line(tmp_path: Path) -> None:
    filler = "\n\n".join([PARAGRAPH * 3] * 5)
    lines = "\n\n".join(f"行{i}[^{i}]" for i in range(20))
    notes = "\n\n".join(f"[^{i}]: 始{i}{PARAGRAPH}终{i}。" for i in range(20))
    build(small_book(tmp_path, f"# 章\n\n{filler}\n\n{lines}\n\n{notes}\n"), ["pdf"])
    for page in glyphs.pages((tmp_path / "build/haigang.pdf").read_bytes()):
        text = glyphs.text(page)
        for i in range(20):
            assert f"始{i}海" not in text or f"行{i}" in text
            assert (f"始{i}海" in text) == (f"终{i}。" in text)


def test_note_of_a_line_moved_for_another_note_is_kept(tmp_path: Path) -> None:
    # WeasyPrint reports the first note to make room for the line with the second call, and then forgets the second
    lengths = [122, 142, 106, 200, 60, 296, 152, 114, 200, 250, 206, 248]
    paragraphs = [f"{'海港' * (length // 2)}。" for length in lengths]
    paragraphs[3] = f"{paragraphs[3][:25]}[^1]{paragraphs[3][25:]}"
    paragraphs[-1] = f"{paragraphs[-1][:32]}[^2]{paragraphs[-1][32:]}"
    blocks = ["# 章", "- 海港\n" * 3, *paragraphs[:2], "## 节", *paragraphs[2:]]
    notes = [f"[^1]: {'甲乙' * 20}。", f"[^2]: {'丙丁' * 22}。"]
    book = small_book(tmp_path, "\n\n".join([*blocks, *notes]) + "\n")
    build(book, ["pdf"])  # which proves that all text is there


def test_a_note_of_many_pages_is_whole_before_the_next_division_begins(tmp_path: Path) -> None:
    build(small_book(tmp_path, f"# 章\n\n甲[^1]\n\n[^1]: {'注' * 3000}终\n"), ["pdf"])
    texts = [glyphs.text(page) for page in glyphs.pages((tmp_path / "build/haigang.pdf").read_bytes())]
    begin = next(i for i, text in enumerate(texts) if "甲" in text)
    end = next(i for i, text in enumerate(texts) if "终" in text)
    assert end >= begin + 3
    assert all("注" * 400 in text for text in texts[begin:end])
    assert "".join(texts[begin : end + 1]).count("注") == 3000
    assert all(str(folio) in text for folio, text in enumerate(texts[begin : end + 1], start=1))
