"""Printed contents that an OCR engine wrote as a table: each row becomes a line of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dingben.restore.contents import HEADING, entry_of, line_text
from dingben.restore.lines import Line

PIPE_RULE = re.compile(r"(?=[\s:|]*+-)[\s:|-]+")
HTML_ROW = re.compile(r"<tr\b[^<>]*>.*?</tr\s*>", re.DOTALL | re.IGNORECASE)
PIPE_ROW = re.compile(r"[^\r\n]*\S[^\r\n]*")


def split_rows(raw: str, lines: Sequence[Line]) -> tuple[list[Line], list[tuple[int, int, str]]]:
    """Replace each table below the heading of a contents by its rows, if most of them are entries.

    Returns the lines, and spans of the raw text to set aside, each with its rule: tags, and the head of the table.
    """
    out: list[Line] = []
    aside: list[tuple[int, int, str]] = []
    in_contents = False
    for line in lines:
        if line.kind not in ("table", "html-table"):
            in_contents = line.end - line.start < 20 and HEADING.match(raw[line.start : line.end]) is not None
            out.append(line)
            continue
        rows = list(_rows(raw, line)) if in_contents else []
        entries = [row for row in rows if entry_of(line_text(raw, row))]
        if len(entries) < 2 or len(entries) * 2 < len(rows):
            in_contents = False
            out.append(line)
            continue
        head = rows[0] if rows[0] not in entries else None
        kept = [row for row in rows if row is not head and not PIPE_RULE.fullmatch(raw, row.start, row.end)]
        aside += _around(line, kept)
        out += kept
    return out, aside


def _rows(raw: str, table: Line) -> Iterator[Line]:
    """The rows of a table as lines of text."""
    pattern = PIPE_ROW if table.kind == "table" else HTML_ROW
    for n, match in enumerate(pattern.finditer(raw, table.start, table.end)):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        yield Line(start, match.start() + len(match[0].rstrip()), 0.0, n == 0, table.sheet)


def _around(table: Line, rows: Sequence[Line]) -> Iterator[tuple[int, int, str]]:
    """What of a table stands outside of ``rows``."""
    at = table.start
    for row in rows:
        if row.start > at:
            yield at, row.start, "contents-heading"
        at = row.end
    if table.end > at:
        yield at, table.end, "contents-heading"
