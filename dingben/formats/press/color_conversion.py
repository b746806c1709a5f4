"""Colour conversion of a PDF to CMYK: operators, images and shadings.

One pass over every content stream converts RGB, grey and Lab to ink (:mod:`dingben.formats.press.inks`), prints links
in black, and removes marked content, which a press does not use. Shapes, text and painting order are unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator

from dingben.errors import RenderError
from dingben.formats.press.images import convert_image
from dingben.formats.press.inks import BLACK, Ink, PrintingCondition, grey, lab_to_rgb

Instructions = list[Any]

TAGS = frozenset({"BDC", "BMC", "EMC", "MP", "DP"})
COLOR_OPERATORS = {"rg": "rgb", "g": "grey", "k": "cmyk", "sc": "", "scn": "", "cs": ""}
PATHS = frozenset({"m", "re"})
PATH_ENDS = {
    **dict.fromkeys(("f", "F", "f*"), "f"),
    **dict.fromkeys(("S", "s"), "S"),
    **dict.fromkeys(("B", "B*", "b", "b*"), "fS"),
    "n": "",
}
"""Path-painting operators, by whether they fill (f) or stroke (S)."""

TEXT = frozenset({"Tj", "TJ", "'", '"'})
RENDERING = {0: "f", 1: "S", 2: "fS", 4: "f", 5: "S", 6: "fS"}
"""Whether text is filled or stroked, by text rendering mode (PDF 32000-1:2008, 9.3.6)."""

COMPONENTS = {"rgb": 3, "grey": 1, "cmyk": 4, "lab": 3}
DEVICE = {"/DeviceRGB": "rgb", "/CalRGB": "rgb", "/DeviceGray": "grey", "/CalGray": "grey", "/DeviceCMYK": "cmyk"}
NEARLY_BLACK = 0.8

OVERPRINT = {(False, False): "/Knock", (True, False): "/OverFill", (False, True): "/OverStroke", (True, True): "/Over"}
"""Graphics state names, by whether fills and strokes overprint (PDF 32000-1:2008, 8.6.7)."""


@dataclass(frozen=True, slots=True)
class PaintColor:
    """A colour: its space in the screen PDF, and the inks it is converted to (None: unchanged)."""

    space: str = "grey"
    ink: Ink | None = BLACK


@dataclass(frozen=True, slots=True)
class GraphicsState:
    """State saved by q and restored by Q: current colours, colours written so far, overprint, text rendering."""

    fill: PaintColor = PaintColor()
    stroke: PaintColor = PaintColor()
    shown: tuple[Ink | None, Ink | None] = (None, None)
    over: tuple[bool, bool] | None = None
    text: str = "f"


class ColorConverter:
    """Converts one document.

    ``finer`` is the integer factor by which an image (by object key) is downsampled.
    """

    def __init__(self, document: pikepdf.Pdf, inks: PrintingCondition, finer: Mapping[tuple[int, int], int]) -> None:
        self.document, self.inks, self.finer = document, inks, finer
        self.links = link_content(document)
        self.done: set[tuple[int, int]] = set()
        self.masks: list[Any] = []
        self.states = {
            name: document.make_indirect(Dictionary(Type=Name.ExtGState, op=fill, OP=stroke, OPM=1))
            for (fill, stroke), name in OVERPRINT.items()
        }

    def rewrite(self) -> None:
        """Convert all pages and resources; soft masks last, so that an image used in both ways keeps its colour."""
        for page, links in zip(self.document.pages, self.links, strict=True):
            resources = page.obj.get("/Resources", Dictionary())
            content = self.document.make_stream(self.content(page.obj, resources, links=links))
            self.resources(resources)
            page.obj.Contents, page.obj.Resources = content, used_resources(content, self.with_overprint(resources))
        while self.masks:
            self.convert(self.masks.pop(), mask=True)

    # -- content

    def content(self, source: Any, resources: Any, *, mask: bool = False, links: Set[int] = frozenset()) -> bytes:
        """Return a content stream in CMYK; in a soft mask, in grey."""
        try:
            instructions = pikepdf.parse_content_stream(source)
        except pikepdf.PdfError as error:
            raise RenderError(f"the screen PDF can't be read back: {error}", hint="Build it again: --force.") from error
        return pikepdf.unparse_content_stream(ContentRewriter(self.inks, resources, links, mask=mask).run(instructions))

    def resources(self, resources: Any, *, mask: bool = False) -> None:
        """Convert resources, each object once; soft masks are queued."""
        if not self.is_new(resources):  # WeasyPrint's pages share their resources
            return
        for state in resources.get("/ExtGState", {}).values():
            soft = state.get("/SMask")
            if isinstance(soft, Dictionary) and self.is_new(soft.G):
                remove_keys(soft, "/BC")
                self.masks.append(soft.G)
        for form in resources.get("/XObject", {}).values():
            if form.get("/Subtype") == "/Form":
                self.form(form, mask=mask)
            elif form.get("/Subtype") == "/Image" and self.is_new(form):
                self.picture(form)
        for shading in resources.get("/Shading", {}).values():
            self.shading(shading, mask=mask)
        for pattern in resources.get("/Pattern", {}).values():
            if "/Shading" in pattern:
                self.shading(pattern.Shading, mask=mask)
            else:
                self.form(pattern, mask=mask)
        for font in resources.get("/Font", {}).values():
            if font.get("/Subtype") == "/Type3" and self.is_new(font):
                own = font.get("/Resources", resources)
                for glyph in font.CharProcs.values():
                    glyph.write(self.content(glyph, own))
                self.resources(own)

    def form(self, form: Any, *, mask: bool) -> None:
        if self.is_new(form):
            self.convert(form, mask=mask)

    def convert(self, form: Any, *, mask: bool) -> None:
        """Convert a form, a pattern or the group of a soft mask."""
        own = form.get("/Resources", Dictionary())
        form.write(self.content(form, own, mask=mask))
        remove_keys(form, "/StructParents")
        if "/Group" in form:
            form.Group.CS = Name.DeviceGray if mask else Name.DeviceCMYK
        self.resources(own, mask=mask)
        if not mask:
            form.Resources = self.with_overprint(own)

    def with_overprint(self, resources: Any) -> Any:
        """Add the overprint graphics states to resources."""
        states = resources.get("/ExtGState", Dictionary())
        if OVERPRINT[False, False] not in states:
            for name, state in self.states.items():
                states[name] = state
            resources.ExtGState = states
        return resources

    def is_new(self, item: Any) -> bool:
        """Return whether an object is new; direct objects have no key and are always new."""
        key = item.objgen
        if key == (0, 0):
            return True
        new = key not in self.done
        self.done.add(key)
        return new

    # -- shadings

    def shading(self, shading: Any, *, mask: bool) -> None:
        """Convert a gradient to CMYK; in a soft mask, to grey."""
        space = color_space(shading.get("/ColorSpace"), Dictionary())
        parts = exponential_functions(shading.get("/Function"))
        if space not in COMPONENTS or not parts or not self.is_new(shading):
            return  # WeasyPrint writes no other kinds; preflight reports them

        def convert_values(values: Any) -> Array:
            ink = to_ink(self.inks, space, [float(v) for v in values])
            return Array([lightness(ink)] if mask else list(ink))

        for function in parts:
            for end, plain in (("/C0", 0), ("/C1", 1)):
                function[end] = convert_values(function.get(end, [plain] * COMPONENTS[space]))
        if "/Background" in shading:
            shading.Background = convert_values(shading.Background)
        shading.ColorSpace = Name.DeviceGray if mask else Name.DeviceCMYK

    # -- pictures

    def picture(self, stream: Any) -> None:
        """Convert an image; its soft mask stays grey."""
        soft = stream.get("/SMask")
        if isinstance(soft, pikepdf.Stream):
            self.done.add(soft.objgen)
        remove_keys(stream, "/StructParent")
        if color_space(stream.get("/ColorSpace"), Dictionary()) != "cmyk":
            convert_image(stream, self.inks, self.finer.get(stream.objgen, 1))


class ContentRewriter:
    """Rewrites the instructions of one content stream.

    A colour operator is written only when something is painted with it, so that no unused colour remains.
    """

    def __init__(self, inks: PrintingCondition, resources: Any, links: Set[int], *, mask: bool) -> None:
        self.inks, self.resources, self.links, self.mask = inks, resources, links, mask
        self.out: Instructions = []
        self.now = GraphicsState()
        self.stack: list[GraphicsState] = []
        self.tags: list[bool] = []

    def run(self, instructions: Sequence[Any]) -> Instructions:
        """Return the instructions converted to CMYK."""
        in_path = False
        for index, instruction in enumerate(instructions):
            operands, operator = instruction.operands, str(instruction.operator)
            if operator in TAGS:
                self.tag(operator, operands)
            elif operator.lower() in COLOR_OPERATORS:
                self.colour(operator, operands)
            else:
                if operator == "q":
                    self.stack.append(self.now)
                elif operator == "Q" and self.stack:
                    self.now = self.stack.pop()
                elif operator == "Tr":
                    self.now = replace(self.now, text=RENDERING.get(int(operands[0]), ""))
                elif operator in PATHS and not in_path:
                    in_path = True  # no colour may change within a path: look what will be done with it
                    ahead = (str(instructions[i].operator) for i in range(index, len(instructions)))
                    self.write_color(next((PATH_ENDS[name] for name in ahead if name in PATH_ENDS), ""))
                elif operator in TEXT:
                    self.write_color(self.now.text, text=True)
                elif operator == "INLINE IMAGE" or (operator == "Do" and self.stencil(operands[0])):
                    self.write_color("f")
                in_path = in_path and operator not in PATH_ENDS
                self.out.append(instruction)
        return self.out

    def stencil(self, name: Any) -> bool:
        """Return whether an image is an image mask, painted with the fill colour."""
        item = self.resources.get("/XObject", Dictionary()).get(str(name))
        return item is not None and bool(item.get("/ImageMask", False))

    def tag(self, operator: str, operands: Any) -> None:
        """Drop marked-content operators, and track whether the content belongs to a link."""
        if operator in ("BMC", "BDC"):
            marked = operator == "BDC" and isinstance(operands[1], Dictionary)
            self.tags.append(marked and operands[1].get("/MCID") in self.links)
        elif operator == "EMC" and self.tags:
            self.tags.pop()

    def colour(self, operator: str, operands: Any) -> None:
        stroking, small = operator.isupper(), operator.lower()
        before = self.now.stroke if stroking else self.now.fill
        if small == "cs":
            space = color_space(operands[0], self.resources)
            values: list[float] = [1.0 if space == "cmyk" and i == 3 else 0.0 for i in range(COMPONENTS.get(space, 0))]
        else:
            space = COLOR_OPERATORS[small] or before.space
            values = [float(v) for v in operands] if space in COMPONENTS else []
        if space in COMPONENTS:
            paint = PaintColor(space, to_ink(self.inks, space, values))
        else:  # a pattern, or a spot colour: as it stands
            paint = PaintColor(space, None)
            self.overprint(stroking=stroking, on=False)
            self.out.append((operands, Operator(operator)))
        shown = (None, self.now.shown[1]) if not stroking else (self.now.shown[0], None)
        if paint.ink is None:
            self.now = replace(self.now, shown=shown)
        self.now = replace(self.now, stroke=paint) if stroking else replace(self.now, fill=paint)

    def write_color(self, what: str, *, text: bool = False) -> None:
        """Write colours for the next painting operator (f fills, S strokes); nearly black text becomes pure black."""
        for stroking, letter, paint in ((False, "f", self.now.fill), (True, "S", self.now.stroke)):
            if letter not in what or paint.ink is None:
                continue
            link = any(self.tags) and any(paint.ink[:3])
            dark = text and not any(paint.ink[:3]) and paint.ink[3] >= NEARLY_BLACK
            ink = BLACK if link or dark else paint.ink
            if ink == self.now.shown[stroking]:
                continue
            shown = (self.now.shown[0], ink) if stroking else (ink, self.now.shown[1])
            self.now = replace(self.now, shown=shown)
            if self.mask:
                self.out.append(([lightness(ink)], Operator("G" if stroking else "g")))
            else:
                self.overprint(stroking=stroking, on=ink == BLACK)
                self.out.append((list(ink), Operator("K" if stroking else "k")))

    def overprint(self, *, stroking: bool, on: bool) -> None:
        """Set overprint for full black, so that no white shows at its edges; other colours knock out."""
        before = self.now.over or (False, False)
        over = (before[0], on) if stroking else (on, before[1])
        if not self.mask and over != self.now.over:
            self.now = replace(self.now, over=over)
            self.out.append(([Name(OVERPRINT[over])], Operator("gs")))


NAMED_BY = {
    "Tf": "/Font", "gs": "/ExtGState", "Do": "/XObject", "sh": "/Shading",
    "cs": "/ColorSpace", "CS": "/ColorSpace", "scn": "/Pattern", "SCN": "/Pattern",
}  # fmt: skip
"""Resource category that an operator refers to."""


def used_resources(content: Any, resources: Any) -> Any:
    """Return the resources that a content stream refers to.

    WeasyPrint's pages share the resources of the whole book. A program that draws one such page examines every image
    and pattern first: Ghostscript takes six times as long.
    """
    kept = Dictionary()
    for instruction in pikepdf.parse_content_stream(content, " ".join(NAMED_BY)):
        kind = NAMED_BY[str(instruction.operator)]
        for name in (operand for operand in instruction.operands if isinstance(operand, Name)):
            if str(name) in resources.get(kind, Dictionary()):
                kept[kind] = kept.get(kind, Dictionary())
                kept[kind][str(name)] = resources[kind][str(name)]
    return kept


def link_content(document: pikepdf.Pdf) -> list[frozenset[int]]:
    """Return, for each page, the marked-content identifiers (MCID) inside links (PDF 1.7, 14.7.4.4)."""
    tree = document.Root.get("/StructTreeRoot")
    if tree is None or "/ParentTree" not in tree:
        return [frozenset()] * len(document.pages)
    parents = pikepdf.NumberTree(tree.ParentTree)
    found = []
    for page in document.pages:
        key = page.obj.get("/StructParents") if "/Annots" in page.obj else None
        owners = parents[int(key)] if key is not None and int(key) in parents else ()
        found.append(frozenset(mark for mark, owner in enumerate(owners) if in_link(owner)))
    return found


def in_link(element: Any) -> bool:
    """Return whether a structure element is a link or lies in one."""
    for _ in range(4):
        if not isinstance(element, Dictionary):
            return False
        if element.get("/S") == "/Link":
            return True
        element = element.get("/P")
    return False


def remove_keys(item: Any, *keys: str) -> None:
    """Remove ``keys`` from a PDF dictionary, where present."""
    for key in keys:
        if key in item:
            del item[key]


def color_space(space: Any, resources: Any) -> str:
    """Return a colour space as rgb, grey, cmyk or lab; "" for one that is left alone (pattern, spot colour)."""
    if isinstance(space, Name):
        named = resources.get("/ColorSpace", {}).get(str(space))
        return DEVICE.get(str(space), "") if named is None else color_space(named, Dictionary())
    if isinstance(space, Array) and len(space):
        family = str(space[0])
        if family == "/ICCBased":
            return {1: "grey", 3: "rgb", 4: "cmyk"}.get(int(space[1].N), "")
        return "lab" if family == "/Lab" else DEVICE.get(family, "")
    return ""


def to_ink(inks: PrintingCondition, space: str, values: Sequence[float]) -> Ink:
    """Convert a colour in one of the spaces of ``COMPONENTS`` to CMYK."""
    if len(values) != COMPONENTS[space]:
        return BLACK
    if space == "grey":
        return grey(values[0])
    if space == "cmyk":
        return values[0], values[1], values[2], values[3]
    red, green, blue = values if space == "rgb" else lab_to_rgb(*values)
    return inks.ink(red, green, blue)


def lightness(ink: Ink) -> float:
    """Return the grey level of a mask equivalent to an ink's colour (weights of PDF 32000-1:2008, 10.3.4)."""
    return round((1 - ink[3]) * (1 - (0.3 * ink[0] + 0.59 * ink[1] + 0.11 * ink[2])), 3)


def exponential_functions(function: Any) -> list[Any]:
    """Return the exponential functions (type 2) of a gradient, including those of stitching functions."""
    if isinstance(function, Array):
        return [inner for part in function for inner in exponential_functions(part)]
    if function is None:
        return []
    if "/Functions" in function:
        return exponential_functions(function.Functions)
    return [function] if int(function.get("/FunctionType", 0)) == 2 else []
