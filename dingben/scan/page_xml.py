"""PAGE XML 2013 to 2019 (https://github.com/PRImA-Research-Lab/PAGE-XML): regions with lines, words and glyphs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from dingben.scan.model import Box, Character, Page, Region, RegionKind, TextLine
from dingben.scan.xml_tree import (
    LayoutError,
    box_of_points,
    children,
    confidence,
    descendants,
    name_of,
    number,
    spread,
)

KINDS: dict[str, RegionKind] = {
    "heading": "heading",
    "header": "running-head",
    "page-number": "folio",
    "footnote": "footnote",
    "footnote-continued": "footnote",
    "endnote": "footnote",
    "caption": "caption",
    "marginalia": "marginal",
}
"""Kind by ``type`` of a TextRegion; a footer may be a folio or a running foot."""

OTHER: dict[str, RegionKind] = {
    "ImageRegion": "figure",
    "GraphicRegion": "figure",
    "LineDrawingRegion": "figure",
    "ChartRegion": "figure",
    "MapRegion": "figure",
    "TableRegion": "table",
    "MathsRegion": "formula",
    "ChemRegion": "formula",
    "MusicRegion": "figure",
}
CUSTOM_TYPE = re.compile(r"structure\s*\{[^}]*type:\s*(?P<type>[\w-]+)")
"""Transkribus writes the type of a region or line into ``custom``."""

VERTICAL = frozenset({"top-to-bottom", "bottom-to-top"})


def read(root: etree._Element) -> list[Page]:
    """Return the pages of a PAGE document. Raises LayoutError where the reading order is circular."""
    return [_page(page) for page in descendants(root, "Page")]


def _page(page: etree._Element) -> Page:
    nodes = [node for node in page if name_of(node).endswith("Region")]
    order = _reading_order(page)
    if order:
        places = {reference: n for n, reference in enumerate(order)}
        nodes.sort(key=lambda node: places.get(node.get("id") or "", len(places)))
    regions = tuple(region for node in nodes for region in _regions(node))
    return Page(
        regions,
        number(page.get("imageWidth")) or 0.0,
        number(page.get("imageHeight")) or 0.0,
        page.get("imageFilename") or "",
    )


def _reading_order(page: etree._Element) -> list[str]:
    """Return the identifiers of the regions in reading order; ordered groups by index, others as they stand."""
    found: list[str] = []
    seen: set[str] = set()

    def visit(group: etree._Element) -> None:
        members = [node for node in group if isinstance(node.tag, str)]
        members.sort(key=lambda node: number(node.get("index")) or 0.0)
        for node in members:
            reference = node.get("regionRef") or ""
            if reference in seen:
                line = node.sourceline
                message = f"the reading order names region {reference} twice"
                raise LayoutError(message, line if isinstance(line, int) else 0)
            if reference:
                seen.add(reference)
                found.append(reference)
            visit(node)

    for order in children(page, "ReadingOrder"):
        visit(order)
    return found


def _regions(node: etree._Element) -> Iterator[Region]:
    """Yield a region, and then those inside it (the cells of a table)."""
    name = name_of(node)
    custom = CUSTOM_TYPE.search(node.get("custom") or "")
    named = (custom["type"] if custom else node.get("type")) or ""
    kind: RegionKind = KINDS.get(named, "text") if name == "TextRegion" else OTHER.get(name, "text")
    direction = node.get("readingDirection") or ""
    lines = tuple(_line(line, direction in VERTICAL) for line in children(node, "TextLine"))
    if not lines and (content := _content(node)):
        lines = tuple(TextLine(tuple(Character(c) for c in part)) for part in content[0].splitlines())
    yield Region(kind, lines, _box(node))
    for inner in node:
        if name_of(inner).endswith("Region"):
            for region in _regions(inner):
                yield Region(kind, region.lines, region.box) if kind == "table" else region


def _line(line: etree._Element, vertical: bool) -> TextLine:
    box = _box(line)
    content = _content(line)
    words = [_word(word, vertical) for word in children(line, "Word")]
    joined: list[Character] = []
    for word in words:
        joined += [Character(" "), *word] if joined and word else word
    if content is None:
        return TextLine(tuple(joined), box)
    text, sure = content[0].replace("\n", " "), content[1]
    for found in (joined, [c for word in words for c in word]):
        if found and "".join(c.text for c in found) == text:
            return TextLine(tuple(found), box)
    tall = box is not None and box.height > 2 * box.width and len(text) > 1
    return TextLine(tuple(spread(text, box, sure, vertical or tall)), box)


def _word(word: etree._Element, vertical: bool) -> list[Character]:
    content = _content(word)
    glyphs: list[Character] = []
    for glyph in children(word, "Glyph"):
        readings = sorted(children(glyph, "TextEquiv"), key=lambda node: number(node.get("index")) or 0.0)
        texts = [text for reading in readings if (text := _unicode(reading))]
        if texts:
            glyphs.append(Character(texts[0], _box(glyph), confidence(readings[0].get("conf")), tuple(texts[1:])))
    text = content[0] if content else "".join(glyph.text for glyph in glyphs)
    if glyphs and "".join(glyph.text for glyph in glyphs) == text:
        return glyphs
    return spread(text, _box(word), content[1] if content else None, vertical)


def _content(node: etree._Element) -> tuple[str, float | None] | None:
    """Return text and confidence of the best reading of an element; None if it has none."""
    readings = sorted(children(node, "TextEquiv"), key=lambda each: number(each.get("index")) or 0.0)
    return (_unicode(readings[0]), confidence(readings[0].get("conf"))) if readings else None


def _unicode(reading: etree._Element) -> str:
    return next((node.text or "" for node in children(reading, "Unicode")), "")


def _box(node: etree._Element) -> Box | None:
    """Return the box of an element: by points (2013 on), or by Point elements (2010)."""
    coordinates = next(children(node, "Coords"), None)
    if coordinates is None:
        return None
    points = coordinates.get("points")
    if points is None:
        points = " ".join(f"{p.get('x')},{p.get('y')}" for p in children(coordinates, "Point"))
    return box_of_points(points)
