"""Headings that the printed contents do not have: found by number, words, or the markup of the OCR engine."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from dingben.language import heading_labels
from dingben.language.han import HAN, skeleton
from dingben.restore import heading_text
from dingben.restore.contents import Entry
from dingben.restore.headings.heading import LONGEST, Heading
from dingben.restore.headings.levels import give_levels
from dingben.restore.headings.witnesses import START
from dingben.restore.lines import Line


def find(
    texts: Sequence[str],
    lines: Sequence[Line],
    entries: Sequence[Entry],
    english: bool,
    found: list[Heading],
    isolated: Sequence[bool],
) -> list[Heading]:
    """Find headings that the contents do not have: by their number, their words or the markup of the OCR engine."""
    used = {i for h in found for i in range(h.first, h.last + 1)}
    known = {skeleton(h.text) for h in found} | {skeleton(e.text) for e in entries}
    styles = {label.style: e.level for e in entries if (label := heading_labels.read(e.text))}
    marked = any(line.marked_level for line in lines)
    highest = min((line.marked_level for line in lines if line.marked_level), default=1)
    candidates: list[tuple[Heading, heading_labels.Label | None]] = []
    i = 0
    while i < len(texts):
        n, text, level = i, texts[i], lines[i].marked_level
        i += 1
        if n in used or len(text) > LONGEST or (not isolated[n] and not level):
            continue
        mark = skeleton(text)
        if mark in known or not mark:
            continue
        if mark in heading_labels.FRONT_WORDS or mark in heading_labels.BACK_WORDS:
            candidates.append((Heading(n, n, 1, heading_text.normalize_heading(text, english)), None))
            known.add(mark)
            continue
        label = heading_labels.read(text) if START.match(text) else None
        if level:
            heading = Heading(n, n, min(level - highest + 1, 6), heading_text.normalize_heading(text, english))
            candidates.append((heading, label))
            continue
        if marked or label is None or not _label_makes_heading(text, label, styles, bool(entries)):
            continue
        last = n
        if not text[label.end :].strip() and n + 1 < len(texts) and isolated[n + 1] and _may_be_title(texts[n + 1]):
            last = n + 1
            i += 1
        if label.rank <= 4:
            known.add(mark)  # the same line again is a running head
        whole = (" " if english else "　").join(texts[n : last + 1])
        candidates.append((Heading(n, last, 0, heading_text.normalize_heading(whole, english)), label))
    return give_levels(candidates, found)


SMALL_STYLES = frozenset({"arabic", "arabic-bracket", "han-bracket", "han"})
"""Styles of numbers that lists have, too."""


def _label_makes_heading(text: str, label: heading_labels.Label, styles: Container[str], has_contents: bool) -> bool:
    """Whether a line with a number is a heading: no sentence, and no style that the contents would have listed."""
    if re.search("[。；，,;、：:？！…]$", text) or (label.style in styles and label.style != "arabic"):
        return False
    doubtful = label.style in SMALL_STYLES and (has_contents or len(text) > 32)
    return not doubtful or _is_heading_like(text, label)


def _may_be_title(text: str) -> bool:
    """Whether a line below a bare number can be its title."""
    return len(text) < LONGEST and not re.search("[。；，.,;]$", text)


def _is_heading_like(text: str, label: heading_labels.Label) -> bool:
    """Whether the text after a list-like number is a title: short, and no sentence."""
    title = text[label.end :].strip()
    return 1 < len(title) <= 24 and not re.search(rf"[。，；：,;:]|[^{HAN}”》）A-Za-z0-9]$", title)
