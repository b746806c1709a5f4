"""Mirror a page record: a page that has been written for one side of the sheet is moved to the other.

Nothing in it says where it stands but ``aside`` and the matrix with which its content begins
(:mod:`dingben.typeset.pdf.pages`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dingben.typeset.fonts.subset import LEVEL, object_number, to_bytes
from dingben.typeset.paged.page_frames import empty_page, opposite_page, page_type_from_json, set_page_width, shift_of
from dingben.typeset.records import CONTENTS, SCALE, Item, PageRecord

LENGTH = re.compile(rb"/Length \d+")
MOVED = re.compile(rb"\A(1 0 0 -1 0 \S+ cm\nq\n%b 0 0 %b )\S+( 0 cm\n)" % (to_bytes(SCALE), to_bytes(SCALE)))
"""How the content of a page begins."""


@dataclass(frozen=True, slots=True)
class SheetPosition:
    """Where a page stands: the side of the sheet, and how far aside, points."""

    side: str
    aside: float


def mirror_positions(source: Any, context: Any) -> Callable[[PageRecord], SheetPosition | None]:
    """Tells of sides where they would stand on the other side of the sheet; None where they can't."""
    known: dict[Any, SheetPosition | None] = {}

    def stand(side: PageRecord) -> SheetPosition | None:
        kind = page_type_from_json(side.kind)
        if kind.blank or has_pattern(side):
            return None
        key = (
            kind.side,
            kind.name,
            tuple((name, count > 0) for name, count in kind.groups),
        )  # as places.alike tells them
        if key not in known:
            other = opposite_page(empty_page(kind, source, context, set_page_width), source, context)
            known[key] = other and SheetPosition(other.page_type.side, shift_of(other) * SCALE)
        return known[key]

    return stand


def has_pattern(side: PageRecord) -> bool:
    """Whether something is drawn with a pattern: it hangs on the sheet, not on what is around it (8.7.2)."""
    return any(b"/PatternType" in item.head for item in side.items)


def mirror(side: PageRecord, stand: SheetPosition) -> PageRecord:
    """A side on the other side of the sheet."""
    page = next(item.head for item in side.items if item.number == side.page)
    found = CONTENTS.search(page)
    assert found
    content = object_number(found[1])
    items = [move_content(item, stand.aside) if item.number == content else item for item in side.items]
    return replace(side, items=items, aside=stand.aside, kind=[stand.side, *side.kind[1:]])


def move_content(item: Item, aside: float) -> Item:
    """A page's content, so far aside."""
    assert item.stream is not None
    content, count = MOVED.subn(
        lambda found: found[1] + to_bytes(aside) + found[2], zlib.decompress(item.stream), count=1
    )
    assert count
    stream = zlib.compress(content, LEVEL)
    return Item(item.number, LENGTH.sub(b"/Length %d" % len(stream), item.head, count=1), stream)
