"""Headings whose entry in the printed contents was misread beyond likeness.

The contents say how many headings stand between two that were found, and their labels count: a line whose label is the
next one of its kind is a heading there, as long as entries are missing. Its entry then takes the words of the heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from dingben.language import heading_labels
from dingben.language.han import SENTENCE_END, skeleton
from dingben.language.heading_labels import Label
from dingben.restore import heading_text
from dingben.restore.contents import Entry
from dingben.restore.headings.heading import LONGEST, Heading
from dingben.restore.headings.witnesses import START
from dingben.restore.lines import Line

ENDED = re.compile(rf"(?:{SENTENCE_END.pattern})|[）)]$")
EVIDENCE = "its entry in the contents was misread; its label counts on"
SHORT = 24
"""Characters of a line that may stand before a heading without ending a sentence."""
MOST_MISSING = 400
"""Entries between two headings that are compared with lines."""


def find(
    texts: Sequence[str], lines: Sequence[Line], entries: Sequence[Entry], found: Sequence[Heading]
) -> list[Heading]:
    """The headings that the contents have room for between those that were ``found``, in order."""
    levels = _levels(entries)
    if not levels:
        return []
    ordered = sorted((h for h in found if h.entry is not None), key=lambda heading: heading.first)
    borders = [(-1, -1), *((h.last, h.entry or 0) for h in ordered), (len(texts), len(entries))]
    out: list[Heading] = []
    open_labels: list[Label] = []
    for n, ((line0, entry0), (line1, entry1)) in enumerate(pairwise(borders)):
        if n:
            _open(open_labels, heading_labels.read(ordered[n - 1].text))
        end = ordered[n].first if n < len(ordered) else line1
        missing = list(range(entry0 + 1, entry1))[:MOST_MISSING]
        following = heading_labels.read(ordered[n].text) if n < len(ordered) else None
        for i in range(line0 + 1, end if missing else 0):
            label = _label(texts, lines, i, levels)
            if label is None or not _counts_on(label, open_labels) or _is_after(label, following):
                continue
            entry = _likest(skeleton(texts[i]), entries, missing)
            missing = [each for each in missing if each > entry]
            _open(open_labels, label)
            text = heading_text.normalize_heading(texts[i], english=False, known=label)
            out.append(Heading(i, i, levels[label.style], text, entry, EVIDENCE))
            if not missing:
                break
    return out


def _levels(entries: Sequence[Entry]) -> dict[str, int]:
    """The level that most entries with a style of label have."""
    counts: dict[str, Counter[int]] = {}
    for entry in entries:
        if label := heading_labels.read(entry.text):
            counts.setdefault(label.style, Counter())[entry.level] += 1
    return {style: found.most_common(1)[0][0] for style, found in counts.items()}


def give_levels(entries: Sequence[Entry], found: Sequence[Heading]) -> None:
    """Give headings whose entry lost its label the level of their own label."""
    levels = _levels(entries)
    for heading in found:
        label = heading_labels.read(heading.text)
        if heading.entry is None or label is None or heading_labels.read(entries[heading.entry].text):
            continue
        heading.level = levels.get(label.style, heading.level)


def _label(texts: Sequence[str], lines: Sequence[Line], i: int, styles: Container[str]) -> Label | None:
    """The label of a line that may be a heading by itself."""
    text = texts[i]
    if not text or len(text) > LONGEST or lines[i].kind != "text" or not START.match(text) or SENTENCE_END.search(text):
        return None
    label = heading_labels.read(text)
    if label is None or label.style not in styles or not skeleton(text[label.end :]):
        return None
    before = texts[i - 1] if i else ""
    ended = lines[i].gap or len(before) < SHORT or ENDED.search(before) or lines[i].sheet != lines[i - 1].sheet
    return label if ended else None


def _open(labels: list[Label], label: Label | None) -> None:
    """Let a label stand open: those of its rank and below are closed by it."""
    if label is not None:
        labels[:] = [each for each in labels if each.rank < label.rank]
        labels.append(label)


def _counts_on(label: Label, open_labels: Sequence[Label]) -> bool:
    """Whether a label is the next of its kind: after its sibling, or the first one below a higher label."""
    before = next(
        (each for each in reversed(open_labels) if each.style == label.style and each.rank == label.rank), None
    )
    if before is None:
        return label.number[-1] == 1
    return label.number[:-1] == before.number[:-1] and label.number[-1] == before.number[-1] + 1


def _is_after(label: Label, following: Label | None) -> bool:
    """Whether the next heading that was found would have to stand before this one."""
    if following is None or (following.style, following.rank) != (label.style, label.rank):
        return False
    return label.number[-1] >= following.number[-1] > 1


def _likest(mark: str, entries: Sequence[Entry], missing: Sequence[int]) -> int:
    """The missing entry that is most like a heading; the first of equals."""
    return max(missing, key=lambda n: (SequenceMatcher(None, skeleton(entries[n].text), mark).ratio(), -n))
