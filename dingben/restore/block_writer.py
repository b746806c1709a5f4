"""Write the blocks of Markdown that are no plain paragraphs: code, tables, formulas, pictures, lists, quotations."""

from __future__ import annotations

import re
from collections.abc import Callable

from dingben.restore.draft import Draft
from dingben.restore.html_tables import pipe_table, read_table
from dingben.restore.lines import Container, Line
from dingben.restore.markdown_lines import target_of
from dingben.restore.paragraphs import Block
from dingben.restore.source_writer import CALL, Chapter
from dingben.rules.passage import Passage, Piece

RAW_LINE = re.compile(r"[^\r\n]+")
NUMBER = re.compile(r"\d{1,9}[.)][ \t]+")
INDENT = 4
"""Blanks before an item for each list around it."""

Correct = Callable[[Passage, Chapter], None]


def write_alone(draft: Draft, chapter: Chapter, block: Block, correct: Correct) -> None:
    """Write a block that is kept as it is."""
    line, raw = block.lines[0], draft.raw.text
    chapter.pending += [number for _, number in block.breaks]
    if block.kind == "figure":
        chapter.paragraph(_figure(draft, chapter, line, correct), draft.ledger)
    elif block.kind == "html-table":
        table = read_table(raw, line.start, line.end)
        if table.merged:
            message = "a table has merged cells: cells that they cover are empty"
            draft.report(line.start, "F703", message, "compare it with the scan", "note")
        chapter.unruled(pipe_table(raw, line.start, line.end, table), draft.ledger)
    elif block.kind == "formula":
        chapter.verbatim(_formula(raw, line), draft.ledger)
    else:
        chapter.verbatim([*_raw_lines(raw, line, block.kind == "table")], draft.ledger)


def _raw_lines(raw: str, line: Line, escape: bool) -> list[Passage]:
    """Return the raw lines of a block; ``escape`` what looks like a note's call and is none."""
    out: list[Passage] = []
    at = line.start
    for match in RAW_LINE.finditer(raw, line.start, line.end):
        blank_lines = max(0, len(re.findall(r"\r\n?|\n", raw[at : match.start()])) - 1)
        out += [Passage([]) for _ in range(0 if escape else blank_lines)]
        at = match.end()
        pieces, last = [], match.start()
        for call in CALL.finditer(raw, match.start(), match.end()) if escape else ():
            pieces += [Piece(raw[last : call.start()], last, call.start())] if last < call.start() else []
            pieces.append(Piece("", call.start(), call.start(), "markdown-escape", "", "\\"))
            last = call.start()
        pieces.append(Piece(raw[last : match.end()], last, match.end()))
        out.append(Passage(pieces))
    return out


def _formula(raw: str, line: Line) -> list[Passage]:
    """Return the lines of a formula, between ``$$``."""
    lines = [passage for passage in _raw_lines(raw, line, False) if passage.text.strip()]
    if raw.startswith("\\[", line.start):
        for passage, at_start in ((lines[0], True), (lines[-1], False)):
            piece = passage.pieces[0 if at_start else -1]
            border = piece.start + 2 if at_start else piece.end - 2
            parts = [
                Piece(raw[piece.start : border], piece.start, border),
                Piece(raw[border : piece.end], border, piece.end),
            ]
            n = 0 if at_start else 1
            parts[n] = parts[n]._replace(rule="formula-signs", text="$$")
            place = 0 if at_start else len(passage.pieces) - 1
            passage.pieces[place : place + 1] = [part for part in parts if part.start < part.end]
    return lines


def _figure(draft: Draft, chapter: Chapter, line: Line, correct: Correct) -> Passage:
    """Return a picture with its caption."""
    raw = draft.raw.text
    target, first, last = target_of(raw[line.start : line.end])
    name = draft.pictures[target]
    caption = line.caption
    if caption is None:
        inner = Passage.kept(raw, line.start + first, line.start + last) if first < last else Passage([])
        ends = (line.start + first, line.start + last) if first < last else (line.start, line.start)
    else:
        inner = Passage([*draft.marks.pieces(raw, caption.start, caption.end)])
        ends = (line.end, line.end)
    if inner.pieces:
        correct(inner, chapter)
    before = Piece("", line.start, ends[0], "picture", "", "![")
    after = Piece("", ends[1], line.end, "picture", "", f"]({name})")
    return Passage([before, *inner.pieces, after])


def write_contained(draft: Draft, chapter: Chapter, block: Block, passage: Passage, previous: Block | None) -> None:
    """Write an item of a list, or a paragraph of a quotation."""
    line = block.lines[0]
    container = line.container
    assert container is not None
    goes_on = previous is not None and previous.lines[0].container is container
    before = "\n"
    if container.kind == "quote":
        prefix = "> " * container.depth
        before = ">\n" if goes_on else "\n"
    else:
        prefix = " " * (INDENT * (container.depth - 1))
        if goes_on:
            prefix += " " * INDENT
        elif container.marker == "-":
            prefix += "- "
        if previous is not None and previous.kind == "list-item" and not line.gap:
            before = ""
    chapter.paragraph(passage, draft.ledger, before, prefix)


def hide_number(raw: str, line: Line, container: Container, passage: Passage) -> None:
    """Make the number of an item markup that no rule sees."""
    match = NUMBER.match(raw, line.start, line.end)
    if container.marker == "-" or match is None or not match[0].startswith(container.marker):
        return
    first = passage.pieces[0]
    rest = first._replace(text=first.text[len(match[0]) :], start=match.end())
    passage.pieces[:1] = [Piece("", match.start(), match.end(), "", "", match[0]), *([rest] if rest.text else [])]
    passage.text = passage.text[len(match[0]) :]
