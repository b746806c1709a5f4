"""Running heads and folios: find them, and number the printed pages by them.

A line at the edge of a page that repeats the title or a chapter's heading, or only counts, is no
text. It shows where a page ends, and often which page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from dingben.language.han import skeleton
from dingben.language.heading_labels import figure
from dingben.restore.contents import Entry
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
class RunningHead:
    """A running head or folio: a line at the edge of a printed page."""

    line: Line
    kind: str
    """``folio``, ``running-head``, or both: ``running-head`` with a number."""
    number: tuple[bool, int] | None
    """(roman, number)."""
    at_head: bool
    """Whether it stands at the head of its page, not at the foot."""


def find(raw: str, lines: Sequence[Line], titles: Sequence[str], isolated: Sequence[bool]) -> list[RunningHead]:
    """Find the running heads and folios among ``lines``; ``titles`` are the texts that a running head may have."""
    edge = _edges(lines)
    feeds = any(line.sheet for line in lines)
    known = [mark for mark in dict.fromkeys(skeleton(title) for title in titles) if mark]
    candidates: list[int] = []
    for i, line in enumerate(lines):
        if line.kind in ("heading", "heading-continued") or line.end - line.start > 200:
            continue
        last = i + 1 == len(lines) or lines[i + 1].gap
        if edge[i] if feeds else (isolated[i] or line.gap or last):
            candidates.append(i)
    texts = {i: raw[lines[i].start : lines[i].end] for i in candidates}
    known += _repeated(texts, known)
    exact = set(known)
    found: list[RunningHead] = []
    folios: list[tuple[int, tuple[bool, int]]] = []
    for i in candidates:
        text = texts[i]
        if match := SEPARATOR.match(text):
            found.append(RunningHead(lines[i], "running-head", (False, int(match["number"])), True))
        elif match := FOLIO.match(text):
            folios.append((i, _number(match["number"])))
        elif (number := _numbered_head(text, exact, known)) is not False:
            found.append(RunningHead(lines[i], "running-head", number, True))
    return found + _rising(folios, lines, feeds)


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
    """Return the folio of a running head, ``None`` if it has none, ``False`` if the line is no running head.

    Exact matches are tried first, then similar ones without the number, which would make a match less likely.
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
    """Return short lines that are repeated at page edges, with or without numbers."""
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


def _rising(folios: list[tuple[int, tuple[bool, int]]], lines: Sequence[Line], feeds: bool) -> list[RunningHead]:
    """Return the numbers alone on a line that rise with the text: they are folios."""
    out: list[RunningHead] = []
    last: dict[bool, tuple[int, int]] = {}
    for k, (i, (roman, number)) in enumerate(folios):
        previous = last.get(roman)
        rising = previous is None or 0 < number - previous[1] <= 12 + (i - previous[0])
        following = next((n for _, (r, n) in folios[k + 1 : k + 3] if r == roman), None)
        if rising and (
            previous is not None or following is None or 0 < following - number <= 12 or number < 3 or feeds
        ):
            last[roman] = (i, number)
            out.append(RunningHead(lines[i], "folio", (roman, number), feeds and _is_at_head(lines, i)))
    return out


def _is_at_head(lines: Sequence[Line], i: int) -> bool:
    return i == 0 or lines[i - 1].sheet != lines[i].sheet


def number_pages(lines: Sequence[Line]) -> None:
    """Mark the lines that begin a printed page, with its number where running heads and folios show it.

    The number that a page prints itself comes first, then the one after the page before; a number that is lost is
    interpolated when the numbers around it agree. A line that starts a part begins a new count.
    """
    starts: list[tuple[Line, tuple[bool, int] | None]] = []
    printed_at_head = False
    pending: list[RunningHead] = []
    sheet = lines[0].sheet if lines else 0
    turned = True
    for line in lines:
        turned = turned or line.sheet != sheet or line.starts_part
        sheet = line.sheet
        if line.running_head:
            pending.append(line.running_head)
            continue
        if pending or turned:
            foot = _number_at_foot(pending)
            if foot and starts and not printed_at_head:
                starts[-1] = (starts[-1][0], foot)
            at_head = next((f.number for f in reversed(pending) if f.at_head and f.number), None)
            following = (foot[0], foot[1] + 1) if foot and not line.starts_part else None
            starts.append((line, at_head or following))
            printed_at_head = at_head is not None
        pending, turned = [], False
    foot = _number_at_foot(pending)
    if foot and starts and not printed_at_head:
        starts[-1] = (starts[-1][0], foot)
    numbers = _interpolated([number for _, number in starts])
    for (line, _), number in zip(starts, numbers, strict=True):
        line.starts_page, line.page = True, _format_number(number)


def _number_at_foot(running_heads: Sequence[RunningHead]) -> tuple[bool, int] | None:
    return next((each.number for each in running_heads if not each.at_head and each.number), None)


def _interpolated(numbers: list[tuple[bool, int] | None]) -> list[tuple[bool, int] | None]:
    """Fill in lost numbers where the count agrees; drop one that is not above the one before it."""
    known = [k for k, number in enumerate(numbers) if number is not None]
    for a, b in pairwise(known):
        first, second = numbers[a], numbers[b]
        if first and second and first[0] == second[0] and second[1] - first[1] == b - a:
            for k in range(a + 1, b):
                numbers[k] = (first[0], first[1] + k - a)
        elif first and second and (first[0] == second[0]) and second[1] <= first[1]:
            numbers[b] = None
    return numbers


def _format_number(number: tuple[bool, int] | None) -> str | None:
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


def number_pages_by_contents(blocks: Sequence[Block], entries: Sequence[Entry]) -> None:
    """Number pages by the contents, for a text without folios: certain only where the count agrees.

    Between a heading on page 2 and one on page 4 there are two page ends; if the text is torn in
    just two places there, those are they. A chapter opens its page.
    """
    last: int | None = None
    torn: list[tuple[Block, Line]] = []
    for block in blocks:
        heading = block.lines[0].heading
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


def drop_repeated_numbers(blocks: Sequence[Block]) -> None:
    """Drop the marks of pages whose number came before: they were misread."""
    seen: set[str] = set()
    for block in blocks:
        kept = []
        for line, number in block.breaks:
            if number not in seen:
                seen.add(number)
                kept.append((line, number))
        block.breaks = kept
