"""Where a text of the document model stands in the Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.model import Division
from dingben.document.source_location import locate_offset, locate_text

DIVISION = Division("body", "chapter", None, Path("01.md"), "# 章\n\n甲乙**丙**丁，甲乙 [x](#a)\n\n[y](#ab)\n")


@pytest.mark.parametrize(
    ("needle", "last", "line", "column"),
    [("甲乙", False, 3, 1), ("甲乙", True, 3, 10), ("#ab", False, 5, 5), ("无", False, 0, 0), ("", False, 0, 0)],
)
def test_text_is_found_first_or_last(needle: str, last: bool, line: int, column: int) -> None:
    place = locate_text(DIVISION, needle, last=last)
    assert (place.line, place.column) == (line, column)


def test_offset_in_plain_text_is_found_behind_markup() -> None:
    place = locate_offset(DIVISION, "章甲乙丙丁，甲乙xy", 4)
    assert (place.line, place.column) == (3, 8)
