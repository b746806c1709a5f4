"""Where the glyphs of a PDF stand, read with PDFium."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from itertools import groupby

import pypdfium2
import pypdfium2.raw as pdfium


@dataclass(frozen=True)
class Glyph:
    """A character, the origin of its glyph in points from the page's lower left corner, and its size."""

    char: str
    x: float
    y: float
    size: float


def pages(pdf: bytes) -> list[list[Glyph]]:
    """The glyphs of each page in the order of the file, blanks left out."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text = pdfium.FPDFText_LoadPage(page.raw)
        x, y, matrix = ctypes.c_double(), ctypes.c_double(), pdfium.FS_MATRIX()
        glyphs = []
        for i in range(pdfium.FPDFText_CountChars(text)):
            char = chr(pdfium.FPDFText_GetUnicode(text, i))
            if char.isspace() or pdfium.FPDFText_IsGenerated(text, i):
                continue
            pdfium.FPDFText_GetCharOrigin(text, i, x, y)
            pdfium.FPDFText_GetMatrix(text, i, matrix)
            glyphs.append(Glyph(char, x.value, y.value, matrix.a * pdfium.FPDFText_GetFontSize(text, i)))
        pdfium.FPDFText_ClosePage(text)
        found.append(glyphs)
    return found


def lines(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """Glyphs on one baseline, in order."""
    return [list(group) for _, group in groupby(glyphs, key=lambda g: round(g.y, 1))]


def text(line: list[Glyph]) -> str:
    """The characters of a line."""
    return "".join(g.char for g in line)
