"""File name and dates of an edition, without a clock (https://reproducible-builds.org/specs/source-date-epoch/)."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from dingben.book.model import Book
from dingben.errors import UsageError


def slug_of(book: Book) -> str:
    """Return the base name of output files: the slug of book.toml, else the title in pinyin, at most 60 letters."""
    if book.title.slug:
        return book.title.slug
    from dingben.language.slug import slug

    return slug(book.title.title, book.title.title_pinyin)


def epoch() -> int | None:
    """Return SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/). Raises UsageError."""
    value = os.environ.get("SOURCE_DATE_EPOCH")
    if not value:
        return None
    if not value.isdigit() or int(value) > 253402300799:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is not a number of seconds: {value!r}", hint="SOURCE_DATE_EPOCH=1700000000"
        )
    return int(value)


def edition_date() -> str | None:
    """Return the date of this edition in ISO form, from SOURCE_DATE_EPOCH; None if that is not set."""
    seconds = epoch()
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


def modified(book: Book) -> datetime:
    """Return the modification time of the e-book: SOURCE_DATE_EPOCH, else the date of the printed book, else 1980."""
    from dingben.book.metadata import iso_date

    seconds = epoch()
    if seconds is not None:
        return datetime.fromtimestamp(seconds, UTC)
    year, month, day = [*(iso_date(book.publication.pub_date) or "1980").split("-"), "1", "1"][:3]
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)
