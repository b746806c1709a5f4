"""The text layer of a PDF (ISO 32000-2, 9.10): characters with boxes, put into lines by PDFium."""

from __future__ import annotations

import ctypes
import unicodedata

import pypdfium2
from pypdfium2 import raw as pdfium

from dingben.scan.model import Box, Character, Page, Region, TextLine, around
from dingben.scan.xml_tree import LayoutError

MOST_PAGES = 20_000
MOST_BROKEN = 0.2
"""Share of characters without a meaning from which on a text layer is broken: fonts without a ToUnicode map."""


def read(content: bytes) -> tuple[list[Page], list[tuple[int, str]]]:
    """Return the pages of a PDF and, by page, what is wrong. Raises LayoutError."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise LayoutError("the PDF is encrypted" if locked else f"the PDF can't be opened: {error}") from None
    try:
        if len(document) > MOST_PAGES:
            raise LayoutError(f"the PDF has {len(document)} pages, more than {MOST_PAGES}")
        pages: list[Page] = []
        faults: list[tuple[int, str]] = []
        for n in range(len(document)):
            page, fault = _page(document, n)
            pages.append(page)
            if fault:
                faults.append((n, fault))
        return pages, faults
    finally:
        document.close()


def _page(document: pypdfium2.PdfDocument, n: int) -> tuple[Page, str]:
    try:
        page = document[n]
    except pypdfium2.PdfiumError as error:
        return Page(()), f"can't be read: {error}"
    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        lines = _lines(text_page, height)
        pictures = any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))
    finally:
        text_page.close()
        page.close()
    characters = [c.text for line in lines for c in line.characters if not c.text.isspace()]
    broken = sum(unicodedata.category(c[0]) in ("Co", "Cn", "Cc") or c == "\ufffd" for c in characters)
    fault = ""
    if characters and broken > MOST_BROKEN * len(characters):
        fault = f"{broken} of {len(characters)} characters of its text layer have no meaning (a font without ToUnicode)"
    elif not characters and pictures:
        fault = "it is a picture without text: it has to be recognised first"
    return Page((Region("text", tuple(lines)),) if lines else (), width, height), fault


def _lines(text_page: pypdfium2.PdfTextPage, height: float) -> list[TextLine]:
    """Return the lines of a page, as PDFium breaks them."""
    lines: list[TextLine] = []
    current: list[Character] = []
    high = 0
    for i in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, i)
        if 0xD800 <= code < 0xDC00:  # UTF-16: PDFium counts the halves of a rare character
            high = code
            continue
        if high and 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        character = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        if character in "\r\n":
            if current:
                lines.append(_line(current))
                current = []
            continue
        if character == "\ufffe" or (character == "\x02"):  # how PDFium marks a hyphen at the end of a line
            character = "-"
        current.append(Character(character, None if character.isspace() else _box(text_page, i, height)))
    if current:
        lines.append(_line(current))
    return lines


def _line(characters: list[Character]) -> TextLine:
    return TextLine(tuple(characters), around([c.box for c in characters if c.box is not None]))


def _box(text_page: pypdfium2.PdfTextPage, i: int, height: float) -> Box | None:
    """Return the box of a character, measured from the head of the page."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not pdfium.FPDFText_GetCharBox(text_page, i, left, right, bottom, top):
        return None
    return Box(left.value, height - top.value, right.value, height - bottom.value)
