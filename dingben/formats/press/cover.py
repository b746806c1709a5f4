"""Press cover: back, spine and front on one sheet, with the bar code of the ISBN.

The spine width is the thickness of the block: half the pages, times ``[print] paper``. Chinese runs down the spine
upright, one character below the other, with vertical punctuation; other scripts are rotated to the right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from dingben.book.model import Book
from dingben.diagnostics import Diagnostic, Location
from dingben.formats.cover_image import custom_picture, title_setting, width_of
from dingben.formats.missing_glyphs import require_glyphs
from dingben.formats.press import barcode
from dingben.formats.press.block import (
    PressOptions,
    PressResult,
    make_press,
    printing_condition,
    resource_name,
    slug_specimen,
)
from dingben.language import isbn
from dingben.language.strings import imprint_labels, script_of
from dingben.theme.page_geometry import POINTS, trim_size
from dingben.theme.stylesheets import stylesheet, variables
from dingben.theme.templates import Templates, imprint_rows
from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.options import check_fonts

MIN_SPINE_MM = 6.0
"""Narrowest spine with text in mm: folding is off by up to one."""

LATIN_WIDTH = 0.6
"""Upper estimate of a Latin letter's width in em."""

MAX_BYLINE = 10
"""Longest author statement on a spine, in characters."""

PANEL, PADDING = 0.55, 8.0
"""The panel on the back: share of the height, and mm within."""

BLURB_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0)

UPRIGHT = str.maketrans(
    "，、。：；！？（）《》〈〉【】「」『』“”‘’—…～", "︐︑︒︓︔︕︖︵︶︽︾︿﹀︻︼﹁﹂﹃﹄﹃﹄﹁﹂︱︙︴"
)
"""Vertical punctuation (Unicode presentation forms; quotation marks by GB/T 15834, 5.2)."""

CELL = re.compile(
    r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’.\- ]*[A-Za-z\u00c0-\u024f.]|[A-Za-z]|\d{1,2}(?!\d)|\d+|\s+|."
)


@dataclass(frozen=True, slots=True)
class SpineCell:
    """A piece of a spine's text: upright, or rotated to the right; ``length`` in em along the spine."""

    text: str
    turned: bool
    length: float


@dataclass(frozen=True, slots=True)
class SpineLine:
    """A text on the spine, with its font size in mm."""

    cells: tuple[SpineCell, ...]
    size: float


@dataclass(frozen=True, slots=True)
class Blurb:
    """A text for the back cover, with its font size in points."""

    text: str
    size: float


@dataclass(frozen=True, slots=True)
class CoverGeometry:
    """Dimensions of the cover in mm; ``width`` and ``height`` are those of the trimmed front."""

    width: float
    height: float
    spine: float
    bleed: float

    @property
    def sheet(self) -> tuple[float, float]:
        """Width and height of the sheet with bleed."""
        return 2 * self.width + self.spine + 2 * self.bleed, self.height + 2 * self.bleed


def make_press_cover(
    book: Book, pages: int, slug: str, modified: datetime
) -> tuple[PressResult, tuple[Diagnostic, ...]]:
    """Return the cover of a book of ``pages`` pages as a press PDF, and diagnostics."""
    css = stylesheet(book.folder, "jacket", design=book.design)
    check_fonts(variables(css))
    width, height, _ = trim_size(book.format)
    spread = CoverGeometry(width, height, round(pages / 2 * book.press.paper, 2), book.press.bleed)
    findings: list[Diagnostic] = []
    picture = book.title.cover
    if picture:
        custom_picture(book)  # raises an error with its place
    html = Templates(book).render(
        "jacket.html",
        spread=spread,
        front=title_setting(book.title.title),
        spine=spine_lines(book, spread, findings),
        code=barcode_data(book, findings),
        price=price_row(book),
        blurb=fit_blurb(book, spread, findings),
        picture=quote(picture) if picture else None,
        face=variables(css).get("--hei", "sans-serif"),
    )
    sheet = typeset_page(html, LayoutOptions(book.folder, (css,)))
    require_glyphs(sheet.missing_characters, book)
    job = PressOptions(
        title=book.title.title,
        author=book.byline,
        slug=f"{slug}-cover",
        inks=printing_condition(book),
        modified=modified,
        specimen=slug_specimen(book),
        bleed=spread.bleed * POINTS,
        included=spread.bleed * POINTS,
        folds=(spread.width * POINTS, (spread.width + spread.spine) * POINTS) if spread.spine else (),
        note=f"spine {spread.spine:g} mm",
        names={resource_name(picture): picture} if picture else None,
    )
    return make_press(sheet.pdf, job), (*sheet.warnings, *findings)


# -- the spine


def spine_lines(book: Book, spread: CoverGeometry, findings: list[Diagnostic]) -> dict[str, SpineLine]:
    """Lay out title, author and publisher on the spine; none, and a diagnostic, where it is too narrow."""
    if spread.spine < MIN_SPINE_MM:
        findings.append(
            Diagnostic(
                f"cover: the spine is {spread.spine:g} mm wide, too thin for text",
                f"Text needs {MIN_SPINE_MM:g} mm; [print] paper is the thickness of a leaf in mm.",
            )
        )
        return {}
    chinese = script_of(book.title.language) != "en"
    most = min(spread.spine * 0.62, 8.0)
    title = fit_line(spine_cells(book.title.title, chinese=chinese), room=0.5 * spread.height, most=most)
    lines = {"title": title}
    for name, text, share in (("author", spine_author(book), 0.7), ("publisher", book.publication.publisher, 0.62)):
        if text:
            smaller = min(most * share, title.size * 0.9)
            lines[name] = fit_line(spine_cells(text, chinese=chinese), room=0.15 * spread.height, most=smaller)
    return lines


def spine_author(book: Book) -> str:
    """Return the author statement, or, where that is long, the first two names."""
    names = book.authors
    if not book.title.language.startswith("zh"):
        return ", ".join(names)
    if len(book.byline or "") <= MAX_BYLINE or not names:
        return book.byline or ""
    return " ".join(names[:2]) + (" 等" if len(names) > 2 else " 著")


def spine_cells(text: str, *, chinese: bool) -> tuple[SpineCell, ...]:
    """Split the text into upright and rotated cells."""
    if not chinese:
        return (SpineCell(text, turned=True, length=LATIN_WIDTH * len(text)),)
    cells = []
    for found in CELL.finditer(text):
        piece = found[0]
        if piece.isspace():
            cells.append(SpineCell("", turned=False, length=0.5))
        elif re.fullmatch(r"\d{1,2}", piece) or width_of(piece) >= len(piece):
            cells.append(SpineCell(piece.translate(UPRIGHT), turned=False, length=1.1))
        else:
            cells.append(SpineCell(piece, turned=True, length=LATIN_WIDTH * len(piece) + 0.2))
    return tuple(cells)


def fit_line(cells: tuple[SpineCell, ...], *, room: float, most: float) -> SpineLine:
    """Return the line at the largest size that fits ``room`` (mm), at most ``most``."""
    return SpineLine(cells, round(min(most, room / sum(cell.length for cell in cells)), 2))


# -- the back


def fit_blurb(book: Book, spread: CoverGeometry, findings: list[Diagnostic]) -> Blurb | None:
    """Return the description at the largest size that fits the back; what doesn't fit is cut, with a diagnostic."""
    text = book.title.description
    if not text:
        return None
    across, down = 0.82 * spread.width - 2 * PADDING, PANEL * spread.height - 2 * PADDING
    for size in BLURB_SIZES:
        room = int(across * POINTS / size) * int(down * POINTS / (1.75 * size))
        if width_of(text) + 2 <= 0.94 * room:
            return Blurb(text, size)
    kept = text[: int(0.94 * room)]
    kept = kept[: max(kept.rfind(mark) for mark in "。！？.") + 1] or kept
    message = f"cover: the description has {len(text)} characters, {len(kept)} fit on the back"
    findings.append(Diagnostic(message, "Shorten [book] description.", Location(book.folder / "source" / "book.toml")))
    return Blurb(kept, BLURB_SIZES[-1])


# -- the bars


def price_row(book: Book) -> tuple[str, str] | None:
    """Return label and price, as in the imprint."""
    label = imprint_labels(book.title.language)["price"]
    return next((row for row in imprint_rows(book) if row[0] == label), None)


def barcode_data(book: Book, findings: list[Diagnostic]) -> dict[str, object] | None:
    """Return the ISBN for the template: text, digits, bars; None, and a diagnostic, where the number is wrong."""
    printed = book.publication.isbn
    if not printed:
        return None
    try:
        digits = isbn.isbn_digits(printed)
    except ValueError as error:
        place = Location(book.folder / "source" / "book.toml")
        findings.append(
            Diagnostic(f"cover: no barcode for ISBN {printed}: {error}", "Look at [publication] isbn.", place)
        )
        return None
    tall = barcode.HEIGHT / barcode.MODULE
    shapes = [f"M{x} 0h{w}v{tall + (5 if guard else 0):.2f}h-{w}z" for x, w, guard in barcode.iter_bars(digits)]
    centres = [-6.0, *(3 + 7 * i + 3.5 for i in range(6)), *(50 + 7 * i + 3.5 for i in range(6))]
    return {
        "line": isbn.isbn_line(printed),
        "path": Markup("".join(shapes)),  # noqa: S704
        "digits": list(zip(digits, centres, strict=True)),
        "tall": round(tall, 2),
        "module": barcode.MODULE,
        "quiet": barcode.QUIET,
        "modules": 95,
    }
