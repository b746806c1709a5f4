"""Metadata that several outputs derive: identifier, printed source, ISO dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.book.metadata import identifier_of, iso_date, source_of
from dingben.book.model import Book, Contributor, Publication, Title


def book(isbn: str | None = None, author: str = "张某") -> Book:
    publication = Publication(publisher="某社", publisher_place="北京", pub_date="2017.11", isbn=isbn)
    return Book(Path(), Title(title="海港志"), (), (Contributor(author),), publication)


def test_valid_isbn_is_the_identifier() -> None:
    assert identifier_of(book("978-7-5000-1234-4")) == ("URN", "urn:isbn:9787500012344")


def test_identifier_without_a_valid_isbn_is_a_uuid_of_title_and_authors() -> None:
    scheme, value = identifier_of(book())
    assert scheme == "UUID"
    assert (scheme, value) == identifier_of(book("978-7-5000-1234-5"))
    assert value != identifier_of(book(author="李某"))[1]


def test_printed_source() -> None:
    assert source_of(book("978-7-5000-1234-4"), paged=False) == "urn:isbn:9787500012344"
    assert source_of(book(), paged=True) == "海港志. 北京. 某社. 2017.11"
    assert source_of(book(), paged=False) == ""


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("2017.11", "2017-11"),
        ("2017年3月", "2017-03"),
        ("2017年3月9日", "2017-03-09"),
        ("2017", "2017"),
        ("17.3", None),
        ("二〇一七", None),
        (None, None),
    ],
)
def test_iso_date(printed: str | None, date: str | None) -> None:
    assert iso_date(printed) == date
