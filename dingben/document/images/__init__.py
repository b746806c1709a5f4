"""Pictures: proved to be what they say before any writer opens them. All their bytes come from here.

Rasters are written out as they are (:mod:`dingben.document.images.raster_images`), an SVG as what was checked of it
(:mod:`dingben.document.images.svg`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dingben.diagnostics import Location
from dingben.document.ast import Node, rewrite
from dingben.document.images import raster_images
from dingben.document.images.data_urls import abbreviate, data_url, media_type_of, read_data_url
from dingben.document.images.svg import MEDIA_TYPE as SVG
from dingben.document.images.svg import check_svg
from dingben.errors import SourceError

if TYPE_CHECKING:
    from PIL import Image

FONTS = {
    b"\0\1\0\0": "font/ttf",
    b"true": "font/ttf",
    b"OTTO": "font/otf",
    b"ttcf": "font/collection",
    b"wOFF": "font/woff",
    b"wOF2": "font/woff2",
}
"""What fonts begin with: https://www.iana.org/assignments/media-types/media-types.xhtml#font."""

ICC = "application/vnd.iccprofile"
TEXT = "text/plain"

SMALL_BYTES = 10_000
"""Up to which what was checked is remembered: small pictures of a style are asked for by every part of a book."""


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
    place: Location
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
            raise SourceError(f"picture {self.name} has changed meanwhile", hint="Build again.", location=self.place)
        return data

    def opened(self) -> Image.Image:
        """A raster picture as Pillow's image."""
        return raster_images.open_image(self.content())

    def data_uri(self) -> str:
        """The picture inside a URL: pandoc's sandbox opens no file."""
        return data_url(self.media_type, self.content())


def read_picture(path: Path, name: str, place: Location) -> Picture:
    """Open and check a picture. Raises SourceError where it is broken, huge, or carries script or outside links."""
    data = read_file(path, name, place)
    digest = hashlib.sha256(data).hexdigest()
    if path.suffix.lower() == ".svg":
        svg = check_svg(data, name, place)
        return Picture(path, name, SVG, svg.width, svg.height, digest, place, svg.data)
    raster = raster_images.check_raster(data, name, place)
    return Picture(path, name, raster.media_type, float(raster.width), float(raster.height), digest, place)


def read_file(path: Path, name: str, place: Location) -> bytes:
    """The bytes of a picture file. Raises SourceError where there are too many, or it can't be read."""
    try:
        if too_long := raster_images.file_size_error(path.stat().st_size, name, place):
            raise too_long
        return path.read_bytes()
    except OSError as error:
        hint = "Check its name and permissions."
        raise SourceError(f"picture {name} can't be read: {error.strerror}", hint=hint, location=place) from error


def embed_pictures(blocks: Sequence[Node], pictures: Sequence[Picture]) -> list[Node]:
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


# -- what styles and templates name


@dataclass(frozen=True, slots=True)
class Asset:
    """What a style or template names, checked: the bytes to use, and their media type, told by the content."""

    data: bytes
    media_type: str


def check_picture(data: bytes, name: str, place: Location | None = None) -> Asset:
    """A picture of the five kinds, told by its content. Raises SourceError for anything else."""
    if len(data) > SMALL_BYTES:
        return inspect_asset(data, name, place)
    return inspect_small_asset(data, name, place)


def inspect_asset(data: bytes, name: str, place: Location | None) -> Asset:
    """The work of :func:`check_picture`."""
    if is_markup(data):
        return Asset(check_svg(data, name, place).data, SVG)
    return Asset(data, raster_images.check_raster(data, name, place).media_type)


inspect_small_asset = lru_cache(maxsize=256)(inspect_asset)


def check_asset(data: bytes, name: str, place: Location | None = None) -> Asset:
    """A picture, font, colour profile or text, told by its content. Raises SourceError for anything else."""
    if font := next((kind for start, kind in FONTS.items() if data.startswith(start)), ""):
        return Asset(data, font)
    if data[36:40] == b"acsp":  # ICC.1:2022, 7.2
        return Asset(data, ICC)
    if not raster_images.detect_format(data) and not is_markup(data) and is_text(data):
        return Asset(data, TEXT)
    return check_picture(data, name, place)


def check_data_url(url: str, place: Location | None) -> None:
    """What a style sheet of the book's own has inside a URL is a picture or a font. Raises SourceError."""
    asset = check_data_url_asset(url, place)
    if asset.media_type in (TEXT, ICC):
        raise SourceError(
            f"{abbreviate(url)} is neither a picture nor a font", hint=raster_images.FORMAT_HINT, location=place
        )


def check_data_url_asset(url: str, place: Location | None = None, *, picture: bool = False) -> Asset:
    """What is inside a ``data:`` URL, checked; a picture where it claims to be one. Raises SourceError."""
    try:
        data = read_data_url(url)
    except ValueError as error:
        raise SourceError(
            f"{abbreviate(url)} can't be read: {error}", hint="Encode it again.", location=place
        ) from error
    check = check_picture if picture or media_type_of(url).startswith("image/") else check_asset
    try:
        return check(data, abbreviate(url), place)
    except SourceError as error:
        if "#" in url and is_markup(data):  # the fragment of the URL begins there, the picture ends
            hint = "Write %23 for # in a data: URL."
            raise SourceError(error.diagnostics[0].message, hint=hint, location=place) from error
        raise


def is_markup(data: bytes) -> bool:
    """Whether bytes may be XML, in any encoding: ``<`` comes first, after marks of byte order and blanks."""
    return data[:200].lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n").startswith(b"<")


def is_text(data: bytes) -> bool:
    """Whether bytes are a text in UTF-8."""
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False
