"""Tables and pictures fitted to the printed page, in whole lines so that the line grid goes on after them.

A table that is too wide for its text is set smaller, and one that is still too wide is
turned: it stands on pages of its own, its head at the left, as CY/T 170—2019 has it. What
no page can hold is an error, never cut off. Widths are estimated from the characters, in
em of the table's type: a Han character is one em, a Western one about half.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dingben.diagnostics import Diagnostic, Location
from dingben.document.ast import Node, div, rewrite, text_of
from dingben.document.images import Picture
from dingben.document.model import Fragment
from dingben.document.source_location import locate_text
from dingben.errors import RenderError
from dingben.theme.page_geometry import PageGeometry

SIZES = {18 / 21: "", 16 / 21: "small", 14 / 21: "smaller"}
"""Type sizes of tables as shares of the text's, and their classes in the styles."""

SMALLEST = 4.0
"""Points: no table is set smaller."""

GAP, TIGHT_GAP = 1.0, 0.3
"""Em between the texts of two cells, half on each side, as in the styles; and in a table too wide for all sizes."""

NARROW, NARROWEST = 4.0, 2.0
"""Em: a column is not made narrower for the others, unless its own text is; and where nothing else helps."""

LONGEST_WORD = 12.0
"""Em: longer Western words in a cell are broken anywhere."""

WESTERN = 0.56
"""Em: about the width of a letter or figure."""

KEPT_WHOLE = 12
"""Lines of verse that are not divided between pages."""

PIXEL = 0.75
"""Points of a CSS pixel."""


def for_print(fragment: Fragment, blocks: Sequence[Node], page: PageGeometry, findings: list[Diagnostic]) -> list[Node]:
    """The blocks with every table and picture fitted to ``page``; ``findings`` receives what is hard to read.

    Raises RenderError for what no page can hold.
    """
    pictures = {picture.name: picture for picture in fragment.pictures}

    def visit(node: Node) -> list[Node]:
        if node["t"] == "Table":
            return [fitted(node, page, locate_text(fragment.division, first_words(node)), findings)]
        if node["t"] == "Figure":
            return [figure(node, pictures, page)]
        return [node]

    return [verse(block, page) if block["t"] == "LineBlock" else block for block in rewrite(list(blocks), visit)]


def verse(block: Node, page: PageGeometry) -> Node:
    """A poem so far from the left that its longest line is in the middle."""
    longest = max((width(text_of(line)) for line in block["c"]), default=0.0)
    verse_div = div(["verse", "short"] if len(block["c"]) <= KEPT_WHOLE else ["verse"], [block])
    verse_div["c"][0][2].append(["style", f"margin-left: {max(0.0, (page.measure - longest) / 2):.2f}em"])
    return verse_div


# -- tables


@dataclass(frozen=True, slots=True)
class Column:
    """What a column asks for, in em: its whole text on one line, and the least it can do with."""

    natural: float
    least: float


def fitted(table: Node, page: PageGeometry, place: Location, findings: list[Diagnostic]) -> Node:
    """The table in a Div that says how it is set: as it is, smaller, or turned. What is hard to read is reported."""
    columns: list[Column] = []
    for turned, narrowest in ((False, NARROW), (True, NARROW), (True, NARROWEST)):
        columns = columns_of(table, narrowest)
        room = length_of(table, page) if turned else page.text_width
        for size, name in SIZES.items() if narrowest == NARROW else [min(SIZES.items())]:
            if sum(column.least + GAP for column in columns) <= room / (size * page.size):
                return (
                    turned_table(table, columns, size * page.size, page, name)
                    if turned
                    else upright(table, columns, room / (size * page.size), name, page)
                )
    return tight_table(table, page, place, findings)


def tight_table(table: Node, page: PageGeometry, place: Location, findings: list[Diagnostic]) -> Node:
    """A turned table in as small a type as it needs, which is reported. Raises RenderError below SMALLEST."""
    columns = columns_of(table, 1.0)
    size = math.floor(length_of(table, page) / sum(column.least + TIGHT_GAP for column in columns) * 10) / 10
    if size < SMALLEST:
        raise RenderError(
            f"a table of {len(columns)} columns is too wide for any page",
            hint=f"Even rotated and at {SMALLEST:g} pt it needs more than {length_of(table, page):.0f} pt: split it, "
            "or shorten its words.",
            location=place,
        )
    size = min(size, min(SIZES) * page.size)
    message = f"a table of {len(columns)} columns is so wide that it is rotated and set at {size:g} pt"
    findings.append(Diagnostic(message, "Split it, or shorten its words.", place, "U201"))
    return turned_table(table, columns, size, page, "tight", TIGHT_GAP)


def first_words(table: Node) -> str:
    """Words by which the table is found in the source."""
    words = text_of(table["c"][1]).split() or text_of(table["c"][3]).split() or text_of(table["c"]).split()
    return words[0] if words else ""


def columns_of(table: Node, narrowest: float) -> list[Column]:
    """What each column asks for; cells over several columns are left out."""
    natural = [0.0] * len(table["c"][2])
    longest = [0.0] * len(natural)
    for row in rows_of(table):
        for index, cell in cells_of(row):
            if cell[3] == 1 and index < len(natural):
                natural[index] = max(natural[index], *(width(line) for line in lines_of(cell)), 0.0)
                longest[index] = max(longest[index], *(word_width(line) for line in lines_of(cell)), 0.0)
    return [Column(n, max(min(n, narrowest), min(w, LONGEST_WORD))) for n, w in zip(natural, longest, strict=True)]


def rows_of(table: Node) -> list[Any]:
    """All rows, head first."""
    head, bodies, foot = table["c"][3:6]
    return [*head[1], *(row for body in bodies for part in body[2:4] for row in part), *foot[1]]


def cells_of(row: Any) -> list[tuple[int, Any]]:
    """Cells with the number of their first column; rows are taken as if no cell of the row above reached into them."""
    found, index = [], 0
    for cell in row[1]:
        found.append((index, cell))
        index += cell[3]
    return found


def lines_of(cell: Any) -> list[str]:
    """The paragraphs of a cell as text."""
    return [text_of(block) for block in cell[4]]


def width(text: str) -> float:
    """Em of a text on one line."""
    each = [1.0 if unicodedata.east_asian_width(char) in "WFA" else WESTERN for char in text]
    return sum(each) + 0.25 * sum(a != b for a, b in pairwise(each))  # the gap between Han and Western


def word_width(text: str) -> float:
    """Em of the longest run without a Han character or a blank."""
    return max((width(word) for word in re.findall(r"[!-~\u00c0-\u024f]+", text)), default=0.0)


def shared(columns: Sequence[Column], room: float, gap: float = GAP) -> list[float]:
    """Em for each column: its whole text if there is room for all, else the least and a share of what is left."""
    left = room - gap * len(columns)
    if sum(column.natural for column in columns) <= left:
        return [column.natural for column in columns]
    spare = left - sum(column.least for column in columns)
    wanted = sum(max(0.0, column.natural - column.least) for column in columns) or 1.0
    return [column.least + spare * max(0.0, column.natural - column.least) / wanted for column in columns]


def upright(table: Node, columns: Sequence[Column], room: float, name: str, page: PageGeometry) -> Node:
    """A table within the measure; widths that the source gives are kept where its words fit them."""
    given = [spec[1]["c"] * room - GAP if spec[1]["t"] == "ColWidth" else 0.0 for spec in table["c"][2]]
    own = shared(columns, room)
    natural = sum(column.natural + GAP for column in columns) <= room
    used = [column.natural for column in columns]
    if natural:
        table = with_widths(table, [], room)
    elif lines_in(table, given) > lines_in(table, own) or any(
        got < column.least for got, column in zip(given, columns, strict=True)
    ):
        table, used = with_widths(table, [each + GAP for each in own], room), own
    else:
        used = given
    table = with_long_rows(table, used, page)
    table_div = div(["table", *filter(None, [name, "" if natural else "fixed"])], [table])
    beyond = (room - sum(column.natural + GAP for column in columns)) / 2 - 1 if natural else 0.0
    if beyond > 0 and width(text_of(table["c"][1])) > room - 2 * beyond:
        table_div["c"][0][1].append("wide-caption")
        table_div["c"][0][2].append(["style", f"--beyond: {-beyond:.2f}em"])
    return table_div


def with_long_rows(table: Node, widths: Sequence[float], page: PageGeometry) -> Node:
    """The table, its rows of more than half a page marked: they may be divided, so that no page stays empty."""
    attr, caption, specs, head, bodies, foot = table["c"]

    def marked(row: Any) -> Any:
        (identifier, names, pairs), cells = row
        is_long = height(row, widths) > page.lines / 2
        return [[identifier, [*names, "long"], pairs], cells] if is_long else row

    bodies = [[*body[:2], *([marked(row) for row in part] for part in body[2:4])] for body in bodies]
    return {"t": "Table", "c": [attr, caption, specs, head, bodies, foot]}


def with_widths(table: Node, widths: Sequence[float], room: float) -> Node:
    """The table with the widths of its columns as shares of ``room``; none: as wide as its text."""
    attr, caption, specs, *rest = table["c"]
    shares: list[Node] = [{"t": "ColWidth", "c": round(own / room, 4)} for own in widths]
    shares = shares or [{"t": "ColWidthDefault"}] * len(specs)
    return {"t": "Table", "c": [attr, caption, [[spec[0], s] for spec, s in zip(specs, shares, strict=True)], *rest]}


def length_of(table: Node, page: PageGeometry) -> float:
    """Points across a turned table; its notes stand at the foot of the page and take some."""
    has_notes = "'Note'" in str(table["c"])
    return (page.lines - (5 if has_notes else 1)) * page.line


TURNED = (
    "width: {length:g}pt; height: {breadth:g}pt; margin-bottom: {over:g}pt;"
    "transform: translateY({length:g}pt) rotate(-90deg)"
)


def turned_table(
    table: Node, columns: Sequence[Column], size: float, page: PageGeometry, name: str, gap: float = GAP
) -> Node:
    """A table on pages of its own, turned; as many as its rows need, each with the head."""
    length, breadth = length_of(table, page), page.text_width
    room = length / size
    widths = shared(columns, room, gap)
    table = with_widths(table, [own + gap for own in widths], room)
    attr, caption, specs, head, bodies, foot = table["c"]
    room_for = int(breadth / page.line) - 1 - sum(height(row, widths) for row in (*head[1], *foot[1]))
    rows = [row for body in bodies for part in body[2:4] for row in part]
    parts: list[list[Any]] = [[]]
    used = math.ceil(width(text_of(caption)) / room)
    for row in rows:
        needed = height(row, widths)
        if parts[-1] and used + needed > room_for:
            parts.append([])
            used = 0
        parts[-1].append(row)
        used += needed
    rotated: list[Node] = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        content = [
            attr if index == 0 else ["", attr[1], attr[2]],
            caption if index == 0 else [None, []],
            specs,
            head,
            [[["", [], []], 0, [], part]],
            foot if last else [["", [], []], []],
        ]
        inner = div(["table", "turned-inner", "fixed", *filter(None, [name])], [{"t": "Table", "c": content}])
        style = TURNED.format(length=length, breadth=breadth, over=breadth - length)
        inner["c"][0][2].append(["style", style + f"; --tight: {size:g}pt" * (name == "tight")])
        outer = div(["turned"], [inner])
        outer["c"][0][2].append(["style", f"height: {length:g}pt"])
        rotated.append(outer)
    return rotated[0] if len(rotated) == 1 else div(["turned-group"], rotated)


def lines_in(table: Node, widths: Sequence[float]) -> int:
    """Lines of the whole table."""
    return sum(height(row, widths) for row in rows_of(table))


def height(row: Any, widths: Sequence[float]) -> int:
    """Lines of a row in columns of ``widths``, rather too many than too few."""
    tallest = 1
    for index, cell in cells_of(row):
        own = sum(widths[index : index + cell[3]]) + GAP * (cell[3] - 1)
        tallest = max(tallest, sum(lines(text, own * 0.97) for text in lines_of(cell)))
    return tallest


def lines(text: str, room: float) -> int:
    """Lines of a text in ``room`` em, filled one after another; Western words are kept whole where they can be."""
    if width(text) <= room + 0.01:
        return 1
    room = max(room, 1.0)
    count, used = 1, 0.0
    for token in re.findall(r"[!-~\u00c0-\u024f]+ ?|.", text):
        own = width(token)
        if used and used + own > room:
            count, used = count + 1, 0.0
        count += int(own / room)
        used += own % room
    return count


# -- pictures


def figure(node: Node, pictures: dict[str, Picture], page: PageGeometry) -> Node:
    """A figure whose picture takes whole lines, no larger than the type area leaves beside its caption."""
    attr, caption, blocks = node["c"]
    lines = math.ceil(width(text_of(caption)) * page.size * 6 / 7 / page.text_width) if caption[1] else 0

    def visit(inner: Node) -> list[Node]:
        if inner["t"] == "Image" and inner["c"][2][0] in pictures:
            return [placed(inner, pictures[inner["c"][2][0]], page, page.lines - lines - 1)]
        return [inner]

    return {"t": "Figure", "c": [attr, caption, rewrite(blocks, visit)]}


def placed(image: Node, picture: Picture, page: PageGeometry, most: int) -> Node:
    """The picture with its size in points and margins that make up whole lines, ``most`` at the highest."""
    (identifier, classes, pairs), alt, target = image["c"]
    across, down = size_of(image, picture, page)
    scale = min(1.0, page.text_width / across, most * page.line / down)
    across, down = across * scale, down * scale
    spare = math.ceil(down / page.line - 0.001) * page.line - down
    kept = [pair for pair in pairs if pair[0] not in ("width", "height")]
    style = f"width: {across:.2f}pt; height: {down:.2f}pt; margin: {spare / 2:.2f}pt auto"
    return {"t": "Image", "c": [[identifier, classes, [*kept, ["style", style]]], alt, target]}


def size_of(image: Node, picture: Picture, page: PageGeometry) -> tuple[float, float]:
    """Width and height in points: as the source asks, else as the picture has it, 96 pixels to the inch."""
    asked = {key: value for key, value in image["c"][0][2] if key in ("width", "height")}
    across, down = picture.size()
    own = length(asked.get("width", ""), page.text_width)
    high = length(asked.get("height", ""), page.lines * page.line)
    if own and high:
        return own, high
    if own:
        return own, own * down / across
    if high:
        return high * across / down, high
    return across * PIXEL, down * PIXEL


UNITS = {"px": PIXEL, "": PIXEL, "pt": 1.0, "mm": 72 / 25.4, "cm": 720 / 25.4, "in": 72.0, "em": 10.5}


def length(value: str, whole: float) -> float:
    """A CSS length of the source in points, 0 where there is none; per cent are of ``whole``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(%|px|em|mm|cm|in|pt|)", value)
    if not found:
        return 0.0
    return float(found[1]) * (whole / 100 if found[2] == "%" else UNITS[found[2]])
