"""HTML that a web site or a program left in the lines of a text: entities, ``<br/>`` and other tags.

Entities of blanks before a line are its indent, a break ends a line, and other tags at its ends say nothing. An entity
inside a line is replaced by its character.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dingben.restore.inputs.base import InputLines
from dingben.restore.inputs.inline_markup import COMMENT, ENTITY, IMG, STAR_NOTE, TAG, InlineScanner, is_blank_entity
from dingben.restore.inputs.page_marks import CERTAIN
from dingben.restore.lines import Line

BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
OUTER = re.compile(r"</?(?!(?:b|strong|i|em|sup|sub|u|s|del|ins|code|mark|img|q|cite)\b)[a-z]", re.IGNORECASE)
"""Tags that mean nothing at the ends of a line."""
HEADING_TAG = re.compile(r"<h([1-6])\b", re.IGNORECASE)
BLANKS = " \t\u3000\u00a0\u2002\u2003\u2009\ufeff\u200b"
MARKUP = re.compile(rf"{TAG.pattern}|{ENTITY.pattern}|<!--", re.IGNORECASE)


def has_markup(text: str) -> bool:
    """Whether tags or entities stand in a text."""
    return MARKUP.search(text) is not None


def take_site_markup(text: str, found: InputLines, markdown: bool = False) -> None:
    """Take tags and entities at the ends of lines out of them, and mark those inside."""
    scanner = InlineScanner(text, markdown, markdown and STAR_NOTE.search(text) is not None)
    lines: list[Line] = []
    gap = False
    for whole in found.lines:
        if whole.kind != "text":
            lines.append(whole)
            continue
        for line in split_at_breaks(text, whole, found):
            line.gap = line.gap or gap
            strip_ends(text, line, found, markdown)
            if line.start >= line.end:
                gap = line.gap
                continue
            gap = False
            lines.append(line)
            if markdown and IMG.fullmatch(text, line.start, line.end):
                line.kind = "picture"
                continue
            found.marks += scanner.scan(line.start, line.end)
    found.lines[:] = lines
    found.markup.sort()


def split_at_breaks(text: str, line: Line, found: InputLines) -> list[Line]:
    """Return the lines that breaks divide a line into; two breaks in a row are a blank line. A heading is one line."""
    breaks = [] if line.marked_level else [*BREAK.finditer(text, line.start, line.end)]
    out: list[Line] = []
    at, gap = line.start, line.gap
    for match in [*breaks, None]:
        end = match.start() if match else line.end
        piece = text[at:end]
        if piece.strip(BLANKS):
            start = at + len(piece) - len(piece.lstrip(BLANKS))
            indent = line.indent if at == line.start else 0.0
            container = line.container
            out.append(replace(line, start=start, end=at + len(piece.rstrip(BLANKS)), gap=gap, indent=indent))
            out[-1].container = container
            gap = False
        elif at > line.start:
            gap = True
        if match:
            found.markup.append((match.start(), match.end(), "html-tag"))
            at = match.end()
    return out


def strip_ends(text: str, line: Line, found: InputLines, markdown: bool) -> None:
    """Take the tags and the entities of blanks off both ends of a line; in Markdown comments, too."""
    if CERTAIN.fullmatch(text, line.start, line.end):
        return  # the mark of a page
    while line.start < line.end and text[line.start] in "<&":
        match = TAG.match(text, line.start, line.end) if text[line.start] == "<" else None
        if match and OUTER.match(match[0]):
            if heading := HEADING_TAG.match(match[0]):
                line.marked_level = int(heading[1])
            line.gap = line.gap or match[0][1:2].lower() in "pd" or bool(line.marked_level)
            rule = "html-tag"
        elif (match := ENTITY.match(text, line.start, line.end)) and is_blank_entity(match[0]):
            line.indent += 1.0 if match[0].lower() in ("&emsp;", "&#12288;", "&#x3000;", "&#8195;") else 0.5
            rule = "html-entity"
        elif markdown and (match := COMMENT.match(text, line.start, line.end)):
            rule = "html-comment"
        else:
            break
        found.markup.append((*match.span(), rule))
        line.start = match.end()
        while line.start < line.end and text[line.start] in BLANKS:
            line.start += 1
    while line.end > line.start and text[line.end - 1] in ">;":
        begin = max(text.rfind("<" if text[line.end - 1] == ">" else "&", line.start, line.end), line.start)
        pattern = TAG if text[line.end - 1] == ">" else ENTITY
        match = pattern.match(text, begin, line.end)
        if match is None or match.end() != line.end:
            break
        if not (OUTER.match(match[0]) or (match[0][0] == "&" and is_blank_entity(match[0]))):
            break
        found.markup.append((*match.span(), "html-tag" if match[0][0] == "<" else "html-entity"))
        line.end = match.start()
        while line.end > line.start and text[line.end - 1] in BLANKS:
            line.end -= 1
