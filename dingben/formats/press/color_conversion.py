"""The colour operators, pictures and shadings of a PDF rewritten for four plates.

One pass over every content stream: RGB, grey and Lab become ink (:mod:`dingben.formats.press.inks`),
links lose their colour, and the marks of the tagged PDF go, for nobody reads a plate
aloud. Shapes, text and their order stay as they are.
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
"""What ends a path, by whether it fills or strokes."""

TEXT = frozenset({"Tj", "TJ", "'", '"'})
RENDERING = {0: "f", 1: "S", 2: "fS", 4: "f", 5: "S", 6: "fS"}
"""Whether text is filled or stroked, by its rendering mode (PDF 32000-1:2008, 9.3.6)."""

COMPONENTS = {"rgb": 3, "grey": 1, "cmyk": 4, "lab": 3}
DEVICE = {"/DeviceRGB": "rgb", "/CalRGB": "rgb", "/DeviceGray": "grey", "/CalGray": "grey", "/DeviceCMYK": "cmyk"}
NEARLY_BLACK = 0.8

OVERPRINT = {(False, False): "/Knock", (True, False): "/OverFill", (False, True): "/OverStroke", (True, True): "/Over"}
"""Graphics states by whether fills and strokes print over what lies beneath (PDF 32000-1:2008, 8.6.7)."""


@dataclass(frozen=True, slots=True)
class PaintColor:
    """A colour: its space in the screen PDF, and the inks it becomes (None: not ours)."""

    space: str = "grey"
    ink: Ink | None = BLACK


@dataclass(frozen=True, slots=True)
class GraphicsState:
    """What q saves and Q brings back: the colours asked for, those said, and whether fills and strokes overprint."""

    fill: PaintColor = PaintColor()
    stroke: PaintColor = PaintColor()
    shown: tuple[Ink | None, Ink | None] = (None, None)
    over: tuple[bool, bool] | None = None
    text: str = "f"


class ColorConverter:
    """Rewrites one document, tags and all.

    ``finer`` says by which whole number a picture (its object key) may be made smaller.
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
        """All pages, and what they use; masks last, so that a picture used in both ways keeps its colour."""
        for page, links in zip(self.document.pages, self.links, strict=True):
            resources = page.obj.get("/Resources", Dictionary())
            content = self.document.make_stream(self.content(page.obj, resources, links=links))
            self.resources(resources)
            page.obj.Contents, page.obj.Resources = content, used_resources(content, self.with_overprint(resources))
        while self.masks:
            self.convert(self.masks.pop(), mask=True)

    # -- content

    def content(self, source: Any, resources: Any, *, mask: bool = False, links: Set[int] = frozenset()) -> bytes:
        """A content stream in inks; in a mask, in greys."""
        try:
            instructions = pikepdf.parse_content_stream(source)
        except pikepdf.PdfError as error:
            raise RenderError(f"the screen PDF can't be read back: {error}", hint="Build it anew: --force.") from error
        return pikepdf.unparse_content_stream(ContentRewriter(self.inks, resources, links, mask=mask).run(instructions))

    def resources(self, resources: Any, *, mask: bool = False) -> None:
        """Everything that content streams name, each once; what masks are made of waits for the end."""
        if not self.first(resources):  # WeasyPrint's pages share theirs
            return
        for state in resources.get("/ExtGState", {}).values():
            soft = state.get("/SMask")
            if isinstance(soft, Dictionary) and self.first(soft.G):
                remove_keys(soft, "/BC")
                self.masks.append(soft.G)
        for form in resources.get("/XObject", {}).values():
            if form.get("/Subtype") == "/Form":
                self.form(form, mask=mask)
            elif form.get("/Subtype") == "/Image" and self.first(form):
                self.picture(form)
        for shading in resources.get("/Shading", {}).values():
            self.shading(shading, mask=mask)
        for pattern in resources.get("/Pattern", {}).values():
            if "/Shading" in pattern:
                self.shading(pattern.Shading, mask=mask)
            else:
                self.form(pattern, mask=mask)
        for font in resources.get("/Font", {}).values():
            if font.get("/Subtype") == "/Type3" and self.first(font):
                own = font.get("/Resources", resources)
                for glyph in font.CharProcs.values():
                    glyph.write(self.content(glyph, own))
                self.resources(own)

    def form(self, form: Any, *, mask: bool) -> None:
        if self.first(form):
            self.convert(form, mask=mask)

    def convert(self, form: Any, *, mask: bool) -> None:
        """A form, a pattern or the group of a mask, met for the first time."""
        own = form.get("/Resources", Dictionary())
        form.write(self.content(form, own, mask=mask))
        remove_keys(form, "/StructParents")
        if "/Group" in form:
            form.Group.CS = Name.DeviceGray if mask else Name.DeviceCMYK
        self.resources(own, mask=mask)
        if not mask:
            form.Resources = self.with_overprint(own)

    def with_overprint(self, resources: Any) -> Any:
        """Resources that name the states of overprinting."""
        states = resources.get("/ExtGState", Dictionary())
        if OVERPRINT[False, False] not in states:
            for name, state in self.states.items():
                states[name] = state
            resources.ExtGState = states
        return resources

    def first(self, item: Any) -> bool:
        """Whether an object is met for the first time; direct objects have no key and are always new."""
        key = item.objgen
        if key == (0, 0):
            return True
        new = key not in self.done
        self.done.add(key)
        return new

    # -- shadings

    def shading(self, shading: Any, *, mask: bool) -> None:
        """A gradient from colour to colour, in inks; in a mask, in greys."""
        space = color_space(shading.get("/ColorSpace"), Dictionary())
        parts = exponential_functions(shading.get("/Function"))
        if space not in COMPONENTS or not parts or not self.first(shading):
            return  # what is left so is of no kind that WeasyPrint makes; preflight tells of it

        def inked(values: Any) -> Array:
            ink = to_ink(self.inks, space, [float(v) for v in values])
            return Array([lightness(ink)] if mask else list(ink))

        for function in parts:
            for end, plain in (("/C0", 0), ("/C1", 1)):
                function[end] = inked(function.get(end, [plain] * COMPONENTS[space]))
        if "/Background" in shading:
            shading.Background = inked(shading.Background)
        shading.ColorSpace = Name.DeviceGray if mask else Name.DeviceCMYK

    # -- pictures

    def picture(self, stream: Any) -> None:
        """A picture in inks; its soft mask is none itself and stays grey."""
        soft = stream.get("/SMask")
        if isinstance(soft, pikepdf.Stream):
            self.done.add(soft.objgen)
        remove_keys(stream, "/StructParent")
        if color_space(stream.get("/ColorSpace"), Dictionary()) != "cmyk":
            convert_image(stream, self.inks, self.finer.get(stream.objgen, 1))


class ContentRewriter:
    """Rewrites the instructions of one content stream.

    A colour is said when something is painted with it, not before: so no colour is left
    that nothing is painted with.
    """

    def __init__(self, inks: PrintingCondition, resources: Any, links: Set[int], *, mask: bool) -> None:
        self.inks, self.resources, self.links, self.mask = inks, resources, links, mask
        self.out: Instructions = []
        self.now = GraphicsState()
        self.stack: list[GraphicsState] = []
        self.tags: list[bool] = []

    def run(self, instructions: Sequence[Any]) -> Instructions:
        """The instructions in inks."""
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
                    self.say(next((PATH_ENDS[name] for name in ahead if name in PATH_ENDS), ""))
                elif operator in TEXT:
                    self.say(self.now.text, text=True)
                elif operator == "INLINE IMAGE" or (operator == "Do" and self.stencil(operands[0])):
                    self.say("f")
                in_path = in_path and operator not in PATH_ENDS
                self.out.append(instruction)
        return self.out

    def stencil(self, name: Any) -> bool:
        """Whether a picture is a stencil, painted with the colour of fills."""
        item = self.resources.get("/XObject", Dictionary()).get(str(name))
        return item is not None and bool(item.get("/ImageMask", False))

    def tag(self, operator: str, operands: Any) -> None:
        """Marked content goes; inside a link, colours turn black."""
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

    def say(self, what: str, *, text: bool = False) -> None:
        """Set the inks for what is painted next: f fills, S strokes; nearly black text is black, not dots."""
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
        """Full black prints over what lies beneath it, so that no white shows at its edges; nothing else does."""
        before = self.now.over or (False, False)
        over = (before[0], on) if stroking else (on, before[1])
        if not self.mask and over != self.now.over:
            self.now = replace(self.now, over=over)
            self.out.append(([Name(OVERPRINT[over])], Operator("gs")))


NAMED_BY = {
    "Tf": "/Font", "gs": "/ExtGState", "Do": "/XObject", "sh": "/Shading",
    "cs": "/ColorSpace", "CS": "/ColorSpace", "scn": "/Pattern", "SCN": "/Pattern",
}  # fmt: skip
"""Which resources an operator names."""


def used_resources(content: Any, resources: Any) -> Any:
    """Those of the resources that a content stream names.

    WeasyPrint's pages share all of the book's. Whoever draws one page of those looks
    through every picture and pattern first: ghostscript takes six times as long.
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
    """For each page, the marked content (MCID) that the structure tree puts into a link (PDF 1.7, 14.7.4.4)."""
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
    """Whether a structure element is a link or lies in one."""
    for _ in range(4):
        if not isinstance(element, Dictionary):
            return False
        if element.get("/S") == "/Link":
            return True
        element = element.get("/P")
    return False


def remove_keys(item: Any, *keys: str) -> None:
    """Take ``keys`` out of a PDF dictionary, where they are in it."""
    for key in keys:
        if key in item:
            del item[key]


def color_space(space: Any, resources: Any) -> str:
    """A colour space as rgb, grey, cmyk or lab; "" for what is left alone (patterns, spot colours)."""
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
    """The inks of a colour in one of the spaces of ``COMPONENTS``."""
    if len(values) != COMPONENTS[space]:
        return BLACK
    if space == "grey":
        return grey(values[0])
    if space == "cmyk":
        return values[0], values[1], values[2], values[3]
    red, green, blue = values if space == "rgb" else lab_to_rgb(*values)
    return inks.ink(red, green, blue)


def lightness(ink: Ink) -> float:
    """The grey of a mask that lets through as much as an ink's colour did (weights of PDF 32000-1:2008, 10.3.4)."""
    return round((1 - ink[3]) * (1 - (0.3 * ink[0] + 0.59 * ink[1] + 0.11 * ink[2])), 3)


def exponential_functions(function: Any) -> list[Any]:
    """The exponential functions (type 2) of a gradient, out of stitched ones too."""
    if isinstance(function, Array):
        return [inner for part in function for inner in exponential_functions(part)]
    if function is None:
        return []
    if "/Functions" in function:
        return exponential_functions(function.Functions)
    return [function] if int(function.get("/FunctionType", 0)) == 2 else []
