"""Check values of ``book.toml``: the check digit of the ISBN (ISO 2108)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dingben.book.model import Book
from dingben.diagnostics import Diagnostic, Location
from dingben.language.isbn import isbn_is_valid
from dingben.lint.markdown_text import read_source


def check_isbn(source: Path, book: Book) -> Iterator[Diagnostic]:
    """Report an ISBN with a wrong check digit (B702)."""
    path = source / "book.toml"
    isbn = book.publication.isbn
    if isbn is not None and not isbn_is_valid(isbn):
        lines = read_source(source, path).splitlines()
        line = next((n for n, row in enumerate(lines, 1) if row.startswith("isbn")), 0)
        message = f"the check digit of ISBN {isbn} is wrong"
        yield Diagnostic(message, "compare it with the scan", Location(path, line), "B702")
