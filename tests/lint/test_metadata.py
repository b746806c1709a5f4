"""Values of book.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.lint import check
from tests.support.books import small_book


@pytest.mark.parametrize(("isbn", "codes"), [("978-7-302-51163-3", ["B702"]), ("978-7-302-51163-2", [])])
def test_isbn_check_digit(tmp_path: Path, isbn: str, codes: list[str]) -> None:
    book = small_book(tmp_path, more=f'[publication]\nisbn = "{isbn}"\n')
    assert [f.code for f in check(book)] == codes
