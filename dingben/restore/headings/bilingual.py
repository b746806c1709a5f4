"""Headings in two languages: 第一章 渡口, and Chapter One The Ferry on the next line, are one heading."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dingben.language import heading_labels
from dingben.language.han import HAN
from dingben.restore.headings.heading import Heading
from dingben.restore.lines import Line

HAN_LETTER = re.compile(f"[{HAN}]")


def merge(headings: Sequence[Heading], lines: Sequence[Line]) -> list[Heading]:
    """Merge neighbours with the same number and level, of which one is Chinese and one is not."""
    out: list[Heading] = []
    for heading in headings:
        if out and _is_translation(out[-1], heading, lines):
            above = out[-1]
            above.last, above.text = heading.last, f"{above.text} {heading.text}"
        else:
            out.append(heading)
    return out


def _is_translation(above: Heading, heading: Heading, lines: Sequence[Line]) -> bool:
    if above.last + 1 != heading.first or lines[heading.first].gap or heading.entry is not None or above.cut:
        return False
    first, second = heading_labels.read(above.text), heading_labels.read(heading.text)
    return (
        first is not None
        and second is not None
        and first.number == second.number
        and bool(HAN_LETTER.search(above.text)) != bool(HAN_LETTER.search(heading.text))
    )
