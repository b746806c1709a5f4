"""The pages of a part made one after another: from the first or from within it, to the end or until the rest is known.

:class:`Pages` stands for WeasyPrint's ``make_all_pages``, which is no public interface: the version is pinned, and
tests/test_stretches.py and tests/test_tails.py would notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import weasyprint.layout

from dingben.helpers import Helper
from dingben.patches import patched
from dingben.places import Laid, laid_pages, pages_before, settled, state_of
from dingben.quires import Place
from dingben.row import Composer
from dingben.stretches import Change
from dingben.tails import Cuts, Tail


class Pages:
    """The pages of one part, which are numbered as in the whole part."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.change: Change | None = None
        """What has become of the part since it was laid out last, if some of that serves again."""
        self.cuts: Cuts | None = None
        """From where on helpers may lay out the part."""
        self.next: Helper | None = None
        """The helper that lays out the pages after those of this process."""
        self.me: Helper | None = None
        """What this process is, if it is a helper; ``guess``: where it begins before it knows."""
        self.guess: Place | None = None
        self.before = 0
        """How many pages were there when the first helper began."""
        self.places: list[Place | None] = []
        """Where each page begins."""

    @property
    def begin(self) -> int:
        """The index of the first page that is laid out."""
        return self.change.first + self.change.begin if self.change and self.change.begin else 0

    @property
    def ends_within(self) -> bool:
        """Whether the rest of the part is not laid out here."""
        return bool(self.change and self.change.met) or bool(self.next and self.next.is_told)

    def start(self, context: Any) -> None:
        """Put the state where layout begins into a context that stands at the beginning of the part."""
        if self.begin:
            assert self.change
            place = self.change.former.sides[self.change.begin].start
            assert place
            context.page_maker = [*pages_before(self.begin), state_of(place)]

    def make(self, context: Any, root: Any, html: Any, pages: Any) -> Iterator[Any]:
        """The pages laid out; afterwards the context knows only these."""
        if context.target_collector.asking:  # for folios of its own pages: WeasyPrint makes them until they are right
            yield from theirs_make(context, root, html, pages)
            return
        context.rendered_notes = []
        first = context.page_maker[self.begin]
        made: list[Laid] = []

        def stops(place: Place | None, index: int) -> bool:
            if self.change:
                return bool(made) and self.change.joins(place, made[-1].count)
            return place is not None and self.stops(place, index)

        made += laid_pages(context, self.composer.notes, root, html, self.begin, stops)
        if self.me:
            made += self.tail(context, root, html, self.me)
        self.places = [laid.start for laid in made]
        context.page_maker = [first, *(laid.after for laid in made)]
        for state in context.page_maker:
            state[-1].update(settled())
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()
        yield from (laid.page for laid in made)

    # -- with helpers

    def stops(self, place: Place, index: int) -> bool:
        """Whether no page is laid out here that begins at a place: it is the next helper's, or this process one now."""
        if self.cuts is None:
            return False
        if self.next is None and self.cuts.tell(place):
            self.before = index
            self.divide(place, self.cuts)
            return self.me is not None
        return self.is_handed_over(place, index)

    def divide(self, place: Place, cuts: Cuts) -> None:
        """Have a helper for each piece, one forked from the other."""
        while cuts.blocks:
            helper = Helper()
            if not helper.is_me:
                self.next = helper
                return
            self.me, self.guess = helper, cuts.guess(place)
            self.cuts = cuts = cuts.rest

    def is_handed_over(self, place: Place | None, index: int) -> bool:
        """Whether the page that begins here is the first of the next helper, which is told so."""
        if self.next is None or self.cuts is None:
            return False
        return self.cuts.is_at(place) and self.next.tell((place, index))

    def tail(self, context: Any, root: Any, html: Any, me: Helper) -> list[Laid]:
        """In a helper: its pages."""
        assert self.guess
        tail = Tail(context, self.composer, root, html)
        tail.lay_early(self.guess, self.before, self.cuts if self.next else None)
        place, index = me.hear()
        return tail.pages(place, index, self.is_handed_over)

    def patch(self) -> Any:
        """While this lasts, WeasyPrint makes pages so."""
        return patched(weasyprint.layout, "make_all_pages", self.make)


theirs_make = weasyprint.layout.make_all_pages
