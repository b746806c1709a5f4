"""Pages, regions, lines and characters of a scan, with their boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

RegionKind = Literal[
    "text", "heading", "running-head", "folio", "footnote", "caption", "table", "figure", "formula", "marginal"
]
"""What a region is, as far as its file says so. ``text`` is also what says nothing."""


class Box(NamedTuple):
    """A rectangle in the units of its page, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Extent from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Extent from top to bottom."""
        return self.bottom - self.top


def around(boxes: list[Box]) -> Box | None:
    """Return the smallest box around ``boxes``, or None if there are none."""
    if not boxes:
        return None
    return Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )


class Character(NamedTuple):
    """A character: its box, how sure the engine was (0 to 1), and other readings, best first."""

    text: str
    box: Box | None = None
    confidence: float | None = None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextLine:
    """A printed line: its characters in reading order, blanks between words among them."""

    characters: tuple[Character, ...]
    box: Box | None = None

    @property
    def text(self) -> str:
        """The characters as one string."""
        return "".join(character.text for character in self.characters)


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that belong together, in reading order."""

    kind: RegionKind
    lines: tuple[TextLine, ...]
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a scan: its size and its regions in reading order."""

    regions: tuple[Region, ...]
    width: float = 0.0
    height: float = 0.0
    """In the units of the boxes; 0 where the file does not say it."""
    image: str = ""
    """Name of its picture, where the file gives one."""
    label: str = ""
    """Number printed on the page, where the file gives one."""

    @property
    def has_text(self) -> bool:
        """Whether a character stands on it."""
        return any(line.characters for region in self.regions for line in region.lines)
