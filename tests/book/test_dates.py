"""Names and dates of editions: from book.toml and SOURCE_DATE_EPOCH, never from a clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dingben.book.dates import edition_date, epoch, modified, slug_of
from dingben.book.model import Book, Publication, Title
from dingben.errors import UsageError


def book(title: Title, pub_date: str | None = None) -> Book:
    return Book(Path(), title, (), publication=Publication(pub_date=pub_date))


def test_slug_is_that_of_the_toml_or_pinyin() -> None:
    assert slug_of(book(Title(title="海港志", slug="harbour"))) == "harbour"
    assert slug_of(book(Title(title="海港志"))) == "hai-gang-zhi"


def test_no_date_without_source_date_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert (epoch(), edition_date()) == (None, None)


def test_date_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86399")
    assert (epoch(), edition_date()) == (86399, "1970-01-01")
    assert modified(book(Title(title="书"), "2017.11")) == datetime(1970, 1, 1, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("value", ["yesterday", "-1", "253402300800", "1.5"])
def test_source_date_epoch_must_be_a_number_of_seconds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(UsageError, match="not a number of seconds"):
        epoch()


@pytest.mark.parametrize(
    ("printed", "date"),
    [("2017.11", (2017, 11, 1)), ("2017年3月9日", (2017, 3, 9)), ("2017.13", (1980, 1, 1)), (None, (1980, 1, 1))],
)
def test_modified_defaults_to_the_printed_date(
    monkeypatch: pytest.MonkeyPatch, printed: str | None, date: tuple[int, int, int]
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert modified(book(Title(title="书"), printed)) == datetime(*date, tzinfo=UTC)
