"""Headings of the text: recognised and levelled, with the printed contents as the witness.

The contents come first (`witnesses`): exact matches of their entries, in their order, are the anchors, and between two
anchors the entries still missing are sought in noise. Only then are labels and words trusted by themselves
(`unwitnessed`).
"""

from __future__ import annotations

from collections.abc import Sequence

from dingben.restore.contents import Entry
from dingben.restore.headings import bilingual, misread_entries, unwitnessed, witnesses
from dingben.restore.headings.heading import GLUED, Heading
from dingben.restore.headings.levels import promote_chapters
from dingben.restore.inline_marks import InlineMarks
from dingben.restore.lines import Line

__all__ = ["GLUED", "Heading", "find", "promote_chapters"]


def find(
    raw: str,
    lines: Sequence[Line],
    entries: Sequence[Entry],
    english: bool,
    isolated: Sequence[bool],
    marks: InlineMarks | None = None,
) -> tuple[list[Heading], dict[int, str]]:
    """The headings among ``lines``, and better readings of contents entries by their headings.

    ``isolated`` tells for each line whether it stands alone (a paragraph of one line); ``marks`` is markup in lines.
    """
    texts = [raw[line.start : line.end] if line.kind == "text" and not line.container else "" for line in lines]
    if marks is not None and marks.marks:
        texts = [marks.text(raw, lines[n]) if lines[n].marked_level else text for n, text in enumerate(texts)]
    found, corrected = witnesses.find(texts, lines, entries, english)
    if not english:
        misread_entries.give_levels(entries, found)
        misread = misread_entries.find(texts, lines, entries, found)
        corrected |= {heading.entry: heading.text for heading in misread if heading.entry is not None}
        found += misread
    found += unwitnessed.find(texts, lines, entries, english, found, isolated)
    found.sort(key=lambda h: h.first)
    return bilingual.merge(found, lines), corrected
