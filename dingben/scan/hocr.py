"""hOCR (https://kba.github.io/hocr-spec/1.2/): HTML whose ``class`` and ``title`` give lines, words and boxes."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree, html

from dingben.scan.model import Box, Character, Page, Region, RegionKind, TextLine
from dingben.scan.xml_tree import LayoutError, box_of_edges, confidence, number, spread

LINES: dict[str, RegionKind] = {
    "ocr_line": "text",
    "ocrx_line": "text",
    "ocr_header": "running-head",
    "ocr_footer": "running-head",
    "ocr_pageno": "folio",
    "ocr_caption": "caption",
    "ocr_textfloat": "text",
}
BLOCKS = ("ocr_carea", "ocrx_block", "ocr_par", "ocr_float")
FIGURES = ("ocr_photo", "ocr_image", "ocr_linedrawing")


def parse(content: bytes) -> etree._Element:
    """Parse an hOCR document, which may be HTML that is no XML. Raises LayoutError."""
    parser = html.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
    try:
        root = html.document_fromstring(content, parser=parser)
    except (etree.ParserError, ValueError) as error:
        raise LayoutError(f"the HTML is broken: {error}") from None
    return root


def read(root: etree._Element) -> list[Page]:
    """Return the pages of an hOCR document."""
    return [_page(node) for node in root.iter() if "ocr_page" in _classes(node)]


def _classes(node: etree._Element) -> list[str]:
    return (node.get("class") or "").split() if isinstance(node.tag, str) else []


def _properties(node: etree._Element) -> dict[str, list[str]]:
    """Return the properties in ``title``: ``bbox 0 0 9 9; x_wconf 96``."""
    parts = [part.split() for part in (node.get("title") or "").split(";")]
    return {part[0]: part[1:] for part in parts if part}


def _page(page: etree._Element) -> Page:
    properties = _properties(page)
    box = _box(properties.get("bbox"))
    regions: list[Region] = []
    before: tuple[etree._Element | None, RegionKind] | None = None
    for node in page.iter():
        classes = _classes(node)
        if any(each in FIGURES for each in classes):
            regions.append(Region("figure", (), _box(_properties(node).get("bbox"))))
            before = None
        kind = next((LINES[each] for each in classes if each in LINES), None)
        if kind is None:
            continue
        block = next((each for each in node.iterancestors() if set(_classes(each)) & set(BLOCKS)), None)
        if before == (block, kind):
            regions[-1] = replace(regions[-1], lines=(*regions[-1].lines, _line(node)))
        else:
            area = _box(_properties(block).get("bbox")) if block is not None else None
            regions.append(Region(kind, (_line(node),), area))
        before = (block, kind)
    image = " ".join(properties.get("image", [])).strip("\"'")
    label = " ".join(properties.get("lpageno", [])).strip("\"'")
    return Page(tuple(regions), box.right if box else 0.0, box.bottom if box else 0.0, image, label)


def _line(line: etree._Element) -> TextLine:
    characters: list[Character] = []
    words = [node for node in line.iter() if "ocrx_word" in _classes(node) or "ocr_word" in _classes(node)]
    for word in words:
        found = _word(word)
        characters += [Character(" "), *found] if characters and found else found
    box = _box(_properties(line).get("bbox"))
    if not words:
        characters = spread(" ".join(_text(line).split()), box, None)
    return TextLine(tuple(characters), box)


def _text(node: etree._Element) -> str:
    """Return all text inside an element."""
    return "".join(str(part) for part in node.itertext())


def _word(word: etree._Element) -> list[Character]:
    properties = _properties(word)
    glyphs = [node for node in word.iter() if "ocrx_cinfo" in _classes(node) and (node.text or "").strip()]
    text = "".join(_text(word).split())
    found: list[Character] = []
    for glyph in glyphs:
        own = _properties(glyph)
        sure = confidence((own.get("x_conf") or own.get("x_confs") or [None])[0], 100.0)  # type: ignore[list-item]
        found.append(Character((glyph.text or "").strip(), _box(own.get("x_bboxes") or own.get("bbox")), sure))
    if found and "".join(c.text for c in found) == text:
        return found
    sure = confidence((properties.get("x_wconf") or [None])[0], 100.0)  # type: ignore[list-item]
    return spread(text, _box(properties.get("bbox")), sure)


def _box(values: list[str] | None) -> Box | None:
    edges = [number(value) for value in (values or [])[:4]]
    return box_of_edges(*edges) if len(edges) == 4 else None
