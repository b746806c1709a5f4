"""Page state: where a page begins, as JSON. The rest of a section depends on it and on its text alone.

WeasyPrint makes one page after the other. What it has to know for a page is an item of its ``page_maker``;
:func:`page_start` tells that as JSON, and :func:`state_of` makes it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dingben.typeset.records import PageStart

State = tuple[Any, ...]
"""An item of ``page_maker``: skip stack, break and name of the page, whether it is a right one, quotations, counters,
their scopes and groups of pages, and whether it is to be made again."""


def page_start(context: Any, notes: Any, index: int) -> PageStart | None:
    """Where page ``index`` begins, as JSON; None where it takes up something of the page before (a note)."""
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
    """A skip stack of WeasyPrint's as a row of steps."""
    path = []
    while stack:
        ((step, stack),) = stack.items()
        path.append(step)
    return path


def block_at(place: PageStart | None, path: Sequence[int]) -> int | None:
    """The block of the row to which a path leads in which a page begins; None where it begins elsewhere."""
    depth = len(path)
    if place is None or len(place["path"]) <= depth or place["path"][:depth] != [*path]:
        return None
    return int(place["path"][depth])


def stack_of(path: Sequence[int]) -> Any:
    """The skip stack that leads along a path."""
    stack: Any = None
    for step in reversed(path):
        stack = {step: stack}
    return stack


def state_of(place: PageStart) -> tuple[Any, ...]:
    """What WeasyPrint keeps of the place where a page begins (an item of its ``page_maker``)."""
    counters = (
        list(place["depth"]),
        {name: list(numbers) for name, numbers in place["values"].items()},
        [set(scope) for scope in place["scopes"]],
        [[name, count, stack_of(path)] for name, count, path in place["groups"]],
    )
    return stack_of(place["path"]), dict(place["next"]), place["right"], counters, settled_flags()


def settled_flags() -> dict[str, Any]:
    """What WeasyPrint keeps of a page that need not be made again."""
    return {"content_changed": False, "pages_wanted": False, "anchors": [], "content_lookups": []}


def begin_alike(here: PageStart, there: PageStart) -> bool:
    """Whether two pages begin alike but for block and folio: on the same side, after the same break, in like groups.

    How many pages a group has had is asked by no style that lets a book be set in parts (``:nth(1 of …)`` but).
    """
    groups = [[[name, count > 0, path] for name, count, path in place["groups"]] for place in (here, there)]
    rest = [[place[key] for key in ("next", "right", "depth", "scopes")] for place in (here, there)]
    others = [{n: v for n, v in place["values"].items() if n not in ("page", "pages")} for place in (here, there)]
    return groups[0] == groups[1] and rest[0] == rest[1] and others[0] == others[1]


def move_start(place: PageStart, more: int, *, turned: bool) -> PageStart:
    """A place where ``more`` pages stand before it; ``turned``: on the other side of the sheet."""
    return {**place, "right": place["right"] != turned, "values": advance_page_counter(place["values"], more)}


def advance_page_counter(values: dict[str, list[int]], more: int) -> dict[str, list[int]]:
    """Counters where ``more`` pages stand before."""
    *outer, page = values["page"]
    return {**values, "page": [*outer, page + more]}
