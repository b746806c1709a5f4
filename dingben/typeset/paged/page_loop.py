"""The page loop: lay out one page after another, and reuse known pages in between.

If a page starts as a former page did, in the same text, that page is reused, and so are those after it. If it is now on
the other side of the sheet, they are reused if left and right pages have equal frames
(:mod:`dingben.typeset.paged.page_frames`), and only until a forced break to one side. Then pages are laid out again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from weasyprint.layout import page as paging

from dingben.typeset.paged.page_state import State, equal_starts, page_start, settled_flags
from dingben.typeset.records import PageStart

SIDES = frozenset({"left", "right", "recto", "verso"})
"""Values of break properties that force the next page to one side of the sheet."""


class ReusablePage(Protocol):
    """A page that may be reused."""

    @property
    def start(self) -> PageStart | None:
        """The layout state at its start; None if it takes up something of the page before."""

    @property
    def forced_side(self) -> bool:
        """Whether it starts after a forced break to one side of the sheet."""

    @property
    def page_counter(self) -> int:
        """The page counter."""


@dataclass(slots=True)
class LaidOutPage:
    """A page that was laid out or is reused, the state ``after`` it, and whether it is the last. See ReusablePage."""

    start: PageStart | None
    forced_side: bool
    page: Any
    after: State
    is_last: bool

    @property
    def page_counter(self) -> int:
        return int(self.after[3][1]["page"][-1])


ReusablePages = Callable[[PageStart | None], Sequence[LaidOutPage]]
"""Returns the former pages that can be reused from a page start on."""


@dataclass(frozen=True, slots=True)
class ReuseMatch:
    """Former pages that can be reused.

    ``positions``: of each, its position on the other side of the sheet, if the pages are ``mirrored``, else None.
    ``more``: how many more pages there are before them now.
    """

    positions: list[Any]
    more: int
    mirrored: bool


def index_by_path(pages: Sequence[ReusablePage]) -> dict[tuple[int, ...], int]:
    """Return indexes of pages by their start paths. A blank page shares one with the page after it, which wins."""
    return {tuple(page.start["path"]): number for number, page in enumerate(pages) if page.start}


def match_reusable(
    start: PageStart,
    former: Sequence[ReusablePage],
    number: int,
    opposite_position: Callable[[Any], Any],
    *,
    closed: bool = False,
) -> ReuseMatch:
    """Return which former pages from ``number`` on can be reused at ``start``, which has the path of that page.

    ``opposite_position`` returns the position of a page on the other side of the sheet; None if it cannot be moved.
    ``closed``: the section ends with a blank page if need be, so the last page cannot be moved to the other side.
    """
    former_start = former[number].start
    assert former_start
    mirrored = start["right"] != former_start["right"]
    positions: list[Any] = []
    counter = former_start["values"]["page"][-1]
    more = start["values"]["page"][-1] - counter
    equal = equal_starts(start, {**former_start, "right": start["right"]})
    end = len(former) - (mirrored and closed) if equal else number
    for page in former[number:end]:
        counter += 1
        position = opposite_position(page) if mirrored else None
        if page.page_counter != counter or (mirrored and (position is None or page.forced_side)):
            break
        positions.append(position)
    while positions and number + len(positions) < len(former) and former[number + len(positions)].start is None:
        positions.pop()  # the page after it takes up something of it
    return ReuseMatch(positions, more, mirrored)


class PageLoop:
    """Lays out the pages of one section."""

    def __init__(self, context: Any, notes: Any, root: Any, html: Any) -> None:
        self.context, self.notes, self.root, self.html = context, notes, root, html

    def paginate(self, index: int, state: State, reusable: ReusablePages) -> list[LaidOutPage]:
        """Return the pages from ``index`` to the end: laid out, or former pages where ``reusable`` returns some."""
        pages: list[LaidOutPage] = []
        while not (pages and pages[-1].is_last):
            reused = self.lay_out(pages, index + len(pages), state, reusable)
            pages += reused
            state = pages[-1].after
        return pages

    def lay_out(
        self, pages: list[LaidOutPage], index: int, state: State, reusable: ReusablePages
    ) -> Sequence[LaidOutPage]:
        """Lay out pages from ``index`` on and add them to ``pages``; stop at reusable pages and return these.

        After reused pages, at least one page is laid out: those that follow them cannot be reused.
        """
        context, after_reused = self.context, bool(pages)
        context.page_maker = [*[(None, None, None, None, settled_flags())] * index, state]
        while True:
            start = page_start(context, self.notes, index)
            if not after_reused and (reused := reusable(start)):
                return reused
            after_reused = False
            forced_side = context.page_maker[index][1]["break"] in SIDES
            context.page_maker[index][-1].update(settled_flags())
            page, resume_at = paging.remake_page(index, context, self.root, self.html)
            index += 1
            is_last = resume_at is None and not context.reported_footnotes
            pages.append(LaidOutPage(start, forced_side, page, context.page_maker[index], is_last))
            if is_last:
                return ()
