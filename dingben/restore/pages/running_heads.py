"""Running heads: lines that repeat a title, or each other, where printed pages end.

A line that repeats is no running head by that: refrains, stage directions and the greetings of letters repeat, too.
It is one where the text shows its pages (numbers that count them, sheets, sentences that go on behind the line).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from dingben.language import heading_labels
from dingben.language.han import skeleton, width
from dingben.restore.lines import Line
from dingben.restore.pages import folios, page_ends
from dingben.restore.pages.folios import FOLIO, SEPARATOR, Number
from dingben.restore.pages.page_ends import PageEnds
from dingben.restore.paragraphs import Measure

ENDED = re.compile(r"[。！？；，：”…·.,;:!?]$")
SENTENCE = re.compile(r"[，。；！？]|[a-z], [a-z]")
LONGEST = 80
"""Characters of a running head with its number."""
LEAST_FOLIOS = 5
"""Folios of a text that has pages for certain: a title that comes again by itself is a running head there."""
FEWEST_ABOVE = 4
SHORT = 30
"""Lines, and characters of each, that may stand above the text of a first page: headings."""
MOST_LINES = 4
"""Running heads and folios in a row: a foot of the page before, a head of the next one."""


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
    sure: bool = True
    """False where only similar lines show that it is a running head."""


@dataclass(slots=True)
class _Search:
    """Lines that may be running heads or folios, and what is known of them."""

    raw: str
    lines: Sequence[Line]
    ends: PageEnds
    isolated: Sequence[bool]
    titles: dict[str, bool]
    """Skeletons of the titles that a running head may have."""
    texts: dict[int, str] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)
    """Line -> skeleton of its text, without its number."""
    numbers: dict[int, Number] = field(default_factory=dict)
    """Lines whose number counts pages."""
    torn: dict[int, bool] = field(default_factory=dict)
    """Line -> whether the running head that it belongs to interrupts a sentence."""
    sheets: list[int] = field(default_factory=list)
    """The sheet of each line."""
    heads: set[int] = field(default_factory=set)
    """Lines whose number stands at the head of its page, as the first of its run does."""
    on_sheets: set[int] = field(default_factory=set)
    """First lines of sheets whose numbers count the sheets."""
    classes: dict[str, list[int]] = field(default_factory=dict)
    """Skeleton -> its lines."""


def find(
    raw: str,
    lines: Sequence[Line],
    titles: Sequence[str],
    measure: Measure,
    isolated: Sequence[bool],
    final: bool = True,
) -> list[RunningHead]:
    """Find the running heads and folios among ``lines``; ``titles`` are the texts that a running head may have.

    Before the headings are known (``final`` is false) a line that may be one of them is passed over.
    """
    ends = page_ends.find(raw, lines, measure)
    known = {mark: True for title in titles if (mark := skeleton(title))}
    search = _Search(raw, lines, ends, isolated, known, sheets=[line.sheet for line in lines])
    _gather(search)
    found = _separators(search)
    _count_pages(search)
    _classify(search)
    for i, number in search.numbers.items():
        if not number.head:
            found[i] = RunningHead(lines[i], "folio", number.page, _is_at_head(search, i))
    for mark, members in search.classes.items():
        found |= _heads(search, mark, members, final)
    return [found[i] for i in sorted(found)]


def _gather(s: _Search) -> None:
    """Collect the lines that are short enough, and what they say without a number."""
    for i, line in enumerate(s.lines):
        if line.kind in ("text", "running-head") and not line.marked_level and line.end - line.start <= LONGEST:
            s.texts[i] = s.raw[line.start : line.end]


def _separators(s: _Search) -> dict[int, RunningHead]:
    """Lines that an OCR engine writes between pages."""
    return {
        i: RunningHead(s.lines[i], "running-head", (False, int(match["number"])), True)
        for i, text in s.texts.items()
        if text[:1] in "<-=#*" and (match := SEPARATOR.match(text))
    }


def _count_pages(s: _Search) -> None:
    """Find the numbers that count pages."""
    starts = [line.start for line in s.lines]
    numbers: list[Number] = []
    heads: Counter[str] = Counter()
    for i, text in s.texts.items():
        own = folios.read_numbers(i, text)
        heads.update({skeleton(text), *(skeleton(number.head) for number in own)})
        numbers += own
    for run in folios.find_runs(numbers, starts):
        if _counts_pages(s, run, heads, starts):
            for number in run.numbers:
                s.numbers.setdefault(number.line, number)
            s.on_sheets |= _counting_sheets(s, run)
            if _stands_above_text(s, run):
                s.heads |= {number.line for number in run.numbers}


def _counts_pages(s: _Search, run: folios.Run, heads: Mapping[str, int], starts: Sequence[int]) -> bool:
    """Whether a run of numbers stands where pages end."""
    numbers = run.numbers
    edges = sum(s.ends.edges[n.line] for n in numbers)
    if edges * 2 > len(numbers):
        return folios.count_sheets(run, s.sheets)
    torn = sum(_is_torn(s, n.line) or (not n.head and page_ends.is_below_note(s.raw, s.lines, n.line)) for n in numbers)
    known = sum(skeleton(n.head) in s.titles if n.head else _is_beside_title(s, n.line) for n in numbers)
    titled = known + sum(heads.get(mark := skeleton(n.head), 0) > 1 and mark not in s.titles for n in numbers if n.head)
    if any(n.head for n in numbers) and not titled:
        return False
    if not torn and not edges and known * 2 < len(numbers) and any(n.head for n in numbers):
        return False  # chapters, tables and lists have numbers and words, too, and words that come again
    if numbers[0].han:  # sections are numbered in Han figures, too, and figures stand in every text
        return sum(n.labelled for n in numbers) > 1 or (len(numbers) > 2 and torn * 2 > len(numbers))
    if len(numbers) == 1:
        return bool(torn) and bool(titled or numbers[0].labelled)
    if torn * 6 >= len(numbers) or titled * 2 >= len(numbers):
        return True
    labelled = sum(n.labelled for n in numbers)
    return labelled * 2 > len(numbers) or folios.are_even(run, starts)


def _stands_above_text(s: _Search, run: folios.Run) -> bool:
    """Whether no text stands before the first number of a run: it is at the head of the first page, not at its foot."""
    first, last = run.numbers[0].line, run.numbers[-1].line
    above = s.lines[: min(first, FEWEST_ABOVE + 1)]
    return (
        len(above) <= FEWEST_ABOVE and last + 1 < len(s.lines) and all(line.end - line.start < SHORT for line in above)
    )


def _counting_sheets(s: _Search, run: folios.Run) -> set[int]:
    """Return the first lines of sheets whose numbers rise with them; at the foot stand notes with numbers, too."""
    lines = [n.line for n in run.numbers if _is_at_head(s, n.line)]
    values = {n.line: n.value - s.lines[n.line].sheet for n in run.numbers}
    usual, count = Counter(values[i] for i in lines).most_common(1)[0] if lines else (0, 0)
    return {i for i in lines if values[i] == usual} if count > 1 else set()


def _is_beside_title(s: _Search, i: int) -> bool:
    """Whether the line before or behind a number is a known title."""
    return any(k in s.texts and skeleton(s.texts[k]) in s.titles for k in (i - 1, i + 1))


def _is_torn(s: _Search, i: int) -> bool:
    """Whether a sentence goes on around the short lines among which line ``i`` stands."""
    if i not in s.torn:
        before = [i - k for k in range(1, MOST_LINES)]
        behind = [i + k for k in range(1, MOST_LINES)]
        s.torn[i] = any(
            page_ends.is_torn(s.raw, s.lines, a, b, s.ends)
            for a in before
            for b in behind
            if b - a <= MOST_LINES and all(_is_short(s, k) for k in (*range(a + 1, i), *range(i + 1, b)))
        )
    return s.torn[i]


def _is_short(s: _Search, i: int) -> bool:
    """Whether a line may belong to the running head beside another part of it: a number, or a title."""
    text = s.texts.get(i)
    return text is not None and bool(FOLIO.match(text) or _is_title(s, text))


def _is_title(s: _Search, text: str) -> bool:
    if skeleton(text) in s.titles:
        return True
    return any(skeleton(n.head) in s.titles for n in folios.read_numbers(0, text))


def _classify(s: _Search) -> None:
    """Put each line that is no folio into the class of what it says."""
    for i, text in s.texts.items():
        number = s.numbers.get(i)
        if number is not None and not number.head:
            continue
        head = number.head if number else text
        mark = skeleton(head)
        if not mark or (SEPARATOR.match(text) and text[:1] in "<-=#*"):
            continue
        if mark not in s.titles and not number and (SENTENCE.search(text) or _is_full(s, i)):
            continue  # a line of text that comes twice
        if mark not in s.titles and (number or _has_place(s, i)):
            mark = _likeness(mark, s.titles, head) or mark
        s.marks[i] = mark
        s.classes.setdefault(mark, []).append(i)


def _is_full(s: _Search, i: int) -> bool:
    """Whether a line is as long as a printed line of the text, with no blank line beside it."""
    m, line = s.ends.measure, s.lines[i]
    alone = line.gap or i + 1 == len(s.lines) or s.lines[i + 1].gap
    return m.wrapped and not alone and width(s.texts[i], m.english) > 0.75 * m.width


def _has_place(s: _Search, i: int) -> bool:
    """Whether a line stands where a page ends."""
    return s.ends.edges[i] or _is_beside_folio(s, i) or _is_torn(s, i)


def _is_beside_folio(s: _Search, i: int) -> bool:
    return i - 1 in s.numbers or i + 1 in s.numbers


def _likeness(mark: str, titles: dict[str, bool], text: str) -> str:
    """The title that a line with misread characters repeats."""
    if not 4 <= len(mark) <= 60 or ENDED.search(text):
        return ""
    letters = set(mark)
    return next(
        (
            title
            for title in titles
            if abs(len(mark) - len(title)) <= 3
            and len(letters.intersection(title)) * 5 >= 3 * len(letters)
            and SequenceMatcher(None, mark, title, autojunk=False).ratio() >= 0.8
        ),
        "",
    )


def _heads(s: _Search, mark: str, members: list[int], final: bool) -> dict[int, RunningHead]:
    """The running heads among the lines that say the same."""
    known = mark in s.titles
    sure = [i for i in members if i in s.numbers or _is_torn(s, i)]
    placed = [i for i in members if i in sure or _has_place(s, i)]
    if not known and not _is_class(s, members, sure, placed):
        members = [i for i in members if i in s.on_sheets]
    if not members:
        return {}
    first = members[0]
    out: dict[int, RunningHead] = {}
    for i in members:
        if i == first and (not final or not known) and i not in sure:
            continue  # it may be the heading that the others repeat
        if not final and i not in sure and heading_labels.read(s.texts[i]):
            continue
        alike = len(placed) >= 2 and len(placed) * 2 >= len(members)
        alike = alike or (known and len(s.numbers) >= LEAST_FOLIOS)
        if i in placed or (final and s.isolated[i] and alike):
            number = s.numbers.get(i)
            page = number.page if number else None
            out[i] = RunningHead(s.lines[i], "running-head", page, True, i in placed)
    return out


def _is_class(s: _Search, members: list[int], sure: list[int], placed: list[int]) -> bool:
    """Whether lines that say the same, but no title, are running heads."""
    texts = [s.texts[i] for i in members]
    if not 2 <= len(skeleton(texts[0])) <= 40:
        return False
    if any(
        ENDED.search(text) and not text.isupper() for i, text in zip(members, texts, strict=True) if i not in s.numbers
    ):
        return False
    numbered = sum(i in s.numbers for i in members)
    if numbered >= 2 and numbered * 2 >= len(members):
        return True
    return len(members) >= 3 and len(sure) >= 1 and len(placed) * 5 >= 3 * len(members)


def _is_at_head(s: _Search, i: int) -> bool:
    """Whether a folio is the first line of its sheet."""
    if i in s.heads:
        return True
    if not s.ends.edges[i]:
        return False
    return i == 0 or s.lines[i - 1].sheet != s.lines[i].sheet
