"""What a file is, by its content: https://www.iana.org/assignments/media-types, and the formats of OCR engines."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

LayoutKind = Literal["alto", "page-xml", "hocr", "abbyy", "pdf"]
LAYOUT_KINDS: frozenset[str] = frozenset(("alto", "page-xml", "hocr", "abbyy", "pdf"))

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"GIF8", "a GIF picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"AT&TFORM", "a DjVu document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word document"),
    (b"SQLite format 3\0", "a database"),
)
HINTS: dict[str, str] = {
    "picture": "let an OCR engine read it, for example: tesseract PAGE.png PAGE -l chi_sim alto",
    "DjVu": "djvused or ddjvu -format=pdf makes of it what can be read",
    "RTF": "save it as text, or convert it: pandoc FILE.rtf -t markdown -o FILE.md",
    "Word": "convert it: pandoc FILE.docx -t markdown -o FILE.md",
    "EPUB": "convert it: pandoc FILE.epub -t markdown -o FILE.md",
    "OpenDocument": "convert it: pandoc FILE.odt -t markdown -o FILE.md",
    "archive": "unpack it, and name the files",
    "JSON": "give the Markdown that the engine wrote beside it",
}
"""What to do, by a word of the description."""

HEAD = 4096
"""Bytes in which an XML or HTML document says what it is."""
ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?(?P<name>[\w.-]+)")
COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)
ROOTS: dict[bytes, LayoutKind] = {b"alto": "alto", b"PcGts": "page-xml"}
OCR_CLASS = re.compile(rb"class\s*=\s*[\"'](?:[\w-]+ )*ocrx?_(?:page|line|word|carea)\b")
ENGINE_JSON = re.compile(rb"\s*[\[{]\s*(?:\{\s*)?\"(?:type|pdf_info|layout_dets|res|rec_texts)\"")
"""Beginning of what MinerU and PaddleOCR write."""
ABBYY = b"abbyy.com/FineReader_xml"
NARROW = (b"\xff\xfe", b"\xfe\xff")


def layout_kind(content: bytes) -> LayoutKind | None:
    """Return the page layout format that a file is in; None if it is in none of them."""
    if b"%PDF-" in content[:1024]:
        return "pdf"
    head = content[:HEAD].removeprefix(b"\xef\xbb\xbf")
    if content[:2] in NARROW:
        head = content[:HEAD].decode("utf-16", "ignore").encode()
    if head.lstrip()[:1] != b"<":
        return None
    root = ROOT.search(COMMENT.sub(b"", head))
    if root is None:
        return None
    name = root["name"]
    if name in ROOTS:
        return ROOTS[name]
    if name == b"document" and ABBYY in head:
        return "abbyy"
    if name.lower() == b"html" and OCR_CLASS.search(content):
        return "hocr"
    return None


def foreign_kind(content: bytes) -> str:
    """Return what a file is that is no text ("a PNG picture"); empty if it may be text."""
    for signature, description in SIGNATURES:
        if content.startswith(signature):
            return description
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "a WebP picture"
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content)
    if ENGINE_JSON.match(content):
        return "JSON of an OCR engine"
    return ""


def hint_for(description: str) -> str:
    """Return what to do with a file of this description."""
    default = "give the text that the OCR engine wrote"
    return next((hint for word, hint in HINTS.items() if word in description), default)


def _zip_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[:2000]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "a damaged ZIP archive"
    if "META-INF/container.xml" in names:
        return "an EPUB"
    if "word/document.xml" in names:
        return "a Word document"
    if "content.xml" in names and "mimetype" in names:
        return "an OpenDocument text"
    pictures = sum(name.lower().endswith((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")) for name in names)
    return "a ZIP archive of page pictures" if pictures * 2 > len(names) else "a ZIP archive"
