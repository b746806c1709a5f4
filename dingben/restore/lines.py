"""Lines of the raw text: their spans, and what each stage finds out about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from dingben.restore.footnotes import Note
    from dingben.restore.headings import Heading
    from dingben.restore.pages.running_heads import RunningHead
    from dingben.scan.model import RegionKind


LineKind = Literal[
    "text",
    "heading",
    "heading-continued",
    "running-head",
    "bibliography",
    "table",
    "verse",
    "picture",
    "figure",
    "caption",
    "note",
    "uncalled-note",
    "notes-heading",
    "code",
    "html-table",
    "formula",
    "thematic-break",
    "list-item",
    "quote",
]
"""What a line is. A running head includes folios; a notes-heading only announces notes (注释). A picture has no
file any more, a figure has one.

Code, tables, formulas and pictures of Markdown are one line each, though they may stand on many.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """The item of a list, or the block quote, that lines of Markdown stand in."""

    kind: Literal["list-item", "quote"]
    depth: int = 1
    """Lists, or quotes, around it, itself included."""
    marker: str = "-"
    """``-`` for an item without a number; else the number, with which its first line begins: ``1.``"""


class InlineMark(NamedTuple):
    """Markup inside a line: raw characters ``start:end``, and what stands for them."""

    start: int
    end: int
    text: str = ""
    """Text that it means: the character of an entity. Empty for what only marks other text."""
    rule: str = ""
    """Rule of the ledger that replaces it; empty if it is kept as Markdown."""
    written: str | None = None
    """Markdown that is written for it, hidden from all rules; None where ``text`` is text like any other."""


@dataclass(slots=True, eq=False)
class Line:
    """A line that isn't blank: its span in the raw text without spaces at either end, and what the stages find."""

    start: int
    end: int
    indent: float
    """Blanks before it, in widths of a Han character."""
    gap: bool
    """Whether a blank line, or a new page, stands before it."""
    sheet: int
    """Number of form feeds and file borders before it."""
    marked_level: int = 0
    """Level of the heading, where the input marks headings (Markdown); 0 elsewhere."""
    marked_page: int | None = None
    """Number of the page that begins here, where a page mark of the input gives one."""
    region: RegionKind | None = None
    """The kind of region that it stands in, where a page layout file says it."""
    container: Container | None = None
    """The list item or the quotation that it stands in."""
    kind: LineKind = "text"
    front: bool = False
    """Whether it stands before the printed contents."""
    apart: bool = False
    """Whether it begins a paragraph whatever stands before it: a speech, an entry, a signature."""
    goes_on: bool = False
    """Whether it continues the line above in a block whose lines all have the same indent."""
    undecided: bool = False
    """Whether nothing tells if it continues the paragraph above it."""
    has_gap: bool = False
    """Whether the blank between its halves means something: a caesura, or the space in a signature."""
    starts_part: bool = False
    """Whether nothing is joined to it from before: the text, or what follows the contents, begins here."""
    heading: Heading | None = None
    """The heading whose first line it is."""
    running_head: RunningHead | None = None
    starts_page: bool = False
    """Whether a page of the printed book begins with it."""
    page: str | None = None
    """Number of that page, where it is known."""
    caption: Line | None = None
    """The line with the caption of this picture."""
    notes: list[Note] = field(default_factory=list)
    """Notes that are called in it."""
