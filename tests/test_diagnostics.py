"""Diagnostics: one type for errors, findings and doubts; one text form, one JSON form."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.diagnostics import (
    Diagnostic,
    Location,
    format_warning,
    position,
    printable,
    printable_diagnostic,
    to_json,
    worst_first,
)

PLACE = Location(Path("a.md"), 3, 5)


@pytest.mark.parametrize(
    ("location", "text"),
    [(Location(Path("a.md")), "a.md"), (Location(Path("a.md"), 3), "a.md:3"), (PLACE, "a.md:3:5")],
)
def test_location_shows_known_parts(location: Location, text: str) -> None:
    assert str(location) == text


def test_text_form() -> None:
    assert str(Diagnostic("wrong")) == "wrong"
    assert str(Diagnostic("wrong", "hint", PLACE)) == "a.md:3:5: wrong"
    assert str(Diagnostic("wrong", "hint", PLACE, "M001")) == "a.md:3:5: M001 wrong"


def test_json_form() -> None:
    assert to_json(Diagnostic("wrong", "hint")) == {"message": "wrong", "hint": "hint"}
    place = {"file": "a.md", "line": 3, "column": 5}
    assert to_json(Diagnostic("wrong", "", PLACE)) == {**place, "message": "wrong", "hint": ""}
    coded = {**place, "message": "wrong", "hint": "", "code": "M001", "severity": "note"}
    assert to_json(Diagnostic("wrong", "", PLACE, "M001", "note")) == coded


def test_worst_first_then_by_location() -> None:
    error = Diagnostic("e", severity="error")
    first, second = Diagnostic("b", location=Location(Path("a"), 1)), Diagnostic("a", location=Location(Path("a"), 2))
    assert worst_first([second, first, error]) == (error, first, second)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("正文 a\\b", "正文 a\\b"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("\udcff\u2028\x9b", r"\udcff\u2028\x9b"),
    ],
)
def test_controls_and_bidirectional_marks_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_each_part_of_a_diagnostic_is_escaped() -> None:
    shown = printable_diagnostic(Diagnostic("a\n", "b\x1b", Location(Path("c\n.md"), 1), "M001", "note"))
    assert shown == Diagnostic(r"a\n", r"b\x1b", Location(Path(r"c\n.md"), 1), "M001", "note")


def test_position_counts_characters_from_1() -> None:
    assert position("一\n二三", 3) == (2, 2)


def test_warning_form() -> None:
    assert format_warning(Diagnostic("too small", code="U001")) == "warning: U001 too small"
    placed = Diagnostic("too small", location=Location(Path("a.md"), 3, 5))
    assert format_warning(placed) == "a.md:3:5: warning: too small"
