"""Write one laid-out page as PDF objects with numbers of its own, without its margin boxes.

WeasyPrint (``weasyprint.pdf``) writes all pages of a document at once; here a page is written alone, so that its
objects do not refer to those of another.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pydyf
import weasyprint.pdf
from weasyprint.document import Page
from weasyprint.draw import draw_page
from weasyprint.matrix import Matrix
from weasyprint.pdf import _use_references
from weasyprint.pdf import tags as tagging
from weasyprint.pdf.anchors import add_annotations
from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream

from dingben.errors import RenderError
from dingben.typeset.engine.patch import patches
from dingben.typeset.errors import NotSplittableError
from dingben.typeset.fonts.metrics import DescribedFont
from dingben.typeset.fonts.subset import OWN_NAME, RESOURCES, fingerprint
from dingben.typeset.paged.page_frames import page_shift
from dingben.typeset.records import SCALE, FontUsage, Glyphs, Item, PageRecord, glyphs_to_json


class PageWriter:
    """Writes pages one at a time. ``fonts``: those of all pages, by Pango's key."""

    def __init__(self, fetcher: Any) -> None:
        self.fonts: dict[Any, Any] = {}
        self.document = SimpleNamespace(url_fetcher=fetcher, fonts=self.fonts)

    def write(self, page_box: Any) -> PageRecord:
        """Write a page without its margin boxes. Raises NotSplittableError for a page with forms."""
        page = Page(page_box)
        if any(page.forms.values()):
            raise NotSplittableError("a page has forms")
        pdf = pydyf.PDF()
        shared, (document, fonts, colours, profile) = add_placeholders(pdf)
        resources = empty_resources(colours.reference)
        pdf.add_object(resources)
        images: dict[str, Any] = {}
        tags: dict[Any, Any] = {}
        height, shift = page.height * SCALE, page_shift(page_box) * SCALE
        stream = self.stream(page, resources, images, tags, profile)
        stream.transform(d=-1, f=height)
        pdf.add_object(stream)
        dictionary = page_dictionary(page, pdf, stream, resources)
        pdf.add_page(dictionary)
        destinations: list[Any] = []
        links = [link for link in page.links if link[0] != "internal" or link[1]]
        anchors = [(name, *place[:2]) for name, place in page.anchors.items()]
        matrix = Matrix(SCALE, 0, 0, -SCALE, 0, height)
        weasyprint.pdf.add_links((links, anchors), matrix, pdf, dictionary, destinations, tags)
        add_annotations(links, matrix, self.document, pdf, dictionary, {}, True)
        with self.collect_glyphs() as used, stream.stacked():
            stream.transform(a=SCALE, d=SCALE, e=shift)
            draw_page(page_box, stream)
        resources["Font"] = fonts.reference
        _use_references(pdf, resources, images, {})
        kids, parents = structure_elements(page_box, document, pdf, tags, matrix)
        rename_identifiers(pdf)
        left_out = {0, 1, 2, *shared}
        return PageRecord(
            items=[to_item(o) for o in pdf.objects if o.number not in left_out],
            page=dictionary.number,
            resources=resources.number,
            height=page.height,
            shared=shared,
            kids=to_text(pydyf.Array(kids)),
            parents=parents,
            destinations=[(name, to_text(place)) for name, place in destinations],
            anchors=list(page.anchors),
            bookmarks=page.bookmarks,
            link_targets=sorted({target for kind, target, _, _ in links if kind == "internal"}),
            glyphs_json=glyphs_to_json(used),
            shift=shift,
        )

    def stream(self, page: Any, resources: Any, images: Any, tags: Any, profile: Any) -> Any:
        """Return a content stream for the page."""
        left, top, right, bottom = media_box(page)
        rectangle = (left / SCALE, top / SCALE, (right - left) / SCALE, (bottom - top) / SCALE)
        profiles = {"srgb": SimpleNamespace(pdf_reference=profile.reference if profile else None)}
        return Stream(self.fonts, rectangle, resources, images, tags, profiles, "srgb", compress=True)

    @contextlib.contextmanager
    def collect_glyphs(self) -> Iterator[Glyphs]:
        """Collect the glyphs that are drawn in this context."""
        used: Glyphs = {}
        shared: Glyphs = {}

        def share(font: Font) -> Font:
            # several of Pango's keys may stand for one font of the file, in which a glyph has one text
            font.to_unicode = shared.setdefault(font.hash, {})
            return font

        for font in self.fonts.values():
            share(font)
        with patches(glyphs=share):
            yield used
        used.update((name, glyphs) for name, glyphs in shared.items() if glyphs)

    def font_usage(self, glyphs: Glyphs, former: Mapping[str, FontUsage] | None = None) -> dict[str, FontUsage]:
        """Return the fonts of some glyphs. ``former``: the fonts of pages that are reused from an earlier build."""
        fonts = {font.hash: font for font in self.fonts.values()}
        usage = {}
        for name, numbers in sorted(glyphs.items()):
            if name in fonts:
                known: Mapping[int, int] = fonts[name].widths
                description, proof = fonts[name].description, fingerprint(fonts[name])
            else:
                assert former
                description, proof, known = former[name].description, former[name].fingerprint, former[name].widths
            usage[name] = FontUsage(description, proof, {glyph: known[glyph] for glyph in sorted(numbers)})
        return usage


def patch_font(original: Any, share: Callable[[Font], Font]) -> Any:  # noqa: ARG001
    """Replace the class ``Font`` where a stream creates one: the font can be found again, and ``share`` gets it."""
    return lambda *arguments: share(DescribedFont(*arguments))


def empty_resources(colours: Any) -> Any:
    """Return empty resources (PDF 32000-1:2008, 7.8.3)."""
    return pydyf.Dictionary({**{kind: pydyf.Dictionary() for kind in RESOURCES}, "ColorSpace": colours, "Font": None})


def add_placeholders(pdf: Any) -> tuple[dict[int, str], list[Any]]:
    """Add an object in place of each that all pages share; return their names by number, and the objects.

    The objects: the structure element of the document, the font resources, the colour spaces, the colour profile.
    """
    names, placeholders = {pdf.pages.number: "pages"}, []
    for name in ("document", "fonts", "colours", "profile"):
        placeholder = pydyf.Dictionary({"K": pydyf.Array()})
        pdf.add_object(placeholder)
        names[placeholder.number] = name
        placeholders.append(placeholder)
    return names, placeholders


def page_dictionary(page: Any, pdf: Any, stream: Any, resources: Any) -> Any:
    """Return the page object (PDF 32000-1:2008, 7.7.3.3)."""
    return pydyf.Dictionary(
        {
            "Type": "/Page",
            "Parent": pdf.pages.reference,
            **page_boxes(page),
            "Contents": stream.reference,
            "Resources": resources.reference,
            "Tabs": "/S",
            "StructParents": 0,
        }
    )


def media_box(page: Any) -> tuple[float, float, float, float]:
    """Return the media box, in points."""
    left, top = -SCALE * page.bleed["left"], -SCALE * page.bleed["top"]
    width = SCALE * (page.width + page.bleed["left"] + page.bleed["right"])
    height = SCALE * (page.height + page.bleed["top"] + page.bleed["bottom"])
    return left, top, left + width, top + height


def page_boxes(page: Any) -> dict[str, Any]:
    """Return MediaBox, TrimBox and BleedBox (PDF 32000-1:2008, 14.11.2); as in WeasyPrint, 10 points bleed at most."""
    left, top, right, bottom = media_box(page)
    bleed = {side: value * SCALE for side, value in page.bleed.items()}
    trim = left + bleed["left"], top + bleed["top"], right - bleed["right"], bottom - bleed["bottom"]
    over = {side: min(10, value) for side, value in bleed.items()}
    outer = trim[0] - over["left"], trim[1] - over["top"], trim[2] + over["right"], trim[3] + over["bottom"]
    return {
        "MediaBox": pydyf.Array([left, top, right, bottom]),
        "TrimBox": pydyf.Array(trim),
        "BleedBox": pydyf.Array(outer),
    }


def structure_elements(page_box: Any, document: Any, pdf: Any, tags: Any, matrix: Any) -> tuple[list[Any], list[str]]:
    """Return the structure elements of a page: those below that of the document, and those of contents and annotations.

    ``matrix``: from px on the page to points.
    """
    nums: dict[int, Any] = {}
    annotations: list[Any] = []
    elements = list(tagging._build_box_tree(page_box, document, pdf, 0, nums, annotations, tags))
    if tags:
        raise RenderError("something is drawn that has no place in the structure tree")
    set_figure_boxes(pdf, matrix)
    parents = [to_text(pydyf.Array([reference for _, reference in sorted(nums.items())]))]
    for number, (reference, annotation) in enumerate(annotations, start=1):
        annotation["StructParent"] = number
        annotation["F"] = 4  # Print: ISO 19005-2, 6.3.2
        parents.append(to_text(reference))
    return [element.reference for element in elements], parents


def set_figure_boxes(pdf: Any, matrix: Any) -> None:
    """Convert the BBox of figures to points (PDF 32000-1:2008, 14.8.5.4.3): WeasyPrint writes px from the top."""
    for item in pdf.objects:
        if isinstance(item, dict) and isinstance(attributes := item.get("A"), dict) and "BBox" in attributes:
            left, top, right, bottom = attributes["BBox"]
            (x1, y2), (x2, y1) = matrix.transform_point(left, top), matrix.transform_point(right, bottom)
            attributes["BBox"] = pydyf.Array([x1, y1, x2, y2])


def rename_identifiers(pdf: Any) -> None:
    """Name the identifiers of structure elements by their object numbers, so that they are unique in a book."""
    elements: list[Any] = [o for o in pdf.objects if isinstance(o, dict) and isinstance(o.get("ID"), pydyf.String)]
    named = {str(element["ID"].string): element.number for element in elements}
    for element in elements:
        element["ID"] = pydyf.String(f"{OWN_NAME}{element.number}")
    for item in pdf.objects:
        if isinstance(item, dict) and isinstance(attributes := item.get("A"), dict) and "Headers" in attributes:
            keys = [str(key.string) for key in attributes["Headers"]]
            attributes["Headers"] = pydyf.Array([pydyf.String(f"{OWN_NAME}{named[key]}") for key in keys])


def to_item(item: Any) -> Item:
    """Serialize a PDF object."""
    if item.compressible:
        return Item(item.number, item.data)
    head, _, stream = item.data.partition(b"\nstream\n")
    return Item(item.number, head, stream.removesuffix(b"\nendstream"))


def to_text(value: Any) -> str:
    """Serialize a PDF value as text."""
    return pydyf._to_bytes(value).decode("latin-1")  # type: ignore[no-any-return]
