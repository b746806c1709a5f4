"""TEI header: file, encoding, profile and revision descriptions.

Guidelines P5, chapter 2 (https://www.tei-c.org/release/doc/tei-p5-doc/en/html/HD.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lxml import etree

import dingben
from dingben.book.metadata import identifier_of, iso_date
from dingben.book.model import Book
from dingben.formats.tei.apparatus import MarkedEmendation
from dingben.formats.tei.xml import ID, add_element, append_text, element
from dingben.system.json import parse_json

RELATORS = {
    "aut": "author",
    "edt": "editor",
    "trl": "translator",
    "ill": "illustrator",
    "ann": "annotator",
    "com": "compiler",
    "ctb": "contributor",
    "aui": "author of introduction",
    "pbd": "publishing director",
}
"""Terms of the common MARC relator codes (https://id.loc.gov/vocabulary/relators)."""


def tei_header(book: Book, readings: Sequence[MarkedEmendation], date: str | None, length: int) -> etree._Element:
    """Build ``teiHeader``. ``length`` is the number of characters, ``date`` that of the edition (ISO) or None."""
    header = element("teiHeader")
    header.append(file_description(book, date, length))
    header.append(encoding_description(book, readings))
    header.append(profile_description(book))
    if readings:
        changes = add_element(add_element(header, "revisionDesc"), "listChange")
        for reading in readings:
            change = add_element(
                changes, "change", **({"target": f"#{reading.identifier}"} if reading.identifier else {})
            )
            append_text(change, f"{reading.file or '*'}: “{reading.sic}” → “{reading.corr}”")
            if reading.reason:
                append_text(change, f" ({reading.reason})")
    return header


def file_description(book: Book, date: str | None, length: int) -> etree._Element:
    """Build ``fileDesc``: the electronic edition and its sources."""
    description = element("fileDesc")
    title = add_element(description, "titleStmt")
    add_titles(book, title)
    add_contributors(book, title)
    add_responsibility(title, "conversion to TEI P5", f"dingben {dingben.__version__}")
    edition = add_element(description, "editionStmt")
    add_element(
        edition,
        "edition",
        "electronic edition" if has_printed_source(book) else book.publication.edition or "electronic edition",
    )
    add_element(
        add_element(description, "extent"), "measure", f"{length} characters", unit="character", quantity=str(length)
    )
    publication = add_element(description, "publicationStmt")
    note = add_element(
        publication, "p", "Electronic edition of " if has_printed_source(book) else "Electronic edition "
    )
    add_element(note, "idno", identifier_of(book)[1], type="URN")
    if date:
        append_text(note, ", ")
        add_element(note, "date", date, when=date)
    append_text(note, ".")
    if book.title.series:
        add_element(add_element(description, "seriesStmt"), "title", book.title.series)
    source = add_element(description, "sourceDesc")
    if has_printed_source(book):
        source.append(printed_book(book))
    else:
        add_element(source, "p", "Born digital: there is no printed source.")
    files = raw_files(book.folder)
    if files:
        listed = add_element(source, "listBibl")
        add_element(listed, "head", "Raw text")
        for name, encoding, digest in files:
            bibl = add_element(listed, "bibl", type="digital")
            add_element(bibl, "title", name)
            append_text(bibl, f", {encoding}, ")
            add_element(bibl, "idno", digest, type="SHA-256")
    return description


def has_printed_source(book: Book) -> bool:
    """Return whether the book has a printed source."""
    publication = book.publication
    known = publication.publisher or publication.isbn or publication.cip_number or publication.printing
    return bool(known) or (book.folder / "source" / "ledger.jsonl").is_file()


def raw_files(folder: Path) -> list[tuple[str, str, str]]:
    """Return name, encoding and SHA-256 of each raw text, from the ledger."""
    try:
        with (folder / "source" / "ledger.jsonl").open(encoding="utf-8") as stream:
            return [(str(r["file"]), str(r["encoding"]), str(r["sha256"])) for r in parse_json(next(stream))["raw"]]
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return []


def add_titles(book: Book, parent: etree._Element) -> None:
    """Add title and subtitle."""
    add_element(parent, "title", book.title.title, type="main")
    if book.title.subtitle:
        add_element(parent, "title", book.title.subtitle, type="sub")


def add_contributors(book: Book, parent: etree._Element) -> None:
    """Add authors and editors, and responsibility statements for the others."""
    for person in book.contributors:
        if person.role in ("aut", "edt"):
            add_element(parent, RELATORS[person.role], person.name)
    for person in book.contributors:
        if person.role not in ("aut", "edt"):
            add_responsibility(parent, RELATORS.get(person.role, person.role), person.name)


def add_responsibility(parent: etree._Element, what: str, who: str) -> None:
    """Add a ``respStmt``."""
    statement = add_element(parent, "respStmt")
    add_element(statement, "resp", what)
    add_element(statement, "name", who)


def printed_book(book: Book) -> etree._Element:
    """Build ``biblStruct`` of the printed book, from its imprint."""
    publication, form = book.publication, book.format
    source = element("biblStruct", type="printed")
    monograph = add_element(source, "monogr")
    for person in book.contributors:
        if person.role in ("aut", "edt"):
            add_element(monograph, RELATORS[person.role], person.name)
    add_titles(book, monograph)
    for kind, value in (("ISBN", publication.isbn), ("CIP", publication.cip_number), ("CLC", publication.clc)):
        if value:
            add_element(monograph, "idno", value, type=kind)
    for value in (publication.edition, publication.printing):
        if value:
            add_element(monograph, "edition", value)
    imprint = add_element(monograph, "imprint")
    for tag, value in (("pubPlace", publication.publisher_place), ("publisher", publication.publisher)):
        if value:
            add_element(imprint, tag, value)
    when = iso_date(publication.pub_date)
    add_element(imprint, "date", publication.pub_date or "unknown", **({"when": when} if when else {}))
    for kind, value in (("trim", form.trim), ("sheets", form.sheets), ("length", form.word_count)):
        if value:
            add_element(add_element(monograph, "extent"), "measure", value, type=kind)
    if book.title.series:
        add_element(add_element(source, "series"), "title", book.title.series, level="s")
    if publication.price:
        add_element(source, "note", publication.price, type="price")
    return source


def encoding_description(book: Book, readings: Sequence[MarkedEmendation]) -> etree._Element:
    """Build ``encodingDesc``: editorial declarations, taxonomy, application."""
    description = element("encodingDesc")
    restored = (book.folder / "source" / "ledger.jsonl").is_file()
    editorial = add_element(description, "editorialDecl")
    if restored:
        add_element(
            add_element(editorial, "correction", method="silent"),
            "p",
            "What the press or the recognition did to marks, blanks and torn lines was mended by rule; each change "
            "stands in source/ledger.jsonl with its rule, from which the raw text can be rebuilt byte for byte.",
        )
    if readings:
        add_element(
            add_element(editorial, "correction", method="markup"),
            "p",
            "Readings made by a person are marked with choice, sic and corr; the reasons stand in revisionDesc.",
        )
    add_element(
        add_element(editorial, "normalization"), "p", "The author's characters and figures are left as they are."
    )
    add_element(add_element(editorial, "quotation", marks="all"), "p", "Quotation marks are characters of the text.")
    add_element(
        add_element(editorial, "hyphenation", eol="none"),
        "p",
        "Lines of the printed book are joined; pb marks its pages.",
    )
    if book.publication.clc:
        taxonomy = add_element(add_element(description, "classDecl"), "taxonomy", **{ID: "clc"})
        add_element(taxonomy, "bibl", "中国图书馆分类法 (Chinese Library Classification)")
    tool = add_element(add_element(description, "appInfo"), "application", ident="dingben", version=dingben.__version__)
    add_element(tool, "label", "dingben")
    return description


def profile_description(book: Book) -> etree._Element:
    """Build ``profileDesc``: abstract, languages, subjects."""
    description = element("profileDesc")
    if book.title.description:
        add_element(add_element(description, "abstract"), "p", book.title.description)
    add_element(add_element(description, "langUsage"), "language", book.title.language, ident=book.title.language)
    if book.title.subject or book.publication.clc:
        group = add_element(description, "textClass")
        if book.title.subject:
            keywords = add_element(group, "keywords")
            for term in book.title.subject.split("—"):
                add_element(keywords, "term", term)
        if book.publication.clc:
            add_element(group, "classCode", book.publication.clc, scheme="#clc")
    return description
