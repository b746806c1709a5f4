"""The raw text of a scan: a line of text for each printed line, and where each of its characters stands on the page.

What the boxes show is written as blanks, so that the text says it too: an indent as ideographic spaces, a wider
distance between lines as a blank line, a new page as a form feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from dingben.scan.model import Box, Character, Page, Region, RegionKind, TextLine

BREAKS = re.compile("[\0-\x1f\x7f\x80-\x9f\u2028\u2029\ufeff]")
"""Characters that end lines, or that text may not have."""
WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\U00020000-\U0003ffff‘’“”…—·]")
"""Characters of Chinese and Japanese text, and marks that it shares with others."""
LEAST_BLANK = 0.7
"""Distance of two wide characters, in times of their height, from which on a blank stands between them."""
WIDEST_GAP = 1.6
"""Distance from line to line, in times of the usual one, from which on it is a blank line."""
LEAST_INDENT = 0.6
"""Em from which on a line is indented."""
MOST_INDENT = 30
APART: frozenset[RegionKind] = frozenset(
    ("heading", "running-head", "folio", "footnote", "caption", "table", "marginal")
)
"""Regions that are no part of the text around them."""


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A line of the raw text: ``start:end`` in it, its page (from 0), its region's kind, and what the engine knew."""

    start: int
    end: int
    page: int
    kind: RegionKind
    box: Box | None
    characters: tuple[Character, ...]
    """One for each character of the line."""


def write_text(pages: Sequence[Page], start: int = 0, first_page: int = 0) -> tuple[str, list[LineRecord]]:
    """Return the raw text of pages and its lines; ``start`` and ``first_page`` are those of the text before."""
    parts: list[str] = []
    records: list[LineRecord] = []
    at = start

    def add(text: str) -> None:
        nonlocal at
        parts.append(text)
        at += len(text)

    for n, page in enumerate(pages):
        if n:
            add("\f")
        for lead, indent, region, line in _page_lines(page):
            characters = _clean(line)
            if not characters:
                continue
            add("\n" * lead + "\u3000" * indent)
            begin = at
            add("".join(c.text for c in characters))
            records.append(LineRecord(begin, at, first_page + n, region.kind, line.box, characters))
            add("\n")
    return "".join(parts), records


def _clean(line: TextLine) -> tuple[Character, ...]:
    """Return the characters of a line, one letter each, without blanks at its ends or between Han characters.

    Engines put blanks between the words of a script that is written without them. A blank is kept where the boxes show
    one, or where there are no boxes.
    """
    letters: list[Character] = []
    for character in line.characters:
        for n, letter in enumerate(BREAKS.sub(" ", character.text)):
            letters.append(character._replace(text=letter) if n == 0 else Character(letter, character.box))
    out: list[Character] = []
    blank: Character | None = None
    for each in letters:
        if each.text.isspace():
            blank = each if out else None
            continue
        if blank is not None and not _is_needless(out[-1], each):
            out.append(blank)
        blank = None
        out.append(each)
    return tuple(out)


def _is_needless(before: Character, behind: Character) -> bool:
    """Whether no blank is printed between two characters: both are wide, and their boxes are close."""
    if before.box is None or behind.box is None or not (WIDE.match(before.text) and WIDE.match(behind.text)):
        return False
    size = max(before.box.height, behind.box.height, 1.0)
    apart = max(behind.box.left - before.box.right, behind.box.top - before.box.bottom)
    return apart < LEAST_BLANK * size


def _page_lines(page: Page) -> Iterator[tuple[int, int, Region, TextLine]]:
    """Yield blank lines before, indent in em, region and line for each line of a page."""
    lines = [(region, line) for region in page.regions for line in region.lines if line.text.strip()]
    vertical = _is_vertical([line for _, line in lines])
    pitch = _pitch([line for _, line in lines], vertical)
    em = _em([line for _, line in lines], vertical)
    before: tuple[Region, TextLine] | None = None
    for region, line in lines:
        lead = 0
        if before is not None:
            lead = int(_is_apart(before, (region, line), pitch, vertical))
        yield lead, _indent(region, line, em, vertical), region, line
        before = region, line


def _is_vertical(lines: Sequence[TextLine]) -> bool:
    """Whether the lines of a page run from top to bottom."""
    long = [line.box for line in lines if line.box and len(line.characters) > 2]
    return sum(box.height > box.width for box in long) * 2 > len(long) > 0


def _advance(box: Box, vertical: bool) -> float:
    """The place of a line in the direction in which lines follow each other."""
    return -(box.left + box.right) / 2 if vertical else (box.top + box.bottom) / 2


def _pitch(lines: Sequence[TextLine], vertical: bool) -> float:
    """Return the usual distance from line to line; 0 if it is unknown."""
    boxes = [line.box for line in lines if line.box]
    steps = [_advance(b, vertical) - _advance(a, vertical) for a, b in pairwise(boxes)]
    steps = [step for step in steps if step > 0]
    return median(steps) if len(steps) > 1 else 0.0


def _em(lines: Sequence[TextLine], vertical: bool) -> float:
    """Return the width of a Han character: the median extent of a line across its direction."""
    sizes = [line.box.width if vertical else line.box.height for line in lines if line.box]
    return median(sizes) if sizes else 0.0


def _indent(region: Region, line: TextLine, em: float, vertical: bool) -> int:
    """Return how many em a line begins behind the first lines of its region."""
    starts = [each.box.top if vertical else each.box.left for each in region.lines if each.box]
    if line.box is None or not starts or em <= 0 or region.kind not in ("text", "footnote"):
        return 0
    edge = region.box if region.box and len(starts) == 1 else None
    origin = (edge.top if vertical else edge.left) if edge else min(starts)
    distance = ((line.box.top if vertical else line.box.left) - origin) / em
    return min(MOST_INDENT, round(distance)) if distance >= LEAST_INDENT else 0


def _is_apart(before: tuple[Region, TextLine], line: tuple[Region, TextLine], pitch: float, vertical: bool) -> bool:
    """Whether a blank line stands between two lines."""
    if before[0] is not line[0] and (before[0].kind != line[0].kind or {before[0].kind, line[0].kind} & APART):
        return True
    a, b = before[1].box, line[1].box
    if a is None or b is None or pitch <= 0:
        return before[0] is not line[0]
    return _advance(b, vertical) - _advance(a, vertical) > WIDEST_GAP * pitch
