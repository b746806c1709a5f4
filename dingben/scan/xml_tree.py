"""What readers of XML formats share: safe parsing, local names, numbers and boxes.

Names are compared without their namespace, since each version of ALTO and PAGE has one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lxml import etree

from dingben.scan.model import Box, Character
from dingben.system.xml import safe_parser

MOST_CHARACTERS = 20_000
"""Characters of one line: more is no line of print."""


class LayoutError(Exception):
    """A layout file can't be read: the message says why, ``line`` where (0 if unknown)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def parse(content: bytes) -> etree._Element:
    """Parse an XML document; no entity, DTD or network is used. Raises LayoutError."""
    try:
        root = etree.fromstring(content, safe_parser())
    except etree.XMLSyntaxError as error:
        raise LayoutError(f"the XML is broken: {error.msg}", error.lineno or 0) from None
    except ValueError as error:
        raise LayoutError(f"the XML is broken: {error}") from None
    if any(not isinstance(node.tag, str) and isinstance(node, etree._Entity) for node in root.iter()):
        raise LayoutError("the XML has entities of its own, which are not expanded")
    return root


def name_of(node: etree._Element) -> str:
    """Return the name of an element without its namespace; empty for comments and instructions."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def children(node: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the children with one of these local names, in document order."""
    return (child for child in node if name_of(child) in names)


def descendants(node: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the descendants with one of these local names, in document order."""
    return (each for each in node.iter() if name_of(each) in names)


def number(value: str | None) -> float | None:
    """Return a finite number, or None."""
    try:
        found = float(value) if value else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def confidence(value: str | None, scale: float = 1.0) -> float | None:
    """Return a confidence between 0 and 1, given in parts of ``scale``; None if there is none."""
    found = number(value)
    return None if found is None or found < 0 else min(1.0, found / scale)


def box_of_edges(left: float | None, top: float | None, right: float | None, bottom: float | None) -> Box | None:
    """Return a box if all its edges are known and it is not turned inside out."""
    if left is None or top is None or right is None or bottom is None or right < left or bottom < top:
        return None
    return Box(left, top, right, bottom)


def box_of_points(points: str | None) -> Box | None:
    """Return the box around the points of a polygon: ``x,y x,y …``."""
    pairs = [pair.split(",") for pair in (points or "").split()]
    numbers = [(number(pair[0]), number(pair[1])) for pair in pairs if len(pair) == 2]
    found = [(x, y) for x, y in numbers if x is not None and y is not None]
    if len(found) < 2:
        return None
    xs, ys = zip(*found, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def spread(text: str, box: Box | None, sure: float | None, vertical: bool = False) -> list[Character]:
    """Return the characters of a word that has one box: each gets its equal share of it."""
    text = text[:MOST_CHARACTERS]
    if box is None or not text:
        return [Character(c, None, sure) for c in text]
    step = (box.height if vertical else box.width) / len(text)
    if vertical:
        return [
            Character(c, Box(box.left, box.top + n * step, box.right, box.top + (n + 1) * step), sure)
            for n, c in enumerate(text)
        ]
    return [
        Character(c, Box(box.left + n * step, box.top, box.left + (n + 1) * step, box.bottom), sure)
        for n, c in enumerate(text)
    ]
