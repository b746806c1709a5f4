"""Catalogue records: Dublin Core, ONIX 3.0, schema.org JSON-LD.

They contain only what the book itself states. The printed book keeps its ISBN; the electronic editions have none of
their own and refer to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from lxml import etree

from dingben.book.metadata import identifier_of, iso_date
from dingben.book.model import Book
from dingben.formats.xml import DC

OAI = "http://www.openarchives.org/OAI/2.0/oai_dc/"
ONIX = "http://ns.editeur.org/onix/3.0/reference"
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
    ".xml": "application/tei+xml",
    ".txt": "text/plain",
    ".html": "text/html",
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".md": "text/markdown",
    ".toml": "application/toml",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".tsv": "text/tab-separated-values",
    ".py": "text/x-python",
}
"""Media types by ending (https://www.iana.org/assignments/media-types), x- where none is registered."""

CONTRIBUTOR = {"aut": "A01", "edt": "B01", "trl": "B06", "ill": "A12", "com": "C01", "ann": "A29"}
"""ONIX code list 17 (contributor role) for MARC relators; Z99 is other."""

EPUBLICATION = {".pdf": "E107", ".epub": "E101"}
"""ONIX code list 175 (product form detail) by file extension."""


@dataclass(frozen=True, slots=True)
class EditionFile:
    """A file of an edition in the bag: path, size in bytes, SHA-256."""

    path: str
    size: int
    sha256: str

    @property
    def media(self) -> str:
        """Media type of the file."""
        return media_type(self.path)


def media_type(path: str) -> str:
    """Return the media type of a file by extension."""
    return MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


def serialize(root: etree._Element) -> bytes:
    """Serialize an XML document, indented."""
    etree.indent(root, " ")
    text: bytes = etree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text + b"\n"


def printed_isbn(book: Book) -> str | None:
    """Return the printed book's ISBN-13, or None."""
    scheme, identifier = identifier_of(book)
    figures = identifier.removeprefix("urn:isbn:")
    return figures if scheme == "URN" and len(figures) == 13 else None


def full_title(book: Book) -> str:
    """Return title and subtitle in one string."""
    colon = "：" if book.title.language.startswith("zh") else ": "
    return book.title.title + (f"{colon}{book.title.subtitle}" if book.title.subtitle else "")


# -- Dublin Core


def dublin_core(book: Book, items: Sequence[EditionFile]) -> bytes:
    """Build simple Dublin Core in the OAI-PMH schema (https://www.openarchives.org/OAI/2.0/oai_dc.xsd)."""
    root = etree.Element(f"{{{OAI}}}dc", nsmap={"oai_dc": OAI, "dc": DC})
    for name, value in dublin_core_rows(book, items):
        etree.SubElement(root, f"{{{DC}}}{name}").text = value
    return serialize(root)


def dublin_core_rows(book: Book, items: Sequence[EditionFile]) -> Iterator[tuple[str, str]]:
    title, publication = book.title, book.publication
    yield "title", full_title(book)
    for person in book.contributors:
        yield ("creator" if person.role == "aut" else "contributor"), person.name
    for subject in (*(title.subject or "").split("—"), publication.clc):
        if subject:
            yield "subject", subject
    if title.description:
        yield "description", title.description
    if publication.publisher:
        yield "publisher", publication.publisher
    if date := iso_date(publication.pub_date):
        yield "date", date
    yield "type", "Text"
    for media in sorted({item.media for item in items}):
        yield "format", media
    yield "source" if printed_isbn(book) else "identifier", identifier_of(book)[1]
    yield "language", title.language
    if title.series:
        yield "relation", title.series


# -- ONIX


def onix(book: Book, items: Sequence[EditionFile], sent: datetime) -> bytes:
    """Build an ONIX 3.0 message with a product for each PDF and EPUB."""
    root = etree.Element(f"{{{ONIX}}}ONIXMessage", release="3.0", nsmap=DEFAULT)  # type: ignore[arg-type]
    header = add(root, "Header")
    add(add(header, "Sender"), "SenderName", "dingben")
    add(header, "SentDateTime", sent.strftime("%Y%m%d"))
    for item in items:
        form = EPUBLICATION.get(PurePosixPath(item.path).suffix)
        if form:
            product(root, book, PurePosixPath(item.path), form)
    return serialize(root)


DEFAULT = {None: ONIX}


def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Append an ONIX element, by reference name."""
    child = etree.SubElement(parent, f"{{{ONIX}}}{tag}", attributes)
    child.text = text
    return child


def product(root: etree._Element, book: Book, path: PurePosixPath, form: str) -> None:
    """Append one product, in the order of the schema."""
    record = add(root, "Product")
    number = f"{identifier_of(book)[1]}:{path.suffix[1:]}"
    add(record, "RecordReference", number)
    add(record, "NotificationType", "03")
    identifier = add(record, "ProductIdentifier")
    add(identifier, "ProductIDType", "01")
    add(identifier, "IDTypeName", "dingben")
    add(identifier, "IDValue", number)
    descriptive_detail(add(record, "DescriptiveDetail"), book, form)
    if book.title.description:
        text = add(add(record, "CollateralDetail"), "TextContent")
        add(text, "TextType", "03")
        add(text, "ContentAudience", "00")
        add(text, "Text", book.title.description)
    publication = book.publication
    date = (iso_date(publication.pub_date) or "").replace("-", "")
    if publication.publisher:
        detail = add(record, "PublishingDetail")
        publisher = add(detail, "Publisher")
        add(publisher, "PublishingRole", "01")
        add(publisher, "PublisherName", publication.publisher)
        if publication.publisher_place:
            add(detail, "CityOfPublication", publication.publisher_place)
        if date:
            when = add(detail, "PublishingDate")
            add(when, "PublishingDateRole", "19")
            add(when, "Date", date, dateformat={4: "05", 6: "01", 8: "00"}[len(date)])
    if isbn := printed_isbn(book):
        related = add(add(record, "RelatedMaterial"), "RelatedProduct")
        add(related, "ProductRelationCode", "13")
        other = add(related, "ProductIdentifier")
        add(other, "ProductIDType", "15")
        add(other, "IDValue", isbn)


def descriptive_detail(detail: etree._Element, book: Book, form: str) -> None:
    """Fill ``DescriptiveDetail``: form, series, title, contributors, language, subjects."""
    title = book.title
    add(detail, "ProductComposition", "00")
    add(detail, "ProductForm", "ED")
    add(detail, "ProductFormDetail", form)
    if title.series:
        series = add(add(detail, "Collection"), "CollectionType", "10").getparent()
        assert series is not None
        title_detail(series, "02", title.series)
    title_detail(detail, "01", title.title, title.subtitle)
    for number, person in enumerate(book.contributors, 1):
        detail_element = add(detail, "Contributor")
        add(detail_element, "SequenceNumber", str(number))
        add(detail_element, "ContributorRole", CONTRIBUTOR.get(person.role, "Z99"))
        add(detail_element, "PersonName", person.name)
    if book.byline:
        add(detail, "ContributorStatement", book.byline)
    language = add(detail, "Language")
    add(language, "LanguageRole", "01")
    chinese = title.language.startswith("zh")
    add(language, "LanguageCode", "chi" if chinese else LANGUAGES.get(title.language.split("-")[0], "und"))
    for scheme, name, value in (
        ("24", "中国图书馆分类法", book.publication.clc),
        ("20", "", "; ".join((title.subject or "").split("—"))),
    ):
        if value:
            subject = add(detail, "Subject")
            add(subject, "SubjectSchemeIdentifier", scheme)
            if name:
                add(subject, "SubjectSchemeName", name)
                add(subject, "SubjectCode", value)
            else:
                add(subject, "SubjectHeadingText", value)


LANGUAGES = {"en": "eng", "fr": "fre", "de": "ger", "ja": "jpn", "ko": "kor", "ru": "rus", "es": "spa", "it": "ita"}
"""ISO 639-2/B codes by ISO 639-1."""


def title_detail(parent: etree._Element, level: str, title: str, subtitle: str | None = None) -> None:
    """Append a title at the level of the product (01) or the collection (02)."""
    detail = add(parent, "TitleDetail")
    add(detail, "TitleType", "01")
    element = add(detail, "TitleElement")
    add(element, "TitleElementLevel", level)
    add(element, "TitleText", title)
    if subtitle:
        add(element, "Subtitle", subtitle)


# -- schema.org


def json_ld(book: Book, items: Sequence[EditionFile], revision: int, date: str | None) -> bytes:
    """Build a schema.org Book with its editions as encodings (https://schema.org/Book)."""
    title, publication = book.title, book.publication
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Book",
        "@id": identifier_of(book)[1],
        "name": full_title(book),
        "inLanguage": title.language,
        "version": str(revision),
        "author": [{"@type": "Person", "name": name} for name in book.authors],
        "contributor": [{"@type": "Person", "name": c.name} for c in book.contributors if c.role not in ("aut", "edt")],
        "editor": [{"@type": "Person", "name": c.name} for c in book.contributors if c.role == "edt"],
        "about": title.subject,
        "description": title.description,
        "dateModified": date,
        "isPartOf": {"@type": "BookSeries", "name": title.series} if title.series else None,
        "encoding": [
            {
                "@type": "MediaObject",
                "contentUrl": item.path,
                "encodingFormat": item.media,
                "contentSize": f"{item.size} B",
                "sha256": item.sha256,
            }
            for item in items
        ],
    }
    if publication.publisher or publication.isbn:
        data["isBasedOn"] = {
            key: value
            for key, value in {
                "@type": "Book",
                "name": full_title(book),
                "isbn": printed_isbn(book),
                "bookEdition": publication.edition,
                "datePublished": iso_date(publication.pub_date),
                "publisher": {"@type": "Organization", "name": publication.publisher}
                if publication.publisher
                else None,
            }.items()
            if value
        }
    kept = {key: value for key, value in data.items() if value}
    return (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
