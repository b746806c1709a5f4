"""Pagination of one section: from its first page or from within it, to the end or until the rest is known.

:class:`Pagination` replaces WeasyPrint's ``make_all_pages``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from dingben.typeset.inline.collect import InlineContext
from dingben.typeset.paged.mirror import opposite_positions
from dingben.typeset.paged.page_loop import LaidOutPage, PageLoop
from dingben.typeset.paged.page_state import State, settled_flags, state_of
from dingben.typeset.paged.reuse import PageReuse
from dingben.typeset.records import PageRecord, PageStart


class Pagination:
    """The pages of one section, numbered as in the whole section."""

    def __init__(self, inline: InlineContext) -> None:
        self.inline = inline
        self.reuse: PageReuse | None = None
        """The former record of the section and the changes since, if some of its pages can be reused."""
        self.pages: list[LaidOutPage] = []
        """All pages from the first one that was laid out, with the reused page records between them."""
        self.laid_out: list[LaidOutPage] = []
        """The pages that were laid out."""

    @property
    def first_page(self) -> int:
        """The index of the first page that is laid out."""
        return self.reuse.first + self.reuse.first_changed_page if self.reuse and self.reuse.first_changed_page else 0

    @property
    def is_end_reused(self) -> bool:
        """Whether the last pages of the section are reused, not laid out."""
        return bool(self.pages) and isinstance(self.pages[-1].page, PageRecord)

    def make_all_pages(self, original: Any, context: Any, root: Any, html: Any, pages: Any) -> Iterator[Any]:
        """Yield the pages that are laid out; afterwards the context has only these."""
        if context.target_collector.own_target_boxes:  # WeasyPrint repeats the pages until the folios are right
            yield from original(context, root, html, pages)
            return
        context.rendered_notes = []
        loop, state = PageLoop(context, self.inline.notes, root, html), self.first_state(context)
        opposite = opposite_positions(html, context)

        def reusable(start: PageStart | None) -> Sequence[LaidOutPage]:
            return self.reuse.pages_from(start, opposite) if self.reuse else ()

        self.pages = loop.paginate(self.first_page, state, reusable)
        self.laid_out = [page for page in self.pages if not isinstance(page.page, PageRecord)]
        context.page_maker = [state, *(page.after for page in self.laid_out)]
        for entry in context.page_maker:
            entry[-1].update(settled_flags())
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()
        yield from (page.page for page in self.laid_out)

    def first_state(self, context: Any) -> State:
        """Return the layout state at the first page. ``context``: at the beginning of the section."""
        if not self.first_page:
            return tuple(context.page_maker[0])
        assert self.reuse
        start = self.reuse.former.pages[self.reuse.first_changed_page].start
        assert start
        return state_of(start)

    def all_records(self, written: Sequence[PageRecord]) -> list[PageRecord]:
        """Return all page records of the section: those just written and the reused ones."""
        if self.reuse is None:
            return [*written]
        new = iter(written)
        records = (page.page if isinstance(page.page, PageRecord) else next(new, None) for page in self.pages)
        return [*self.reuse.former.pages[: self.reuse.first_changed_page], *(record for record in records if record)]


def patch_make_all_pages(original: Any, pagination: Pagination) -> Any:
    """Replace ``make_all_pages``."""
    return partial(pagination.make_all_pages, original)
