"""Page frames: left and right pages are laid out with the same coordinates, and moved apart when they are drawn.

From one page to the next the inner and outer margin change sides, and the content between them stays the same. So a
page is laid out as if both margins were equal, with the same sum. :func:`page_shift` returns how far it is moved when
it is drawn. A page with a background is not shifted.
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

BORDERS_AND_PADDING = ("border_left_width", "border_right_width", "padding_left", "padding_right")
FRAME = ("width", "height", "margin_left", "margin_right", "margin_top", "margin_bottom")
"""Properties of the position of the page area, if it has no borders and padding."""

FOOTNOTE_AREAS = ("@footnote", "@note-area")
OPPOSITE = {"left": "right", "right": "left"}


def patch_page_width(original: Any, state: Any) -> Any:  # noqa: ARG001
    """Replace ``page_width``."""
    return set_page_width


def set_page_width(page: Any, context: Any, sheet: float) -> None:
    """Set the used width and margins of a page, like WeasyPrint's ``page_width``. ``sheet``: its width in px."""
    page_width(page, context, sheet)
    both = page.margin_left + page.margin_right  # equal on both sides; sheet - left - right may be rounded otherwise
    bare = get_or_compute(page.style, "is_bare", is_bare) and not page.style["marks"]
    if (
        bare
        and not any(getattr(page, name) for name in BORDERS_AND_PADDING)
        and abs(sheet - both - page.width) < EPSILON
    ):
        page.shift = page.margin_left - both / 2
        page.margin_left = page.margin_right = both / 2
        page.width = sheet - both


def page_shift(page: Any) -> float:
    """Return how far to the right of its layout position a page is drawn, in px."""
    return float(page.__dict__.get("shift", 0))


def page_type_from_json(value: Sequence[Any]) -> PageType:
    """Return the page type of :attr:`dingben.typeset.records.PageRecord.page_type`."""
    side, blank, name, index, groups = value[:5]
    return PageType(side, blank, name, index, tuple(map(tuple, groups)))


def empty_page(page_type: Any, source: Any, context: Any, width: Callable[..., None] = page_width) -> Any:
    """Return a page without content: see ``weasyprint.layout.page.make_page``."""
    paging.set_page_type_computed_styles(page_type, source, context.style_for)
    page = boxes.PageBox(page_type, context.style_for(page_type))
    size = page.style["size"]
    resolve_percentages(page, size)
    page.position_x = page.position_y = 0
    width(page, context, size[0])
    page_height(page, context, size[1])
    page.children = ()
    return page


def opposite_page(page: Any, source: Any, context: Any) -> Any | None:
    """Return an empty page like this one on the other side of the sheet; None if its page area differs there."""
    page_type = page.page_type
    other = empty_page(PageType(OPPOSITE[page_type.side], *page_type[1:]), source, context, set_page_width)
    if not ("shift" in page.__dict__ and "shift" in other.__dict__):
        return None
    if any(getattr(page, name) != getattr(other, name) for name in (*FRAME, "bleed")):
        return None
    for area in FOOTNOTE_AREAS:
        own, opposite = (context.style_for(p.page_type, area) or p.style.anonymous_style for p in (page, other))
        if not equal_styles(own, opposite):
            return None
    return other


def equal_styles(style: Any, other: Any) -> bool:
    """Whether two computed styles are equal. Cached: a book has few styles for its pages."""
    known = style.__dict__.setdefault("equal_styles", {})
    if id(other) not in known:
        known[id(other)] = all(style[name] == other[name] for name in INITIAL_VALUES)
    return bool(known[id(other)])
