"""Pictures: proved to be what they say before any writer opens them. All their bytes come from here.

Rasters are written out as they are (:mod:`dingben.rasters`), an SVG as what was checked of it (:mod:`dingben.svg`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from dingben import rasters
from dingben.dataurls import data_url
from dingben.errors import Place, SourceError
from dingben.nodes import Node, rewrite
from dingben.svg import MEDIA_TYPE as SVG
from dingben.svg import checked_svg


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file that was checked: ``name`` is its path from ``source/``, width and height are in CSS pixels."""

    path: Path
    name: str
    media_type: str
    width: float
    height: float
    digest: str
    """SHA-256 of the file, in hexadecimal."""
    place: Place
    drawing: bytes = b""
    """Of an SVG: what was checked."""

    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels; of an SVG that names none, those of its view box."""
        return self.width, self.height

    def content(self) -> bytes:
        """The bytes that were checked. Raises SourceError where the file is another one by now."""
        if self.drawing:
            return self.drawing
        data = read_file(self.path, self.name, self.place)
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise SourceError(f"picture {self.name} has changed meanwhile", hint="Build again.", place=self.place)
        return data

    def data_uri(self) -> str:
        """The picture inside a URL: pandoc's sandbox opens no file."""
        return data_url(self.media_type, self.content())


def read_picture(path: Path, name: str, place: Place) -> Picture:
    """Open and check a picture. Raises SourceError where it is broken, huge, or carries script or outside links."""
    data = read_file(path, name, place)
    digest = hashlib.sha256(data).hexdigest()
    if path.suffix.lower() == ".svg":
        svg = checked_svg(data, name, place)
        return Picture(path, name, SVG, svg.width, svg.height, digest, place, svg.data)
    raster = rasters.check_raster(data, name, place)
    return Picture(path, name, raster.media_type, float(raster.width), float(raster.height), digest, place)


def read_file(path: Path, name: str, place: Place) -> bytes:
    """The bytes of a picture file. Raises SourceError where there are too many, or it can't be read."""
    try:
        if too_long := rasters.bytes_fault(path.stat().st_size, name, place):
            raise too_long
        return path.read_bytes()
    except OSError as error:
        hint = "Check its name and permissions."
        raise SourceError(f"picture {name} can't be read: {error.strerror}", hint=hint, place=place) from error


def embedded(blocks: Sequence[Node], pictures: Sequence[Picture]) -> list[Node]:
    """The blocks with each picture inside its URL: in pandoc's sandbox, and where the text is one file."""
    if not pictures:
        return list(blocks)
    uris = {picture.name: picture.data_uri() for picture in pictures}

    def visit(node: Node) -> list[Node]:
        if node["t"] == "Image":
            attr, alt, (target, title) = node["c"]
            return [{"t": "Image", "c": [attr, alt, [uris[target], title]]}]
        return [node]

    return rewrite(list(blocks), visit)


def safe_parser() -> etree.XMLParser:
    """An XML parser that opens nothing: no entities, no DTD, no network."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
