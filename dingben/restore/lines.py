"""The raw text as lines, with what stands between them as fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dingben.book.raw_text import BLANKS, RawText

if TYPE_CHECKING:
    from dingben.restore.footnotes import Note
    from dingben.restore.headings import Heading
    from dingben.restore.running_heads import RunningHead

LINE = re.compile(r"[^\r\n\f\v\x1c-\x1e\x85\u2028\u2029]+")


LineKind = Literal[
    "text",
    "heading",
    "heading-continued",
    "running-head",
    "bibliography",
    "table",
    "picture",
    "note",
    "uncalled-note",
    "notes-heading",
]
"""What a line is. A running head includes folios; a notes-heading only announces notes (注释)."""


@dataclass(slots=True, eq=False)
class Line:
    """A line that isn't blank: its span in the raw text without spaces at either end, and what the stages find."""

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
    mark_start: int = -1
    """Offset of the ``#`` of that heading."""
    kind: LineKind = "text"
    front: bool = False
    """Whether it stands before the printed contents."""
    starts_part: bool = False
    """Whether nothing is joined to it from before: the text, or what follows the contents, begins here."""
    heading: Heading | None = None
    """The heading whose first line it is."""
    running_head: RunningHead | None = None
    starts_page: bool = False
    """Whether a page of the printed book begins with it."""
    page: str | None = None
    """Number of that page, where it is known."""
    notes: list[Note] = field(default_factory=list)
    """Notes that are called in it."""


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
        line.mark_start = line.start
        line.start = match.end()
