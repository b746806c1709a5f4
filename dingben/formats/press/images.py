"""Convert the images of a PDF to CMYK or grey, and downsample them where needed.

CMYK images are left unchanged: they have been separated for a press already.
"""

from __future__ import annotations

import io
import zlib
from typing import Any

import pikepdf
from pikepdf import Array, Name
from PIL import Image

from dingben.document.images.raster_images import open_image, pdf_image
from dingben.errors import RenderError
from dingben.formats.press.inks import PrintingCondition

JPEG_QUALITY = 95


def convert_image(stream: Any, inks: PrintingCondition, factor: int) -> None:
    """Convert an RGB or grey image, downsampled by ``factor``.

    Image masks are unchanged, opaque soft masks are removed.
    """
    if stream.get("/ImageMask", False):
        return
    soft = stream.get("/SMask")
    if isinstance(soft, pikepdf.Stream) and is_opaque(soft):
        del stream["/SMask"]
    image = open_downsampled(stream, factor)
    jpeg = stream.get("/Filter") == "/DCTDecode"
    write_image(stream, inks.picture(image if image.mode == "L" else image.convert("RGB")), jpeg=jpeg)


def is_opaque(mask: Any) -> bool:
    """Return whether a soft mask is fully opaque."""
    image = pdf_image(mask)
    return image is not None and image.convert("L").getextrema()[0] == 255


def open_downsampled(stream: Any, factor: int) -> Image.Image:
    """Open an image, downsampled by an integer factor; a JPEG partly while it is decoded."""
    width = int(stream.Width)
    if stream.get("/Filter") == "/DCTDecode":
        image = open_image(stream.read_raw_bytes(), ("JPEG",))
        image.draft(image.mode, (width // factor, int(stream.Height) // factor))
    else:
        image = decode_samples(stream)
    left = factor * image.width // width
    if left > 1:
        image = image.convert("RGB" if image.mode in ("P", "RGBA") else image.mode).reduce(left)
    return image


def decode_samples(stream: Any) -> Image.Image:
    """Decode an image. Raises RenderError for a filter that WeasyPrint doesn't write."""
    image = pdf_image(stream)
    if image is None:
        raise RenderError(f"a picture of the PDF can't be read: {stream.get('/Filter')}", hint="Build the PDF again.")
    return image


def write_image(stream: Any, image: Image.Image, *, jpeg: bool) -> None:
    """Write an image into the stream: as JPEG where it was one, else losslessly."""
    for key in ("/DecodeParms", "/Decode", "/Intent"):
        if key in stream:
            del stream[key]
    stream.Width, stream.Height = image.size
    stream.Interpolate = False
    stream.ColorSpace = Name.DeviceCMYK if image.mode == "CMYK" else Name.DeviceGray
    stream.BitsPerComponent = 1 if image.mode == "1" else 8
    if jpeg and image.mode != "1":
        out = io.BytesIO()
        image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True)
        stream.write(out.getvalue(), filter=Name.DCTDecode)
        if image.mode == "CMYK":  # Adobe's convention, which Pillow follows: inks are stored inverted
            stream.Decode = Array([1, 0] * 4)
    else:
        # compressed at once: a book of pictures would fill the memory before it is saved
        stream.write(zlib.compress(image.tobytes(), 6), filter=Name.FlateDecode)
