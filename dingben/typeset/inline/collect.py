"""Collect the inline boxes of a block as one sequence of characters, with widths and break opportunities.

:class:`InlineContent` walks WeasyPrint's boxes, has :mod:`dingben.typeset.inline.shaping` turn their texts into
glyphs, and gives :mod:`dingben.typeset.inline.linebreak` what it breaks. It knows both ways between a character
of the row and the place in the boxes that WeasyPrint remembers from page to page.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyphen
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.layout.percent import resolve_percentages

from dingben.typeset.flow.footnotes import DividedNotes
from dingben.typeset.inline import char_classes as ch
from dingben.typeset.inline.bidi import Isolate, levels
from dingben.typeset.inline.linebreak import EPSILON, Line, LineBreaker
from dingben.typeset.inline.shaping import HALVED, Setter, Shaped, Shaper, report

KEPT = 256
"""Number of paragraphs whose lines are cached: they may be requested again on the next page or row."""

UNDECORATED = {
    f"{name}_{side}{'_width' if name == 'border' else ''}": 0
    for name in ("margin", "padding", "border")
    for side in ("top", "right", "bottom", "left")
}
"""Used lengths of a text box, which has no margins, borders and paddings."""


@dataclass(slots=True)
class InlineItem:
    """An inline box and the characters ``start`` to ``end`` of its paragraph; ``path`` leads to it from the line."""

    box: Any
    start: int
    end: int
    path: tuple[int, ...]
    children: list[InlineItem] = field(default_factory=list)
    shaped: Shaped | None = None
    setter: Setter | None = None

    @property
    def is_text(self) -> bool:
        return isinstance(self.box, boxes.TextBox)


class NotRunningTextError(Exception):
    """The line has content that WeasyPrint must lay out."""


class InlineContent:
    """The inline boxes of one block as a sequence of characters."""

    def __init__(self, inline_context: InlineContext, context: Any, line: Any, containing: Any) -> None:
        self.inline_context, self.context, self.line, self.containing = inline_context, context, line, containing
        self.texts: list[str] = []
        self.leaves: list[InlineItem] = []
        self.glued: set[int] = set()
        self.calls: set[int] = set()
        self.around: dict[int, float] = {}
        """Px of margins, borders and paddings on both sides of a character."""
        self.before: dict[int, float] = {}
        """Px of them before it."""
        self.objects: dict[int, float] = {}
        """Widths of pictures and inline blocks, px."""
        self.shifted: dict[int, float] = {}
        """Px by which a glyph is moved to the right inside its advance."""
        self.broken: tuple[float, Sequence[Line]] = (-1.0, ())
        """The width in px for which lines were computed last, and the lines."""
        self.length = 0
        self.isolates: list[Isolate] = []
        self.has_absolutes = False
        """Whether it has absolutely positioned boxes."""
        self.root = InlineItem(line, 0, 0, ())
        self.walk(self.root)
        self.root.end = self.length
        self.starts = [leaf.start for leaf in self.leaves]
        self.is_plain = all(node.is_text for node in self.root.children)
        """Whether nothing in it depends on the width of its block."""
        self.text = "".join(self.texts)
        self.setter = inline_context.shaper.setter(line.style)
        self.keeps_grid = not self.objects and all(
            leaf.setter is None or leaf.setter.line_height <= self.setter.line_height + EPSILON for leaf in self.leaves
        )
        self.levels = levels(self.text, line.style["direction"] == "rtl", self.isolates)
        """Embedding levels (:mod:`dingben.typeset.inline.bidi`); nothing where all text runs from left to right."""
        self.measured = self.measure()

    # -- reading the boxes

    def walk(self, parent: InlineItem) -> None:
        """Add the children of an inline box."""
        for index, child in enumerate(parent.box.children):
            node = InlineItem(child, self.length, self.length, (*parent.path, index))
            parent.children.append(node)
            if isinstance(child, boxes.TextBox):
                self.add_text(node)
            elif not child.is_in_normal_flow():
                if child.style["position"] == "absolute":
                    self.has_absolutes = True
                elif not (child.is_running() or child.is_note()):
                    raise NotRunningTextError
            elif isinstance(child, boxes.InlineBox):
                self.add_inline(node, parent)
            elif isinstance(child, boxes.AtomicInlineLevelBox):
                self.add_object(node)
            else:
                raise NotRunningTextError

    def add_text(self, node: InlineItem) -> None:
        style, text = node.box.style, node.box.text
        if style["white_space"] in ("pre", "pre-wrap") or "\t" in text:
            raise NotRunningTextError
        if not text or not style["font_size"]:
            return
        node.box.__dict__.update(UNDECORATED)
        node.setter = self.inline_context.shaper.setter(style)
        node.shaped = node.setter.shape(text.replace("\n", "\u200b") if "\n" in text else text)
        report(node.shaped)
        self.texts.append(text)
        self.leaves.append(node)
        held = style["white_space"] == "nowrap"
        if held:
            self.glued.update(range(self.length + 1, self.length + len(text)))
        self.length += len(text)
        node.end = self.length

    def add_inline(self, node: InlineItem, parent: InlineItem) -> None:
        box = node.box
        if box.is_leader or box.style["position"] == "relative":
            raise NotRunningTextError
        resolve_percentages(box, self.containing)
        for side in ("margin_left", "margin_right"):
            if getattr(box, side) == "auto":
                setattr(box, side, 0)
        outer = len(self.isolates)
        self.walk(node)
        node.end = self.length
        if box.style["direction"] != parent.box.style["direction"] and node.start < node.end:
            self.isolates.insert(outer, Isolate(node.start, node.end, box.style["direction"] == "rtl"))
        if box.element_tag.endswith("::footnote-call"):
            self.calls.update(range(node.start, node.end))
        before = box.margin_left + box.border_left_width + box.padding_left
        after = box.margin_right + box.border_right_width + box.padding_right
        if before or after:
            if node.start == node.end:
                raise NotRunningTextError
            self.before[node.start] = self.before.get(node.start, 0.0) + before
            self.around[node.start] = self.around.get(node.start, 0.0) + before
            self.around[node.end - 1] = self.around.get(node.end - 1, 0.0) + after

    def add_object(self, node: InlineItem) -> None:
        resolve_percentages(node.box, self.containing)
        laid_out = self.atomic(node, 0)
        self.objects[self.length] = laid_out.margin_width()
        self.texts.append("\ufffc")
        self.leaves.append(node)
        self.length += 1
        node.end = self.length

    def atomic(self, node: InlineItem, x: float) -> Any:
        """Return a picture or inline block, laid out."""
        laid_out = inline.atomic_box(self.context, node.box, x, None, self.containing, [], [])
        laid_out.position_x = x
        return laid_out

    # -- measuring

    def measure(self) -> LineBreaker:
        """Return the characters with their widths."""
        classes = list(ch.classes(self.text))
        widths: list[float] = []
        for leaf in self.leaves:
            widths += leaf.shaped.widths if leaf.shaped else [0.0]
        for i in self.calls:
            classes[i] = ch.CALL
        halves: dict[int, tuple[float, float]] = {}
        for mark in HALVED.finditer(self.text):
            i, char = mark.start(), mark[0]
            setter = self.leaf_at(i).setter
            assert setter is not None
            if widths[i] < 0.8 * setter.size:  # a mark of Western text
                classes[i] = ch.LATIN_OPENS if char in ch.OPENING_MARKS else ch.LATIN_CLOSES
                if char == "’" and 0 < i < len(classes) - 1 and self.text[i + 1].isalnum():
                    classes[i] = ch.WESTERN
            elif half := setter.half(char):
                halves[i] = half
        self.center_dots(classes, widths)
        for i, width in (*self.objects.items(), *self.around.items()):
            widths[i] += width
        divided = next((leaf.setter for leaf in self.leaves if leaf.setter and self.is_divided(leaf)), None)
        return LineBreaker(
            "".join(classes),
            widths,
            halves,
            self.line.style["font_size"],
            self.inline_context.gap,
            self.allowed,
            frozenset(self.glued),
            self.hyphens if divided else None,
            divided.hyphen_width if divided else 0.0,
            self.signs,
        )

    def center_dots(self, classes: list[str], widths: list[float]) -> None:
        """Give the dot between Han names its room, half an em or one, the dot in its middle (GB/T 15834, 4.14)."""
        for i, kind in enumerate(classes) if ch.MIDDLE in classes else ():
            if kind == ch.MIDDLE and 0 < i < len(classes) - 1 and classes[i - 1] == ch.HAN == classes[i + 1]:
                room = self.leaf_at(i).box.style["font_size"] * self.inline_context.interpunct
                self.shifted[i] = (room - widths[i]) / 2
                widths[i] = room

    def leaf_at(self, index: int) -> InlineItem:
        """Return the text or object of a character."""
        return self.leaves[bisect_right(self.starts, index) - 1]

    def allowed(self, index: int) -> bool:
        """Whether Pango would end a line before a character (UAX 14)."""
        leaf = self.leaf_at(index)
        if leaf.shaped is None or index == leaf.start:
            return False
        return bool(leaf.shaped.breaks[index - leaf.start] & 1) and not self.text.startswith("://", index - 3)

    def is_divided(self, leaf: InlineItem) -> bool:
        """Whether words of a text may be hyphenated."""
        style = leaf.box.style
        return style["hyphens"] == "auto" and bool(style["lang"])

    def hyphens(self, low: int, high: int) -> list[int]:
        """Return where the words between two places may be hyphenated."""
        places: list[int] = []
        start, text = low, self.text
        while start < high:
            leaf, end = self.leaf_at(start), start
            while end < min(high, leaf.end) and text[end].isalpha():
                end += 1
            fewest, before, after = leaf.box.style["hyphenate_limit_chars"]
            if end - start >= fewest and self.is_divided(leaf):
                inside = self.inline_context.dictionary(leaf.box.style["lang"]).positions(text[start:end])
                places += [start + p for p in inside if before <= p <= end - start - after]
            start = end + 1
        return places

    def signs(self, low: int, high: int) -> list[int]:
        """Where addresses and identifiers between two places may be divided."""
        return [low + place for place in ch.divisions(self.text[low:high])]

    def lines(self, begin: int, width: float, indent: float) -> Sequence[Line]:
        """Return the lines from a character on; on later pages, those computed for the first page."""
        known_width, known = self.broken
        if begin and known_width == width:
            start = self.measured.after_blanks(begin)
            at = bisect_left(known, start, key=lambda line: line.start)
            if at < len(known) and known[at].start == start:
                return known[at:]
        found = self.measured.breaks(begin, lambda n: width - indent if n == 0 else width)
        self.broken = width, found
        return found

    # -- skip stacks

    def place(self, index: int) -> dict[int, Any] | None:
        """Return WeasyPrint's skip stack for a character; None for the end."""
        if index >= self.length:
            return None
        leaf = self.leaf_at(index)
        # WeasyPrint counts the bytes of a text
        inside = len(leaf.box.text[: index - leaf.start].encode()) if leaf.is_text else 0
        stack: dict[int, Any] | None = {inside: None} if inside else None
        for step in reversed(leaf.path):
            stack = {step: stack}
        return stack

    def index(self, stack: dict[int, Any] | None) -> int:
        """Return the character of a skip stack."""
        node = self.root
        while stack is not None:
            ((step, stack),) = stack.items()
            if node.is_text:
                return node.start + len(node.box.text.encode()[:step].decode())
            if step >= len(node.children):
                return node.end
            node = node.children[step]
        return node.start


class InlineContext:
    """Sets the paragraphs of one document. ``gap``: em between Han and a Western word.

    ``interpunct``: em that a dot between Han takes. ``shaper`` may know the fonts and styles of documents before.
    """

    def __init__(self, gap: float = 0.25, shaper: Shaper | None = None, interpunct: float = 0.5) -> None:
        self.gap, self.interpunct = gap, interpunct
        self.shaper = shaper or Shaper()
        self.notes = DividedNotes()
        self.paragraphs: OrderedDict[int, tuple[tuple[int, ...], float, InlineContent]] = OrderedDict()
        self.dictionaries: dict[str, Any] = {}

    def dictionary(self, language: str) -> Any:
        """Return the hyphenation dictionary of a language."""
        if language not in self.dictionaries:
            name = pyphen.language_fallback(language)
            self.dictionaries[language] = pyphen.Pyphen(lang=name) if name else pyphen.Pyphen(lang="en_US")
        return self.dictionaries[language]

    def paragraph(self, context: Any, line: Any, containing: Any) -> InlineContent:
        """Return the paragraph of a line box, cached from the page before. Raises NotRunningTextError.

        ``containing`` is the block, or the width and height of something unknown.
        """
        content = tuple(id(box) for box in line.descendants())
        width = round(containing[0] if isinstance(containing, tuple) else containing.width, 6)
        known = self.paragraphs.get(id(line))
        if known and known[0] == content and (known[1] == width or known[2].is_plain):
            return known[2]
        paragraph = InlineContent(self, context, line, containing)
        self.paragraphs[id(line)] = (content, width, paragraph)
        if len(self.paragraphs) > KEPT:
            self.paragraphs.popitem(last=False)
        return paragraph
