"""Find the printed table of contents: entries with level, text and page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dingben.book.ledger import Ledger
from dingben.language import heading_labels
from dingben.language.han import HAN, skeleton
from dingben.restore import heading_text
from dingben.restore.lines import Line

HEADING = re.compile(r"^(?:目[\s\u3000]*[录錄次]|總目|总目|(?:TABLE OF )?CONTENTS)$", re.IGNORECASE)
PAGE = r"(?:[0-9OlI]{1,4}|[ivxlcIVXLC]{1,7})"
_LEAD = (
    r"[\s\u3000]*(?:[.．·・…。‥•\-_—=~～⋯]\s*){2,}|[\s\u3000]*…[\s\u3000]*"
    r"|(?<=[^\s\d])[\s\u3000]*[.．·・。，,、•][\s\u3000]*|\t[\s\u3000]*|[ \u3000]+"
)
ENTRY = re.compile(rf"^(?P<text>.*?\S)(?P<lead>{_LEAD})[(（]?(?P<page>{PAGE})[)）]?$")
HAN_PAGE = re.compile(
    r"^(?P<text>.*?\S)(?P<lead>[\s\u3000]*(?:[.．·・…。‥•⋯]\s*){2,}|\t[\s\u3000]*)(?P<page>[〇○零一二三四五六七八九十百]{1,5})$"
)
"""Older books number their pages in Chinese; only behind leaders, for the numerals are words too."""

PAGE_ENDS = frozenset("0123456789OlIivxlcVXLC)）〇○零一二三四五六七八九十百")
"""Characters that a page number may end with."""

LONGEST = 300
"""Characters of an entry with its leader."""

REST_OF_LEADER = re.compile(r"(?<![\s.．·・•‥])(?:\s*+[.．·・•‥]){3,}+\s*+$|(?<![\s…])(?:\s*+…){3,}+\s*+$")
"""A leader whose page number was not read."""

ROW = re.compile(r"^\|(?P<cells>.*)\|$")
RULE = re.compile(r"^\|[\s:|-]+\|$")
HTML_CELL = re.compile(r"<t[dh]\b[^<>]*>(?P<text>.*?)</t[dh]\s*>", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
GLUED = re.compile(rf"^(?P<text>.*[{HAN}）》”」』])(?P<lead>)(?P<page>\d{{1,4}})$")
LONE_PAGE = re.compile(r"^(?P<text>)(?P<lead>)(?P<page>\d{1,4})$")
FOLIO = re.compile(rf"^[\s\-—–·•.~()（）]*{PAGE}[\s\-—–·•.~()（）]*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the contents: level, text, page, and its spans in the raw text."""

    level: int
    text: str
    page: str
    spans: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Contents:
    """The printed contents: ``first`` to ``last`` (exclusive) are its lines."""

    first: int
    last: int
    entries: list[Entry] = field(default_factory=list)
    folios: list[int] = field(default_factory=list)
    """Lines of folios and running heads among the entries."""


def line_text(raw: str, line: Line) -> str:
    """Return a line of the contents as printed; in a row of a table a tab precedes the last cell."""
    text = raw[line.start : line.end]
    if text[:3].lower() == "<tr":
        cells = [TAG.sub("", cell["text"]) for cell in HTML_CELL.finditer(text)]
    elif (row := ROW.match(text)) and not RULE.match(text):
        cells = row["cells"].split("|")
    else:
        return text
    cells = [cell.strip() for cell in cells]
    return " ".join(cell for cell in cells[:-1] if cell) + "\t" + cells[-1] if len(cells) > 1 else text


def entry_of(text: str) -> re.Match[str] | None:
    """Match a line as an entry with its page number; a longer one than ``LONGEST`` is none."""
    if len(text) > LONGEST or text[-1:] not in PAGE_ENDS:  # the patterns take time by the square of the length
        return None
    return ENTRY.match(text) or HAN_PAGE.match(text)


def find(raw: str, lines: Sequence[Line], english: bool = False) -> Contents | None:
    """Find the contents by its heading, or by several lines in a row that end in page numbers."""
    limit = min(len(lines), 4000)
    for i in range(limit):
        if lines[i].end - lines[i].start < 20 and HEADING.match(line_text(raw, lines[i])):
            found = _read(raw, lines, i, i + 1, english)
            if len(found.entries) > 1:
                return found
            plain = _read_plain(raw, lines, i, english)
            if plain is not None:
                return plain
    run = 0
    for i in range(limit):
        match = entry_of(line_text(raw, lines[i]))
        run = (
            run + 1
            if match and (heading_labels.read(match["text"]) or len(match["lead"].strip()) > 1 or "\t" in match["lead"])
            else 0
        )
        if run == 5:
            found = _read(raw, lines, i - 4, i - 4, english)
            return found if _is_witnessed(raw, lines, found) else None
    return None


def _is_witnessed(raw: str, lines: Sequence[Line], found: Contents) -> bool:
    """Whether a list without the heading of a contents is one: labelled like chapters, or the text has its headings."""
    labelled = [entry for entry in found.entries if heading_labels.read(entry.text)]
    if len(labelled) * 2 >= len(found.entries):
        return True
    wanted = {skeleton(entry.text) for entry in found.entries}
    have = {skeleton(raw[line.start : line.end]) for line in lines[found.last :] if line.end - line.start <= 90}
    return len(wanted & have) * 4 >= len(wanted)


def _read(raw: str, lines: Sequence[Line], first: int, begin: int, english: bool) -> Contents:
    found = Contents(first, begin)
    pending: list[int] = []
    last_page = 0
    seen: set[str] = set()
    i = begin
    while i < len(lines):
        text = line_text(raw, lines[i])
        if lone := _page_below(raw, lines, i, last_page):
            if pending:
                _add(found, raw, lines, pending, None, english)
            _add(found, raw, lines, [i, i + 1], lone, english)
            pending, last_page, i = [], int(lone["page"]), i + 2
            found.last = i
            continue
        if FOLIO.match(text) or HEADING.match(text) or _is_table_head(raw, lines, i):
            if not _more(raw, lines, i + 1):
                break
            found.folios.append(i)
            i += 1
            continue
        match = entry_of(text) or (GLUED.match(text) if found.entries or heading_labels.read(text) else None)
        if match and len(match["lead"]) < 2 and "\t" not in match["lead"] and not _plausible(match, last_page):
            match = None
        if match is None:
            bare = skeleton(heading_text.normalize_heading(text, english))
            if (
                bare in seen
                or len(text) > (160 if english else 60)
                or re.search("[。！？]$", text)
                or not _more(raw, lines, i + 1)
            ):
                break
            if pending and heading_labels.read(text):
                _add(found, raw, lines, pending, None, english)
                pending = []
            pending.append(i)
            i += 1
            continue
        if pending and not english and _stands_alone(raw, lines, pending, match["text"]):
            for n in pending:
                _add(found, raw, lines, [n], None, english)
            pending = []
        if (
            pending
            and heading_labels.read(text)
            and (heading_labels.read(line_text(raw, lines[pending[0]])) or not english)
        ):
            _add(found, raw, lines, pending, None, english)
            pending = []
        _add(found, raw, lines, [*pending, i], match, english)
        seen.add(skeleton(found.entries[-1].text))
        pending = []
        if found.entries[-1].page.isdigit():
            last_page = int(found.entries[-1].page)
        i += 1
        found.last = i
    _end(found, raw, lines)
    set_levels(found)
    return found


def _end(found: Contents, raw: str, lines: Sequence[Line]) -> None:
    """Leave out folios behind the last entry, but for the one at the foot of its page."""
    found.folios = [n for n in found.folios if n < found.last]
    if _is_last_folio(raw, lines, found.last):
        found.folios.append(found.last)
        found.last += 1


def _page_below(raw: str, lines: Sequence[Line], i: int, last_page: int) -> re.Match[str] | None:
    """Match the page of the entry on line ``i`` on the line below it, where that is no folio of the contents."""
    text = line_text(raw, lines[i])
    if i + 1 >= len(lines) or len(text) > LONGEST or not heading_labels.read(text) or entry_of(text):
        return None
    lone = LONE_PAGE.match(line_text(raw, lines[i + 1]))
    return lone if lone and last_page <= int(lone["page"]) <= last_page + 120 else None


def _is_last_folio(raw: str, lines: Sequence[Line], i: int) -> bool:
    """Whether a line is the folio at the foot of the last page of the contents."""
    if not 0 < i < len(lines) or lines[i].sheet != lines[i - 1].sheet:
        return False
    ends_sheet = i + 1 < len(lines) and lines[i + 1].sheet != lines[i].sheet
    return ends_sheet and FOLIO.match(raw[lines[i].start : lines[i].end]) is not None


def _is_table_head(raw: str, lines: Sequence[Line], i: int) -> bool:
    """Whether a line is the header row of a table, or the rule below it."""
    own, below = (raw[line.start : line.end] for line in (lines[i], lines[min(i + 1, len(lines) - 1)]))
    head = ROW.match(own) and RULE.match(below) and not entry_of(line_text(raw, lines[i]))
    return bool(RULE.match(own) or head)


def _stands_alone(raw: str, lines: Sequence[Line], pending: Sequence[int], following: str) -> bool:
    """Whether lines without a page are entries of their own: too short to have been broken."""
    longest = max(lines[n].end - lines[n].start for n in pending)
    return longest < 10 and not heading_labels.read(line_text(raw, lines[pending[0]])) and len(following) < 24


def _read_plain(raw: str, lines: Sequence[Line], first: int, english: bool) -> Contents | None:
    """Read contents without page numbers: short lines, until the first of them is repeated as a heading."""
    found = Contents(first, first + 1)
    opening = ""
    for i in range(first + 1, min(len(lines), first + 400)):
        if lines[i].kind == "thematic-break":
            continue
        text = heading_text.normalize_heading(line_text(raw, lines[i]), english)
        if len(text) > 60 or re.search("[。；，]$", text):
            return None
        if skeleton(text) == opening and len(found.entries) > 1:
            found.last = i
            set_levels(found)
            return found
        opening = opening or skeleton(text)
        found.entries.append(Entry(0, text, "", ((lines[i].start, lines[i].end),)))
    return None


def _more(raw: str, lines: Sequence[Line], i: int) -> bool:
    """Whether an entry follows within a few lines."""
    for line in lines[i : i + 3]:
        text = line_text(raw, line)
        if len(text) > 200 or re.search("[。！？]", text):
            return False
        if FOLIO.match(text) or RULE.match(text):
            continue
        match = entry_of(text)
        if match and ("\t" in match["lead"] or len(match["lead"].strip()) > 1 or heading_labels.read(text)):
            return True
    return False


def _plausible(match: re.Match[str], last_page: int) -> bool:
    """Whether a number after a single space is a page number: it does not decrease or jump."""
    page = match["page"].translate(str.maketrans("OlI", "011"))
    text = match["text"]
    if re.search("[，。；]$", text) or len(text) > 70:
        return False
    return not page.isdigit() or last_page <= int(page) <= last_page + 120


def _add(
    found: Contents, raw: str, lines: Sequence[Line], used: list[int], match: re.Match[str] | None, english: bool
) -> None:
    parts = [REST_OF_LEADER.sub("", line_text(raw, lines[n])) for n in used]
    page = ""
    if match:
        parts[-1] = match["text"]
        page = match["page"]
        if re.search(r"\d", page) or page in {"l", "O"}:
            page = page.translate(str.maketrans("OlI", "011"))
    text = heading_text.normalize_heading((" " if english else "").join(parts), english)
    text = re.sub(r"\s*(?:(?:[.．·・…]\s*){3,}|…+)$", "", text)
    found.entries.append(Entry(0, text, page, tuple((lines[n].start, lines[n].end) for n in used)))


def set_levels(found: Contents) -> None:
    """Set levels by the ranks of the numbers that occur; entries without a number by their words and place."""
    read = [heading_labels.read(entry.text) for entry in found.entries]
    ranks = sorted({label.rank for label in read if label})
    top = ranks[0] if ranks else 4
    parts = [n for n, e in enumerate(found.entries) if not e.page and not read[n]]
    if not ranks and 1 < len(parts) < len(found.entries):
        _level_by_parts(found, parts[0])
        return
    seen_label = False
    depth = 1
    for n, (entry, label) in enumerate(zip(found.entries, read, strict=True)):
        bare = skeleton(entry.text)
        if label and label.style != "appendix":
            depth = _depth(ranks, label.rank, [r for r in read[:n] if r], top)
            level = depth
            seen_label = True
        elif (
            label
            or bare in heading_labels.FRONT_WORDS
            or bare in heading_labels.BACK_WORDS
            or not seen_label
            or heading_labels.role(entry.text)
        ):
            level = 1
        else:
            level = _unlabelled(read, n, ranks)
        found.entries[n] = replace(entry, level=min(level, 6))


def _level_by_parts(found: Contents, first: int) -> None:
    """Set levels where no entry has a number: entries without a page are parts, above those that follow."""
    for n, entry in enumerate(found.entries):
        words = skeleton(entry.text)
        level = 2 if entry.page and n > first and words not in heading_labels.BACK_WORDS else 1
        found.entries[n] = replace(entry, level=level)


def _depth(ranks: list[int], rank: int, before: list[heading_labels.Label], top: int) -> int:
    """Return the level of a rank below the open ranks above it; ranks that the book skips don't count."""
    open_ranks: list[int] = []
    for label in before:
        if label.style == "appendix":
            open_ranks = [4]
            continue
        open_ranks = [r for r in open_ranks if r < label.rank] + [label.rank]
    above = [r for r in open_ranks if r < rank]
    return len(above) + 1 if above or rank == top else ranks.index(rank) + 1


def _unlabelled(read: list[heading_labels.Label | None], n: int, ranks: list[int]) -> int:
    """Return the level of an entry without a number: a section of the numbered chapter before it."""
    chapters = [r for r in ranks if r <= 4]
    if not chapters:
        return 1
    last = next((label for label in reversed(read[:n]) if label), None)
    if last is None:
        return 1
    return ranks.index(chapters[-1]) + 2


def remove_title(found: Contents, title: str) -> None:
    """Remove the book's title from the entries: it is the running head of the pages of the contents."""
    mark = skeleton(title)
    for entry in [e for e in found.entries if not e.page and skeleton(e.text) == mark]:
        found.entries.remove(entry)


def record(ledger: Ledger, lines: Sequence[Line], found: Contents) -> None:
    """Record the lines of the contents in the ledger: entries are moved, their heading and folios set aside."""
    used = set()
    for n, entry in enumerate(found.entries, 1):
        for start, end in entry.spans:
            if (start, end) not in used:
                ledger.add(start, end, "moved", after=f"contents.tsv:{n}", rule="contents")
                used.add((start, end))
    for i in range(found.first, found.last):
        if (lines[i].start, lines[i].end) not in used:
            ledger.add(lines[i].start, lines[i].end, "aside", rule="folio" if i in found.folios else "contents-heading")
