"""Page geometry: trim size, and a type area of whole characters by whole lines.

The type area stands slightly high and towards the spine, as W3C CLREQ and Chinese practice ask
(https://www.w3.org/TR/clreq/#page_format). Lengths are points (1/72 inch) unless a name says mm.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from dingben.book.model import Format
from dingben.diagnostics import Location
from dingben.errors import SourceError
from dingben.language.trim_sizes import TRADE_SIZES

POINTS = 72 / 25.4
"""Points per millimetre."""

MAX_MM = 1000.0
DEFAULT_MM = (170.0, 240.0)
MEASURE_ALLOWANCE = 0.1
"""Added to the measure: WeasyPrint drops a character from a line where N em fit exactly."""


@dataclass(frozen=True, slots=True)
class PageGeometry:
    """Dimensions of a page: ``measure`` × ``lines`` characters of font size ``size`` and line height ``line``."""

    width_mm: float
    height_mm: float
    size: float
    line: float
    measure: int
    lines: int
    inner: float
    outer: float
    head: float
    foot: float
    origin: str

    @property
    def text_width(self) -> float:
        """Width of the type area."""
        return self.measure * self.size + MEASURE_ALLOWANCE


def trim_size(form: Format) -> tuple[float, float, str]:
    """Return trimmed width and height in mm, and their source."""
    if form.page:
        return (*form.page, "[format] page")
    printed = unicodedata.normalize("NFKC", form.trim or "").replace("毫米", "mm")
    found = re.search(r"(\d+)\s*(?:mm)?\s*[×xX*]\s*(\d+)\s*(?:mm)?\s*1\s*/\s*(\d+)", printed)
    if found:
        size = TRADE_SIZES.get((int(found[1]), int(found[2]), int(found[3])))
        if size:
            return (*map(float, size), f"[format] trim {form.trim}")  # type: ignore[return-value]
    return (*DEFAULT_MM, "default")


def points(value: str, name: str) -> float:
    """Convert a CSS length to points. Raises SourceError where it is not one."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(pt|mm|px)", value.strip())
    if not found:
        raise SourceError(f"style variable {name} is not a length: {value!r}", hint="Write it in pt or mm: 10.5pt.")
    return float(found[1]) * {"pt": 1.0, "mm": POINTS, "px": 0.75}[found[2]]


def ems(value: str, name: str) -> float:
    """Convert a length of zero to one em to a number. Raises SourceError where it is not one."""
    found = re.fullmatch(r"(0?\.[0-9]+|[01](?:\.0*)?)em", value.strip())
    if not found:
        raise SourceError(f"style variable {name} is not a length in em: {value!r}", hint="Write it in em: .25em.")
    return float(found[1])


def page_geometry(form: Format, variables: dict[str, str], source: Path) -> PageGeometry:
    """Compute the geometry from a format and the variables ``--type-size``, ``--line``, ``--measure``, ``--lines``.

    Raises SourceError where the trim size leaves no room for text.
    """
    width, height, origin = trim_size(form)
    if not (0 < width <= MAX_MM and 0 < height <= MAX_MM):
        raise SourceError(
            f"no page is {width:g} × {height:g} mm", hint="[format] page = [170, 240]", location=Location(source)
        )
    size = points(variables.get("--type-size", "10.5pt"), "--type-size")
    line = points(variables.get("--line", "18pt"), "--line")
    if not 0 < size <= line:
        raise SourceError(
            "style variables: --line must be at least --type-size", hint="10.5pt with a line height of 18pt is usual."
        )
    across, down = width * POINTS, height * POINTS
    # the share of paper left blank: about 51 of 170 mm across, 62 of 240 down; small books spare more
    measure = whole_number(variables, "--measure", int(across * 0.70 / size))
    lines = whole_number(variables, "--lines", int(down * (0.745 if height >= 220 else 0.79) / line))
    side = across - measure * size - MEASURE_ALLOWANCE
    above = down - lines * line
    if measure < 8 or lines < 6 or side < 20 * POINTS or above < 24 * POINTS:
        raise SourceError(
            f"no room for {measure} × {lines} characters on a page of {width:g} × {height:g} mm",
            hint="Give [format] page = [width, height] in mm, or smaller --measure and --lines in styles/book.css.",
            location=Location(source),
        )
    return PageGeometry(
        width, height, size, line, measure, lines, side * 0.47, side * 0.53, above * 0.485, above * 0.515, origin
    )


def whole_number(variables: dict[str, str], name: str, fallback: int) -> int:
    """Return a style variable that counts characters or lines. Raises SourceError where it is not a whole number."""
    value = variables.get(name)
    if value is None:
        return fallback
    if not re.fullmatch("[0-9]{1,3}", value):
        raise SourceError(f"style variable {name} is not a whole number: {value!r}", hint=f"Write {name}: {fallback}.")
    return int(value)
