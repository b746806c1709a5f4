"""Tagged PDF: correct the structure tree: divisions, contents, notes and their calls.

WeasyPrint chooses types by the names of HTML elements alone, so a note becomes a Span in a NonStruct, and contents
become paragraphs. Here its elements get the types of PDF (PDF 32000-1:2008, 14.8.4): Note with Lbl, Reference, TOC and
TOCI. The Sect of a division has the division's identifier as its title (/T), on every page: by it
:mod:`dingben.document.collation` distinguishes the text of the book from generated pages. Generated content (CSS
``::before`` and ``::after``) has the title ``generated``. Running heads and folios are artifacts (14.8.2.2;
ISO 14289-1, 7.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pydyf
from weasyprint.css import AnonymousStyle
from weasyprint.formatting_structure.boxes import MarginBox

from dingben.book.model import GENERATED_ROLES

GENERATED = "generated"
"""Title of an element with generated content."""

NOTE_LISTS = {"note-list": "/L", "note-item": "/LI"}
"""Types of the spans that stand for lists in notes, by class (:mod:`dingben.document.notes`)."""


def patch_build_box_tree(original: Any) -> Any:
    """Replace ``_build_box_tree``: each structure element gets the right type and title."""

    def build_box_tree(
        box: Any, parent: Any, pdf: Any, page: int, nums: Any, annotations: Any, left: Any
    ) -> Iterator[Any]:
        if not isinstance(box, MarginBox):
            yield from corrected(original(box, parent, pdf, page, nums, annotations, left), box, parent, pdf)

    return build_box_tree


def corrected(elements: Iterator[Any], box: Any, parent: Any, pdf: Any) -> Iterator[Any]:
    """Yield the structure elements of a box with corrected types and titles."""
    for element in elements:
        if element["S"] == "/TBody" and not any(kid.get("S") == "/TR" for kid in kid_objects(element, pdf)):
            continue
        set_type_and_title(getattr(box, "_box", box), element)
        if element["S"] == "/LI":
            add_list_bodies(element, pdf)
        elif element["S"] == "/Table":
            add_table_body(element, pdf)
        leads = box.link_annotation and element["S"] in ("/Reference", "/Lbl")
        yield wrap_in_number(element, parent, pdf) if leads else element


def kid_objects(element: Any, pdf: Any) -> list[Any]:
    """Return the kids of an element that are objects: elements, references to annotations."""
    return [pdf.objects[int(kid.split()[0])] for kid in element["K"] if isinstance(kid, bytes)]


def new_element(kind: str, sibling: Any, parent: Any, pdf: Any) -> Any:
    """Return a new element without kids, on the page of the element ``sibling``."""
    element = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": kind,
            "K": pydyf.Array(),
            "Pg": sibling["Pg"],
            "P": parent.reference,
        }
    )
    pdf.add_object(element)
    return element


def add_list_bodies(item: Any, pdf: Any) -> None:
    """Put the paragraphs of a list item into a body: an item has only Lbl and LBody (PDF 32000-1, table 336)."""
    body: Any = None
    kids = pydyf.Array()
    for kid in kid_objects(item, pdf):
        if kid["S"] in ("/Lbl", "/LBody"):
            kids.append(kid.reference)
            body = None
            continue
        if body is None:
            body = new_element("/LBody", item, item, pdf)
            kids.append(body.reference)
        body["K"].append(kid.reference)
        kid["P"] = body.reference
    item["K"] = kids


def add_table_body(table: Any, pdf: Any) -> None:
    """Make the head of a table without other rows its body (ISO 14289-1, 7.5, requires one)."""
    kids = kid_objects(table, pdf)
    if not any(kid["S"] == "/TBody" for kid in kids):
        for kid in kids:
            kid["S"] = "/TBody" if kid["S"] == "/THead" else kid["S"]


def merge_links(links: Sequence[tuple[str, str, Any, Any]]) -> list[tuple[str, str, Any, Any]]:
    """Merge the links of boxes inside a link into it: WeasyPrint adds one for each box, but tags only the outer one.

    ``links``: kind, target, rectangle, box. Boxes inside a link follow it and have no ``link`` of their own.
    """
    found: list[tuple[str, str, Any, Any]] = []
    for kind, target, (left, top, right, bottom), box in links:
        if box.link is not None or not found:
            found.append((kind, target, (left, top, right, bottom), box))
            continue
        outer = found[-1][2]
        area = min(outer[0], left), min(outer[1], top), max(outer[2], right), max(outer[3], bottom)
        found[-1] = (*found[-1][:2], area, found[-1][3])
    return found


def patch_add_links(original: Any) -> Any:
    """Replace ``add_links``: one annotation for each line of a link."""

    def add_links(links_and_anchors: Any, *about: Any) -> None:
        links, anchors = links_and_anchors
        original((merge_links(links), anchors), *about)

    return add_links


def wrap_in_number(element: Any, parent: Any, pdf: Any) -> Any:
    """Wrap a linked note number: the element of a link annotation must be a Link (PDF/UA-1, 7.18.5)."""
    number = new_element(element["S"], element, parent, pdf)
    number["K"].append(element.reference)
    element["S"], element["P"] = "/Link", number.reference
    return number


def set_type_and_title(box: Any, element: Any) -> None:
    """Set the type and title of an element by the HTML element of its box."""
    if box.element is not None and "ruby" in box.element.get("class", "").split():
        set_ruby_type(box, element)
        return
    if (box.element_tag or "").endswith("::marker"):  # also of a span set as a list item
        element["S"] = "/Lbl"
        return
    html: Any = None if isinstance(box.style, AnonymousStyle) else box.element
    tag = (box.element_tag or "") if html is not None else ""
    if tag.endswith("::footnote-call"):
        element["S"] = "/Reference"
    elif tag.endswith("::footnote-marker"):
        element["S"] = "/Lbl"
    elif "::" in tag:
        element["T"] = pydyf.String(GENERATED)
    elif tag == "section":
        roles = [role for role in html.get("class", "").split() if role in GENERATED_ROLES]
        if title := html.get("data-division") or next(iter(roles), html.get("id")):
            element["T"] = pydyf.String(title)
    elif tag == "thead" and not box.is_header:
        element["S"] = "/TBody"  # too tall to be repeated: dingben.typeset.flow.tables
    elif tag == "tr":
        if divided := getattr(box, "divided", ""):
            element["T"] = pydyf.String(divided)
    elif tag in ("div", "p", "span"):
        classes = html.get("class", "").split()
        if "note" in classes and tag == "span" and element["S"] == "/Span":
            element["S"] = "/Note"
            element["ID"] = pydyf.String(f"note-{element.number}")  # PDF/UA-1, 7.9: required and unique
        elif tag == "span" and element["S"] == "/Span" and set(classes) & NOTE_LISTS.keys():
            element["S"] = next(NOTE_LISTS[name] for name in classes if name in NOTE_LISTS)
        elif "toc-entries" in classes and tag == "div":
            element["S"] = "/TOC"
        elif "toc-entry" in classes and tag == "p":
            element["S"] = "/TOCI"


def set_ruby_type(box: Any, element: Any) -> None:
    """Set the type of a ruby element, its base or its annotation; the base is read first."""
    if box.element_tag.endswith("::before"):
        element["S"] = "/RT"
    elif isinstance(box.style, AnonymousStyle):
        element["S"] = "/RB"
    else:
        element["S"] = "/Ruby"
        element["K"].append(element["K"].pop(0))


def patch_draw_stacking_context(original: Any) -> Any:
    """Replace ``draw_stacking_context``: margin boxes are drawn as artifacts."""

    def draw_stacking_context(stream: Any, stacking_context: Any) -> None:
        if not isinstance(stacking_context.box, MarginBox) or stream._tags is None:
            original(stream, stacking_context)
            return
        with stream.artifact():
            tags, stream._tags = stream._tags, None
            original(stream, stacking_context)
            stream._tags = tags

    return draw_stacking_context
