"""The pages of a part made one after another: from the first or from within it, to the end or until the rest is known.

:class:`Pagination` stands for WeasyPrint's ``make_all_pages``, which is no public interface: the version is pinned, and
tests/test_stretches.py and tests/test_tails.py would notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import weasyprint.layout
from weasyprint.text.ffi import ffi, pangoft2

from dingben.system import processes
from dingben.system.processes import Helper
from dingben.typeset.engine.patch import patched
from dingben.typeset.inline.collect import InlineContext
from dingben.typeset.paged.mirror import stands
from dingben.typeset.paged.page_loop import LaidOutPage, PageLoop, ReusablePages
from dingben.typeset.paged.page_state import State, settled, state_of
from dingben.typeset.paged.reuse import BlockSequence, PageReuse
from dingben.typeset.paged.split_layout import Cuts, Tail, cuts_of
from dingben.typeset.records import PageRecord, PageStart

PATIENCE = 24
"""Pages laid out after a change until helpers are had: mostly a page begins as a former one before that."""


class Pagination:
    """The pages of one part, which are numbered as in the whole part."""

    def __init__(self, composer: InlineContext) -> None:
        self.composer = composer
        self.change: PageReuse | None = None
        """What has become of the part since it was laid out last, if some of that serves again."""
        self.row: BlockSequence | None = None
        """The part's row of blocks, if it can be cut; ``processes``: how many may lay out pieces of it."""
        self.processes = 1
        self.cuts: Cuts | None = None
        """From where on helpers lay out the part."""
        self.next: Helper | None = None
        """The helper that lays out the pages after those of this process."""
        self.me: Helper | None = None
        """What this process is, if it is a helper; ``guess``: where it begins before it knows, with page ``at``."""
        self.guess: PageStart | None = None
        self.at = 0
        self.made: list[LaidOutPage] = []
        """The pages, as far as they are made here; former sides among them."""
        self.laid: list[LaidOutPage] = []
        """Those laid out."""

    @property
    def begin(self) -> int:
        """The index of the first page that is laid out."""
        return self.change.first + self.change.begin if self.change and self.change.begin else 0

    @property
    def ends_within(self) -> bool:
        """Whether the rest of the part is not laid out here."""
        known = bool(self.made) and isinstance(self.made[-1].page, PageRecord)
        return known or bool(self.next and self.next.is_told)

    def make(self, context: Any, root: Any, html: Any, pages: Any) -> Iterator[Any]:
        """The pages laid out; afterwards the context knows only these."""
        if context.target_collector.asking:  # for folios of its own pages: WeasyPrint makes them until they are right
            yield from theirs_make(context, root, html, pages)
            return
        context.rendered_notes = []
        weaver, state = PageLoop(context, self.composer.notes, root, html), self.state(context)
        stand = stands(html, context)

        def run(place: PageStart | None) -> Sequence[LaidOutPage]:
            return self.change.run(place, stand) if self.change else ()

        def ends(place: PageStart | None, index: int) -> bool:
            return self.is_divided(context, place, index)

        self.made = weaver.woven(self.begin, state, run, ends)
        if self.me:
            self.made = self.tail(weaver, run, self.me)
        self.laid = [page for page in self.made if not isinstance(page.page, PageRecord)]
        context.page_maker = [state, *(page.after for page in self.laid)]
        for kept in context.page_maker:
            kept[-1].update(settled())
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()
        yield from (page.page for page in self.laid)

    def state(self, context: Any) -> State:
        """What is known of where layout begins, in a context that stands at the beginning of the part."""
        if not self.begin:
            return tuple(context.page_maker[0])
        assert self.change
        place = self.change.former.sides[self.change.begin].start
        assert place
        return state_of(place)

    def completed(self, sides: Sequence[PageRecord]) -> list[PageRecord]:
        """All sides of the part: those laid out here, and the former ones."""
        if self.change is None:
            return [*sides]
        laid = iter(sides)
        known = (page.page if isinstance(page.page, PageRecord) else next(laid, None) for page in self.made)
        before = [] if self.me else self.change.former.sides[: self.change.begin]
        return [*before, *(side for side in known if side)]

    # -- with helpers

    def is_divided(self, context: Any, place: PageStart | None, index: int) -> bool:
        """Whether no page is laid out here that begins at a place: it is the next helper's, or this process one now."""
        if self.next or self.me:
            return self.is_handed_over(place, index)
        waits = self.change is not None and index < self.begin + PATIENCE  # until a former page begins alike
        if self.row is None or self.processes < 2 or place is None or waits:
            return False
        if self.cuts is None:
            self.cuts = cuts_of(self.row, context, self.processes, place if self.change else None)
            self.processes = self.processes if self.cuts else 1
        if self.cuts is None or not self.cuts.tell(place) or not processes.may_fork():
            return False  # the next page may begin where it can
        self.at = index
        waiting = processes.others()
        self.divide(place, self.cuts)
        if self.me and waiting:
            match_again(context.font_config.font_map)
        return self.me is not None

    def divide(self, place: PageStart, cuts: Cuts) -> None:
        """Have a helper for each piece, one forked from the other."""
        while cuts.blocks:
            helper = Helper()
            if not helper.is_me:
                self.next = helper
                return
            self.me, self.guess = helper, cuts.guess(place)
            self.cuts = cuts = cuts.rest

    def is_handed_over(self, place: PageStart | None, index: int) -> bool:
        """Whether the page that begins here is the first of the next helper, which is told so."""
        if self.next is None or self.cuts is None:
            return False
        return self.cuts.is_at(place) and self.next.tell((place, index))

    def tail(self, weaver: PageLoop, run: ReusablePages, me: Helper) -> list[LaidOutPage]:
        """In a helper: its pages; ``run`` gives former ones that serve from a place on."""
        assert self.guess
        tail = Tail(weaver, self.composer)
        tail.lay_early(self.guess, self.at, self.cuts if self.next else None)
        place, index = me.hear()
        return tail.pages(place, index, run, self.is_handed_over)

    def patch(self) -> Any:
        """While this lasts, WeasyPrint makes pages so."""
        return patched(weasyprint.layout, "make_all_pages", self.make)


theirs_make = weasyprint.layout.make_all_pages


def match_again(font_map: Any) -> None:
    """In a process that was forked: let a font map have a thread that matches fonts, see :func:`helpers.may_fork`.

    It begins one as it is told that fonts have changed, and finds the same fonts.
    """
    pangoft2.pango_fc_font_map_config_changed(ffi.cast("PangoFcFontMap *", font_map))
