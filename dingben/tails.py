"""The later pieces of a long part, each laid out by a process before it is known where its first page begins.

Processes are forked when the first pages are there. Each begins with a block from within the part, as if a page began
with it. The one before it, when it comes to that block, tells where the page there begins in truth. From there this
one lays out again, with paragraphs whose lines it has by now, but only until a page begins as one did before: what
follows is what it was, but for folios and the side of the sheet (:mod:`dingben.frames`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from dingben.frames import other_side, turn
from dingben.places import Laid, Stops, alike, block_at, laid_pages, moved, pages_before, state_of
from dingben.quires import Place
from dingben.row import Composer
from dingben.stretches import Row

LESS = 0.06
"""By so much of a piece each is shorter than the one before it, and the first longer: some pages are laid out twice."""

REMEMBERED = 2048
"""Paragraphs whose lines are kept to be set again."""

SIDES = frozenset({"left", "right", "recto", "verso"})
"""Breaks after which a page stands on a certain side."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Blocks of a row from each of which on another process lays out the pages."""

    row: Row
    blocks: tuple[int, ...]

    @property
    def rest(self) -> Cuts:
        """Those after the first."""
        return Cuts(self.row, self.blocks[1:])

    def tell(self, place: Place) -> bool:
        """Whether a page that begins at a place tells how one would begin with a block after it."""
        block = block_at(place, self.row.path)
        return block is not None and block < self.blocks[0] and place["next"]["break"] == "any"

    def guess(self, place: Place) -> Place:
        """Where a page begins with the first of the blocks, if one before does at ``place``."""
        return {**place, "path": [*self.row.path, self.blocks[0]]}

    def is_at(self, place: Place | None) -> bool:
        """Whether a page that begins here can be the first of the other process."""
        block = block_at(place, self.row.path)
        if place is None or block is None or block < self.blocks[0]:
            return False
        begun = len(place["path"]) > len(self.row.path) + 1  # a heading's bookmark stands on its first page only
        return not (begun and any(box.bookmark_label for box in self.row.box.children[block].descendants()))


def cuts_of(row: Row, context: Any, processes: int) -> Cuts | None:
    """Where a part may be cut for so many processes; None where it may not: what is fixed, or runs, is on all pages."""
    if processes < 2:
        return None
    styles = {id(style): style for style in context.style_for._computed_styles.values()}
    if any(style["position"] not in ("static", "relative", "absolute") for style in styles.values()):
        return None
    texts = ("" if box.element is None else "".join(box.element.itertext()) for box in row.box.children)
    before = [0, *accumulate(map(len, texts))]
    pieces = (1 + LESS * (processes - 1 - 2 * n) for n in range(processes - 1))
    wanted = (share * before[-1] / processes for share in accumulate(pieces))
    found = {bisect_left(before, length) for length in wanted}
    blocks = tuple(block for block in sorted(found) if 0 < block < len(row.box.children))
    return Cuts(row, blocks) if blocks else None


class Tail:
    """Pages from a cut on."""

    def __init__(self, context: Any, composer: Composer, root: Any, html: Any) -> None:
        self.context, self.notes, self.root, self.html = context, composer.notes, root, html
        self.footnotes = [*context.footnotes]
        self.early: list[Laid] = []
        """Pages laid out before it was known where they begin."""
        self.by_path: dict[tuple[int, ...], int] = {}
        composer.kept = REMEMBERED

    def lay_early(self, guess: Place, index: int, cuts: Cuts | None) -> None:
        """Lay out pages as if page ``index`` began at ``guess``, to the end of the part or to where the next cut is."""
        self.context.page_maker = [*pages_before(index), state_of(guess)]
        self.early += self.lay(index, lambda place, _: cuts is not None and cuts.is_at(place))
        self.by_path = {tuple(page.start["path"]): n for n, page in enumerate(self.early) if page.start}

    def pages(self, place: Place, index: int, is_handed_over: Stops) -> list[Laid]:
        """The pages, where page ``index`` begins at ``place`` in truth, until the next one is handed over."""
        self.begin_again()
        made: list[Laid] = []
        run: Sequence[Laid] = ()
        state, ends = state_of(place), False

        def stops(place: Place | None, number: int) -> bool:
            nonlocal run, ends
            ends = is_handed_over(place, number)
            run = () if ends or (run and number == at) else self.run(place)
            return ends or bool(run)

        while not (ends or (made and made[-1].is_last)):
            at = index + len(made)
            self.context.page_maker = [*pages_before(at), state]
            made += self.lay(at, stops)
            made += run
            state = made[-1].after if made else state
        return made

    def lay(self, index: int, stops: Stops) -> list[Laid]:
        """Pages from ``index`` on: see :func:`laid_pages`."""
        return [*laid_pages(self.context, self.notes, self.root, self.html, index, stops)]

    def begin_again(self) -> None:
        """Have all notes be set again."""
        context = self.context
        context.footnotes, context.rendered_notes, context.reported_footnotes = [*self.footnotes], [], []
        context.broken_out_of_flow = {}
        for known in (self.notes.heads, self.notes.rests, self.notes.waiting):
            known.clear()

    def run(self, place: Place | None) -> list[Laid]:
        """The pages laid out before that serve from a place on, as they are in truth; none where none begins alike."""
        number = self.by_path.get(tuple(place["path"])) if place else None
        if place is None or number is None:
            return []
        start = self.early[number].start
        assert start
        turned = place["right"] != start["right"]
        if not alike(place, {**start, "right": place["right"]}):
            return []
        sides: list[Any] = []
        following, count = start["next"], start["values"]["page"][-1]
        for page in self.early[number:]:
            side = other_side(page.page, self.html, self.context) if turned else None
            if page.count != count + 1 or (turned and (side is None or following["break"] in SIDES)):
                break
            sides.append(side)
            following, count = page.after[1], count + 1
        end = number + len(sides)
        while end < len(self.early) and end > number and self.early[end].start is None:  # it can't be begun with
            end -= 1
        more = place["values"]["page"][-1] - start["values"]["page"][-1]
        for page, side in zip(self.early[number:end], sides, strict=False):
            if side is not None:
                turn(page.page, side)
        return [moved(page, more, turned=turned) for page in self.early[number:end]]
