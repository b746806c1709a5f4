"""The plain text: UTF-8 without markup, for the archive, for searching and for reading aloud.

The form, which the handbook describes for readers:

- lines end with LF; a paragraph is one line, and one empty line stands between paragraphs;
- a heading is a line with two empty lines before it; a division begins after three;
- a note's mark 〔注1〕 stands in the text, the note with the same mark at the end of its division;
- a picture is its description 〔图：…〕, and its caption a paragraph;
- a table is its caption and a line for each row, cells set apart by TAB;
- printed pages are not marked: they would be read aloud in the middle of a sentence.

pandoc's plain writer lays out lists, quotations and verse; what it would draw with signs
of its own (emphasis, tables, pictures, notes) is turned into text before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from dingben.book.model import GENERATED_ROLES, Book
from dingben.document import pandoc
from dingben.document.ast import Node, rewrite, str_node, text_of
from dingben.document.collation import EditionSegment, EditionText
from dingben.document.model import Fragment
from dingben.document.notes import inlines_of
from dingben.document.plain import normalize
from dingben.language.strings import words
from dingben.system.xml import safe_parser
from dingben.theme.templates import RenderedDivision, Templates, rendered_divisions

HEADING, DIVISION = "\x1e", "\x1d"
"""What stands before a heading on its way through pandoc: characters that no source may hold."""

PLAIN_INLINES = frozenset({"Emph", "Strong", "Underline", "SmallCaps", "Strikeout"})
SILENT_PAGES = frozenset({"cover", "halftitlepage"})
"""Generated pages that say what the title page says again."""


def make_txt(
    book: Book, fragments: Sequence[Fragment], contents: Sequence[str], tools: dict[str, str], date: str | None
) -> bytes:
    """Assemble the book as UTF-8 text; ``contents`` are the texts of :func:`division_texts`."""
    parts = rendered_divisions(book, fragments, [""] * len(fragments))
    texts = iter(contents)
    templates = Templates(book)
    pieces = [] if any(p.role == "titlepage" for p in parts) else [page_lines(templates.render("titlepage.html"))]
    for part in parts:
        if not part.generated:
            pieces.append(next(texts))
        elif part.role not in SILENT_PAGES:
            page = templates.render(f"{part.role}.html", sections=parts, tools=tools, date=date)
            pieces.append(generated_text(part, page_lines(page)))
    return ("\n\n\n\n".join(p for p in pieces if p) + "\n").encode("utf-8")


def generated_text(part: RenderedDivision, text: str) -> str:
    """Return the text of a generated page; entries of the contents are not separated by blank lines."""
    return text if part.role != "toc" else re.sub(r"(?<!\A)\n\n(?!\n)", "\n", text.replace("\n\n", "\n\n\n", 1))


def page_lines(page: str) -> str:
    """Return paragraphs, headings and table rows of a generated page, separated by blank lines."""
    root = etree.fromstring(f"<div>{page}</div>", safe_parser())
    lines = []
    for element in root.iter("p", "h1", "h2", "h3", "tr"):
        cells = list(element) if element.tag == "tr" else [element]
        line = "：".join(" ".join("".join(map(str, cell.itertext())).split()) for cell in cells)
        if line:
            lines.append(line)
    return "\n\n".join(lines)


def division_texts(book: Book, fragments: Sequence[Fragment]) -> pandoc.PandocOutput[list[str]]:
    """Prepare the text of each division that has a file, written by one run of pandoc."""
    writer = PlainTextFilter(words(book.title.language))
    return pandoc.plain_output([block for fragment in fragments for block in writer.blocks(fragment)]).then(
        split_divisions
    )


def split_divisions(text: str) -> list[str]:
    """Split pandoc's output into divisions, with the blank lines of the format."""
    text = re.sub(rf"\n*{HEADING}", "\n\n\n", text)
    # three empty lines are the sign of a division, and of nothing else: not even of code
    return [re.sub(r"\n(?:[ \t]*\n){3,}", "\n\n\n", piece.strip("\n")) for piece in text.split(DIVISION)[1:]]


class PlainTextFilter:
    """Rewrites fragments so that pandoc's plain writer adds no markup of its own."""

    def __init__(self, labels: dict[str, str]) -> None:
        self.words = labels
        self.number = 0
        """Of the last note: they are numbered over the book, as in the e-book."""
        self.notes: list[Node] = []

    def blocks(self, fragment: Fragment) -> list[Node]:
        """Return the division's blocks, followed by its notes; the first block begins with DIVISION."""
        self.notes = []
        blocks = rewrite(list(fragment.blocks), self.visit)
        return [prepend_text(blocks[0], DIVISION), *blocks[1:], *self.notes]

    def visit(self, node: Node) -> list[Node]:
        """Rewrite one node; children were visited before."""
        kind, content = node["t"], node.get("c", [])
        if kind in PLAIN_INLINES:
            return list(content)
        if kind == "Note":
            return [str_node(self.note(content))]
        if kind == "Header":
            return [{"t": "Para", "c": [str_node(HEADING * (content[0] > 1)), *content[2]]}]
        if kind == "Image":
            attributes = dict(content[0][2])
            return [str_node(self.words["picture_text"].format(attributes.get("alt") or text_of(content[1])))]
        if kind == "Figure":
            return figure(content)
        if kind == "Table":
            return [*content[1][1], *table_rows(content)]
        if kind == "Link":
            return [*content[1], *link_address(content)]
        if kind == "Span":
            return span_text(content)
        return [node]

    def note(self, blocks: list[Node]) -> str:
        """Return the mark of a note, and queue its text for the end of the division."""
        self.number += 1
        mark = self.words["note_mark"].format(self.number)
        gap = "" if mark.endswith("〕") else " "
        self.notes += [
            prepend_text(blocks[0], mark + gap) if blocks else {"t": "Para", "c": [str_node(mark)]},
            *blocks[1:],
        ]
        return mark


def prepend_text(block: Node, text: str) -> Node:
    """Prepend ``text`` to a block; a block that is no paragraph becomes one."""
    inlines = block["c"] if block["t"] in ("Para", "Plain") else inlines_of(block)
    return {"t": "Para", "c": [str_node(text), *inlines]}


def span_text(content: Any) -> list[Node]:
    """Return the inlines of a span; a ruby reading follows in parentheses: 漢（hàn）."""
    (_, classes, pairs), inlines = content
    reading = dict(pairs).get("ruby")
    if "rt" in classes:
        return [str_node("（"), *inlines, str_node("）")]
    return [*inlines, str_node(f"（{reading}）")] if reading else list(inlines)


def link_address(link: Any) -> list[Node]:
    """Return the address of an external link, unless its text contains it."""
    target = str(link[2][0])
    shown = text_of(link[1])
    return [] if target.startswith("#") or shown in target else [str_node(f"〔{target}〕")]


def figure(content: Any) -> list[Node]:
    """Return the image's line and its caption, unless the caption repeats the description."""
    picture, caption = content[2], content[1][1]
    return [*picture, *caption] if text_of(caption) not in text_of(picture) else list(picture)


def table_rows(content: Any) -> list[Node]:
    """Convert a table to a LineBlock, cells separated by TAB."""
    (_, head), bodies, (_, foot) = content[3:6]
    rows = [*head, *(row for body in bodies for part in body[2:4] for row in part), *foot]
    lines: list[list[Node]] = [row_line(row[1]) for row in rows]
    return [{"t": "LineBlock", "c": [line for line in lines if line]}] if rows else []


def row_line(cells: Any) -> list[Node]:
    """Join the cells of a row into one line of inlines."""
    line: list[Node] = []
    for index, cell in enumerate(cells):
        blocks: list[Node] = cell[4]
        words = [n for block in blocks for n in ({"t": "Space"}, *inlines_of(block))][1:]
        words = [{"t": "Space"} if n["t"] == "LineBreak" else n for n in words]
        line += [str_node("\t"), *words] if index else words
    return line


# -- read back


SCRIPT_DIGITS = {
    ord(small): plain for small, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁺⁻₊₋", "01234567890123456789+-+-", strict=True)
}
"""Superscript and subscript digits, as pandoc writes them, and the digits of the source."""

RUBY = re.compile(r"(?<![\u3400-\u9fff])(?P<base>[\u3400-\u9fff]++)（(?P<reading>[^（）\n\u3400-\u9fff，。]+)）")
"""Characters with a reading in parentheses; with one syllable for each character, the source has it behind each."""

PLAIN_SIGNS = re.compile(
    r"(?P<mark>^[ \t]*(?:(?:[-*+]|\(?[0-9A-Za-z]{1,8}[.)])(?:[ \t]+|$))+|^[ \t]*-{3,}$)"  # items and rules
    r"|(?P<raised>[\^_]\()|(?P<small>[⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁺⁻₊₋]+)|(?P<bracket>[（）()])|(?P<address>〔[a-z]+:[^〕\n]*〕)",
    re.MULTILINE,
)
"""Text that only the plain format adds: list markers, superscript signs, ruby parentheses, addresses."""


def text_of_txt(data: bytes, book: Book) -> EditionText:
    """Read body text and notes back; generated pages are left out, added signs become optional segments."""
    labels = words(book.title.language)
    roles = [d.role for d in book.divisions if d.path or (d.role in GENERATED_ROLES and d.role not in SILENT_PAGES)]
    own = [bool(d.path) for d in book.divisions if d.path or (d.role in GENERATED_ROLES and d.role not in SILENT_PAGES)]
    if "titlepage" not in roles:
        own.insert(0, False)
    chunks = data.decode("utf-8").rstrip("\n").split("\n\n\n\n")
    certain = len(chunks) == len(own)  # where a template left a page empty, the parts can't be counted off
    body: list[EditionSegment] = []
    notes: list[EditionSegment] = []
    first = 1
    for number, chunk in enumerate(chunks):
        if certain and not own[number]:
            continue
        text, hung, first = split_notes(chunk, labels["note_mark"], first)
        if certain:
            body += text_segments(text, labels)
            notes += text_segments(hung, labels)
        else:
            body += [EditionSegment(piece.text, optional=True) for piece in text_segments(text, labels)]
            notes += text_segments(hung, labels)
    return EditionText(tuple(body), tuple(notes))


def split_notes(chunk: str, mark: str, first: int) -> tuple[str, str, int]:
    """Split a division into text and notes, from note number ``first`` on.

    Also return the next division's first number.
    """
    numbers = [int(n) for n in re.findall(label_pattern(mark).replace(r"\d+", r"(\d+)"), chunk)]
    last = max((n for n in numbers if n >= first), default=first - 1)
    start = re.search(rf"^{re.escape(mark.format(first))}", chunk[chunk.find(mark.format(first)) + 1 :], re.MULTILINE)
    if last < first or start is None:
        return chunk, "", last + 1
    at = chunk.find(mark.format(first)) + 1 + start.start()
    return chunk[:at], chunk[at:], last + 1


def label_pattern(label: str) -> str:
    """Convert a label with a number to a regular expression."""
    return re.escape(label).replace(r"\{\}", r"\d+")


def text_segments(text: str, labels: dict[str, str]) -> list[EditionSegment]:
    """Split the text into segments; what only the plain format adds is optional."""
    before, after = map(re.escape, labels["picture_text"].split("{}"))
    own = rf"(?P<label>{label_pattern(labels['note_mark'])})|{before}(?P<shown>[^\n]*?){after}"
    added = re.compile(rf"{own}|{RUBY.pattern}|{PLAIN_SIGNS.pattern}", re.MULTILINE)
    segments: list[EditionSegment] = []
    at = 0
    for sign in added.finditer(text):
        apart, optional_texts = sign_segments(sign)
        segments += [
            EditionSegment(normalize(text[at : sign.start()]) + apart),
            *(EditionSegment(each, optional=True) for each in optional_texts),
        ]
        at = sign.end()
    return [piece for piece in (*segments, EditionSegment(normalize(text[at:]))) if piece.text]


def sign_segments(sign: re.Match[str]) -> tuple[str, list[str]]:
    """Return the characters before a sign, and all that the source may have in its place."""
    if sign["shown"]:
        return "", [normalize(sign[0]), normalize(sign["shown"])]  # the caption, where it is the description too
    if sign["mark"]:
        return "", sign["mark"].split()  # an item that begins with an item
    if sign["small"]:
        return "", [sign[0], sign[0].translate(SCRIPT_DIGITS)]
    if not sign["base"]:
        return "", [normalize(sign[0])]
    syllables = sign["reading"].split()
    count = len(syllables) if 1 < len(syllables) <= len(sign["base"]) else 0
    start = len(sign["base"]) - count
    base = sign["base"][start:]
    each = "".join(character + syllable for character, syllable in zip(base, syllables, strict=False))
    return sign["base"][:start], [base, "（", normalize(sign["reading"]), "）", each]
