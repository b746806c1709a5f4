"""Records of laid-out pages: what workers exchange, the cache keeps and :mod:`dingben.typeset.pdf.assemble` joins.

Each page has object numbers of its own, so that an unchanged page can be taken from an earlier build, wherever it
stands now. What a file has only once is left out (colours, catalog, outline, root of the structure tree); of fonts, the
record says which glyphs are used. Running heads and folios are records of their own (:class:`RunningHead`), since they
depend on the pages before.
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
"""The name of an anchor in HTML whose folio may be printed."""

CONTENTS = re.compile(rb"/Contents (\d+ 0 R)")
"""The reference from a page to its content stream (PDF 32000-1:2008, table 30)."""

PageStart = dict[str, Any]
"""The layout state at the start of a page, as JSON: see :mod:`dingben.typeset.paged.page_state`."""


@dataclass(slots=True)
class Item:
    """A PDF object: its number on its page, its dictionary or other value, the bytes of its stream if any."""

    number: int
    head: bytes
    stream: bytes | None = None


@dataclass(slots=True)
class FontUsage:
    """A font and the glyphs used of it.

    The font is found again by ``description`` (Pango's) and ``fingerprint`` (length and head of its file). ``widths``:
    of each glyph used, in thousandths of an em.
    """

    description: str
    fingerprint: str
    widths: dict[int, int]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


Glyphs = dict[str, dict[int, str]]
"""The glyphs used of each font, with the text that each stands for; fonts by their names in the PDF."""

GlyphsJson = dict[str, tuple[str, str | list[str]]]
"""The same for JSON: four hexadecimal digits for each glyph, and the texts: one string if each is one character."""


@dataclass(slots=True)
class PageRecord:
    """One page as PDF objects.

    ``items``: its objects; ``page`` and ``resources`` are the numbers of two of them. ``shared``: names of the objects
    of the whole file that it refers to, by number. ``kids``: its structure elements below that of the document.
    ``parents``: the structure elements of its marked content, then of each annotation. ``destinations``: the named
    destinations on it, with their places. ``link_targets``: the names that its links lead to. ``page_counter``: the
    value of the CSS counter. ``page_type`` and ``strings``: the page type, and the named strings set on the page, for
    running heads. ``start``: the layout state at its start; None if it takes up something of the page before.
    ``forced_side``: it starts after a forced break to a left or right page. ``shift``: how far to the right, in
    points, the page is drawn of the coordinates in destinations, links, bookmarks and figures.
    """

    items: list[Item]
    page: int
    resources: int
    height: float
    shared: dict[int, str]
    kids: str
    parents: list[str]
    destinations: list[tuple[str, str]]
    anchors: list[str]
    bookmarks: list[Any]
    link_targets: list[str]
    glyphs_json: GlyphsJson
    page_counter: int = 0
    page_type: list[Any] = field(default_factory=list)
    strings: dict[str, list[str]] = field(default_factory=dict)
    start: PageStart | None = None
    forced_side: bool = False
    shift: float = 0.0

    @property
    def glyphs(self) -> Glyphs:
        """The glyphs used on the page."""
        return glyphs_from_json(self.glyphs_json)


@dataclass(slots=True)
class SectionRecord:
    """The pages of a section.

    ``glyphs``: all glyphs used; ``ambiguous``: some glyph stands for different texts on different pages. ``blocks``:
    digests of the blocks of its division, if pages may be reused when some blocks change. ``warnings`` and
    ``missing_characters``: of the layout, which a later build that reuses the pages reports again.
    """

    pages: list[PageRecord]
    fonts: dict[str, FontUsage]
    glyphs: Glyphs
    ambiguous: bool = False
    blocks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing_characters: list[str] = field(default_factory=list)
    digest: str = ""
    """Digest of ``data``."""

    data: bytes = b""
    """The bytes that the record was read from."""

    @property
    def glyph_sets(self) -> list[Glyphs]:
        """The glyphs used."""
        return [self.glyphs]

    @property
    def body_start(self) -> int | None:
        """The 0-based page on which the body of the book opens."""
        return next((i for i, page in enumerate(self.pages) if "opens-body" in page.anchors), None)

    def to_bytes(self) -> bytes:
        """Serialize: a line of JSON, then the objects."""
        blobs: list[bytes] = []
        pages = []
        for page in self.pages:
            values = {f.name: getattr(page, f.name) for f in fields(page) if f.name != "items"}
            values["items"] = [(i.number, len(i.head), -1 if i.stream is None else len(i.stream)) for i in page.items]
            blobs += [blob for i in page.items for blob in (i.head, i.stream) if blob is not None]
            pages.append(values)
        header = {
            "pages": pages,
            "fonts": {name: usage.to_json() for name, usage in self.fonts.items()},
            "glyphs": glyphs_to_json(self.glyphs),
            "ambiguous": self.ambiguous,
            "blocks": self.blocks,
            "warnings": self.warnings,
            "missing_characters": self.missing_characters,
        }
        return b"".join([json.dumps(header).encode("ascii"), b"\n", *blobs])

    @classmethod
    def from_bytes(cls, data: bytes) -> SectionRecord:
        """Read what :meth:`to_bytes` has written."""
        digest = hashlib.sha256(data).hexdigest()
        at = data.index(b"\n") + 1
        header = json.loads(data[:at])
        pages = []
        for values in header["pages"]:
            items = []
            for number, head, stream in values["items"]:
                end = at + head
                items.append(Item(number, data[at:end], None if stream < 0 else data[end : end + stream]))
                at = end + max(0, stream)
            values["items"] = items
            values["shared"] = {int(number): name for number, name in values["shared"].items()}
            pages.append(PageRecord(**values))
        header["pages"], header["fonts"] = pages, fonts_from_json(header["fonts"])
        return cls(**{**header, "glyphs": glyphs_from_json(header["glyphs"])}, digest=digest, data=data)


def glyphs_to_json(glyphs: Glyphs) -> GlyphsJson:
    """Return glyphs and their texts as JSON."""
    result: GlyphsJson = {}
    for name, used in glyphs.items():
        texts = list(used.values())
        single = all(len(text) == 1 for text in texts)
        result[name] = (struct.pack(f">{len(used)}H", *used).hex(), "".join(texts) if single else texts)
    return result


def glyphs_from_json(value: GlyphsJson) -> Glyphs:
    """Return the glyphs that :func:`glyphs_to_json` has written."""
    return {
        name: dict(zip(struct.unpack(f">{len(codes) // 4}H", bytes.fromhex(codes)), texts, strict=True))
        for name, (codes, texts) in value.items()
    }


def merge_glyphs(glyph_sets: Iterable[Glyphs]) -> tuple[Glyphs, bool]:
    """Return all glyphs used, and whether some glyph stands for different texts; then the first text wins."""
    merged: Glyphs = {}
    ambiguous = False
    for glyphs in glyph_sets:
        for name, used in glyphs.items():
            known = merged.setdefault(name, {})
            if not used.items() <= known.items():
                merged[name] = {**known, **used, **known}
                ambiguous = ambiguous or not used.items() <= merged[name].items()
    return merged, ambiguous


def merge_used_glyphs(records: Iterable[SectionRecord | RunningHeadSet]) -> Glyphs:
    """Return all glyphs used in pages and running heads together; the first text of a glyph wins."""
    return merge_glyphs(glyphs for record in records for glyphs in record.glyph_sets)[0]


def fonts_from_json(value: dict[str, Any]) -> dict[str, FontUsage]:
    """Return the fonts that :meth:`FontUsage.to_json` has written."""
    return {
        name: FontUsage(font["description"], font["fingerprint"], {int(g): w for g, w in font["widths"].items()})
        for name, font in value.items()
    }


# -- running heads


@dataclass(slots=True)
class RunningHeadInputs:
    """What the running heads of a page depend on: its page type, its named strings, its folio."""

    page_type: list[Any]
    strings: dict[str, list[str]]
    folio: int


@dataclass(slots=True)
class RunningHead:
    """The margin boxes of a page: a compressed content stream, the glyphs used, and graphics states by name."""

    stream: bytes
    glyphs: Glyphs
    graphics_states: dict[str, str]


@dataclass(slots=True)
class RunningHeadSet:
    """The running heads of all pages of a section, and the fonts used in them."""

    pages: list[RunningHead]
    fonts: dict[str, FontUsage]
    warnings: list[str] = field(default_factory=list)
    missing_characters: list[str] = field(default_factory=list)
    digest: str = ""
    """Digest of the bytes it was read from."""

    @property
    def glyph_sets(self) -> list[Glyphs]:
        """The glyphs used, page by page."""
        return [page.glyphs for page in self.pages]

    def to_bytes(self) -> bytes:
        """Serialize: a line of JSON, then the streams."""
        pages = [
            {
                "length": len(page.stream),
                "glyphs": glyphs_to_json(page.glyphs),
                "graphics_states": page.graphics_states,
            }
            for page in self.pages
        ]
        header = {
            "pages": pages,
            "fonts": {name: usage.to_json() for name, usage in self.fonts.items()},
            "warnings": self.warnings,
            "missing_characters": self.missing_characters,
        }
        return b"".join([json.dumps(header).encode("ascii"), b"\n", *(page.stream for page in self.pages)])

    @classmethod
    def from_bytes(cls, data: bytes) -> RunningHeadSet:
        """Read what :meth:`to_bytes` has written."""
        at = data.index(b"\n") + 1
        header = json.loads(data[:at])
        pages = []
        for page in header["pages"]:
            stream = data[at : at + page["length"]]
            pages.append(RunningHead(stream, glyphs_from_json(page["glyphs"]), page["graphics_states"]))
            at += page["length"]
        digest = hashlib.sha256(data).hexdigest()
        fonts = fonts_from_json(header["fonts"])
        return cls(pages, fonts, header["warnings"], header["missing_characters"], digest)


# -- folios


@dataclass(frozen=True, slots=True)
class Extent:
    """The pages that a section takes.

    ``folios``: of each page; the first ``continuing`` ones continue those of the section before. ``anchors``: the
    0-based page of each anchor.
    """

    folios: tuple[int, ...]
    continuing: int
    anchors: dict[str, int]

    def folio(self, page: int, before: int) -> int:
        """Return the folio of a page if the last page of the section before has the folio ``before``."""
        return self.folios[page] + (before if page < self.continuing else 0)

    def last(self, before: int | None) -> int | None:
        """Return the folio of the last page, None if it is not known yet."""
        if self.continuing < len(self.folios):
            return self.folios[-1]
        return None if before is None else self.folio(len(self.folios) - 1, before)


UNKNOWN_FOLIO_BASE = 1 << 32
"""The page counter starts here as long as the first folio of a section is not known."""


def extent_of(pages: Sequence[PageRecord]) -> Extent:
    """Return the extent of a section whose page counter started at UNKNOWN_FOLIO_BASE."""
    continuing = next((i for i, page in enumerate(pages) if page.page_counter < UNKNOWN_FOLIO_BASE), len(pages))
    folios = tuple(page.page_counter - (UNKNOWN_FOLIO_BASE if i < continuing else 0) for i, page in enumerate(pages))
    anchors: dict[str, int] = {}
    for i, page in enumerate(pages):
        for anchor in page.anchors:
            anchors.setdefault(anchor, i)
    return Extent(folios, continuing, anchors)


# -- reading back


@dataclass(frozen=True, slots=True)
class SectionText:
    """The structure elements of a section, below that of the document: how many, and a digest of what their text is."""

    digest: str
    elements: int


@dataclass(frozen=True, slots=True)
class SectionTexts:
    """Where the text of each section is in a PDF.

    ``glyph_texts``: the text of each glyph, by font, that the fonts of the file must have. ``fonts``: the object number
    of the font resources. ``without`` returns the file, the same bytes at the same places, without the objects of some
    sections: it opens fast.
    """

    sections: tuple[SectionText, ...]
    glyph_texts: Mapping[str, Mapping[int, str]]
    fonts: int
    without: Callable[[bytes, Collection[int]], bytes]


@dataclass(frozen=True, slots=True)
class TypesetResult:
    """A PDF: its bytes, its number of pages, and WeasyPrint's warnings."""

    pdf: bytes
    page_count: int
    warnings: tuple[Diagnostic, ...]
    missing_characters: tuple[str, ...] = ()
    """Characters for which no font has a glyph."""
    section_texts: SectionTexts | None = None
    """Where the text of each section is, if the book was laid out in sections."""
