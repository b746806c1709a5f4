"""Paragraphs set in lines by dingben, inside WeasyPrint's layout.

WeasyPrint asks for the lines of one block at a time and goes on from the last that fitted
a page. :func:`set_lines` answers in its place: it walks the block's inline boxes into one
row of characters, lets :mod:`dingben.lines` break it, and hands the lines back as
WeasyPrint's own boxes, whose texts know their glyphs. What is no running text (leaders,
floats, preformatted text, right-to-left) is left to WeasyPrint.

The functions and boxes of WeasyPrint used here are no public interface: it is pinned in
pyproject.toml, and :func:`composing` puts its own functions back.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

import pyphen
from weasyprint.draw import text as drawing
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, preferred
from weasyprint.layout.percent import resolve_one_percentage, resolve_percentages

from dingben import characters as ch
from dingben.lines import EPSILON, Line, Measured, Spacing
from dingben.longnotes import LongNotes, dividing
from dingben.segment import draw_first_line, segment
from dingben.shaping import HALVED, Setter, Shaped, Shaper, report_missing

KEPT = 256
"""Paragraphs whose lines are remembered: those that may be asked for again on the next page or row."""

UNDECORATED = {
    f"{name}_{side}{'_width' if name == 'border' else ''}": 0
    for name in ("margin", "padding", "border")
    for side in ("top", "right", "bottom", "left")
}
"""What WeasyPrint works out for a text, which has no margins, borders and paddings."""

FLUSH = frozenset({"start", "justify"})
"""Values of text-align whose lines are made flush; ``left`` asks for ragged ones."""


@dataclass(slots=True)
class Node:
    """An inline box and the characters ``start`` to ``end`` of its paragraph; ``path`` leads to it from the line."""

    box: Any
    start: int
    end: int
    path: tuple[int, ...]
    children: list[Node] = field(default_factory=list)
    shaped: Shaped | None = None
    setter: Setter | None = None

    @property
    def is_text(self) -> bool:
        return isinstance(self.box, boxes.TextBox)


class NotRunningTextError(Exception):
    """Something in the line that WeasyPrint must set itself."""


class Paragraph:
    """The inline boxes of one block as a row of characters."""

    def __init__(self, composer: Composer, context: Any, line: Any, containing: Any) -> None:
        self.composer, self.context, self.line, self.containing = composer, context, line, containing
        self.texts: list[str] = []
        self.leaves: list[Node] = []
        self.glued: set[int] = set()
        self.calls: set[int] = set()
        self.around: dict[int, float] = {}
        """Px of margins, borders and paddings beside a character."""
        self.objects: dict[int, float] = {}
        """Px of pictures and blocks in the line."""
        self.shifted: dict[int, float] = {}
        """Px by which a glyph stands further right in its advance."""
        self.length = 0
        self.root = Node(line, 0, 0, ())
        self.walk(self.root)
        self.root.end = self.length
        self.starts = [leaf.start for leaf in self.leaves]
        self.is_plain = all(node.is_text for node in self.root.children)
        """Whether nothing in it depends on the width of its block."""
        self.text = "".join(self.texts)
        self.setter = composer.shaper.setter(line.style)
        self.keeps_grid = not self.objects and all(
            leaf.setter is None or leaf.setter.line_height <= self.setter.line_height + EPSILON for leaf in self.leaves
        )
        self.measured = self.measure()

    # -- reading the boxes

    def walk(self, parent: Node) -> None:
        """Add the children of an inline box."""
        for index, child in enumerate(parent.box.children):
            node = Node(child, self.length, self.length, (*parent.path, index))
            parent.children.append(node)
            if isinstance(child, boxes.TextBox):
                self.add_text(node)
            elif not child.is_in_normal_flow():
                if not (child.is_running() or child.is_note()):
                    raise NotRunningTextError
            elif isinstance(child, boxes.InlineBox):
                self.add_inline(node)
            elif isinstance(child, boxes.AtomicInlineLevelBox):
                self.add_object(node)
            else:
                raise NotRunningTextError

    def add_text(self, node: Node) -> None:
        style, text = node.box.style, node.box.text
        if style["white_space"] in ("pre", "pre-wrap") or "\t" in text:
            raise NotRunningTextError
        if not text or not style["font_size"]:
            return
        node.box.__dict__.update(UNDECORATED)
        node.setter = self.composer.shaper.setter(style)
        node.shaped = node.setter.shape(text.replace("\n", "\u200b") if "\n" in text else text)
        report_missing(node.shaped.runs)
        self.texts.append(text)
        self.leaves.append(node)
        held = style["white_space"] == "nowrap"
        if held:
            self.glued.update(range(self.length + 1, self.length + len(text)))
        self.length += len(text)
        node.end = self.length

    def add_inline(self, node: Node) -> None:
        box = node.box
        if box.is_leader or box.style["position"] == "relative" or box.style["direction"] != "ltr":
            raise NotRunningTextError
        resolve_percentages(box, self.containing)
        for side in ("margin_left", "margin_right"):
            if getattr(box, side) == "auto":
                setattr(box, side, 0)
        self.walk(node)
        node.end = self.length
        if box.element_tag.endswith("::footnote-call"):
            self.calls.update(range(node.start, node.end))
        before = box.margin_left + box.border_left_width + box.padding_left
        after = box.margin_right + box.border_right_width + box.padding_right
        if before or after:
            if node.start == node.end:
                raise NotRunningTextError
            self.around[node.start] = self.around.get(node.start, 0.0) + before
            self.around[node.end - 1] = self.around.get(node.end - 1, 0.0) + after

    def add_object(self, node: Node) -> None:
        resolve_percentages(node.box, self.containing)
        laid = self.atomic(node, 0)
        self.objects[self.length] = laid.margin_width()
        self.texts.append("\ufffc")
        self.leaves.append(node)
        self.length += 1
        node.end = self.length

    def atomic(self, node: Node, x: float) -> Any:
        """A picture or block in the line, laid out."""
        laid = inline.atomic_box(self.context, node.box, x, None, self.containing, [], [])
        laid.position_x = x
        return laid

    # -- measuring

    def measure(self) -> Measured:
        """The characters with their widths."""
        classes = list(ch.classes(self.text))
        widths: list[float] = []
        for leaf in self.leaves:
            widths += leaf.shaped.widths if leaf.shaped else [0.0]
        for i in self.calls:
            classes[i] = ch.CALL
        halves: dict[int, float] = {}
        for i, char in enumerate(self.text):
            if char in HALVED:
                setter = self.leaf_at(i).setter
                assert setter is not None
                if widths[i] < 0.8 * setter.size:  # a mark of Western text
                    classes[i] = ch.LATIN_OPENS if char in ch.OPENING_MARKS else ch.LATIN_CLOSES
                    if char == "’" and 0 < i < len(classes) - 1 and self.text[i + 1].isalnum():
                        classes[i] = ch.WESTERN
                elif setter.half(char):
                    halves[i] = setter.half(char)
        self.center_dots(classes, widths)
        for i, width in (*self.objects.items(), *self.around.items()):
            widths[i] += width
        divided = next((leaf.setter for leaf in self.leaves if leaf.setter and self.is_divided(leaf)), None)
        return Measured(
            "".join(classes),
            widths,
            halves,
            self.line.style["font_size"],
            self.composer.gap,
            self.allowed,
            frozenset(self.glued),
            self.hyphens if divided else None,
            divided.hyphen_width if divided else 0.0,
        )

    def center_dots(self, classes: list[str], widths: list[float]) -> None:
        """Give the dot between Han names a full em, the dot in its middle (GB/T 15834, 4.14)."""
        for i, kind in enumerate(classes):
            if kind == ch.MIDDLE and 0 < i < len(classes) - 1 and classes[i - 1] == ch.HAN == classes[i + 1]:
                em = self.leaf_at(i).box.style["font_size"]
                self.shifted[i] = (em - widths[i]) / 2
                widths[i] = em

    def leaf_at(self, index: int) -> Node:
        """The text or object that holds a character."""
        return self.leaves[bisect_right(self.starts, index) - 1]

    def allowed(self, index: int) -> bool:
        """Whether Pango would end a line before a character (UAX 14)."""
        leaf = self.leaf_at(index)
        if leaf.shaped is None or index == leaf.start:
            return False
        return bool(leaf.shaped.breaks[index - leaf.start] & 1)

    def is_divided(self, leaf: Node) -> bool:
        """Whether words of a text may be hyphenated."""
        style = leaf.box.style
        return style["hyphens"] == "auto" and bool(style["lang"])

    def hyphens(self, low: int, high: int) -> list[int]:
        """Where the words between two places may be hyphenated."""
        places: list[int] = []
        start, text = low, self.text
        while start < high:
            leaf, end = self.leaf_at(start), start
            while end < min(high, leaf.end) and text[end].isalpha():
                end += 1
            fewest, before, after = leaf.box.style["hyphenate_limit_chars"]
            if end - start >= fewest and self.is_divided(leaf):
                inside = self.composer.dictionary(leaf.box.style["lang"]).positions(text[start:end])
                places += [start + p for p in inside if before <= p <= end - start - after]
            start = end + 1
        return places

    # -- places, as WeasyPrint remembers them

    def place(self, index: int) -> dict[int, Any] | None:
        """The skip stack of WeasyPrint's that leads to a character; none for the end."""
        if index >= self.length:
            return None
        leaf = self.leaf_at(index)
        inside = len(self.text[leaf.start : index].encode()) if leaf.is_text else 0
        stack: dict[int, Any] | None = {inside: None} if inside else None
        for step in reversed(leaf.path):
            stack = {step: stack}
        return stack

    def index(self, stack: dict[int, Any] | None) -> int:
        """The character that a skip stack leads to."""
        node = self.root
        while stack is not None:
            ((step, stack),) = stack.items()
            if node.is_text:
                return node.start + len(node.box.text.encode()[:step].decode())
            if step >= len(node.children):
                return node.end
            node = node.children[step]
        return node.start


class Composer:
    """Sets the paragraphs of one document. ``gap``: em between Han and a Western word."""

    def __init__(self, gap: float = 0.25) -> None:
        self.gap = gap
        self.shaper = Shaper()
        self.notes = LongNotes()
        self.paragraphs: OrderedDict[int, tuple[tuple[int, ...], float, Paragraph]] = OrderedDict()
        self.dictionaries: dict[str, Any] = {}

    def dictionary(self, language: str) -> Any:
        """Where words of a language are hyphenated."""
        if language not in self.dictionaries:
            name = pyphen.language_fallback(language)
            self.dictionaries[language] = pyphen.Pyphen(lang=name) if name else pyphen.Pyphen(lang="en_US")
        return self.dictionaries[language]

    def paragraph(self, context: Any, line: Any, containing: Any) -> Paragraph:
        """The paragraph of a line box, remembered from the page before. Raises NotRunningTextError.

        ``containing`` is the block, or the width and height of something unknown.
        """
        content = tuple(id(box) for box in line.descendants())
        width = containing[0] if isinstance(containing, tuple) else containing.width
        known = self.paragraphs.get(id(line))
        if known and known[0] == content and (known[1] == width or known[2].is_plain):
            return known[2]
        made = Paragraph(self, context, line, containing)
        self.paragraphs[id(line)] = (content, width, made)
        if len(self.paragraphs) > KEPT:
            self.paragraphs.popitem(last=False)
        return made


@contextlib.contextmanager
def composing(composer: Composer) -> Iterator[None]:
    """While this lasts, WeasyPrint's lines are set and drawn by ``composer``."""
    theirs = (
        block.iter_line_boxes,
        preferred.inline_min_content_width,
        preferred.inline_max_content_width,
        drawing.draw_first_line,
    )
    block.iter_line_boxes = set_lines(composer, theirs[0])
    preferred.inline_min_content_width = least_width(composer, theirs[1])
    preferred.inline_max_content_width = most_width(composer, theirs[2])
    drawing.draw_first_line = draw_first_line(theirs[3])
    try:
        with dividing(composer.notes):
            yield
    finally:
        (
            block.iter_line_boxes,
            preferred.inline_min_content_width,
            preferred.inline_max_content_width,
            drawing.draw_first_line,
        ) = theirs


def set_lines(composer: Composer, theirs: Any) -> Any:
    """WeasyPrint's ``layout.inline.iter_line_boxes``, set by ``composer`` where it can."""

    def iter_line_boxes(
        context: Any,
        box: Any,
        position_y: float,
        bottom_space: float,
        skip_stack: Any,
        containing: Any,
        absolute: Any,
        fixed: Any,
        first_letter: Any,
        first_line: Any,
    ) -> Iterator[tuple[Any, Any]]:
        paragraph = None
        if not (context.excluded_shapes or first_letter or first_line or box.style["direction"] != "ltr"):
            box.__dict__.update(UNDECORATED)
            with contextlib.suppress(NotRunningTextError):
                paragraph = composer.paragraph(context, box, containing)
        if paragraph is None:
            yield from theirs(
                context,
                box,
                position_y,
                bottom_space,
                skip_stack,
                containing,
                absolute,
                fixed,
                first_letter,
                first_line,
            )
            return
        resolve_one_percentage(box, "text_indent", containing.width)
        yield from set_paragraph(paragraph, position_y, bottom_space, skip_stack, containing)

    return iter_line_boxes


def set_paragraph(
    paragraph: Paragraph, position_y: float, bottom_space: float, skip_stack: Any, containing: Any
) -> Iterator[tuple[Any, Any]]:
    """The line boxes of a paragraph from a place on, with the place where each next one begins."""
    box, measured, context = paragraph.line, paragraph.measured, paragraph.context
    begin = 0 if skip_stack is None else paragraph.index(skip_stack)
    indent = box.text_indent if begin == 0 else 0.0
    width = containing.width
    x = containing.content_box_x()
    if not paragraph.length:
        if paragraph.root.children:
            line = build(paragraph, Line(0, 0, 0.0, width, since=0), Spacing(), x, position_y)
            line.height = 0 if inline.is_phantom_linebox(line) else line.height
            yield line, None
        return
    found = measured.breaks(begin, lambda n: width - indent if n == 0 else width)
    for number, line in enumerate(found):
        shift = indent if number == 0 else 0.0
        justified = box.style["text_align_all"] in FLUSH
        spacing = measured.spacing(line, justified=justified)
        made = build(paragraph, line, spacing, x + shift, position_y)
        if shift:
            made.position_x -= shift
            made.width += shift
        if not justified and (offset := inline.text_align(context, made, width, last=line.forced)):
            made.translate(offset, 0)
        position_y = made.position_y + made.height
        following = measured.after_blanks(line.end)
        rest = None
        if context.footnotes:
            together = following_lines(number, len(found), box.style["orphans"], box.style["widows"])
            below = position_y + together * made.height + bottom_space
            rest = paragraph.composer.notes.divide(context, made, below)
        yield made, paragraph.place(min(following, paragraph.length))
        if rest is not None:  # the line has been taken
            context.reported_footnotes.append(rest)


def following_lines(number: int, count: int, orphans: int, widows: int) -> int:
    """How many lines must stand on the page below line ``number`` of ``count`` for none to stand alone."""
    for more in range(count - number):
        left = count - number - 1 - more
        if left == 0 or (number + 1 + more >= orphans and left >= widows):
            return more
    return 0


def build(paragraph: Paragraph, line: Line, spacing: Spacing, x: float, y: float) -> Any:
    """WeasyPrint's line box for a line, its top left corner at ``x``, ``y``."""
    children, end = build_children(paragraph, paragraph.root, line, spacing, x)
    made = paragraph.line.copy_with_children(children)
    made.position_x, made.position_y = x, 0.0
    made.width = end - x
    stand(made, paragraph.setter)
    bottom, top = inline.line_box_verticality(made)
    if paragraph.keeps_grid:  # another face in the line sits higher or lower in its line-height; the grid stays
        top, bottom = -made.baseline, made.margin_height() - made.baseline
    made.baseline = -top
    made.position_y = top
    made.height = bottom - top
    made.margin_top = made.margin_bottom = 0
    made.translate(0, y - top)
    made.position_y = y
    return made


def stand(box: Any, setter: Setter) -> None:
    """Make a line or inline box as high as its line-height, and put its baseline there."""
    leading = (setter.line_height - setter.size) / 2
    box.height, box.baseline = setter.size, setter.baseline
    box.margin_top = leading - box.border_top_width - box.padding_top
    box.margin_bottom = leading - box.border_bottom_width - box.padding_bottom


def build_children(
    paragraph: Paragraph, parent: Node, line: Line, spacing: Spacing, x: float
) -> tuple[list[Any], float]:
    """The boxes of those children that stand on the line, and where the last ends."""
    made: list[Any] = []
    measured = paragraph.measured
    for node in parent.children:
        if not stands_on(node, line, paragraph.length):
            continue
        if not node.box.is_in_normal_flow():
            paragraph.context.add_running_element(node.box)
        elif node.is_text:
            if node.shaped is not None:
                text = build_text(paragraph, node, line, spacing)
                text.position_x = x
                x += text.width
                made.append(text)
        elif isinstance(node.box, boxes.InlineBox):
            inner, x = build_inline(paragraph, node, line, spacing, x)
            made.append(inner)
        else:
            made.append(paragraph.atomic(node, x))
            i = node.start
            x += measured.position[i + 1] - measured.position[i] + spacing.after.get(i, 0.0)
    return made, x


def stands_on(node: Node, line: Line, length: int) -> bool:
    """Whether something of a node stands on the line; what is empty stands where the next character does."""
    if node.start < node.end:
        return node.start < line.end and node.end > line.start
    return line.since <= node.start < line.end or node.start == line.end == length


def build_inline(paragraph: Paragraph, node: Node, line: Line, spacing: Spacing, x: float) -> tuple[Any, float]:
    """The part of an inline box that stands on the line, and where it ends."""
    box = node.box
    made = box.copy_with_children([])
    made.remove_decoration_sides = set()
    sides = (("left", node.start >= line.start), ("right", node.end <= line.end))
    for side, kept in sides:
        if not kept and box.style["box_decoration_break"] != "clone":
            made._reset_spacing(side)
    made.position_x = x
    made.children, end = build_children(paragraph, node, line, spacing, made.content_box_x())
    made.width = end - made.content_box_x()
    stand(made, paragraph.composer.shaper.setter(box.style))
    return made, x + made.margin_width()


def build_text(paragraph: Paragraph, node: Node, line: Line, spacing: Spacing) -> Any:
    """The part of a text that stands on the line."""
    shaped, setter, measured = node.shaped, node.setter, paragraph.measured
    assert shaped is not None
    assert setter is not None
    start, end = max(node.start, line.start), min(node.end, line.end)
    position, after, around = measured.position, spacing.after, paragraph.around
    advances = [position[i + 1] - position[i] for i in range(start, end)]
    if after or around:
        for i in range(start, end):
            if i in after:
                advances[i - start] += after[i]
            if i in around:
                advances[i - start] -= around[i]
    origin = node.start
    back = {i - origin: b for i, b in spacing.back.items() if start <= i < end} if spacing.back else {}
    if paragraph.shifted:
        back |= {i - origin: -s for i, s in paragraph.shifted.items() if start <= i < end}
    text = paragraph.text[start:end]
    own = segment(shaped, start - origin, end - origin, advances, back, text, node.box.style)
    if line.hyphen and end == line.end:
        own.add_hyphen(setter.hyphen)
    made = node.box.copy_with_text(text)
    made.width = sum(own.advances)
    made.pango_layout = own
    made.height = setter.text_height
    made.margin_top = made.margin_bottom = (setter.line_height - setter.text_height) / 2
    made.baseline = setter.baseline
    return made


def least_width(composer: Composer, theirs: Any) -> Any:
    """WeasyPrint's ``inline_min_content_width``: the widest part that can't be divided."""

    def inline_min_content_width(
        context: Any,
        box: Any,
        outer: bool = True,
        skip_stack: Any = None,
        first_line: bool = False,
        is_line_start: bool = False,
    ) -> Any:
        paragraph = None if skip_stack or first_line else measured_alone(composer, context, box)
        if paragraph is None:
            return theirs(context, box, outer, skip_stack, first_line, is_line_start)
        measured = paragraph.measured
        starts = [0, *measured.ends[:-1]]
        widths = [measured.width(measured.after_blanks(s), e) for s, e in zip(starts, measured.ends, strict=True)]
        return preferred.adjust(box, outer, max(widths) + indent_of(box) + EPSILON)

    return inline_min_content_width


def most_width(composer: Composer, theirs: Any) -> Any:
    """WeasyPrint's ``inline_max_content_width``: the width without any line break but forced ones."""

    def inline_max_content_width(context: Any, box: Any, outer: bool = True, is_line_start: bool = False) -> Any:
        paragraph = measured_alone(composer, context, box)
        if paragraph is None:
            return theirs(context, box, outer, is_line_start)
        indent = indent_of(box)
        found = paragraph.measured.breaks(0, lambda _: inf)
        width = max(line.width + (indent if n == 0 else 0.0) for n, line in enumerate(found))
        return preferred.adjust(box, outer, width + EPSILON)

    return inline_max_content_width


def measured_alone(composer: Composer, context: Any, box: Any) -> Paragraph | None:
    """The paragraph of a line box of text alone, before the width of its block is known."""
    if not isinstance(box, boxes.LineBox) or any(isinstance(b, boxes.AtomicInlineLevelBox) for b in box.descendants()):
        return None
    try:
        paragraph = composer.paragraph(context, box, (0, 0))
    except NotRunningTextError:
        return None
    return paragraph if paragraph.length else None


def indent_of(box: Any) -> float:
    """The first line's indent, px; a share of a width that isn't known counts nothing."""
    indent = box.style["text_indent"]
    return 0.0 if getattr(indent, "unit", "%") == "%" else float(indent.value)
