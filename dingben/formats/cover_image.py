"""Front cover as a JPEG: the book's own picture, or a typographic cover rendered from a template."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dingben.book.model import Book
from dingben.book.resources import inside, is_file, read_style
from dingben.book.toml import place_of_key
from dingben.diagnostics import Diagnostic
from dingben.document.images import read_picture
from dingben.errors import SourceError
from dingben.language import title_breaks
from dingben.system.cache import Cache
from dingben.system.fonts import fonts_digest
from dingben.theme.stylesheets import variables
from dingben.theme.templates import Templates
from dingben.typeset.engine import load

if TYPE_CHECKING:
    from PIL import Image

WIDTH, HEIGHT = 1600, 2560
"""Cover size in pixels that stores ask for, 1 to 1.6."""

MIN_PIXELS = (1000, 1600)
"""Smallest recommended size of the book's own picture: below, it is coarse on a tablet."""

ASPECT_RATIOS = (1.25, 1.8)
"""Recommended ratios of height to width for e-readers."""

TITLE_WIDTH = 440.0
"""Width for the title in points, on a page of 600."""


def title_setting(title: str) -> tuple[tuple[str, ...], float]:
    """Return the title's lines and font size in points: as large as the longest line allows."""
    best: tuple[tuple[str, ...], float] = ((title,), 0.0)
    for longest in (6, 8, 10, 12, 14, 18, 24):
        lines = title_breaks.lines_of(title, longest)
        size = min(72.0, TITLE_WIDTH / max(width_of(line) for line in lines), 260 / (1.5 * len(lines)))
        if size > best[1] + 1:
            best = (lines, size)
    return best


def width_of(line: str) -> float:
    """Return the width of a line in em, Latin letters counted as about half."""
    return sum(0.55 if char < "\u0250" else 1.0 for char in line) or 1.0


def cover_jpeg(book: Book) -> bytes:
    """Return the cover as a JPEG: the book's own picture, or 1600 × 2560 pixels drawn from the template or cached.

    Raises DingbenError.
    """
    if book.title.cover:
        return custom_cover(book)
    html, css = cover_page(book)
    key = cache_key(html, css)
    if key is None:
        return draw_cover(book.folder, html, css)
    return Cache(book.folder).get_or_create("cover", key, lambda: draw_cover(book.folder, html, css))


def cached_cover(book: Book) -> bytes | None:
    """Return the cover if it is in the cache. Raises DingbenError."""
    key = None if book.title.cover else cache_key(*cover_page(book))
    return Cache(book.folder).get("cover", key) if key else None


def cover_page(book: Book) -> tuple[str, str]:
    """Return the HTML and CSS of the cover."""
    lines, size = title_setting(book.title.title)
    html = Templates(book).render("cover.html", lines=lines, size=f"{size:.1f}")
    faces = variables(
        "\n".join(read_style(book.folder, f"{name}.css", book.design) for name in ("base", "design", "book"))
    )
    return html, f":root {{ {''.join(f'{name}: {value};' for name, value in faces.items())} }}"


def cache_key(html: str, css: str) -> tuple[str, ...] | None:
    """Return what the drawn cover depends on; None where that includes other files: a template with a picture."""
    if re.search(r"url\(|import|src\s*=|href\s*=", html + css):
        return None
    return html, css, fonts_digest()


def custom_picture(book: Book) -> Image.Image:
    """Open ``[book] cover``, upright. Raises SourceError where it is missing, invalid, outside the book, or SVG."""
    from PIL import ImageOps

    name, place = book.title.cover or "", place_of_key(book.folder, "book", "cover")
    source = book.folder / "source"
    path = inside(source, source / name, location=place)
    if not is_file(path):
        raise SourceError(f"picture {name} does not exist", hint=f"It must be in {source}.", location=place)
    picture = read_picture(path, name, place)
    if picture.media_type == "image/svg+xml":
        hint = "Use a PNG or JPEG of 1600 × 2560 pixels, or a templates/cover.html."
        raise SourceError("the cover must not be SVG: old e-readers cannot show it", hint=hint, location=place)
    return ImageOps.exif_transpose(picture.open())


def custom_cover(book: Book) -> bytes:
    """Return the book's own picture as a JPEG of at most 1600 × 2560 pixels, on white."""
    from PIL import Image

    picture = custom_picture(book).convert("RGBA")
    picture.thumbnail((WIDTH, HEIGHT))
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A"))
    out = io.BytesIO()
    page.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def cover_diagnostics(book: Book) -> list[Diagnostic]:
    """Warn of an unusual size or shape of the book's own cover."""
    if not book.title.cover:
        return []
    width, height = custom_picture(book).size
    place = place_of_key(book.folder, "book", "cover")
    found = []
    if width < MIN_PIXELS[0] or height < MIN_PIXELS[1]:
        found.append(f"the cover is small: {width} × {height} pixels")
    if not ASPECT_RATIOS[0] <= height / width <= ASPECT_RATIOS[1]:
        found.append(f"the aspect ratio of the cover is unusual: {height / width:.2f} times as high as wide")
    return [Diagnostic(message, f"Stores ask for {WIDTH} × {HEIGHT} pixels.", place) for message in found]


def draw_cover(folder: Path, html: str, css: str) -> bytes:
    """Render the page ``html`` of 600 × 960 points as a JPEG."""
    import pypdfium2

    load.load()
    from dingben.typeset import LayoutOptions, typeset_page
    from dingben.typeset.options import check_fonts

    check_fonts(variables(css))
    page = typeset_page(html, LayoutOptions(folder, (css,)))
    document = pypdfium2.PdfDocument(page.pdf)
    try:
        image = document[0].render(scale=WIDTH / 600).to_pil().convert("RGB")
    finally:
        document.close()
    out = io.BytesIO()
    image.resize((WIDTH, HEIGHT)).save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()
