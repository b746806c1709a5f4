"""Read the text of an EPUB, HTML or TEI edition back for collation, in reading order.

Roles and classes of HTML, and elements of TEI, show what does not belong to the text of the book.
:mod:`dingben.formats.pdf.read_text` does the same for a PDF.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Sequence

from lxml import etree

from dingben.book.model import GENERATED_ROLES
from dingben.document.collation import EditionSegment, EditionText
from dingben.document.plain import normalize
from dingben.formats.xml import OPS, find_all
from dingben.system.xml import safe_parser

WITHOUT_FILE = GENERATED_ROLES - {"loi", "lot"}
"""Roles of divisions that always come from the metadata; a list of figures or tables may be a text of the book."""
HIDDEN_ELEMENTS = frozenset({"script", "style", "title", "nav", "svg", "rp"})
NUMBERS = frozenset({"note-number"})
TEI = "http://www.tei-c.org/ns/1.0"
TEI_SILENT = frozenset({"sic", "gap", "figDesc"})
NOTES = frozenset({"footnote", "endnote", "rearnote", "note"})


def text_of_epub(data: bytes) -> EditionText:
    """Return body text and notes of an EPUB in spine order, without generated pages."""
    body: list[str] = []
    notes: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".opf"))
        package = etree.fromstring(archive.read(name), safe_parser())
        files = {item.get("id"): item.get("href") for item in find_all(package, "opf:manifest/opf:item")}
        for item in find_all(package, "opf:spine/opf:itemref"):
            path = posixpath.join(posixpath.dirname(name), str(files[item.get("idref")]))
            root = etree.fromstring(archive.read(path), safe_parser())
            for part in find_all(root, "h:body"):
                if not is_generated(part):
                    collect_html(part, body, notes)
    return edition_text(body, notes)


def text_of_html(pages: Sequence[bytes]) -> EditionText:
    """Return body text and notes of HTML pages: the content of ``main``."""
    body: list[str] = []
    notes: list[str] = []
    for page in pages:
        for main in etree.fromstring(page, etree.HTMLParser(encoding="utf-8")).iter("main"):
            collect_html(main, body, notes)
    return edition_text(body, notes)


def text_of_tei(data: bytes) -> EditionText:
    """Return body text and notes of the divisions of a TEI document, without those generated from metadata."""
    body: list[str] = []
    notes: list[str] = []
    for part in etree.fromstring(data, safe_parser()).iter(f"{{{TEI}}}div"):
        parent = part.getparent()
        top = parent is not None and etree.QName(parent).localname in ("front", "body", "back")
        if top and part.get("type") not in WITHOUT_FILE:
            collect_tei(part, body, notes)
    return edition_text(body, notes)


def collect_tei(element: etree._Element, into: list[str], notes: list[str]) -> None:
    """Append the text of a TEI element to ``into`` and its notes to ``notes``; of a ``choice``, ``corr`` only."""
    kind = etree.QName(element).localname
    if kind in TEI_SILENT:
        return
    if kind == "note":
        into = notes
    into.append(element.text or "")
    for child in element:
        collect_tei(child, into, notes)
        into.append(child.tail or "")


def edition_text(body: Sequence[str], notes: Sequence[str]) -> EditionText:
    """Build an edition text of one segment each for body and notes."""
    return EditionText((EditionSegment(normalize("".join(body))),), (EditionSegment(normalize("".join(notes))),))


def is_generated(body: etree._Element) -> bool:
    """Return whether the body of a content document holds a generated page, or the contents."""
    kinds = [str(e.get(f"{{{OPS}}}type") or "") for e in (body, *body)]
    return any(kind in WITHOUT_FILE for value in kinds for kind in value.split())


def collect_html(element: etree._Element, into: list[str], notes: list[str]) -> None:
    """Append the text of an element to ``into``, and that of notes in it to ``notes``."""
    if not isinstance(element.tag, str) or element.tag.rpartition("}")[2] in HIDDEN_ELEMENTS:
        return
    if element.keys():  # most elements have none
        classes = set((element.get("class") or "").split())
        kinds = set((element.get(f"{{{OPS}}}type") or "").split())
        roles = set((element.get("role") or "").split())
        if kinds & {"noteref", "backlink"} or roles & {"doc-noteref", "doc-backlink"} or classes & NUMBERS:
            return
        if kinds & NOTES or roles & {"doc-footnote", "doc-endnote"}:
            into = notes
    into.append(element.text or "")
    for child in element:
        collect_html(child, into, notes)
        into.append(child.tail or "")
