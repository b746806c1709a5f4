"""Page ends: evidence in the text that a printed page ended at a place.

Verse, letters and plays have lines that repeat and lines that are short; none of that is a page's end. A sentence
that goes on behind a line is, and so is the edge of a sheet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from dingben.language import heading_labels
from dingben.language.han import SENTENCE_END, width
from dingben.restore.lines import Line
from dingben.restore.paragraphs import ENGLISH_END, Measure

SOFT = re.compile(r"[；;：:”’」』）)》】\]—-]$")
LEAST_WIDTH = 14
"""Han characters in a line of prose; verse is narrower."""
LONGEST_SHEET = 6000
"""Characters of a page; a sheet that holds more is a file, not a page."""


@dataclass(frozen=True, slots=True)
class PageEnds:
    """Evidence of page ends in the text."""

    edges: Sequence[bool]
    """For each line, whether it is among the first two or the last two of a sheet that may be a page."""
    prose: bool
    """Whether a sentence that goes on can be told from a line of verse."""
    measure: Measure


def find(raw: str, lines: Sequence[Line], measure: Measure) -> PageEnds:
    """Gather the evidence for page ends."""
    return PageEnds(_sheet_edges(lines), _is_prose(raw, lines, measure), measure)


def _sheet_edges(lines: Sequence[Line]) -> list[bool]:
    """Mark the first two and the last two lines of each sheet, where sheets are as large as pages."""
    out = [False] * len(lines)
    borders = [i for i in range(1, len(lines)) if lines[i].sheet != lines[i - 1].sheet]
    if not borders:
        return out
    bounds = list(zip([0, *borders], [*borders, len(lines)], strict=True))
    if median(lines[end - 1].end - lines[start].start for start, end in bounds) > LONGEST_SHEET:
        return out
    for start, end in bounds:
        for k in (start, start + 1, end - 2, end - 1):
            if start <= k < end:
                out[k] = True
    return out


def _is_prose(raw: str, lines: Sequence[Line], m: Measure) -> bool:
    """Whether most long lines end where a sentence does, or most lines that another follows are full."""
    if m.wrapped:
        least = LEAST_WIDTH * (2 if m.english else 1)
        inner = [a for a, b in pairwise(lines) if not b.gap and b.indent < 1]
        full = sum(_reach(raw, line, m) >= m.width * 0.85 for line in inner)
        return m.width >= least and full >= 3 and full * 5 >= 3 * len(inner)
    least = 50 if m.english else 25
    long = [line for line in lines if line.end - line.start >= least]
    ended = sum(_ends(raw[max(line.start, line.end - 8) : line.end], m) for line in long)
    return ended * 2 > len(long)


def _reach(raw: str, line: Line, m: Measure) -> float:
    return width(raw[line.start : line.end], m.english) + line.indent * (2 if m.english else 1)


def _ends(text: str, m: Measure) -> bool:
    return bool((ENGLISH_END if m.english else SENTENCE_END).search(text) or SOFT.search(text))


NOTE = re.compile(r"[①-⑳⑴-⒇❶-❿]|[\[［〔(（]\s*\d{1,3}\s*[\]］〕)）]|[*＊†‡]{1,3}\s?\S")


def is_below_note(raw: str, lines: Sequence[Line], i: int) -> bool:
    """Whether a footnote stands above line ``i``: the foot of a page."""
    return i > 0 and bool(NOTE.match(raw, lines[i - 1].start, lines[i - 1].end))


def is_torn(raw: str, lines: Sequence[Line], a: int, b: int, ends: PageEnds) -> bool:
    """Whether the sentence at the end of line ``a`` goes on in line ``b``: what stands between is no text."""
    m = ends.measure
    if not ends.prose or a < 0 or b >= len(lines) or lines[b].starts_part:
        return False
    first, second = raw[lines[a].start : lines[a].end], raw[lines[b].start : lines[b].end]
    if (
        _ends(first, m)
        or (lines[b].indent >= 1.5 and m.indents > 0.2)
        or lines[b].marked_level
        or lines[a].marked_level
    ):
        return False
    if heading_labels.read(second[:40]) and len(second) < 40:
        return False
    if m.english:
        return second[:1].islower() and len(first) >= 20
    if m.wrapped:
        return _reach(raw, lines[a], m) >= m.width - 2.5
    return len(first) >= 25
