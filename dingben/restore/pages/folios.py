"""Folios: page numbers alone on a line or beside a running head, and whether a run of them counts pages.

A number is a folio only as part of a run that rises with the text and stands where pages end: at the edges of
sheets, in the middle of sentences, beside running heads, or at even distances.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from dingben.language.heading_labels import figure

ORNAMENT = r"[\s\-—–·•.~*()（）\[\]〔〕|]*"
_OF_ALL = r"(?:[\s,，]*[共/／]\s*\d{1,4}(?:\s*[页頁])?|\s+of\s+\d{1,4})?"
FOLIO = re.compile(
    rf"^{ORNAMENT}(?P<label>第\s*|[Pp]age\s+|PAGE\s+|[Pp]\.\s*)?(?P<number>[0-9OlIS]{{1,4}}|[ivxlc]{{1,7}}|[IVXLC]{{1,7}})"
    rf"(?P<unit>\s*[页頁])?{_OF_ALL}{ORNAMENT}$"
)
HAN_FOLIO = re.compile(
    r"^[\s\-—–·•.~*]*(?P<label>第\s*)?(?P<number>[〇○零一二三四五六七八九十百]{1,4})(?P<unit>\s*[页頁])?[\s\-—–·•.~*]*$"
)
POSITIONAL = re.compile(r"[〇○零一二三四五六七八九]{2,4}")
"""A page number in Han figures by their places (一四): no chapter or section is numbered so."""
SEPARATOR = re.compile(
    r"^(?:<!--\s*)?[-=#*\s]*(?:page|p\.|第)\s*(?P<number>\d{1,4})\s*(?:页|頁|of \d+)?[-=#*\s]*(?:-->)?$", re.IGNORECASE
)
FOLIO_FIRST = re.compile(rf"^{ORNAMENT}(?P<number>\d{{1,4}}|[ivxlc]{{1,7}}){ORNAMENT}[\s\u3000]+(?P<head>\S.*)$")
FOLIO_LAST = re.compile(rf"^(?P<head>.*\S)[\s\u3000]++{ORNAMENT}(?P<number>\d{{1,4}}|[ivxlc]{{1,7}}){ORNAMENT}$")
AROUND = " \t\u3000\u00a0-—–·•.~*()（）[]〔〕|"
MAY_BEGIN = frozenset("第pP0123456789OlISivxcIVXLC〇○零一二三四五六七八九十百")
MAY_END = frozenset("页頁0123456789OlISivxlcIVXLC〇○零一二三四五六七八九十百")
LONGEST = 200
"""Characters of a running head with its folio; the patterns take time by the square of the length."""
SENTENCE = re.compile(r"[。！？；，](?:[”’」』）)]|$)")
LIST_LABEL = re.compile(r"\d{1,4}[.)]\s")
LARGEST_STEP = 12
"""Between two folios that were read: pages without one, or whose folio the OCR lost."""
LEAST_PAGE = 40
"""Characters between two folios."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may be a folio."""

    line: int
    roman: bool
    value: int
    head: str = ""
    """What stands beside it on its line."""
    labelled: bool = False
    """Whether the line says that it is a page (第 3 页, — 3 —)."""

    han: bool = False
    """Whether it is written in Han figures."""

    @property
    def page(self) -> tuple[bool, int]:
        """(roman, number)."""
        return self.roman, self.value


@dataclass(slots=True)
class Run:
    """Numbers that rise with the text."""

    numbers: list[Number] = field(default_factory=list)
    score: float = 0.0


def read_numbers(line: int, text: str) -> list[Number]:
    """The folios that a line may hold: alone, or before or behind a running head."""
    bare = text.strip(AROUND)
    if not bare or not (bare[0] in MAY_BEGIN or bare[-1] in MAY_END):
        return []
    match = FOLIO.match(text)
    if match:
        roman, value = read_number(match["number"])
        labelled = bool(match["label"] or match["unit"]) or text.strip()[:1] in "-—–·•.~*([（〔|"
        return [Number(line, roman, value, labelled=labelled)] if value else []
    if match := HAN_FOLIO.match(text):
        value = figure(match["number"])
        labelled = bool(match["label"] or match["unit"] or POSITIONAL.fullmatch(match["number"]))
        return [Number(line, False, value, labelled=labelled, han=True)] if value else []
    found: list[Number] = []
    if len(text) > LONGEST:
        return found
    for pattern in (FOLIO_FIRST, FOLIO_LAST):
        match = pattern.match(text)
        if (
            match
            and match["number"][0] != "0"
            and not FOLIO.match(match["head"])
            and not _is_sentence(text, match["head"])
        ):
            roman, value = read_number(match["number"])
            found.append(Number(line, roman, value, match["head"]))
    return found


def _is_sentence(text: str, head: str) -> bool:
    """Whether the words beside a number are a sentence: the number is the label of a list, then."""
    return bool(SENTENCE.search(head)) or (head[-1] in ".!?" and LIST_LABEL.match(text) is not None)


def read_number(text: str) -> tuple[bool, int]:
    """(roman, number) of a folio as the OCR wrote it."""
    if re.search(r"\d", text) or text in {"O", "l", "S"}:
        return False, int(text.translate(str.maketrans("OlIiS", "01115")))
    return True, figure(text)


def find_runs(numbers: Sequence[Number], starts: Sequence[int]) -> list[Run]:
    """Runs of rising numbers, the longest first, none inside another; ``starts`` are offsets of the lines."""
    score = [1.0] * len(numbers)
    before = [-1] * len(numbers)
    recent: dict[tuple[bool, bool], list[int]] = {}
    for k, number in enumerate(numbers):
        row = recent.setdefault((number.roman, number.han), [])
        for j in row[-16:]:
            other = numbers[j]
            step = number.value - other.value
            least = LEAST_PAGE // 2 if number.labelled and other.labelled else LEAST_PAGE
            far = starts[number.line] - starts[other.line] >= least
            far = far or (step == 1 and bool(other.head) != bool(number.head))  # a foot, and the next page's head
            if other.line == number.line or not 0 < step <= LARGEST_STEP or not far:
                continue
            gain = score[j] + (1.0 if step <= 2 else 0.6)
            if gain > score[k]:
                score[k], before[k] = gain, j
        row.append(k)
    return _without_overlaps(numbers, score, before)


def _without_overlaps(numbers: Sequence[Number], score: Sequence[float], before: Sequence[int]) -> list[Run]:
    """Take runs from the best end backwards; a run inside the span of a better one, of its kind, is none."""
    used = [False] * len(numbers)
    spans: dict[tuple[bool, bool], list[tuple[int, int]]] = {}
    out: list[Run] = []
    for end in sorted(range(len(numbers)), key=lambda k: (-score[k], k)):
        chain: list[int] = []
        k = end
        while k >= 0 and not used[k]:
            used[k] = True
            chain.append(k)
            k = before[k]
        run = Run([numbers[k] for k in reversed(chain)], float(len(chain)))
        if not chain:
            continue
        taken = spans.setdefault((run.numbers[0].roman, run.numbers[0].han), [])
        span = (run.numbers[0].line, run.numbers[-1].line)
        at = bisect_left(taken, span)
        inside = (at > 0 and taken[at - 1][1] >= span[0]) or (at < len(taken) and taken[at][0] <= span[1])
        if not inside:
            taken.insert(at, span)
            out.append(run)
    return out


def count_sheets(run: Run, sheets: Sequence[int]) -> bool:
    """Whether the numbers rise as the sheets do; ``sheets`` are those of the lines. Chapters are longer than a page."""
    steps = [(b.value - a.value, sheets[b.line] - sheets[a.line]) for a, b in pairwise(run.numbers)]
    return sum(sheet <= 2 * value and value <= 2 * sheet + 1 for value, sheet in steps) * 2 >= len(steps)


def are_even(run: Run, starts: Sequence[int]) -> bool:
    """Whether the numbers stand at even distances, as at the ends of full pages; five of them at least."""
    numbers = run.numbers
    if len(numbers) < 5:
        return False
    sizes = [(starts[b.line] - starts[a.line]) / (b.value - a.value) for a, b in pairwise(numbers)]
    middle = median(sizes)
    return middle >= 300 and median(abs(size - middle) for size in sizes) <= 0.12 * middle
