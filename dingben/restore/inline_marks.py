"""The markup inside lines: which of it stands in a span of the raw text, and how the text reads without it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from dingben.restore.lines import InlineMark, Line
from dingben.rules.passage import Piece


class InlineMarks:
    """The marks of a raw text, found by their place."""

    def __init__(self, marks: Sequence[InlineMark] = ()) -> None:
        """``marks`` are in raw order and don't overlap."""
        self.marks = marks
        self._starts = [mark.start for mark in marks]

    def within(self, start: int, end: int) -> Sequence[InlineMark]:
        """Return the marks in ``start:end``."""
        first = bisect_left(self._starts, start)
        return self.marks[first : bisect_left(self._starts, end, first)]

    def text(self, raw: str, line: Line) -> str:
        """Return the text of a line as it reads."""
        marks = self.within(line.start, line.end)
        if not marks:
            return raw[line.start : line.end]
        return "".join(piece.text for piece in self.pieces(raw, line.start, line.end))

    def pieces(self, raw: str, start: int, end: int, calls: Sequence[tuple[int, int]] = ()) -> Iterator[Piece]:
        """Yield the pieces of ``start:end``; markup of ``calls`` belongs to the signs of notes and stays as it is."""
        at = start
        for mark in self.within(start, end):
            if any(first < mark.end and mark.start < last for first, last in calls):
                continue
            if at < mark.start:
                yield Piece(raw[at : mark.start], at, mark.start)
            yield Piece(mark.text, mark.start, mark.end, mark.rule, "", mark.written)
            at = mark.end
        if at < end:
            yield Piece(raw[at:end], at, end)
