"""Lines drawn in one go, and lines passed over, are those that WeasyPrint draws and looks through."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import weasyprint

from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.engine import box_traversal
from dingben.typeset.engine.patch import patches
from dingben.typeset.options import ALL_PATCHES, PatchKind

HAN = "海港的研究，向来以“档案”与方志为主，1842年以后尤甚；其说不一。"


def svg(content: str) -> str:
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 6 6" width="6" height="6">{content}</svg>'
    return f"data:image/svg+xml,{quote(whole)}"


DOT = svg('<circle cx="3" cy="3" r="1" fill-opacity=".5"/>')
LETTER = svg('<text y="5" font-size="5">A</text>')
SHADE = svg(
    '<linearGradient id="a"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>'
    '<rect width="6" height="6" fill="url(#a)"/>'
)

TEXTS = {
    "plain": f"<p>{HAN * 6}</p>",
    "inline": f"<p>{HAN}<b>{HAN}</b><i style='color: #a00'>{HAN}</i><a href='https://x.test/'>{HAN}</a>{HAN}</p>",
    "decorated": f"<p><u>{HAN}</u><s>{HAN}</s><span style='text-decoration: overline'>{HAN}</span></p>",
    "framed": f"<p>{HAN}<span style='border: 1pt solid red; background: #eee; padding: 2pt'>{HAN}</span>{HAN}</p>",
    "seen or not": f"<p>{HAN}<span style='visibility: hidden'>{HAN}</span><span style='opacity: .5'>{HAN}</span></p>",
    "above": f"<p style='position: relative'>{HAN}<span style='position: absolute; right: 0'>12</span></p>",
    "turned": f"<p style='transform: rotate(3deg)'>{HAN}</p><p dir='rtl'>שלום {HAN}</p>",
    "cut off": f"<p style='white-space: nowrap; overflow: hidden; text-overflow: ellipsis; width: 20em'>{HAN}</p>",
    "lists": f"<ul><li>{HAN}</li><li>{HAN * 2}</li></ul><ol style='list-style-position: inside'><li>{HAN}</li></ol>",
    "outlined": f"<p style='outline: 1pt solid'>{HAN}</p><p>{HAN}<b style='outline: 1pt dotted'>{HAN}</b></p>",
    "floating": f"<p><span style='float: left; width: 5em'>{HAN}</span>{HAN * 4}</p>",
    "in boxes": f"<p>{HAN}<span style='display: inline-block; width: 8em'>{HAN}</span>{HAN}</p>",
    "rows": f"<table><tr><td id='a'>{HAN}</td><td>{HAN}</td></tr></table><h2 id='b'>节</h2><p><a href='#a'>{HAN}</a></p>",
    "pictures": "".join(
        f"<p style='background: url({picture}) repeat-x'>{HAN * count}</p><img src='{picture}' style='width: {count}em' alt=''>"
        for count in (1, 1, 2, 1)
        for picture in (DOT, LETTER, SHADE)
    ),
    "notes": f"<p>{HAN}<span style='float: footnote'>{HAN}</span>{HAN}</p>",
}


def pdf(html: str, kinds: PatchKind = ALL_PATCHES) -> bytes:
    """A page of a small size, so that lines go on to others."""
    css = "@page { size: 9cm 6cm; margin: 1cm } p { margin: 0; text-align: justify }"
    options = LayoutOptions(Path("/nowhere"), (css,), patch_kinds=kinds)
    return typeset_page(f"<html lang='zh'><title>书</title><body>{html}<p>{HAN}</p>", options).pdf


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_drawn_lines_equal_weasyprint(text: str) -> None:
    assert pdf(text, ALL_PATCHES & ~PatchKind.SPEED) == pdf(text)


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_skipping_lines_misses_no_boxes(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    found = pdf(text)
    passed: list[Any] = []
    is_text = box_traversal.is_text

    def recorded(box: Any) -> bool:
        passed.extend([box] if is_text(box) else [])
        return is_text(box)

    monkeypatch.setattr(box_traversal, "is_text", recorded)
    with patches(layout=None):
        assert pdf(text) == found
    assert passed


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_descendants_are_in_the_same_order(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    expected = weasyprint.formatting_structure.boxes.Box.descendants
    compared: list[int] = []
    layout = weasyprint.layout.layout_document

    def looked_through(*arguments: Any) -> Any:
        for page in layout(*arguments):
            for placeholders in (False, True):
                actual, known = box_traversal.descendants(page, placeholders), expected(page, placeholders)
                assert [*map(id, actual)] == [*map(id, known)]
            compared.append(len([*expected(page)]))
            yield page

    monkeypatch.setattr(weasyprint.document, "layout_document", looked_through)
    pdf(text)
    assert max(compared) > 5


PAGED = (
    "<div style='page: a'><p>甲</p><div><p style='page: b'>乙</p></div></div>"
    "<div style='page: c'><p style='float: left; page: d'>丙</p><p>丁</p></div>"
    "<div><p style='position: absolute; page: e'>戊</p><p style='page: f'>己</p><p>庚</p></div>"
    "<p style='overflow: hidden'>辛</p><div style='display: flow-root'>壬</div><div style='columns: 2'>癸<p>子</p></div>"
)


@pytest.mark.parametrize("text", [*TEXTS.values(), PAGED], ids=[*TEXTS, "pages"])
def test_cached_box_predicates_equal_weasyprint(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    kinds = weasyprint.formatting_structure.boxes
    values, context = kinds.ParentBox.page_values, kinds.Box.establishes_formatting_context
    quick = box_traversal.patch_establishes_formatting_context(context)
    said: set[Any] = set()
    layout = weasyprint.layout.layout_document

    def looked_through(*arguments: Any) -> Any:
        for page in layout(*arguments):
            for box in page.descendants():
                if isinstance(box, kinds.ParentBox):
                    said.add(values(box))
                    assert box_traversal.page_values(box) == values(box)
                said.add(context(box))
                assert quick(box) is bool(context(box))
            yield page

    monkeypatch.setattr(weasyprint.document, "layout_document", looked_through)
    pdf(text)
    assert len(said) > (8 if text == PAGED else 1)
