"""Titles of poems as headings, where the text is a book of poems and has no printed contents."""

from __future__ import annotations

from collections.abc import Sequence

from dingben.language import heading_labels
from dingben.restore import heading_text
from dingben.restore.headings import Heading
from dingben.restore.lines import Line
from dingben.restore.paragraphs import Measure
from dingben.restore.text import verse


def find(raw: str, lines: Sequence[Line], headings: Sequence[Heading], m: Measure) -> list[Heading]:
    """The titles of poems that ``headings`` lack, one level below the heading of their part."""
    level, above = 1, list(headings)
    out: list[Heading] = []
    for i in verse.find(raw, lines, m).titles:
        while above and above[0].first < i:
            heading = above.pop(0)
            level = 1 if heading_labels.role(heading.text) else min(heading.level + 1, 6)
        text = raw[lines[i].start : lines[i].end]
        out.append(Heading(i, i, level, heading_text.normalize_heading(text, m.english)))
    return out
