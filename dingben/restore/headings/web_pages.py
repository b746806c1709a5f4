"""Chapters that a site printed on several web pages: 第三章 旧信(第1/2页) … 第三章 旧信(第2/2页) is one heading."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dingben.language.han import skeleton
from dingben.restore.lines import Line

PART = re.compile(r"[ \u3000]*[（(]\s*第?\s*(?P<part>\d{1,2})\s*[/／]\s*\d{1,2}\s*页?\s*[)）]$")


def set_aside_parts(text: str, lines: Sequence[Line]) -> tuple[list[Line], list[tuple[int, int, str]]]:
    """Return the lines without counts of web pages and headings that they repeat, and what was set aside."""
    kept: list[Line] = []
    aside: list[tuple[int, int, str]] = []
    last = ""
    for line in lines:
        match = PART.search(text, max(line.start, line.end - 16), line.end)
        if match is None or line.end - line.start > 60:
            kept.append(line)
            continue
        words = skeleton(text[line.start : match.start()])
        if int(match["part"]) > 1 and words == last:
            aside.append((line.start, line.end, "repeated-heading"))
            continue
        last = words
        aside.append((match.start(), line.end, "web-page"))
        line.end = match.start()
        kept.append(line)
    return kept, aside
