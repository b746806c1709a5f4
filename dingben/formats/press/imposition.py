"""Imposition for a home printer: two pages on each side of an A4 sheet, in folding order.

Print on both sides, flipped on the short edge; fold each pile of sheets in the middle, sew or staple it. Lengths are
points.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pikepdf
from pikepdf import Dictionary, Name, String

import dingben
from dingben.formats.press.block import strip_interactive
from dingben.formats.press.preflight import Preflight, examine, rectangle
from dingben.theme.page_geometry import POINTS

WIDTH, HEIGHT = 297 * POINTS, 210 * POINTS
"""A4 landscape (ISO 216)."""

HALF = WIDTH / 2
MARK_ROOM = 3 * POINTS
"""Paper beyond a page that cut marks need."""

MAX_FOLDED_SHEETS = 16
"""Number of sheets that fold well together."""

SheetSide = tuple[int | None, int | None]
"""Pages left and right of the fold, from 0; None is blank."""


@dataclass(frozen=True, slots=True)
class Booklet:
    """The PDF, the pages of each sheet side in printing order, the scale, and the preflight report."""

    pdf: bytes
    sides: tuple[tuple[SheetSide, ...], ...]
    scale: float
    report: Preflight


def fold_order(pages: int, sheets: int = 0) -> tuple[tuple[SheetSide, ...], ...]:
    """Return the sides of each pile in printing order: front and back of the outermost sheet first.

    ``sheets`` sheets make a pile; 0 puts all into one. The last pile is as small as possible.
    """
    piles = []
    most = 4 * sheets if sheets else max(4, -(-pages // 4) * 4)
    for start in range(0, pages, most):
        count = -(-min(most, pages - start) // 4) * 4
        sides: list[SheetSide] = []
        for sheet in range(count // 4):
            front = (count - 1 - 2 * sheet, 2 * sheet)
            back = (2 * sheet + 1, count - 2 - 2 * sheet)
            sides += [book_pages(side, start, pages) for side in (front, back)]
        piles.append(tuple(sides))
    return tuple(piles)


def book_pages(side: tuple[int, int], start: int, pages: int) -> SheetSide:
    """Convert a side's pages to page numbers of the whole book, None for missing ones."""
    left, right = (start + page if start + page < pages else None for page in side)
    return left, right


def make_booklet(screen: bytes, title: str, sheets: int, modified: datetime) -> Booklet:
    """Impose the screen PDF as booklets of ``sheets`` sheets (0: one booklet)."""
    with pikepdf.open(io.BytesIO(screen)) as document:
        sizes = [rectangle(page.trimbox) for page in document.pages]
        across, up = max(b[2] - b[0] for b in sizes), max(b[3] - b[1] for b in sizes)
        scale = min(1.0, HALF / across, HEIGHT / up)
        piles = fold_order(len(sizes), sheets)
        strip_interactive(document)
        forms = [document.make_indirect(page.as_form_xobject()) for page in document.pages]
        del document.pages[:]
        for side in (side for pile in piles for side in pile):
            impose_side(document, side, forms, sizes, scale)
        set_print_preferences(document, title, modified)
        out = io.BytesIO()
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with pikepdf.open(out) as booklet:
        report = examine(booklet)
    if (thickest := max(len(pile) for pile in piles) // 2) > MAX_FOLDED_SHEETS:
        report.findings.append(
            f"{thickest} nested sheets are thick; [print] booklet = 8 makes signatures of 8 sheets for sewing"
        )
    return Booklet(out.getvalue(), piles, scale, report)


def impose_side(
    document: pikepdf.Pdf,
    side: SheetSide,
    forms: Sequence[pikepdf.Object],
    sizes: Sequence[tuple[float, float, float, float]],
    scale: float,
) -> None:
    """Append one sheet side: both pages with their inner edges at the fold, centred vertically."""
    objects, parts = Dictionary(), []
    for place, number in enumerate(side):
        if number is None:
            continue
        box = sizes[number]
        across, up = scale * (box[2] - box[0]), scale * (box[3] - box[1])
        x, y = HALF - (0 if place else across), (HEIGHT - up) / 2
        objects[f"/P{place}"] = forms[number]
        parts.append(
            f"q {x:.3f} {y:.3f} {across:.3f} {up:.3f} re W n {scale:.5f} 0 0 {scale:.5f} "
            f"{x - scale * box[0]:.3f} {y - scale * box[1]:.3f} cm /P{place} Do Q"
        )
        parts += cut_marks(x if place == 0 else x + across, y, y + up, outward=1 if place else -1)
    page = document.add_blank_page(page_size=(WIDTH, HEIGHT))
    page.obj.Resources = Dictionary(XObject=objects)
    page.obj.Contents = document.make_stream("\n".join(parts).encode("ascii"))


def cut_marks(x: float, low: float, high: float, *, outward: int) -> list[str]:
    """Return hairlines where a page smaller than half a sheet is cut, if there is room for them."""
    lines = []
    beside = WIDTH - x if outward > 0 else x
    if beside >= MARK_ROOM:
        lines += [(x + outward * POINTS, y, x + outward * MARK_ROOM, y) for y in (low, high)]
    if low >= MARK_ROOM:
        lines += [(x, low - POINTS, x, low - MARK_ROOM), (x, high + POINTS, x, high + MARK_ROOM)]
    return [f"q 0.25 w 0 G {a:.3f} {b:.3f} m {c:.3f} {d:.3f} l S Q" for a, b, c, d in lines]


def set_print_preferences(document: pikepdf.Pdf, title: str, modified: datetime) -> None:
    """Set title, date, and viewer preferences: duplex on the short edge, no scaling."""
    document.Root.ViewerPreferences = Dictionary(
        Duplex=Name.DuplexFlipShortEdge, PrintScaling=Name("/None"), DisplayDocTitle=True
    )
    if "/PageLabels" in document.Root:
        del document.Root.PageLabels
    document.Root.PageLayout = Name.SinglePage
    del document.docinfo
    day = String(modified.strftime("D:%Y%m%d%H%M%SZ"))
    producer = String(f"dingben {dingben.__version__}")
    for key, value in (("Title", String(title)), ("Producer", producer), ("CreationDate", day), ("ModDate", day)):
        document.docinfo[f"/{key}"] = value
