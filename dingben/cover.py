"""The cover: type and one colour field, drawn from the metadata by a template."""

from __future__ import annotations

import io

import pypdfium2

from dingben import titles
from dingben.html import Templates
from dingben.model import Book
from dingben.styles import stylesheet, variables
from dingben.typeset import check_fonts, typeset

WIDTH, HEIGHT = 1600, 2560
"""Pixels: what stores ask of a cover, 1 to 1.6."""

ROOM = 440.0
"""Points across, for the title on a page of 600."""


def title_setting(title: str) -> tuple[tuple[str, ...], float]:
    """The title's lines and their type size in points: as large as the longest line allows."""
    best: tuple[tuple[str, ...], float] = ((title,), 0.0)
    for longest in (6, 8, 10, 12, 14, 18, 24):
        lines = titles.lines_of(title, longest)
        size = min(72.0, ROOM / max(width_of(line) for line in lines), 260 / (1.5 * len(lines)))
        if size > best[1] + 1:
            best = (lines, size)
    return best


def width_of(line: str) -> float:
    """The line's width in em, Latin letters counted as half."""
    return sum(0.55 if char < "\u0250" else 1.0 for char in line) or 1.0


def make_cover(book: Book) -> bytes:
    """The cover as a JPEG of 1600 × 2560 pixels."""
    css = stylesheet(book.folder, "print")
    check_fonts(variables(css))
    lines, size = title_setting(book.title.title)
    html = Templates(book).render("cover.html", lines=lines, size=f"{size:.1f}")
    root = "".join(f"{name}: {value};" for name, value in variables(css).items())
    made = typeset(book.folder, html, [f":root {{ {root} }}"])
    document = pypdfium2.PdfDocument(made.pdf)
    try:
        image = document[0].render(scale=WIDTH / 600).to_pil().convert("RGB")
    finally:
        document.close()
    out = io.BytesIO()
    image.resize((WIDTH, HEIGHT)).save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()
