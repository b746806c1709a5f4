"""Preflight of a PDF: boxes, fonts, inks, images, transparency, and the claim to PDF/X.

It examines any PDF, however it was made. ``faults`` violate the standard that the file claims; ``findings`` print
badly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name

from dingben.diagnostics import Location
from dingben.document.images.raster_images import pdf_image
from dingben.errors import SourceError
from dingben.formats.press.color_conversion import COMPONENTS, color_space, exponential_functions
from dingben.formats.press.image_placement import PlacedImage, placed_images
from dingben.formats.press.inks import total_ink
from dingben.theme.page_geometry import POINTS

MIN_PPI = 300
"""Minimum effective resolution in pixels per inch."""

MAX_INK = 3.2
"""Maximum total area coverage, of four full plates; coated paper takes 3.3, uncoated 3.0."""

NEAR = 1 * POINTS
PLATES = "CMYK"


@dataclass(slots=True)
class Preflight:
    """Preflight report of one file; lengths in mm, pages from 1."""

    standard: str = ""
    pages: int = 0
    trim: list[float] = field(default_factory=list)
    bleed: float = 0.0
    media: list[float] = field(default_factory=list)
    condition: str = ""
    fonts: list[dict[str, object]] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    inks: dict[str, str] = field(default_factory=dict)
    most_ink: float = 0.0
    transparent: list[int] = field(default_factory=list)
    pictures: list[dict[str, object]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def data(self) -> dict[str, object]:
        """Return the report for JSON."""
        return asdict(self)


class InkScanner:
    """Collects the inks that pages use; each object is examined once.

    Without ``closely``, a CMYK image counts as printing on all four plates, and is not decoded.
    """

    def __init__(self, *, closely: bool = True) -> None:
        self.closely = closely
        self.seen: dict[tuple[int, int], set[str]] = {}
        self.spaces: set[str] = set()
        self.most = 0.0

    def page(self, page: Any) -> set[str]:
        """Return the plates that a page prints on: letters of CMYK, "RGB" for unconverted colours, "spot"."""
        return self.content(page, page.get("/Resources", Dictionary()))

    def content(self, stream: Any, resources: Any) -> set[str]:
        used: set[str] = set()
        spaces = {False: "grey", True: "grey"}
        objects = resources.get("/XObject", {})
        for instruction in pikepdf.parse_content_stream(stream, "k K g G rg RG cs CS sc scn SC SCN sh Do BI ID EI"):
            operands, name = instruction.operands, str(instruction.operator)
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                used |= self.inline(instruction.iimage)
                continue
            stroking, small = name.isupper(), name.lower()
            if name == "Do":
                used |= self.scan_object(objects.get(str(operands[0])), resources)
            elif name == "sh":
                used |= self.shading(resources.Shading[str(operands[0])])
            elif small == "cs":
                spaces[stroking] = color_space(operands[0], resources) or str(operands[0])
            elif small in ("sc", "scn") and spaces[stroking] not in COMPONENTS:
                used |= self.special(spaces[stroking], operands, resources)
            else:
                space = {"k": "cmyk", "g": "grey", "rg": "rgb"}.get(small, spaces[stroking])
                used |= self.ink(space, [float(v) for v in operands])
        return used

    def inline(self, image: pikepdf.PdfInlineImage) -> set[str]:
        """Return the plates of an inline image; an image mask has no ink of its own."""
        if image.image_mask:
            return set()
        space = {"/DeviceGray": "grey", "/G": "grey", "/DeviceCMYK": "cmyk", "/CMYK": "cmyk"}.get(
            image.colorspace or ""
        )
        self.spaces.add(space or "rgb")
        return {"grey": {"K"}, "cmyk": set(PLATES)}.get(space or "", {"RGB"})

    def ink(self, space: str, values: list[float]) -> set[str]:
        """Return the plates of a colour."""
        self.spaces.add(space)
        if space == "cmyk":
            self.most = max(self.most, sum(values))
            return {plate for plate, value in zip(PLATES, values, strict=False) if value > 0}
        if space == "grey":
            return {"K"} if values[0] < 1 else set()
        return {"RGB"}

    def special(self, space: str, operands: Any, resources: Any) -> set[str]:
        """Return the plates of a pattern or a spot colour."""
        pattern = resources.get("/Pattern", {}).get(str(operands[-1])) if len(operands) else None
        if pattern is not None:
            if "/Shading" in pattern:
                return self.shading(pattern.Shading)
            return self.scan_once(pattern, lambda: self.content(pattern, pattern.get("/Resources", Dictionary())))
        if space == "/All":
            return set()  # marks on every plate print nothing of the page
        self.spaces.add(space)
        return {"spot"}

    def shading(self, shading: Any) -> set[str]:
        space = color_space(shading.get("/ColorSpace"), Dictionary())
        self.spaces.add(space)
        ends = [
            v
            for f in exponential_functions(shading.get("/Function"))
            for v in (f.get("/C0"), f.get("/C1"))
            if v is not None
        ]
        used = {plate for end in ends for plate in self.ink(space, [float(v) for v in end])}
        return used if ends else {"RGB"} if space in ("rgb", "lab") else set(PLATES)

    def scan_object(self, item: Any, resources: Any) -> set[str]:
        if item is None:
            return set()
        if item.get("/Subtype") == "/Form":
            return self.scan_once(item, lambda: self.content(item, item.get("/Resources", resources)))
        return self.scan_once(item, lambda: self.picture(item))

    def scan_once(self, item: Any, scan: Callable[[], set[str]]) -> set[str]:
        key = item.objgen
        if key not in self.seen:
            self.seen[key] = set()  # a form that paints itself would never end
            self.seen[key] = scan()
        return self.seen[key]

    def picture(self, image: Any) -> set[str]:
        if image.get("/ImageMask", False):
            return set()
        space = color_space(image.get("/ColorSpace"), Dictionary()) or "indexed"
        self.spaces.add(space)
        if space == "grey":
            return {"K"}
        if space != "cmyk":
            return {"RGB"}
        if not self.closely:
            return set(PLATES)
        shown = pdf_image(image)
        if shown is None or shown.mode != "CMYK":
            return set(PLATES)
        self.most = max(self.most, total_ink(shown))
        return {plate for plate, band in zip(PLATES, shown.split(), strict=True) if band.getextrema()[1] > 0}  # type: ignore[operator]


def examine(document: pikepdf.Pdf, names: dict[str, str] | None = None) -> Preflight:
    """Examine an open PDF. ``names`` are file names of images by resource name, where known."""
    report = Preflight(standard=standard_of(document), pages=len(document.pages))
    if report.standard.startswith("PDF/X"):
        identify(document, report)
        forbid(document, report)
    examine_boxes(document, report)
    examine_fonts(document, report)
    examine_pages(document, report)
    examine_images(document, report, names or {})
    return report


def read_report(path: Path) -> Preflight:
    """The report on the PDF at ``path``. Raises SourceError where it is none."""
    try:
        with pikepdf.open(path) as document:
            return examine(document)
    except pikepdf.PdfError as error:
        raise SourceError("this PDF cannot be read", hint="Build it again.", location=Location(path)) from error


def standard_of(document: pikepdf.Pdf) -> str:
    """The standard that the metadata claims: PDF/X-4, PDF/A-2a …; "" where there is none."""
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        claimed = xmp.get("pdfxid:GTS_PDFXVersion") or xmp.get("pdfx:GTS_PDFXVersion")
        if claimed:
            return str(claimed)
        part = xmp.get("pdfaid:part")
        return f"PDF/A-{part}{str(xmp.get('pdfaid:conformance', '')).lower()}" if part else ""


def identify(document: pikepdf.Pdf, report: Preflight) -> None:
    """ISO 15930-7, 6.2 and 6.3: output intent, trapping, version."""
    intents = [i for i in document.Root.get("/OutputIntents", ()) if i.get("/S") == "/GTS_PDFX"]
    if len(intents) != 1:
        report.faults.append(f"{len(intents)} output intents for PDF/X, not 1")
    for intent in intents:
        report.condition = str(intent.get("/OutputConditionIdentifier", ""))
        profile = intent.get("/DestOutputProfile")
        if profile is None or int(profile.get("/N", 0)) != 4:
            report.faults.append("the output intent has no profile for CMYK")
    if str(document.docinfo.get("/Trapped", "")) not in ("/True", "/False"):
        report.faults.append("the Trapped key is missing")
    if float(document.pdf_version) > 1.6:
        report.faults.append(f"PDF {document.pdf_version}; PDF/X-4 allows 1.6")
    if "/ID" not in document.trailer:
        report.faults.append("it has no file identifier")


def forbid(document: pikepdf.Pdf, report: Preflight) -> None:
    """ISO 15930-7, 6.14 to 6.17: no actions, forms or encryption, and no annotation within the bleed."""
    root = document.Root
    if document.is_encrypted:
        report.faults.append("it is encrypted")
    if any(key in root for key in ("/OpenAction", "/AA", "/AcroForm")) or "/JavaScript" in root.get("/Names", {}):
        report.faults.append("it contains actions or a form")
    noted = [n for n, page in enumerate(document.pages, 1) if len(page.obj.get("/Annots", ())) or "/AA" in page.obj]
    if noted:
        report.faults.append(f"annotations on pages {format_ranges(noted)}")


def examine_boxes(document: pikepdf.Pdf, report: Preflight) -> None:
    """Every page has the same boxes, one within the other (6.11)."""
    press = report.standard.startswith("PDF/X")
    kinds: dict[tuple[float, ...], list[int]] = {}
    for number, page in enumerate(document.pages, 1):
        media = rectangle(page.obj.get("/MediaBox", page.mediabox))
        trim = rectangle(page.obj.get("/TrimBox", page.mediabox))
        bleed = rectangle(page.obj.get("/BleedBox", page.obj.get("/TrimBox", page.mediabox)))
        kinds.setdefault((*size(media), *size(trim), round((size(bleed)[0] - size(trim)[0]) / 2, 1)), []).append(number)
        if press and ("/TrimBox" not in page.obj or "/ArtBox" in page.obj):
            report.faults.append(f"page {number} has no TrimBox, or also an ArtBox")
        if not (is_within(trim, bleed) and is_within(bleed, media)):
            report.faults.append(f"the boxes of page {number} are not nested")
    common = max(kinds, key=lambda kind: len(kinds[kind]), default=(0.0,) * 5)
    report.media, report.trim, report.bleed = list(common[:2]), list(common[2:4]), common[4]
    others = sorted(n for kind, numbers in kinds.items() if kind != common for n in numbers)
    if others:
        report.findings.append(f"pages of another size: {format_ranges(others)}")
    if press and report.bleed < 3:
        report.findings.append(f"the bleed is {report.bleed:g} mm; printers require 3")


def rectangle(box: Any) -> tuple[float, float, float, float]:
    """Normalize a PDF rectangle."""
    a, b, c, d = (float(v) for v in box)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def size(box: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return width and height of a box in mm."""
    return round((box[2] - box[0]) / POINTS, 1), round((box[3] - box[1]) / POINTS, 1)


def is_within(inner: tuple[float, ...], outer: tuple[float, ...]) -> bool:
    """Return whether a rectangle lies within another, to a hundredth of a point."""
    low = all(i >= o - 0.01 for i, o in zip(inner[:2], outer[:2], strict=True))
    return low and all(i <= o + 0.01 for i, o in zip(inner[2:], outer[2:], strict=True))


def examine_fonts(document: pikepdf.Pdf, report: Preflight) -> None:
    """List every font and whether it is embedded; one that isn't is a fault (6.5)."""
    found: dict[str, bool] = {}
    for item in document.objects:
        if isinstance(item, Dictionary) and item.get("/Type") == "/Font" and item.get("/Subtype") != "/Type0":
            descriptor = item.get("/FontDescriptor", Dictionary())
            held = item.Subtype == "/Type3" or any(
                key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
            )
            name = str(item.get("/BaseFont", item.get("/Name", "Type 3"))).lstrip("/")
            found[name] = found.get(name, True) and held
    report.fonts = [{"name": name, "embedded": held} for name, held in sorted(found.items())]
    report.faults += [f"font {name} is not embedded" for name, held in sorted(found.items()) if not held]


def examine_pages(document: pikepdf.Pdf, report: Preflight) -> None:
    """Collect the plates of each page, the maximum area coverage, and live transparency."""
    looker = InkScanner()
    by_ink: dict[str, list[int]] = {}
    for number, page in enumerate(document.pages, 1):
        used = looker.page(page.obj)
        plates = "".join(p for p in PLATES if p in used)
        label = "+".join(filter(None, (plates, *sorted(used - set(PLATES))))) or "none"
        by_ink.setdefault(label, []).append(number)
        if page.obj.get("/Group", Dictionary()).get("/S") == "/Transparency":
            report.transparent.append(number)
    report.inks, report.spaces, report.most_ink = (
        {k: format_ranges(v) for k, v in by_ink.items()},
        sorted(looker.spaces),
        round(looker.most, 2),
    )
    coloured = sorted(n for label, numbers in by_ink.items() if "RGB" in label for n in numbers)
    if coloured and report.standard.startswith("PDF/X"):
        report.faults.append(f"RGB colours on pages {format_ranges(coloured)}")
    if looker.most > MAX_INK:
        report.findings.append(f"up to {looker.most:.0%} ink in one place; more than {MAX_INK:.0%} does not dry")


def examine_images(document: pikepdf.Pdf, report: Preflight, names: dict[str, str]) -> None:
    """List every placed image; low resolution, and images that end at the trim, are findings."""
    for one in placed_images(document):
        name = names.get(one.name, one.name)
        report.pictures.append(
            {"page": one.page, "name": name, "pixels": list(one.pixels), "mm": list(one.size_mm), "ppi": one.ppi}
        )
        if not report.standard.startswith("PDF/X"):
            continue
        if one.ppi < MIN_PPI:
            needed = int(one.pixels[0] * MIN_PPI / one.ppi + 0.999) if one.ppi else 0
            report.findings.append(
                f"page {one.page}: picture {name} has {one.ppi:.0f} pixels an inch at {one.size_mm[0]:g} mm; "
                f"{MIN_PPI} need {needed} pixels across"
            )
        if edges := unbled_sides(one, document.pages[one.page - 1].obj):
            report.findings.append(f"page {one.page}: picture {name} ends at the trim ({edges}), without bleed")


def unbled_sides(one: PlacedImage, page: Any) -> str:
    """Return the sides on which an image reaches the trim but not the bleed."""
    if "/TrimBox" not in page or "/BleedBox" not in page:
        return ""
    trim, bleed = rectangle(page.TrimBox), rectangle(page.BleedBox)
    sides = []
    for side, index, sign in (("left", 0, 1), ("foot", 1, 1), ("right", 2, -1), ("head", 3, -1)):
        from_trim, from_bleed = sign * (one.box[index] - trim[index]), sign * (one.box[index] - bleed[index])
        if from_trim < NEAR and from_bleed > 0.1 and abs(trim[index] - bleed[index]) > 0.1:
            sides.append(side)
    return ", ".join(sides)


def format_ranges(numbers: list[int]) -> str:
    """Format numbers as ranges: 1–3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in runs)


def parse_ranges(text: str) -> list[int]:
    """Parse the ranges of :func:`format_ranges`."""
    ends = [[int(v) for v in run.split("–")] for run in text.split(", ") if run]
    return [n for run in ends for n in range(run[0], run[-1] + 1)]


def resources_of(document: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every resource dictionary used by pages, forms and patterns, each once."""
    seen: set[tuple[int, int]] = set()
    queue = [page.obj.get("/Resources", Dictionary()) for page in document.pages]
    while queue:
        resources = queue.pop()
        if resources.objgen != (0, 0) and resources.objgen in seen:
            continue
        seen.add(resources.objgen)
        yield resources
        for kind in ("/XObject", "/Pattern"):
            for item in resources.get(kind, {}).values():
                if item.objgen not in seen and "/Resources" in item:
                    seen.add(item.objgen)
                    queue.append(item.Resources)


def is_transparent(resources: Any) -> bool:
    """Return whether resources contain transparency: opacity, soft masks, blend modes."""
    for state in resources.get("/ExtGState", {}).values():
        opacity = min(float(state.get("/ca", 1)), float(state.get("/CA", 1)))
        if opacity < 1 or isinstance(state.get("/SMask"), Dictionary):
            return True
        if state.get("/BM", Name.Normal) not in (Name.Normal, Name.Compatible):
            return True
    return any(isinstance(x.get("/SMask"), pikepdf.Stream) for x in resources.get("/XObject", {}).values())
