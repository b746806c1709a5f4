"""Text and headings of a chapter's Markdown, with the line and column of each character."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from dingben.book.resources import inside, read_text
from dingben.document.source_location import mask_code

MARKUP = re.compile(
    r"`[^`]+`|(?<!\\)\$\$?[^$\n]+\$\$?"  # code, formulas
    r"|^\|(?: |$)|^(?:> ?)+|^#{1,6} |^\s*(?:[-*+]|\d{1,3}[.)]|\(\d{1,3}\)|:)\s+"  # what begins a block
    r"|\[\]\{[^}]*\}|\{[^{}]*\}|\[\^[^\]\s]+\]:?|\\(?=[!-/:-@\[-`{-~])"  # spans, attributes, notes, escapes
    r"|!?\[(?=[^\]]{0,500}\]\()|\]\([^)]*\)|\*+(?=\S)|(?<=\S)\*+|\[(?=[^\]]{0,500}\]\{)|\](?=\{)"  # links, emphasis
)
OBJECT = "\ufffc"
"""Stands for code or a formula: a word that is neither Han nor Latin, so that no rule asks for the blank beside it."""
VERSE = re.compile(r"^\| (?!.*(?<!\\)\|\s*$)")
"""A line of a line block; the rows of a table end with a bar, too."""
NOT_PROSE = re.compile(r"^(?:```|:::|\||~~~|    )")
"""Lines of code, fenced divs and tables."""


class SourceHeading(NamedTuple):
    """A heading of a chapter: where it is, its level and its plain text."""

    file: Path
    line: int
    level: int
    text: str


def read_chapters(source: Path) -> dict[Path, str]:
    """Read the text of each chapter. Raises SourceError where one can't be read."""
    return {path: read_source(source, path) for path in sorted((source / "chapters").glob("*.md"))}


def read_source(source: Path, path: Path) -> str:
    """Read a file of ``source``. Raises SourceError, also where a link is outside the book."""
    return read_text(inside(source.parent, path))


def find_headings(path: Path, text: str) -> list[SourceHeading]:
    """Return the headings of a chapter in their order; headings inside code don't count."""
    return [
        SourceHeading(path, number, len(match[1]), plain_text(match[2])[0])
        for number, line in enumerate(mask_code(text).splitlines(), 1)
        if (match := re.match(r"(#{1,6}) (.*)", line))
    ]


def plain_text(line: str) -> tuple[str, list[int]]:
    """Return the text of a Markdown line, and the column (0-based) of each of its characters."""
    text, at = "", 0
    columns: list[int] = []
    for match in MARKUP.finditer(line):
        text += line[at : match.start()]
        columns += range(at, match.start())
        if match[0][0] in "`$":  # code counts as one word, and its letters are not checked
            text += OBJECT
            columns.append(match.start())
        at = match.end()
    return text + line[at:], [*columns, *range(at, len(line) + 1)]
