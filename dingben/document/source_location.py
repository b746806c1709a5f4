"""Locate AST text in the Markdown of a division: pandoc's document model has no positions."""

from __future__ import annotations

import re

from dingben.book.model import Division
from dingben.diagnostics import Location, position

CODE = re.compile(r"^(```+|~~~+).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
"""Fenced blocks of code, and code in a line."""


def mask_code(text: str) -> str:
    """Return Markdown with code replaced by spaces; lines and columns stay the same."""
    return CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def locate_text(division: Division, needle: str, *, last: bool = False, skip: int = 0) -> Location:
    """Return the location of the first (or last) occurrence of ``needle`` in the Markdown, ``skip`` characters on.

    The location names the file alone where ``needle`` does not occur.
    """
    assert division.path
    found = [m.start() for m in re.finditer(re.escape(needle) + r"(?![\w-])" * needle.startswith("#"), division.text)]
    offset = -1 if not needle or not found else found[-1 if last else 0]
    return Location(division.path, *(position(division.text, offset + skip) if offset >= 0 else ()))


def locate_offset(division: Division, text: str, offset: int) -> Location:
    """Return the approximate location in the Markdown of the character at ``offset`` of the division's normal form.

    Searches for the characters before ``offset``, allowing any markup between them: as many characters as are needed
    to find a match, and the occurrence with the same ordinal number.
    """
    assert division.path
    at = min(offset, len(text) - 1)
    for length in (16, 8, 4, 2, 1):
        needle = text[max(0, at + 1 - length) : at + 1]
        if not needle:
            break
        pattern = r"[^\w]{0,4}?".join(map(re.escape, needle))
        found = [m.end() for m in re.finditer(pattern, division.text)]
        count = text.count(needle, 0, max(0, at + 1 - len(needle)))
        if found:
            end = found[min(count, len(found) - 1)]
            return Location(division.path, *position(division.text, end - 1))
    return Location(division.path)
