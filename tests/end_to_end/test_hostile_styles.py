"""Styles that the layout can't take end with exit code 5, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.cli import main
from tests.support.books import small_book, write


def test_css_that_breaks_the_layout_is_a_render_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "styles/book.css", "* { position: running(x) }\n")
    assert main(["build", "pdf", "--book", str(small_book(tmp_path)), "--quiet"]) == 5
    first, hint = capsys.readouterr().err.splitlines()
    assert "styles/book.css: WeasyPrint can't lay out the pages: TypeError" in first
    assert "bug" in hint
