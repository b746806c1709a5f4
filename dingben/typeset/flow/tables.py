"""Tables that continue over pages: no head is lost, and rows that are divided between pages are marked.

WeasyPrint drops a head that does not fit on a page, or leaves no room for the rows below it: such a head is laid
out as rows, which are not repeated.
"""

from __future__ import annotations

from typing import Any

from weasyprint.layout import block

from dingben.book.model import CONTINUED, GOES_ON


def patch_table_layout(original: Any, state: Any) -> Any:  # noqa: ARG001
    """Replace ``table_layout``: a head that does not fit on a page is not lost."""

    def table_layout(
        context: Any,
        table: Any,
        bottom_space: float,
        skip_stack: Any,
        containing: Any,
        page_is_empty: bool,
        absolute: list[Any],
        fixed: list[Any],
    ) -> Any:
        about = context, table, bottom_space, skip_stack, containing, page_is_empty, absolute, fixed
        found = original(*about)
        if found[0] is not None and skip_stack is None and has_head(table) and not has_head(found[0]):
            block.remove_placeholders(context, [found[0]], absolute, fixed)
            table.children[0].is_header = False
            found = original(*about)
        if found[0] is not None:
            mark_divided_rows(found[0], skip_stack, found[1])
        return found

    return table_layout


def has_head(table: Any) -> bool:
    """Whether the table begins with rows that are repeated on each page."""
    return bool(table.children and table.children[0].is_header)


def mark_divided_rows(table: Any, begins: Any, ends: Any) -> None:
    """Mark rows that are ``divided``: WeasyPrint's skip stacks contain the cell in which a page begins."""
    rows = [row for group in table.children if not (group.is_header or group.is_footer) for row in group.children]
    if rows and is_in_row(begins):
        rows[0].divided = CONTINUED
    if rows and is_in_row(ends):
        rows[-1].divided = " ".join(filter(None, [getattr(rows[-1], "divided", ""), GOES_ON]))


def is_in_row(place: Any) -> bool:
    """Whether a skip stack of a table (group, row, cell) is inside a cell."""
    for _ in range(2):
        if place is None:
            return False
        (place,) = place.values()
    return place is not None
