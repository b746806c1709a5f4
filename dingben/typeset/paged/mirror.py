"""Mirror a page record: a page that has been written for one side of the sheet is moved to the other.

Only its ``shift`` and the matrix at the beginning of its content stream depend on the side
(:mod:`dingben.typeset.pdf.pages`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dingben.typeset.fonts.subset import LEVEL, object_number, to_bytes
from dingben.typeset.paged.page_frames import empty_page, opposite_page, page_shift, page_type_from_json, set_page_width
from dingben.typeset.records import CONTENTS, SCALE, Item, PageRecord

LENGTH = re.compile(rb"/Length \d+")
PAGE_MATRIX = re.compile(rb"\A(1 0 0 -1 0 \S+ cm\nq\n%b 0 0 %b )\S+( 0 cm\n)" % (to_bytes(SCALE), to_bytes(SCALE)))
"""The beginning of the content stream of a page."""


@dataclass(frozen=True, slots=True)
class SheetPosition:
    """The side of the sheet, and the shift of a page there, in points."""

    side: str
    shift: float


def opposite_positions(source: Any, context: Any) -> Callable[[PageRecord], SheetPosition | None]:
    """Return a function: the position of a page on the other side of the sheet, None if it cannot be moved."""
    known: dict[Any, SheetPosition | None] = {}

    def opposite_position(page: PageRecord) -> SheetPosition | None:
        page_type = page_type_from_json(page.page_type)
        if page_type.blank or has_pattern(page):
            return None
        groups = tuple((name, count > 0) for name, count in page_type.groups)  # as in page_state.equal_starts
        key = (page_type.side, page_type.name, groups)
        if key not in known:
            other = opposite_page(empty_page(page_type, source, context, set_page_width), source, context)
            known[key] = other and SheetPosition(other.page_type.side, page_shift(other) * SCALE)
        return known[key]

    return opposite_position


def has_pattern(page: PageRecord) -> bool:
    """Whether something is drawn with a pattern, which does not move with the content (8.7.2)."""
    return any(b"/PatternType" in item.head for item in page.items)


def mirror(record: PageRecord, position: SheetPosition) -> PageRecord:
    """Return a page on the other side of the sheet."""
    page = next(item.head for item in record.items if item.number == record.page)
    found = CONTENTS.search(page)
    assert found
    content = object_number(found[1])
    items = [shift_content(item, position.shift) if item.number == content else item for item in record.items]
    return replace(record, items=items, shift=position.shift, page_type=[position.side, *record.page_type[1:]])


def shift_content(item: Item, shift: float) -> Item:
    """Return the content stream of a page with another shift."""
    assert item.stream is not None
    content, count = PAGE_MATRIX.subn(
        lambda found: found[1] + to_bytes(shift) + found[2], zlib.decompress(item.stream), count=1
    )
    assert count
    stream = zlib.compress(content, LEVEL)
    return Item(item.number, LENGTH.sub(b"/Length %d" % len(stream), item.head, count=1), stream)
