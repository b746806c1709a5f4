"""Convert screen colours to inks: neutral colours to black alone, others by an ICC profile.

A grey mixed of four inks shows every misregistration, and black text in four inks has coloured edges. So neutral
colours print on the black plate alone, and only chromatic colours go through the profile of the printing condition.
Inks are (c, m, y, k), each 0 to 1.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageCms

from dingben.diagnostics import Location
from dingben.errors import SourceError

Ink = tuple[float, float, float, float]

BLACK: Ink = (0.0, 0.0, 0.0, 1.0)
NEUTRAL = 3 / 255
"""Largest difference of red, green and blue in a neutral colour."""

NEUTRAL_PICTURE = 10
"""The same for images, of 255: JPEG adds faint colours to scans."""

BAND_ROWS = 1024
"""Image rows converted at a time, to limit memory."""

SRGB = ImageCms.createProfile("sRGB")
RELATIVE, BLACK_POINT = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION


class PrintingCondition:
    """A printing condition: an ICC output profile for CMYK, and the conversion of colours to it."""

    def __init__(self, data: bytes, place: Location) -> None:
        """Load a profile. Raises SourceError where ``data`` is not a CMYK output profile."""
        self.data = data
        hint = "[print] profile names an ICC profile for CMYK printing, as printers provide it."
        try:
            opened: Any = ImageCms.ImageCmsProfile(io.BytesIO(data))
        except (OSError, ImageCms.PyCMSError) as error:
            raise SourceError("this is not an ICC profile", hint=hint, location=place) from error
        profile = opened.profile
        if profile.xcolor_space.strip() != "CMYK" or profile.device_class != "prtr":
            kind = f"{profile.device_class} for {profile.xcolor_space.strip()}"
            raise SourceError(f"this ICC profile is for {kind}, not for CMYK printing", hint=hint, location=place)
        self.name: str = (profile.profile_description or place.file.stem).strip()
        self.known: dict[tuple[float, ...], Ink] = {}
        try:
            self.transform: Any = ImageCms.buildTransform(SRGB, opened, "RGB", "CMYK", RELATIVE, BLACK_POINT)
        except ImageCms.PyCMSError as error:
            raise SourceError(f"this ICC profile can't be used: {error}", hint=hint, location=place) from error

    def ink(self, red: float, green: float, blue: float) -> Ink:
        """Convert an sRGB colour to inks; values outside 0 to 1 are clipped."""
        colour = tuple(min(1.0, max(0.0, value)) for value in (red, green, blue))
        if max(colour) - min(colour) <= NEUTRAL:
            return grey(sum(colour) / 3)
        if colour not in self.known:
            dot = Image.new("RGB", (1, 1), tuple(round(255 * value) for value in colour))
            converted: Any = ImageCms.applyTransform(dot, self.transform)
            self.known[colour] = tuple(round(value / 255, 3) for value in converted.getpixel((0, 0)))
        return self.known[colour]

    def picture(self, image: Image.Image) -> Image.Image:
        """Convert an RGB or grey image: to bilevel, grey or CMYK."""
        if image.mode == "RGB" and not is_grey(image):
            converted = Image.new("CMYK", image.size)
            for top in range(0, image.height, BAND_ROWS):
                band = image.crop((0, top, image.width, min(image.height, top + BAND_ROWS)))
                inked: Any = ImageCms.applyTransform(band, self.transform)
                converted.paste(inked, (0, top))
            return converted
        plain = image.convert("L")
        tones = {value for value, count in enumerate(plain.histogram()) if count}
        return plain.convert("1", dither=Image.Dither.NONE) if tones <= {0, 255} else plain


def grey(lightness: float) -> Ink:
    """Return black ink for a grey, 0 black to 1 white."""
    return (0.0, 0.0, 0.0, round(1 - min(1.0, max(0.0, lightness)), 3))


def is_grey(image: Image.Image) -> bool:
    """Return whether an RGB image is practically neutral."""
    red, green, blue = image.split()
    apart = ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return int(apart.getextrema()[1]) <= NEUTRAL_PICTURE  # type: ignore[arg-type]


def lab_to_rgb(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """Convert CIE L*a*b* to sRGB (IEC 61966-2-1), whatever its white point: paper white is white."""
    across = (lightness + 16) / 116
    scaled = [
        target * (value**3 if value > 6 / 29 else 3 * (6 / 29) ** 2 * (value - 4 / 29))
        for value, target in zip((across + a / 500, across, across - b / 200), (0.95047, 1.0, 1.08883), strict=True)
    ]
    x, y, z = scaled
    linear = (
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    )
    red, green, blue = (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in linear)
    return red, green, blue


def total_ink(image: Image.Image) -> float:
    """Return the maximum total area coverage of a CMYK image, of 4.0 (four full plates), within 0.02."""
    small = image if image.width * image.height <= 4_000_000 else image.reduce(2)
    c, m, y, k = small.split()
    mean = ImageChops.add(ImageChops.add(c, m, 2), ImageChops.add(y, k, 2), 2)
    return int(mean.getextrema()[1]) * 4 / 255  # type: ignore[arg-type]


def read_printing_condition(path: Path) -> PrintingCondition:
    """Load the printing condition from the profile at ``path``. Raises SourceError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"can't be read: {error.strerror}", hint="Check its name.", location=Location(path)
        ) from error
    return PrintingCondition(data, Location(path))
