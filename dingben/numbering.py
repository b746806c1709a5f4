"""Notes numbered anew on each page, which only the finished layout can tell.

WeasyPrint numbers notes before it knows their pages and has no counter that begins anew
with them (https://github.com/Kozea/WeasyPrint/issues/2553). The numbers ① to ㊿ are all
one em wide, so they can be put right after layout without moving anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure import boxes

from dingben.segment import Spaced

CIRCLED = "".join(chr(c) for c in (*range(0x2460, 0x2474), *range(0x3251, 0x3260), *range(0x32B1, 0x32C0)))
"""① to ㊿."""


def number_by_page(document: Any) -> None:
    """Give every call and its note the call's rank on its page.

    A note that had to move to the next page keeps the number of its call. Where a page
    has more than fifty notes, theirs stay as WeasyPrint numbered them.
    """
    numbers: dict[Any, str] = {}
    for page in document.pages:
        calls = [call for call in pseudo_boxes(page._page_box, "::footnote-call") if has_number(call)]
        if len(calls) <= len(CIRCLED):
            for mark, call in zip(CIRCLED, calls, strict=False):
                numbers[call.element] = mark
                put(call, mark)
    for page in document.pages:
        for marker in pseudo_boxes(page._page_box, "::footnote-marker"):
            if marker.element in numbers:
                put(marker, numbers[marker.element])


def pseudo_boxes(box: Any, kind: str) -> Iterator[Any]:
    """The boxes of a pseudo-element below ``box``, in order."""
    for child in getattr(box, "children", ()):
        if (child.element_tag or "").endswith(kind):
            yield child
        else:
            yield from pseudo_boxes(child, kind)


def has_number(box: Any) -> bool:
    """Whether the box shows a circled number, as the packaged styles set it."""
    return any(text.text.strip() in CIRCLED and text.text.strip() for text in texts(box))


def texts(box: Any) -> Iterator[Any]:
    """The text boxes below ``box``."""
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.TextBox):
            yield child
        else:
            yield from texts(child)


def put(box: Any, mark: str) -> None:
    """Let the box show ``mark`` in place of its number."""
    for text in texts(box):
        old = text.text.strip()
        if old and old in CIRCLED:
            text.text = text.text.replace(old, mark)
            text.pango_layout = Spaced.of(text.text)
