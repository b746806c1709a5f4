"""The header of the TEI document: the printed book, this edition of it, and by what rules it was made.

Guidelines P5, chapter 2 (https://www.tei-c.org/release/doc/tei-p5-doc/en/html/HD.html).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

import dingben
from dingben.book.metadata import identifier_of, iso_date
from dingben.book.model import Book
from dingben.formats.tei.apparatus import Reading
from dingben.formats.tei.xml import ID, element, put, sub

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
"""What the commoner MARC relator codes mean (https://id.loc.gov/vocabulary/relators)."""


def header(book: Book, readings: Sequence[Reading], date: str | None, length: int) -> etree._Element:
    """``teiHeader``. ``length`` is the number of characters, ``date`` the edition's, ISO or None."""
    made = element("teiHeader")
    made.append(file_description(book, date, length))
    made.append(encoding_description(book, readings))
    made.append(profile_description(book))
    if readings:
        changes = sub(sub(made, "revisionDesc"), "listChange")
        for reading in readings:
            change = sub(changes, "change", **({"target": f"#{reading.identifier}"} if reading.identifier else {}))
            put(change, f"{reading.file or '*'}: “{reading.sic}” → “{reading.corr}”")
            if reading.reason:
                put(change, f" ({reading.reason})")
    return made


def file_description(book: Book, date: str | None, length: int) -> etree._Element:
    """The electronic edition, and what it was made from."""
    made = element("fileDesc")
    title = sub(made, "titleStmt")
    names(book, title)
    contributors(book, title)
    respond(title, "conversion to TEI P5", f"dingben {dingben.__version__}")
    edition = sub(made, "editionStmt")
    sub(edition, "edition", "electronic edition" if printed(book) else book.publication.edition or "electronic edition")
    sub(sub(made, "extent"), "measure", f"{length} characters", unit="character", quantity=str(length))
    publication = sub(made, "publicationStmt")
    note = sub(publication, "p", "Electronic edition of " if printed(book) else "Electronic edition ")
    sub(note, "idno", identifier_of(book)[1], type="URN")
    if date:
        put(note, ", ")
        sub(note, "date", date, when=date)
    put(note, ".")
    if book.title.series:
        sub(sub(made, "seriesStmt"), "title", book.title.series)
    source = sub(made, "sourceDesc")
    if printed(book):
        source.append(printed_book(book))
    else:
        sub(source, "p", "Born digital: there is no printed source.")
    files = raw_files(book.folder)
    if files:
        listed = sub(source, "listBibl")
        sub(listed, "head", "Raw text")
        for name, encoding, digest in files:
            bibl = sub(listed, "bibl", type="digital")
            sub(bibl, "title", name)
            put(bibl, f", {encoding}, ")
            sub(bibl, "idno", digest, type="SHA-256")
    return made


def printed(book: Book) -> bool:
    """Whether there is a printed book behind this text."""
    publication = book.publication
    known = publication.publisher or publication.isbn or publication.cip_number or publication.printing
    return bool(known) or (book.folder / "source" / "ledger.jsonl").is_file()


def raw_files(folder: Path) -> list[tuple[str, str, str]]:
    """Name, encoding and SHA-256 of each raw text, as the ledger has them."""
    try:
        with (folder / "source" / "ledger.jsonl").open(encoding="utf-8") as stream:
            return [(str(r["file"]), str(r["encoding"]), str(r["sha256"])) for r in json.loads(next(stream))["raw"]]
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return []


def names(book: Book, parent: etree._Element) -> None:
    """Title and subtitle."""
    sub(parent, "title", book.title.title, type="main")
    if book.title.subtitle:
        sub(parent, "title", book.title.subtitle, type="sub")


def contributors(book: Book, parent: etree._Element) -> None:
    """Authors, editors, and the others with what they did."""
    for person in book.contributors:
        if person.role in ("aut", "edt"):
            sub(parent, RELATORS[person.role], person.name)
    for person in book.contributors:
        if person.role not in ("aut", "edt"):
            respond(parent, RELATORS.get(person.role, person.role), person.name)


def respond(parent: etree._Element, what: str, who: str) -> None:
    """A statement of responsibility."""
    made = sub(parent, "respStmt")
    sub(made, "resp", what)
    sub(made, "name", who)


def printed_book(book: Book) -> etree._Element:
    """The printed book, as its leaves tell."""
    publication, form = book.publication, book.format
    made = element("biblStruct", type="printed")
    monograph = sub(made, "monogr")
    for person in book.contributors:
        if person.role in ("aut", "edt"):
            sub(monograph, RELATORS[person.role], person.name)
    names(book, monograph)
    for kind, value in (("ISBN", publication.isbn), ("CIP", publication.cip_number), ("CLC", publication.clc)):
        if value:
            sub(monograph, "idno", value, type=kind)
    for value in (publication.edition, publication.printing):
        if value:
            sub(monograph, "edition", value)
    imprint = sub(monograph, "imprint")
    for tag, value in (("pubPlace", publication.publisher_place), ("publisher", publication.publisher)):
        if value:
            sub(imprint, tag, value)
    when = iso_date(publication.pub_date)
    sub(imprint, "date", publication.pub_date or "unknown", **({"when": when} if when else {}))
    for kind, value in (("trim", form.trim), ("sheets", form.sheets), ("length", form.word_count)):
        if value:
            sub(sub(monograph, "extent"), "measure", value, type=kind)
    if book.title.series:
        sub(sub(made, "series"), "title", book.title.series, level="s")
    if publication.price:
        sub(made, "note", publication.price, type="price")
    return made


def encoding_description(book: Book, readings: Sequence[Reading]) -> etree._Element:
    """By what rules the text was made."""
    made = element("encodingDesc")
    restored = (book.folder / "source" / "ledger.jsonl").is_file()
    editorial = sub(made, "editorialDecl")
    if restored:
        sub(
            sub(editorial, "correction", method="silent"),
            "p",
            "What the press or the recognition did to marks, blanks and torn lines was mended by rule; each change "
            "stands in source/ledger.jsonl with its rule, from which the raw text can be rebuilt byte for byte.",
        )
    if readings:
        sub(
            sub(editorial, "correction", method="markup"),
            "p",
            "Readings made by a person are marked with choice, sic and corr; the reasons stand in revisionDesc.",
        )
    sub(sub(editorial, "normalization"), "p", "The author's characters and figures are left as they are.")
    sub(sub(editorial, "quotation", marks="all"), "p", "Quotation marks are characters of the text.")
    sub(sub(editorial, "hyphenation", eol="none"), "p", "Lines of the printed book are joined; pb marks its pages.")
    if book.publication.clc:
        taxonomy = sub(sub(made, "classDecl"), "taxonomy", **{ID: "clc"})
        sub(taxonomy, "bibl", "中国图书馆分类法 (Chinese Library Classification)")
    tool = sub(sub(made, "appInfo"), "application", ident="dingben", version=dingben.__version__)
    sub(tool, "label", "dingben")
    return made


def profile_description(book: Book) -> etree._Element:
    """What it is about, and in which language."""
    made = element("profileDesc")
    if book.title.description:
        sub(sub(made, "abstract"), "p", book.title.description)
    sub(sub(made, "langUsage"), "language", book.title.language, ident=book.title.language)
    if book.title.subject or book.publication.clc:
        group = sub(made, "textClass")
        if book.title.subject:
            keywords = sub(group, "keywords")
            for term in book.title.subject.split("—"):
                sub(keywords, "term", term)
        if book.publication.clc:
            sub(group, "classCode", book.publication.clc, scheme="#clc")
    return made
