"""Classes of characters, break opportunities and gaps between them (CLREQ, UAX 14)."""

from __future__ import annotations

import pytest

from dingben.typeset.inline import char_classes as ch


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("海A1", "HLL"),
        ("「，」", "OSC"),
        ("——……·", "JJEED"),
        (" \u00a0\n\u200b", " WBZ"),
        ("(.)%℃々", "oscsUU"),
        ("é\u0301", "LL"),
    ],
)
def test_classes(text: str, classes: str) -> None:
    assert ch.classes(text) == classes


@pytest.mark.parametrize(
    ("left", "right", "allowed"),
    [
        ("海", "港", True),
        ("海", "，", False),
        ("「", "海", False),
        ("。", "「", True),
        ("—", "—", False),
        ("海", "a", True),
        ("a", "b", False),
        (" ", "a", True),
        ("a", " ", False),
        ("海", "\u2060", False),
        ("5", "℃", False),
    ],
)
def test_break_opportunities(left: str, right: str, allowed: bool) -> None:
    assert ch.may_break(ch.classes(left), ch.classes(right)) is allowed


@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        ("海港", ch.EVEN),
        ("海a", ch.GAP),
        ("a海", ch.GAP),
        ("海，", ch.NONE),
        ("，海", ch.MARK),
        ("海「", ch.MARK),
        (" a", ch.SPACE),
    ],
)
def test_kinds_of_gaps(pair: str, kind: int) -> None:
    assert ch.pairs[ch.classes(pair)] & ch.KIND == kind


@pytest.mark.parametrize(
    ("pair", "flag"), [("。」", ch.LEFT_YIELDS), ("，「", ch.LEFT_YIELDS), ("《「", ch.RIGHT_YIELDS), ("海」", 0)]
)
def test_adjacent_marks_lose_a_half(pair: str, flag: int) -> None:
    assert ch.pairs[ch.classes(pair)] & (ch.LEFT_YIELDS | ch.RIGHT_YIELDS) == flag
