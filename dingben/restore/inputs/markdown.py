"""Markdown of OCR engines: headings are marked with ``#`` (https://spec.commonmark.org/0.31.2/#atx-headings)."""

from __future__ import annotations

import re

from dingben.book.raw_text import BLANKS, RawText
from dingben.restore.inputs.base import InputLines
from dingben.restore.inputs.plain_text import LINE_BREAKS, split_lines

HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
HEADING_LINE = re.compile(rf"(?:^|[{LINE_BREAKS}])[{BLANKS}]*{HEADING.pattern}")


class Markdown:
    """The input format ``markdown``."""

    name = "markdown"
    suffixes: tuple[str, ...] = (
        ".md",
        ".markdown",
        ".txt",
    )  # many OCR engines write Markdown into files that end in .txt

    def sniff(self, text: str) -> bool:
        """Whether the text has a marked heading."""
        return HEADING_LINE.search(text) is not None

    def read(self, raw: RawText) -> InputLines:
        """Return the lines of the text; marks of headings become the level of their line."""
        text = raw.text
        found = InputLines(split_lines(raw))
        for line in found.lines:
            if text[line.start] == "#" and (match := HEADING.match(text, line.start, line.end)):
                line.marked_level = len(match[1])
                found.markup.append((line.start, match.end(), "markdown-heading"))
                line.start = match.end()
        return found


MARKDOWN = Markdown()
