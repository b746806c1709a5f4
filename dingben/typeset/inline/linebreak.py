"""Line breaking and justification: where lines end, and how each is made exactly as wide as the measure.

The rules of W3C CLREQ (https://www.w3.org/TR/clreq/#line_adjustment): a line is filled with whole characters. If the
next one is a mark that may not begin a line, it is pushed in, if the empty halves of the marks on the line give the
room; else the character before it moves with it to the next line. A single character on the last line is avoided if one
changed line suffices. The slack of a line is distributed beside marks first, then beside Western words, then evenly, so
that no gap is wide. This module does not know fonts and boxes: widths come in, positions and spaces go out. Lengths are
in px.
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
"""Px by which a line may be too wide, because of floating point and the rounding of the measure."""

BESIDE_MARKS = 0.125
"""Em that a gap beside a mark takes before other gaps are widened."""

BESIDE_WORDS = 0.125
"""Em that a space, or the gap beside a Western word, takes before all gaps are widened evenly."""

WIDE = 0.5
"""Em: gaps wider than this look like holes."""

LOOSE = 2.0
"""Em: if more than this is left of a line, an address or identifier is divided at one of its signs."""

Hyphenator = Callable[[int, int], Sequence[int]]
"""Returns the places in a range of characters before which a word may be hyphenated, ascending."""


@dataclass(slots=True)
class Line:
    """Characters ``start`` to ``end``: their natural ``width``, and the ``room`` of the line.

    ``forced``: it ends with the paragraph or a forced break. ``hyphen``: a hyphen is added. ``since``: the end of the
    line before; spaces between two lines are on neither.
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
    """Space added ``after`` characters (px by index, may be negative), and by how much glyphs are moved ``back``.

    ``left``: px from the left edge of the page to that of each character, if they are not in the order of the text
    (:mod:`dingben.typeset.inline.bidi`).
    """

    after: dict[int, float] = field(default_factory=dict)
    back: dict[int, float] = field(default_factory=dict)
    left: dict[int, float] = field(default_factory=dict)


class LineBreaker:
    """The characters of a paragraph with their widths, ready to be broken into lines.

    ``widths``: advance of each character, px. ``halves``: the white space that a full-width mark can give up, px, and
    how much of it is before the mark, by index. ``em``: the font size, px. ``gap``: width of the gap between Han and a
    Western word, em. ``allowed``: whether a line may end before a place inside Western text. ``glued``: indexes before
    which no line may end, whatever the classes are. ``signs``: where addresses and
    identifiers in a range may be divided.
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
        signs: Hyphenator | None = None,
    ) -> None:
        self.classes, self.em = classes, em
        self.halves = {i: half for i, (half, _) in halves.items()}
        self.before = {i: before for i, (_, before) in halves.items() if before}
        """Px of the white space of a mark that are before it."""
        self.hyphens, self.hyphen_width, self.signs = hyphens, hyphen_width, signs
        codes = bytes(map(ch.pairs.__getitem__, map(add, classes, classes[1:]))) + b"\0"
        self.advances = list(widths)
        self.trailing: dict[int, float] = {}
        """Px after a character that are dropped at the end of a line."""
        self.back: dict[int, float] = {}
        """Px by which the glyph of an opening mark is moved to the left because its empty half is taken."""
        self.shrink: dict[int, float] = {}
        """Px by which a character can shrink."""
        squeezed = self.adjust_advances(codes, halves, gap * em)
        self.collect_shrinkability(squeezed)
        self.shrinkable, self.moved = sorted(self.shrink), sorted(self.back)
        self.position = list(accumulate(self.advances, initial=0.0))
        self.shrink_sums = list(accumulate(map(self.shrink.__getitem__, self.shrinkable), initial=0.0))
        """Px by which all shrinkable characters before each one can shrink."""
        self.kinds = codes.translate(ch.KINDS)
        self.ends, self.end_positions = self.break_opportunities(codes, allowed, glued)
        self.forced = [*(i + 1 for i in places_of(ch.BREAK, classes)), len(classes)]

    # -- preparation

    def adjust_advances(self, codes: bytes, halves: dict[int, tuple[float, float]], gap: float) -> set[int]:
        """Add gaps between Han and Western text, take the white space between marks; return the narrowed marks.

        ``gap`` is in px.
        """
        advances, squeezed = self.advances, set[int]()
        for found in ch.SPECIAL.finditer(codes):
            i, code = found.start(), codes[found.start()]
            if code & ch.KIND == ch.GAP:
                advances[i] += gap
                self.trailing[i] = gap
                self.shrink[i] = gap / 2
            elif code & ch.LEFT_YIELDS and i in halves:
                half, before = halves[i]
                advances[i] -= half
                self.trailing[i] = -half
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
        """Let spaces shrink by up to a third, and marks by their white space if it has not been taken yet."""
        for i in places_of(ch.BLANK, self.classes):
            self.trailing[i] = self.advances[i]
            self.shrink[i] = max(0.0, min(self.advances[i] - self.em / 5, self.advances[i] / 3))
        for i, half in self.halves.items():
            if i not in squeezed:
                self.shrink[i] = self.shrink.get(i, 0.0) + half

    def break_opportunities(
        self, codes: bytes, allowed: Callable[[int], bool], glued: frozenset[int]
    ) -> tuple[list[int], list[float]]:
        """Return the places where a line may end, and the positions (px) of these ends."""
        may_end = bytearray(codes.translate(ch.MAY_END))
        for found in ch.ASK_SHAPER.finditer(codes):
            may_end[found.start()] = allowed(found.start() + 1)
        for i in glued:
            may_end[i - 1] = False
        may_end[-1] = True
        ending = self.position[1:]
        for i, tail in self.trailing.items():
            ending[i] -= tail
        return [*compress(range(1, len(self.classes) + 1), may_end)], [*compress(ending, may_end)]

    # -- breaking

    def width(self, start: int, end: int) -> float:
        """Return the natural width of a line."""
        return self.position[end] - self.position[start] - self.trailing.get(end - 1, 0.0)

    def reserve(self, start: int, end: int) -> float:
        """Return by how much a line can shrink."""
        last = self.halves.get(end - 1, 0.0) if self.classes[end - 1] in _TRAILING else 0.0
        return self.shrink_between(start, end - 1) + last

    def shrink_between(self, start: int, end: int) -> float:
        """Return by how much the characters ``start`` to ``end`` can shrink."""
        return (
            self.shrink_sums[bisect_left(self.shrinkable, end)] - self.shrink_sums[bisect_left(self.shrinkable, start)]
        )

    def after_blanks(self, start: int) -> int:
        """Return the first place from ``start`` on that is not a space: spaces at line starts are dropped."""
        while start < len(self.classes) and self.classes[start] == ch.BLANK:
            start += 1
        return start

    def breaks(self, start: int, room: Callable[[int], float]) -> list[Line]:
        """Return the lines from ``start`` on. ``room(n)``: the available width of the ``n``-th of them."""
        lines: list[Line] = []
        first = start
        start = self.after_blanks(start)
        while start < len(self.classes):
            line = self.fill_line(start, room(len(lines)))
            lines.append(line)
            start = self.after_blanks(line.end)
        if len(lines) > 1:
            self.avoid_short_last_line(lines)
        for line in lines:
            line.since, first = first, line.end
        return lines

    def fill_line(self, start: int, room: float) -> Line:
        """Return the line that begins at ``start``."""
        stop = self.forced[bisect_right(self.forced, start)]
        limit = self.position[start] + room + EPSILON
        index = bisect_right(self.end_positions, limit) - 1
        end = self.ends[index] if index >= 0 else 0
        if end >= stop:
            return Line(start, stop, self.width(start, stop), room, forced=True)
        if end <= start:  # also where a column is so narrow that its width is negative
            return self.overfull_line(start, min(self.ends[bisect_right(self.ends, start)], stop), room)
        following = min(self.ends[index + 1], stop)
        slack = room - self.width(start, end)
        if slack < self.em - EPSILON:
            return Line(start, end, room - slack, room)
        wider = self.width(start, following)
        if wider - room <= self.reserve(start, following):
            return Line(start, following, wider, room, forced=following == stop)
        return (
            self.hyphenated(start, end, following, room)
            or (self.divided(start, end, following, room) if slack > LOOSE * self.em else None)
            or Line(start, end, room - slack, room)
        )

    def overfull_line(self, start: int, end: int, room: float) -> Line:
        """Return a line whose first break opportunity does not fit: shrunk, hyphenated, or broken anywhere."""
        width = self.width(start, end)
        if width - room <= self.reserve(start, end):
            return Line(start, end, width, room, forced=end == len(self.classes))
        hyphenated = self.hyphenated(start, start, end, room)
        if hyphenated:
            return hyphenated
        if divided := self.divided(start, start, end, room):
            return divided
        cut = bisect_right(self.position, self.position[start] + room + EPSILON) - 1
        cut = min(max(cut, start + 1), end)
        while cut < end and self.advances[cut] == 0.0:
            cut += 1  # never within a cluster
        return Line(start, cut, self.width(start, cut), room, forced=cut == len(self.classes))

    def divided(self, start: int, low: int, high: int, room: float) -> Line | None:
        """Return the line with as much of an address or identifier from ``low`` to ``high`` as fits, not hyphenated.

        An identifier without signs that is longer than a line is broken at the end of the line.
        """
        if self.signs is None:
            return None
        limit = self.position[start] + room + EPSILON
        fitting = [place for place in self.signs(low, high) if self.position[place] <= limit]
        if fitting:
            return Line(start, fitting[-1], self.width(start, fitting[-1]), room)
        if self.width(low, high) <= room or low == start:
            return None
        cut = bisect_right(self.position, limit) - 1
        while cut > low and self.advances[cut] == 0.0:
            cut -= 1  # never within a cluster
        return Line(start, cut, self.width(start, cut), room) if cut > low else None

    def hyphenated(self, start: int, low: int, high: int, room: float) -> Line | None:
        """Return the line with as much of the word between ``low`` and ``high`` as fits, and a hyphen."""
        if self.hyphens is None:
            return None
        for place in reversed(self.hyphens(low, high)):
            width = self.position[place] - self.position[start] + self.hyphen_width
            if width <= room + EPSILON:
                return Line(start, place, width, room, hyphen=True)
        return None

    def avoid_short_last_line(self, lines: list[Line]) -> None:
        """Avoid a single character on the last line by changing the line before, if possible."""
        before, last = lines[-2], lines[-1]
        single = [c for c in self.classes[last.start : last.end] if c not in _FOLLOWERS]
        if before.forced or len(single) != 1 or single[0] != ch.HAN or before.hyphen:
            return
        width = self.width(before.start, last.end)
        if width - before.room <= self.reserve(before.start, last.end):
            lines[-2:] = [Line(before.start, last.end, width, before.room, forced=True)]
            return
        earlier = bisect_right(self.ends, before.end - 1) - 1
        end = self.ends[earlier] if earlier >= 0 else 0
        gaps = end - 1 - before.start - self.kinds.count(ch.NONE, before.start, end - 1) if end > before.start else 0
        narrower = self.width(before.start, end) if gaps else 0.0
        if gaps and (before.room - narrower) / gaps <= WIDE * self.em / 2:
            lines[-2] = Line(before.start, end, narrower, before.room)
            lines[-1] = Line(end, last.end, self.width(end, last.end), last.room, forced=True)

    # -- spacing

    def spacing(self, line: Line, *, justified: bool) -> Spacing:
        """Return the spacing that fits a line into its room: shrunk if necessary, stretched if ``justified``."""
        result = Spacing()
        for i in self.moved[bisect_left(self.moved, line.start) : bisect_left(self.moved, line.end)]:
            result.back[i] = self.back[i]
        tail = self.trailing.get(line.end - 1, 0.0)
        if tail:
            result.after[line.end - 1] = -tail
        if tail < 0:
            result.back.pop(line.end - 1, None)
        excess = line.width - line.room
        if excess > EPSILON:
            self.narrow(line, excess, result)
        elif justified and not line.forced and excess < 0:
            self.widen(line, -excess, result)
        return result

    def narrow(self, line: Line, excess: float, result: Spacing) -> None:
        """Shrink a line: take the empty half of the last mark first, then of all marks and gaps evenly."""
        last = line.end - 1
        if self.classes[last] in _TRAILING and last in self.halves:
            # the whole half: otherwise the mark would end neither at the edge nor half an em before it
            result.after[last] = result.after.get(last, 0.0) - self.halves[last]
            if last in self.before:
                result.back[last] = self.before[last]
            excess -= self.halves[last]
        if excess < 0:
            self.widen(line, -excess, result)
            return
        room = self.shrink_between(line.start, last)
        if excess == 0 or room <= 0:
            return
        share = min(1.0, excess / room)
        for i in self.shrinkable[bisect_left(self.shrinkable, line.start) : bisect_left(self.shrinkable, last)]:
            result.after[i] = result.after.get(i, 0.0) - self.shrink[i] * share
            if i in self.before:
                result.back[i] = result.back.get(i, 0.0) + self.before[i] * share

    def widen(self, line: Line, slack: float, result: Spacing) -> None:
        """Stretch a line: beside marks, beside words, then evenly."""
        start, last = line.start, line.end - 1
        kinds, gaps = self.kinds[start:last], range(start, last)
        marks = [*compress(gaps, kinds.translate(ch.BESIDE_MARK))]
        words = [*compress(gaps, kinds.translate(ch.BESIDE_WORD))]
        places = [*compress(gaps, kinds)]
        after = result.after
        for chosen, most in ((marks, BESIDE_MARKS), (words, BESIDE_WORDS)):
            if chosen and slack > 0:
                each = min(most * self.em, slack / len(chosen))
                for i in chosen:
                    after[i] = after.get(i, 0.0) + each
                slack -= each * len(chosen)
        if slack <= 0:
            return
        each = slack / len(places) if places else 0.0  # letters of a word are never spaced: then the line stays short
        for i in places:
            after[i] = after.get(i, 0.0) + each


def places_of(char: str, classes: str) -> list[int]:
    """Return the places of a class."""
    return [found.start() for found in re.finditer(char, classes)] if char in classes else []


_TRAILING = ch.CLOSES + ch.POINT
_FOLLOWERS = ch.CLOSES + ch.POINT + ch.CALL + ch.BLANK + ch.HELD + ch.BREAK + ch.LATIN_CLOSES + ch.HALF_STOP + ch.ZERO
