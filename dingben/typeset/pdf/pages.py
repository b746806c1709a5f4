"""Write one laid-out page as PDF objects with numbers of its own, without its margin boxes.

It is what WeasyPrint does for all pages of a document in one go (``weasyprint.pdf``), done
for one, so that no page's objects know those of another.
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
from dingben.typeset.paged.page_frames import shift_of
from dingben.typeset.records import SCALE, FontUsage, Glyphs, Item, PageRecord, glyphs_to_json


class PageWriter:
    """Writes pages one at a time. ``fonts`` are those of all pages, by Pango's key."""

    def __init__(self, fetcher: Any) -> None:
        self.fonts: dict[Any, Any] = {}
        self.document = SimpleNamespace(url_fetcher=fetcher, fonts=self.fonts)

    def write(self, page_box: Any) -> PageRecord:
        """Write a page without its margin boxes. Raises NotSplittableError where the page has forms."""
        page = Page(page_box)
        if any(page.forms.values()):
            raise NotSplittableError("there are forms")
        pdf = pydyf.PDF()
        shared, (document, fonts, colours, profile) = add_placeholders(pdf)
        resources = empty_resources(colours.reference)
        pdf.add_object(resources)
        images: dict[str, Any] = {}
        tags: dict[Any, Any] = {}
        height, aside = page.height * SCALE, shift_of(page_box) * SCALE
        stream = self.stream(page, resources, images, tags, profile)
        stream.transform(d=-1, f=height)
        pdf.add_object(stream)
        dictionary = page_dictionary(page, pdf, stream, resources)
        pdf.add_page(dictionary)
        names: list[Any] = []
        links = [link for link in page.links if link[0] != "internal" or link[1]]
        anchors = [(name, *place[:2]) for name, place in page.anchors.items()]
        matrix = Matrix(SCALE, 0, 0, -SCALE, 0, height)
        weasyprint.pdf.add_links((links, anchors), matrix, pdf, dictionary, names, tags)
        add_annotations(links, matrix, self.document, pdf, dictionary, {}, True)
        with self.collecting() as used, stream.stacked():
            stream.transform(a=SCALE, d=SCALE, e=aside)
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
            names=[(name, to_text(place)) for name, place in names],
            anchors=list(page.anchors),
            bookmarks=page.bookmarks,
            links=sorted({target for kind, target, _, _ in links if kind == "internal"}),
            told_glyphs=glyphs_to_json(used),
            aside=aside,
        )

    def stream(self, page: Any, resources: Any, images: Any, tags: Any, profile: Any) -> Any:
        """What the page is drawn on."""
        left, top, right, bottom = media_box(page)
        rectangle = (left / SCALE, top / SCALE, (right - left) / SCALE, (bottom - top) / SCALE)
        profiles = {"srgb": SimpleNamespace(pdf_reference=profile.reference if profile else None)}
        return Stream(self.fonts, rectangle, resources, images, tags, profiles, "srgb", compress=True)

    @contextlib.contextmanager
    def collecting(self) -> Iterator[Glyphs]:
        """While this lasts, what is used of each font is collected."""
        used: Glyphs = {}
        shared: Glyphs = {}

        def share(font: Font) -> Font:
            # Pango's keys may tell fonts apart that are one in the file: a glyph there stands for one text
            font.to_unicode = shared.setdefault(font.hash, {})
            return font

        for font in self.fonts.values():
            share(font)
        with patches(glyphs=share):
            yield used
        used.update((name, glyphs) for name, glyphs in shared.items() if glyphs)

    def used(self, glyphs: Glyphs, former: Mapping[str, FontUsage] | None = None) -> dict[str, FontUsage]:
        """The fonts that some glyphs are of; those of pages from a build before are ``former``."""
        fonts = {font.hash: font for font in self.fonts.values()}
        made = {}
        for name, numbers in sorted(glyphs.items()):
            if name in fonts:
                known: Mapping[int, int] = fonts[name].widths
                description, proof = fonts[name].description, fingerprint(fonts[name])
            else:
                assert former
                description, proof, known = former[name].description, former[name].proof, former[name].widths
            made[name] = FontUsage(description, proof, {glyph: known[glyph] for glyph in sorted(numbers)})
        return made


def patch_font(original: Any, share: Callable[[Font], Font]) -> Any:  # noqa: ARG001
    """Replace the class ``Font`` where a stream makes one: it can be found again, and ``share`` gets it."""
    return lambda *about: share(DescribedFont(*about))


def empty_resources(colours: Any) -> Any:
    """Empty resources."""
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
    """The media box, points."""
    left, top = -SCALE * page.bleed["left"], -SCALE * page.bleed["top"]
    width = SCALE * (page.width + page.bleed["left"] + page.bleed["right"])
    height = SCALE * (page.height + page.bleed["top"] + page.bleed["bottom"])
    return left, top, left + width, top + height


def page_boxes(page: Any) -> dict[str, Any]:
    """MediaBox, TrimBox and BleedBox (PDF 32000-1:2008, 14.11.2), the last as WeasyPrint has it, 10 points at most."""
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
    """The structure elements of a page: those under the document's, and those of its contents and annotations.

    ``matrix`` leads from px on the page to points.
    """
    nums: dict[int, Any] = {}
    annotations: list[Any] = []
    elements = list(tagging._build_box_tree(page_box, document, pdf, 0, nums, annotations, tags))
    if tags:
        raise RenderError("something was drawn that has no place in the structure of the text")
    set_figure_boxes(pdf, matrix)
    parents = [to_text(pydyf.Array([reference for _, reference in sorted(nums.items())]))]
    for number, (reference, annotation) in enumerate(annotations, start=1):
        annotation["StructParent"] = number
        annotation["F"] = 4  # it is printed: ISO 19005-2, 6.3.2
        parents.append(to_text(reference))
    return [element.reference for element in elements], parents


def set_figure_boxes(pdf: Any, matrix: Any) -> None:
    """Tell in points where figures stand (PDF 32000-1:2008, 14.8.5.4.3): WeasyPrint does it in px from the top."""
    for item in pdf.objects:
        if isinstance(item, dict) and isinstance(attributes := item.get("A"), dict) and "BBox" in attributes:
            left, top, right, bottom = attributes["BBox"]
            (x1, y2), (x2, y1) = matrix.transform_point(left, top), matrix.transform_point(right, bottom)
            attributes["BBox"] = pydyf.Array([x1, y1, x2, y2])


def rename_identifiers(pdf: Any) -> None:
    """Let the identifiers of structure elements be told by their numbers: they must differ in a book."""
    elements: list[Any] = [o for o in pdf.objects if isinstance(o, dict) and isinstance(o.get("ID"), pydyf.String)]
    named = {str(element["ID"].string): element.number for element in elements}
    for element in elements:
        element["ID"] = pydyf.String(f"{OWN_NAME}{element.number}")
    for item in pdf.objects:
        if isinstance(item, dict) and isinstance(attributes := item.get("A"), dict) and "Headers" in attributes:
            keys = [str(key.string) for key in attributes["Headers"]]
            attributes["Headers"] = pydyf.Array([pydyf.String(f"{OWN_NAME}{named[key]}") for key in keys])


def to_item(item: Any) -> Item:
    """A PDF object, written down."""
    if item.compressible:
        return Item(item.number, item.data)
    head, _, stream = item.data.partition(b"\nstream\n")
    return Item(item.number, head, stream.removesuffix(b"\nendstream"))


def to_text(value: Any) -> str:
    """A PDF value as text."""
    return pydyf._to_bytes(value).decode("latin-1")  # type: ignore[no-any-return]
