"""The cover: type and one colour field, drawn from the metadata by a template."""

from __future__ import annotations

import io
import re
from pathlib import Path

from dingben import titles
from dingben.cache import Cache
from dingben.fonts import fonts_digest
from dingben.html import Templates
from dingben.model import Book
from dingben.resources import read_style
from dingben.styles import variables

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


def cover_of(book: Book) -> bytes:
    """The cover as a JPEG of 1600 × 2560 pixels, from the cache where it was drawn before."""
    lines, size = title_setting(book.title.title)
    html = Templates(book).render("cover.html", lines=lines, size=f"{size:.1f}")
    faces = variables("\n".join(read_style(book.folder, f"{name}.css") for name in ("base", "book")))
    css = f":root {{ {''.join(f'{name}: {value};' for name, value in faces.items())} }}"
    if re.search(r"url\(|import|src\s*=|href\s*=", html + css):  # a template of the book's own, with a picture
        return draw(book.folder, html, css)
    return Cache(book.folder).kept("cover", (html, css, fonts_digest()), lambda: draw(book.folder, html, css))


def draw(folder: Path, html: str, css: str) -> bytes:
    """The page ``html`` of 600 × 960 points as a JPEG."""
    import pypdfium2

    from dingben.typeset import check_fonts, typeset

    check_fonts(variables(css))
    made = typeset(folder, html, [css])
    document = pypdfium2.PdfDocument(made.pdf)
    try:
        image = document[0].render(scale=WIDTH / 600).to_pil().convert("RGB")
    finally:
        document.close()
    out = io.BytesIO()
    image.resize((WIDTH, HEIGHT)).save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()
