"""A side that is written down already, set on the other side of the sheet.

Nothing of it says where it stands but ``aside`` and the matrix with which its content begins
(:mod:`dingben.typeset.pdf.pages`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dingben.typeset.fonts.subset import LEVEL, number_of, to_bytes
from dingben.typeset.paged.page_frames import empty_page, framed_width, other_side, page_type, shift
from dingben.typeset.records import CONTENTS, SCALE, Item, PageRecord

LENGTH = re.compile(rb"/Length \d+")
MOVED = re.compile(rb"\A(1 0 0 -1 0 \S+ cm\nq\n%b 0 0 %b )\S+( 0 cm\n)" % (to_bytes(SCALE), to_bytes(SCALE)))
"""How the content of a page begins."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a page stands: the side of the sheet, and how far aside, points."""

    side: str
    aside: float


def stands(source: Any, context: Any) -> Callable[[PageRecord], Stand | None]:
    """Tells of sides where they would stand on the other side of the sheet; None where they can't."""
    known: dict[Any, Stand | None] = {}

    def stand(side: PageRecord) -> Stand | None:
        kind = page_type(side.kind)
        if kind.blank or is_tied(side):
            return None
        key = (
            kind.side,
            kind.name,
            tuple((name, count > 0) for name, count in kind.groups),
        )  # as places.alike tells them
        if key not in known:
            other = other_side(empty_page(kind, source, context, framed_width), source, context)
            known[key] = other and Stand(other.page_type.side, shift(other) * SCALE)
        return known[key]

    return stand


def is_tied(side: PageRecord) -> bool:
    """Whether something is drawn with a pattern: it hangs on the sheet, not on what is around it (8.7.2)."""
    return any(b"/PatternType" in item.head for item in side.items)


def turned(side: PageRecord, stand: Stand) -> PageRecord:
    """A side on the other side of the sheet."""
    page = next(item.head for item in side.items if item.number == side.page)
    found = CONTENTS.search(page)
    assert found
    content = number_of(found[1])
    items = [with_matrix(item, stand.aside) if item.number == content else item for item in side.items]
    return replace(side, items=items, aside=stand.aside, kind=[stand.side, *side.kind[1:]])


def with_matrix(item: Item, aside: float) -> Item:
    """A page's content, so far aside."""
    assert item.stream is not None
    content, count = MOVED.subn(
        lambda found: found[1] + to_bytes(aside) + found[2], zlib.decompress(item.stream), count=1
    )
    assert count
    stream = zlib.compress(content, LEVEL)
    return Item(item.number, LENGTH.sub(b"/Length %d" % len(stream), item.head, count=1), stream)
