"""Find page ends between two sentences by the number of lines on a page.

A text without folios shows the end of a page only where a sentence is broken. But every page has
the same number of lines: the certain page ends give that number, and with it the other page ends.
There, a paragraph whose last line is full continues on the next page although a sentence ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dingben.restore.paragraphs import Block, Measure, lines_and_room


@dataclass(slots=True)
class Stretch:
    """Text between two certain page ends: lines, headings by level, and possible page ends."""

    lines: int
    headings: tuple[int, int, int]
    ends: list[tuple[int, int]]
    """(number of events before, block): full last lines that end a sentence."""
    closed: bool
    """Whether a certain page end closes it."""
    events: list[tuple[int, int]]
    """(level of a heading or 0, lines), in order."""


@dataclass(frozen=True, slots=True)
class Page:
    """Number of lines of a page, and of a heading of each level."""

    lines: int
    headings: tuple[int, int, int]

    def height(self, stretch: Stretch) -> int:
        """Return the number of lines that a stretch takes with its headings."""
        return stretch.lines + sum(n * h for n, h in zip(stretch.headings, self.headings, strict=True))

    def place(self, events: Sequence[tuple[int, int]]) -> int:
        """Return the line of the page that is reached after ``events``; a heading never ends a page."""
        at = 0
        for level, lines in events:
            if level:
                need = self.headings[level - 1]
                if at and at + need + 2 > self.lines:
                    at = 0
                at += need
            else:
                at += lines
            at %= self.lines
        return at


def join(raw: str, blocks: list[Block], m: Measure) -> list[Block]:
    """Join paragraphs that a page end divides between two sentences, where the line count shows it."""
    if m.wrapped or m.english or not m.width:
        return blocks
    stretches = _stretches(raw, blocks, m)
    page = _fitted([s for s in stretches if s.closed])
    if page is None:
        return blocks
    torn = {block for s in stretches for count, block in s.ends if page.place(s.events[:count]) == 0}
    out: list[Block] = []
    for n, block in enumerate(blocks):
        if n - 1 in torn and out and out[-1].kind == block.kind == "text":
            out[-1].joined.append(block.lines[0])
            out[-1].lines += block.lines
            out[-1].joined += block.joined
            out[-1].breaks += block.breaks
        else:
            out.append(block)
    return out


def _stretches(raw: str, blocks: Sequence[Block], m: Measure) -> list[Stretch]:
    out: list[Stretch] = []
    now = Stretch(0, (0, 0, 0), [], False, [])
    for n, block in enumerate(blocks):
        heading = block.lines[0].heading
        if heading is not None:
            level = min(heading.level, 3)
            if level == 1:
                out.append(now)
                now = Stretch(0, (0, 0, 0), [], False, [])
            a, b, c = now.headings
            now.events.append((level, 0))
            now.headings = (a + (level == 1), b + (level == 2), c + (level == 3))
            continue
        for k, line in enumerate(block.lines):
            count, room = lines_and_room(raw[line.start : line.end], m.width, 0.0 if k else 2.0)
            now.lines += count
            now.events.append((0, count))
            if k + 1 < len(block.lines):  # torn here, or it would be another paragraph
                now.closed = True
                out.append(now)
                now = Stretch(0, (0, 0, 0), [], False, [])
            elif room < 1 and n + 1 < len(blocks) and blocks[n + 1].kind == block.kind == "text":
                now.ends.append((len(now.events), n))
    return [*out, now]


def _fitted(known: Sequence[Stretch]) -> Page | None:
    """Return the page size that most stretches fill exactly, if they are more than chance explains."""
    if len(known) < 6:
        return None
    best: tuple[int, Page] | None = None
    for lines in range(16, 46):
        for first in range(3, 13):
            for second in range(1, 6):
                for third in range(1, 5):
                    page = Page(lines, (first, second, third))
                    fits = sum(page.height(s) % lines == 0 for s in known)
                    if best is None or fits > best[0]:
                        best = (fits, page)
    return best[1] if best and best[0] >= max(5, 0.6 * len(known)) else None
