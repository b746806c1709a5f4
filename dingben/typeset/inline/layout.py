"""Inline layout: dingben breaks and justifies paragraphs inside WeasyPrint's layout.

WeasyPrint requests the lines of one block at a time, and continues after the last line that fits the page.
:func:`patch_iter_line_boxes` replaces that: it collects the inline boxes of the block as one sequence of characters,
breaks it by :mod:`dingben.typeset.inline.linebreak`, and returns the lines as WeasyPrint's own boxes, whose texts have
their glyphs. Other content (leaders, floats, preformatted text) is left to WeasyPrint.
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
from dingben.typeset.inline.glyph_run import make_segment
from dingben.typeset.inline.linebreak import EPSILON, Line, Spacing
from dingben.typeset.inline.shaping import Setter

FLUSH = frozenset({"start", "justify"})
"""Values of text-align whose lines are justified; ``left`` means ragged lines."""


def patch_iter_line_boxes(original: Any, inline_context: InlineContext) -> Any:
    """Replace ``iter_line_boxes``: dingben sets the lines of running text."""

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
                paragraph = inline_context.paragraph(context, box, containing)
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
        yield from lay_out_paragraph(paragraph, position_y, bottom_space, skip_stack, containing, absolute)

    return iter_line_boxes


def lay_out_paragraph(
    paragraph: InlineContent,
    position_y: float,
    bottom_space: float,
    skip_stack: Any,
    containing: Any,
    absolute: list[Any],
) -> Iterator[tuple[Any, Any]]:
    """Yield the line boxes of a paragraph from a skip stack on, with the skip stack after each.

    Absolutely positioned boxes in the lines are added to ``absolute``.
    """
    box, measured, context = paragraph.line, paragraph.measured, paragraph.context
    begin = 0 if skip_stack is None else paragraph.index(skip_stack)
    indent = box.text_indent if begin == 0 else 0.0
    width = round(containing.width, 6)  # left and right pages differ by what floating point costs
    x = containing.content_box_x()
    if not paragraph.length:
        if paragraph.root.children:
            line = build_line(paragraph, Line(0, 0, 0.0, width, since=0), Spacing(), x, position_y)
            if paragraph.has_absolutes:
                position_absolute_boxes(line, absolute)
            line.height = 0 if inline.is_phantom_linebox(line) else line.height
            yield line, None
        return
    found = paragraph.lines(begin, width, indent)
    for number, line in enumerate(found):
        shift = indent if number == 0 else 0.0
        leftwards = box.style["direction"] == "rtl"
        justified = box.style["text_align_all"] in FLUSH
        spacing = measured.spacing(line, justified=justified)
        line_box = build_line(paragraph, line, spacing, x if leftwards else x + shift, position_y)
        if shift:
            line_box.position_x -= 0.0 if leftwards else shift
            line_box.width += shift
        offset = 0.0 if justified else inline.text_align(context, line_box, width, last=line.forced)
        if leftwards:
            offset = max(0.0, width - line_box.width) - offset
        if offset:
            line_box.translate(offset, 0)
        if paragraph.has_absolutes:
            position_absolute_boxes(line_box, absolute)
        position_y = line_box.position_y + line_box.height
        following = measured.after_blanks(line.end)
        rest = None
        if context.footnotes:
            together = lines_below(number, len(found), box.style["orphans"], box.style["widows"])
            below = position_y + together * line_box.height + bottom_space
            rest = paragraph.inline_context.notes.divide(context, line_box, below)
        yield line_box, paragraph.place(min(following, paragraph.length))
        if rest is not None:  # the line has been taken
            context.reported_footnotes.append(rest)


def position_absolute_boxes(line: Any, absolute: list[Any]) -> None:
    """Add the absolutely positioned boxes of a line; a block has its static position below it (CSS 2.2, 10.6.4)."""
    for box in line.descendants():
        if isinstance(box, AbsolutePlaceholder):
            if "inline" in box.style.specified["display"]:
                box.translate(0, line.position_y - box.position_y)
            else:
                box.translate(line.position_x - box.position_x, line.position_y + line.height - box.position_y)
            absolute.append(box)


def lines_below(number: int, count: int, orphans: int, widows: int) -> int:
    """Return how many lines must follow line ``number`` of ``count`` on its page because of orphans and widows."""
    for more in range(count - number):
        left = count - number - 1 - more
        if left == 0 or (number + 1 + more >= orphans and left >= widows):
            return more
    return 0


def build_line(paragraph: InlineContent, line: Line, spacing: Spacing, x: float, y: float) -> Any:
    """Return WeasyPrint's line box for a line, with its top left corner at ``x``, ``y``."""
    if paragraph.levels is not None:
        spacing.left = in_visual_order(paragraph, line, spacing, x)
    children, end = build_children(paragraph, paragraph.root, line, spacing, x)
    line_box = paragraph.line.copy_with_children(children)
    line_box.position_x, line_box.position_y = x, 0.0
    line_box.width = end - x
    set_line_height(line_box, paragraph.setter)
    if paragraph.keeps_grid and is_text(line_box):
        children[0].position_y = -children[0].baseline
    else:
        bottom, top = inline.line_box_verticality(line_box)
    if paragraph.keeps_grid:  # another font has its baseline elsewhere in the line height; the grid is kept
        top, bottom = -line_box.baseline, line_box.margin_height() - line_box.baseline
    line_box.baseline = -top
    line_box.position_y = top
    line_box.height = bottom - top
    line_box.margin_top = line_box.margin_bottom = 0
    line_box.translate(0, y - top)
    line_box.position_y = y
    return line_box


def in_visual_order(paragraph: InlineContent, line: Line, spacing: Spacing, x: float) -> dict[int, float]:
    """Return the left edge of each character of a line that begins at ``x``, by the direction of the text."""
    assert paragraph.levels is not None
    base = int(paragraph.line.style["direction"] == "rtl")
    levels = paragraph.levels[line.start : line.end]
    blanks = len(levels) - len(paragraph.text[line.start : line.end].rstrip())
    levels[len(levels) - blanks :] = [base] * blanks  # UAX 9, L1
    leaves = [leaf for leaf in paragraph.leaves if is_on_line(leaf, line, paragraph.length)]
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
    """Return the widths of the characters of a leaf on a line, without the space around them."""
    start, end = max(leaf.start, line.start), min(leaf.end, line.end)
    if leaf.shaped is None:
        return [paragraph.objects[i] for i in range(start, end)]
    return leaf.shaped.widths[start - leaf.start : end - leaf.start]


def set_line_height(box: Any, setter: Setter) -> None:
    """Give a line or inline box the height of its line-height, and the baseline in it."""
    half_leading = (setter.line_height - setter.size) / 2
    box.height, box.baseline = setter.size, setter.baseline
    box.margin_top = half_leading - box.border_top_width - box.padding_top
    box.margin_bottom = half_leading - box.border_bottom_width - box.padding_bottom


def build_children(
    paragraph: InlineContent, parent: InlineItem, line: Line, spacing: Spacing, x: float
) -> tuple[list[Any], float]:
    """Return the boxes of the children that are on the line, and where the last one ends."""
    children: list[Any] = []
    measured = paragraph.measured
    for node in parent.children:
        if not is_on_line(node, line, paragraph.length):
            continue
        if node.box.is_absolutely_positioned():
            node.box.position_x, node.box.position_y = x, 0.0
            children.append(AbsolutePlaceholder(node.box))
        elif not node.box.is_in_normal_flow():
            paragraph.context.add_running_element(node.box)
        elif node.is_text:
            if node.shaped is not None:
                text = build_text(paragraph, node, line, spacing)
                text.position_x = leftmost(node, line, spacing, x)
                x += text.width
                children.append(text)
        elif isinstance(node.box, boxes.InlineBox):
            inner, x = build_inline(paragraph, node, line, spacing, x)
            children.append(inner)
        else:
            children.append(paragraph.atomic(node, leftmost(node, line, spacing, x)))
            i = node.start
            x += measured.position[i + 1] - measured.position[i] + spacing.after.get(i, 0.0)
    return children, x


def leftmost(node: InlineItem, line: Line, spacing: Spacing, x: float) -> float:
    """Return the left edge of what is on the line of a node; ``x`` in text from left to right."""
    on_line = range(max(node.start, line.start), min(node.end, line.end))
    return min((spacing.left[i] for i in on_line), default=x) if spacing.left else x


def is_on_line(node: InlineItem, line: Line, length: int) -> bool:
    """Whether a part of a node is on the line; an empty node is where the next character is."""
    if node.start < node.end:
        return node.start < line.end and node.end > line.start
    return line.since <= node.start < line.end or node.start == line.end == length


def build_inline(
    paragraph: InlineContent, node: InlineItem, line: Line, spacing: Spacing, x: float
) -> tuple[Any, float]:
    """Return the part of an inline box on the line, and where it ends."""
    box = node.box
    inline_box = box.copy_with_children([])
    inline_box.remove_decoration_sides = set()
    sides = (("left", node.start >= line.start), ("right", node.end <= line.end))
    for side, kept in sides:
        if not kept and box.style["box_decoration_break"] != "clone":
            inline_box._reset_spacing(side)
    beside = inline_box.margin_left + inline_box.border_left_width + inline_box.padding_left
    inline_box.position_x = leftmost(node, line, spacing, x + beside) - beside
    inline_box.children, end = build_children(paragraph, node, line, spacing, inline_box.content_box_x())
    inline_box.width = end - inline_box.content_box_x()
    set_line_height(inline_box, paragraph.inline_context.shaper.setter(box.style))
    link_note(inline_box)
    return inline_box, x + inline_box.margin_width()


def link_note(box: Any) -> None:
    """Link the call of a note to the note, and the number of the note back to its call."""
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
    """Return the part of a text on the line."""
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
    run_segment = make_segment(shaped, start - origin, end - origin, advances, back, text, node.box.style, pens)
    if line.hyphen and end == line.end:
        run_segment.add_hyphen(setter.hyphen)
    text_box = node.box.copy_with_text(text)
    text_box.width = sum(run_segment.advances)
    text_box.pango_layout = run_segment
    text_box.height = setter.text_height
    text_box.margin_top = text_box.margin_bottom = (setter.line_height - setter.text_height) / 2
    text_box.baseline = setter.baseline
    return text_box


def patch_inline_min_content_width(original: Any, inline_context: InlineContext) -> Any:
    """Replace ``inline_min_content_width``: the widest part without a break opportunity."""

    def inline_min_content_width(
        context: Any,
        box: Any,
        outer: bool = True,
        skip_stack: Any = None,
        first_line: bool = False,
        is_line_start: bool = False,
    ) -> Any:
        paragraph = None if skip_stack or first_line else paragraph_before_layout(inline_context, context, box)
        if paragraph is None:
            return original(context, box, outer, skip_stack, first_line, is_line_start)
        measured = paragraph.measured
        starts = [0, *measured.ends[:-1]]
        widths = [measured.width(measured.after_blanks(s), e) for s, e in zip(starts, measured.ends, strict=True)]
        return preferred.adjust(box, outer, max(widths) + indent_of(box) + EPSILON)

    return inline_min_content_width


def patch_inline_max_content_width(original: Any, inline_context: InlineContext) -> Any:
    """Replace ``inline_max_content_width``: the width with forced line breaks only."""

    def inline_max_content_width(context: Any, box: Any, outer: bool = True, is_line_start: bool = False) -> Any:
        paragraph = paragraph_before_layout(inline_context, context, box)
        if paragraph is None:
            return original(context, box, outer, is_line_start)
        indent = indent_of(box)
        found = paragraph.measured.breaks(0, lambda _: inf)
        width = max(line.width + (indent if n == 0 else 0.0) for n, line in enumerate(found))
        return preferred.adjust(box, outer, width + EPSILON)

    return inline_max_content_width


def paragraph_before_layout(inline_context: InlineContext, context: Any, box: Any) -> InlineContent | None:
    """Return the paragraph of a line box with text only, before the width of its block is known."""
    if not isinstance(box, boxes.LineBox) or any(isinstance(b, boxes.AtomicInlineLevelBox) for b in box.descendants()):
        return None
    try:
        paragraph = inline_context.paragraph(context, box, (0, 0))
    except NotRunningTextError:
        return None
    return paragraph if paragraph.length else None


def indent_of(box: Any) -> float:
    """Return the indent of the first line in px; a percentage of an unknown width counts as 0."""
    indent = box.style["text_indent"]
    return 0.0 if getattr(indent, "unit", "%") == "%" else float(indent.value)
