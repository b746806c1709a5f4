"""Footnotes that are too long for their page continue at the foot of the next.

WeasyPrint does not divide notes: it moves the line with the call to the next page, and a note longer than a page
overflows it. Here, before a line with a call is returned to WeasyPrint, the note is measured; a long one that does not
fit is divided between two of its lines. Its first part replaces the note, the rest is reported to the next page as
WeasyPrint reports notes, and divided again there if necessary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.formatting_structure import boxes
from weasyprint.layout.page import set_page_type_computed_styles

from dingben.typeset.flow.note_heights import NoteHeights, is_leaf, is_stack, lay_out_area, number_leaves

LONG = 6
"""Lines: a shorter note is not divided, but moves to the next page with its line."""

MIN_LINES = 2
"""Fewest lines of a divided note on either page."""

MAX_SHARE = 0.75
"""Largest part of a page for a note continued from the page before, so that text is above it."""


class DividedNotes:
    """The notes of one document that have been divided."""

    def __init__(self) -> None:
        self.heads: dict[int, tuple[Any, Any]] = {}
        """By id of a note: itself and its first part."""
        self.rests: dict[int, tuple[Any, Any]] = {}
        """By id of a first part: itself and the rest."""
        self.waiting: list[Any] = []
        """Rests of rests, until their page is done."""
        self.heights = NoteHeights()
        self.page_types: dict[int, tuple[str, Any]] = {}
        """By index of a page: the name of its type, and its groups."""

    def divide(self, context: Any, line: Any, bottom: float) -> Any:
        """Divide the last note called on a line if necessary: return its rest, the call then has the first part.

        ``bottom``: the bottom of the line and of the lines that must follow it on the page, px from the top.
        """
        if context.in_column:
            return None
        calls = [box for box in line.descendants() if box.footnote is not None]
        for call in calls:
            self.restore(context, call.footnote)
        calls = [call for call in calls if call.footnote in context.footnotes]
        if not calls:
            return None
        area = context.current_footnote_area
        page_bottom = context.page_bottom + (0 if area.height == "auto" else area.margin_height())
        notes = [*context.current_page_footnotes, *(call.footnote for call in calls)]
        if self.heights.most(context, notes) <= page_bottom - bottom:
            return None
        parts = divide_note(context, notes, page_bottom - bottom)
        if parts is None:
            return None
        note, (head, rest) = calls[-1].footnote, parts
        context.footnotes[context.footnotes.index(note)] = head
        calls[-1].footnote = head
        self.heads[id(note)] = (note, head)
        self.rests[id(head)] = (head, rest)
        return rest

    def restore(self, context: Any, note: Any) -> None:
        """Undo the division of a note whose line has moved."""
        _, head = self.heads.pop(id(note), (None, None))
        if head is None:
            return
        self.forget(context, head)
        for notes in (context.footnotes, context.current_page_footnotes, context.reported_footnotes):
            if head in notes:
                notes[notes.index(head)] = note
                return

    def forget(self, context: Any, head: Any) -> None:
        """Remove the rest of a note from all lists."""
        _, rest = self.rests.pop(id(head), (None, None))
        if rest is None:
            return
        self.forget(context, rest)
        for notes in (context.footnotes, context.current_page_footnotes, context.reported_footnotes, self.waiting):
            if rest in notes:
                notes.remove(rest)

    def place_first(self, context: Any, note: Any) -> Any:
        """Return the first part of a note if it is the first of its page and longer than that, else the note.

        A note that was divided for the room below its line fits.
        """
        if context.in_column or context.current_page_footnotes or id(note) in self.rests:
            return note
        height = context.page_bottom - context.current_footnote_area.page.content_box_y()
        if self.heights.most(context, [note]) <= height * MAX_SHARE:
            return note
        parts = divide_note(context, [note], height * MAX_SHARE)
        if parts is None:
            return note
        head, rest = parts
        self.rests[id(head)] = (head, rest)
        self.waiting.append(rest)
        for key, (owner, other) in self.rests.items():
            if other is note:
                self.rests[key] = (owner, head)
                return head
        self.heads[id(note)] = (note, head)
        return head

    def whole(self, context: Any, head: Any) -> None:
        """Undo the division of a note whose first part has left its page."""
        for note, first in list(self.heads.values()):
            if first is head:
                self.restore(context, note)


class HasNotes(Protocol):
    """The state of the patches: it has the divided notes of a document."""

    notes: DividedNotes


def patch_layout_footnote(original: Any, state: HasNotes) -> Any:
    """Replace ``LayoutContext.layout_footnote``: a note longer than its page is divided."""
    notes = state.notes

    def layout_footnote(self: Any, footnote: Any) -> Any:
        part = notes.place_first(self, footnote)
        if part is not footnote:
            self.footnotes[self.footnotes.index(footnote)] = part
        overflows = original(self, part)
        return overflows or (
            part is footnote and bool(notes.waiting)
        )  # no note starts before the end of the one before

    return layout_footnote


def patch_unlayout_footnote(original: Any, state: HasNotes) -> Any:
    """Replace ``LayoutContext.unlayout_footnote``: a divided note that leaves its page is whole again."""
    notes = state.notes

    def unlayout_footnote(self: Any, footnote: Any) -> None:
        notes.restore(self, footnote)  # the call of a note divided in place_first has the undivided one
        notes.forget(self, footnote)
        original(self, footnote)

    return unlayout_footnote


def patch_report_footnote(original: Any, state: HasNotes) -> Any:
    """Replace ``LayoutContext.report_footnote``: a divided note that is moved to the next page is whole again."""
    notes = state.notes

    def report_footnote(self: Any, footnote: Any) -> None:
        notes.restore(self, footnote)
        original(self, footnote)
        notes.whole(self, footnote)

    return report_footnote


def patch_update_footnote_area(original: Any, state: HasNotes) -> Any:
    """Replace ``LayoutContext._update_footnote_area``: the area has the sum of the cached heights of its notes."""
    heights = state.notes.heights

    def update_footnote_area(self: Any) -> Any:
        area = self.current_footnote_area
        area.children = self.current_page_footnotes
        if self.in_column or not area.children or not is_stack(area):
            return original(self)
        if area.height != "auto":
            self.page_bottom += area.margin_height()
        area.height = heights.area(self, area.children)
        self.page_bottom -= area.margin_height()
        return False  # an area with automatic height does not overflow

    return update_footnote_area


def patch_make_page(original: Any, state: HasNotes) -> Any:
    """Replace ``make_page``: the rests of divided notes are reported to the next page."""
    notes = state.notes

    def make_page(context: Any, *arguments: Any) -> Any:
        result = original(context, *arguments)
        context.reported_footnotes[:0] = notes.waiting
        notes.waiting.clear()
        report_forgotten(context, result[0])
        return result

    return make_page


def patch_remake_page(original: Any, state: HasNotes) -> Any:
    """Replace ``remake_page``: notes end before what must begin on a page of its own.

    Pages with nothing but such notes are blank pages to WeasyPrint, as one before a recto. Their running heads and
    folios are those of the page where the notes come from.
    """
    kinds = state.notes.page_types

    def remake_page(index: int, context: Any, root: Any, html: Any) -> Any:
        maker = context.page_maker
        stack, following, right, *rest = maker[index]
        before, _ = kinds.get(index - 1, ("", None))
        forced = following["break"] != "any" or (following["page"] or before) != before
        waits = bool(forced and stack is not None and context.reported_footnotes)
        if waits:
            maker[index] = (stack, {**following, "break": "left" if right else "right"}, right, *rest)
        page, resume_at = original(index, context, root, html)
        if waits:
            stack, _, right, *rest = maker[index + 1]
            maker[index + 1] = (stack, following, right, *rest)
        if page.page_type.blank and context.current_page_footnotes and index - 1 in kinds:
            name, groups = kinds[index - 1]
            page.page_type = page.page_type._replace(blank=False, name=name, groups=groups)
            set_page_type_computed_styles(page.page_type, html, context.style_for)
        kinds[index] = page.page_type.name, page.page_type.groups
        return page, resume_at

    return remake_page


def report_forgotten(context: Any, page: Any) -> None:
    """Report the notes that are called on this page but are on no page to the next one.

    WeasyPrint makes room for the last line of a page by reporting the notes above it, and then forgets those called in
    the line itself.
    """
    if context.footnotes:
        called = [box.footnote for box in page.descendants() if box.footnote is not None]
        for note in called:
            if note in context.footnotes:
                context.footnotes.remove(note)
                context.reported_footnotes.append(note)


def divide_note(context: Any, notes: Sequence[Any], room: float) -> tuple[Any, Any] | None:
    """Divide the last of the notes in two parts, if all together need more than ``room`` and it is long enough."""
    number_leaves(notes[-1])
    area = lay_out_area(context, notes)
    if area.margin_height() <= room:
        return None
    below = area.margin_height() - (area.content_box_y() - area.position_y) - area.height
    lines = [box for box in area.children[-1].descendants() if isinstance(box, boxes.LineBox)]
    fitting_count = sum(line.position_y + line.height - area.position_y + below <= room for line in lines)
    count = min(fitting_count, len(lines) - MIN_LINES)
    if len(lines) < LONG or count < MIN_LINES:
        return None
    return first_lines(notes[-1], count), following_lines(notes[-1], lines[count:])


def first_lines(note: Any, count: int) -> Any:
    """Return a copy of a note that ends after ``count`` lines."""
    copy = note.copy()
    copy.style = note.style.copy()
    copy.style["max_lines"], copy.style["continue"] = count, "discard"
    return copy


def following_lines(note: Any, lines: Sequence[Any]) -> Any:
    """Return a copy of a note that has only its last ``lines``."""
    leaves = [box for line in lines for box in line.descendants() if is_leaf(box) and hasattr(box, "leaf_number")]
    first = leaves[0].leaf_number
    left = sum(len(box.text) for box in leaves if box.leaf_number == first and isinstance(box, boxes.TextBox))
    return without_start(note, first, left)


def without_start(box: Any, first: int, left: int) -> Any:
    """Return a copy of a box without the leaves before ``first``, of which the last ``left`` characters are kept.

    None if nothing is left. The copy has no indent and no anchor.
    """
    if is_leaf(box):
        if box.leaf_number < first:
            return None
        if box.leaf_number == first and isinstance(box, boxes.TextBox):
            return box.copy_with_text(box.text[len(box.text) - left :]) if left else None
        return box
    if not box.children:
        return None
    numbers = [leaf.leaf_number for leaf in box.descendants() if is_leaf(leaf)]
    if not numbers or max(numbers) < first:
        return None
    if min(numbers) > first:
        return box
    copy = box.copy()
    copy.children = [
        child for child in (without_start(child, first, left) for child in box.children) if child is not None
    ]
    copy.style = box.style.copy()
    copy.style["text_indent"], copy.style["anchor"] = INITIAL_VALUES["text_indent"], None
    if "max_lines" in copy.style:
        copy.style["max_lines"] = "none"
    return copy
