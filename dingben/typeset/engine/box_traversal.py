"""Faster traversal of the box tree: lines of text are skipped, and predicates are stored in the style.

What a box's style alone says (whether it is in the flow) is remembered with the style.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure.boxes import Box, LineBox, TextBox
from weasyprint.layout.absolute import AbsolutePlaceholder


def patch_descendants(original: Any) -> Any:  # noqa: ARG001
    """Replace ``Box.descendants``."""
    return descendants


def descendants(box: Any, placeholders: bool = False) -> Iterator[Any]:
    """Yield a box and its descendants in order, like WeasyPrint's method, without nested generators."""
    waiting = [box]
    while waiting:
        box = waiting.pop()
        if placeholders and type(box) is AbsolutePlaceholder:
            box = box._box
        yield box
        if placeholders or isinstance(box, Box):
            waiting += box.children[::-1]


# -- lines


def is_text(box: Any) -> bool:
    """Whether a box is a line with one text only, so that no style applies but that of the letters."""
    return type(box) is LineBox and len(box.children) == 1 and type(box.children[0]) is TextBox


def patch_dispatch(original: Any) -> Any:
    """Replace ``_dispatch``, which finds boxes of other painting layers."""
    return skip_text_lines(original, 0)


def patch_gather_anchors(original: Any) -> Any:
    """Replace ``gather_anchors``, which finds anchors and links."""
    return skip_text_lines(original, 0)


def patch_draw_outline(original: Any) -> Any:
    """Replace ``draw_outline``, which finds outlines."""
    return skip_text_lines(original, 1)


def skip_text_lines(original: Any, place: int) -> Any:
    """Wrap a function that traverses boxes (its argument number ``place``), so that it skips lines of text."""

    def walk(*arguments: Any, **named: Any) -> Any:
        box = arguments[place]
        return box if is_text(box) else original(*arguments, **named)

    return walk


# -- in the flow or not


def patch_style_predicate(original: Any) -> Any:
    """Replace a method of ``Box`` that depends on the style only."""
    name = f"{original.__name__}_by_style"

    def predicate(box: Any) -> bool:
        style = box.style
        found = style.__dict__.get(name)
        if found is None:
            found = original(box)
            if "is_copy" not in style.__dict__:
                style.__dict__[name] = found
        return bool(found)

    return predicate


def patch_establishes_formatting_context(original: Any) -> Any:
    """Replace ``Box.establishes_formatting_context``, which depends on the style and kind of a box."""

    def establishes_formatting_context(box: Any) -> bool:
        known = box.style.__dict__.get("contexts_by_kind")
        if known is None:
            if "is_copy" in box.style.__dict__:
                return bool(original(box))
            known = box.style.__dict__["contexts_by_kind"] = {}
        kind = type(box), box.is_column
        if kind not in known:
            known[kind] = bool(original(box))
        return bool(known[kind])

    return establishes_formatting_context


def patch_page_values(original: Any) -> Any:  # noqa: ARG001
    """Replace ``ParentBox.page_values``."""
    return page_values


def page_values(box: Any) -> tuple[str, str]:
    """Return on which pages a box begins and ends, like WeasyPrint's method, by the first and the last box in it.

    CSS Paged Media 3, 8.1: https://www.w3.org/TR/css-page-3/#using-named-pages
    """
    return page_value(box, 1), page_value(box, -1)


def page_value(box: Any, step: int) -> str:
    """Return the page on which a box begins (``step`` 1) or ends (-1)."""
    value: str = box.style["page"]
    while True:
        inner = (child for child in box.children[::step] if child.is_in_normal_flow() or child.is_floated())
        box = next(inner, None)
        if box is None:
            return value
        value = box.style["page"] or value
