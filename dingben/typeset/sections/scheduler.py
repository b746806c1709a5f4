"""The parts of a book set side by side, by as many processes as there are cores.

Each process lays out one part after the other. As soon as all parts before have told how many
pages they take, the part's folios are known, and any process can make its margins. The
contents come last, for they need every folio; but somebody who has nothing else to do lays them
out before, with the folios that are known by then, so that only some pages are left. What was
made of the same text before comes from the cache; of a part whose text has changed, the sides that
haven't. Which process does what has no part in the bytes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dingben.system.cache import Cache
from dingben.system.digests import digest_of
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.records import (
    TARGET,
    UNKNOWN_FOLIO_BASE,
    Extent,
    FontUsage,
    Glyphs,
    RunningHeadInputs,
    RunningHeadSet,
    SectionRecord,
    extent_of,
)
from dingben.typeset.sections.jobs import Job
from dingben.typeset.sections.split import Section
from dingben.typeset.sections.workers import Worker, WorkerPool, worthwhile

if TYPE_CHECKING:
    from dingben.typeset.fonts.registry import FontRegistry

ROUNDS = 4
"""How often the contents are laid out until they take as many pages as was thought."""

SHORT = 4
"""Parts of the longest one that a short one is."""


class SectionScheduler:
    """Sets the parts of one book. ``shaped_by``: what shapes every part, beside its own text."""

    def __init__(self, parts: Sequence[Section], hands: WorkerPool, cache: Cache, shaped_by: str) -> None:
        self.parts, self.hands, self.cache, self.shaped_by = parts, hands, cache, shaped_by
        self.digests = [digest_of(part.html) for part in parts]
        count = len(parts)
        self.extents: list[Extent | None] = [None] * count
        self.quires: list[SectionRecord | None] = [None] * count
        self.margins: list[RunningHeadSet | None] = [None] * count
        self.ordered: set[tuple[str, int]] = set()
        """What somebody does or has done: an order's kind and part."""
        self.looked: set[int] = set()
        """Parts whose margins have been looked for in the cache."""
        self.missing: set[int] = set()
        """Parts that are not in the cache as they are now."""
        self.contents = next((i for i, part in enumerate(parts) if part.contents), None)
        self.asked = set() if self.contents is None else set(TARGET.findall(parts[self.contents].html))
        """Anchors that the contents may name."""
        self.fonts: FontRegistry | None = None
        """Tells which fonts have to be subset: set when it is there, None again once it has been used."""
        self.to_cut: list[tuple[dict[str, FontUsage], Glyphs]] = []
        """Fonts that nobody has begun to cut; ``being_cut``: how many somebody is at."""
        self.being_cut = 0
        self.begins = False
        """Whether the first parts are given out, and nobody looks at what is made yet."""
        self.guess = Extent((1, 2), 2, {})
        self.rounds = 0
        self.known: dict[str, int] = {}
        self.draft: bytes | None = None
        """The contents with folios that may be others."""
        self.begun: dict[int, float] = {}
        """When somebody began with a part that isn't there yet, in seconds; ``pace``: characters in how many."""
        self.pace = [0.0, 0.0]

    def start(self) -> list[SectionRecord]:
        """Take sections from the cache, and give the workers the first of the others; return those of the cache."""
        found = [None if part.contents else self.cache.get("quire", self.shape(n)) for n, part in enumerate(self.parts)]
        self.missing = {number for number, quire in enumerate(found) if quire is None}
        lengths = [len(part.html) for n, part in enumerate(self.parts) if n in self.missing and not part.contents]
        if lengths:
            self.hands.enough(min(len(lengths), worthwhile(sum(lengths))))
            self.begins = True
            self.give_orders()
            self.begins = False
        for number, quire in enumerate(found):
            if quire is not None:
                self.take_quire(number, quire)
        self.settle()
        return [quire for quire in self.quires if quire]

    def finish(self, fonts: FontRegistry) -> tuple[list[SectionRecord], list[RunningHeadSet]]:
        """Lay out all other sections, and return every section's pages and running heads.

        ``fonts`` tells which fonts have to be subset. Raises NotSplittableError, DingbenError.
        """
        self.fonts = fonts
        while None in self.quires or None in self.margins or self.to_cut or self.being_cut:
            self.hands.enough(1)
            self.give_orders()
            for hand, reply in self.hands.replies():
                hand.busy = False
                self.give_order(hand)  # before what came of the last is looked at
                self.take(*reply)
            self.settle()
        return [quire for quire in self.quires if quire], [margins for margins in self.margins if margins]

    # -- what is in the cache

    def shape(self, number: int, *more: str, text: str = "") -> tuple[str, ...]:
        """What shapes a part: its ``text``, told by a digest, its neighbours and the book."""
        part = self.parts[number]
        return (part.name, text or self.digests[number], f"{part.before} {part.after}", self.shaped_by, *more)

    def former(self, number: int) -> bytes | None:
        """The quire of the part in the words that it had last."""
        if number == self.contents:
            return self.draft or self.cache.get("contents", self.shape(number, text="any"))
        text = self.cache.get("last", self.shape(number, text="any"))
        return self.cache.get("quire", self.shape(number, text=text.decode("ascii"))) if text else None

    # -- what is known

    def chain(self, extents: Sequence[Extent | None]) -> list[int | None]:
        """The folio before each part, as far as it can be told."""
        found: list[int | None] = []
        before: int | None = 0
        for extent in extents:
            found.append(0 if extent and not extent.counting else before)
            before = extent.last(before) if extent else None
        return found

    def settle(self) -> None:
        """Look for the contents in the cache, and for the margins of every part whose folios can be told by now."""
        if self.contents is not None and self.quires[self.contents] is None:
            self.settle_contents(self.contents)
        for number, before in enumerate(self.chain(self.extents)):
            told = self.quires[number] is not None and before is not None
            if told and self.margins[number] is None and number not in self.looked:
                self.looked.add(number)
                found = self.cache.get("margins", self.margins_shape(number))
                if found:
                    self.margins[number] = RunningHeadSet.of(found)
        self.settle_cuts()

    def settle_cuts(self) -> None:
        """Tell what fonts are to be cut, once it is known all that is used of them."""
        quires, margins = [*filter(None, self.quires)], [*filter(None, self.margins)]
        if self.fonts and self.missing and len(quires) == len(margins) == len(self.parts):
            self.to_cut = self.fonts.uncut([*quires, *margins], self.cache)
            self.fonts = None

    def furniture(self, number: int) -> list[RunningHeadInputs] | None:
        """What the margins of a part depend on; None as long as its folios can't be told."""
        quire, extent, before = self.quires[number], self.extents[number], self.chain(self.extents)[number]
        if quire is None or extent is None or before is None:
            return None
        return [RunningHeadInputs(s.kind, s.strings, extent.folio(i, before)) for i, s in enumerate(quire.sides)]

    def margins_shape(self, number: int) -> tuple[str, ...]:
        """What shapes the margins of a part."""
        furniture = self.furniture(number)
        told = None if furniture is None else [(side.kind, side.strings, side.folio) for side in furniture]
        return (self.parts[number].head, json.dumps(told), self.shaped_by)

    def settle_contents(self, at: int) -> None:
        """Tell the folios that the contents name, once all other parts are laid out, and look for them in the cache."""
        if self.known or any(extent is None for i, extent in enumerate(self.extents) if i != at):
            return
        for _ in range(ROUNDS):
            self.known = self.folios(self.guess)
            found = self.cache.get("quire", self.contents_shape(at))
            if found is None:
                return
            quire = SectionRecord.of(found)
            if self.agreed(extent_of(quire.sides)):
                self.quires[at], self.extents[at] = quire, self.guess
                return
        raise NotSplittableError("the contents never take as many pages as they say")

    def folios(self, contents: Extent) -> dict[str, int]:
        """The folio of every anchor that the contents may name, if they take so many pages."""
        extents = [contents if extent is None else extent for extent in self.extents]
        return {
            anchor: extent.folio(side, before or 0)
            for extent, before in zip(extents, self.chain(extents), strict=True)
            for anchor, side in extent.anchors.items()
            if anchor in self.asked
        }

    def contents_shape(self, at: int) -> tuple[str, ...]:
        """What shapes the contents."""
        return self.shape(at, str(self.before_contents(at)), json.dumps(self.known, sort_keys=True))

    def before_contents(self, at: int) -> int:
        """The folio before the contents."""
        return self.chain([*self.extents[:at], None])[at] or 0

    def agreed(self, extent: Extent) -> bool:
        """Whether the contents, laid out so, tell the right folios."""
        right = self.folios(extent) == self.known
        self.guess = extent
        return right

    # -- orders

    def give_orders(self) -> None:
        """Give every idle hand something to do."""
        for hand in self.hands.all:
            if not hand.busy:
                self.give_order(hand)
        if not any(hand.busy for hand in self.hands.all):
            raise NotSplittableError("the folios can't be told")

    def give_order(self, hand: Worker) -> None:
        """Give an idle hand something to do, if there is something."""
        if order := self.order():
            self.ordered.add(order[:2])
            if order[0] == "lay":
                self.begun[order[1]] = time.monotonic()
            hand.send(order)

    def order(self) -> Job | None:
        """What is to be done next: parts first; a draft of the contents, fonts, margins after that."""
        if (number := self.next_part()) is not None:
            return "lay", number, self.parts[number], UNKNOWN_FOLIO_BASE, None, self.former(number)
        if (at := self.contents) is not None and ("lay", at) not in self.ordered and self.quires[at] is None:
            if self.known and (self.draft or ("draft", at) not in self.ordered):
                return "lay", at, self.parts[at], self.before_contents(at), self.known, self.former(at)
            if not self.known and self.draft_is_worthwhile(at):
                return "draft", at, self.parts[at], self.before_contents(at), self.guessed(), self.former(at)
        if self.to_cut:
            self.being_cut += 1
            return "cut", self.being_cut, *self.to_cut.pop(0)
        for number, margins in enumerate(self.margins):
            if margins is None and ("margins", number) not in self.ordered:
                furniture = self.furniture(number)
                if furniture is not None:
                    return "margins", number, self.parts[number], furniture
        return None

    def next_part(self) -> int | None:
        """The part to be laid out next: they come in their order, so that folios are soon known.

        But one that is longer than its share of all that is left comes at once; and to begin with, none of the short
        ones, for it is some time until anybody looks at what was made of it.
        """
        lengths = {
            number: len(self.parts[number].html)
            for number in sorted(self.missing)
            if self.quires[number] is None and number != self.contents and ("lay", number) not in self.ordered
        }
        if not lengths:
            return None
        longest = max(lengths, key=lambda number: lengths[number])
        if lengths[longest] * len(self.hands.all) >= sum(lengths.values()):
            return longest
        return next(n for n, length in lengths.items() if not self.begins or length * SHORT >= lengths[longest])

    def draft_is_worthwhile(self, at: int) -> bool:
        """Whether there is time for a draft of the contents, before the last part is there."""
        if ("draft", at) in self.ordered or self.chain([*self.extents[:at], None])[at] is None or not self.pace[0]:
            return False
        if len(self.begun) >= self.hands.jobs:
            return False
        now, pace = time.monotonic(), self.pace[1] / self.pace[0]
        left = [len(self.parts[number].html) * pace - (now - began) for number, began in self.begun.items()]
        return bool(left) and max(left) > len(self.parts[at].html) * pace / 2

    def guessed(self) -> dict[str, int]:
        """The folios that the contents name, as far as they are known, with a number for every one."""
        return {**dict.fromkeys(self.asked, 1), **self.folios(self.guess)}

    def take(self, kind: str, number: int, content: Any) -> None:
        """Take what a hand has made. Raises what went wrong."""
        if kind == "whole":
            raise NotSplittableError(content)
        if kind == "failed":
            raise content
        if kind == "cut":
            self.being_cut -= 1
        elif kind == "draft":
            self.draft = content
        elif kind == "margins":
            self.cache.put("margins", self.margins_shape(number), content)
            self.margins[number] = RunningHeadSet.of(content)
        elif number == self.contents:
            self.take_contents(number, content)
        else:
            self.cache.put("quire", self.shape(number), content)
            self.cache.put("last", self.shape(number, text="any"), self.digests[number].encode("ascii"))
            self.take_quire(number, content)

    def take_quire(self, number: int, content: bytes) -> None:
        """A part is laid out."""
        if began := self.begun.pop(number, None):
            self.pace[0] += len(self.parts[number].html)
            self.pace[1] += time.monotonic() - began
        quire = self.quires[number] = SectionRecord.of(content)
        self.extents[number] = extent_of(quire.sides)

    def take_contents(self, number: int, content: bytes) -> None:
        """The contents are laid out; once more, where the folios would be others because of them."""
        self.draft = content
        self.cache.put("quire", self.contents_shape(number), content)
        self.cache.put("contents", self.shape(number, text="any"), content)
        quire = SectionRecord.of(content)
        if self.agreed(extent_of(quire.sides)):
            self.quires[number], self.extents[number] = quire, self.guess
            return
        self.rounds += 1
        if self.rounds == ROUNDS:
            raise NotSplittableError("the contents never take as many pages as they say")
        self.ordered.remove(("lay", number))
        self.known = {}
