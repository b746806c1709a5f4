"""The rest of a long part, laid out by another process before it is known where its first page begins.

The process is forked when the first pages are there, and begins with a block from the middle of the part, as if a page
began with it. The one that goes on from the first pages comes to that block in its time, and tells where the page there
begins in truth. From there this one lays out again, with paragraphs whose lines it has by now, but only until a page
begins as one did before: what follows is what it was, but for folios and the side of the sheet (:mod:`dingben.frames`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from dingben.frames import other_side, turn
from dingben.places import Laid, alike, block_at, laid_pages, moved, pages_before, state_of
from dingben.quires import Place
from dingben.row import Composer
from dingben.stretches import Row

SHARE = 0.53
"""Of a part's text, for the process that began with it: the other one lays out some pages twice."""

REMEMBERED = 2048
"""Paragraphs whose lines are kept to be set again."""

SIDES = frozenset({"left", "right", "recto", "verso"})
"""Breaks after which a page stands on a certain side."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A block of a row from which on another process lays out the pages."""

    row: Row
    block: int

    @classmethod
    def of(cls, row: Row, context: Any) -> Cut | None:
        """Where a part may be cut; None if it may not: what is fixed, or runs, is on pages of both sides of the cut."""
        styles = {id(style): style for style in context.style_for._computed_styles.values()}
        if any(style["position"] not in ("static", "relative", "absolute") for style in styles.values()):
            return None
        texts = ("" if box.element is None else "".join(box.element.itertext()) for box in row.box.children)
        before = list(accumulate(map(len, texts)))
        block = next((n for n, length in enumerate(before, start=1) if length >= SHARE * before[-1]), len(before))
        return cls(row, block) if block < len(before) else None

    def guess(self, place: Place) -> Place | None:
        """Where a page begins with the block, if one before does at ``place``; None where that tells nothing."""
        block = block_at(place, self.row.path)
        if block is None or block >= self.block or place["next"]["break"] != "any":
            return None
        return {**place, "path": [*self.row.path, self.block]}

    def is_at(self, place: Place) -> bool:
        """Whether a page that begins here can be the first of the other process."""
        block = block_at(place, self.row.path)
        if block is None or block < self.block:
            return False
        begun = len(place["path"]) > len(self.row.path) + 1  # a heading's bookmark stands on its first page only
        return not (begun and any(box.bookmark_label for box in self.row.box.children[block].descendants()))


class Tail:
    """Pages from a cut to the end of the part."""

    def __init__(self, context: Any, composer: Composer, root: Any, html: Any) -> None:
        self.context, self.notes, self.root, self.html = context, composer.notes, root, html
        self.footnotes = [*context.footnotes]
        self.early: list[Laid] = []
        """Pages laid out before it was known where they begin."""
        self.by_path: dict[tuple[int, ...], int] = {}
        composer.kept = REMEMBERED

    def lay_early(self, guess: Place, index: int) -> None:
        """Lay out all pages as if page ``index`` began at ``guess``."""
        self.context.page_maker = [*pages_before(index), state_of(guess)]
        self.early += self.lay(index, lambda *_: False)
        self.by_path = {tuple(page.start["path"]): n for n, page in enumerate(self.early) if page.start}

    def pages(self, place: Place, index: int) -> list[Laid]:
        """All pages, where page ``index`` begins at ``place`` in truth."""
        self.begin_again()
        made: list[Laid] = []
        run: Sequence[Laid] = ()
        state = state_of(place)
        while not (made and made[-1].is_last):
            at = index + len(made)
            self.context.page_maker = [*pages_before(at), state]

            def stops(place: Place | None, number: int, at: int = at) -> bool:
                nonlocal run
                run = () if run and number == at else self.run(place)
                return bool(run)

            made += self.lay(at, stops)
            made += run
            state = made[-1].after
        return made

    def lay(self, index: int, stops: Any) -> list[Laid]:
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
