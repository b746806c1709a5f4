"""ABBYY FineReader XML (schemas FineReader6 to FineReader10; https://support.abbyy.com): blocks, lines, characters."""

from __future__ import annotations

from lxml import etree

from dingben.scan.model import Box, Character, Page, Region, RegionKind, TextLine
from dingben.scan.xml_tree import box_of_edges, children, confidence, descendants, number

KINDS: dict[str, RegionKind] = {"Text": "text", "Table": "table", "Picture": "figure", "RasterPicture": "figure"}


def read(root: etree._Element) -> list[Page]:
    """Return the pages of a FineReader document."""
    return [_page(page) for page in descendants(root, "page")]


def _page(page: etree._Element) -> Page:
    regions = [
        Region(
            KINDS.get(block.get("blockType") or "Text", "text"),
            tuple(_line(line) for line in descendants(block, "line")),
            _box(block),
        )
        for block in children(page, "block")
    ]
    width, height = number(page.get("width")) or 0.0, number(page.get("height")) or 0.0
    return Page(tuple(regions), width, height)


def _line(line: etree._Element) -> TextLine:
    characters = []
    for node in descendants(line, "charParams"):
        text = node.text or " "
        sure = confidence(node.get("charConfidence"), 100.0)
        characters.append(Character(" " if text.isspace() else text, _box(node), sure))
    if not characters:
        characters = [Character(c) for node in descendants(line, "formatting") for c in (node.text or "")]
    return TextLine(tuple(characters), _box(line))


def _box(node: etree._Element) -> Box | None:
    return box_of_edges(*(number(node.get(key)) for key in ("l", "t", "r", "b")))
