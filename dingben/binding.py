"""The parts of a book bound to one PDF: objects renumbered, fonts cut once, one outline and one structure tree.

WeasyPrint writes a document without pages, which has all that a file has but once; then
the parts' objects are put in. They are only renumbered, never read: it takes hundredths of
a second for a hundred pages. PDF 32000-1:2008, 7.3.10 (references), 14.7.4 (parent tree).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pydyf
import weasyprint
from weasyprint.document import Document
from weasyprint.html import get_html_metadata
from weasyprint.pdf import generate_pdf
from weasyprint.pdf.anchors import add_outlines
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.ffi import TO_UNITS, ffi, gobject, pango
from weasyprint.text.fonts import FontConfiguration, get_pango_font_key

from dingben.parts import Part, WholeBookError
from dingben.quires import DescribedFont, Item, Quire, Used, number_of
from dingben.typeset import BASE_URL, OPTIONS, BookFetcher, Looks, Typeset, listening
from dingben.writing import Keeper, proof_of, quick_writing

ffi.cdef("PangoFontDescription * pango_font_description_from_string (const char *str);", override=True)

NUMBERED = re.compile(rb"\((?:[^()\\]|\\.)*\)|/StructParents? (\d+)|\b(\d+) 0 R\b", re.DOTALL)
"""Strings, which are left alone; keys of the parent tree; references."""


class Raw(pydyf.Object):  # type: ignore[misc]
    """A PDF object that is written down already."""

    data = b""
    compressible = True

    def __init__(self, data: bytes, *, compressible: bool = True) -> None:
        super().__init__()
        self.data, self.compressible = data, compressible


def bind(
    parts: Sequence[Part],
    quires: Sequence[Quire],
    looks: Looks,
    finish: Callable[[int | None, Any], None],
    kept: Keeper,
) -> Typeset:
    """One PDF of all parts. ``finish(side, pdf)`` completes it; ``side`` is where the body opens.

    ``kept`` may know fonts that were cut before.
    """
    with listening() as heard, quick_writing(kept):
        for quire in quires:
            heard.messages += [message for message in quire.messages if message not in heard.messages]
            heard.missing += [char for char in quire.missing if char not in heard.missing]
        if heard.missing:
            return Typeset(b"", 0, heard.findings, tuple(heard.missing))
        binding = Binding(parts[0].html, quires, looks)
        for quire in quires:
            binding.add(quire)
        binding.add_names(quires)
        binding.add_outline(quires)
        sides = [len(quire.pages) for quire in quires]
        opening = next(
            (sum(sides[:i]) + quire.opens_body for i, quire in enumerate(quires) if quire.opens_body is not None), None
        )
        finish(opening, binding.pdf)
        return Typeset(binding.written(), sum(sides), heard.findings)


class Binding:
    """A PDF that parts are put into."""

    def __init__(self, html: str, quires: Sequence[Quire], looks: Looks) -> None:
        fetcher = BookFetcher(looks.folder)
        head = html[: html.index("</head>")] if "</head>" in html else html[: html.index("<body")]
        source = weasyprint.HTML(string=f"{head}</head><body>", base_url=f"{BASE_URL}source/", url_fetcher=fetcher)
        embedded = any("@font-face" in sheet for sheet in looks.css)
        self.fonts = looks.read().fonts if embedded else FontConfiguration()
        document = Document([], DocumentMetadata(**get_html_metadata(source)), fetcher, self.fonts, {}, "srgb")
        self.used = united(quires)
        document.fonts = {name: self.font(used) for name, used in self.used.items()}
        options = {
            **weasyprint.DEFAULT_OPTIONS, **OPTIONS, "pdf_version": "1.7", "output_intent": "srgb", "pdf_tags": True,
        }  # fmt: skip
        self.pdf = generate_pdf(document, None, 1, **options)
        root = self.pdf.objects[number_of(self.pdf.catalog["StructTreeRoot"])]
        self.top = self.pdf.objects[number_of(root["K"][0])]
        self.parents = self.pdf.objects[number_of(root["ParentTree"])]["Nums"]
        resources = next(o for o in self.pdf.objects if isinstance(o, dict) and "ExtGState" in o)
        self.font_dictionary = self.pdf.objects[number_of(resources["Font"])]
        self.shared: dict[str, int] = {
            "pages": self.pdf.pages.number,
            "document": self.top.number,
            "fonts": self.font_dictionary.number,
            "colours": number_of(resources["ColorSpace"]),
            "profile": number_of(document.color_profiles["srgb"].pdf_reference),
        }
        self.next_key = 0
        self.pictures: dict[tuple[bytes, bytes], int] = {}
        self.names: dict[str, bytes] = {}

    # -- fonts

    def font(self, used: Used) -> Any:
        """The font of that description. Raises WholeBookError where it isn't the one that the part was set in."""
        description = pango.pango_font_description_from_string(used.description.encode())
        pango.pango_font_description_set_absolute_size(description, used.size * TO_UNITS)
        context = ffi.gc(pango.pango_font_map_create_context(self.fonts.font_map), gobject.g_object_unref)
        loaded = ffi.gc(
            pango.pango_font_map_load_font(self.fonts.font_map, context, description), gobject.g_object_unref
        )
        pango.pango_font_description_free(description)
        _, described, size = get_pango_font_key(loaded)
        font = DescribedFont(loaded, described, size)
        if (font.hash, proof_of(font)) != (used.hash, used.proof):
            raise WholeBookError(f"the font {used.description} can't be found again")
        font.widths, font.to_unicode = used.widths, used.meaning
        return font

    def fonts_of(self, quire: Quire) -> int:
        """The number of the fonts of a part: the book's, but where a glyph means something else here."""
        own = {
            used.hash: used
            for used in quire.fonts
            if any(self.used[used.hash].meaning[glyph] != text for glyph, text in used.meaning.items())
        }
        if not own:
            return self.shared["fonts"]
        changed: Any = pydyf.Dictionary(self.font_dictionary)
        for name, used in own.items():
            whole = self.pdf.objects[number_of(changed[name])]
            meaning = pydyf.Stream([to_unicode(used.meaning)], compress=True)
            self.pdf.add_object(meaning)
            font = pydyf.Dictionary({**whole, "ToUnicode": meaning.reference})
            self.pdf.add_object(font)
            changed[name] = font.reference
        self.pdf.add_object(changed)
        return int(changed.number)

    # -- parts

    def add(self, quire: Quire) -> None:
        """Put in the pages of a part, with all that belongs to them."""
        numbers = {number: self.shared.get(name, 0) for number, name in quire.shared.items()}
        numbers |= {number: self.fonts_of(quire) for number, name in quire.shared.items() if name == "fonts"}
        kept = self.without_known_pictures(quire.items, numbers)
        first = len(self.pdf.objects)
        numbers |= {item.number: first + i for i, item in enumerate(kept)}
        renumbered = self.renumbering(numbers)
        for item in kept:
            head = renumbered(item.head)
            if item.stream is None:
                self.pdf.add_object(Raw(head))
            else:
                data = b"".join((head, b"\nstream\n", item.stream, b"\nendstream"))
                self.pdf.add_object(Raw(data, compressible=False))
        for page in quire.pages:
            self.pdf.pages["Kids"].extend([numbers[page], 0, "R"])
        self.pdf.pages["Count"] += len(quire.pages)
        self.top["K"].append(renumbered(quire.kids.encode("latin-1")).strip(b"[]"))
        for key, elements in quire.parents:
            self.parents += [self.next_key + key, renumbered(elements.encode("latin-1"))]
        self.next_key += max((key for key, _ in quire.parents), default=-1) + 1
        for name, place in quire.names:
            self.names.setdefault(name, renumbered(place.encode("latin-1")))

    def renumbering(self, numbers: Mapping[int, int]) -> Callable[[bytes], bytes]:
        """Gives objects of a part the references and keys that they have in the book."""
        key, cache = self.next_key, {number: b"%d 0 R" % new for number, new in numbers.items()}

        def replaced(found: re.Match[bytes]) -> bytes:
            if found[2]:
                return cache[int(found[2])]
            if found[1]:
                name, _, value = found[0].partition(b" ")
                return b"%b %d" % (name, key + int(value))
            return found[0]

        return lambda data: NUMBERED.sub(replaced, data)

    def without_known_pictures(self, items: Sequence[Item], numbers: dict[int, int]) -> list[Item]:
        """The items but for pictures that a part before has too; ``numbers`` learns where these are."""
        pictures = [item for item in items if item.stream is not None and b"/Subtype /Image" in item.head]
        masks = {mask for item in pictures if (mask := mask_of(item))}
        pictures.sort(key=lambda item: item.number not in masks)  # masks first: a picture is known by its mask too
        known: set[int] = set()
        for item in pictures:
            mask = mask_of(item)
            if mask and mask not in known:
                continue  # its mask is new, and so it is
            found = self.pictures.get((with_mask(item, numbers), item.stream or b""))
            if found is not None:
                numbers[item.number] = found
                known.add(item.number)
        kept = [item for item in items if item.number not in known]
        first = len(self.pdf.objects)
        place = numbers | {item.number: first + i for i, item in enumerate(kept)}
        for item in pictures:
            self.pictures.setdefault((with_mask(item, place), item.stream or b""), place[item.number])
        return kept

    # -- the whole

    def add_names(self, quires: Sequence[Quire]) -> None:
        """Where the names lead that links lead to. Raises WholeBookError where a link leads nowhere."""
        lost = {target for quire in quires for target in quire.links} - self.names.keys()
        if lost:
            raise WholeBookError(f"nothing is called {min(lost)}")
        pairs = pydyf.Array()
        for name in sorted(self.names):
            pairs += [pydyf.String(name), self.names[name]]
        if pairs:
            self.pdf.catalog["Names"] = pydyf.Dictionary({"Dests": pydyf.Dictionary({"Names": pairs})})

    def add_outline(self, quires: Sequence[Quire]) -> None:
        """The bookmarks of all parts as one tree."""
        pages = [
            SimpleNamespace(bookmarks=bookmarks, height=height)
            for quire in quires
            for bookmarks, height in zip(quire.bookmarks, quire.heights, strict=True)
        ]
        add_outlines(self.pdf, Document.make_bookmark_tree(SimpleNamespace(pages=pages), 0.75, transform_pages=True))

    def written(self) -> bytes:
        """The file's bytes."""
        output = io.BytesIO()
        self.pdf.write(output, "1.7", OPTIONS["pdf_identifier"], compress=True)
        return output.getvalue()


MASK = re.compile(rb"/SMask (\d+) 0 R")


def mask_of(picture: Item) -> int:
    """The number of a picture's mask, 0 without one."""
    found = MASK.search(picture.head)
    return int(found[1]) if found else 0


def with_mask(picture: Item, numbers: Mapping[int, int]) -> bytes:
    """A picture's dictionary with its mask's number in the book."""
    return MASK.sub(lambda found: b"/SMask %d 0 R" % numbers[int(found[1])], picture.head)


def united(quires: Sequence[Quire]) -> dict[str, Used]:
    """Every font with all that is used of it in any part; where parts differ, the first says what a glyph means."""
    found: dict[str, Used] = {}
    for quire in quires:
        for used in quire.fonts:
            one = found.setdefault(used.hash, Used(used.hash, used.description, used.size, used.proof, {}, {}))
            if one.proof != used.proof:
                raise WholeBookError(f"two fonts are called {used.description}")
            one.widths = used.widths | one.widths
            one.meaning = used.meaning | one.meaning
    return found


def to_unicode(meaning: Mapping[int, str]) -> bytes:
    """A ToUnicode CMap (PDF 32000-1:2008, 9.10.3)."""
    rows = [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(meaning.items())]
    lines = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CIDSystemInfo",
        "<< /Registry (Adobe)", "/Ordering (UCS)", "/Supplement 0", ">> def", "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def", "1 begincodespacerange", "<0000> <ffff>", "endcodespacerange",
    ]  # fmt: skip
    for at in range(0, len(rows), 100):
        chunk = rows[at : at + 100]
        lines += [f"{len(chunk)} beginbfchar", *chunk, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
