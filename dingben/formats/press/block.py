"""Press edition: the screen PDF converted to PDF/X-4 (ISO 15930-7), page for page.

There is no second layout: what the author saw and corrected is printed. Colours are converted to CMYK
(:mod:`dingben.formats.press.color_conversion`), tags and links are removed, pages get bleed and marks
(:mod:`dingben.formats.press.printer_marks`), and blank pages fill the last signature.
"""

from __future__ import annotations

import hashlib
import io
import math
import string
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, String

import dingben
from dingben.book.model import Book
from dingben.book.resources import find
from dingben.document.model import Fragment
from dingben.formats.press.color_conversion import ColorConverter, remove_keys
from dingben.formats.press.image_placement import MAX_FORM_DEPTH, placed_images
from dingben.formats.press.inks import PrintingCondition, read_printing_condition
from dingben.formats.press.preflight import InkScanner, Preflight, examine, is_transparent, rectangle, resources_of
from dingben.formats.press.printer_marks import PressSheet, SlugLine, clip_to_bleed, printer_marks, set_boxes
from dingben.theme.page_geometry import POINTS
from dingben.theme.stylesheets import stylesheet, variables
from dingben.typeset import LayoutOptions, typeset_page
from dingben.typeset.options import BASE_URL

STANDARD = "PDF/X-4"
MAX_PPI = 900
"""Resolution in pixels per inch above which images are downsampled: no press screen shows more."""

TARGET_PPI = 450
CATALOG_KEYS = frozenset({"/Type", "/Pages", "/PageLabels", "/Lang"})
"""Entries of the screen PDF's catalog that are kept."""


@dataclass(frozen=True, slots=True)
class PressOptions:
    """Options of a press PDF. Lengths are points.

    ``included`` is bleed that the pages already have; ``folds`` are distances from the left trim edge; ``signature`` is
    the number of pages in a signature; ``specimen`` is a PDF that shows the glyphs of the slug line; ``names`` are
    image files by resource name.
    """

    title: str
    author: str | None
    slug: str
    inks: PrintingCondition
    modified: datetime
    specimen: bytes
    bleed: float = 3 * POINTS
    included: float = 0.0
    folds: tuple[float, ...] = ()
    signature: int = 1
    note: str = ""
    names: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PressResult:
    """A press PDF and its preflight report."""

    pdf: bytes
    report: Preflight


def make_print(book: Book, fragments: Sequence[Fragment], screen: bytes, slug: str, modified: datetime) -> PressResult:
    """Convert the screen PDF of the book to a press PDF."""
    pictures = [picture.name for fragment in fragments for picture in fragment.pictures]
    return make_press(
        screen,
        PressOptions(
            title=book.title.title,
            author=book.byline,
            slug=slug,
            inks=printing_condition(book),
            modified=modified,
            specimen=slug_specimen(book),
            bleed=book.press.bleed * POINTS,
            signature=book.press.signature,
            names={resource_name(name): name for name in pictures},
        ),
    )


def printing_condition(book: Book) -> PrintingCondition:
    """Return the printing condition that the book names, or the packaged one."""
    path = find(book.folder, "styles", book.press.profile)
    assert path, "source proves that the profile is there"
    return read_printing_condition(path)


def slug_specimen(book: Book) -> bytes:
    """Typeset a page with every glyph of the slug line, in the font of the captions."""
    letters = f"{string.ascii_letters}{string.digits} ._-/×"
    faces = variables(stylesheet(book.folder, "print", design=book.design))
    css = f"body {{ font-family: {faces.get('--hei', 'sans-serif')} }}"
    html = f"<!DOCTYPE html><html lang='en'><head><title>slug</title></head><body>{letters}</body></html>"
    return typeset_page(html, LayoutOptions(book.folder, (css,))).pdf


def resource_name(picture: str) -> str:
    """Return WeasyPrint's resource name of an image: ``i``, MD5 of its URL, 0 for smooth scaling."""
    return f"i{hashlib.md5(f'{BASE_URL}source/{quote(picture)}'.encode(), usedforsecurity=False).hexdigest()}0"


def make_press(pdf: bytes, job: PressOptions) -> PressResult:
    """Convert ``pdf`` to PDF/X-4. Raises RenderError where it can't be read."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        finer = downsampling_factors(document)
        plates = ColorConverter(document, job.inks, finer)
        strip_interactive(document)
        plates.rewrite()
        live = remove_opaque_groups(document)
        fill_signature(document, job.signature)
        place_on_sheets(document, job, live=live)
        add_pdfx_metadata(document, job, hashlib.sha256(pdf).hexdigest())
        out = io.BytesIO()
        document.remove_unreferenced_resources()
        document.save(
            out,
            force_version="1.6",
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
    with pikepdf.open(out) as document_bytes:
        report = examine(document_bytes, job.names)
    return PressResult(out.getvalue(), report)


def downsampling_factors(document: pikepdf.Pdf) -> dict[tuple[int, int], int]:
    """Return the integer factor by which each image above the maximum resolution is downsampled."""
    least: dict[tuple[int, int], float] = {}
    for one in placed_images(document):
        least[one.key] = min(one.ppi, least.get(one.key, math.inf))
    return {key: int(ppi // TARGET_PPI) for key, ppi in least.items() if ppi > MAX_PPI}


def strip_interactive(document: pikepdf.Pdf) -> None:
    """Remove what is for the screen: tags, annotations, outline, other conformance claims."""
    root = document.Root
    for key in list(root.keys()):
        if key not in CATALOG_KEYS:
            del root[key]
    for page in document.pages:
        remove_keys(page.obj, "/Annots", "/StructParents", "/Tabs", "/AA", "/Group", "/Metadata", "/PieceInfo")


def remove_opaque_groups(document: pikepdf.Pdf) -> bool:
    """Remove transparency groups where nothing is transparent; return whether anything is.

    WeasyPrint writes a group for every text in an SVG. A press that flattens transparency would process each.
    """
    live = any(is_transparent(resources) for resources in resources_of(document))
    if not live:
        for resources in resources_of(document):
            for item in resources.get("/XObject", {}).values():
                remove_keys(item, "/Group")
    return live


def fill_signature(document: pikepdf.Pdf, signature: int) -> None:
    """Append blank pages until the last signature is full; page numbers don't change."""
    last = rectangle(document.pages[-1].mediabox)
    for _ in range(-len(document.pages) % signature):
        document.add_blank_page(page_size=(last[2] - last[0], last[3] - last[1]))


def place_on_sheets(document: pikepdf.Pdf, job: PressOptions, *, live: bool) -> None:
    """Place each page on its press sheet, with boxes, marks and slug line."""
    slug = SlugLine(document, job.specimen)
    everywhere = registration_color(document)
    looker = InkScanner(closely=False)
    shifted: set[tuple[int, int]] = set()
    count = len(document.pages)
    for number, page in enumerate(document.pages, 1):
        media = rectangle(page.mediabox)
        across, up = media[2] - media[0] - 2 * job.included, media[3] - media[1] - 2 * job.included
        sheet = PressSheet(across, up, job.bleed, job.folds)
        colour = bool(looker.page(page.obj) - {"K"})
        body = b"".join(part.read_bytes() for part in content_streams(page.obj))
        size = f"{across / POINTS:g} × {up / POINTS:g} mm"
        parts = (job.slug, f"{number}/{count}", size, job.note, job.inks.name if colour else "")
        around = printer_marks(sheet, colour=colour) + slug.text("   ".join(filter(None, parts)), sheet)
        page.obj.Contents = document.make_stream(clip_to_bleed(body, sheet, job.included) + around)
        resources = page.obj.get("/Resources", Dictionary())
        for kind, name, item in (("/Font", "/Slug", slug.face), ("/ColorSpace", "/All", everywhere)):
            resources[kind] = resources.get(kind, Dictionary())
            resources[kind][name] = item
        move_patterns(resources, round(sheet.margin - job.included, 4), shifted)
        page.obj.Resources = resources
        set_boxes(page.obj, sheet)
        if live and has_transparency(page.obj):
            page.obj.Group = Dictionary(Type=Name.Group, S=Name.Transparency, CS=Name.DeviceCMYK)


def content_streams(page: Any) -> list[Any]:
    """Return the content streams of a page."""
    held = page.get("/Contents")
    return [] if held is None else list(held) if isinstance(held, Array) else [held]


def registration_color(document: pikepdf.Pdf) -> Any:
    """Return the colour space that prints on every plate (PDF 32000-1:2008, 8.6.6.4)."""
    tint = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[1, 1, 1, 1], N=1)
    return document.make_indirect(Array([Name.Separation, Name.All, Name.DeviceCMYK, tint]))


def move_patterns(resources: Any, by: float, shifted: set[tuple[int, int]]) -> None:
    """Move patterns with the content: their space is the page's default, unaffected by ``cm`` (8.7.2)."""
    for pattern in resources.get("/Pattern", {}).values():
        if pattern.objgen not in shifted:
            shifted.add(pattern.objgen)
            a, b, c, d, e, f = (float(v) for v in pattern.get("/Matrix", (1, 0, 0, 1, 0, 0)))
            pattern.Matrix = Array([a, b, c, d, round(e + by, 6), round(f + by, 6)])


def has_transparency(page: Any) -> bool:
    """Return whether a page paints anything transparent."""
    return paints_transparency(page, page.get("/Resources", Dictionary()), 0)


def paints_transparency(content: Any, resources: Any, depth: int) -> bool:
    """Return whether a page, form or pattern paints anything transparent."""
    states = resources.get("/ExtGState", {})
    painted = {"Do": resources.get("/XObject", {}), "scn": (patterns := resources.get("/Pattern", {})), "SCN": patterns}
    for instruction in pikepdf.parse_content_stream(content, "gs Do scn SCN"):
        operator, name = str(instruction.operator), str(instruction.operands[-1])
        if operator == "gs":
            if name in states and is_transparent(Dictionary(ExtGState=Dictionary({name: states[name]}))):
                return True
        elif isinstance(instruction.operands[-1], Name) and name in painted[operator] and depth < MAX_FORM_DEPTH:
            item = painted[operator][name]
            if isinstance(item.get("/SMask"), pikepdf.Stream):
                return True
            own = item.get("/Resources", resources)
            is_stream = isinstance(item, pikepdf.Stream) and item.get("/Subtype") != "/Image"
            if is_stream and paints_transparency(item, own, depth + 1):
                return True
    return False


def add_pdfx_metadata(document: pikepdf.Pdf, job: PressOptions, digest: str) -> None:
    """Add output intent, XMP and document information, reproducibly (ISO 15930-7, 6.2 to 6.4)."""
    profile = document.make_stream(job.inks.data, N=4)
    known = registered_condition(job.inks.name)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputConditionIdentifier=String(known or "Custom"),
        Info=String(job.inks.name),
        DestOutputProfile=profile,
    )
    if known:
        intent.RegistryName = String("http://www.color.org")
    document.Root.OutputIntents = Array([intent])
    day = job.modified.strftime("%Y%m%d%H%M%S")
    producer = f"dingben {dingben.__version__}"
    info = {"/Title": job.title, "/Creator": producer, "/Producer": producer}
    if job.author:
        info["/Author"] = job.author
    del document.docinfo
    for key, value in info.items():
        document.docinfo[key] = String(value)
    document.docinfo["/CreationDate"] = document.docinfo["/ModDate"] = String(f"D:{day}Z")
    document.docinfo["/Trapped"] = Name("/False")
    xmp = document.make_stream(xmp_packet(job, producer, digest).encode("utf-8"), Type=Name.Metadata, Subtype=Name.XML)
    document.Root.Metadata = xmp


def registered_condition(name: str) -> str:
    """Return the registered printing condition in a profile's name (https://www.color.org/registry), or ""."""
    for known in ("FOGRA39", "FOGRA47", "FOGRA51", "FOGRA52", "FOGRA27", "FOGRA29"):
        if known in name.upper().replace(" ", ""):
            return known
    return {"Japan Color 2001 Coated": "JC200103", "Japan Color 2011 Coated": "JC201103"}.get(name, "")


def xmp_packet(job: PressOptions, producer: str, digest: str) -> str:
    """Return the XMP packet; its identifiers are derived from the content."""
    moment = job.modified.strftime("%Y-%m-%dT%H:%M:%SZ")
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{digest} {hashlib.sha256(job.inks.data).hexdigest()} {job.slug}")
    creator = f"<dc:creator><rdf:Seq><rdf:li>{escape(job.author)}</rdf:li></rdf:Seq></dc:creator>" if job.author else ""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" \
xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(job.title)}</rdf:li></rdf:Alt></dc:title>
{creator}
<xmp:CreateDate>{moment}</xmp:CreateDate>
<xmp:ModifyDate>{moment}</xmp:ModifyDate>
<xmp:MetadataDate>{moment}</xmp:MetadataDate>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
<xmpMM:VersionID>1</xmpMM:VersionID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<pdfxid:GTS_PDFXVersion>{STANDARD}</pdfxid:GTS_PDFXVersion>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
