"""Running heads and folios stand where WeasyPrint's own function puts them."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pydyf
import pytest
from weasyprint.document import Page
from weasyprint.draw import draw_stacking_context
from weasyprint.layout.background import layout_box_backgrounds
from weasyprint.layout.page import make_margin_boxes
from weasyprint.stacking import StackingContext

from dingben.typeset.errors import NotSplittableError
from dingben.typeset.options import LayoutOptions
from dingben.typeset.pdf.pages import empty_resources
from dingben.typeset.pdf.running_heads import EDGES, RunningHeadLayout
from dingben.typeset.records import RunningHeadInputs
from dingben.typeset.sections.layout import SectionLayout
from dingben.typeset.sections.split import Section

PAGE = "@page { size: 400pt 600pt; margin: 60pt 50pt 70pt 40pt; %s } body { font: 10pt serif }"
KIND = ["right", False, "", 0, [], [0], {"pages": [0]}, [[]]]
STRINGS = {"title": ["题甲", "题乙"]}
EVERYWHERE = " ".join(
    f"{keyword} {{ content: '{number}' string(title, last) counter(page); border: {number}pt solid #f00; padding: 1pt }}"
    for number, keyword in enumerate(keyword for edge in EDGES for keyword in edge)
)


def weasyprint_margin_boxes(self: RunningHeadLayout, page: Any, state: Any) -> bytes:
    """All that WeasyPrint draws in the margins of a page."""
    depth, counters, scopes, groups = state
    own = ([*depth], {name: [*values] for name, values in counters.items()}, [*map(set, scopes)], groups)
    made = list(make_margin_boxes(self.context, page, own))
    page.children = tuple(made)
    for box in made:
        layout_box_backgrounds(page, box, self.context.get_image_from_uri)
    stream = self.writer.stream(Page(page), empty_resources("0 0 R"), {}, None, None)
    with self.writer.collect_glyphs(), stream.stacked():
        stream.transform(a=0.75, d=0.75)
        for box in made:
            draw_stacking_context(stream, StackingContext.from_box(box, page))
    return b"\n".join(map(pydyf._to_bytes, stream.stream))


def both(
    folder: Path, css: str, monkeypatch: pytest.MonkeyPatch, inputs: list[RunningHeadInputs]
) -> tuple[list[bytes], list[bytes]]:
    """What dingben and what WeasyPrint draws in the margins of some pages."""
    layout = SectionLayout(LayoutOptions(folder, (PAGE % css,), 0.25, notes_by_page=False))
    section = Section("", "<html lang='zh-Hans'><head><title>一</title></head>", before=False, after=False)
    actual = [
        zlib.decompress(head.stream) if head.stream else b"" for head in layout.running_heads(section, inputs).pages
    ]
    expected: list[bytes] = []
    running_head = RunningHeadLayout.running_head

    def watched(self: RunningHeadLayout, page: Any, state: Any) -> Any:
        expected.append(weasyprint_margin_boxes(self, page, state))
        return running_head(self, page, state)

    monkeypatch.setattr(RunningHeadLayout, "running_head", watched)
    layout.running_heads(section, inputs)
    return actual, expected


def artifact(drawn: bytes) -> bytes:
    return b"/Artifact <</Type /Pagination>> BDC\n" + drawn + b"\nEMC"


@pytest.mark.parametrize(
    "css",
    [
        EVERYWHERE,
        "@top-left { content: '左'; width: 100pt; margin: auto } @top-right { content: string(title) }",
        "@bottom-center { content: counter(page, upper-roman); vertical-align: bottom; background: #eee }",
        "@left-middle { content: '中' counter(sheet); height: 30%; counter-increment: sheet 7 }",
        "@right-bottom { content: '甲乙丙丁戊己庚辛'; max-height: 20pt } @right-top { content: '甲\\a 乙'; white-space: pre }",
        "@top-right-corner { content: '角'; margin-left: auto; width: 50% } @top-center { content: none }",
        "@top-left { content: open-quote '甲' close-quote; color: rgba(0, 0, 255, .5) }",
    ],
)
def test_running_heads_equal_weasyprint(tmp_path: Path, css: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [RunningHeadInputs(KIND, STRINGS if number < 2 else {}, 7 + number) for number in range(4)]
    actual, expected = both(tmp_path, css, monkeypatch, inputs)
    assert actual == [artifact(drawn) for drawn in expected]


def test_equal_running_heads_are_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = RunningHeadLayout.draw

    def watched(self: RunningHeadLayout, page: Any, state: Any, keywords: Any, styles: Any) -> Any:
        drawn.append(keywords[0])
        return draw(self, page, state, keywords, styles)

    monkeypatch.setattr(RunningHeadLayout, "draw", watched)
    css = "@top-left { content: string(title) } @bottom-left { content: counter(page) }"
    inputs = [RunningHeadInputs(KIND, STRINGS if number in (0, 3) else {}, 1 + number) for number in range(5)]
    actual, expected = both(tmp_path, css, monkeypatch, inputs)
    assert actual == [artifact(page) for page in expected]
    once = drawn[: len(drawn) // 2]  # of two times
    assert [once.count(edge) for edge in ("@top-left", "@bottom-left")] == [2, 5]


def test_empty_running_heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = [RunningHeadInputs(KIND, {}, 1)]
    actual, _ = both(tmp_path, "@top-left { content: none }", monkeypatch, inputs)
    assert actual == [b""]


def test_pictures_in_margin_boxes_prevent_splitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    css = "@top-left { content: 'a'; background: linear-gradient(red, blue) }"
    with pytest.raises(NotSplittableError, match="margin boxes"):
        both(tmp_path, css, monkeypatch, [RunningHeadInputs(KIND, {}, 1)])
