"""Evidence of wrapped lines: whether a text has a line for each printed line, and how wide a full line is.

Where lines are wrapped, full lines end anywhere: mostly inside a clause, and in Latin text before a small letter.
Where each line is a verse, a speech or a whole paragraph, lines end where a clause ends, or their widths differ.
"""

from __future__ import annotations

import math
import re
import sys
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from dingben.language.han import width
from dingben.restore.lines import Line

MARK = re.compile(r"[，。、；：？！…—,.;:?!]")
MARKED_END = re.compile(r"[，。、；：？！…—·,.;:?!“‘「『《（(［\[”’」』》）)］\]】〕]$")
NEVER_FIRST = tuple("，。、；：？！）》」』”’…·—％")
"""Marks that begin a line only where it was cut by accident."""
TOKEN = re.compile(r"[（《〈「『【〔“‘(\[]*(?:[A-Za-z0-9À-ɏ.'’\-]+|\S)[，。、；：？！）》」』”’…·—％,.;:?!)\]%]*")
"""What must fit on a line together: a character or a Latin word, with the marks that open before and close after it."""
NARROWEST = 12
"""Han characters of the narrowest column."""


def full_width(raw: str, lines: Sequence[Line], body: Sequence[int], english: bool) -> float:
    """Return the width of a full line, in Han characters (half characters for Latin text); 0 if lines aren't wrapped.

    ``body`` are the indexes of the lines of running text.
    """
    widths = Counter(round(reach(raw, lines[i], english)) for i in body)
    if not widths:
        return 0.0
    close = [i for i in body if i + 1 < len(lines) and lines[i + 1].kind == "text" and not lines[i + 1].gap]
    if english:
        return _latin_width(widths) if _is_latin_prose(raw, lines, close) else 0.0
    usual = max(widths, key=lambda w: (w * sum(widths[w + d] for d in (-1, 0, 1)), w))
    rows = sorted((reach(raw, lines[i], False), i) for i in close)
    if _is_wrapped_at(raw, lines, rows, usual):
        return float(usual)
    for size in range(max(widths), max(NARROWEST, usual + 3) - 1, -1):
        cluster = len(_between(rows, size - 1.5, size + 1.5))
        if len(_between(rows, size + 2.1, math.inf)) * 20 > len(rows):
            break
        if cluster >= 3 and _is_wrapped_at(raw, lines, rows, size, 0.5 if cluster > 5 else 0.8):
            return float(size)
    return 0.0


FEWEST_FULL = 8
"""Full lines that show whether a text is set on an exact grid."""


def exact_width(raw: str, lines: Sequence[Line], full: float) -> float:
    """Return the width of a text whose full lines all have exactly one, as programs wrap them; 0 for any other text.

    ``full`` is its width as `full_width` found it. A line that stops within a clause is full: the next word had no
    room.
    """
    torn: list[tuple[float, str]] = []
    longest = 0.0
    for a, b in pairwise(lines):
        if a.kind != "text" or b.kind != "text" or b.gap or b.indent >= 1:
            continue
        wide = reach(raw, a, False)
        longest = max(longest, wide)
        if wide >= full - 3 and not MARKED_END.search(raw, a.start, a.end):
            torn.append((wide, raw[b.start : b.start + 24]))
    if len(torn) < FEWEST_FULL or not full - 2 <= longest <= full + 2:
        return 0.0
    exact = sum(wide + need(following) > longest for wide, following in torn)
    return longest if exact * 50 >= 49 * len(torn) else 0.0


def need(following: str) -> float:
    """Return the width of what must fit on a line together at the beginning of the line that follows."""
    token = TOKEN.match(following)
    return width(token[0]) if token else 1.0


def reach(raw: str, line: Line, english: bool) -> float:
    """Return the width of a line with its indent."""
    return width(raw[line.start : line.end], english) + line.indent * (2 if english else 1)


def _latin_width(widths: Counter[int]) -> float:
    """Return the width that one line in fifty exceeds."""
    total, seen = sum(widths.values()), 0
    for size in sorted(widths, reverse=True):
        seen += widths[size]
        if seen * 50 > total:
            return float(size)
    return 0.0


def _is_latin_prose(raw: str, lines: Sequence[Line], close: Sequence[int]) -> bool:
    """Whether lines go on in the middle of a sentence: many begin with a small letter, or behind a divided word."""
    inner = sum(raw[lines[i + 1].start].islower() or raw[lines[i].end - 1] == "-" for i in close)
    return inner * 4 >= len(close)


def _between(rows: Sequence[tuple[float, int]], least: float, most: float) -> Sequence[tuple[float, int]]:
    """Return the rows, which are sorted by width, that are not narrower than ``least`` and not wider than ``most``."""
    return rows[bisect_left(rows, (least, 0)) : bisect_right(rows, (most, sys.maxsize))]


def _is_wrapped_at(
    raw: str, lines: Sequence[Line], rows: Sequence[tuple[float, int]], size: int, share: float = 0.5
) -> bool:
    """Whether lines of ``size`` characters are full: they end inside a clause, and hardly any line is longer."""
    full = [i for _, i in _between(rows, size - 2, size + 2)]
    if not full or len(_between(rows, size + 2.1, math.inf)) > max(1, len(rows) // 10):
        return False
    letters = sum(lines[i].end - lines[i].start for i in full)
    marks = sum(len(MARK.findall(raw, lines[i].start, lines[i].end)) for i in full)
    torn = sum(
        not MARKED_END.search(raw, lines[i].start, lines[i].end) or raw[lines[i + 1].start] in NEVER_FIRST for i in full
    )
    if torn < share * len(full):
        return False
    if marks * 60 < letters:  # text without punctuation: prose only where nearly all lines are as long
        return size >= NARROWEST and len(full) * 4 >= 3 * len(rows) and _ends_short(raw, lines, rows, size)
    return size >= NARROWEST or len(full) * 2 >= len(rows)


def _ends_short(raw: str, lines: Sequence[Line], rows: Sequence[tuple[float, int]], size: int) -> bool:
    """Whether the last lines of the paragraphs are mostly shorter than a full line."""
    close = {i for _, i in rows}
    lasts = [i + 1 for _, i in rows if i + 1 not in close]
    return sum(reach(raw, lines[i], False) < size - 2 for i in lasts) * 2 >= len(lasts)
