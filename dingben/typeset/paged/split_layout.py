"""The later pieces of a long part, each laid out by a process before it is known where its first page begins.

Processes are forked when the first pages are there. Each begins with a block from within the part, as if a page began
with it. The one before it, when it comes to that block, tells where the page there begins in truth. From there this
one lays out again, with paragraphs whose lines it has by now, but only until a page begins as one did before: what
follows is what it was, but for folios and the side of the sheet (:mod:`dingben.typeset.paged.page_frames`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from dingben.typeset.inline.collect import InlineContext
from dingben.typeset.paged.page_frames import other_side, turn
from dingben.typeset.paged.page_loop import LaidOutPage, PageLoop, ReusablePages, StopCondition, numbers_by_path, served
from dingben.typeset.paged.page_state import block_at, state_of
from dingben.typeset.paged.reuse import BlockSequence
from dingben.typeset.records import PageStart

LESS = 0.06
"""By so much of a piece each is shorter than the one before it, and the first longer: some pages are laid out twice."""

LEFT = 60_000
"""Characters of a changed part still to be laid out from which on they are worth another process."""

REMEMBERED = 2048
"""Paragraphs whose lines are kept to be set again."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Blocks of a row from each of which on another process lays out the pages."""

    row: BlockSequence
    blocks: tuple[int, ...]

    @property
    def rest(self) -> Cuts:
        """Those after the first."""
        return Cuts(self.row, self.blocks[1:])

    def tell(self, place: PageStart) -> bool:
        """Whether a page that begins at a place tells how one would begin with a block after it."""
        block = block_at(place, self.row.path)
        return block is not None and block < self.blocks[0] and place["next"]["break"] == "any"

    def guess(self, place: PageStart) -> PageStart:
        """Where a page begins with the first of the blocks, if one before does at ``place``."""
        return {**place, "path": [*self.row.path, self.blocks[0]]}

    def is_at(self, place: PageStart | None) -> bool:
        """Whether a page that begins here can be the first of the other process."""
        block = block_at(place, self.row.path)
        if place is None or block is None or block < self.blocks[0]:
            return False
        begun = len(place["path"]) > len(self.row.path) + 1  # a heading's bookmark stands on its first page only
        return not (begun and any(box.bookmark_label for box in self.row.box.children[block].descendants()))


def cuts_of(row: BlockSequence, context: Any, processes: int, place: PageStart | None) -> Cuts | None:
    """Where a part may be cut for so many processes, from a place on if one is given.

    None where too little is left, and where what is fixed, or runs, is on all pages.
    """
    styles = {id(style): style for style in context.style_for._computed_styles.values()}
    if any(style["position"] not in ("static", "relative", "absolute") for style in styles.values()):
        return None
    texts = ("" if box.element is None else "".join(box.element.itertext()) for box in row.box.children)
    before = [0, *accumulate(map(len, texts))]
    start = before[block_at(place, row.path) or 0]
    left = before[-1] - start
    if place:
        processes = min(processes, 1 + left // LEFT)
    pieces = (1 + LESS * (processes - 1 - 2 * n) for n in range(processes - 1))
    wanted = (start + share * left / processes for share in accumulate(pieces))
    found = {bisect_left(before, length) for length in wanted}
    blocks = tuple(block for block in sorted(found) if 0 < block < len(row.box.children))
    return Cuts(row, blocks) if blocks else None


class Tail:
    """Pages from a cut on."""

    def __init__(self, weaver: PageLoop, composer: InlineContext) -> None:
        self.weaver, self.context, self.notes = weaver, weaver.context, composer.notes
        self.footnotes = [*weaver.context.footnotes]
        self.early: list[LaidOutPage] = []
        """Pages laid out before it was known where they begin."""
        self.by_path: dict[tuple[int, ...], int] = {}
        composer.kept = REMEMBERED

    def lay_early(self, guess: PageStart, index: int, cuts: Cuts | None) -> None:
        """Lay out pages as if page ``index`` began at ``guess``, to the end of the part or to where the next cut is."""
        self.early += self.weaver.pages(index, state_of(guess), lambda place, _: cuts is not None and cuts.is_at(place))
        self.by_path = numbers_by_path(self.early)

    def pages(
        self, place: PageStart, index: int, run: ReusablePages, is_handed_over: StopCondition
    ) -> list[LaidOutPage]:
        """The pages, where page ``index`` begins at ``place`` in truth, until the next one is handed over.

        ``run`` gives others that are known from a place on.
        """
        self.begin_again()
        return self.weaver.woven(index, state_of(place), lambda place: self.run(place) or run(place), is_handed_over)

    def begin_again(self) -> None:
        """Have all notes be set again."""
        context = self.context
        context.footnotes, context.rendered_notes, context.reported_footnotes = [*self.footnotes], [], []
        context.broken_out_of_flow = {}
        for known in (self.notes.heads, self.notes.rests, self.notes.waiting):
            known.clear()

    def run(self, place: PageStart | None) -> list[LaidOutPage]:
        """The pages laid out before that serve from a place on, as they are in truth; none where none begins alike."""
        number = self.by_path.get(tuple(place["path"])) if place else None
        if place is None or number is None:
            return []
        serving = served(place, self.early, number, self.other_side)
        run = self.early[number : number + len(serving.sides)]
        for page, side in zip(run, serving.sides, strict=True):
            if serving.turned:
                turn(page.page, side)
        return [page.moved(serving.more, turned=serving.turned) for page in run]

    def other_side(self, page: LaidOutPage) -> Any:
        """See :func:`frames.other_side`."""
        return other_side(page.page, self.weaver.html, self.context)
