"""The PDF's structure tree told what its parts are: divisions, contents, notes and their calls.

WeasyPrint tags by the names of HTML elements alone, so a note is a Span in a NonStruct and
a contents a row of paragraphs. Here the elements it makes get the types that PDF has for
them (PDF 32000-1:2008, 14.8.4): Note with Lbl, Reference, TOC and TOCI. A division's Sect
carries the division's identifier as its title (/T), on every page it goes on to: by it
:mod:`dingben.collate` tells the text of the book from generated pages. What the styles put
before or after an element has the title ``generated``. Running heads and folios are no part of
the text but artifacts (14.8.2.2; ISO 14289-1, 7.1).

``tags._build_box_tree`` and ``draw.draw_stacking_context`` are WeasyPrint's own and not a public
interface: it is pinned in pyproject.toml, and tests/test_structure.py would notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf
import weasyprint.draw
from weasyprint.css import AnonymousStyle
from weasyprint.formatting_structure.boxes import MarginBox
from weasyprint.pdf import tags

from dingben.model import GENERATED_ROLES

GENERATED = "generated"
"""Title of an element whose text the styles have made."""

build_box_tree = tags._build_box_tree
draw_stacking_context = weasyprint.draw.draw_stacking_context


def tagged(box: Any, parent: Any, pdf: Any, page: int, nums: Any, annotations: Any, left: Any) -> Iterator[Any]:
    """WeasyPrint's ``_build_box_tree`` with each element's type and title made right."""
    if isinstance(box, MarginBox):
        return
    for element in build_box_tree(box, parent, pdf, page, nums, annotations, left):
        name(getattr(box, "_box", box), element)
        leads = box.link_annotation and element["S"] in ("/Reference", "/Lbl")
        yield around(element, parent, pdf) if leads else element


def around(element: Any, parent: Any, pdf: Any) -> Any:
    """The number of a note with the link in it: what has a link's annotation is a Link (PDF/UA-1, 7.18.5)."""
    number = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": element["S"],
            "K": pydyf.Array([element.reference]),
            "Pg": element["Pg"],
            "P": parent.reference,
        }
    )
    pdf.add_object(number)
    element["S"], element["P"] = "/Link", number.reference
    return number


def name(box: Any, element: Any) -> None:
    """Give one element the type and title that the box's HTML asks for."""
    if box.element is not None and "ruby" in box.element.get("class", "").split():
        name_ruby(box, element)
        return
    html: Any = None if isinstance(box.style, AnonymousStyle) else box.element
    tag = (box.element_tag or "") if html is not None else ""
    if tag.endswith("::footnote-call"):
        element["S"] = "/Reference"
    elif tag.endswith(("::footnote-marker", "::marker")):
        element["S"] = "/Lbl"
    elif "::" in tag:
        element["T"] = pydyf.String(GENERATED)
    elif tag == "section":
        roles = [name for name in html.get("class", "").split() if name in GENERATED_ROLES]
        if title := html.get("data-division") or next(iter(roles), html.get("id")):
            element["T"] = pydyf.String(title)
    elif tag in ("div", "p", "span"):
        classes = html.get("class", "").split()
        if "note" in classes and tag == "span" and element["S"] == "/Span":
            element["S"] = "/Note"
            element["ID"] = pydyf.String(f"note-{element.number}")  # PDF/UA-1, 7.9, wants one of its own each
        elif "toc-entries" in classes and tag == "div":
            element["S"] = "/TOC"
        elif "toc-entry" in classes and tag == "p":
            element["S"] = "/TOCI"


def name_ruby(box: Any, element: Any) -> None:
    """A ruby's element, its base or its reading; the base is to be read first, though the reading stands above it."""
    if box.element_tag.endswith("::before"):
        element["S"] = "/RT"
    elif isinstance(box.style, AnonymousStyle):
        element["S"] = "/RB"
    else:
        element["S"] = "/Ruby"
        element["K"].append(element["K"].pop(0))


def drawn(stream: Any, stacking_context: Any) -> None:
    """WeasyPrint's ``draw_stacking_context``, what stands in the margins being drawn as an artifact."""
    if not isinstance(stacking_context.box, MarginBox) or stream._tags is None:
        draw_stacking_context(stream, stacking_context)
        return
    with stream.artifact():
        held, stream._tags = stream._tags, None
        draw_stacking_context(stream, stacking_context)
        stream._tags = held


def install() -> None:
    """Let WeasyPrint tag so from now on; called again, it does nothing."""
    tags._build_box_tree = tagged
    weasyprint.draw.draw_stacking_context = drawn
