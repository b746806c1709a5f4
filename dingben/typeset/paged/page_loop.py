"""The page loop: lay out one page after another, and reuse known pages in between.

Where a page begins as a known one did, in the same text, that one is reused, and so are those after it. Where it stands
on the other side of the sheet, they are reused if left and right pages have like frames
(:mod:`dingben.typeset.paged.page_frames`), and only until a break to a certain side. Then pages are laid out again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from weasyprint.layout.page import remake_page

from dingben.typeset.paged.page_state import State, begin_alike, page_start, settled_flags
from dingben.typeset.records import PageStart

SIDES = frozenset({"left", "right", "recto", "verso"})
"""Breaks after which a page stands on a certain side."""


class ReusablePage(Protocol):
    """A page that may serve again."""

    @property
    def start(self) -> PageStart | None:
        """Where it begins; None where it can't do so by itself."""

    @property
    def bound(self) -> bool:
        """Whether it begins after a break to a certain side of the sheet."""

    @property
    def count(self) -> int:
        """The page counter."""


@dataclass(slots=True)
class LaidOutPage:
    """A page that is there: itself, what is known of where the next begins, and whether there is none. See Known."""

    start: PageStart | None
    bound: bool
    page: Any
    after: State
    is_last: bool

    @property
    def count(self) -> int:
        return int(self.after[3][1]["page"][-1])


ReusablePages = Callable[[PageStart | None], Sequence[LaidOutPage]]
"""Gives the known pages that serve from a place on."""


@dataclass(frozen=True, slots=True)
class ReuseMatch:
    """Known pages that serve: for each, what tells where it stands on the other side of the sheet if it is ``turned``.

    ``more``: how many pages more stand before them.
    """

    sides: list[Any]
    more: int
    turned: bool


def index_by_path(known: Sequence[ReusablePage]) -> dict[tuple[int, ...], int]:
    """Known pages by where they begin; after a blank page that which isn't, for both begin at one place."""
    return {tuple(page.start["path"]): number for number, page in enumerate(known) if page.start}


def match_reusable(
    place: PageStart,
    known: Sequence[ReusablePage],
    number: int,
    other_side: Callable[[Any], Any],
    *,
    closed: bool = False,
) -> ReuseMatch:
    """Which of the known pages from ``number`` on serve from a place on that leads to that one.

    ``other_side`` tells of a page where it stands on the other side of the sheet; None where it can't. ``closed``:
    after the last there is a blank page if need be, so that it doesn't serve there.
    """
    start = known[number].start
    assert start
    turned = place["right"] != start["right"]
    found: list[Any] = []
    count = start["values"]["page"][-1]
    more = place["values"]["page"][-1] - count
    end = len(known) - (turned and closed) if begin_alike(place, {**start, "right": place["right"]}) else number
    for page in known[number:end]:
        count += 1
        side = other_side(page) if turned else None
        if page.count != count or (turned and (side is None or page.bound)):
            break
        found.append(side)
    while found and number + len(found) < len(known) and known[number + len(found)].start is None:
        found.pop()  # what comes after must begin by itself
    return ReuseMatch(found, more, turned)


class PageLoop:
    """Lays out the pages of one section."""

    def __init__(self, context: Any, notes: Any, root: Any, html: Any) -> None:
        self.context, self.notes, self.root, self.html = context, notes, root, html

    def paginate(self, index: int, state: State, reusable: ReusablePages) -> list[LaidOutPage]:
        """Pages from ``index`` on to the end; where ``reusable`` gives known pages, these are taken."""
        pages: list[LaidOutPage] = []
        while not (pages and pages[-1].is_last):
            at = index + len(pages)
            known = self.lay_out(pages, at, state, reusable)
            pages += known
            state = pages[-1].after
        return pages

    def lay_out(
        self, pages: list[LaidOutPage], index: int, state: State, reusable: ReusablePages
    ) -> Sequence[LaidOutPage]:
        """Add pages from ``index`` on to ``pages``, to the end or to where known pages follow, which are returned.

        At least one page is laid out: after known pages, those that follow are not known.
        """
        context, first = self.context, bool(pages)
        context.page_maker = [*[(None, None, None, None, settled_flags())] * index, state]
        while True:
            place = page_start(context, self.notes, index)
            if not first and (known := reusable(place)):
                return known
            first = False
            bound = context.page_maker[index][1]["break"] in SIDES
            context.page_maker[index][-1].update(settled_flags())
            page, resume_at = remake_page(index, context, self.root, self.html)
            index += 1
            is_last = resume_at is None and not context.reported_footnotes
            pages.append(LaidOutPage(place, bound, page, context.page_maker[index], is_last))
            if is_last:
                return ()
