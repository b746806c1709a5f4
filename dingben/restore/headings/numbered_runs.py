"""Runs of numbered lines: 001 夜雨, 1：渡口, 一, 第三天, II. The Ferry.

One such line may be a list's item, a folio or a date. Many of them, each alone, with text between them and numbers
that count up from one, are the headings of a book.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dingben.language import heading_labels
from dingben.language.han import SENTENCE_END, skeleton
from dingben.language.heading_labels import SMALL, Label

LONGEST_TITLE = 40
"""Characters of the longest Han title behind a number; a Latin one may have twice as many."""

MANY = 4
"""Titles that are different: a chapter's running head and the book's are two."""
TEXT_BETWEEN = 60
"""Characters that stand at the least between most of two neighbours of a run: those of a list stand closer."""

_START = re.compile(r"[第0-9０-９IVXLC一二三四五六七八九十百〇零廿卅壹贰貳叁參肆伍陆陸柒捌玖拾]")
BARE = re.compile(r"第[一二三四五六七八九十百〇零0-9０-９]{1,4}[\u4e00-\u9fff]{1,2}")
"""An ordinal with its unit (第三封信) is a whole line only as a heading, also where no blank line stands around it."""
_SENTENCE = re.compile(r"[。；，,;、：:]$|。")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line that begins with a number."""

    line: int
    label: Label
    title: str
    """What stands behind the number."""


def find(texts: Sequence[str], alone: Sequence[bool], taken: set[int]) -> dict[int, Label]:
    """Lines that are headings because their numbers form a run, with their labels.

    ``alone`` tells for each line whether it is a paragraph by itself. A run that counts through the whole text has
    the rank of chapters.
    """
    families: dict[str, list[Numbered]] = {}
    for i, text in enumerate(texts):
        if (
            i in taken
            or not (alone[i] or BARE.fullmatch(text))
            or len(text) > 2 * LONGEST_TITLE
            or not _START.match(text)
        ):
            continue
        known = heading_labels.read(text)
        label = known or heading_labels.read_weak(text)
        if label and (known is None or label.style in SMALL) and _may_head(text, label):
            families.setdefault(label.style, []).append(Numbered(i, label, skeleton(text[label.end :])))
    ends = _ends(texts)
    found: dict[int, Label] = {}
    for family in families.values():
        runs = _runs(family)
        if any(_is_run_of_headings(run, texts, ends, 3) for run in runs):
            for run in runs:
                if _is_run_of_headings(run, texts, ends, 2):
                    found |= {each.line: each.label for each in run}
    return found


def _may_head(text: str, label: Label) -> bool:
    title = text[label.end :].strip()
    longest = LONGEST_TITLE * (2 if title.isascii() else 1)
    return len(title) <= longest and not _SENTENCE.search(title)


def _ends(texts: Sequence[str]) -> list[int]:
    """Offset of each line's end, counted without line ends."""
    ends, total = [], 0
    for text in texts:
        total += len(text)
        ends.append(total)
    return ends


def _runs(family: Sequence[Numbered]) -> list[list[Numbered]]:
    """Runs that count up from nought or one, one number lost at most; where the count begins again, so does a run."""
    runs: list[list[Numbered]] = []
    expected = -1
    for each in family:
        number = each.label.number[0]
        if runs and expected <= number <= expected + 1:
            runs[-1].append(each)
        elif number <= 1:
            runs.append([each])
        else:
            continue
        expected = number + 1
    return runs


def _are_titles(titles: Sequence[str]) -> bool:
    """Whether the words behind the numbers change from one to the next; running heads count pages, and repeat."""
    different = len(set(titles))
    return different * 2 > len(titles) or (different > MANY and different * 4 > len(titles))


def _is_run_of_headings(run: Sequence[Numbered], texts: Sequence[str], ends: Sequence[int], least: int) -> bool:
    """Whether a run has ``least`` members with text between them, and no page ends at them."""
    if len(run) < least:
        return False
    gaps = [ends[b.line - 1] - ends[a.line] for a, b in pairwise(run)]
    if sum(gap >= TEXT_BETWEEN for gap in gaps) * 4 < len(gaps) * 3:
        return False
    titles = [each.title for each in run if each.title]
    if len(titles) * 2 > len(run):
        return _are_titles(titles)
    before = [texts[each.line - 1] for each in run if each.line]
    if not all(SENTENCE_END.search(text) or len(text) < 20 for text in before):
        return False
    return not run[0].label.style.startswith("number") or max(gaps) > min(3 * min(gaps), 3000)  # pages are alike
