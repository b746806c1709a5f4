"""Page state: the layout state at the start of a page, as JSON. The rest of a section depends only on it and the text.

WeasyPrint lays out one page after the other. The state it needs for a page is an item of its ``page_maker``;
:func:`page_start` converts it to JSON, and :func:`state_of` converts it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dingben.typeset.records import PageStart

State = tuple[Any, ...]
"""An item of ``page_maker``: skip stack, break and page name, whether it is a right page, quote depth, counters, their
scopes and page groups, and flags for a repeated layout."""


def page_start(context: Any, notes: Any, index: int) -> PageStart | None:
    """Return the start of page ``index`` as JSON; None if it continues something of the page before (a note)."""
    if context.reported_footnotes or context.broken_out_of_flow or notes.waiting:
        return None
    stack, following, right, (depth, values, scopes, groups), _ = context.page_maker[index]
    return {
        "path": path_of(stack),
        "next": dict(following),
        "right": right,
        "depth": list(depth),
        "values": {name: list(numbers) for name, numbers in values.items()},
        "scopes": [sorted(scope) for scope in scopes],
        "groups": [[name, count, path_of(start)] for name, count, start in groups],
    }


def path_of(stack: Any) -> list[int]:
    """Return WeasyPrint's skip stack as a list of child indexes."""
    path = []
    while stack:
        ((step, stack),) = stack.items()
        path.append(step)
    return path


def block_at(start: PageStart | None, path: Sequence[int]) -> int | None:
    """Return the child of the box at ``path`` in which a page starts, as an index; None if it starts elsewhere."""
    depth = len(path)
    if start is None or len(start["path"]) <= depth or start["path"][:depth] != [*path]:
        return None
    return int(start["path"][depth])


def stack_of(path: Sequence[int]) -> Any:
    """Return the skip stack of a path."""
    stack: Any = None
    for step in reversed(path):
        stack = {step: stack}
    return stack


def state_of(start: PageStart) -> tuple[Any, ...]:
    """Return WeasyPrint's state of a page start (an item of its ``page_maker``)."""
    counters = (
        list(start["depth"]),
        {name: list(numbers) for name, numbers in start["values"].items()},
        [set(scope) for scope in start["scopes"]],
        [[name, count, stack_of(path)] for name, count, path in start["groups"]],
    )
    return stack_of(start["path"]), dict(start["next"]), start["right"], counters, settled_flags()


def settled_flags() -> dict[str, Any]:
    """Return WeasyPrint's flags of a page that need not be laid out again."""
    return {"content_changed": False, "pages_wanted": False, "anchors": [], "content_lookups": []}


def equal_starts(one: PageStart, other: PageStart) -> bool:
    """Whether two page starts are equal but for path and folio: the same side, break, counters and page groups.

    The number of pages in a group does not count: of the styles with which a book is split into sections, only
    ``:nth(1 of …)`` depends on it.
    """
    groups = [[[name, count > 0, path] for name, count, path in start["groups"]] for start in (one, other)]
    rest = [[start[key] for key in ("next", "right", "depth", "scopes")] for start in (one, other)]
    counters = [{n: v for n, v in start["values"].items() if n not in ("page", "pages")} for start in (one, other)]
    return groups[0] == groups[1] and rest[0] == rest[1] and counters[0] == counters[1]


def move_start(start: PageStart, more: int, *, mirrored: bool) -> PageStart:
    """Return a page start after ``more`` additional pages; ``mirrored``: on the other side of the sheet."""
    return {**start, "right": start["right"] != mirrored, "values": advance_page_counter(start["values"], more)}


def advance_page_counter(values: dict[str, list[int]], more: int) -> dict[str, list[int]]:
    """Return counters with the page counter advanced by ``more``."""
    *outer, page = values["page"]
    return {**values, "page": [*outer, page + more]}
