"""Paragraphs on the page: full lines end at the edge, glyphs stand where they should, and the text is the same."""

from __future__ import annotations

import io
import re
from itertools import chain, pairwise
from pathlib import Path

import pikepdf
import pytest

from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.inline import char_classes as ch
from tests.support import glyphs
from tests.support.books import PARAGRAPH

MEASURE = 20
SIZE = 10.0
MARGIN = 30.0
CSS = f"""
@page {{ size: {2 * MARGIN + MEASURE * SIZE + 0.1}pt 400pt; margin: {MARGIN}pt }}
html {{ font: {SIZE}pt/18pt "Noto Serif CJK SC"; -weasy-lang: "zh-Hans" }}
body, p {{ margin: 0; text-align: start }}
"""
EDGE = MARGIN + MEASURE * SIZE + 0.1
MIXED = "这是Venice与Amsterdam两座city的故事，" * 6
MARKS = "他说：“《海港》（一九八〇年）……”；又说，‘城市’——“港口”。" * 5


def set_lines(folder: Path, html: str, css: str = CSS) -> list[list[glyphs.Glyph]]:
    """The lines of the first page of a document."""
    pdf = typeset_page(f"<html lang=zh-Hans><body>{html}", LayoutOptions(folder, (css,))).pdf
    return glyphs.lines(glyphs.pages(pdf)[0])


def end(line: list[glyphs.Glyph]) -> float:
    """Where a line that ends with a Han character or a full-width mark ends."""
    last = line[-1]
    return last.x + last.size


@pytest.mark.parametrize("text", [PARAGRAPH, PARAGRAPH * 2, "海港，城市；" * 30, MARKS, MIXED])
def test_full_lines_end_at_the_edge(tmp_path: Path, text: str) -> None:
    lines = set_lines(tmp_path, f"<p>{text}</p>")
    assert len(lines) > 3
    for line in lines[:-1]:
        char = line[-1].char
        if char in ch.CLOSING_MARKS + ch.POINTS:  # its empty half may hang over the edge
            assert EDGE - 0.3 <= end(line) <= EDGE + SIZE / 2 + 0.3
        elif ord(char) > 0x2E80:
            assert end(line) == pytest.approx(EDGE, abs=0.3)
        assert line[0].x == pytest.approx(MARGIN, abs=SIZE / 2 + 0.1 if line[0].char in ch.OPENING_MARKS else 0.1)
        assert line[0].char not in ch.CLOSING_MARKS + ch.POINTS + "…·"
        assert char not in ch.OPENING_MARKS
    assert "".join(map(glyphs.text, lines)) == text.replace(" ", "")


def test_full_lines_have_no_wide_gaps(tmp_path: Path) -> None:
    for line in set_lines(tmp_path, f"<p>{PARAGRAPH}{MIXED}{MARKS}</p>")[:-1]:
        for before, after in pairwise(line):
            if ord(before.char) > 0x2E80 < ord(after.char):
                assert after.x - before.x < 1.35 * SIZE


def test_markup_does_not_move_glyphs(tmp_path: Path) -> None:
    plain = set_lines(tmp_path, f"<p>{PARAGRAPH}</p>")
    marked = set_lines(
        tmp_path,
        f"<p>{PARAGRAPH[:3]}<a href='#x'>{PARAGRAPH[3:12]}<i id=x></i>{PARAGRAPH[12:18]}</a>{PARAGRAPH[18:]}</p>",
    )
    assert [glyphs.text(line) for line in marked] == [glyphs.text(line) for line in plain]
    for one, other in zip(chain(*plain), chain(*marked), strict=True):
        assert other.x == pytest.approx(one.x, abs=0.05)


def test_out_of_flow_boxes_do_not_change_the_line(tmp_path: Path) -> None:
    """The folio of an entry of the contents; without a place of its own, where it comes in the text or below it."""
    plain = set_lines(tmp_path, f"<p>{MIXED}</p>")

    def with_star(at: int, style: str) -> glyphs.Glyph:
        star = f"<span style='position: absolute; text-indent: 0; {style}'>※</span>"
        lines = set_lines(tmp_path, f"<p style='position: relative'>{MIXED[:at]}{star}{MIXED[at:]}</p>")
        (found,) = (glyph for line in lines for glyph in line if glyph.char == "※")
        others = [[glyph for glyph in line if glyph.char != "※"] for line in lines]
        for one, other in zip(chain(*plain), chain(*filter(None, others)), strict=True):
            assert other.char == one.char
            assert other.x == pytest.approx(one.x, abs=0.05)
        return found

    corner = with_star(len(MIXED), "right: 0; bottom: 0")
    assert corner.x == pytest.approx(EDGE - SIZE, abs=0.1)
    assert corner.y == pytest.approx(plain[-1][0].y, abs=0.1)
    inside = with_star(1, "")
    assert inside.x == pytest.approx(plain[0][1].x, abs=0.1)
    assert inside.y == pytest.approx(plain[0][0].y, abs=0.1)
    below = with_star(1, "display: block")
    assert below.x == pytest.approx(MARGIN, abs=0.1)
    assert below.y == pytest.approx(plain[1][0].y, abs=0.1)


def test_out_of_flow_box_of_a_moved_line_is_drawn_once(tmp_path: Path) -> None:
    star = "<span style='position: absolute; right: 0'>※</span>"
    html = f"<html lang=zh-Hans><body><p>{PARAGRAPH * 12}{star}</p>{f'<p>甲{star}</p>' * 3}"
    pages = glyphs.pages(typeset_page(html, LayoutOptions(tmp_path, (CSS,))).pdf)
    assert [sum(glyph.char == "※" for glyph in page) for page in pages] == [0, 0, 0, 4]


def test_gap_between_han_and_words(tmp_path: Path) -> None:
    (line,) = set_lines(tmp_path, "<p>海港2019年</p>")
    at = {g.char: g.x for g in line}
    assert at["2"] - at["港"] == pytest.approx(1.25 * SIZE, abs=0.05)
    own = CSS + "p { text-align: left }"
    (line,) = set_lines(tmp_path, "<p>2019年</p>", own)
    assert line[0].x == pytest.approx(MARGIN, abs=0.05)


@pytest.mark.parametrize(
    ("text", "ems"),
    [
        ("海。”港", [1, 0.5, 1]),
        ("海（《港", [1, 0.5, 1]),
        ("海》、港", [1, 0.5, 1]),
        ("海·港", [1, 0.5]),
        ("海——港", [1, 2]),
    ],
)
def test_width_of_adjacent_marks(tmp_path: Path, text: str, ems: list[float]) -> None:
    (line,) = set_lines(tmp_path, f"<p>{text}</p>")
    han = [g for g in line if g.char in "海港"]
    assert han[1].x - han[0].x == pytest.approx(sum(ems) * SIZE, abs=0.1)
    assert glyphs.text(line).replace("——", "—") == text.replace("——", "—")


def origins(folder: Path, text: str, lang: str) -> list[tuple[str, float]]:
    """Characters of one line with the places of their glyphs."""
    pdf = typeset_page(f"<html lang={lang}><body><p>{text}", LayoutOptions(folder, (CSS,))).pdf
    return [(g.char, g.x) for g in glyphs.pages(pdf)[0]]


def test_width_of_the_interpunct(tmp_path: Path) -> None:
    made = origins(tmp_path, "種作，「男", "zh-Hant")
    plain = origins(tmp_path, "種作，男", "zh-Hant")
    assert made[2][1] - made[1][1] == pytest.approx(plain[2][1] - plain[1][1] - SIZE / 4, abs=0.1)
    assert made[4][1] - made[1][1] == pytest.approx(2.5 * SIZE, abs=0.1)


def test_mark_in_its_own_element_has_the_glyph_of_the_language(tmp_path: Path) -> None:
    plain = typeset_page("<html lang=zh-Hant><body><p>漢，魏", LayoutOptions(tmp_path, (CSS,))).pdf
    html = "<html lang=zh-Hant><body><p><b style='font-weight: 400'>漢</b>，<i>魏</i>"
    marked = typeset_page(html, LayoutOptions(tmp_path, (CSS,))).pdf
    assert drawn(marked) == drawn(plain)


def drawn(pdf: bytes) -> set[bytes]:
    """The numbers of the glyphs that a page shows."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content = b"".join(s.read_bytes() for s in [document.pages[0].Contents])
    return {code for shown in re.findall(rb"<([0-9a-f]+)>", content) for code in re.findall(rb"....", shown)}


def test_ragged_centred_and_right_aligned_lines(tmp_path: Path) -> None:
    ragged = set_lines(tmp_path, f"<p>{MIXED}</p>", CSS.replace("text-align: start", "text-align: left"))
    assert any(end(line) < EDGE - 1 for line in ragged[:-1])
    (centred,) = set_lines(tmp_path, "<p style='text-align: center'>海港</p>")
    assert centred[0].x == pytest.approx((MARGIN + EDGE) / 2 - SIZE, abs=0.1)
    (right,) = set_lines(tmp_path, "<p style='text-align: right'>海港</p>")
    assert end(right) == pytest.approx(EDGE, abs=0.1)


def test_forced_line_break_is_not_justified(tmp_path: Path) -> None:
    first, second = set_lines(tmp_path, "<p>海港城市<br>海港</p>")
    assert [end(first), end(second)] == pytest.approx([MARGIN + 4 * SIZE, MARGIN + 2 * SIZE], abs=0.1)


def test_line_grid_with_mixed_fonts(tmp_path: Path) -> None:
    html = f"<p>{PARAGRAPH[:60]}<b>粗体bold</b><code style='font-family: monospace'>code</code>①②{PARAGRAPH[60:]}</p>"
    heights = [line[0].y for line in set_lines(tmp_path, html)]
    steps = {round(a - b, 2) for a, b in pairwise(heights)}
    assert steps == {18.0}


def test_apostrophe_is_not_a_chinese_mark(tmp_path: Path) -> None:
    (line,) = set_lines(tmp_path, "<p>见user’s</p>")
    at = [g.x for g in line]
    assert at[-1] - at[-2] < 0.4 * SIZE


def test_english_is_hyphenated_with_soft_hyphens(tmp_path: Path) -> None:
    css = CSS + "p { hyphens: auto; font-feature-settings: 'pwid' }"
    text = (
        "Internationalization considerations notwithstanding, the typographical characteristics remain unchanged. " * 3
    )
    lines = set_lines(tmp_path, f"<p lang=en>{text}</p>", css)
    whole = "".join(map(glyphs.text, lines))
    assert any(line[-1].char in "\u00ad\u0002-" for line in lines)
    assert "".join(c for c in whole if c.isalpha()) == "".join(c for c in text if c.isalpha())


def test_cell_width_is_that_of_its_content(tmp_path: Path) -> None:
    html = "<table><tr><td>海港A港，“城”<td>B</table>"
    assert len(set_lines(tmp_path, html)) == 1


@pytest.mark.parametrize("text", ["海" * 3000, "a" * 5000, "，" * 300, "（" * 100 + "）" * 100, "——" * 200])
def test_long_runs_of_one_character(tmp_path: Path, text: str) -> None:
    made = typeset_page(f"<html lang=zh-Hans><body><p>{text}</p>", LayoutOptions(tmp_path, (CSS,))).pdf
    assert "".join(g.char for page in glyphs.pages(made) for g in page) == text


def test_characters_with_one_glyph_are_copied(tmp_path: Path) -> None:
    text = "一\u2f00人\u2f08"  # the radicals look like the words, and the font draws both with one glyph
    (line,) = set_lines(tmp_path, f"<p>{text}</p>")
    assert glyphs.text(line) == text


def test_rare_characters_are_reported_with_their_font(tmp_path: Path) -> None:
    made = typeset_page("<html lang=zh-Hans><body><p>海\U00020bb7港</p>", LayoutOptions(tmp_path, (CSS,)))
    (finding,) = [str(problem) for problem in made.warnings if "rare" in str(problem)]
    assert "\U00020bb7 (U+20BB7) is drawn with Noto Serif CJK SC" in finding


def test_marks_of_chinese_stay_in_the_han_face_behind_a_western_one(tmp_path: Path) -> None:
    css = CSS.replace('"Noto Serif CJK SC"', '"DejaVu Serif", "Noto Serif CJK SC"')
    for lang, wide in (("zh-Hans", True), ("en", False)):
        own = css.replace('-weasy-lang: "zh-Hans"', f'-weasy-lang: "{lang}"')
        pdf = typeset_page(f"<html lang={lang}><body><p>说“Tom’s”", LayoutOptions(tmp_path, (own,))).pdf
        at = {g.char: g.x for g in glyphs.pages(pdf)[0]}
        assert (at["T"] - at["“"] > 0.9 * SIZE) is wide
        assert at["s"] - at["’"] < 0.5 * SIZE


def test_width_of_the_interpunct_is_an_option(tmp_path: Path) -> None:
    html = "<html lang=zh-Hans><body><p>海·港"
    for ems in (0.5, 1.0):
        pdf = typeset_page(html, LayoutOptions(tmp_path, (CSS,), interpunct=ems)).pdf
        first, _, last = glyphs.pages(pdf)[0]
        assert last.x - first.x == pytest.approx((1 + ems) * SIZE, abs=0.1)
