"""Printed contents that were recognised badly: whole pages of entries, without their title, leaders or page numbers.

Where the title of the contents was not read, or leaders were read as letters, no line alone tells that it is an entry.
A page does: most of its lines begin with labels of headings and end in numbers that rise, or come again as headings.
Only texts with pages (form feeds) are looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dingben.language import heading_labels
from dingben.language.han import HAN, skeleton
from dingben.restore import heading_text
from dingben.restore.contents import FOLIO, HEADING, Contents, Entry, set_levels
from dingben.restore.lines import Line

MOST_SHEETS = 60
"""Pages from the beginning that may hold contents."""
LEAST_ENTRIES = 4
"""Entries of a page of contents; a last page may have less."""
LONGEST = 400
"""Characters of an entry with what was read for its leader."""
LONGEST_TITLE = 50
TAIL = re.compile(rf"[^{HAN}）)》」』”’？?！!—〉】〕]*$")
"""What stands behind the last Han character or closing mark: the leader and the page number."""
WORD = re.compile(r"\S+")
HAN_OR_CLOSING = re.compile(rf"[{HAN}）)》」』”’？?！!〉】〕]")
RUN_OF_LETTERS = re.compile(r"[A-Za-z0-9]{3,}(?=[^A-Za-z0-9]|$)")
NUMBER = re.compile(r"(?:(?<=[^A-Za-z0-9])|^|(?<=[A-Za-z]))(?P<page>[0-9OlI\]|]{1,6}|[ivxlcIVXLC]{1,7})\W*$")
FIGURES = str.maketrans("OlI]|", "01111")
SENTENCE = re.compile(r"[，。；：][^，。；：]{4,}[，。；：]")
LEAST_FREQUENT = 4
LEADER_RATE = 4
"""How many times as frequent a character that leaders were read as is on a page of contents as elsewhere."""
WINDOW = 120
"""Readings of earlier rows that a reading may follow."""
LARGEST_STEP = 150
"""Pages between two entries."""


@dataclass(slots=True)
class _Row:
    """A line of a page of contents."""

    line: int
    title: str
    printed: str
    """The title as it was read, with its blanks."""
    label: heading_labels.Label | None
    readings: tuple[int, ...]
    """Page numbers that its end may mean, the fullest first."""
    roman: str = ""


@dataclass(slots=True)
class _Sheet:
    first: int
    rows: list[_Row] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    """Lines of folios and running heads."""
    last: int = 0


def find(raw: str, lines: Sequence[Line], english: bool) -> Contents | None:
    """Find pages of contents by their lines; None where the text has no pages, or none of contents."""
    if english or not lines or lines[-1].sheet < 2:
        return None
    short_lines = Counter(
        skeleton(raw[line.start : line.end]) for line in lines if line.end - line.start <= LONGEST_TITLE
    )
    sheets = _sheets(raw, lines, short_lines)
    run: list[_Sheet] = []
    for sheet in sheets:
        if _is_contents(sheet, short_lines, least=2 if run else LEAST_ENTRIES):
            run.append(sheet)
        elif run:
            break
    if not run:
        return None
    found = Contents(run[0].first, run[-1].last)
    found.folios = [n for sheet in run for n in sheet.others]
    rows = _with_labels([row for sheet in run for row in sheet.rows])
    for row, page in zip(rows, _pages(rows), strict=True):
        line = lines[row.line]
        found.entries.append(Entry(0, row.title, page or row.roman, ((line.start, line.end),)))
    set_levels(found)
    return found


def _sheets(raw: str, lines: Sequence[Line], counts: Mapping[str, int]) -> list[_Sheet]:
    """The first pages of the text, with their lines read as entries; ``counts`` of lines by their skeletons."""
    out: list[_Sheet] = []
    noise = _leader_characters(raw, lines)
    for n, line in enumerate(lines):
        if line.sheet >= MOST_SHEETS:
            break
        if not out or lines[n - 1].sheet != line.sheet:
            out.append(_Sheet(n))
        text = raw[line.start : line.end]
        mark = skeleton(text)
        at_edge = out[-1].first == n or n + 1 == len(lines) or lines[n + 1].sheet != line.sheet
        if FOLIO.match(text) or HEADING.match(text) or not mark or (at_edge and counts.get(mark, 0) > 2):
            out[-1].others.append(n)
        else:
            out[-1].rows.append(_row(n, text, noise.get(line.sheet, frozenset())))
        out[-1].last = n + 1
    return out


def _leader_characters(raw: str, lines: Sequence[Line]) -> dict[int, frozenset[str]]:
    """Characters that leaders were read as, by sheet: frequent there, and much rarer in the second half of the text."""
    body: Counter[str] = Counter(raw[lines[len(lines) // 2].start :])
    size_of_body = max(1, body.total())
    sheets: dict[int, Counter[str]] = {}
    for line in lines:
        if line.sheet >= MOST_SHEETS:
            break
        sheets.setdefault(line.sheet, Counter()).update(HAN_OR_CLOSING.findall(raw, line.start, line.end))
    out: dict[int, frozenset[str]] = {}
    for sheet, counts in sheets.items():
        least = LEADER_RATE * counts.total() / size_of_body
        out[sheet] = frozenset(
            c for c, count in counts.items() if count >= LEAST_FREQUENT and count > least * (body[c] + 1)
        )
    return out


def _row(n: int, text: str, noise: frozenset[str] = frozenset()) -> _Row:
    """Read a line as an entry: title, and what its end may mean as a page number."""
    text = text[:LONGEST]
    title, end = _without_leader(text, noise)
    number = NUMBER.search(end)
    readings: list[int] = []
    roman = ""
    if number and re.search(r"[0-9\]|]", number["page"]):
        digits = number["page"].translate(FIGURES)
        readings = [int(digits[-size:]) for size in (4, 3, 2, 1) if size <= len(digits) or size == 4]
    elif number and not number["page"].isspace():
        roman = number["page"]
    own = heading_text.normalize_heading(title, english=False)
    return _Row(n, own, title, heading_labels.read(own), tuple(dict.fromkeys(r for r in readings if r)), roman)


def _without_leader(text: str, noise: frozenset[str]) -> tuple[str, str]:
    """Divide a line before its leader: dots, or the letters and figures that they were read as, and the page number.

    One or two Han characters among those letters are misread, too, unless they are all that stands behind a label.
    """
    label = heading_labels.read(text)
    words = list(WORD.finditer(text, label.end if label else 0))
    kept = len(words)
    while kept > 1:
        word, before = words[kept - 1][0], words[kept - 2][0]
        if _is_noise(word, noise) or (len(word) <= 2 and _is_noise(before, noise)):
            kept -= 1
        else:
            break
    cut = words[kept - 1].end() if words else len(text)
    if (tail := TAIL.search(text, 0, cut)) and skeleton(text[: tail.start()]):
        own = RUN_OF_LETTERS.search(text, label.end if label else 0, tail.start())
        cut = own.start() if own and len(text[own.end() : tail.start()]) <= 2 else tail.start()
    return text[:cut], text[cut:]


def _is_noise(word: str, noise: frozenset[str]) -> bool:
    """Whether a word without blanks is a leader or a number: mostly no Han character, or what leaders were read as."""
    letters = HAN_OR_CLOSING.findall(word)
    return len(letters) - sum(c in noise for c in letters) <= 0.5 * len(word) and (
        not letters or any(c in noise for c in letters)
    )


UNIT_MISREAD = re.compile(rf"第\s*(?P<number>[{heading_labels.NUMBER}]{{1,4}})(?P<unit>[{HAN}])\s*")
DECIMAL_MISREAD = re.compile(rf"(?P<first>[1-9lI|\]])(?:\s*[.．]\s*|\s+)(?P<number>[1-9])(?=[\s{HAN}“‘《「『（])\s*")
LARGEST_GAP = 3
"""From one decimal number to the next: those between may have been lost."""
LONGEST_LABEL = 6
NO_LABEL = re.compile(rf"[^{HAN}“‘《「『（]+|[{HAN}]?[^{HAN}“‘《「『（\s]*\s+(?=\S)")
"""What was read for a label: figures and signs, or one character before a blank."""


def _with_labels(rows: Sequence[_Row]) -> list[_Row]:
    """The rows with the labels that only their count leaves: 1.1 and 1.2 where two rows stand before 1.3."""
    out: list[_Row] = []
    for n, row in enumerate(rows):
        out.append(_with_decimal(_with_unit(row, rows, n), out))
    start = 0
    for n, row in enumerate(out):
        label = row.label
        if label is None:
            continue
        before = out[start].label if start < n else None
        if label.style.startswith("decimal") and before is not None and n - start - 1:
            last = before.number[-1] if before.style == label.style else 0
            if (last or before.rank < label.rank) and label.number[-1] - last == n - start:
                for k in range(start + 1, n):
                    figures = ".".join(map(str, (*label.number[:-1], last + k - start)))
                    out[k] = _labelled(out[k], figures)
        start = n
    return out


def _with_decimal(row: _Row, before: Sequence[_Row]) -> _Row:
    """A row whose decimal number was misread (``| 4``, ``] .4``) with that number, if it counts on."""
    match = DECIMAL_MISREAD.match(row.printed)
    if row.label is not None or match is None:
        return row
    first, number = int(match["first"].translate(FIGURES)), int(match["number"])
    last = next((each.label for each in reversed(before) if each.label), None)
    if last is None:
        return row
    counted = last.style == "decimal2" and last.number[0] == first and 0 < number - last.number[-1] <= LARGEST_GAP
    begins = number == 1 and last.style != "decimal2"
    return _labelled(row, f"{first}.{number}", match.end()) if counted or begins else row


def _with_unit(row: _Row, rows: Sequence[_Row], n: int) -> _Row:
    """A row whose unit was misread (第四入) with the unit of which it is the next, if there is only one."""
    match = UNIT_MISREAD.match(row.printed)
    if row.label is not None or match is None:
        return row
    number = heading_labels.figure(match["number"])
    last: dict[str, tuple[int, int]] = {}  # unit -> (rank, number)
    for label in (each.label for each in rows[:n]):
        if label and label.text.startswith("第"):
            last = {unit: known for unit, known in last.items() if known[0] <= label.rank}
            last[label.style] = label.rank, label.number[-1]
    fitting = {unit for unit, (_, before) in last.items() if before + 1 == number}
    if number == 1:
        seconds = {each.label.style for each in rows[n:] if each.label and each.label.text.startswith("第二")}
        fitting |= seconds - last.keys()
    following = next((each.label for each in rows[n + 1 :] if each.label), None)
    if len(fitting) > 1 and following and following.number[-1] == 1:
        fitting.discard(following.style)
    return _labelled(row, f"第{match['number']}{fitting.pop()}", match.end()) if len(fitting) == 1 else row


def _labelled(row: _Row, label: str, start: int | None = None) -> _Row:
    """A row with a label in place of what was read for it."""
    if start is None:
        match = NO_LABEL.match(row.printed)
        start = match.end() if match and match.end() <= LONGEST_LABEL else 0
    title = heading_text.normalize_heading(f"{label} {row.printed[start:]}", english=False)
    return replace(row, title=title, label=heading_labels.read(title))


def _is_contents(sheet: _Sheet, headings: Container[str], least: int) -> bool:
    """Whether most lines of a page are entries: labelled, with a number or a heading of the text behind them."""
    rows = sheet.rows
    if len(rows) < least:
        return False
    if sum(len(row.title) > LONGEST_TITLE or bool(SENTENCE.search(row.title)) for row in rows) * 4 > len(rows):
        return False
    labelled = sum(row.label is not None for row in rows)
    numbered = sum(bool(row.readings) for row in rows)
    chosen = [page for page in _pages(rows) if page]
    return (
        labelled >= min(3, least)
        and labelled * 3 >= len(rows)
        and (
            (numbered * 2 >= len(rows) and len(chosen) * 3 >= 2 * numbered)
            or sum(skeleton(row.title) in headings for row in rows if row.label) * 2 >= labelled
        )
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page number that the end of a row may mean, at the end of the best chain of them."""

    row: int
    page: int
    score: float
    before: _Reading | None


def _pages(rows: Sequence[_Row]) -> list[str]:
    """The page of each entry: of what the ends may mean the readings that rise, as many and as full as possible."""
    readings: list[_Reading] = []
    for n, row in enumerate(rows):
        earlier = readings[-WINDOW:]
        for rank, page in enumerate(row.readings):
            fitting = [each for each in earlier if each.page <= page <= each.page + LARGEST_STEP]
            before = max(fitting, key=lambda each: each.score, default=None)
            score = 1.0 - 0.2 * rank + (before.score if before else 0.0)
            readings.append(_Reading(n, page, score, before))
    pages = [0] * len(rows)
    best = max(readings, key=lambda each: each.score, default=None)
    while best is not None:
        pages[best.row] = best.page
        best = best.before
    for n in range(len(rows)):
        if not pages[n]:
            pages[n] = _between(rows[n], pages, n)
    return [str(page) if page else "" for page in pages]


def _between(row: _Row, pages: Sequence[int], n: int) -> int:
    """The page of an entry whose number was not read whole: the only one that its neighbours leave; 0 if several."""
    before = next((page for page in reversed(pages[:n]) if page), 0)
    behind = next((page for page in pages[n + 1 :] if page), 0)
    if not before or not behind:
        return 0
    ends = [str(page) for page in row.readings]
    possible = [page for page in range(before, behind + 1) if before == behind or str(page).endswith(tuple(ends))]
    return possible[0] if len(possible) == 1 and (ends or before == behind) else 0
