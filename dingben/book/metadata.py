"""Metadata derived for several outputs: identifier, printed source, ISO dates."""

from __future__ import annotations

import re
import uuid

from dingben.book.model import Book
from dingben.language.isbn import isbn_is_valid


def identifier_of(book: Book) -> tuple[str, str]:
    """Return scheme and value of the identifier: the ISBN as a URN (RFC 8254), else a UUID of title and authors.

    An ISBN whose check digit is wrong is some other book's or none: it is no identifier.
    """
    isbn = book.publication.isbn
    if isbn and isbn_is_valid(isbn):
        return "URN", f"urn:isbn:{re.sub('[^0-9X]', '', isbn)}"
    seed = "\n".join((book.title.title, *book.authors))
    return "UUID", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}"


def source_of(book: Book, *, paged: bool) -> str:
    """Return the printed edition: its ISBN, else title, publisher and date if its pages are marked."""
    publication = book.publication
    scheme, identifier = identifier_of(book)
    if scheme == "URN":
        return identifier
    if not paged:
        return ""
    parts = (book.title.title, publication.publisher_place, publication.publisher, publication.pub_date)
    return ". ".join(part for part in parts if part)


def iso_date(printed: str | None) -> str | None:
    """Convert ``2017.11`` to ``2017-11`` (W3C date and time formats); None if it is no date."""
    parts = (printed or "").replace("年", ".").replace("月", ".").replace("-", ".").strip(".日").split(".")
    if not all(p.isdigit() for p in parts) or not 1 <= len(parts) <= 3 or len(parts[0]) != 4:
        return None
    return "-".join([parts[0], *(p.zfill(2) for p in parts[1:])])
