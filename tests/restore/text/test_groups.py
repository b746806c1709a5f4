"""Groups of lines between blank lines and headings."""

from __future__ import annotations

from dingben.restore.lines import Line
from dingben.restore.text.groups import find


def lines(*kinds: str) -> list[Line]:
    """Lines of these kinds; ``+`` before a kind: there is a gap before the line."""
    made = []
    for kind in kinds:
        line = Line(0, 1, 0, kind.startswith("+"), 0)
        line.kind = kind.lstrip("+")  # type: ignore[assignment]
        made.append(line)
    return made


def test_gap_and_heading_begin_a_group() -> None:
    assert find(lines("text", "text", "+text", "heading", "text")) == [[0, 1], [2], [4]]


def test_running_head_and_note_do_not_divide_a_group() -> None:
    assert find(lines("text", "running-head", "note", "text")) == [[0, 3]]
    assert find(lines("text", "+note", "text")) == [[0], [2]]


def test_no_text_no_groups() -> None:
    assert find(lines("heading", "note")) == []
