"""Facts that several outputs derive from a book's metadata: identifier, source, ISO dates."""

from __future__ import annotations

import re
import uuid

from dingben.book.model import Book
from dingben.language.isbn import isbn_is_valid


def identifier_of(book: Book) -> tuple[str, str]:
    """Scheme and value: the ISBN as a URN (RFC 8254), else a UUID made of title and authors, the same every time.

    An ISBN whose check digit is wrong is some other book's or none: it is no identifier.
    """
    isbn = book.publication.isbn
    if isbn and isbn_is_valid(isbn):
        return "URN", f"urn:isbn:{re.sub('[^0-9X]', '', isbn)}"
    seed = "\n".join((book.title.title, *book.authors))
    return "UUID", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}"


def source_of(book: Book, *, paged: bool) -> str:
    """The printed edition: its ISBN, else title, publisher and date where its pages are marked."""
    publication = book.publication
    scheme, identifier = identifier_of(book)
    if scheme == "URN":
        return identifier
    if not paged:
        return ""
    parts = (book.title.title, publication.publisher_place, publication.publisher, publication.pub_date)
    return ". ".join(part for part in parts if part)


def iso_date(printed: str | None) -> str | None:
    """``2017.11`` as ``2017-11`` (W3C date and time formats); None where it is no date."""
    parts = (printed or "").replace("年", ".").replace("月", ".").replace("-", ".").strip(".日").split(".")
    if not all(p.isdigit() for p in parts) or not 1 <= len(parts) <= 3 or len(parts[0]) != 4:
        return None
    return "-".join([parts[0], *(p.zfill(2) for p in parts[1:])])
