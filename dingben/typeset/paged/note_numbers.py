"""Restart note numbers on each page, after layout.

WeasyPrint numbers notes before it knows their pages and has no counter that begins anew
with them (https://github.com/Kozea/WeasyPrint/issues/2553). The numbers ① to ㊿ are all
one em wide, so they can be put right after layout without moving anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure import boxes

from dingben.typeset.engine.box_traversal import is_text
from dingben.typeset.inline.glyph_run import SpacedLayout

CIRCLED = "".join(chr(c) for c in (*range(0x2460, 0x2474), *range(0x3251, 0x3260), *range(0x32B1, 0x32C0)))
"""① to ㊿."""

CALL, MARKER = "::footnote-call", "::footnote-marker"


def number_by_page(document: Any) -> None:
    """Number every call and its note by the position of the call on its page.

    A note that had to move to the next page keeps the number of its call. Where a page
    has more than fifty notes, their numbers stay as WeasyPrint set them.
    """
    numbers: dict[Any, str] = {}
    markers: list[Any] = []
    for page in document.pages:
        found = [*pseudo_boxes(page._page_box)]
        markers += [box for box in found if box.element_tag.endswith(MARKER)]
        calls = [box for box in found if box.element_tag.endswith(CALL) and has_number(box)]
        if len(calls) <= len(CIRCLED):
            for mark, call in zip(CIRCLED, calls, strict=False):
                numbers[call.element] = mark
                set_number(call, mark)
    for marker in markers:
        if marker.element in numbers:
            set_number(marker, numbers[marker.element])


def pseudo_boxes(box: Any) -> Iterator[Any]:
    """Yield the boxes of calls and note numbers in ``box``, in order."""
    waiting = [box]
    while waiting:
        box = waiting.pop()
        if (box.element_tag or "").endswith((CALL, MARKER)):
            yield box
        elif not is_text(box):
            waiting += getattr(box, "children", ())[::-1]


def has_number(box: Any) -> bool:
    """Whether the box has a circled number, as in the packaged styles."""
    return any(text.text.strip() in CIRCLED and text.text.strip() for text in texts(box))


def texts(box: Any) -> Iterator[Any]:
    """Yield the text boxes in ``box``."""
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.TextBox):
            yield child
        else:
            yield from texts(child)


def set_number(box: Any, mark: str) -> None:
    """Replace the number in the box by ``mark``."""
    for text in texts(box):
        old = text.text.strip()
        if old and old in CIRCLED:
            text.text = text.text.replace(old, mark)
            text.pango_layout = SpacedLayout.of(text.text)
