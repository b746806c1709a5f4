"""Page frames: left and right pages are laid out with the same coordinates, and moved apart when they are drawn.

From one page to the next the margins change sides, and what stands between them stays the same. So a page is laid out
as if each margin were half of both together. :func:`shift_of` returns how far it is moved when it is drawn. A page with
a background of its own stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.formatting_structure import boxes
from weasyprint.layout import page as paging
from weasyprint.layout.page import PageType, page_height, page_width
from weasyprint.layout.percent import resolve_percentages

from dingben.typeset.engine.style_cache import get_or_compute, is_bare
from dingben.typeset.inline.linebreak import EPSILON

AROUND = ("border_left_width", "border_right_width", "padding_left", "padding_right")
FRAME = ("width", "height", "margin_left", "margin_right", "margin_top", "margin_bottom")
"""What tells where the text of a page stands, if nothing is around it."""

AREAS = ("@footnote", "@note-area")
OTHER = {"left": "right", "right": "left"}


def patch_page_width(original: Any, state: Any) -> Any:  # noqa: ARG001
    """Replace ``page_width``."""
    return set_page_width


def set_page_width(page: Any, context: Any, sheet: float) -> None:
    """WeasyPrint's ``page_width``: the used width and margins of a page on a ``sheet`` so wide, px."""
    page_width(page, context, sheet)
    both = page.margin_left + page.margin_right  # on either side the same number; sheet - left - right may not be
    bare = get_or_compute(page.style, "is_bare", is_bare) and not page.style["marks"]
    if bare and not any(getattr(page, name) for name in AROUND) and abs(sheet - both - page.width) < EPSILON:
        page.shift = page.margin_left - both / 2
        page.margin_left = page.margin_right = both / 2
        page.width = sheet - both


def shift_of(page: Any) -> float:
    """How far right of where it was laid out a page is drawn, px."""
    return float(page.__dict__.get("shift", 0))


def page_type_from_json(kind: Sequence[Any]) -> PageType:
    """A page type that was told as JSON (:attr:`quires.Side.kind`)."""
    side, blank, name, index, groups = kind[:5]
    return PageType(side, blank, name, index, tuple(map(tuple, groups)))


def empty_page(kind: Any, source: Any, context: Any, width: Callable[..., None] = page_width) -> Any:
    """A page without content: see ``weasyprint.layout.page.make_page``."""
    paging.set_page_type_computed_styles(kind, source, context.style_for)
    page = boxes.PageBox(kind, context.style_for(kind))
    size = page.style["size"]
    resolve_percentages(page, size)
    page.position_x = page.position_y = 0
    width(page, context, size[0])
    page_height(page, context, size[1])
    page.children = ()
    return page


def opposite_page(page: Any, source: Any, context: Any) -> Any | None:
    """An empty page like this one, on the other side of the sheet; None where the text would stand otherwise there."""
    kind = page.page_type
    other = empty_page(PageType(OTHER[kind.side], *kind[1:]), source, context, set_page_width)
    if not ("shift" in page.__dict__ and "shift" in other.__dict__):
        return None
    if any(getattr(page, name) != getattr(other, name) for name in (*FRAME, "bleed")):
        return None
    for area in AREAS:
        here, there = (context.style_for(p.page_type, area) or p.style.anonymous_style for p in (page, other))
        if not equal_styles(here, there):
            return None
    return other


def equal_styles(style: Any, other: Any) -> bool:
    """Whether two computed styles don't differ. Remembered: a book has few for its pages, and they stay."""
    known = style.__dict__.setdefault("says_the_same", {})
    if id(other) not in known:
        known[id(other)] = all(style[name] == other[name] for name in INITIAL_VALUES)
    return bool(known[id(other)])
