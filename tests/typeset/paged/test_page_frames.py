"""Left and right pages are laid out to the same numbers, and stand on the paper where their margins say."""

from __future__ import annotations

import io
import re
import zlib
from pathlib import Path

import pytest

from dingben.typeset.options import LayoutOptions
from dingben.typeset.pdf.renumber import shift_right
from dingben.typeset.records import SCALE, PageRecord
from dingben.typeset.sections.layout import SectionLayout
from dingben.typeset.sections.split import Section

CSS = """
@page { size: 100px 80px; margin: 10px }
@page :left { margin-left: 30px } @page :right { margin-right: 30px }
body, p { margin: 0 } p { break-after: page; bookmark-level: 1; bookmark-label: content(text) }
"""
INNER, OUTER = 10, 30


def sides(folder: Path, css: str = "", inner: str = "") -> list[PageRecord]:
    """A right page, a left one, and so on: all the same, but for what is ``inner``."""
    html = (
        f"<html lang='zh-Hans'><body><section class='division' id='c'>{f'<p>文{inner}</p>' * 3}</section></body></html>"
    )
    return (
        SectionLayout(LayoutOptions(folder, (CSS + css,), 0.25, notes_by_page=False))
        .lay_out(Section("c", html, False, False))
        .pages
    )


def drawn(side: PageRecord) -> bytes:
    """A page's content stream."""
    (stream,) = (item.stream for item in side.items if item.stream is not None and b"/Subtype" not in item.head)
    return zlib.decompress(stream)


MOVED = re.compile(rb"0\.75 0 0 0\.75 (\S+) 0 cm")


def test_left_and_right_pages_differ_only_in_their_shift(tmp_path: Path) -> None:
    right, left, again = (drawn(side) for side in sides(tmp_path))
    assert right == again
    assert right != left
    assert MOVED.sub(b"", right) == MOVED.sub(b"", left)
    assert [float(MOVED.findall(page)[0]) for page in (right, left)] == [-7.5, 7.5]  # 20 px are between the margins


def test_links_and_destinations_are_shifted_with_the_page(tmp_path: Path) -> None:
    right, left, _ = sides(tmp_path, inner="<a id='t' href='#t'>链</a>")
    starts = [INNER * SCALE, OUTER * SCALE]
    rects = []
    for side in (right, left):
        (annotation,) = (
            shift_right(i.head, side.shift) for i in side.items if b"/Annot" in i.head and b"/Rect" in i.head
        )
        found = re.search(rb"/Rect \[(\S+)", annotation)
        assert found
        rects.append(float(found[1]))
    assert rects[1] - rects[0] == pytest.approx(starts[1] - starts[0])
    (place,) = (shift_right(place.encode(), right.shift) for name, place in right.destinations if name == "t")
    assert float(place.split(b"/XYZ ")[1].split()[0]) == pytest.approx(rects[0])
    marks = [side.bookmarks[0][2][0] * SCALE + side.shift for side in (right, left)]
    assert marks == pytest.approx(starts)


def test_figure_box_is_in_points(tmp_path: Path) -> None:
    picture = tmp_path / "source" / "p.png"
    picture.parent.mkdir()
    picture.write_bytes(png())
    image = "<img src='p.png' alt='图' style='display: block; width: 20px; height: 10px'>"
    for side, start in zip(sides(tmp_path, "p { line-height: 20px }", image), (INNER, OUTER), strict=False):
        (figure,) = (shift_right(item.head, side.shift) for item in side.items if b"/Figure" in item.head)
        found = re.search(rb"/BBox \[([^\]]*)\]", figure)
        assert found
        left, bottom, right, top = (float(number) / SCALE for number in found[1].split())
        assert (left, right) == pytest.approx((start, start + 20))
        assert (bottom, top) == pytest.approx((80 - 10 - 20 - 10, 80 - 10 - 20))


def png() -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.new("L", (20, 10)).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    "css",
    [
        "@page { background: #eee }",
        "@page { border-left: 1px solid; }",
        "@page { padding-right: 2px }",
        "@page { marks: crop; bleed: 3px }",
        "@page { width: 40px }",
        "@page { min-width: 70px }",
    ],
)
def test_page_with_a_background_is_not_shifted(tmp_path: Path, css: str) -> None:
    right, left, _ = (drawn(side) for side in sides(tmp_path, css))
    assert [float(MOVED.findall(page)[0]) for page in (right, left)] == [0, 0]


def test_text_is_between_the_margins(tmp_path: Path) -> None:
    for side, start in zip(sides(tmp_path), (INNER, OUTER), strict=False):
        content = drawn(side)
        text = re.search(rb"1 0 0 -1 (\S+) \S+ Tm", content)
        assert text
        assert float(MOVED.findall(content)[0]) + float(text[1]) * SCALE == pytest.approx(start * SCALE)
