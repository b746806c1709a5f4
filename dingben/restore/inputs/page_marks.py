"""Page marks of OCR engines: lines that say where a page of the scan begins, and no more.

``{12}-----``, ``--- Page 12 ---``, ``<!-- page 12 -->``, ``-----File: 012.png-----``, ``=== 第12页 ===``.
They are a family: lines that are the same but for a number that grows. They become page breaks and never reach a
sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dingben.book.raw_text import RawText
from dingben.language.han import SENTENCE_END
from dingben.restore.inputs.base import InputLines
from dingben.restore.lines import Line

RULE = "page-mark"
"""Rule of the ledger under which the marks are set aside."""

LONGEST = 120
"""Characters of a mark."""

_PAGE = r"(?:page[ _-]?(?:number|no\.?|num)?|pg\.?|p\.|页码|頁碼|页|頁|seite)"
_NUMBER = r"\d{1,5}"


def _named(one: str, two: str) -> str:
    """Return the pattern of ``Page 12`` or ``第12页`` with groups of these names for the number."""
    western = rf"{_PAGE}\s*[:=#]?\s*[\"']?(?P<{one}>{_NUMBER})[\"']?(?:\s*(?:of|/)\s*{_NUMBER})?"
    return rf"(?:{western}|第\s*(?P<{two}>{_NUMBER})\s*[页頁])"


CERTAIN = re.compile(
    rf"<!--\s*(?:{_named('a', 'b')}|page[ _-]?(?:break|end|start))\s*(?:[-=]*\s*)-->"
    rf"|\{{(?P<c>{_NUMBER})\}}\s*[-=_]{{3,}}"
    rf"|(?<![-=_*~])[-=_*~]{{2,}}+\s*+\[?\s*+{_named('d', 'e')}\s*\]?\s*[-=_*~]{{2,}}"
    r"|<?-{2,6}\s*page[ _-]?(?:split|break)\s*-{2,6}>?"
    rf"|(?<!-)-{{3,}}+\s*+File:\s*[^\s\d]*(?P<f>{_NUMBER})[^\s]*\.(?:png|jpe?g|tiff?|gif|webp)\b.*"
    rf"|<(?P<h>a|span)\s+(?:id|name)=\"page[-_]?(?P<i>{_NUMBER})\"\s*></(?P=h)>"
    rf"|<page[ _]?(?:number|break)?\s*/?>(?:\s*(?P<g>{_NUMBER})\s*</page[ _]?(?:number)?>)?"
    r"|\\(?:newpage|pagebreak|clearpage)",
    re.IGNORECASE,
)
"""Marks that no book prints: one of them is enough."""

LIKELY = re.compile(
    rf"[\[(（【<{{]\s*{_named('a', 'b')}\s*[\])）】>}}]|[-–—*_\s]{{0,6}}{_named('c', 'd')}[-–—*_\s]{{0,6}}",
    re.IGNORECASE,
)
"""Marks that a book could print: two or more must count up."""

FAMILY = re.compile(
    r"[\W_]{0,8}(?:(?P<word>page|pg|pp?|folio|leaf|scan|image|img|seite|第)[\W_]{0,3})?(?P<number>\d{1,5})"
    r"(?:\s*(?:of|/|／|共)\s*(?P<total>\d{1,5})|\s*[页頁][\s,，]*共\s*(?P<pages>\d{1,5}))?"
    r"(?P<unit>\s*[页頁]|\.(?:png|jpe?g|tiff?|gif|webp|jp2))?[\W_]{0,8}",
    re.IGNORECASE,
)
"""Lines with nothing but a number and a page word, a total or the suffix of a picture; a family of them counts up."""
LEAST_FAMILY = 3
LEAST_DISTANCE = 20
"""Characters between two marks of a family: the entries of a list are nearer."""

THEMATIC_BREAK = re.compile(r"(?:[-_*] ?){3,}")
"""A rule of Markdown (https://spec.commonmark.org/0.31.2/#thematic-breaks): some engines end each page with one."""

TORN_SHARE = 0.3
"""Share of rules in the middle of a sentence from which on the rules of a text are ends of pages."""


@dataclass(frozen=True, slots=True)
class PageMark:
    """A line that is a page mark, and the number that it gives, if any."""

    line: Line
    number: int | None


def take_page_marks(raw: RawText, found: InputLines) -> None:
    """Take the page marks out of the lines: what follows one begins a page, and has its number."""
    marks = [*find_marks(raw.text, found.lines)] or [*find_page_rules(raw.text, found.lines)]
    if not marks:
        return
    taken = {id(mark.line): mark for mark in marks}
    at_head = begins_pages(found.lines, marks)
    sheets = 0
    pending: PageMark | None = None
    number = None if at_head else next((mark.number for mark in marks), None)
    kept: list[Line] = []
    for line in found.lines:
        if mark := taken.get(id(line)):
            found.markup.append((line.start, line.end, RULE))
            sheets += 1
            pending = mark
            number = mark.number if at_head or mark.number is None else mark.number + 1
            continue
        line.sheet += sheets
        if pending or not kept:
            line.gap = True
            line.marked_page = number
        pending = None
        kept.append(line)
    found.lines[:] = kept
    found.markup.sort()


def find_marks(text: str, lines: Sequence[Line]) -> Iterator[PageMark]:
    """Yield the marks with a page's number; those that a book could print only where they count up."""
    likely: list[PageMark] = []
    for line in lines:
        if line.end - line.start > LONGEST:
            continue
        if match := CERTAIN.fullmatch(text, line.start, line.end):
            yield PageMark(line, number_of(match))
        elif match := LIKELY.fullmatch(text, line.start, line.end):
            likely.append(PageMark(line, number_of(match)))
    numbers = [mark.number for mark in likely if mark.number is not None]
    if len(numbers) > 1 and sum(b == a + 1 for a, b in pairwise(numbers)) >= 0.8 * (len(numbers) - 1):
        yield from likely
    else:
        yield from find_families(text, lines)


def find_families(text: str, lines: Sequence[Line]) -> Iterator[PageMark]:
    """Yield the lines that are alike but for a number that counts up: ``P12``, ``12/300``, ``0012.jpg``."""
    families: dict[str, list[PageMark]] = {}
    for line in lines:
        if line.end - line.start > 40 or not (match := FAMILY.fullmatch(text, line.start, line.end)):
            continue
        if match["word"] or match["total"] or match["pages"] or match["unit"]:
            start, end = (at - line.start for at in match.span("number"))
            words = text[line.start : line.end]
            kind = f"{words[:start].strip().casefold()}#{words[end:].strip().casefold()}"
            families.setdefault(kind, []).append(PageMark(line, int(match["number"])))
    for family in families.values():
        steps = [(b.number or 0) - (a.number or 0) for a, b in pairwise(family)]
        far = [b.line.start - a.line.end >= LEAST_DISTANCE for a, b in pairwise(family)]
        if len(family) >= LEAST_FAMILY and steps.count(1) >= 0.8 * len(steps) and sum(far) >= 0.8 * len(far):
            yield from family


def number_of(match: re.Match[str]) -> int | None:
    """Return the number in a mark."""
    return next((int(value) for value in match.groupdict().values() if value and value.isdigit()), None)


def find_page_rules(text: str, lines: Sequence[Line]) -> Iterator[PageMark]:
    """Yield the rules between pages: three or more, many of them in the middle of a sentence."""
    rules = [n for n, line in enumerate(lines) if THEMATIC_BREAK.fullmatch(text, line.start, line.end)]
    torn = sum(1 for n in rules if n and not SENTENCE_END.search(text[lines[n - 1].start : lines[n - 1].end]))
    if len(rules) >= 3 and torn >= TORN_SHARE * len(rules):
        yield from (PageMark(lines[n], None) for n in rules)


def begins_pages(lines: Sequence[Line], marks: Sequence[PageMark]) -> bool:
    """Whether the marks stand at the heads of the pages that they number, not at their feet."""
    if lines[0] is marks[0].line:
        return True
    if lines[-1] is marks[-1].line:
        return False
    return marks[0].number != 1
