"""Findings that repeat through a book are one finding with a count."""

from __future__ import annotations

from pathlib import Path

from dingben.diagnostics import Diagnostic, Location
from dingben.lint.grouping import MOST, group


def findings(number: int, code: str = "S201") -> list[Diagnostic]:
    return [Diagnostic("a blank: 山【 】水", "", Location(Path("a.md"), n + 1), code) for n in range(number)]


def test_many_findings_are_grouped_with_examples() -> None:
    (one,) = group(findings(300))
    assert "300 times" in one.message
    assert "a.md:2" in one.message
    assert one.location == Location(Path("a.md"), 1)


def test_few_findings_are_not_grouped() -> None:
    assert len(group(findings(MOST))) == MOST


def test_confused_characters_are_grouped_from_the_third_on() -> None:
    assert len(group(findings(3, "X909"))) == 1
