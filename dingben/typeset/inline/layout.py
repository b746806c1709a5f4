"""Inline layout: dingben sets the lines of paragraphs inside WeasyPrint's layout.

WeasyPrint asks for the lines of one block at a time and goes on from the last that fitted
a page. :func:`patch_iter_line_boxes` answers in its place: it walks the block's inline boxes into one
row of characters, lets :mod:`dingben.typeset.inline.linebreak` break it, and hands the lines back as
WeasyPrint's own boxes, whose texts know their glyphs. What is no running text (leaders,
floats, preformatted text) is left to WeasyPrint.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from math import inf
from operator import sub
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline, preferred
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.layout.percent import resolve_one_percentage

from dingben.typeset.engine.box_traversal import is_text
from dingben.typeset.inline.bidi import left_edges
from dingben.typeset.inline.collect import UNDECORATED, InlineContent, InlineContext, InlineItem, NotRunningTextError
from dingben.typeset.inline.glyph_run import segment
from dingben.typeset.inline.linebreak import EPSILON, Line, Spacing
from dingben.typeset.inline.shaping import Setter

FLUSH = frozenset({"start", "justify"})
"""Values of text-align whose lines are made flush; ``left`` asks for ragged ones."""


def patch_iter_line_boxes(original: Any, composer: InlineContext) -> Any:
    """Replace ``iter_line_boxes``: lines are set by ``composer`` where it can."""

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
        if not (context.excluded_shapes or first_letter or first_line):
            box.__dict__.update(UNDECORATED)
            with contextlib.suppress(NotRunningTextError):
                paragraph = composer.paragraph(context, box, containing)
        if paragraph is None:
            yield from original(
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
        yield from set_paragraph(paragraph, position_y, bottom_space, skip_stack, containing, absolute)

    return iter_line_boxes


def set_paragraph(
    paragraph: InlineContent,
    position_y: float,
    bottom_space: float,
    skip_stack: Any,
    containing: Any,
    absolute: list[Any],
) -> Iterator[tuple[Any, Any]]:
    """The line boxes of a paragraph from a place on, with the place where each next one begins.

    ``absolute`` learns of boxes in the lines that stand elsewhere.
    """
    box, measured, context = paragraph.line, paragraph.measured, paragraph.context
    begin = 0 if skip_stack is None else paragraph.index(skip_stack)
    indent = box.text_indent if begin == 0 else 0.0
    width = round(containing.width, 6)  # left and right pages differ by what floating point costs
    x = containing.content_box_x()
    if not paragraph.length:
        if paragraph.root.children:
            line = build(paragraph, Line(0, 0, 0.0, width, since=0), Spacing(), x, position_y)
            if paragraph.has_absolutes:
                take_out(line, absolute)
            line.height = 0 if inline.is_phantom_linebox(line) else line.height
            yield line, None
        return
    found = paragraph.lines(begin, width, indent)
    for number, line in enumerate(found):
        shift = indent if number == 0 else 0.0
        leftwards = box.style["direction"] == "rtl"
        justified = box.style["text_align_all"] in FLUSH
        spacing = measured.spacing(line, justified=justified)
        made = build(paragraph, line, spacing, x if leftwards else x + shift, position_y)
        if shift:
            made.position_x -= 0.0 if leftwards else shift
            made.width += shift
        offset = 0.0 if justified else inline.text_align(context, made, width, last=line.forced)
        if leftwards:
            offset = max(0.0, width - made.width) - offset
        if offset:
            made.translate(offset, 0)
        if paragraph.has_absolutes:
            take_out(made, absolute)
        position_y = made.position_y + made.height
        following = measured.after_blanks(line.end)
        rest = None
        if context.footnotes:
            together = lines_below(number, len(found), box.style["orphans"], box.style["widows"])
            below = position_y + together * made.height + bottom_space
            rest = paragraph.composer.notes.divide(context, made, below)
        yield made, paragraph.place(min(following, paragraph.length))
        if rest is not None:  # the line has been taken
            context.reported_footnotes.append(rest)


def take_out(line: Any, absolute: list[Any]) -> None:
    """Tell of the boxes in a line that stand elsewhere; that one is a block would put it below (CSS 2.2, 10.6.4)."""
    for box in line.descendants():
        if isinstance(box, AbsolutePlaceholder):
            if "inline" in box.style.specified["display"]:
                box.translate(0, line.position_y - box.position_y)
            else:
                box.translate(line.position_x - box.position_x, line.position_y + line.height - box.position_y)
            absolute.append(box)


def lines_below(number: int, count: int, orphans: int, widows: int) -> int:
    """How many lines must stand on the page below line ``number`` of ``count`` for none to stand alone."""
    for more in range(count - number):
        left = count - number - 1 - more
        if left == 0 or (number + 1 + more >= orphans and left >= widows):
            return more
    return 0


def build(paragraph: InlineContent, line: Line, spacing: Spacing, x: float, y: float) -> Any:
    """WeasyPrint's line box for a line, its top left corner at ``x``, ``y``."""
    if paragraph.levels is not None:
        spacing.left = in_visual_order(paragraph, line, spacing, x)
    children, end = build_children(paragraph, paragraph.root, line, spacing, x)
    made = paragraph.line.copy_with_children(children)
    made.position_x, made.position_y = x, 0.0
    made.width = end - x
    stand(made, paragraph.setter)
    if paragraph.keeps_grid and is_text(made):
        children[0].position_y = -children[0].baseline
    else:
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


def in_visual_order(paragraph: InlineContent, line: Line, spacing: Spacing, x: float) -> dict[int, float]:
    """The left edge of each character of a line that begins at ``x``, by the direction of the text."""
    assert paragraph.levels is not None
    base = int(paragraph.line.style["direction"] == "rtl")
    levels = paragraph.levels[line.start : line.end]
    blanks = len(levels) - len(paragraph.text[line.start : line.end].rstrip())
    levels[len(levels) - blanks :] = [base] * blanks  # UAX 9, L1
    leaves = [leaf for leaf in paragraph.leaves if stands_on(leaf, line, paragraph.length)]
    natural = [width for leaf in leaves for width in own_widths(paragraph, leaf, line)]
    before = [paragraph.before.get(i, 0.0) for i in range(line.start, line.end)]
    position = paragraph.measured.position
    after = [
        position[i + 1] - position[i] + spacing.after.get(i, 0.0) - width - leading
        for i, (width, leading) in enumerate(zip(natural, before, strict=True), line.start)
    ]
    if line.hyphen:
        after[-1] += paragraph.measured.hyphen_width
    return {i: x + edge for i, edge in enumerate(left_edges(levels, natural, before, after, base), line.start)}


def own_widths(paragraph: InlineContent, leaf: InlineItem, line: Line) -> Sequence[float]:
    """The widths of the characters of a leaf that stand on a line, without any space beside them."""
    start, end = max(leaf.start, line.start), min(leaf.end, line.end)
    if leaf.shaped is None:
        return [paragraph.objects[i] for i in range(start, end)]
    return leaf.shaped.widths[start - leaf.start : end - leaf.start]


def stand(box: Any, setter: Setter) -> None:
    """Make a line or inline box as high as its line-height, and put its baseline there."""
    leading = (setter.line_height - setter.size) / 2
    box.height, box.baseline = setter.size, setter.baseline
    box.margin_top = leading - box.border_top_width - box.padding_top
    box.margin_bottom = leading - box.border_bottom_width - box.padding_bottom


def build_children(
    paragraph: InlineContent, parent: InlineItem, line: Line, spacing: Spacing, x: float
) -> tuple[list[Any], float]:
    """The boxes of those children that stand on the line, and where the last ends."""
    made: list[Any] = []
    measured = paragraph.measured
    for node in parent.children:
        if not stands_on(node, line, paragraph.length):
            continue
        if node.box.is_absolutely_positioned():
            node.box.position_x, node.box.position_y = x, 0.0
            made.append(AbsolutePlaceholder(node.box))
        elif not node.box.is_in_normal_flow():
            paragraph.context.add_running_element(node.box)
        elif node.is_text:
            if node.shaped is not None:
                text = build_text(paragraph, node, line, spacing)
                text.position_x = leftmost(node, line, spacing, x)
                x += text.width
                made.append(text)
        elif isinstance(node.box, boxes.InlineBox):
            inner, x = build_inline(paragraph, node, line, spacing, x)
            made.append(inner)
        else:
            made.append(paragraph.atomic(node, leftmost(node, line, spacing, x)))
            i = node.start
            x += measured.position[i + 1] - measured.position[i] + spacing.after.get(i, 0.0)
    return made, x


def leftmost(node: InlineItem, line: Line, spacing: Spacing, x: float) -> float:
    """Where what stands of a node on the line begins; ``x`` where text runs from left to right."""
    on_line = range(max(node.start, line.start), min(node.end, line.end))
    return min((spacing.left[i] for i in on_line), default=x) if spacing.left else x


def stands_on(node: InlineItem, line: Line, length: int) -> bool:
    """Whether something of a node stands on the line; what is empty stands where the next character does."""
    if node.start < node.end:
        return node.start < line.end and node.end > line.start
    return line.since <= node.start < line.end or node.start == line.end == length


def build_inline(
    paragraph: InlineContent, node: InlineItem, line: Line, spacing: Spacing, x: float
) -> tuple[Any, float]:
    """The part of an inline box that stands on the line, and where it ends."""
    box = node.box
    made = box.copy_with_children([])
    made.remove_decoration_sides = set()
    sides = (("left", node.start >= line.start), ("right", node.end <= line.end))
    for side, kept in sides:
        if not kept and box.style["box_decoration_break"] != "clone":
            made._reset_spacing(side)
    beside = made.margin_left + made.border_left_width + made.padding_left
    made.position_x = leftmost(node, line, spacing, x + beside) - beside
    made.children, end = build_children(paragraph, node, line, spacing, made.content_box_x())
    made.width = end - made.content_box_x()
    stand(made, paragraph.composer.shaper.setter(box.style))
    lead(made)
    return made, x + made.margin_width()


def lead(box: Any) -> None:
    """Let the call of a note lead to the note, and the note's number back to its call."""
    identifier = box.element.get("id") if box.element is not None else None
    if not identifier or not box.element_tag.endswith(("::footnote-call", "::footnote-marker")):
        return
    if box.element_tag.endswith("::footnote-call"):
        box.link = ("url", ("internal", identifier))
        box.style = box.style.copy()
        box.style["anchor"] = f"{identifier}-call"
    else:
        box.link = ("url", ("internal", f"{identifier}-call"))


def build_text(paragraph: InlineContent, node: InlineItem, line: Line, spacing: Spacing) -> Any:
    """The part of a text that stands on the line."""
    shaped, setter, measured = node.shaped, node.setter, paragraph.measured
    assert shaped is not None
    assert setter is not None
    start, end = max(node.start, line.start), min(node.end, line.end)
    position, after, around = measured.position, spacing.after, paragraph.around
    advances = list(map(sub, position[start + 1 : end + 1], position[start:end]))
    for i, more in after.items():
        if start <= i < end:
            advances[i - start] += more
    for i, beside in around.items():
        if start <= i < end:
            advances[i - start] -= beside
    origin = node.start
    back = {i - origin: b for i, b in spacing.back.items() if start <= i < end} if spacing.back else {}
    if paragraph.shifted:
        back |= {i - origin: -s for i, s in paragraph.shifted.items() if start <= i < end}
    text = paragraph.text[start:end]
    left = leftmost(node, line, spacing, 0.0)
    pens = [spacing.left[i] - left for i in range(start, end)] if spacing.left else ()
    own = segment(shaped, start - origin, end - origin, advances, back, text, node.box.style, pens)
    if line.hyphen and end == line.end:
        own.add_hyphen(setter.hyphen)
    made = node.box.copy_with_text(text)
    made.width = sum(own.advances)
    made.pango_layout = own
    made.height = setter.text_height
    made.margin_top = made.margin_bottom = (setter.line_height - setter.text_height) / 2
    made.baseline = setter.baseline
    return made


def patch_inline_min_content_width(original: Any, composer: InlineContext) -> Any:
    """Replace ``inline_min_content_width``: the widest part that can't be divided."""

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
            return original(context, box, outer, skip_stack, first_line, is_line_start)
        measured = paragraph.measured
        starts = [0, *measured.ends[:-1]]
        widths = [measured.width(measured.after_blanks(s), e) for s, e in zip(starts, measured.ends, strict=True)]
        return preferred.adjust(box, outer, max(widths) + indent_of(box) + EPSILON)

    return inline_min_content_width


def patch_inline_max_content_width(original: Any, composer: InlineContext) -> Any:
    """Replace ``inline_max_content_width``: the width without any line break but forced ones."""

    def inline_max_content_width(context: Any, box: Any, outer: bool = True, is_line_start: bool = False) -> Any:
        paragraph = measured_alone(composer, context, box)
        if paragraph is None:
            return original(context, box, outer, is_line_start)
        indent = indent_of(box)
        found = paragraph.measured.breaks(0, lambda _: inf)
        width = max(line.width + (indent if n == 0 else 0.0) for n, line in enumerate(found))
        return preferred.adjust(box, outer, width + EPSILON)

    return inline_max_content_width


def measured_alone(composer: InlineContext, context: Any, box: Any) -> InlineContent | None:
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
