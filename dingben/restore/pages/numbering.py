"""Number the printed pages: by their folios, or by the printed contents where a text has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from dingben.restore.contents import Entry
from dingben.restore.headings import Heading
from dingben.restore.lines import Line
from dingben.restore.pages.running_heads import RunningHead
from dingben.restore.paragraphs import Block


def number_pages(lines: Sequence[Line]) -> None:
    """Mark the lines that begin a printed page, with its number where running heads and folios tell it.

    The number that a page prints itself comes first, then the one after the page before; a number that is lost is
    interpolated when the numbers around it agree. A line that starts a part begins a new count.
    """
    prints_numbers = any(line.running_head and line.running_head.number for line in lines)
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
            marked = (False, line.marked_page) if line.marked_page and not prints_numbers else None
            starts.append((line, at_head or following or marked))
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


def fill_entry_pages(lines: Sequence[Line], headings: Sequence[Heading], entries: Sequence[Entry]) -> list[Entry]:
    """Entries of the contents with the page of their heading where their own number was not read.

    Only in contents with page numbers, and only a number between those of the entries before and behind.
    """
    if sum(entry.page.isdigit() for entry in entries) * 2 < len(entries):
        return list(entries)
    pages = {h.entry: page for h, page in _heading_pages(lines, headings) if h.entry is not None and page.isdigit()}
    out = list(entries)
    for n, entry in enumerate(entries):
        if entry.page or n not in pages:
            continue
        before = next((int(e.page) for e in reversed(out[:n]) if e.page.isdigit()), 0)
        behind = next((int(e.page) for e in entries[n + 1 :] if e.page.isdigit()), None)
        if before <= int(pages[n]) and (behind is None or int(pages[n]) <= behind):
            out[n] = replace(entry, page=pages[n])
    return out


def _heading_pages(lines: Sequence[Line], headings: Sequence[Heading]) -> Iterator[tuple[Heading, str]]:
    """Yield each heading with the number of the printed page that it stands on, where that is known."""
    page, at = "", 0
    for heading in sorted(headings, key=lambda each: each.first):
        for line in lines[at : heading.first + 1]:
            if line.starts_page:
                page = line.page or ""
        at = heading.first + 1
        yield heading, page


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
