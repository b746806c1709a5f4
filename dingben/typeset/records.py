"""Section records: the pages of one section as PDF objects, for :mod:`dingben.typeset.pdf.assemble`.

Each side (a page that we make) is told by itself, with numbers of its own: so a side that
hasn't changed can be taken from a build before, wherever it stands now. What a file has but
once (fonts, colours, catalog, outline, the root of the structure tree) is left out; fonts are
told by what is used of them. Running heads and folios are no part of a side but
:class:`RunningHead` of their own, for they depend on the pages before.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from dingben.diagnostics import Diagnostic

SCALE = 0.75
"""Points in a px."""

TARGET = re.compile(r"#([^\"'\s<>]+)")
"""The name of an anchor in HTML that may ask for its page."""

CONTENTS = re.compile(rb"/Contents (\d+ 0 R)")
"""The reference from a page to its content stream (PDF 32000-1:2008, table 30)."""

PageStart = dict[str, Any]
"""Where WeasyPrint begins a page, as JSON: see :mod:`dingben.typeset.paged.page_state`."""


@dataclass(slots=True)
class Item:
    """A PDF object: its number on its side, its dictionary or whole value, and the bytes of a stream."""

    number: int
    head: bytes
    stream: bytes | None = None


@dataclass(slots=True)
class FontUsage:
    """A font, found again by ``description`` (Pango's) and ``proof`` (length and head of its file).

    ``widths``: of each glyph used, in thousandths of an em.
    """

    description: str
    proof: str
    widths: dict[int, int]

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


Glyphs = dict[str, dict[int, str]]
"""What is used of each font, by the font's name in the PDF: glyphs and the text that each stands for."""

GlyphsJson = dict[str, tuple[str, str | list[str]]]
"""The same for JSON: four hexadecimal digits for each glyph, and the texts, in one where each is one character."""


@dataclass(slots=True)
class PageRecord:
    """One side.

    ``items``: its objects; ``page`` and ``resources`` are the numbers of two of them. ``shared``: what is the whole
    book's, by number. ``kids``: its structure elements under the document's. ``parents``: the structure elements of
    the marked content, then of each annotation. ``names``: what links lead to, each with its place. ``links``: what
    its own links lead to. ``count``: the page counter. ``kind`` and ``strings``: the page type, and the named strings
    that are set on it, for its margins. ``start``: where it begins, None where it can't do so by itself; ``bound``:
    whether it begins after a break to a certain side of the sheet. ``aside``: how far right, points, it stands of where
    links, names, bookmarks and figures are told to be.
    """

    items: list[Item]
    page: int
    resources: int
    height: float
    shared: dict[int, str]
    kids: str
    parents: list[str]
    names: list[tuple[str, str]]
    anchors: list[str]
    bookmarks: list[Any]
    links: list[str]
    told_glyphs: GlyphsJson
    count: int = 0
    kind: list[Any] = field(default_factory=list)
    strings: dict[str, list[str]] = field(default_factory=dict)
    start: PageStart | None = None
    bound: bool = False
    aside: float = 0.0

    @property
    def glyphs(self) -> Glyphs:
        """What is used of each font."""
        return glyphs_from_json(self.told_glyphs)


@dataclass(slots=True)
class SectionRecord:
    """The sides of a part.

    ``glyphs``: what is used on all sides together; ``mixed``: sides differ in what some glyph stands for.
    ``blocks``: what tells the blocks of its division from others, if sides may be taken from here when some of them
    change. ``messages`` and ``missing``: what was heard while it was set, which no later build would hear again.
    """

    sides: list[PageRecord]
    fonts: dict[str, FontUsage]
    glyphs: Glyphs
    mixed: bool = False
    blocks: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    digest: str = ""
    """Of its bytes."""

    raw: bytes = b""
    """Its bytes."""

    @property
    def all_glyphs(self) -> list[Glyphs]:
        """What is used of each font, here and there."""
        return [self.glyphs]

    @property
    def opens_body(self) -> int | None:
        """The side on which the body opens, 0-based."""
        return next((i for i, side in enumerate(self.sides) if "opens-body" in side.anchors), None)

    def data(self) -> bytes:
        """As bytes: a line of JSON, then the objects."""
        blobs: list[bytes] = []
        sides = []
        for side in self.sides:
            told = {f.name: getattr(side, f.name) for f in fields(side) if f.name != "items"}
            told["items"] = [(i.number, len(i.head), -1 if i.stream is None else len(i.stream)) for i in side.items]
            blobs += [blob for i in side.items for blob in (i.head, i.stream) if blob is not None]
            sides.append(told)
        whole = {
            "sides": sides,
            "fonts": {name: used.told() for name, used in self.fonts.items()},
            "glyphs": glyphs_to_json(self.glyphs),
            "mixed": self.mixed,
            "blocks": self.blocks,
            "messages": self.messages,
            "missing": self.missing,
        }
        return b"".join([json.dumps(whole).encode("ascii"), b"\n", *blobs])

    @classmethod
    def of(cls, data: bytes) -> SectionRecord:
        """Out of bytes."""
        digest = hashlib.sha256(data).hexdigest()
        at = data.index(b"\n") + 1
        whole = json.loads(data[:at])
        sides = []
        for told in whole["sides"]:
            items = []
            for number, head, stream in told["items"]:
                end = at + head
                items.append(Item(number, data[at:end], None if stream < 0 else data[end : end + stream]))
                at = end + max(0, stream)
            told["items"] = items
            told["shared"] = {int(number): name for number, name in told["shared"].items()}
            sides.append(PageRecord(**told))
        whole["sides"], whole["fonts"] = sides, fonts_from_json(whole["fonts"])
        return cls(**{**whole, "glyphs": glyphs_from_json(whole["glyphs"])}, digest=digest, raw=data)


def glyphs_to_json(glyphs: Glyphs) -> GlyphsJson:
    """Glyphs with what they stand for, for JSON."""
    told: GlyphsJson = {}
    for name, used in glyphs.items():
        texts = list(used.values())
        single = all(len(text) == 1 for text in texts)
        told[name] = (struct.pack(f">{len(used)}H", *used).hex(), "".join(texts) if single else texts)
    return told


def glyphs_from_json(told: GlyphsJson) -> Glyphs:
    """Glyphs with what they stand for, out of JSON."""
    return {
        name: dict(zip(struct.unpack(f">{len(codes) // 4}H", bytes.fromhex(codes)), texts, strict=True))
        for name, (codes, texts) in told.items()
    }


def merge_glyphs(parts: Iterable[Glyphs]) -> tuple[Glyphs, bool]:
    """What is used in all parts; where they differ in what a glyph stands for, the first says it, and that is told."""
    found: Glyphs = {}
    mixed = False
    for glyphs in parts:
        for name, used in glyphs.items():
            known = found.setdefault(name, {})
            if not used.items() <= known.items():
                found[name] = {**known, **used, **known}
                mixed = mixed or not used.items() <= found[name].items()
    return found, mixed


def merge_used_glyphs(held: Iterable[SectionRecord | RunningHeadSet]) -> Glyphs:
    """What is used of each font in sides and margins together; where they differ, the first says it."""
    return merge_glyphs(glyphs for part in held for glyphs in part.all_glyphs)[0]


def fonts_from_json(told: dict[str, Any]) -> dict[str, FontUsage]:
    """Fonts out of JSON."""
    return {
        name: FontUsage(font["description"], font["proof"], {int(g): w for g, w in font["widths"].items()})
        for name, font in told.items()
    }


# -- margins


@dataclass(slots=True)
class RunningHeadInputs:
    """What the margins of a side depend on: its page type, its named strings, its folio."""

    kind: list[Any]
    strings: dict[str, list[str]]
    folio: int


@dataclass(slots=True)
class RunningHead:
    """What stands in the margins of a side: a compressed content stream, its glyphs and graphics states."""

    stream: bytes
    glyphs: Glyphs
    states: dict[str, str]


@dataclass(slots=True)
class RunningHeadSet:
    """The margins of all sides of a part, and the fonts used in them."""

    margins: list[RunningHead]
    fonts: dict[str, FontUsage]
    messages: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    digest: str = ""
    """Of its bytes."""

    @property
    def all_glyphs(self) -> list[Glyphs]:
        """What is used of each font, here and there."""
        return [margin.glyphs for margin in self.margins]

    def data(self) -> bytes:
        """As bytes: a line of JSON, then the streams."""
        margins = [
            {
                "length": len(m.stream),
                "glyphs": glyphs_to_json(m.glyphs),
                "states": m.states,
            }
            for m in self.margins
        ]
        fonts = {name: used.told() for name, used in self.fonts.items()}
        told = json.dumps({"margins": margins, "fonts": fonts, "messages": self.messages, "missing": self.missing})
        return b"".join([told.encode("ascii"), b"\n", *(m.stream for m in self.margins)])

    @classmethod
    def of(cls, data: bytes) -> RunningHeadSet:
        """Out of bytes."""
        at = data.index(b"\n") + 1
        told = json.loads(data[:at])
        margins = []
        for m in told["margins"]:
            margins.append(RunningHead(data[at : at + m["length"]], glyphs_from_json(m["glyphs"]), m["states"]))
            at += m["length"]
        digest = hashlib.sha256(data).hexdigest()
        return cls(margins, fonts_from_json(told["fonts"]), told["messages"], told["missing"], digest)


# -- folios


@dataclass(frozen=True, slots=True)
class Extent:
    """How many sides a part takes: the folio of each, of which the first ``counting`` go on from the part before.

    ``anchors`` gives the 0-based side on which each anchor stands.
    """

    folios: tuple[int, ...]
    counting: int
    anchors: dict[str, int]

    def folio(self, side: int, before: int) -> int:
        """The folio of a side, where the last page of the part before has the folio ``before``."""
        return self.folios[side] + (before if side < self.counting else 0)

    def last(self, before: int | None) -> int | None:
        """The folio of the last side, if it can be told."""
        if self.counting < len(self.folios):
            return self.folios[-1]
        return None if before is None else self.folio(len(self.folios) - 1, before)


UNKNOWN_FOLIO_BASE = 1 << 32
"""Where the count of pages begins as long as a part doesn't know its first folio."""


def extent_of(sides: Sequence[PageRecord]) -> Extent:
    """The extent of a part that was set with the count beginning at FAR."""
    counting = next((i for i, side in enumerate(sides) if side.count < UNKNOWN_FOLIO_BASE), len(sides))
    folios = tuple(side.count - (UNKNOWN_FOLIO_BASE if i < counting else 0) for i, side in enumerate(sides))
    anchors: dict[str, int] = {}
    for i, side in enumerate(sides):
        for anchor in side.anchors:
            anchors.setdefault(anchor, i)
    return Extent(folios, counting, anchors)


# -- reading back


@dataclass(frozen=True, slots=True)
class SectionText:
    """A run of the structure elements under the document's: how many, a digest of all that their text depends on."""

    digest: str
    elements: int


@dataclass(frozen=True, slots=True)
class SectionTexts:
    """What a PDF is made of. ``meanings`` is what its fonts have to say: by font, what text each glyph stands for.

    ``fonts``: the number of the dictionary of fonts. ``without`` gives the file, the same bytes at the same places, so
    that nothing of some sections is in it: it opens in no time.
    """

    sections: tuple[SectionText, ...]
    meanings: Mapping[str, Mapping[int, str]]
    fonts: int
    without: Callable[[bytes, Collection[int]], bytes]


@dataclass(frozen=True, slots=True)
class TypesetResult:
    """A PDF's bytes, how many sheet sides it has, and what WeasyPrint complained of."""

    pdf: bytes
    sheet_sides: int
    findings: tuple[Diagnostic, ...]
    missing: tuple[str, ...] = ()
    """Characters for which no font has a glyph."""
    made_of: SectionTexts | None = None
    """What it is made of, for those who read it back."""
