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
from dingben.tails import Cut, Tail


class Pages:
    """The pages of one part, which are numbered as in the whole part."""

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.change: Change | None = None
        """What has become of the part since it was laid out last, if some of that serves again."""
        self.cut: Cut | None = None
        """From where on a helper may lay out the part."""
        self.helper: Helper | None = None
        self.guess: Place | None = None
        """Where the helper begins; ``before``: how many pages were there."""
        self.before = 0
        self.places: list[Place | None] = []
        """Where each page begins."""

    @property
    def in_helper(self) -> bool:
        """Whether this process is the helper."""
        return self.helper is not None and self.helper.is_me

    @property
    def begin(self) -> int:
        """The index of the first page that is laid out."""
        return self.change.first + self.change.begin if self.change and self.change.begin else 0

    @property
    def ends_within(self) -> bool:
        """Whether the rest of the part is not laid out here."""
        return bool(self.change and self.change.met) or bool(self.helper and self.helper.is_told)

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
        if self.in_helper:
            made += self.tail(context, root, html)
        self.places = [laid.start for laid in made]
        context.page_maker = [first, *(laid.after for laid in made)]
        for state in context.page_maker:
            state[-1].update(settled())
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()
        yield from (laid.page for laid in made)

    # -- with a helper

    def stops(self, place: Place, index: int) -> bool:
        """Whether no page is laid out here that begins at a place; a helper begins where one can."""
        if self.cut is None:
            return False
        if self.helper is not None:
            return self.cut.is_at(place) and self.helper.tell((place, index))
        self.guess = self.cut.guess(place)
        if self.guess is None:
            return False
        self.helper, self.before = Helper(), index
        return self.in_helper

    def tail(self, context: Any, root: Any, html: Any) -> list[Laid]:
        """In the helper: the pages from the cut on."""
        assert self.helper
        assert self.guess
        tail = Tail(context, self.composer, root, html)
        tail.lay_early(self.guess, self.before)
        return tail.pages(*self.helper.hear())

    def patch(self) -> Any:
        """While this lasts, WeasyPrint makes pages so."""
        return patched(weasyprint.layout, "make_all_pages", self.make)


theirs_make = weasyprint.layout.make_all_pages
