"""Headings that the printed contents lack: told by label, words, or the OCR engine's Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    """Headings that only their label, their words or the OCR engine's mark-up tell."""
    taken = {i for h in found for i in range(h.first, h.last + 1)}
    known = {skeleton(h.text) for h in found} | {skeleton(e.text) for e in entries}
    styles = {label.style: e.level for e in entries if (label := heading_labels.read(e.text))}
    marked = any(line.mark for line in lines)
    highest = min((line.mark for line in lines if line.mark), default=1)
    loose: list[tuple[Heading, heading_labels.Label | None]] = []
    i = 0
    while i < len(texts):
        text = texts[i]
        i += 1
        n = i - 1
        if n in taken or len(text) > LONGEST or (not isolated[n] and not lines[n].mark):
            continue
        mark = skeleton(text)
        if mark in known or not mark:
            continue
        if mark in heading_labels.FRONT_WORDS or mark in heading_labels.BACK_WORDS:
            loose.append((Heading(n, n, 1, heading_text.tidy(text, english)), None))
            known.add(mark)
            continue
        label = heading_labels.read(text) if START.match(text) else None
        if lines[n].mark:
            loose.append((Heading(n, n, min(lines[n].mark - highest + 1, 6), heading_text.tidy(text, english)), label))
            continue
        if (
            marked
            or label is None
            or re.search("[。；，,;、：:？！…]$", text)
            or (label.style in styles and label.style != "arabic")
        ):
            continue
        if (
            label.style in {"arabic", "arabic-bracket", "han-bracket", "han"}
            and (entries or len(text) > 32)
            and not _is_heading_like(text, label)
        ):
            continue
        last = n
        if (
            not text[label.end :].strip()
            and n + 1 < len(texts)
            and isolated[n + 1]
            and len(texts[n + 1]) < LONGEST
            and not re.search("[。；，.,;]$", texts[n + 1])
        ):
            last = n + 1
            i += 1
        if label.rank <= 4:
            known.add(mark)  # once more, it is a running head
        whole = (" " if english else "　").join(texts[n : last + 1])
        loose.append((Heading(n, last, 0, heading_text.tidy(whole, english)), label))
    return give_levels(loose, found)


def _is_heading_like(text: str, label: heading_labels.Label) -> bool:
    """Whether a small label heads a title: short, and no sentence."""
    title = text[label.end :].strip()
    return 1 < len(title) <= 24 and not re.search(rf"[。，；：,;:]|[^{HAN}”》）A-Za-z0-9]$", title)
