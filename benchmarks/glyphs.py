"""Glyph positions of a PDF: origin, size and extent, read with PDFium."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character on a page; lengths in points from the page's lower left corner.

    ``x``, ``y`` are the origin, ``size`` the type size, ``right`` where its advance ends as
    the font has it (a squeezed mark's is its full width).
    """

    page: int
    char: str
    x: float
    y: float
    size: float
    right: float


def read_glyphs(path: Path) -> Iterator[list[Glyph]]:
    """The glyphs of each page in the order of its content, spaces left out."""
    document = pypdfium2.PdfDocument(path)
    try:
        for number, page in enumerate(document):
            text = page.get_textpage()
            yield [g for i in range(text.count_chars()) for g in glyphs_at(text.raw, number, i)]
            text.close()
            page.close()
    finally:
        document.close()


def glyphs_at(text: object, page: int, index: int) -> list[Glyph]:
    """One character, or two for a long dash; none for spaces and for characters that PDFium adds."""
    code = pdfium.FPDFText_GetUnicode(text, index)
    char = chr(code) if code else ""
    if not char.strip() or char == "\u200b" or pdfium.FPDFText_IsGenerated(text, index) == 1:
        return []
    x, y, box, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    pdfium.FPDFText_GetCharOrigin(text, index, x, y)
    pdfium.FPDFText_GetLooseCharBox(text, index, box)
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    size = pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.b, matrix.d)
    if char == "\u2e3a":  # two-em dash: what some fonts make of ——
        half = x.value + size
        return [Glyph(page, "—", x.value, y.value, size, half), Glyph(page, "—", half, y.value, size, half + size)]
    return [Glyph(page, plain(char), x.value, y.value, size, box.right)]


def plain(char: str) -> str:
    """Normalise radicals and compatibility forms, which printing programs confuse with characters."""
    if "\u2e80" <= char <= "\u2fdf" or "\uf900" <= char <= "\ufaff":
        return unicodedata.normalize("NFKC", char)
    return "…" if char == "⋯" else char
