"""The raw text as lines, with what stands between them as fields."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dingben.book.raw_text import BLANKS, RawText

LINE = re.compile(r"[^\r\n\f\v\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(slots=True)
class Line:
    """A line that isn't blank: where its text stands, without blanks at either end."""

    start: int
    end: int
    indent: float
    """Blanks before it, in widths of a Han character."""
    gap: bool
    """Whether a blank line, or a new page, stands before it."""
    sheet: int
    """Number of form feeds and file borders before it."""
    mark: int = 0
    """Level of the heading, where the OCR engine wrote Markdown."""
    sharp: int = -1
    """Where the ``#`` of that heading stand."""


def split_lines(raw: RawText) -> list[Line]:
    """The lines of the raw text that hold anything, with what stands between them as fields."""
    text = raw.text
    borders = [file.start for file in raw.files][1:]
    found: list[Line] = []
    end, sheet = 0, 0
    for match in LINE.finditer(text):
        content = match[0].strip(BLANKS)
        if not content:
            continue
        lead = len(match[0]) - len(match[0].lstrip(BLANKS))
        start = match.start() + lead
        between = text[end : match.start()]
        feeds = between.count("\f") + sum(end <= b <= start for b in borders) if found else 0
        sheet += feeds
        blank = match[0][:lead]
        indent = sum(1.0 if c in "\u3000\u2003" else 2.0 if c == "\t" else 0.5 for c in blank)
        newlines = between.count("\n") or between.count("\r")
        found.append(Line(start, start + len(content), indent, newlines != 1 or feeds > 0, sheet))
        end = match.end()
    _read_markdown(text, found)
    return found


MARKDOWN = re.compile(r"(#{1,6})[ \t]+(?=\S)")


def _read_markdown(text: str, found: list[Line]) -> None:
    """OCR engines that write Markdown mark headings with ``#``: the mark becomes a field."""
    marked = [
        (line, m) for line in found if text[line.start] == "#" and (m := MARKDOWN.match(text, line.start, line.end))
    ]
    for line, match in marked:
        line.mark = len(match[1])
        line.sharp = line.start
        line.start = match.end()
