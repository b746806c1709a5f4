"""What of a file from a stranger may not reach an external checker: DTDs, entities, archives that swell.

The parsers of the checkers are not ours: jing's, EPUBCheck's and veraPDF's follow a DTD to the network and an entity
to a local file (CWE-611), and expand entities without end (CWE-776). So each XML file is parsed here first, by a
parser that opens nothing, and one with such declarations is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree

from dingben.system.xml import safe_parser

LARGEST_XML = 256 * 1024**2
"""Bytes of one XML file."""

LARGEST_EPUB = 2 * 1024**3
"""Bytes that an EPUB may have when it is unpacked."""

MOST_FILES = 50_000
MOST_PACKED = 200
"""How many times its packed size a file of more than 1 MB may have."""

XML_FILES = (".xml", ".xhtml", ".html", ".htm", ".opf", ".ncx", ".svg", ".smil", ".pls", ".xpgt")
"""Names of files in an EPUB that a checker parses as XML."""

REMOTE = re.compile(
    rb"""(?:src|poster|data)\s*=\s*["']\s*(?:https?:|//)|url\(\s*["']?\s*(?:https?:|//)""", re.IGNORECASE
)
SCRIPT = re.compile(rb"<(?:[a-z]+:)?script\b|\son[a-z]+\s*=|javascript:", re.IGNORECASE)


def xml_faults(content: bytes, name: str = "", *, public_doctype: bool = False) -> list[str]:
    """Return what forbids to show an XML document to a checker.

    ``public_doctype``: whether the document type may be one of the web's (XHTML, NCX), which the checker has at hand.
    """
    before = f"{name}: " if name else ""
    if len(content) > LARGEST_XML:
        return [f"{before}larger than {LARGEST_XML // 1024**2} MB"]
    try:
        tree = etree.ElementTree(etree.fromstring(content, safe_parser()))
    except (etree.XMLSyntaxError, ValueError) as error:
        return [f"{before}not well-formed XML: {error}"]
    info: Any = tree.docinfo
    if not info.doctype:
        return []
    if info.internalDTD is not None and any(info.internalDTD.iterentities()):
        return [f"{before}declares entities; it is not shown to a checker"]
    if public_doctype and (info.public_id or not info.system_url) and not declares(content):
        return []
    return [f"{before}has a DOCTYPE; it is not shown to a checker"]


def declares(content: bytes) -> bool:
    """Whether a document seems to have declarations of its own within the DOCTYPE, whatever its encoding."""
    head = content.replace(b"\0", b"")
    return any(word in head for word in (b"<!ENTITY", b"<!ATTLIST", b"<!ELEMENT", b"<!NOTATION"))


def epub_faults(path: Path) -> tuple[str, ...]:
    """Return what forbids to show an EPUB to a checker: it swells, or its XML declares entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(swelling(archive)) or tuple(declarations(archive))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return ()  # a damaged file is a checker's business


def swelling(archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield what makes an archive too large to unpack (CWE-409)."""
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        yield f"more than {MOST_FILES:,} files"
    if sum(entry.file_size for entry in entries) > LARGEST_EPUB:
        yield f"more than {LARGEST_EPUB // 1024**3} GB unpacked"
    for entry in entries:
        if entry.file_size > 1_000_000 and entry.file_size > MOST_PACKED * max(1, entry.compress_size):
            yield f"{entry.filename}: {entry.file_size:,} bytes from {entry.compress_size:,}"
            return


def declarations(archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield the XML files that declare entities or name a DTD of their own."""
    for entry in archive.infolist():
        if entry.filename.lower().endswith(XML_FILES) and entry.file_size <= LARGEST_XML:
            yield from xml_faults(archive.read(entry), entry.filename, public_doctype=True)


def active_content(path: Path) -> str:
    """Return what in an EPUB a browser would run or fetch; empty where nothing is found."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename.lower().endswith((*XML_FILES, ".css")):
                    content = archive.read(entry)
                    if SCRIPT.search(content):
                        return f"{entry.filename} has a script"
                    if REMOTE.search(content):
                        return f"{entry.filename} names a file on the network"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return "the archive can't be read"
    return ""


def pdf_faults(path: Path) -> tuple[str, ...]:
    """Return what forbids to show a PDF to veraPDF, which parses its XMP metadata as XML (ISO 16684-1)."""
    try:
        with pikepdf.open(path) as document:
            streams = [
                each.read_bytes()
                for each in document.objects
                if isinstance(each, pikepdf.Stream) and each.get("/Type") == pikepdf.Name.Metadata
            ]
    except (pikepdf.PdfError, OSError, ValueError):
        return ()
    return tuple(f"XMP metadata: {fault}" for each in streams if declares(each) for fault in ["has a DTD of its own"])
