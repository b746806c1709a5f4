"""The correction rules as checks of the sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.diagnostics import Diagnostic
from dingben.lint.punctuation import check_punctuation
from dingben.rules import RULES


def position(found: Diagnostic) -> tuple[int, int]:
    assert found.location
    return found.location.line, found.location.column


FILE = Path("01.md")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("# 题\n\n他说,好的。\n", [("M102", 3, 3)]),
        ("```\n他说,好的。\n```\n", []),
        ("| 他说,好的 |\n", []),
        ("## 第一章 甲,乙\n", [("M102", 1, 9)]),
        ("| 甲,乙\n| 丙丁\n", [("M102", 1, 4)]),
        ("高 $h$ 為三尺，甲 `x` 乙。\n", []),
        ("# 第一章 渡口 Chapter One The Ferry\n", []),
        ("# 第三天 渡口\n", []),
        ("“第一段。\n\n“第二段。”\n", []),
    ],
)
def test_correction_is_reported_with_a_place(text: str, places: list[tuple[str, int, int]]) -> None:
    found = check_punctuation(FILE, text, "zh", False, RULES)
    assert [(f.code, *position(f)) for f in found] == places


def test_bibliography_keeps_its_punctuation() -> None:
    assert check_punctuation(FILE, "张某,李某。\n", "zh", True, RULES) == []
