"""Raster images: opened by Pillow's PNG, JPEG, GIF and WebP decoders only, with limits before decoding.

By default Pillow tries every decoder on a file, whatever its name, and one of them (EPS) runs Ghostscript. So each
call of ``Image.open`` names the formats: https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.open.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dingben.diagnostics import Location
from dingben.errors import SourceError

if TYPE_CHECKING:
    from PIL import Image

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
"""Media types by Pillow's format: core media types of EPUB 3.3, https://www.w3.org/TR/epub-33/#sec-core-media-types."""

FORMATS = tuple(MEDIA_TYPES)
"""Decoders that Pillow may use."""

MAX_PIXELS = 100_000_000
MAX_BYTES = 32_000_000
MAX_SCANS = 100
"""Scans of a progressive JPEG: encoders write about ten, and each costs as much as decoding the whole image."""

FORMAT_HINT = "Use PNG, JPEG, WebP, GIF or SVG."

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"%!PS": "EPS",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"%PDF": "PDF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"8BPS": "PSD",
    b"\0\0\1\0": "ICO",
    b"SIMPLE  =": "FITS",
    b"Image type:": "IM",
}
"""File signatures (magic numbers); unsupported formats are listed to be named in messages."""

SIMPLE_FILTERS = frozenset({"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/ASCII85Decode", "/ASCIIHexDecode"})
"""PDF stream filters that qpdf decodes; the others are image file formats (ISO 32000-2, 7.4)."""


@dataclass(frozen=True, slots=True)
class Raster:
    """Properties of a validated raster image; width and height in pixels."""

    media_type: str
    width: int
    height: int


def detect_format(data: bytes) -> str:
    """Detect the format by signature: a key of MEDIA_TYPES, another name for messages, or ""."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), "")


def open_image(data: bytes, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Open an image with Pillow, restricted to ``formats``; pixels are not decoded yet. Raises what Pillow raises."""
    from PIL import Image

    return Image.open(io.BytesIO(data), formats=formats)


def check_raster(data: bytes, name: str, place: Location | None, most: int | None = None) -> Raster:
    """Validate the image ``name`` by decoding it. ``most``: allowed number of pixels.

    Raises SourceError where it is broken, too large, or in another format.
    """
    most = MAX_PIXELS if most is None else most
    if too_long := file_size_error(len(data), name, place):
        raise too_long
    kind = detect_format(data)
    if kind and kind not in MEDIA_TYPES:
        raise SourceError(f"picture {name} is {kind}", hint=FORMAT_HINT, location=place)
    if kind == "JPEG" and data.count(b"\xff\xda") > MAX_SCANS:
        raise SourceError(
            f"picture {name} has more than {MAX_SCANS} scans", hint="Save it again as a JPEG.", location=place
        )
    return decode(data, name, place, most)


def decode(data: bytes, name: str, place: Location | None, most: int) -> Raster:
    """Decode the first frame and return the image's properties. Raises SourceError."""
    from PIL import Image, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for all
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with open_image(data) as image:
                kind, (width, height) = image.format or "?", image.size
                if width * height > most:
                    raise Image.DecompressionBombWarning
                if kind in MEDIA_TYPES:
                    image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SourceError(
            f"picture {name} is larger than {MAX_PIXELS // 1_000_000} million pixels",
            hint="Scale it down: 300 dots an inch of the printed width are enough.",
            location=place,
        ) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise SourceError(
            f"picture {name} is broken or of an unknown kind", hint=FORMAT_HINT, location=place
        ) from error
    if kind not in MEDIA_TYPES:  # MPO: several JPEGs in one file, as some cameras write
        raise SourceError(f"picture {name} is {kind}", hint=FORMAT_HINT, location=place)
    return Raster(MEDIA_TYPES[kind], width, height)


def file_size_error(size: int, name: str, place: Location | None) -> SourceError | None:
    """Return the error for a file that is too large, or None."""
    if size <= MAX_BYTES:
        return None
    return SourceError(
        f"picture {name} is {size / 1e6:.0f} MB, more than {MAX_BYTES // 1_000_000}",
        hint="Scale it down: 300 dots an inch of the printed width are enough; photographs as JPEG.",
        location=place,
    )


def pdf_image(stream: Any) -> Image.Image | None:
    """Decode an image of a PDF without its mask; None where its format is not supported, or it is too large.

    pikepdf gives a JPEG to Pillow whatever its bytes are, and JBIG2 to a program: only JPEG and raw samples are read.
    """
    import pikepdf

    filters = stream.get("/Filter", [])
    names = [str(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    if int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > MAX_PIXELS:
        return None
    try:
        if names == ["/DCTDecode"]:
            data = stream.read_raw_bytes()
            image = open_image(data, ("JPEG",))
            return image if image.width * image.height <= MAX_PIXELS else None
        if SIMPLE_FILTERS.issuperset(names):
            return pikepdf.PdfImage(stream).as_pil_image(apply_mask=False)
    except (OSError, ValueError, SyntaxError, pikepdf.PdfError):
        return None
    return None
