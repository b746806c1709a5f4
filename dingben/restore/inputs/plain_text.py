"""Plain text: paragraphs and pages by blank lines, indents and form feeds."""

from __future__ import annotations

import re

from dingben.book.raw_text import BLANKS, RawText
from dingben.restore.inputs.base import InputLines
from dingben.restore.lines import Line

LINE_BREAKS = r"\r\n\f\v\x1c-\x1e\x85\u2028\u2029"
LINE = re.compile(f"[^{LINE_BREAKS}]+")


def split_lines(raw: RawText) -> list[Line]:
    """Split the raw text into lines that are not blank, with what stands between them as fields."""
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
    return found


class PlainText:
    """The input format ``plain-text``."""

    name = "plain-text"
    suffixes: tuple[str, ...] = (".txt",)

    def sniff(self, text: str) -> bool:
        """Accept any text."""
        del text
        return True

    def read(self, raw: RawText) -> InputLines:
        """Return the lines of the text."""
        return InputLines(split_lines(raw))


PLAIN_TEXT = PlainText()
