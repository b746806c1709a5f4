"""Walks from box to box, as WeasyPrint makes many for every page: lines passed over, and less asked of each box.

What a box's style alone says (whether it is in the flow) is remembered with the style. The functions of WeasyPrint
replaced here are no public interface: it is pinned in pyproject.toml, and :func:`quick_walks` puts its own back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from weasyprint import anchors, stacking
from weasyprint.draw import border
from weasyprint.formatting_structure.boxes import Box, LineBox, ParentBox, TextBox
from weasyprint.layout.absolute import AbsolutePlaceholder

from dingben.typeset.engine.patch import patched


@contextlib.contextmanager
def quick_walks() -> Iterator[None]:
    """While this lasts, WeasyPrint walks so."""
    with contextlib.ExitStack() as patches:
        for name, method in FLOW.items():
            patches.enter_context(patched(Box, name, method))
        patches.enter_context(patched(Box, "establishes_formatting_context", establishes_formatting_context))
        patches.enter_context(patched(ParentBox, "page_values", page_values))
        patches.enter_context(patched(Box, "descendants", descendants))
        for module, name, place in WALKS:
            patches.enter_context(patched(module, name, but_for_lines(vars(module)[name], place)))
        yield


def descendants(box: Any, placeholders: bool = False) -> Iterator[Any]:
    """WeasyPrint's method of that name: a box and all in it, in order, without a generator in a generator each."""
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
    """Whether a box is a line with one text and nothing else: neither has a style of its own but for its letters."""
    return type(box) is LineBox and len(box.children) == 1 and type(box.children[0]) is TextBox


WALKS = ((stacking, "_dispatch", 0), (anchors, "gather_anchors", 0), (border, "draw_outline", 1))
"""Functions of WeasyPrint's that go from box to box, each with the place of the box among its arguments.

They look for what is painted before or after the rest, for anchors and links, for outlines.
"""


def but_for_lines(theirs: Any, place: int) -> Any:
    """One of them, which finds nothing in lines of text."""

    def goes(*arguments: Any, **named: Any) -> Any:
        box = arguments[place]
        return box if is_text(box) else theirs(*arguments, **named)

    return goes


# -- in the flow or not


def flag(theirs: Any) -> Any:
    """A method of Box that tells something of its style alone."""
    name = f"{theirs.__name__}_by_style"

    def tells(box: Any) -> bool:
        style = box.style
        found = style.__dict__.get(name)
        if found is None:
            found = theirs(box)
            if "is_copy" not in style.__dict__:
                style.__dict__[name] = found
        return bool(found)

    return tells


FLOW = {
    name: flag(getattr(Box, name))
    for name in ("is_floated", "is_absolutely_positioned", "is_running", "is_footnote", "is_note", "is_in_normal_flow")
}


def establishes_formatting_context(box: Any) -> bool:
    """WeasyPrint's method of that name, which asks after style and kind of a box, and whether it is a column."""
    known = box.style.__dict__.get("contexts_by_kind")
    if known is None:
        if "is_copy" in box.style.__dict__:
            return bool(theirs_context(box))
        known = box.style.__dict__["contexts_by_kind"] = {}
    kind = type(box), box.is_column
    if kind not in known:
        known[kind] = bool(theirs_context(box))
    return bool(known[kind])


theirs_context = Box.establishes_formatting_context


def page_values(box: Any) -> tuple[str, str]:
    """WeasyPrint's method of that name: on which pages a box begins and ends, told by the first and the last box in it.

    CSS Paged Media 3, 8.1: https://www.w3.org/TR/css-page-3/#using-named-pages
    """
    return page_value(box, 1), page_value(box, -1)


def page_value(box: Any, step: int) -> str:
    """The page on which a box begins (``step`` 1) or ends (-1)."""
    value: str = box.style["page"]
    while True:
        inner = (child for child in box.children[::step] if child.is_in_normal_flow() or child.is_floated())
        box = next(inner, None)
        if box is None:
            return value
        value = box.style["page"] or value
