"""Tables of HTML as pipe tables of Markdown (https://pandoc.org/MANUAL.html#extension-pipe_tables).

A pipe table has no merged cells: the places that a merged cell covers are left empty, and this is reported. The first
row is the head. Tags are replaced by the signs of the pipe table; the text of each cell is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dingben.language.han import width
from dingben.restore.inline_marks import InlineMarks
from dingben.restore.inputs.inline_markup import LITERAL, InlineScanner
from dingben.rules.passage import Passage, Piece

RULE = "html-table"
TOKEN = re.compile(r"<(?P<close>/?)(?P<name>table|tr|td|th|caption)\b(?P<attributes>[^<>]{0,1000})>", re.IGNORECASE)
SPAN = re.compile(r"\b(?P<axis>row|col)span\s*=\s*[\"']?(?P<count>\d{1,3})", re.IGNORECASE)
NEWLINES = re.compile(r"(?<!\s)[^\S\r\n]*+[\r\n]\s*")
OTHER_TAG = re.compile(r"<[^<>]*>")
MOST_COLUMNS = 200
WIDEST = 40.0
"""Width of a column, in Han characters, from which on it counts as wide as any other."""


@dataclass(slots=True)
class Cell:
    """Text of a cell: raw characters, and over how many columns and rows it stands."""

    start: int
    end: int
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class HtmlTable:
    """Rows of a table; a text outside of its cells, such as the caption, is kept apart."""

    rows: list[list[Cell]] = field(default_factory=list)
    texts: list[Cell] = field(default_factory=list)
    """Texts before the first cell."""

    @property
    def merged(self) -> bool:
        """Whether a cell stands over several columns or rows."""
        return any(cell.columns > 1 or cell.rows > 1 for row in self.rows for cell in row)


def read_table(raw: str, start: int, end: int) -> HtmlTable:
    """Read the table ``start:end``."""
    table = HtmlTable()
    at, attributes, new_row = start, "", True
    for match in [*TOKEN.finditer(raw, start, end), None]:
        border = match.start() if match else end
        inside = attributes is not None
        if (inside and attributes != "") or OTHER_TAG.sub("", raw[at:border]).strip():
            _add(table, _cell(raw, at, border, attributes), new_row)
            new_row = False
        if match is None:
            break
        name, at, attributes = match["name"].lower(), match.end(), ""
        if name in ("td", "th") and not match["close"]:
            attributes = match["attributes"] or " "
        elif name in ("tr", "table"):
            new_row = True
    return table


def _cell(raw: str, start: int, end: int, attributes: str) -> Cell:
    text = raw[start:end]
    first = start + len(text) - len(text.lstrip())
    counts = {m["axis"].lower(): max(1, int(m["count"])) for m in SPAN.finditer(attributes)}
    return Cell(
        min(first, end), max(min(first, end), start + len(text.rstrip())), counts.get("col", 1), counts.get("row", 1)
    )


def _add(table: HtmlTable, cell: Cell, new_row: bool) -> None:
    if new_row or not table.rows:
        table.rows.append([])
    table.rows[-1].append(cell)


def grid(table: HtmlTable) -> list[list[Cell | None]]:
    """Return the rows with a place for each column; None where a merged cell goes on."""
    covered: dict[int, int] = {}
    """Column -> rows that a cell from above still covers."""
    out: list[list[Cell | None]] = []
    for cells in table.rows:
        row: list[Cell | None] = []

        def skip(row: list[Cell | None] = row) -> None:
            while covered.get(len(row), 0):
                covered[len(row)] -= 1
                row.append(None)

        for cell in cells:
            skip()
            for n in range(min(cell.columns, MOST_COLUMNS)):
                covered[len(row)] = cell.rows - 1
                row.append(None if n else cell)
        skip()
        out.append(row)
    wide = max(map(len, out), default=0)
    return [row + [None] * (wide - len(row)) for row in out]


def pipe_table(raw: str, start: int, end: int, table: HtmlTable) -> Passage:
    """Return the table ``start:end`` as the text of a pipe table."""
    caption = table.rows.pop(0) if len(table.rows) > 1 and _is_caption(raw, table) else []
    rows = grid(table)
    shown = [[_pieces(raw, cell) if cell else [] for cell in row] for row in rows]
    rule = "".join(f"|{'-' * n}" for n in _dashes(shown)) + "|"
    pieces: list[Piece] = []
    at = start
    signs = ""
    for cell in caption:
        pieces.append(Piece("", at, cell.start, RULE, "", signs))
        pieces += _pieces(raw, cell)
        at, signs = cell.end, "\n\n"
    for n, (row, texts) in enumerate(zip(rows, shown, strict=True)):
        signs += "| "
        for k, (place, own) in enumerate(zip(row, texts, strict=True)):
            signs += " | " if k else ""
            if place is not None:
                pieces += [Piece("", at, place.start, RULE, "", signs), *own]
                at, signs = place.end, ""
        signs += " |" + ("\n" + rule if n == 0 else "") + ("\n" if n + 1 < len(rows) else "")
    return Passage([*pieces, Piece("", at, end, RULE, "", signs)])


def _is_caption(raw: str, table: HtmlTable) -> bool:
    """Whether the first row is the caption, which is no cell."""
    first = table.rows[0]
    return (
        len(first) == 1
        and re.search(r"<td|<th|<tr", raw[: first[0].start][-400:].rpartition("<table")[2], re.IGNORECASE) is None
    )


def _pieces(raw: str, cell: Cell) -> list[Piece]:
    """Return the text of a cell: one line, without tags."""
    scanner = InlineScanner(raw, markdown=True)
    out: list[Piece] = []
    for piece in InlineMarks(scanner.scan(cell.start, cell.end)).pieces(raw, cell.start, cell.end):
        out += [piece] if piece.rule or piece.written is not None else _one_line(piece)
    return out


def _one_line(piece: Piece) -> Iterator[Piece]:
    at = 0
    for match in NEWLINES.finditer(piece.text):
        if at < match.start():
            yield Piece(piece.text[at : match.start()], piece.start + at, piece.start + match.start())
        yield Piece(" ", piece.start + match.start(), piece.start + match.end(), "line-end")
        at = match.end()
    if at < len(piece.text):
        yield Piece(piece.text[at:], piece.start + at, piece.end)


def _dashes(rows: list[list[list[Piece]]]) -> list[int]:
    """Return a number of dashes for each column: pandoc divides the line of a wide table by them."""
    columns = zip(*rows, strict=True)
    return [
        3
        + round(
            2
            * min(WIDEST, max(width("".join(piece.text for piece in cell).replace(LITERAL, "xxxx")) for cell in column))
        )
        for column in columns
    ]
