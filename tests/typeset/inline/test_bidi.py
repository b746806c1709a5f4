"""Arabic and Hebrew: characters stand from right to left, line by line, and are copied in the order of the text."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from dingben.document.plain import normalize
from dingben.formats.pdf.read_text import text_of_pdf
from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.inline.bidi import Isolate, Slot, left_edges, levels, visual_order
from tests.support import glyphs

CSS = """
@page { size: 240pt 400pt; margin: 30pt }
html { font: 10pt/18pt "Noto Serif CJK SC", "DejaVu Sans"; -weasy-lang: "zh-Hans" }
body, p { margin: 0; text-align: justify }
"""
HEBREW = "שלום עולם גדול "
POINTED = "שָׁלוֹם "
ARABIC = "مرحبا بالعالم السلام "


def test_bidi_levels() -> None:
    assert levels("海港 abc", right_to_left=False) is None
    assert levels("甲אב 12乙", right_to_left=False) == [0, 1, 1, 1, 2, 2, 0]
    assert levels("אב ab", right_to_left=True) == [1, 1, 1, 2, 2]
    assert levels("a(12)b", right_to_left=False, isolates=[Isolate(1, 5, right_to_left=True)]) == [0, 1, 2, 2, 1, 0]


def test_bidi_reordering() -> None:
    row = [Slot(level, 1.0, i) for i, level in enumerate([0, 1, 1, 2, 2, 1, 0])]
    assert [slot.index for slot in visual_order(row)] == [0, 5, 3, 4, 2, 1, 6]


def test_bidi_space_after_a_word() -> None:
    edges = left_edges([0, 1, 1, 0], [10.0, 5.0, 5.0, 10.0], [0.0] * 4, [2.0, 0.0, 3.0, 0.0], 0)
    assert edges == [0.0, 17.0, 12.0, 25.0]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>海港{HEBREW}城市</p>",
        f"<p>{ARABIC * 8}</p>",
        f"<p>港{POINTED * 4}（{ARABIC}）2019年</p>",
        f"<p>{HEBREW}<b>{HEBREW}</b>{HEBREW}<i>{ARABIC}城</i></p>",
        f"<p dir=rtl style='direction: rtl'>{HEBREW * 4}海港 (12) {ARABIC}</p>",
        f"<p>甲<span style='direction: rtl; padding: 2pt'>{ARABIC} abc</span>乙</p>",
        f"<p><u>{HEBREW * 5}</u></p>",
    ],
)
def test_copied_text_is_in_logical_order(tmp_path: Path, html: str) -> None:
    made = typeset_page(f"<html lang=zh-Hans><title>t</title><body>{html}", LayoutOptions(tmp_path, (CSS,)))
    found = normalize("".join(segment.text for segment in text_of_pdf(made.pdf).body))
    plain = html
    while "<" in plain:
        plain = plain[: plain.index("<")] + plain[plain.index(">") + 1 :]
    assert found == normalize(plain)


def test_right_to_left_glyph_positions(tmp_path: Path) -> None:
    html = f"<html lang=zh-Hans><body><p>{HEBREW * 2}<b>{HEBREW * 4}</b>{HEBREW * 3}</p>"
    lines = glyphs.lines(glyphs.pages(typeset_page(html, LayoutOptions(tmp_path, (CSS,))).pdf)[0])
    assert len(lines) > 2
    assert all(before.x < after.x for line in lines for before, after in pairwise(sorted(line, key=lambda g: g.x)))
    read = "".join("".join(g.char for g in sorted(line, key=lambda g: -g.x)) for line in lines)
    assert read == normalize(HEBREW * 9)


def test_combining_marks_are_positioned(tmp_path: Path) -> None:
    import io

    import pikepdf

    pdf = typeset_page(
        "<html lang=vi><body><p style='font-family: DejaVu Sans'>q̣́</p>", LayoutOptions(tmp_path, (CSS,))
    ).pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert b" Ts" in document.pages[0].Contents.read_bytes()
