"""ALTO 2 to 4 (https://www.loc.gov/standards/alto/): pages with lines of strings, perhaps with glyphs."""

from __future__ import annotations

from lxml import etree

from dingben.scan.model import Box, Character, Page, Region, RegionKind, TextLine
from dingben.scan.xml_tree import (
    box_of_edges,
    children,
    confidence,
    descendants,
    name_of,
    number,
    spread,
)

MARGINS: dict[str, RegionKind] = {"TopMargin": "running-head", "BottomMargin": "text", "PrintSpace": "text"}
"""Kind of the regions in a part of the page. What stands in the bottom margin may be a folio or a foot note."""

KINDS: dict[str, RegionKind] = {
    "header": "running-head",
    "running-title": "running-head",
    "runningtitle": "running-head",
    "page-number": "folio",
    "pagenumber": "folio",
    "folio": "folio",
    "footnote": "footnote",
    "footnotes": "footnote",
    "heading": "heading",
    "title": "heading",
    "caption": "caption",
    "marginalia": "marginal",
    "margin": "marginal",
    "table": "table",
}
"""Kind of a region by the label of its tag (ALTO 2.1 on: TAGREFS and TYPE)."""


def read(root: etree._Element) -> list[Page]:
    """Return the pages of an ALTO document."""
    labels = {
        tag.get("ID", ""): (tag.get("LABEL") or tag.get("TYPE") or "").lower()
        for tags in descendants(root, "Tags")
        for tag in tags
        if isinstance(tag.tag, str)
    }
    image = next((node.text or "" for node in descendants(root, "fileName")), "").strip()
    return [_page(page, labels, image) for page in descendants(root, "Page")]


def _page(page: etree._Element, labels: dict[str, str], image: str) -> Page:
    regions: list[Region] = []
    for part in children(page, "TopMargin", "PrintSpace", "LeftMargin", "RightMargin", "BottomMargin"):
        for block in descendants(part, "TextBlock"):
            kind = _kind(block, labels) or MARGINS.get(name_of(part), "marginal")
            lines = tuple(_line(line) for line in children(block, "TextLine"))
            regions.append(Region(kind, lines, _box(block)))
        regions += [
            Region("figure", (), _box(picture)) for picture in descendants(part, "Illustration", "GraphicalElement")
        ]
    return Page(
        tuple(_with_figures_in_place(regions)),
        number(page.get("WIDTH")) or 0.0,
        number(page.get("HEIGHT")) or 0.0,
        image,
        page.get("PRINTED_IMG_NR") or "",
    )


def _with_figures_in_place(regions: list[Region]) -> list[Region]:
    """Move figures, which were gathered behind the text of their part, before the first region that is below them."""
    text = [region for region in regions if region.kind != "figure"]
    for figure in (region for region in regions if region.kind == "figure"):
        box = figure.box
        at = next((n for n, r in enumerate(text) if box and r.box and r.box.top >= box.bottom), len(text))
        text.insert(at, figure)
    return text


def _kind(block: etree._Element, labels: dict[str, str]) -> RegionKind | None:
    named = [labels.get(reference, "") for reference in (block.get("TAGREFS") or "").split()]
    named.append((block.get("TYPE") or block.get("type") or "").lower())
    return next((KINDS[name] for name in named if name in KINDS), None)


def _line(line: etree._Element) -> TextLine:
    characters: list[Character] = []
    blank = False
    for part in line:
        kind = name_of(part)
        if kind == "SP":
            blank = True
        if kind != "String":
            continue
        if blank and characters:
            characters.append(Character(" "))
        blank = False
        characters += _string(part)
    hyphen = next(children(line, "HYP"), None)
    if hyphen is not None:
        characters += spread(hyphen.get("CONTENT") or "-", _box(hyphen), None)
    return TextLine(tuple(characters), _box(line))


def _string(string: etree._Element) -> list[Character]:
    """Return the characters of a string: of its glyphs if they say the same, else with equal shares of its box."""
    content = string.get("CONTENT") or ""
    glyphs = [
        Character(
            glyph.get("CONTENT") or "",
            _box(glyph),
            confidence(glyph.get("GC")),
            tuple((each.get("CONTENT") or each.text or "").strip() for each in children(glyph, "Variant")),
        )
        for glyph in children(string, "Glyph")
    ]
    if glyphs and "".join(glyph.text for glyph in glyphs) == content:
        return glyphs
    return spread(content, _box(string), confidence(string.get("WC")))


def _box(node: etree._Element) -> Box | None:
    left, top, width, height = (number(node.get(key)) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    if left is None or top is None or width is None or height is None:
        return None
    return box_of_edges(left, top, left + width, top + height)
