"""Characters without a glyph: an error with the place, and a font to install by Unicode block."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.reader import read_book
from dingben.errors import RenderError
from dingben.formats.missing_glyphs import font_hint, require_glyphs
from tests.support.books import small_book


def test_missing_glyphs_are_reported_with_their_places(tmp_path: Path) -> None:
    book = read_book(small_book(tmp_path, "# 章\n\n甲\U00020bb7乙\ue000。\n"))
    require_glyphs((), book)
    with pytest.raises(RenderError) as caught:
        require_glyphs(("\U00020bb7", "\ue000"), book)
    assert [str(each) for each in caught.value.diagnostics] == [
        f"{tmp_path}/source/chapters/01.md:3:2: no installed font has \U00020bb7 (U+20BB7)",
        f"{tmp_path}/source/chapters/01.md:3:4: no installed font has \ue000 (U+E000)",
    ]


@pytest.mark.parametrize(
    ("char", "hint"),
    [
        ("\u4e00", "hanazono"),
        ("\U00030000", "hanazono"),
        ("\ue000", "private use"),
        ("\U0001f600", "emoji"),
        ("ꦀ", "core"),
    ],
)
def test_font_hint(char: str, hint: str) -> None:
    assert hint in font_hint(char)
