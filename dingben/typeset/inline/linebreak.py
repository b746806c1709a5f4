"""Line breaking and justification: where lines end, and how each is made exactly as wide as the measure.

The compositor's rules of W3C CLREQ (https://www.w3.org/TR/clreq/#line_adjustment): a line
is filled with whole characters; where a mark that may not begin a line would be the next,
it is pushed in if the empty halves of the marks on the line give the room, else the
character before it goes with it to the next line; no character stands alone on the last
line where one line of work avoids it. What is left of a line is given away beside marks
first, then beside Western words, then evenly, so that no gap is wide. Nothing here knows
fonts or boxes: widths come in, places and spaces go out. Lengths are px throughout.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress
from operator import add

from dingben.typeset.inline import char_classes as ch

EPSILON = 0.01
"""Px by which a line may be too wide: what floating point and the measure's rounding cost."""

BESIDE_MARKS = 0.125
"""Em that a gap beside a mark takes before the others get anything."""

BESIDE_WORDS = 0.125
"""Em that a blank, or the gap of a Western word, takes before all get the same."""

WIDE = 0.5
"""Em: where every gap would be wider, the letters of Western words are spaced as well."""

Hyphenator = Callable[[int, int], Sequence[int]]
"""For a range of characters, the places in it before which a word may be hyphenated, ascending."""


@dataclass(slots=True)
class Line:
    """Characters ``start`` to ``end``; ``width`` as set naturally, ``room`` that it has.

    ``forced``: it ends its paragraph, or by a forced break. ``hyphen``: one is added.
    ``since``: where the line before ended, for blanks between two lines stand on neither.
    """

    start: int
    end: int
    width: float
    room: float
    forced: bool = False
    hyphen: bool = False
    since: int = -1


@dataclass(slots=True)
class Spacing:
    """What a line adds after its characters (px by index, may be negative), and by how much glyphs move left.

    ``left``: px from the left edge of the page to that of each character, where they don't stand in the order of the
    text (:mod:`dingben.typeset.inline.bidi`).
    """

    after: dict[int, float] = field(default_factory=dict)
    back: dict[int, float] = field(default_factory=dict)
    left: dict[int, float] = field(default_factory=dict)


class LineBreaker:
    """A paragraph's characters with their widths, ready to be broken.

    ``widths``: advance of each character, px. ``halves``: the white that a full-width mark
    can give up, px, and how much of it stands before the mark, by index. ``em``: the size of
    type, px. ``gap``: width of the gap between Han and
    a Western word, em. ``allowed``: for a place within Western text, whether a line may end
    before it. ``glued``: indexes before which no line may end whatever the classes say.
    """

    def __init__(
        self,
        classes: str,
        widths: Sequence[float],
        halves: dict[int, tuple[float, float]],
        em: float,
        gap: float,
        allowed: Callable[[int], bool],
        glued: frozenset[int] = frozenset(),
        hyphens: Hyphenator | None = None,
        hyphen_width: float = 0.0,
    ) -> None:
        self.classes, self.em = classes, em
        self.halves = {i: half for i, (half, _) in halves.items()}
        self.before = {i: before for i, (_, before) in halves.items() if before}
        """Px of a mark's white that stand before it."""
        self.hyphens, self.hyphen_width = hyphens, hyphen_width
        codes = bytes(map(ch.pairs.__getitem__, map(add, classes, classes[1:]))) + b"\0"
        self.advances = list(widths)
        self.tails: dict[int, float] = {}
        """Px of what a character has behind it in a line and loses at the end of one."""
        self.back: dict[int, float] = {}
        """Px by which the glyph of an opening mark stands further left, its empty half taken."""
        self.give: dict[int, float] = {}
        """Px by which a character can be made narrower."""
        squeezed = self.adjust_advances(codes, halves, gap * em)
        self.collect_shrinkability(squeezed)
        self.givers, self.moved = sorted(self.give), sorted(self.back)
        self.position = list(accumulate(self.advances, initial=0.0))
        self.given = list(accumulate(map(self.give.__getitem__, self.givers), initial=0.0))
        """Px that the givers before each one give in all."""
        self.kinds = codes.translate(ch.KINDS)
        self.ends, self.end_positions = self.break_opportunities(codes, allowed, glued)
        self.forced = [*(i + 1 for i in places_of(ch.BREAK, classes)), len(classes)]

    # -- preparation

    def adjust_advances(self, codes: bytes, halves: dict[int, tuple[float, float]], gap: float) -> set[int]:
        """Add the gaps between Han and Western, take the white between marks; return the marks made narrower.

        ``gap`` is in px.
        """
        advances, squeezed = self.advances, set[int]()
        for found in ch.SPECIAL.finditer(codes):
            i, code = found.start(), codes[found.start()]
            if code & ch.KIND == ch.GAP:
                advances[i] += gap
                self.tails[i] = gap
                self.give[i] = gap / 2
            elif code & ch.LEFT_YIELDS and i in halves:
                half, before = halves[i]
                advances[i] -= half
                self.tails[i] = -half
                if before:
                    self.back[i] = before
                squeezed.add(i)
            elif code & ch.RIGHT_YIELDS and i + 1 in halves:
                half, before = halves[i + 1]
                advances[i + 1] -= half
                self.back[i + 1] = before
                squeezed.add(i + 1)
        return squeezed

    def collect_shrinkability(self, squeezed: set[int]) -> None:
        """Let blanks give up to a third of their width, and marks their white where it has not been taken yet."""
        for i in places_of(ch.BLANK, self.classes):
            self.tails[i] = self.advances[i]
            self.give[i] = max(0.0, min(self.advances[i] - self.em / 5, self.advances[i] / 3))
        for i, half in self.halves.items():
            if i not in squeezed:
                self.give[i] = self.give.get(i, 0.0) + half

    def break_opportunities(
        self, codes: bytes, allowed: Callable[[int], bool], glued: frozenset[int]
    ) -> tuple[list[int], list[float]]:
        """Return the places where a line may end, and the position (px) of the end of such a line."""
        may_end = bytearray(codes.translate(ch.MAY_END))
        for found in ch.ASKED.finditer(codes):
            may_end[found.start()] = allowed(found.start() + 1)
        for i in glued:
            may_end[i - 1] = False
        may_end[-1] = True
        ending = self.position[1:]
        for i, tail in self.tails.items():
            ending[i] -= tail
        return [*compress(range(1, len(self.classes) + 1), may_end)], [*compress(ending, may_end)]

    # -- breaking

    def width(self, start: int, end: int) -> float:
        """The natural width of a line."""
        return self.position[end] - self.position[start] - self.tails.get(end - 1, 0.0)

    def reserve(self, start: int, end: int) -> float:
        """By how much a line can be made narrower."""
        last = self.halves.get(end - 1, 0.0) if self.classes[end - 1] in _TRAILING else 0.0
        return self.given_between(start, end - 1) + last

    def given_between(self, start: int, end: int) -> float:
        """By how much the characters ``start`` to ``end`` can be made narrower."""
        return self.given[bisect_left(self.givers, end)] - self.given[bisect_left(self.givers, start)]

    def after_blanks(self, start: int) -> int:
        """Where a line begins that may begin at ``start``: blanks there are lost."""
        while start < len(self.classes) and self.classes[start] == ch.BLANK:
            start += 1
        return start

    def breaks(self, start: int, room: Callable[[int], float]) -> list[Line]:
        """The lines from ``start`` on. ``room(n)`` is the width that the ``n``-th of them has."""
        made: list[Line] = []
        first = start
        start = self.after_blanks(start)
        while start < len(self.classes):
            line = self.fill(start, room(len(made)))
            made.append(line)
            start = self.after_blanks(line.end)
        if len(made) > 1:
            self.mend_last(made)
        for line in made:
            line.since, first = first, line.end
        return made

    def fill(self, start: int, room: float) -> Line:
        """The line that begins at ``start``."""
        stop = self.forced[bisect_right(self.forced, start)]
        limit = self.position[start] + room + EPSILON
        index = bisect_right(self.end_positions, limit) - 1
        end = self.ends[index] if index >= 0 else 0
        if end >= stop:
            return Line(start, stop, self.width(start, stop), room, forced=True)
        if end <= start:  # also where a column is so narrow that its width is negative
            return self.overfull(start, min(self.ends[bisect_right(self.ends, start)], stop), room)
        following = min(self.ends[index + 1], stop)
        slack = room - self.width(start, end)
        if slack < self.em - EPSILON:
            return Line(start, end, room - slack, room)
        wider = self.width(start, following)
        if wider - room <= self.reserve(start, following):
            return Line(start, following, wider, room, forced=following == stop)
        return self.hyphenated(start, end, following, room) or Line(start, end, room - slack, room)

    def overfull(self, start: int, end: int, room: float) -> Line:
        """The line that begins with more than fits and can't be divided by rule: pushed in, hyphenated, else cut."""
        width = self.width(start, end)
        if width - room <= self.reserve(start, end):
            return Line(start, end, width, room, forced=end == len(self.classes))
        hyphenated = self.hyphenated(start, start, end, room)
        if hyphenated:
            return hyphenated
        cut = bisect_right(self.position, self.position[start] + room + EPSILON) - 1
        cut = min(max(cut, start + 1), end)
        while cut < end and self.advances[cut] == 0.0:
            cut += 1  # never within a cluster
        return Line(start, cut, self.width(start, cut), room, forced=cut == len(self.classes))

    def hyphenated(self, start: int, low: int, high: int, room: float) -> Line | None:
        """The line with as much of the word between ``low`` and ``high`` as fits, and a hyphen."""
        if self.hyphens is None:
            return None
        for place in reversed(self.hyphens(low, high)):
            width = self.position[place] - self.position[start] + self.hyphen_width
            if width <= room + EPSILON:
                return Line(start, place, width, room, hyphen=True)
        return None

    def mend_last(self, made: list[Line]) -> None:
        """Let no single character stand on the last line, if the line before can help."""
        before, last = made[-2], made[-1]
        alone = [c for c in self.classes[last.start : last.end] if c not in _FOLLOWERS]
        if before.forced or len(alone) != 1 or alone[0] != ch.HAN or before.hyphen:
            return
        width = self.width(before.start, last.end)
        if width - before.room <= self.reserve(before.start, last.end):
            made[-2:] = [Line(before.start, last.end, width, before.room, forced=True)]
            return
        earlier = bisect_right(self.ends, before.end - 1) - 1
        end = self.ends[earlier] if earlier >= 0 else 0
        gaps = end - 1 - before.start - self.kinds.count(ch.NONE, before.start, end - 1) if end > before.start else 0
        narrower = self.width(before.start, end) if gaps else 0.0
        if gaps and (before.room - narrower) / gaps <= WIDE * self.em / 2:
            made[-2] = Line(before.start, end, narrower, before.room)
            made[-1] = Line(end, last.end, self.width(end, last.end), last.room, forced=True)

    # -- spacing

    def spacing(self, line: Line, *, justified: bool) -> Spacing:
        """How the line is made as wide as its room: narrower where it must be, wider if it is ``justified``."""
        found = Spacing()
        for i in self.moved[bisect_left(self.moved, line.start) : bisect_left(self.moved, line.end)]:
            found.back[i] = self.back[i]
        tail = self.tails.get(line.end - 1, 0.0)
        if tail:
            found.after[line.end - 1] = -tail
        if tail < 0:
            found.back.pop(line.end - 1, None)
        excess = line.width - line.room
        if excess > EPSILON:
            self.narrow(line, excess, found)
        elif justified and not line.forced and excess < 0:
            self.widen(line, -excess, found)
        return found

    def narrow(self, line: Line, excess: float, found: Spacing) -> None:
        """Take the empty half of the last mark first, then of all marks and gaps alike."""
        last = line.end - 1
        if self.classes[last] in _TRAILING and last in self.halves:
            # the whole half: a mark cut to a part of it would end neither at the edge nor a half beyond
            found.after[last] = found.after.get(last, 0.0) - self.halves[last]
            if last in self.before:
                found.back[last] = self.before[last]
            excess -= self.halves[last]
        if excess < 0:
            self.widen(line, -excess, found)
            return
        room = self.given_between(line.start, last)
        if excess == 0 or room <= 0:
            return
        share = min(1.0, excess / room)
        for i in self.givers[bisect_left(self.givers, line.start) : bisect_left(self.givers, last)]:
            found.after[i] = found.after.get(i, 0.0) - self.give[i] * share
            if i in self.before:
                found.back[i] = found.back.get(i, 0.0) + self.before[i] * share

    def widen(self, line: Line, slack: float, found: Spacing) -> None:
        """Give the slack away: beside marks, beside words, then evenly."""
        start, last = line.start, line.end - 1
        kinds, gaps = self.kinds[start:last], range(start, last)
        marks = [*compress(gaps, kinds.translate(ch.BESIDE_MARK))]
        words = [*compress(gaps, kinds.translate(ch.BESIDE_WORD))]
        places = [*compress(gaps, kinds)]
        after = found.after
        for chosen, most in ((marks, BESIDE_MARKS), (words, BESIDE_WORDS)):
            if chosen and slack > 0:
                each = min(most * self.em, slack / len(chosen))
                for i in chosen:
                    after[i] = after.get(i, 0.0) + each
                slack -= each * len(chosen)
        if slack <= 0:
            return
        if not places or slack / len(places) > WIDE * self.em:
            letters = [
                i
                for i in range(start, last)
                if self.classes[i] in ch.WESTERN_KINDS and self.classes[i + 1] in ch.WESTERN_KINDS
            ]
            places = sorted({*places, *letters})
        if places:
            each = slack / len(places)
            for i in places:
                after[i] = after.get(i, 0.0) + each


def places_of(char: str, classes: str) -> list[int]:
    """Where a class stands."""
    return [found.start() for found in re.finditer(char, classes)] if char in classes else []


_TRAILING = ch.CLOSES + ch.POINT
_FOLLOWERS = ch.CLOSES + ch.POINT + ch.CALL + ch.BLANK + ch.HELD + ch.BREAK + ch.LATIN_CLOSES + ch.HALF_STOP + ch.ZERO
