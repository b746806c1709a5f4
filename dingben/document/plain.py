"""Plain text of divisions in the normal form that collation compares."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dingben.book.model import Division
from dingben.document.model import Fragment
from dingben.document.ruby import ruby_pairs


@dataclass(frozen=True, slots=True)
class DivisionText:
    """Normal form of one division of the source: body text, and all notes in the order of their calls."""

    division: Division
    identifier: str
    body: str
    notes: str


def book_text(fragments: Sequence[Fragment]) -> tuple[DivisionText, ...]:
    """Return body text and notes of every division that has a file, in order."""
    texts = []
    for fragment in fragments:
        body: list[str] = []
        notes: list[str] = []
        collect_text(list(fragment.blocks), body, notes)
        texts.append(
            DivisionText(fragment.division, fragment.identifier, normalize("".join(body)), normalize("".join(notes)))
        )
    return tuple(texts)


def collect_text(value: Any, into: list[str], notes: list[str]) -> None:
    """Append the text of nodes to ``into`` and that of their notes to ``notes``, in document order.

    A ruby reading follows its base. The alternative text of an image is not part of the page's text.
    """
    if isinstance(value, list):
        for item in value:
            collect_text(item, into, notes)
        return
    if not isinstance(value, dict):
        return
    kind: str = value["t"]
    content: Any = value.get("c")
    if kind == "Str":
        into.append(content)
    elif kind in ("Code", "CodeBlock"):
        into.append(content[1])
    elif kind == "Note":
        collect_text(content, notes, notes)
    elif kind == "Quoted":
        marks = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
        into.append(marks[0])
        collect_text(content[1], into, notes)
        into.append(marks[1])
    elif kind == "Table":
        collect_table_text(content, into, notes)
    elif kind == "Span" and (found := ruby_pairs(value)):
        for base, reading in found:
            collect_text(base, into, notes)
            into.append(reading)
    elif kind not in ("Image", "Space", "SoftBreak", "LineBreak", "HorizontalRule"):
        collect_text(child_nodes(kind, content), into, notes)


def child_nodes(kind: str, content: Any) -> Any:
    """Return the part of a node's content that holds child nodes."""
    if kind in ("Span", "Div", "Figure"):
        return content[1:]
    if kind == "Header":
        return content[2]
    if kind == "Link":
        return content[1]
    return content[1] if kind == "OrderedList" else content


def collect_table_text(content: list[Any], into: list[str], notes: list[str]) -> None:
    """Append the text of a Table row by row: caption, head, bodies, foot."""
    _, caption, _, head, bodies, foot = content
    collect_text(caption, into, notes)
    for rows in (head[1], *(part for body in bodies for part in body[2:4]), foot[1]):
        for row in rows:
            for cell in row[1]:
                collect_text(cell[4], into, notes)


INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Soft hyphen, zero-width spaces, word joiner, and controls of the direction of text (UAX 9, 2)."""


SAME_GLYPH = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (
        0x2011,
        0x2126,
        0x212A,
        0x212B,
        0xB5,
        *range(0x2E80, 0x2FE0),
        *range(0xF900, 0xFB07),
        *range(0x2F800, 0x2FA20),
    )
}
"""Characters that fonts draw with the glyph of another (ligatures, radicals): a PDF can hold only one of the two."""


def normalize(text: str) -> str:
    """Remove white space and invisible break characters."""
    for char in INVISIBLE:
        text = text.replace(char, "")
    return "".join(text.split())
