"""Image files: validated before any writer opens them; every image byte in an edition comes from here.

Raster images are passed through unchanged (:mod:`dingben.document.images.raster_images`); an SVG is serialized again
from its checked tree (:mod:`dingben.document.images.svg`).
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
"""Signatures of font files: https://www.iana.org/assignments/media-types/media-types.xhtml#font."""

ICC = "application/vnd.iccprofile"
TEXT = "text/plain"

SMALL_BYTES = 10_000
"""Size up to which results are memoised: every section of a book refers to the small images of a style sheet."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A validated image file: ``name`` is its path below ``source/``; width and height are in CSS pixels."""

    path: Path
    name: str
    media_type: str
    width: float
    height: float
    digest: str
    """SHA-256 of the file, in hexadecimal."""
    place: Location
    drawing: bytes = b""
    """Of an SVG, the sanitized bytes."""

    def size(self) -> tuple[float, float]:
        """Return width and height in CSS pixels; an SVG without them has those of its viewBox."""
        return self.width, self.height

    def content(self) -> bytes:
        """Return the validated bytes. Raises SourceError where the file has changed since."""
        if self.drawing:
            return self.drawing
        data = read_file(self.path, self.name, self.place)
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise SourceError(f"picture {self.name} has changed meanwhile", hint="Build again.", location=self.place)
        return data

    def open(self) -> Image.Image:
        """Open a raster image with Pillow."""
        return raster_images.open_image(self.content())

    def data_uri(self) -> str:
        """Return the image as a ``data:`` URL, because pandoc's sandbox opens no file."""
        return data_url(self.media_type, self.content())


def read_picture(path: Path, name: str, place: Location) -> Picture:
    """Open and validate an image file.

    Raises SourceError where it is broken, too large, or has scripts or external links.
    """
    data = read_file(path, name, place)
    digest = hashlib.sha256(data).hexdigest()
    if path.suffix.lower() == ".svg":
        svg = check_svg(data, name, place)
        return Picture(path, name, SVG, svg.width, svg.height, digest, place, svg.data)
    raster = raster_images.check_raster(data, name, place)
    return Picture(path, name, raster.media_type, float(raster.width), float(raster.height), digest, place)


def read_file(path: Path, name: str, place: Location) -> bytes:
    """Read an image file. Raises SourceError where it is too large or unreadable."""
    try:
        if too_long := raster_images.file_size_error(path.stat().st_size, name, place):
            raise too_long
        return path.read_bytes()
    except OSError as error:
        hint = "Check its name and permissions."
        raise SourceError(f"picture {name} can't be read: {error.strerror}", hint=hint, location=place) from error


def embed_pictures(blocks: Sequence[Node], pictures: Sequence[Picture]) -> list[Node]:
    """Replace each image's target by a ``data:`` URL: for pandoc's sandbox, and for outputs of a single file."""
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
    """A resource of a style sheet or template, validated: its bytes, and the media type detected from them."""

    data: bytes
    media_type: str


def check_picture(data: bytes, name: str, place: Location | None = None) -> Asset:
    """Validate an image of the five formats, detected by content. Raises SourceError for anything else."""
    if len(data) > SMALL_BYTES:
        return inspect_asset(data, name, place)
    return inspect_small_asset(data, name, place)


def inspect_asset(data: bytes, name: str, place: Location | None) -> Asset:
    """Validate an image without memoisation; see :func:`check_picture`."""
    if is_markup(data):
        return Asset(check_svg(data, name, place).data, SVG)
    return Asset(data, raster_images.check_raster(data, name, place).media_type)


inspect_small_asset = lru_cache(maxsize=256)(inspect_asset)


def check_asset(data: bytes, name: str, place: Location | None = None) -> Asset:
    """Validate an image, font, ICC profile or text, detected by content. Raises SourceError for anything else."""
    if font := next((kind for start, kind in FONTS.items() if data.startswith(start)), ""):
        return Asset(data, font)
    if data[36:40] == b"acsp":  # ICC.1:2022, 7.2
        return Asset(data, ICC)
    if not raster_images.detect_format(data) and not is_markup(data) and is_text(data):
        return Asset(data, TEXT)
    return check_picture(data, name, place)


def check_data_url(url: str, place: Location | None) -> None:
    """Require an image or a font in a ``data:`` URL of a book's style sheet. Raises SourceError."""
    asset = check_data_url_asset(url, place)
    if asset.media_type in (TEXT, ICC):
        raise SourceError(
            f"{abbreviate(url)} is neither a picture nor a font", hint=raster_images.FORMAT_HINT, location=place
        )


def check_data_url_asset(url: str, place: Location | None = None, *, picture: bool = False) -> Asset:
    """Decode and validate a ``data:`` URL; it must hold an image where it declares one. Raises SourceError."""
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
    """Return whether bytes may be XML in any encoding: ``<`` comes first, after byte order marks and white space."""
    return data[:200].lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n").startswith(b"<")


def is_text(data: bytes) -> bool:
    """Return whether bytes are UTF-8 text."""
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False
