"""Markdown of OCR engines, with the HTML that they write in it (https://spec.commonmark.org/0.31.2/).

Each line learns which block it stands in. Signs of a block that say no more than that (``#``, ``-``, ``>``) are set
aside as markup; code, tables and formulas are kept as they are, each as one line.
"""

from __future__ import annotations

import re

from dingben.book.raw_text import BLANKS, RawText
from dingben.restore.inputs import engine_signs, markdown_blocks
from dingben.restore.inputs.base import InputLines
from dingben.restore.inputs.inline_markup import PICTURE
from dingben.restore.inputs.markdown_blocks import Blocks
from dingben.restore.inputs.page_marks import CERTAIN
from dingben.restore.inputs.plain_text import LINE_BREAKS, split_lines
from dingben.restore.inputs.site_markup import take_site_markup
from dingben.restore.lines import Line

HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
HEADING_LINE = re.compile(
    rf"(?:^|[{LINE_BREAKS}])[{BLANKS}]*(?:</?(?:span|a)\b[^<>\r\n]{{0,300}}>){{0,2}}{HEADING.pattern}"
)
HEADING_END = re.compile(r"(?<![ \t])[ \t]++#++$|(?<![ \t])[ \t]*+\{#[^{}\s]+\}$")
ANCHOR = re.compile(r"</?(?:span|a)\b[^<>\r\n]{0,300}>\s*", re.IGNORECASE)
ANCHORS = re.compile(rf"(?:{ANCHOR.pattern}){{1,4}}", re.IGNORECASE)
AROUND = re.compile(r"(\*{1,3}|__?)(?=\S)(?P<inner>[^*_\r\n]+)(?<=\S)\1")
BULLET = re.compile(r"[-*+](?:[ \t]+|$)")
NUMBER = re.compile(r"\d{1,9}[.)][ \t]+")
QUOTE = re.compile(r">[ \t]?")
SIGNS = re.compile(
    r"^(?:(?:`{3,}|~{3,})[ \t]*[\w+-]*[ \t]*$"  # code
    r"|[ \t]*!\[[^\]\r\n]*\]\([^\r\n]+\)"  # a picture
    r"|[ \t]*\$\$(?:[^$\r\n]+\$\$)?[ \t]*$|[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|[-:| \t]*$"  # a formula, a table
    r"|[ \t]*\[\^[^\]\s]+\]:)"
    rf"|<table\b|{engine_signs.SIGNS}|^\\(?:title|chapter|(?:sub){{0,2}}section)\*?\{{",
    re.MULTILINE | re.IGNORECASE,
)
"""Signs of Markdown that plain text does not have."""
LATEX_HEADING = re.compile(r"\\(?P<command>title|part|chapter|(?:sub){0,2}section)\*?\{(?=[^{}\r\n]+\}$)")
"""A heading of Mathpix Markdown (https://docs.mathpix.com/docs/mathpix-markdown/overview)."""
LATEX_LEVELS = {"title": 1, "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4}
PICTURE_ALONE = re.compile(rf"{PICTURE.pattern}|<img\b[^<>\r\n]{{1,1000}}>", re.IGNORECASE)
PLACEHOLDER = re.compile(r"<!--\s*(?:image|picture|figure|formula-not-decoded)\s*-->", re.IGNORECASE)
"""Comments of Docling in the place of what it left out."""


class Markdown:
    """The input format ``markdown``."""

    name = "markdown"
    suffixes: tuple[str, ...] = (
        ".md",
        ".markdown",
        ".txt",
    )  # many OCR engines write Markdown into files that end in .txt

    def sniff(self, text: str) -> bool:
        """Whether the text has a heading, or another sign that plain text does not have."""
        return HEADING_LINE.search(text) is not None or SIGNS.search(text) is not None

    def read(self, raw: RawText) -> InputLines:
        """Return the lines of the text; a block that is kept as it is, is one line."""
        text = raw.text
        blocks = markdown_blocks.parse(text)
        found = InputLines(fold(raw, split_lines(raw), blocks))
        found.markup += ((span.start, span.end, span.rule) for span in blocks.spans if span.rule)
        for line in found.lines:
            if line.kind == "text":
                read_line(text, line, blocks, found)
        found.lines = [line for line in found.lines if line.start < line.end]
        take_site_markup(text, found, markdown=True)
        return found


def fold(raw: RawText, lines: list[Line], blocks: Blocks) -> list[Line]:
    """Make one line of the lines of each block that is kept as it is; take out those that are no text."""
    out: list[Line] = []
    text, spans, n = raw.text, blocks.spans, 0
    for line in lines:
        at = line.start
        while n < len(spans) and spans[n].end <= at:
            n += 1
        k = n
        while k < len(spans) and spans[k].start < line.end:
            span = spans[k]
            if at < span.start:
                out += _part(text, line, at, span.start)
            if span.start >= line.start and not span.rule:
                out.append(Line(span.start, span.end, line.indent, True, line.sheet, kind=span.kind))
            at = max(at, span.end)
            k += 1
        if at < line.end:
            out += [line] if at == line.start else _part(text, line, at, line.end)
    return out


def _part(text: str, line: Line, start: int, end: int) -> list[Line]:
    """Return a part of a line, if it is not blank."""
    part = text[start:end]
    first = start + len(part) - len(part.lstrip(BLANKS))
    last = start + len(part.rstrip(BLANKS))
    return [Line(first, last, 0.0, start > line.start or line.gap, line.sheet)] if first < last else []


def read_line(text: str, line: Line, blocks: Blocks, found: InputLines) -> None:
    """Read the signs of blocks with which a line begins."""
    number = blocks.line_at(line.start)
    if container := blocks.containers.get(number):
        read_container_signs(text, line, found)
        line.container = container
    if (anchors := ANCHORS.match(text, line.start, line.end)) and HEADING.match(text, anchors.end(), line.end):
        _aside(line, anchors.end(), "html-tag", found)
    if match := HEADING.match(text, line.start, line.end):
        line.marked_level, line.container = len(match[1]), None
        _aside(line, match.end(), "markdown-heading", found)
        strip_heading(text, line, found)
    elif match := LATEX_HEADING.match(text, line.start, line.end):
        line.marked_level = LATEX_LEVELS[match["command"]]
        found.markup.append((line.end - 1, line.end, "latex-heading"))
        line.end -= 1
        _aside(line, match.end(), "latex-heading", found)
    elif text[line.start : line.start + 4] == "<!--" and not CERTAIN.fullmatch(text, line.start, line.end):
        if PLACEHOLDER.fullmatch(text, line.start, line.end):
            line.kind = "picture"
    elif PICTURE_ALONE.fullmatch(text, line.start, line.end):
        line.kind = "picture"


def read_container_signs(text: str, line: Line, found: InputLines) -> None:
    """Set the bullets and the signs of quotations aside; a number stays with its line."""
    while line.start < line.end:
        match = QUOTE.match(text, line.start, line.end) or BULLET.match(text, line.start, line.end)
        if match is None:
            return
        rule = "markdown-quote" if text[line.start] == ">" else "markdown-list"
        _aside(line, match.end(), rule, found)
        while line.start < line.end and text[line.start] in BLANKS:
            line.start += 1


def strip_heading(text: str, line: Line, found: InputLines) -> None:
    """Take anchors, emphasis of the whole heading and closing signs off a heading."""
    while line.start < line.end:
        if match := ANCHOR.match(text, line.start, line.end):
            _aside(line, match.end(), "html-tag", found)
        elif match := AROUND.fullmatch(text, line.start, line.end):
            found.markup.append((match.end("inner"), line.end, "markdown-emphasis"))
            line.end = match.end("inner")
            _aside(line, match.start("inner"), "markdown-emphasis", found)
        elif match := HEADING_END.search(text, line.start, line.end):
            found.markup.append((match.start(), line.end, "markdown-heading"))
            line.end = match.start()
        else:
            return


def _aside(line: Line, end: int, rule: str, found: InputLines) -> None:
    """Set the beginning of a line aside."""
    found.markup.append((line.start, end, rule))
    line.start = end


MARKDOWN = Markdown()
