"""Printer's marks: page boxes of a press sheet, crop and fold marks, registration marks, slug line.

Lengths are points. Marks stand outside the bleed, so that none remains when the cut is slightly off.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Name

from dingben.formats.press.color_conversion import remove_keys
from dingben.theme.page_geometry import POINTS

GAP = 1 * POINTS
"""Distance of the marks from the bleed."""

LENGTH = 5 * POINTS
SLUG = 7 * POINTS
"""Slug area: paper beyond the bleed."""

HAIRLINE = 0.25
SLUG_SIZE = 6.0
LEFT, RIGHT = (-1, 1)


@dataclass(frozen=True, slots=True)
class PressSheet:
    """A trimmed page on its sheet. ``folds`` are distances from the left trim edge."""

    width: float
    height: float
    bleed: float
    folds: tuple[float, ...] = ()

    @property
    def margin(self) -> float:
        """Distance from the sheet edge to the trim."""
        return self.bleed + SLUG

    def box(self, beyond: float) -> Array:
        """Return the trim box extended by ``beyond`` on all sides, as a PDF rectangle."""
        low = self.margin - beyond
        return Array(
            [round(v, 4) for v in (low, low, self.margin + self.width + beyond, self.margin + self.height + beyond)]
        )


def set_boxes(page: Any, sheet: PressSheet) -> None:
    """Set MediaBox, BleedBox and TrimBox (ISO 15930-7, 6.11: nested, and no ArtBox beside a TrimBox)."""
    page.MediaBox = sheet.box(sheet.margin)
    page.BleedBox = sheet.box(sheet.bleed)
    page.TrimBox = sheet.box(0)
    remove_keys(page, "/CropBox", "/ArtBox", "/Rotate")


def clip_to_bleed(content: bytes, sheet: PressSheet, included: float) -> bytes:
    """Return page content moved onto the sheet and clipped at the bleed; ``included`` is bleed it already has."""
    x0, y0, x1, y1 = (float(v) for v in sheet.box(sheet.bleed))
    move = sheet.margin - included
    head = f"q {x0:g} {y0:.4f} {x1 - x0:.4f} {y1 - y0:.4f} re W n 1 0 0 1 {move:.4f} {move:.4f} cm\n"
    return head.encode() + content + b"\nQ\n"


def printer_marks(sheet: PressSheet, *, colour: bool) -> bytes:
    """Draw crop, fold and registration marks: on every plate for a colour page, else on black alone."""
    lines = [*crop_marks(sheet), *fold_marks(sheet)]
    ink = "/All CS 1 SCN" if colour else "0 0 0 1 K"
    out = [f"q [] 0 d 0 J {ink} {HAIRLINE} w"]
    out += [f"{a:.3f} {b:.3f} m {c:.3f} {d:.3f} l S" for a, b, c, d in lines]
    if colour:
        out += [registration_mark(x, y) for x, y in registration_points(sheet)]
    return "\n".join([*out, "Q\n"]).encode()


def crop_marks(sheet: PressSheet) -> list[tuple[float, float, float, float]]:
    """Return two lines at each corner, along the cuts."""
    x0, y0, x1, y1 = (float(v) for v in sheet.box(0))
    near = sheet.bleed + GAP
    far = near + LENGTH
    lines = []
    for x, outward in ((x0, LEFT), (x1, RIGHT)):
        for y, upward in ((y0, LEFT), (y1, RIGHT)):
            lines.append((x + outward * near, y, x + outward * far, y))
            lines.append((x, y + upward * near, x, y + upward * far))
    return lines


def fold_marks(sheet: PressSheet) -> list[tuple[float, float, float, float]]:
    """Return short dashes above and below where the cover folds."""
    _, y0, _, y1 = (float(v) for v in sheet.box(0))
    near = sheet.bleed + GAP
    dash, pause = 1 * POINTS, 0.8 * POINTS
    lines = []
    for x in sheet.folds:
        for step in range(3):
            start = near + step * (dash + pause)
            lines.append((sheet.margin + x, y0 - start, sheet.margin + x, y0 - start - dash))
            lines.append((sheet.margin + x, y1 + start, sheet.margin + x, y1 + start + dash))
    return lines


def registration_points(sheet: PressSheet) -> Sequence[tuple[float, float]]:
    """Return the centre of each side, in the slug area."""
    x0, y0, x1, y1 = (float(v) for v in sheet.box(0))
    away = sheet.bleed + GAP + LENGTH / 2
    across, up = (x0 + x1) / 2, (y0 + y1) / 2
    if sheet.folds:  # a cover's spine has its own marks in the middle, its back the slug line
        across = (sheet.margin + sheet.folds[-1] + x1) / 2
    return (across, y0 - away), (across, y1 + away), (x0 - away, up), (x1 + away, up)


def registration_mark(x: float, y: float) -> str:
    """Draw a registration mark: circle and cross hairs."""
    r, k = 1.4 * POINTS, 1.4 * POINTS * 0.5523
    arm = 2 * POINTS
    return (
        f"{x - arm:.3f} {y:.3f} m {x + arm:.3f} {y:.3f} l S {x:.3f} {y - arm:.3f} m {x:.3f} {y + arm:.3f} l S "
        f"{x + r:.3f} {y:.3f} m {x + r:.3f} {y + k:.3f} {x + k:.3f} {y + r:.3f} {x:.3f} {y + r:.3f} c "
        f"{x - k:.3f} {y + r:.3f} {x - r:.3f} {y + k:.3f} {x - r:.3f} {y:.3f} c "
        f"{x - r:.3f} {y - k:.3f} {x - k:.3f} {y - r:.3f} {x:.3f} {y - r:.3f} c "
        f"{x + k:.3f} {y - r:.3f} {x + r:.3f} {y - k:.3f} {x + r:.3f} {y:.3f} c S"
    )


class SlugLine:
    """The slug line: text outside the bleed that identifies the sheet.

    Its font is taken from ``specimen``, a PDF that shows the glyphs needed, so that the line uses an embedded font.
    """

    def __init__(self, document: pikepdf.Pdf, specimen: bytes) -> None:
        with pikepdf.open(io.BytesIO(specimen)) as shown:
            face = next(iter(shown.pages[0].obj.Resources.Font.values()))
            self.glyphs = glyphs_of(face)
            self.face = document.copy_foreign(face)
        self.rename_subset()

    def rename_subset(self) -> None:
        """Rename the font subset.

        Presses keep fonts by name, and the book may have another subset of the same font (9.6.4).
        """
        below = self.face.DescendantFonts[0]
        name = Name("/SLUGLN+" + str(self.face.BaseFont).partition("+")[2])
        self.face.BaseFont = below.BaseFont = below.FontDescriptor.FontName = name

    def text(self, line: str, sheet: PressSheet) -> bytes:
        """Draw the line at the lower left; characters without a glyph are left out."""
        shown = "".join(self.glyphs.get(char, "") for char in line)
        x, y = sheet.margin + 2 * POINTS, sheet.margin - sheet.bleed - GAP - 3.5 * POINTS
        return f"q 0 0 0 1 k BT /Slug {SLUG_SIZE} Tf {x:.2f} {y:.2f} Td <{shown}> Tj ET Q\n".encode()


def glyphs_of(face: Any) -> dict[str, str]:
    """Return glyph codes in hexadecimal by character, from a font's ToUnicode map (PDF 32000-1:2008, 9.10.3)."""
    text = face.ToUnicode.read_bytes().decode("latin-1")
    blocks = re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL)
    pairs = [pair for block in blocks for pair in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block)]
    return {bytes.fromhex(code).decode("utf-16-be", "replace"): glyph for glyph, code in pairs}
