"""Height of the footnote area of a page, from the heights of its notes, each of which is laid out once.

WeasyPrint lays out all notes of a page again for each one that comes or goes. Here a note is laid out by itself, and
once more below the note before it, for the margin between them may collapse (CSS 2.2, 8.3.1). Lengths are px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

from weasyprint.formatting_structure import boxes, build
from weasyprint.layout.block import block_level_layout


@dataclass(slots=True)
class NoteHeight:
    """A note laid out alone in an area of a given width.

    ``outer``: its height with margins. ``inner``: the height of the area within its padding. ``besides``: what the area
    takes beside the note.
    """

    note: Any
    width: float
    outer: float
    inner: float
    besides: float


class NoteHeights:
    """The heights of the notes of one document, by identity."""

    def __init__(self) -> None:
        self.single: dict[int, NoteHeight] = {}
        self.pairs: dict[tuple[int, int], tuple[float, float]] = {}
        """By two notes: the width of the area, and the height that the second adds below the first."""

    def of(self, context: Any, note: Any) -> NoteHeight:
        """Return the height of a note in the current area."""
        width = context.current_footnote_area.width
        known = self.single.get(id(note))
        if known is None or known.width != width:
            number_leaves(note)
            area = lay_out_area(context, [note])
            outer = sum(box.margin_height() for box in area.children)
            known = self.single[id(note)] = NoteHeight(note, width, outer, area.height, area.margin_height() - outer)
        return known

    def most(self, context: Any, notes: Sequence[Any]) -> float:
        """Return an upper bound of the height of the area with these notes."""
        found = [self.of(context, note) for note in notes]
        return max((one.besides for one in found), default=0.0) + sum(max(0.0, one.outer) for one in found)

    def area(self, context: Any, notes: Sequence[Any]) -> float:
        """Return the content height of the area with these notes, at least one."""
        height = self.of(context, notes[0]).inner
        for above, below in pairwise(notes):
            height += self.added(context, above, below)
        return height

    def added(self, context: Any, above: Any, below: Any) -> float:
        """Return the height that a note adds to an area whose last note is ``above``."""
        width = context.current_footnote_area.width
        known = self.pairs.get((id(above), id(below)))
        if known is None or known[0] != width:
            one, _ = self.of(context, above), self.of(context, below)  # which keeps both, and so their identities
            both = lay_out_area(context, [above, below]).height
            known = self.pairs[id(above), id(below)] = (width, both - one.inner)
        return known[1]


def lay_out_area(context: Any, notes: Sequence[Any]) -> Any:
    """Return the footnote area of the page laid out with these notes."""
    area = context.current_footnote_area.copy()
    area.children = list(notes)
    area = build.create_anonymous_boxes(area.deepcopy())
    return block_level_layout(context, area, -inf, None, area.page)[0]


def number_leaves(note: Any) -> None:
    """Number the leaf boxes in the lines of a note, so that they can be found again in copies."""
    for number, box in enumerate(box for box in note.descendants() if is_leaf(box)):
        box.leaf_number = number


def is_leaf(box: Any) -> bool:
    """Whether a box is a text, a picture or an inline block."""
    return isinstance(box, boxes.TextBox | boxes.AtomicInlineLevelBox)


def is_stack(area: Any) -> bool:
    """Whether the notes of an area are stacked, and its height is automatic."""
    plain = area.style["height"] == "auto" and area.style["column_count"] == area.style["column_width"] == "auto"
    return plain and area.max_height == inf and area.min_height == 0 and all(map(is_block, area.children))


def is_block(note: Any) -> bool:
    """Whether a note is a block that neither floats nor clears."""
    style = note.style
    return isinstance(note, boxes.BlockBox) and note.is_in_normal_flow() and style["clear"] == "none"
