"""Character classes, neighbours of a mark, addresses, and the width of a printed line."""

from __future__ import annotations

import pytest

from dingben.language import han


@pytest.mark.parametrize(
    ("char", "expected"), [("港", True), ("𠮷", True), ("々", True), ("，", False), ("a", False), ("한", False)]
)
def test_han_characters(char: str, expected: bool) -> None:
    assert han.is_han(char) is expected


def test_neighbours_skip_spaces() -> None:
    assert (han.before("甲  ，", 3), han.after("，  乙", 1)) == ("甲", "乙")
    assert (han.before("  ，", 2), han.after("，  ", 1)) == ("", "")


def test_addresses_have_no_punctuation() -> None:
    text = "见http://e.org/a,b，或mail@e.org。"
    spans = han.addresses(text)
    assert han.inside(text.index(","), spans)
    assert not han.inside(text.index("，"), spans)
    assert han.inside(text.index("@"), spans)


def test_width_of_latin_is_half() -> None:
    assert han.width("海港ab") == 3
    assert han.width("abcd", latin=True) == 4


def test_skeleton_drops_marks_and_spaces() -> None:
    assert han.skeleton("第 一 章  Port_City，") == "第一章portcity"
