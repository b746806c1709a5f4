"""EPUB metadata: Dublin Core with refinements, and accessibility metadata.

https://www.w3.org/TR/epub-33/#sec-pkg-metadata; relators: https://id.loc.gov/vocabulary/relators;
ONIX code lists: https://ns.editeur.org/onix/en; accessibility: https://www.w3.org/TR/epub-a11y-11/.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from dingben.book.metadata import identifier_of, iso_date, source_of
from dingben.book.model import Book
from dingben.book.toml import place_of_key
from dingben.diagnostics import Diagnostic
from dingben.document.model import Fragment
from dingben.formats.xml import DC, OPF
from dingben.language.isbn import isbn_is_valid
from dingben.language.sort_keys import pinyin_of, sort_name
from dingben.language.strings import script_of, words

CONFORMS = "EPUB Accessibility 1.1 - WCAG 2.1 Level AA"
"""Conformance claim, which no program can make alone: written where book.toml names who certified the book."""


def package_metadata(book: Book, fragments: Sequence[Fragment], modified: datetime) -> etree._Element:
    """Build the ``metadata`` element of the package document."""
    record = etree.Element(f"{{{OPF}}}metadata", nsmap={None: OPF, "dc": DC})  # type: ignore[dict-item]
    MetadataWriter(record, book).fill(modified)
    pages = any(f.pages for f in fragments)
    if source := source_of(book, paged=pages):
        etree.SubElement(record, f"{{{DC}}}source").text = source
        if pages:
            etree.SubElement(record, f"{{{OPF}}}meta", property="pageBreakSource").text = source
    for key, value in accessibility_metadata(book, fragments):
        etree.SubElement(record, f"{{{OPF}}}meta", property=key).text = value
    if book.format.certified_by and has_all_descriptions(fragments):
        claim = {"property": "dcterms:conformsTo", "id": "conformance"}
        etree.SubElement(record, f"{{{OPF}}}meta", claim).text = CONFORMS
        certifier = {"property": "a11y:certifiedBy", "refines": "#conformance"}
        etree.SubElement(record, f"{{{OPF}}}meta", certifier).text = book.format.certified_by
    etree.SubElement(record, f"{{{OPF}}}meta", name="cover", content="cover-image")
    return record


def metadata_diagnostics(book: Book, fragments: Sequence[Fragment]) -> list[Diagnostic]:
    """Return problems of the metadata that don't stop a build."""
    found = []
    if book.format.certified_by and not has_all_descriptions(fragments):
        found.append(
            Diagnostic(
                "the e-book is not declared accessible: a picture has no description",
                "Describe every picture: ![description](…).",
                place_of_key(book.folder, "format", "certified_by"),
            )
        )
    isbn = book.publication.isbn
    if not isbn or isbn_is_valid(isbn):
        return found
    place = place_of_key(book.folder, "publication", "isbn")
    message = f"the check digit of ISBN {isbn} is wrong: the e-book is identified by a UUID"
    return [*found, Diagnostic(message, "Compare it with the printed book.", place)]


class MetadataWriter:
    """Writes the metadata of one book, each element with its refinements."""

    def __init__(self, record: etree._Element, book: Book) -> None:
        self.record, self.book = record, book
        self.chinese = script_of(book.title.language) != "en"

    def fill(self, modified: datetime) -> None:
        book, title, publication = self.book, self.book.title, self.book.publication
        self.identifier()
        pinyin = title.title_pinyin or (pinyin_of(title.title) if self.chinese else "")
        self.element("title", title.title, "title", title_type="main", file_as=pinyin, display_seq="1")
        if title.subtitle:
            self.element("title", title.subtitle, "subtitle", title_type="subtitle", display_seq="2")
        for number, person in enumerate(book.contributors, 1):
            self.person(number, person.name, person.role)
        self.element("language", title.language)
        if publication.publisher:
            self.element("publisher", publication.publisher)
        if date := iso_date(publication.pub_date):
            self.element("date", date)
        if publication.rights:
            self.element("rights", publication.rights)
        if title.description:
            self.element("description", title.description)
        self.subjects()
        self.series()
        self.meta("dcterms:modified", modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def element(self, name: str, text: str, identifier: str = "", **refinements: str) -> None:
        """Append a Dublin Core element and its refinements; ``_`` stands for ``-``."""
        child = etree.SubElement(self.record, f"{{{DC}}}{name}", {"id": identifier} if identifier else {})
        child.text = text
        for key, value in refinements.items():
            if value:
                self.meta(key.replace("_", "-"), value, refines=f"#{identifier}")

    def meta(self, name: str, text: str, **attributes: str) -> None:
        """Append a ``meta`` element."""
        etree.SubElement(self.record, f"{{{OPF}}}meta", {"property": name, **attributes}).text = text

    def identifier(self) -> None:
        scheme, value = identifier_of(self.book)
        self.element("identifier", value, "epub-id-1")
        if scheme == "URN":
            self.meta("identifier-type", "15", refines="#epub-id-1", scheme="onix:codelist5")

    def person(self, number: int, name: str, role: str) -> None:
        """Append a creator (author) or contributor; Chinese names are filed under their pinyin."""
        identifier = f"person-{number}"
        kind = "creator" if role == "aut" else "contributor"
        self.element(kind, name, identifier)
        self.meta("role", role, refines=f"#{identifier}", scheme="marc:relators")
        self.meta("file-as", sort_name(name), refines=f"#{identifier}")
        self.meta("display-seq", str(number), refines=f"#{identifier}")

    def subjects(self) -> None:
        """Append the subject, and the Chinese Library Classification with its scheme."""
        title, publication = self.book.title, self.book.publication
        if title.subject:
            self.element("subject", title.subject)
        if publication.clc:
            self.element("subject", publication.clc, "clc", authority="CLC", term=publication.clc)

    def series(self) -> None:
        title = self.book.title
        if title.series:
            self.meta("belongs-to-collection", title.series, id="series")
            self.meta("collection-type", "series", refines="#series")


def has_all_descriptions(fragments: Sequence[Fragment]) -> bool:
    """Return whether every image has a description."""
    return not any("has no description" in problem.message for f in fragments for problem in f.findings)


def accessibility_metadata(book: Book, fragments: Sequence[Fragment]) -> list[tuple[str, str]]:
    """Return property and value of each accessibility statement, derived from the book."""
    pictures = any(f.pictures for f in fragments)
    has_text = has_all_descriptions(fragments)
    pages = any(f.pages for f in fragments)
    features = ["readingOrder", "structuralNavigation", "tableOfContents"]
    features += ["alternativeText"] * (pictures and has_text) + ["pageNavigation", "pageBreakMarkers"] * pages
    labels = words(book.title.language)
    summary = labels["access_text"]
    if pictures:
        summary += labels["access_described" if has_text else "access_undescribed"]
    if pages:
        summary += labels["access_pages"]
    rows = [("schema:accessMode", "textual"), *[("schema:accessMode", "visual")] * pictures]
    rows += [("schema:accessModeSufficient", "textual" if has_text else "textual,visual")]
    rows += [("schema:accessibilityFeature", feature) for feature in features]
    rows += [("schema:accessibilityHazard", "none"), ("schema:accessibilitySummary", summary.strip())]
    return rows
