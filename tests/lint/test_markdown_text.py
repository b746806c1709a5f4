"""The text of Markdown lines keeps the columns of its characters."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.document.source_location import mask_code
from dingben.lint.markdown_text import find_headings, plain_text


@pytest.mark.parametrize(
    ("line", "text", "columns"),
    [
        ("# 题", "题", [2, 3]),
        ("甲*乙*丙", "甲乙丙", [0, 2, 4, 5]),
        ("甲`x y`乙", "甲\ufffc乙", [0, 1, 6, 7]),
        ("| 山 水", "山 水", [2, 3, 4, 5]),
        ("甲[^1]乙", "甲乙", [0, 5, 6]),
        ("[甲](b.md)乙", "甲乙", [1, 9, 10]),
    ],
)
def test_markup_is_removed_and_columns_are_kept(line: str, text: str, columns: list[int]) -> None:
    assert plain_text(line) == (text, columns)


def test_code_is_replaced_by_spaces() -> None:
    text = "甲`[^1]`乙\n\n```\n# no heading\n```\n\n## 题\n"
    assert len(mask_code(text)) == len(text)
    assert [(h.line, h.level, h.text) for h in find_headings(Path("a.md"), text)] == [(7, 2, "题")]
