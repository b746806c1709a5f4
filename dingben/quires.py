"""The pages of one part as PDF objects, for :mod:`dingben.binding` to put into the book.

The objects are those of WeasyPrint, written down with the numbers that they have in their
part. What a file has but once (fonts, colours, catalog, outline, the root of the structure
tree) is left out; fonts are told by what is used of them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from unittest import mock

import pydyf
import weasyprint.pdf
import weasyprint.pdf.stream
from weasyprint.pdf import generate_pdf
from weasyprint.pdf.fonts import Font
from weasyprint.text.ffi import ffi, pango

from dingben.writing import proof_of


@dataclass(slots=True)
class Item:
    """A PDF object: its number in the part, its dictionary or whole value, and the bytes of a stream."""

    number: int
    head: bytes
    stream: bytes | None = None


@dataclass(slots=True)
class Used:
    """A font, found again by ``description`` (Pango's) and ``proof`` (length and head of its file), and what is used.

    ``size`` is in px. ``widths`` are in thousandths of an em; ``meaning`` says what text a glyph stands for.
    """

    hash: str
    description: str
    size: float
    proof: str
    widths: dict[int, float]
    meaning: dict[int, str]


@dataclass(slots=True)
class Quire:
    """The pages of a part.

    ``pages``: numbers of the page objects. ``shared``: what is the whole book's, by number.
    ``kids``: the structure elements under the document's. ``parents``: the structure
    elements of each page and annotation. ``bookmarks``: for each page, with ``heights``, px.
    """

    items: list[Item]
    pages: list[int]
    heights: list[float]
    shared: dict[int, str]
    kids: str
    parents: list[tuple[int, str]]
    names: list[tuple[str, str]]
    bookmarks: list[list[Any]]
    links: list[str]
    opens_body: int | None
    fonts: list[Used]
    messages: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def data(self) -> bytes:
        """As bytes: a line of JSON, then the objects."""
        told = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("items", "fonts")}
        told["fonts"] = [asdict(font) for font in self.fonts]
        told["items"] = [(i.number, len(i.head), -1 if i.stream is None else len(i.stream)) for i in self.items]
        blobs = [blob for i in self.items for blob in (i.head, i.stream) if blob is not None]
        return b"".join([json.dumps(told).encode("ascii"), b"\n", *blobs])

    @classmethod
    def of(cls, data: bytes) -> Quire:
        """Out of bytes."""
        at = data.index(b"\n") + 1
        told = json.loads(data[:at])
        items = []
        for number, head, stream in told["items"]:
            end = at + head
            items.append(Item(number, data[at:end], None if stream < 0 else data[end : end + stream]))
            at = end + max(0, stream)
        told["fonts"] = [
            Used(
                **{
                    **font,
                    "widths": {int(g): w for g, w in font["widths"].items()},
                    "meaning": {int(g): t for g, t in font["meaning"].items()},
                }
            )
            for font in told["fonts"]
        ]
        told["shared"] = {int(number): name for number, name in told["shared"].items()}
        return cls(**{**told, "items": items})


class DescribedFont(Font):  # type: ignore[misc]
    """A font that remembers how to find it again."""

    def __init__(self, pango_font: Any, description: Any, font_size: float) -> None:
        self.description = description_of(description)
        super().__init__(pango_font, description, font_size)


def description_of(description: Any) -> str:
    """A font's description as text."""
    return ffi.string(pango.pango_font_description_to_string(description)).decode()  # type: ignore[no-any-return]


def written(document: Any, options: dict[str, Any], name: str, heard: Any) -> Quire:
    """The pages of a document as the quires of the part ``name``; ``heard`` collects WeasyPrint's warnings."""
    links: list[str] = []
    document.make_bookmark_tree = lambda *_, **__: []
    with (
        mock.patch.object(weasyprint.pdf, "resolve_links", functools.partial(all_links, targets=links)),
        mock.patch.object(weasyprint.pdf, "build_fonts_dictionary", no_fonts),
        mock.patch.object(weasyprint.pdf.stream, "Font", DescribedFont),
    ):
        pdf = generate_pdf(document, None, 1, **options)
    root = pdf.objects[number_of(pdf.catalog["StructTreeRoot"])]
    tree, top = (number_of(reference) for reference in (root["ParentTree"], root["K"][0]))
    own_names(pdf, name)
    shared = shared_objects(pdf, document) | {top: "document"}
    left_out = {0, 1, 2, tree, root.number, number_of(pdf.catalog["Metadata"]), *shared}
    nums = pdf.objects[tree]["Nums"]
    dests = pdf.catalog.get("Names", {}).get("Dests", {}).get("Names", [])
    return Quire(
        items=[item_of(o) for o in pdf.objects if o.number not in left_out],
        pages=list(pdf.pages["Kids"][::3]),
        heights=[page.height for page in document.pages],
        shared=shared,
        kids=text_of(pdf.objects[top]["K"]),
        parents=[(key, text_of(value)) for key, value in zip(nums[::2], nums[1::2], strict=True)],
        names=[(key.string, text_of(value)) for key, value in zip(dests[::2], dests[1::2], strict=True)],
        bookmarks=[page.bookmarks for page in document.pages],
        links=sorted(set(links)),
        opens_body=next((i for i, page in enumerate(document.pages) if "opens-body" in page.anchors), None),
        fonts=[
            Used(font.hash, font.description, font.font_size, proof_of(font), font.widths, font.to_unicode)
            for font in document.fonts.values()
        ],
        messages=heard.messages,
        missing=heard.missing,
    )


def item_of(item: Any) -> Item:
    """A PDF object, written down."""
    if item.compressible:
        return Item(item.number, item.data)
    head, _, stream = item.data.partition(b"\nstream\n")
    return Item(item.number, head, stream.removesuffix(b"\nendstream"))


def text_of(value: Any) -> str:
    """A PDF value as text."""
    return pydyf._to_bytes(value).decode("latin-1")  # type: ignore[no-any-return]


def number_of(reference: Any) -> int:
    """The number in a reference."""
    return int(reference.split()[0])


def shared_objects(pdf: Any, document: Any) -> dict[int, str]:
    """The objects that are the same in every part, by number: page tree, colours, fonts."""
    shared = {pdf.pages.number: "pages", number_of(document.color_profiles["srgb"].pdf_reference): "profile"}
    for number, item in enumerate(pdf.objects):
        if isinstance(item, dict) and "lab-d50" in item:
            shared[number] = "colours"
        elif isinstance(item, dict) and "Shared" in item:
            shared[number] = "fonts"
    return shared


def own_names(pdf: Any, name: str) -> None:
    """Put the part's name before the identifiers of structure elements, which must differ in a book."""
    for item in pdf.objects:
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("ID"), pydyf.String):
            item["ID"] = pydyf.String(f"{name}-{item['ID'].string}")
        if isinstance(attributes := item.get("A"), dict) and "Headers" in attributes:
            headers = {id(key): pydyf.String(f"{name}-{key.string}") for key in attributes["Headers"]}
            attributes["Headers"] = pydyf.Array([headers[id(key)] for key in attributes["Headers"]])


def no_fonts(*_: Any) -> Any:
    """Stands for the dictionary of fonts, which is the whole book's."""
    return pydyf.Dictionary({"Shared": "true"})


def all_links(pages: Any, targets: list[str]) -> Iterator[tuple[list[Any], list[Any]]]:
    """WeasyPrint's ``resolve_links`` for a part: its links lead into other parts too."""
    known: set[str] = set()
    for page in pages:
        targets += [target for kind, target, _, _ in page.links if kind == "internal"]
        new = [name for name in page.anchors if name not in known]
        known.update(new)
        yield page.links, [(name, *page.anchors[name][:2]) for name in new]
