"""The same page, in each page layout format."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from dingben.errors import SourceError
from dingben.scan.file_kinds import LayoutKind, layout_kind
from dingben.scan.model import Box
from dingben.scan.reader import read_pages
from tests.scan.samples import ALTO, FILES, PAGE_XML


@pytest.mark.parametrize("kind", FILES)
def test_each_format_gives_lines_with_their_boxes(kind: str) -> None:
    content = FILES[kind].encode()
    known = layout_kind(content)
    assert known == kind
    (page,), faults = read_pages(content, known, Path("p1.xml"))
    assert faults == []
    assert (page.width, page.height) == (400, 600)
    head, text = page.regions
    assert head.lines[0].text == "河上旧闻"
    assert head.kind == ("text" if kind == "abbyy" else "running-head")
    assert [line.text.replace(" ", "") for line in text.lines] == ["水自山中来", "过城而东。"]
    assert text.lines[1].box is not None
    assert text.lines[1].box.top == 110


@pytest.mark.parametrize("kind", ["alto", "page-xml"])
def test_glyphs_have_boxes_confidence_and_alternatives(kind: str) -> None:
    (page,), _ = read_pages(FILES[kind].encode(), cast(LayoutKind, kind), Path("p1.xml"))
    first = page.regions[1].lines[0].characters[0]
    assert first.text == "水"
    if kind == "alto":
        assert first == ("水", Box(60, 80, 80, 100), 0.8, ("木",))


def test_the_reading_order_comes_before_the_order_of_the_file() -> None:
    (page,), _ = read_pages(PAGE_XML.encode(), "page-xml", Path("p1.xml"))
    assert [region.kind for region in page.regions] == ["running-head", "text"]


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("alto", ALTO[:900], "the XML is broken"),
        ("alto", '<!DOCTYPE alto [<!ENTITY e "x">]><alto>&e;</alto>', "entities"),
        ("page-xml", PAGE_XML.replace('regionRef="r2"', 'regionRef="r1"'), "names region r1 twice"),
        ("alto", "<alto><Layout><Page/></Layout></alto>", "no line with characters"),
        ("pdf", "%PDF-1.7 and no more", "can't be opened"),
    ],
)
def test_what_can_not_be_read_is_an_error_with_its_file(kind: str, content: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as error:
        read_pages(content.encode(), cast(LayoutKind, kind), Path("p1.xml"))
    location = error.value.diagnostics[0].location
    assert location is not None
    assert location.file == Path("p1.xml")


def test_lines_outside_of_the_page_are_a_fault() -> None:
    _, faults = read_pages(ALTO.replace('HEIGHT="600"', 'HEIGHT="105"').encode(), "alto", Path("p1.xml"))
    assert faults == [(0, "1 of 3 lines stand outside of the page")]
