"""Page state as JSON: converted from and to WeasyPrint's items, compared and moved."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from dingben.typeset.paged.page_state import block_at, equal_starts, move_start, page_start, state_of

STACK: Any = {0: {3: {1: None}}}
STATE: Any = (
    STACK,
    {"break": "any", "page": "body"},
    True,
    ([0], {"page": [4, 7]}, [{"page"}], [["body", 2, {0: None}]]),
    {},
)


def start(**changes: Any) -> dict[str, Any]:
    context = SimpleNamespace(reported_footnotes=[], broken_out_of_flow={}, page_maker=[STATE])
    found = page_start(context, SimpleNamespace(waiting=[]), 0)
    assert found is not None
    return {**found, **changes}


def test_round_trip_through_json() -> None:
    stack, following, right, counters, flags = state_of(json.loads(json.dumps(start())))
    assert (stack, following, right) == STATE[:3]
    assert counters == ([0], {"page": [4, 7]}, [{"page"}], [["body", 2, {0: None}]])
    assert not any(flags.values())


def test_page_that_continues_a_note_has_no_start() -> None:
    context = SimpleNamespace(reported_footnotes=["note"], broken_out_of_flow={}, page_maker=[STATE])
    assert page_start(context, SimpleNamespace(waiting=[]), 0) is None
    context.reported_footnotes = []
    assert page_start(context, SimpleNamespace(waiting=["rest"]), 0) is None


def test_block_of_a_start() -> None:
    assert block_at(start(), [0]) == 3
    assert block_at(start(), [0, 3]) == 1
    assert block_at(start(), [1]) is None
    assert block_at(start(), [0, 3, 1]) is None
    assert block_at(None, [0]) is None


def test_equal_starts_ignore_path_folio_and_group_counts() -> None:
    other = start(path=[0, 9], values={"page": [8]}, groups=[["body", 5, [0]]])
    assert equal_starts(start(), other)
    assert not equal_starts(start(), start(right=False))
    assert not equal_starts(start(), start(groups=[["body", 0, [0]]]))
    assert not equal_starts(start(), start(values={"page": [7], "figure": [1]}))


def test_moved_start() -> None:
    moved = move_start(start(), 3, mirrored=True)
    assert (moved["values"], moved["right"], moved["path"]) == ({"page": [4, 10]}, False, [0, 3, 1])
