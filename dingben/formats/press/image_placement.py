"""Placement of images on the pages of a PDF: position and effective resolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from dingben.theme.page_geometry import POINTS

MAX_FORM_DEPTH = 12
"""Nesting depth of form XObjects that is followed; WeasyPrint nests three."""


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image on a page (from 1): resource name, object key, pixels, box in points, effective resolution (ppi)."""

    page: int
    name: str
    key: tuple[int, int]
    pixels: tuple[int, int]
    box: tuple[float, float, float, float]
    ppi: float

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height on paper in mm."""
        x0, y0, x1, y1 = self.box
        return round((x1 - x0) / POINTS, 1), round((y1 - y0) / POINTS, 1)


def placed_images(document: pikepdf.Pdf) -> list[PlacedImage]:
    """Return every use of an image on every page, in order."""
    found = []
    for number, page in enumerate(document.pages, 1):
        found += list(iter_images(page.obj, page.obj.get("/Resources", {}), pikepdf.Matrix(), number, 0))
    return found


def iter_images(content: Any, resources: Any, matrix: pikepdf.Matrix, page: int, depth: int) -> Iterator[PlacedImage]:
    """Yield images painted by a page or form; ``matrix`` maps its space to the page's."""
    objects = resources.get("/XObject")
    if objects is None or depth > MAX_FORM_DEPTH or not paints_objects(content):
        return
    stack = []
    for instruction in pikepdf.parse_content_stream(content, "q Q cm Do"):
        operands = instruction.operands
        match str(instruction.operator):
            case "q":
                stack.append(matrix)
            case "Q" if stack:
                matrix = stack.pop()
            case "cm":
                matrix = pikepdf.Matrix(*(float(v) for v in operands)) @ matrix
            case "Do":
                name = str(operands[0])
                painted = objects.get(name)
                if painted is None:
                    continue
                if painted.get("/Subtype") == "/Image":
                    yield place_image(painted, name, matrix, page)
                elif painted.get("/Subtype") == "/Form":
                    own = pikepdf.Matrix(*(float(v) for v in painted.get("/Matrix", (1, 0, 0, 1, 0, 0))))
                    yield from iter_images(painted, painted.get("/Resources", resources), own @ matrix, page, depth + 1)


def paints_objects(content: Any) -> bool:
    """Return whether a content stream uses ``Do``: most pages are text, and parsing takes time."""
    if isinstance(content, pikepdf.Stream):
        return b"Do" in content.read_bytes()
    streams = content.get("/Contents", ())
    return any(b"Do" in part.read_bytes() for part in (streams if isinstance(streams, pikepdf.Array) else [streams]))


def place_image(image: Any, name: str, matrix: pikepdf.Matrix, page: int) -> PlacedImage:
    """Compute the placement of an image in the unit square of ``matrix``."""
    pixels = int(image.Width), int(image.Height)
    a, b, c, d, e, f = matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f
    across, down = (a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    ppi = min(72 * pixels[0] / across, 72 * pixels[1] / down) if across and down else 0.0
    return PlacedImage(
        page, name.lstrip("/"), image.objgen, pixels, (min(xs), min(ys), max(xs), max(ys)), round(ppi, 1)
    )
