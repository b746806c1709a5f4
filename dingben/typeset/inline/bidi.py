"""Bidirectional text: in which order the characters of a line stand that has Arabic, Hebrew or another such script.

Unicode Bidirectional Algorithm (https://www.unicode.org/reports/tr9/): Pango finds the level of each character of a
paragraph, and each line is put in order by its levels (rules L1 and L2). Lengths are px.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from weasyprint.text.ffi import ffi, pango

from dingben.typeset.engine.load import declare_extra

declare_extra(ffi)

RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Blocks whose characters are written from right to left, and the controls that make others so (UAX 9, 2 and 3.2)."""

ISOLATES = {False: "\u2066", True: "\u2067"}
"""What begins an isolate, by whether it is written from right to left."""

END_OF_ISOLATE = "\u2069"


@dataclass(frozen=True, slots=True)
class Isolate:
    """Characters ``start`` to ``end`` of a paragraph with a direction of their own (``dir`` of an inline element)."""

    start: int
    end: int
    right_to_left: bool


def levels(text: str, right_to_left: bool, isolates: Sequence[Isolate] = ()) -> list[int] | None:
    """Return the embedding level of each character; nothing where all text runs from left to right.

    ``right_to_left``: whether the paragraph does. ``isolates``: in the order of a tree, the outer one first.
    """
    if not right_to_left and not isolates and not RIGHT_TO_LEFT.search(text):
        return None
    marks: dict[int, list[str]] = {}
    for isolate in isolates:
        marks.setdefault(isolate.start, []).append(ISOLATES[isolate.right_to_left])
    ends = [isolate.end for isolate in isolates]
    whole: list[str] = []
    own: list[int] = []
    for i in range(len(text) + 1):
        whole += [END_OF_ISOLATE] * ends.count(i) if i in ends else ()
        whole += marks.get(i, ())
        if i < len(text):
            own.append(len(whole))
            whole.append(text[i])
    found = embedding_levels("".join(whole), right_to_left)
    return [found[i] for i in own]


def embedding_levels(text: str, right_to_left: bool) -> bytes:
    """The levels that Pango finds (``pango_log2vis_get_embedding_levels``)."""
    data = text.encode("utf-8")
    direction = ffi.new("int *", int(right_to_left))  # PANGO_DIRECTION_LTR, PANGO_DIRECTION_RTL
    pointer = pango.pango_log2vis_get_embedding_levels(data, len(data), direction)
    found = bytes(ffi.buffer(pointer, len(text)))
    pango.g_free(pointer)
    return found


@dataclass(frozen=True, slots=True)
class Slot:
    """What takes width on a line: a character's glyph, or space beside it (``index`` is nothing then)."""

    level: int
    width: float
    index: int | None = None


def left_edges(
    levels: Sequence[int], widths: Sequence[float], before: Sequence[float], after: Sequence[float], base: int
) -> list[float]:
    """Where each character of a line begins at its left, from the left edge of the line.

    ``before`` and ``after`` are the spaces beside each character. A space belongs to the lower level of its two
    neighbours: the one after a word in Hebrew stands on its right. ``base``: the level of the paragraph.
    """
    row: list[Slot] = []
    for i, level in enumerate(levels):
        if before[i]:
            row.append(Slot(min(level, levels[i - 1] if i else base), before[i]))
        row.append(Slot(level, widths[i], i))
        if after[i]:
            row.append(Slot(min(level, levels[i + 1] if i + 1 < len(levels) else base), after[i]))
    edges = [0.0] * len(levels)
    at = 0.0
    for slot in visual_order(row):
        if slot.index is not None:
            edges[slot.index] = at
        at += slot.width
    return edges


def visual_order(row: list[Slot]) -> list[Slot]:
    """Reverse what has a level as high as each, from the highest to the lowest odd one (UAX 9, L2)."""
    odd = [slot.level for slot in row if slot.level % 2]
    if not odd:
        return row
    for level in range(max(slot.level for slot in row), min(odd) - 1, -1):
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end].level >= level:
                end += 1
            row[start:end] = row[start:end][::-1]
            start = end + 1
    return row
