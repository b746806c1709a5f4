"""SVG sanitizer: check the tree, and serialize it again, so that no other parser sees anything unchecked.

An SVG of a book is a still image: shapes, text and embedded images. Scripts, animation, external links and a DOCTYPE
(which can declare entities and attributes) are refused; metadata and editors' private elements are removed.
https://www.w3.org/TR/SVG2/conform.html#secure-static-mode defines the same for images in a web page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from dingben.diagnostics import Location
from dingben.document.images import raster_images
from dingben.document.images.data_urls import abbreviate, data_url, is_data_url, read_data_url
from dingben.document.images.svg_css import (
    OutsideError,
    References,
    Rule,
    names_nothing,
    sheet_rules,
    style_references,
    value_references,
)
from dingben.document.images.svg_limits import DrawingCounter, TooManyError, local_name
from dingben.errors import SourceError

MEDIA_TYPE = "image/svg+xml"
SVG = "http://www.w3.org/2000/svg"
XHTML = "http://www.w3.org/1999/xhtml"
XLINK = "{http://www.w3.org/1999/xlink}"
XML = "{http://www.w3.org/XML/1998/namespace}"

MAX_ELEMENTS = 100_000
MOST_CSS = 1_000_000
"""Characters of style sheets, and of attributes that may name something, e.g. ``fill: url(#a)``."""

SHAPES = """
    a circle clipPath defs desc ellipse g image line linearGradient marker mask path pattern polygon polyline
    radialGradient rect stop style svg switch symbol text textPath title tref tspan use view
"""
FILTERS = """
    filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode
    feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
"""
FONTS = "font font-face font-face-src font-face-name glyph missing-glyph hkern vkern altGlyph altGlyphDef glyphRef"
INKSCAPE = """
    flowRoot flowRegion flowPara flowSpan flowDiv flowLine mesh meshgradient meshpatch meshrow hatch hatchpath
    solidcolor
"""
"""Elements of drafts of SVG, which only Inkscape draws."""

ELEMENTS = frozenset(f"{SHAPES} {FILTERS} {FONTS} {INKSCAPE}".split())
"""Elements allowed in a still image."""


ACTIVE = frozenset(
    {"script", "foreignobject", "iframe", "handler", "listener", "object", "embed", "audio", "video", "canvas"}
)
"""Element names refused in any namespace and any case."""

NOT_CSS = frozenset({"id", "class", "lang", "title", "d", "points", "viewBox", "transform", "type"})
"""Attributes whose value is never CSS."""

DRAWS_TARGET = frozenset({"use", "feImage", "pattern"})
"""Elements that draw the target of their ``href``."""

SAVE_HINT = "Save it as plain SVG, pictures embedded."


@dataclass(frozen=True, slots=True)
class Svg:
    """A sanitized SVG: its bytes in UTF-8, width and height in CSS pixels."""

    data: bytes
    width: float
    height: float


def check_svg(data: bytes, name: str, place: Location | None) -> Svg:
    """Sanitize the SVG ``name``. Raises SourceError where it is more than a still image, or exceeds a limit."""
    if too_long := raster_images.file_size_error(len(data), name, place):
        raise too_long
    root = parse(data, name, place)
    checker = SvgSanitizer(name, place)
    checker.clean(root)
    checker.count(root)
    etree.cleanup_namespaces(root)
    text: bytes = etree.tostring(root, encoding="utf-8", with_tail=False)
    return Svg(text + b"\n", *size_of(root))


def parse(data: bytes, name: str, place: Location | None) -> etree._Element:
    """Parse an SVG without DOCTYPE, dropping comments. Raises SourceError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(
            f"picture {name} is not XML: {reason}", hint="Save it as plain SVG.", location=place
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        hint = "Delete the DOCTYPE line: <!DOCTYPE …>. No program needs it."
        raise SourceError(f"picture {name} has a DOCTYPE", hint=hint, location=place)
    if root.tag != f"{{{SVG}}}svg":
        raise SourceError(f"picture {name} is not SVG", hint="The root element must be <svg>.", location=place)
    if root.xpath("boolean(//processing-instruction('xml-stylesheet'))"):
        raise SourceError(f"picture {name} refers to another file", hint="Save it as plain SVG.", location=place)
    return root


@dataclass(slots=True)
class SvgSanitizer:
    """Checks and cleans every element of one SVG."""

    name: str
    place: Location | None
    references: dict[Any, References] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    pixels: int = 0
    """Of the pictures inside."""
    characters: int = 0
    """Of CSS that had to be parsed."""

    def clean(self, root: Any) -> None:
        """Remove what isn't drawn. Raises SourceError for anything but a still image."""
        stack, number = [root], 0
        while stack:
            element = stack.pop()
            number += 1
            if number > MAX_ELEMENTS:
                message = f"picture {self.name} has more than {MAX_ELEMENTS:,} elements: too many"
                raise SourceError(message, hint="Simplify it, or save it as PNG.", location=self.place)
            wanted = [child for child in element if self.is_wanted(child)]
            keep(element, wanted)
            stack += wanted
            self.attributes(element)
            if local_name(element) == "style":
                self.sheet(element)

    def is_wanted(self, child: Any) -> bool:
        """Return whether a node is an allowed SVG element. Raises SourceError for an active one."""
        if not isinstance(child.tag, str):
            return False
        name = etree.QName(child)
        if name.localname.lower() in ACTIVE or name.namespace == XHTML:
            self.refuse(child, "")
        if name.namespace != SVG or name.localname == "metadata":
            self.check_dropped(child)
            return False
        if name.localname not in ELEMENTS:
            self.refuse(child, "")
        return True

    def check_dropped(self, dropped: Any) -> None:
        """Refuse scripts within removed elements too."""
        for element in dropped.iter(etree.Element):
            name = etree.QName(element)
            if name.localname.lower() in ACTIVE or name.namespace == XHTML:
                self.refuse(element, "")

    def attributes(self, element: Any) -> None:
        """Check each attribute; those of other namespaces are removed."""
        found: References = {}
        for key, value in list(element.attrib.items()):
            name = str(key)
            if name.lower().startswith("on") or name == f"{XML}base":
                self.refuse(element, f"{name.rpartition('}')[2]}=")
            if name in ("href", f"{XLINK}href"):
                self.link(element, name, value.strip(), found)
            elif name.startswith("{"):
                if name not in (f"{XML}lang", f"{XML}space", f"{XLINK}title"):
                    del element.attrib[key]
            elif name.lower() in ("src", "srcset", "data", "action", "formaction", "ping"):
                self.refuse(element, f"{name}=")
            else:
                self.css(element, name, value, found)
        if found:
            self.references[element] = found

    def link(self, element: Any, name: str, value: str, found: References) -> None:
        """Check a link: a place in the SVG, or an embedded raster image."""
        kind = local_name(element)
        if kind in ("image", "feImage") and is_data_url(value):
            element.set(name, self.embedded_image(element, value))
            return
        if not value.startswith("#") or kind == "image":
            self.refuse(element, abbreviate(value))
        element.set(name, value)
        if kind in DRAWS_TARGET:
            found.setdefault("href", set()).add(value[1:])

    def embedded_image(self, element: Any, url: str) -> str:
        """Validate an embedded image and encode its URL again."""
        name = f"{abbreviate(url)} in {self.name}, line {element.sourceline}"
        try:
            data = read_data_url(url)
        except ValueError as error:
            raise SourceError(f"picture {name} can't be read: {error}", hint=SAVE_HINT, location=self.place) from error
        raster = raster_images.check_raster(data, name, self.place, raster_images.MAX_PIXELS - self.pixels)
        self.pixels += raster.width * raster.height
        return data_url(raster.media_type, data)

    def css(self, element: Any, name: str, value: str, found: References) -> None:
        """Check a ``style`` attribute, or one that may be a presentation attribute."""
        if name in NOT_CSS or name.startswith(("aria-", "data-")) or names_nothing(value):
            return
        self.count_css(value)
        try:
            if name == "style":
                for key, named in style_references(value).items():
                    found.setdefault(key, set()).update(named)
            elif identifiers := value_references(value):
                found.setdefault(name, set()).update(identifiers)
        except OutsideError as error:
            self.refuse(element, str(error))

    def sheet(self, element: Any) -> None:
        """A style sheet within the SVG."""
        text = "".join(element.itertext())
        self.count_css(text)
        try:
            self.rules += sheet_rules(text)
        except OutsideError as error:
            self.refuse(element, str(error))

    def count_css(self, text: str) -> None:
        """Refuse what would be read for a minute. Raises SourceError."""
        self.characters += len(text)
        if self.characters > MOST_CSS:
            message = f"picture {self.name} has more than {MOST_CSS:,} characters of styles: too many"
            raise SourceError(message, hint="Simplify it, or save it as PNG.", location=self.place)

    def count(self, root: Any) -> None:
        """Refuse an SVG that would draw too many elements. Raises SourceError."""
        try:
            DrawingCounter(root, self.references, self.rules).count()
        except TooManyError as error:
            hint = "Look for recursive <use> elements, or save it as PNG."
            raise SourceError(f"picture {self.name}: {error}", hint=hint, location=self.place) from error

    def refuse(self, element: Any, detail: str) -> None:
        """Raise SourceError for an element."""
        shown = f"<{local_name(element)}> on line {element.sourceline}"
        raise SourceError(
            f"picture {self.name} contains a script or an external reference: {shown}{f', {detail}' if detail else ''}",
            hint=SAVE_HINT,
            location=self.place,
        )


def keep(element: Any, wanted: list[Any]) -> None:
    """Take all other children out, and leave the text that follows them."""
    if len(wanted) == len(element):
        return
    kept, last, texts = set(wanted), None, [element.text or ""]
    for child in list(element):
        if child in kept:
            set_text(element, last, texts)
            last, texts = child, [child.tail or ""]
        else:
            texts.append(child.tail or "")
            element.remove(child)
    set_text(element, last, texts)


def set_text(element: Any, last: Any, texts: list[str]) -> None:
    """The text after the child ``last``, or before the first one."""
    if last is None:
        element.text = "".join(texts)
    else:
        last.tail = "".join(texts)


# -- size


def size_of(root: Any) -> tuple[float, float]:
    """Return width and height in CSS pixels; an SVG without them has those of its viewBox."""
    sizes = [length(root.get(name) or "") for name in ("width", "height")]
    box = [float(n) for n in re.findall(r"-?(?:\d+(?:\.\d*)?|\.\d+)", root.get("viewBox") or "")]
    across, down = (box[2], box[3]) if len(box) == 4 and box[2] > 0 and box[3] > 0 else (300.0, 150.0)
    if sizes[0] and sizes[1]:
        return sizes[0], sizes[1]
    if sizes[0] or sizes[1]:
        return sizes[0] or sizes[1] * across / down, sizes[1] or sizes[0] * down / across
    return across, down


def length(value: str) -> float:
    """Convert an SVG length to CSS pixels, 0 for none or a relative one."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)(px|pt|mm|cm|in|)\s*", value)
    units = {"px": 1.0, "": 1.0, "pt": 4 / 3, "mm": 96 / 25.4, "cm": 960 / 25.4, "in": 96.0}
    return float(found[1]) * units[found[2]] if found else 0.0
