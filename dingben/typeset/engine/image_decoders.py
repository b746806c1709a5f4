"""Restrict the image decoders that WeasyPrint uses: four of Pillow's, and SVG that was checked.

WeasyPrint asks the fetcher for a picture as for any file, then lets Pillow try all that it has. Here the bytes of a
picture come from :meth:`dingben.typeset.engine.documents.BookFetcher.picture`, which has looked at them; and should
others come, from a font or a template, they reach no other decoder.
"""

from __future__ import annotations

import copy
import io
from typing import Any
from xml.etree import ElementTree

import weasyprint.images
from PIL import Image

from dingben.document.images.raster_images import FORMATS
from dingben.document.images.svg import check_svg
from dingben.errors import SourceError

XMLNS = "{http://www.w3.org/2000/xmlns/}"
"""Namespace declarations, which an HTML parser treats as attributes."""


class FourFormats:
    """Replacement of the module ``PIL.Image`` in WeasyPrint."""

    @staticmethod
    def open(file: io.BytesIO) -> Image.Image:
        """Open an image like Pillow's function, but PNG, JPEG, GIF and WebP only."""
        return Image.open(file, formats=FORMATS)

    def __getattr__(self, name: str) -> Any:
        return getattr(Image, name)


class PictureFetcher:
    """Adapts the fetcher to WeasyPrint's ``fetch``, for pictures."""

    _fail_on_errors = False

    def __init__(self, fetcher: Any) -> None:
        self.fetcher = fetcher

    def __call__(self, url: str) -> Any:
        return self.fetcher.picture(url)


def patch_image(original: Any) -> Any:  # noqa: ARG001
    """Replace the module ``PIL.Image``."""
    return FOUR_FORMATS


def patch_get_image_from_uri(original: Any) -> Any:
    """Replace ``get_image_from_uri``: the fetcher returns a valid picture or stops the build."""

    def get_image_from_uri(cache: Any, url_fetcher: Any, options: Any, url: str, *rest: Any, **named: Any) -> Any:
        return original(cache, PictureFetcher(url_fetcher), options, url, *rest, **named)

    return get_image_from_uri


def patch_inline_svg(original: Any) -> Any:  # noqa: ARG001
    """Replace ``SVGImage`` where ``<svg>`` elements in HTML become pictures."""
    return inline_svg


def inline_svg(element: Any, base_url: str, url_fetcher: Any, context: Any) -> Any:
    """Return an inline ``<svg>``, checked like a file. Raises RefusedError, which stops the build."""
    from dingben.typeset.engine.documents import RefusedError

    alone = copy.deepcopy(element)
    alone.tail = None
    for inner in alone.iter():
        for name in [n for n in inner.attrib if n.startswith(XMLNS)]:
            del inner.attrib[name]
    try:
        checked = check_svg(ElementTree.tostring(alone, encoding="utf-8"), "<svg> in a template", None)
    except SourceError as error:
        raise RefusedError("<svg>", error) from error
    tree = ElementTree.fromstring(checked.data)  # noqa: S314 (serialized by the sanitizer, without a DOCTYPE)
    return weasyprint.images.SVGImage(tree, base_url, url_fetcher, context)


FOUR_FORMATS = FourFormats()
