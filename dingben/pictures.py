"""Pictures: proved to be what they say before any writer opens them."""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from dingben.errors import Place, SourceError
from dingben.nodes import Node, rewrite

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
"""Formats that EPUB 3.3 calls core media types: https://www.w3.org/TR/epub-33/#sec-core-media-types."""

MOST_PIXELS = 100_000_000
MOST_BYTES = 32_000_000
SVG = "{http://www.w3.org/2000/svg}svg"
ACTIVE = {"script", "foreignObject", "iframe", "handler", "animate", "set", "animateTransform", "animateMotion"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file: ``name`` is its path from ``source/``."""

    path: Path
    name: str
    media_type: str

    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels; of an SVG that names none, those of its view box."""
        if self.media_type != "image/svg+xml":
            from PIL import Image

            with Image.open(self.path) as image:
                return float(image.width), float(image.height)
        root = etree.parse(str(self.path), safe_parser()).getroot()
        sizes = [svg_length(root.get(name) or "") for name in ("width", "height")]
        box = [float(n) for n in re.findall(r"-?[\d.]+", root.get("viewBox") or "")]
        across, down = (box[2], box[3]) if len(box) == 4 and box[2] > 0 and box[3] > 0 else (300.0, 150.0)
        if sizes[0] and sizes[1]:
            return sizes[0], sizes[1]
        if sizes[0] or sizes[1]:
            return sizes[0] or sizes[1] * across / down, sizes[1] or sizes[0] * down / across
        return across, down

    def data_uri(self) -> str:
        """The picture inside a URL: pandoc's sandbox opens no file."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.path.read_bytes()).decode('ascii')}"


def svg_length(value: str) -> float:
    """A length of SVG in CSS pixels, 0 where it is none or relative."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)(px|pt|mm|cm|in|)\s*", value)
    units = {"px": 1.0, "": 1.0, "pt": 4 / 3, "mm": 96 / 25.4, "cm": 960 / 25.4, "in": 96.0}
    return float(found[1]) * units[found[2]] if found else 0.0


def read_picture(path: Path, name: str, place: Place) -> Picture:
    """Open and check a picture. Raises SourceError where it is broken, huge, or carries script or outside links."""
    if path.stat().st_size > MOST_BYTES:
        raise SourceError(
            f"picture {name} is {path.stat().st_size / 1e6:.0f} MB, more than {MOST_BYTES // 1_000_000}",
            hint="Scale it down: 300 dots an inch of the printed width are enough; photographs as JPEG.",
            place=place,
        )
    if path.suffix.lower() == ".svg":
        check_svg(path, place)
        return Picture(path, name, "image/svg+xml")
    from PIL import Image, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for all

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                kind, size = image.format or "?", image.size
                if size[0] * size[1] > MOST_PIXELS:
                    raise Image.DecompressionBombWarning
                image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SourceError(
            f"picture {name} is larger than {MOST_PIXELS // 1_000_000} million pixels",
            hint="Scale it down: 300 dots an inch of the printed width are enough.",
            place=place,
        ) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise SourceError(
            f"picture {name} is broken or of an unknown kind", hint="Use PNG, JPEG, WebP, GIF or SVG.", place=place
        ) from error
    if kind not in MEDIA_TYPES:
        raise SourceError(f"picture {name} is {kind}", hint="Use PNG, JPEG, WebP, GIF or SVG.", place=place)
    return Picture(path, name, MEDIA_TYPES[kind])


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


def check_svg(path: Path, place: Place) -> None:
    """An SVG may hold shapes and text of its own only."""
    try:
        tree = etree.parse(str(path), safe_parser())
    except (etree.XMLSyntaxError, OSError) as error:
        message = f"picture {path.name} is not XML: {error}"
        raise SourceError(message, hint="Save it as plain SVG.", place=place) from error
    root = tree.getroot()
    if root.tag != SVG:
        raise SourceError(f"picture {path.name} is not SVG", hint="Its root must be <svg>.", place=place)
    if "<!ENTITY" in path.read_text("utf-8", "replace"):
        raise SourceError(f"picture {path.name} declares entities", hint="Save it as plain SVG.", place=place)
    if tree.xpath("boolean(//processing-instruction())"):
        raise SourceError(f"picture {path.name} asks for another file", hint="Save it as plain SVG.", place=place)
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        links = [v for k, v in element.attrib.items() if etree.QName(k).localname in ("href", "src")]
        styles = [*map(str, element.attrib.values()), "".join(map(str, element.itertext())) if name == "style" else ""]
        scripted = any(str(key).lower().startswith("on") for key in element.attrib)
        outside = any(not str(link).startswith(("#", "data:image/")) for link in links) or any(map(reaches_out, styles))
        if name in ACTIVE or scripted or outside:
            raise SourceError(
                f"picture {path.name} holds script or leads outside: <{name}>",
                hint="Save it as plain SVG, pictures embedded.",
                place=place,
            )


def reaches_out(style: str) -> bool:
    """Whether a piece of CSS imports, or names a URL that is no fragment; escapes could hide either."""
    small = style.lower()
    return (
        "@import" in small
        or bool(re.search(r"url\(\s*['\"]?(?!#)", small))
        or ("\\" in small and bool(re.search("[@:{]", small)))
    )
