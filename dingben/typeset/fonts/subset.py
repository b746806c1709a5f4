"""Font subsetting with the pinned HarfBuzz, and quick serialization of PDF objects.

Fonts are cut by the HarfBuzz that comes with uharfbuzz, pinned in pyproject.toml: the
system's may be old enough to fail (6.0 does with LXGW WenKai), and then 15 MB of font go
into the file; and the same HarfBuzz everywhere gives the same bytes everywhere. The list
of a PDF's pages, asked for with each tag, is made once. Font files, 20 MB each, are looked at
where they lie in memory. Fonts cut and compressed may be kept for the next book.
"""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydyf
from weasyprint.text.ffi import ffi, harfbuzz

from dingben.system.fonts import list_fonts

DROPPED = ["BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG "]
"""Tables that a PDF viewer has no use for."""


Keeper = Callable[[str, tuple[str | bytes, ...], Callable[[], bytes]], bytes]
"""Makes bytes, or has kept them: see ``Cache.get_or_create``."""


def keep_nothing(_kind: str, _shaped_by: tuple[str | bytes, ...], make: Callable[[], bytes]) -> bytes:
    """Keeps nothing."""
    return make()


def patch_subset(original: Any, keeper: Keeper) -> Any:  # noqa: ARG001
    """Replace ``Font.subset``: ``keeper`` may know fonts that were cut before."""

    def subset(font: Any, used: dict[int, str], hinting: bool) -> None:
        if used and not is_final(font):
            font.file_content = subset_font(font, used, hinting)
        elif used:
            packed = keeper(
                "face",
                subset_key(font, used, hinting),
                lambda: CompressedFont.of(subset_font(font, used, hinting)).data(),
            )
            font.file_content = CompressedFont.read(packed)

    return subset


def patch_stream_data(original: Any, keeper: Keeper) -> property:  # noqa: ARG001
    """Replace ``Stream.data``."""
    return property(stream_data)


def patch_page_references(original: Any) -> property:  # noqa: ARG001
    """Replace ``PDF.page_references``."""
    return property(page_references)


def patch_array_data(original: Any) -> property:  # noqa: ARG001
    """Replace ``Array.data``."""
    return property(array_data)


def patch_dictionary_data(original: Any) -> property:  # noqa: ARG001
    """Replace ``Dictionary.data``."""
    return property(dictionary_data)


def patch_get_hb_object_data(original: Any) -> Any:  # noqa: ARG001
    """Replace ``get_hb_object_data``."""
    return map_font_file


def patch_to_bytes(original: Any) -> Any:  # noqa: ARG001
    """Replace pydyf's ``_to_bytes``."""
    return to_bytes


def is_final(font: Any) -> bool:
    """Whether the cut file goes into the PDF as it is: one with axes or pictures is changed again by WeasyPrint."""
    return not ("fvar" in font.tables or font.png or font.svg or font.colr)


def to_bytes(item: Any) -> bytes:
    """Write a PDF value: pydyf's ``_to_bytes``, which asks of a text whether it is three other things first."""
    kind = type(item)
    if kind is bytes:
        return item  # type: ignore[no-any-return]
    if kind is str:
        return item.encode("ascii")  # type: ignore[no-any-return]
    if kind is int or (kind is float and item.is_integer()):
        return b"%d" % item
    if kind is float:
        return (b"%f" % item).rstrip(b"0")
    if isinstance(item, pydyf.Object):
        return item.data  # type: ignore[no-any-return]
    return original_to_bytes(item)  # type: ignore[no-any-return]


original_to_bytes = pydyf._to_bytes


class Keys(dict[str, bytes]):
    """The keys of dictionaries, as they are written before a value."""

    def __missing__(self, key: str) -> bytes:
        self[key] = found = b"/%b " % to_bytes(key)
        return found


KEYS = Keys()


def array_data(array: Any) -> bytes:
    """An array as it is written."""
    return b"[%b]" % b" ".join([to_bytes(child) for child in array])


def dictionary_data(dictionary: Any) -> bytes:
    """A dictionary as it is written."""
    return b"<<%b>>" % b"".join([KEYS[key] + to_bytes(value) for key, value in dictionary.items()])


def map_font_file(face: Any) -> memoryview:
    """A font's file where it lies in memory, as long as the face lives; WeasyPrint copies it for each document."""
    blob = harfbuzz.hb_face_reference_blob(face)
    with ffi.new("unsigned int *") as length:
        data = harfbuzz.hb_blob_get_data(blob, length)
        size = int(length[0])
    harfbuzz.hb_blob_destroy(blob)
    return memoryview(ffi.buffer(data, size)).toreadonly()


RESOURCES = ("ExtGState", "XObject", "Pattern", "Shading")
"""What a content stream may name, beside fonts and colours."""

LEVEL = 6
"""How hard streams are compressed: pydyf's 9 takes four times as long for one percent."""


@dataclass(frozen=True, slots=True)
class CompressedFont:
    """A file that is compressed already; of its bytes only the first four are there, which tell its kind."""

    length: int
    head: bytes
    packed: bytes

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, places: slice) -> bytes:
        return self.head[places]

    @classmethod
    def of(cls, content: bytes) -> CompressedFont:
        """The file, compressed."""
        return cls(len(content), content[:4], zlib.compress(content, LEVEL))

    def data(self) -> bytes:
        """As bytes."""
        return b"%d %b" % (self.length, self.head.hex().encode()) + b"\n" + self.packed

    @classmethod
    def read(cls, data: bytes) -> CompressedFont:
        """Out of bytes."""
        told, _, packed = data.partition(b"\n")
        length, head = told.split(b" ")
        return cls(int(length), bytes.fromhex(head.decode()), packed)


def stream_data(stream: Any) -> bytes:
    """A stream as it is written, compressed once: pydyf asks for it again to make the file's identifier."""
    known = stream.__dict__.get("_written")
    if known is None:
        extra = pydyf.Dictionary(stream.extra.copy())
        if stream.compress:
            extra["Filter"] = "/FlateDecode"
        if stream.stream and isinstance(stream.stream[0], CompressedFont):
            content = stream.stream[0].packed
        else:
            content = b"\n".join([to_bytes(item) for item in stream.stream])
            content = zlib.compress(content, LEVEL) if stream.compress else content
        extra["Length"] = len(content)
        known = stream._written = b"\n".join((extra.data, b"stream", content, b"endstream"))
    return known  # type: ignore[no-any-return]


def page_references(pdf: Any) -> tuple[bytes, ...]:
    """The references of all pages, remembered while no page is added."""
    kids = pdf.pages["Kids"]
    known = pdf.__dict__.get("_known_references")
    if known is None or len(known) * 3 != len(kids):
        known = pdf._known_references = tuple(f"{number} 0 R".encode("ascii") for number in kids[::3])
    return known  # type: ignore[no-any-return]


PROOF = 4096
"""Bytes at the head of a font's file that tell it from others: the table directory with its checksums."""


def fingerprint(font: Any) -> str:
    """What tells the font's file from others."""
    head = hashlib.sha256(font.file_content[:PROOF]).hexdigest()
    return f"{font.index} {len(font.file_content)} {head}"


def subset_key(font: Any, used: dict[int, str], hinting: bool) -> tuple[str, ...]:
    """What shapes the cut font."""
    return fingerprint(font), f"{hinting} {bool(font.missing)}", " ".join(map(str, sorted(used)))


def subset_font(font: Any, used: dict[int, str], hinting: bool) -> bytes:
    """The font's file without all glyphs but those ``used``, by their number; numbers stay.

    https://harfbuzz.github.io/harfbuzz-hb-subset.html
    """
    import uharfbuzz  # a build after a small change cuts nothing

    request = uharfbuzz.SubsetInput()
    request.glyph_set.update(used)
    request.drop_table_tag_set.update(int.from_bytes(tag.encode("ascii"), "big") for tag in DROPPED)
    flags = uharfbuzz.SubsetFlags
    request.flags = flags.RETAIN_GIDS | flags.PASSTHROUGH_UNRECOGNIZED | flags.DESUBROUTINIZE
    if not hinting:
        request.flags |= flags.NO_HINTING
    if font.missing:
        request.flags |= flags.NOTDEF_OUTLINE
    path = find_installed_file(font.file_content)
    # of a file that is mapped, only what is looked at comes into memory
    blob = uharfbuzz.Blob.from_file_path(str(path)) if path else uharfbuzz.Blob(bytes(font.file_content))
    return bytes(uharfbuzz.subset(uharfbuzz.Face(blob, font.index), request).blob.data)


def find_installed_file(content: Any) -> Path | None:
    """The installed font file with this content, told by its length and head; None for a font of the book's own."""
    head = bytes(content[:PROOF])
    for name in sorted({file for file, _, _ in list_fonts()}):
        with contextlib.suppress(OSError):
            path = Path(name)
            if path.stat().st_size == len(content):
                with path.open("rb") as file:
                    if file.read(PROOF) == head:
                        return path
    return None


# -- objects by number

OWN_NAME = "dingben:"
"""Begins an identifier that is made of its element's number, once that is known."""


def object_number(reference: Any) -> int:
    """The number in a reference."""
    return int(reference.split()[0])
