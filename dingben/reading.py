"""The text of an edition, read back out of its bytes in reading order.

Of a PDF, the structure tree tells the order and what is no text of the book: running heads
and folios are artifacts and not in it, generated pages have their names
(:mod:`dingben.structure`), notes are Notes, their numbers Reference and Lbl. Glyphs become
characters by the fonts' ToUnicode maps, as when a reader copies. In XHTML and HTML, roles
and classes tell the same.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import lxml.html
import pikepdf
from lxml import etree

from dingben.collate import Piece, Reading, normal
from dingben.model import GENERATED_ROLES
from dingben.pictures import safe_parser
from dingben.xhtml import OPS, find_all

# -- PDF

SILENT = frozenset({"/Figure", "/Formula", "/Lbl", "/Reference"})
"""Elements whose text is none of the book's: words in drawings, numbers of notes and lists."""

GENERATED_TITLES = GENERATED_ROLES | {"generated"}
"""Titles that :mod:`dingben.structure` gives to what templates and styles have made."""

MARKED = re.compile(rb"/MCID\s+(\d+)[^>]*>>\s*BDC(.*?)\bEMC\b", re.DOTALL)
FONT = re.compile(rb"/(\S+)\s+[-+.\d]+\s+Tf\b")
SHOWN = re.compile(rb"<([0-9A-Fa-f]*)>")
ACTUAL = re.compile(rb"/Span\s*<<\s*/ActualText\s*<FEFF([0-9A-Fa-f]*)>\s*>>\s*BDC.*?\bEMC\b", re.DOTALL | re.IGNORECASE)
SAID = re.compile(rb"/Actual<([0-9A-Fa-f]*)>")
DRAWN = re.compile(rb"/(\S+)\s+Do\b")
MAPPED = re.compile(rb"(beginbfchar|beginbfrange)(.*?)endbf", re.DOTALL)
HYPHENS = ("\u2010", "-")
"""What may stand at the end of a line where a Western word is divided."""


class Meanings(dict[int, str]):
    """The characters of each code; a code without any is the replacement character U+FFFD."""

    def __missing__(self, code: int) -> str:
        return "\ufffd"


Glyphs = tuple[int, Meanings]
"""Bytes of a code, and what the codes mean."""


def text_of_pdf(data: bytes) -> Reading:
    """Text and notes of a tagged PDF that dingben made; nothing of a PDF without a structure tree."""
    with pikepdf.open(io.BytesIO(data)) as document:
        reader = PdfReader()
        for element in kids(document.Root.get("/StructTreeRoot", {})):
            reader.walk(element, reader.body)
        return Reading(tuple(reader.body), tuple(reader.notes), drawn=True)


def kids(element: Any) -> Iterator[Any]:
    """The children of a structure element: elements, references to marked content, or bare numbers of such."""
    content = element.get("/K")
    if isinstance(content, pikepdf.Array):
        yield from content
    elif content is not None:
        yield content


@dataclass(slots=True)
class PdfReader:
    """Walks a structure tree; ``pages`` and ``fonts`` are kept by object number."""

    body: list[Piece] = field(default_factory=list)
    notes: list[Piece] = field(default_factory=list)
    pages: dict[tuple[int, int], dict[int, str]] = field(default_factory=dict)
    fonts: dict[tuple[int, int], Glyphs] = field(default_factory=dict)
    last_head: str = ""

    def walk(self, element: Any, into: list[Piece]) -> None:
        """Add the text of an element to ``into``, and that of a Note to the notes."""
        kind = str(element.get("/S", ""))
        if kind in SILENT or ("/T" in element and str(element.T) in GENERATED_TITLES):
            return
        if kind == "/Note":
            into = self.notes
        start = len(into)
        texts = None
        for kid in kids(element):
            if isinstance(kid, int):
                texts = texts or self.page(element.Pg)
                into += pieces(texts.get(kid, ""))
            elif "/S" in kid:
                self.walk(kid, into)
            elif "/MCID" in kid:
                into += pieces(self.page(kid.get("/Pg", element.Pg)).get(int(kid.MCID), ""))
        if kind == "/THead":
            into[start:] = [self.head("".join(piece.text for piece in into[start:]))]

    def head(self, text: str) -> Piece:
        """The head of a table: where it is the same as the last one, it may be that one printed again on a new page."""
        again = text == self.last_head
        self.last_head = text
        return Piece(text, optional=again)

    def page(self, page: Any) -> dict[int, str]:
        """The text of each marked content of a page, by MCID."""
        key = page.objgen
        if key not in self.pages:
            self.pages[key] = {}
            streams = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
            content = b"\n".join(stream.read_bytes() for stream in streams)
            self.read(content, page.get("/Resources", {}), self.pages[key])
        return self.pages[key]

    def read(self, content: bytes, resources: Any, found: dict[int, str]) -> None:
        """Add the text of a content stream's marked contents to ``found``, and of the groups that it draws."""
        fonts: dict[bytes, Glyphs] = {}
        content = ACTUAL.sub(rb"/Actual<\1>", content)
        for number, marked in MARKED.findall(content):
            glyphs: Glyphs = (2, Meanings())
            text, at = "", 0
            for font in FONT.finditer(marked):
                text += decoded(marked[at : font.start()], glyphs)
                at = font.end()
                if font[1] not in fonts:
                    fonts[font[1]] = self.glyphs(resources.get("/Font", {}).get(f"/{font[1].decode('latin-1')}"))
                glyphs = fonts[font[1]]
            found[int(number)] = text + decoded(marked[at:], glyphs)
        for name in DRAWN.findall(content):
            form = resources.get("/XObject", {}).get(f"/{name.decode('latin-1')}")
            if form is not None and form.get("/Subtype") == "/Form":
                self.read(form.read_bytes(), form.get("/Resources", resources), found)

    def glyphs(self, font: Any) -> Glyphs:
        """What the font's codes mean."""
        if font is None or "/ToUnicode" not in font:
            return (2, Meanings())
        key = font.objgen
        if key not in self.fonts:
            self.fonts[key] = to_unicode(font.ToUnicode.read_bytes())
        return self.fonts[key]


def to_unicode(cmap: bytes) -> Glyphs:
    """A ToUnicode map read: PDF 32000-1:2008, 9.10.3."""
    width = re.search(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>", cmap)
    found = Meanings()
    for kind, rows in MAPPED.findall(cmap):
        values = SHOWN.findall(rows)
        if kind == b"beginbfchar":
            found.update((int(c, 16), characters(text)) for c, text in zip(values[::2], values[1::2], strict=False))
            continue
        for first, last, text in zip(values[::3], values[1::3], values[2::3], strict=False):
            start = characters(text)
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = start[:-1] + chr(ord(start[-1]) + step)
    return (len(width[1]) // 2 if width else 2, found)


def characters(hexadecimal: bytes) -> str:
    """UTF-16 in hexadecimal as text."""
    return bytes.fromhex(hexadecimal.decode("ascii")).decode("utf-16-be", "replace")


def decoded(shown: bytes, glyphs: Glyphs) -> str:
    """The characters of all strings shown, and those said to be meant (PDF 32000-1:2008, 14.9.4)."""
    if said := SAID.search(shown):
        before, after = shown[: said.start()], shown[said.end() :]
        return decoded(before, glyphs) + characters(said[1]) + decoded(after, glyphs)
    width, meaning = glyphs
    codes = bytes.fromhex(b"".join(SHOWN.findall(shown)).decode("ascii"))
    numbers = codes if width == 1 else struct.unpack(f">{len(codes) // 2}H", codes)
    return "".join(map(meaning.__getitem__, numbers))


def pieces(text: str) -> list[Piece]:
    """The text of a marked content; a hyphen at its end may divide a word."""
    text = normal(text)
    if text.endswith(HYPHENS):
        return [Piece(text[:-1]), Piece(text[-1], optional=True)]
    return [Piece(text)] if text else []


# -- XHTML and HTML

UNSHOWN = frozenset({"script", "style", "title", "nav", "svg", "rp"})
NUMBERS = frozenset({"note-number"})
TEI = "http://www.tei-c.org/ns/1.0"
TEI_SILENT = frozenset({"sic", "gap", "figDesc"})
NOTES = frozenset({"footnote", "endnote", "rearnote", "note"})


def text_of_epub(data: bytes) -> Reading:
    """Text and notes of an EPUB, in the order of its spine; generated pages left out."""
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
                    gather(part, body, notes)
    return reading(body, notes)


def text_of_html(pages: Sequence[bytes]) -> Reading:
    """Text and notes of HTML pages: what stands in their ``main``."""
    body: list[str] = []
    notes: list[str] = []
    for page in pages:
        for main in lxml.html.document_fromstring(page, parser=lxml.html.HTMLParser(encoding="utf-8")).iter("main"):
            gather(main, body, notes)
    return reading(body, notes)


def text_of_tei(data: bytes) -> Reading:
    """Text and notes of a TEI document's divisions; the leaves made from the metadata are left out."""
    body: list[str] = []
    notes: list[str] = []
    for part in etree.fromstring(data, safe_parser()).iter(f"{{{TEI}}}div"):
        parent = part.getparent()
        top = parent is not None and etree.QName(parent).localname in ("front", "body", "back")
        if top and part.get("type") not in GENERATED_ROLES:
            gather_tei(part, body, notes)
    return reading(body, notes)


def gather_tei(element: etree._Element, into: list[str], notes: list[str]) -> None:
    """Append the text of a TEI element to ``into``, its notes to ``notes``; corrected words only."""
    kind = etree.QName(element).localname
    if kind in TEI_SILENT:
        return
    if kind == "note":
        into = notes
    into.append(element.text or "")
    for child in element:
        gather_tei(child, into, notes)
        into.append(child.tail or "")


def reading(body: Sequence[str], notes: Sequence[str]) -> Reading:
    """A reading in two pieces."""
    return Reading((Piece(normal("".join(body))),), (Piece(normal("".join(notes))),))


def is_generated(body: etree._Element) -> bool:
    """Whether the body of an EPUB's file holds a page that a template made, or the contents."""
    kinds = [str(e.get(f"{{{OPS}}}type") or "") for e in (body, *body)]
    return any(kind in GENERATED_ROLES - {"loi", "lot"} for value in kinds for kind in value.split())


def gather(element: etree._Element, into: list[str], notes: list[str]) -> None:
    """Append the text of an element to ``into``, that of the notes in it to ``notes``."""
    if not isinstance(element.tag, str) or element.tag.rpartition("}")[2] in UNSHOWN:
        return
    classes = set((element.get("class") or "").split())
    kinds = set((element.get(f"{{{OPS}}}type") or "").split())
    roles = set((element.get("role") or "").split())
    if kinds & {"noteref", "backlink"} or roles & {"doc-noteref", "doc-backlink"} or classes & NUMBERS:
        return
    if kinds & NOTES or roles & {"doc-footnote", "doc-endnote"}:
        into = notes
    into.append(element.text or "")
    for child in element:
        gather(child, into, notes)
        into.append(child.tail or "")
