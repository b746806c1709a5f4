"""Page furniture: running heads and folios parsed off, and where the printed pages begin.

What stands at a page's edge and repeats the title, a chapter's heading or only counts is no
text. It tells where a page ends, and often which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from dingben.language.han import skeleton
from dingben.language.heading_labels import figure
from dingben.restore.contents import Entry
from dingben.restore.headings import Heading
from dingben.restore.lines import Line
from dingben.restore.paragraphs import Block

ORNAMENT = r"[\s\-—–·•.~*()（）\[\]〔〕|]*"
FOLIO = re.compile(
    rf"^{ORNAMENT}(?:第\s*)?(?P<number>[0-9OlIS]{{1,4}}|[ivxlc]{{1,7}}|[IVXLC]{{1,7}})(?:\s*[页頁])?{ORNAMENT}$"
)
SEPARATOR = re.compile(
    r"^(?:<!--\s*)?[-=#*\s]*(?:page|p\.|第)\s*(?P<number>\d{1,4})\s*(?:页|頁|of \d+)?[-=#*\s]*(?:-->)?$", re.IGNORECASE
)
FOLIO_FIRST = re.compile(rf"^{ORNAMENT}(?P<number>\d{{1,4}}|[ivxlc]{{1,7}}){ORNAMENT}[\s\u3000]+(?P<head>\S.*)$")
FOLIO_LAST = re.compile(rf"^(?P<head>.*\S)[\s\u3000]+{ORNAMENT}(?P<number>\d{{1,4}}|[ivxlc]{{1,7}}){ORNAMENT}$")
ENDED = re.compile(r"[。！？；，：”…·.,;:!?]$")


@dataclass(frozen=True, slots=True)
class RunningHeadLine:
    """A line at the edge of a printed page."""

    line: int
    kind: str
    """``folio``, ``running-head``, or both: ``running-head`` with a number."""
    number: tuple[bool, int] | None
    """(roman, number)."""
    heads: bool
    """Whether it stands at the head of its page, not at the foot."""


def find(
    raw: str, lines: Sequence[Line], heads: Sequence[str], headings: set[int], standing: Sequence[bool]
) -> list[RunningHeadLine]:
    """The furniture among ``lines``; ``heads`` are the texts a running head may have."""
    edge = _edges(lines)
    feeds = any(line.sheet for line in lines)
    known = [mark for mark in dict.fromkeys(skeleton(head) for head in heads) if mark]
    candidates: list[int] = []
    for i, line in enumerate(lines):
        if i in headings or line.end - line.start > 200:
            continue
        last = i + 1 == len(lines) or lines[i + 1].gap
        if edge[i] if feeds else (standing[i] or line.gap or last):
            candidates.append(i)
    texts = {i: raw[lines[i].start : lines[i].end] for i in candidates}
    known += _repeated(texts, known)
    exact = set(known)
    found: list[RunningHeadLine] = []
    folios: list[tuple[int, tuple[bool, int]]] = []
    for i in candidates:
        text = texts[i]
        if match := SEPARATOR.match(text):
            found.append(RunningHeadLine(i, "running-head", (False, int(match["number"])), True))
        elif match := FOLIO.match(text):
            folios.append((i, _number(match["number"])))
        elif (number := _numbered_head(text, exact, known)) is not False:
            found.append(RunningHeadLine(i, "running-head", number, True))
    found += _running(folios, lines, feeds)
    return sorted(found, key=lambda f: f.line)


def _edges(lines: Sequence[Line]) -> list[bool]:
    """Whether a line is among the first two or the last two of its sheet."""
    out = [False] * len(lines)
    start = 0
    for i in range(1, len(lines) + 1):
        if i == len(lines) or lines[i].sheet != lines[start].sheet:
            for k in (start, start + 1, i - 2, i - 1):
                if start <= k < i:
                    out[k] = True
            start = i
    return out


def _number(text: str) -> tuple[bool, int]:
    if re.search(r"\d", text) or text in {"O", "l", "S"}:
        return False, int(text.translate(str.maketrans("OlIS", "0115")))
    return True, figure(text)


def _numbered_head(text: str, exact: set[str], known: list[str]) -> tuple[bool, int] | Literal[False] | None:
    """The folio of a running head, ``None`` if it has none; ``False`` if the line is no running head.

    Likeness comes after likeness without a number, lest the number drown in it.
    """
    split = [(m["head"], _number(m["number"])) for p in (FOLIO_FIRST, FOLIO_LAST) if (m := p.match(text))]
    if _is_head(skeleton(text), exact, [], text):
        return None
    for likely in ([], known):
        for head, number in split:
            if _is_head(skeleton(head), exact, likely, head):
                return number
    return None if _is_head(skeleton(text), exact, known, text) else False


def _is_head(mark: str, exact: set[str], known: list[str], text: str) -> bool:
    if mark in exact:
        return True
    if not 4 <= len(mark) <= 60 or ENDED.search(text):
        return False
    letters = set(mark)
    return any(
        abs(len(mark) - len(head)) <= 3
        and len(letters.intersection(head)) * 5 >= 3 * len(letters)
        and SequenceMatcher(None, mark, head, autojunk=False).ratio() >= 0.8
        for head in known
    )


def _repeated(texts: dict[int, str], known: list[str]) -> list[str]:
    """Short lines that come back at page edges again and again, with numbers or without."""
    count: Counter[str] = Counter()
    for text in texts.values():
        if ENDED.search(text) or FOLIO.match(text):
            continue
        for pattern in (FOLIO_FIRST, FOLIO_LAST):
            if match := pattern.match(text):
                text = match["head"]
                break
        mark = skeleton(text)
        if 2 <= len(mark) <= 40:
            count[mark] += 1
    return [mark for mark, n in count.items() if n >= 4 and mark not in known]


def _running(folios: list[tuple[int, tuple[bool, int]]], lines: Sequence[Line], feeds: bool) -> list[RunningHeadLine]:
    """Numbers alone on a line are folios when they rise with the text."""
    out: list[RunningHeadLine] = []
    last: dict[bool, tuple[int, int]] = {}
    for k, (i, (roman, number)) in enumerate(folios):
        previous = last.get(roman)
        rising = previous is None or 0 < number - previous[1] <= 12 + (i - previous[0])
        following = next((n for _, (r, n) in folios[k + 1 : k + 3] if r == roman), None)
        if rising and (
            previous is not None or following is None or 0 < following - number <= 12 or number < 3 or feeds
        ):
            last[roman] = (i, number)
            out.append(RunningHeadLine(i, "folio", (roman, number), _is_at_head(lines, i) if feeds else False))
    return out


def _is_at_head(lines: Sequence[Line], i: int) -> bool:
    return i == 0 or lines[i - 1].sheet != lines[i].sheet


def numbers(
    lines: Sequence[Line], furniture: Sequence[RunningHeadLine], borders: Set[int] = frozenset()
) -> dict[int, str | None]:
    """Lines before which a printed page begins -> its number, where the furniture tells it.

    What a page prints itself comes first, then the page before it; a number that is lost is taken
    from the neighbours when their count agrees. ``borders`` are lines that begin a new count.
    """
    by_line = {f.line: f for f in furniture}
    starts: list[tuple[int, tuple[bool, int] | None]] = []
    own = False  # whether the page's number was printed at its head
    pending: list[RunningHeadLine] = []
    sheet = lines[0].sheet if lines else 0
    turned = True
    for i, line in enumerate(lines):
        turned = turned or line.sheet != sheet or i in borders
        sheet = line.sheet
        if i in by_line:
            pending.append(by_line[i])
            continue
        if pending or turned:
            foot = next((f.number for f in pending if not f.heads and f.number), None)
            if foot and starts and not own:
                starts[-1] = (starts[-1][0], foot)
            at_head = next((f.number for f in reversed(pending) if f.heads and f.number), None)
            following = (foot[0], foot[1] + 1) if foot and i not in borders else None
            starts.append((i, at_head or following))
            own = at_head is not None
        pending, turned = [], False
    foot = next((f.number for f in pending if not f.heads and f.number), None)
    if foot and starts and not own:
        starts[-1] = (starts[-1][0], foot)
    return {i: _written(n) for i, n in _interpolated(starts)}


def _interpolated(starts: list[tuple[int, tuple[bool, int] | None]]) -> list[tuple[int, tuple[bool, int] | None]]:
    known = [k for k, (_, n) in enumerate(starts) if n is not None]
    for a, b in pairwise(known):
        first, second = starts[a][1], starts[b][1]
        if first and second and first[0] == second[0] and second[1] - first[1] == b - a:
            for k in range(a + 1, b):
                starts[k] = (starts[k][0], (first[0], first[1] + k - a))
        elif first and second and (first[0] == second[0]) and second[1] <= first[1]:
            starts[b] = (starts[b][0], None)
    return starts


def _written(number: tuple[bool, int] | None) -> str | None:
    if number is None:
        return None
    roman, value = number
    if not roman:
        return str(value)
    out = ""
    for size, sign in (
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ):
        while value >= size:
            out, value = out + sign, value - size
    return out


def witnessed(
    blocks: list[Block], heads: list[Heading], entries: Sequence[Entry], numbers: dict[int, str | None]
) -> None:
    """Where no folio tells them, page numbers from the contents: certain only where the count agrees.

    Between a heading on page 2 and one on page 4 there are two page ends; if the text is torn in
    just two places there, those are they. A chapter opens its page.
    """
    if any(numbers.values()):
        return
    starts = {h.first: h for h in heads if h.entry is not None}
    last: int | None = None
    torn: list[tuple[Block, int]] = []
    for block in blocks:
        heading = starts.get(block.lines[0])
        page = entries[heading.entry].page if heading is not None and heading.entry is not None else ""
        if page.isdigit():
            if heading is not None and heading.level == 1 and (last is None or int(page) > last):
                block.breaks.append((block.lines[0], page))
                missing = int(page) - 1 - last if last is not None else -1
            else:
                missing = int(page) - last if last is not None else -1
            if last is not None and missing == len(torn):
                for n, (owner, line) in enumerate(torn, 1):
                    owner.breaks.append((line, str(last + n)))
            last, torn = int(page), []
        torn += [(block, line) for line in block.joined]


def drop_repeats(blocks: Sequence[Block]) -> None:
    """A page has one beginning: a number that comes again was misread, and marks nothing."""
    seen: set[str] = set()
    for block in blocks:
        kept = []
        for line, number in block.breaks:
            if number not in seen:
                seen.add(number)
                kept.append((line, number))
        block.breaks = kept
