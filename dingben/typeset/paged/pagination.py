"""Pagination of one section: from its first page or from within it, to the end or until the rest is known.

:class:`Pagination` replaces WeasyPrint's ``make_all_pages``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from dingben.typeset.inline.collect import InlineContext
from dingben.typeset.paged.mirror import mirror_positions
from dingben.typeset.paged.page_loop import LaidOutPage, PageLoop
from dingben.typeset.paged.page_state import State, settled_flags, state_of
from dingben.typeset.paged.reuse import PageReuse
from dingben.typeset.records import PageRecord, PageStart


class Pagination:
    """The pages of one section, numbered as in the whole section."""

    def __init__(self, composer: InlineContext) -> None:
        self.composer = composer
        self.change: PageReuse | None = None
        """What has changed since the section was laid out last, if some of its pages can be reused."""
        self.pages: list[LaidOutPage] = []
        """All pages from the first one that was laid out; reused page records among them."""
        self.laid: list[LaidOutPage] = []
        """The pages that were laid out."""

    @property
    def first_page(self) -> int:
        """The index of the first page that is laid out."""
        return (
            self.change.first + self.change.first_changed_page if self.change and self.change.first_changed_page else 0
        )

    @property
    def ends_within(self) -> bool:
        """Whether the last pages of the section are reused, not laid out."""
        return bool(self.pages) and isinstance(self.pages[-1].page, PageRecord)

    def make_all_pages(self, original: Any, context: Any, root: Any, html: Any, pages: Any) -> Iterator[Any]:
        """Yield the pages that are laid out; afterwards the context knows only these."""
        if context.target_collector.asking:  # for folios of its own pages: WeasyPrint repeats them until they are right
            yield from original(context, root, html, pages)
            return
        context.rendered_notes = []
        loop, state = PageLoop(context, self.composer.notes, root, html), self.state(context)
        stand = mirror_positions(html, context)

        def reusable(place: PageStart | None) -> Sequence[LaidOutPage]:
            return self.change.pages_from(place, stand) if self.change else ()

        self.pages = loop.paginate(self.first_page, state, reusable)
        self.laid = [page for page in self.pages if not isinstance(page.page, PageRecord)]
        context.page_maker = [state, *(page.after for page in self.laid)]
        for kept in context.page_maker:
            kept[-1].update(settled_flags())
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()
        yield from (page.page for page in self.laid)

    def state(self, context: Any) -> State:
        """The layout state at the first page, in a context that stands at the beginning of the section."""
        if not self.first_page:
            return tuple(context.page_maker[0])
        assert self.change
        place = self.change.former.sides[self.change.first_changed_page].start
        assert place
        return state_of(place)

    def completed(self, sides: Sequence[PageRecord]) -> list[PageRecord]:
        """All page records of the section: those just laid out and the reused ones."""
        if self.change is None:
            return [*sides]
        laid = iter(sides)
        known = (page.page if isinstance(page.page, PageRecord) else next(laid, None) for page in self.pages)
        return [*self.change.former.sides[: self.change.first_changed_page], *(side for side in known if side)]


def patch_make_all_pages(original: Any, pagination: Pagination) -> Any:
    """Replace ``make_all_pages``."""
    return partial(pagination.make_all_pages, original)
