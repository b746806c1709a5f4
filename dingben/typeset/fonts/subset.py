"""Font subsetting with the pinned HarfBuzz, and fast serialization of PDF objects.

Fonts are subset by the HarfBuzz in uharfbuzz, pinned in pyproject.toml. It gives the same bytes on every machine, while
that of the system may be old enough to fail (6.0 does with LXGW WenKai), and then the whole font, 15 MB, is embedded.
Font files of 20 MB are mapped into memory, not copied. Subset fonts can be cached.
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
"""Tables that PDF viewers do not use."""

FONT_CACHE = "font"
"""Kind of the cache entries that hold subset fonts."""


GetOrCreate = Callable[[str, tuple[str | bytes, ...], Callable[[], bytes]], bytes]
"""Returns cached bytes or creates them: see ``Cache.get_or_create``."""


def create_always(_kind: str, _key: tuple[str | bytes, ...], create: Callable[[], bytes]) -> bytes:
    """Create the bytes without a cache."""
    return create()


def patch_subset(original: Any, get_or_create: GetOrCreate) -> Any:  # noqa: ARG001
    """Replace ``Font.subset``: ``get_or_create`` may have cached the subset."""

    def subset(font: Any, used: dict[int, str], hinting: bool) -> None:
        if used and not is_final(font):
            font.file_content = subset_font(font, used, hinting)
        elif used:
            packed = get_or_create(
                FONT_CACHE,
                subset_key(font, used, hinting),
                lambda: CompressedFont.compress(subset_font(font, used, hinting)).to_bytes(),
            )
            font.file_content = CompressedFont.from_bytes(packed)

    return subset


def patch_stream_data(original: Any, get_or_create: GetOrCreate) -> property:  # noqa: ARG001
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
    """Whether the subset is embedded as it is: WeasyPrint changes variable and picture fonts once more."""
    return not ("fvar" in font.tables or font.png or font.svg or font.colr)


def to_bytes(item: Any) -> bytes:
    """Serialize a PDF value like pydyf's ``_to_bytes``, with the most common types tested first."""
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
    """Serialized keys of dictionaries."""

    def __missing__(self, key: str) -> bytes:
        self[key] = found = b"/%b " % to_bytes(key)
        return found


KEYS = Keys()


def array_data(array: Any) -> bytes:
    """Serialize an array."""
    return b"[%b]" % b" ".join([to_bytes(child) for child in array])


def dictionary_data(dictionary: Any) -> bytes:
    """Serialize a dictionary."""
    return b"<<%b>>" % b"".join([KEYS[key] + to_bytes(value) for key, value in dictionary.items()])


def map_font_file(face: Any) -> memoryview:
    """Return the mapped file of a font, valid as long as the face; WeasyPrint copies it for each document."""
    blob = harfbuzz.hb_face_reference_blob(face)
    with ffi.new("unsigned int *") as length:
        data = harfbuzz.hb_blob_get_data(blob, length)
        size = int(length[0])
    harfbuzz.hb_blob_destroy(blob)
    return memoryview(ffi.buffer(data, size)).toreadonly()


RESOURCES = ("ExtGState", "XObject", "Pattern", "Shading")
"""Resource categories of content streams, without fonts and colour spaces (PDF 32000-1:2008, 7.8.3)."""

LEVEL = 6
"""Compression level of streams: pydyf's 9 takes four times as long for one percent."""


@dataclass(frozen=True, slots=True)
class CompressedFont:
    """A compressed font file; of its bytes only the first four are kept, by which WeasyPrint finds its type."""

    length: int
    head: bytes
    packed: bytes

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, places: slice) -> bytes:
        return self.head[places]

    @classmethod
    def compress(cls, content: bytes) -> CompressedFont:
        """Compress a font file."""
        return cls(len(content), content[:4], zlib.compress(content, LEVEL))

    def to_bytes(self) -> bytes:
        """Serialize."""
        return b"%d %b" % (self.length, self.head.hex().encode()) + b"\n" + self.packed

    @classmethod
    def from_bytes(cls, data: bytes) -> CompressedFont:
        """Read what :meth:`to_bytes` has written."""
        header, _, packed = data.partition(b"\n")
        length, head = header.split(b" ")
        return cls(int(length), bytes.fromhex(head.decode()), packed)


def stream_data(stream: Any) -> bytes:
    """Serialize a stream, compressed only once: pydyf reads it again for the identifier of the file."""
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
    """Return the references of all pages, remembered until a page is added."""
    kids = pdf.pages["Kids"]
    known = pdf.__dict__.get("_known_references")
    if known is None or len(known) * 3 != len(kids):
        known = pdf._known_references = tuple(f"{number} 0 R".encode("ascii") for number in kids[::3])
    return known  # type: ignore[no-any-return]


FINGERPRINT_BYTES = 4096
"""Bytes at the head of a font file that identify it: the table directory with its checksums."""


def fingerprint(font: Any) -> str:
    """Return an identifier of the font file: index of the face, length, and digest of the head."""
    head = hashlib.sha256(font.file_content[:FINGERPRINT_BYTES]).hexdigest()
    return f"{font.index} {len(font.file_content)} {head}"


def subset_key(font: Any, used: dict[int, str], hinting: bool) -> tuple[str, ...]:
    """Return the inputs of a subset font."""
    return fingerprint(font), f"{hinting} {bool(font.missing)}", " ".join(map(str, sorted(used)))


def subset_font(font: Any, used: dict[int, str], hinting: bool) -> bytes:
    """Return the font file with only the glyphs in ``used``, whose numbers stay the same.

    https://harfbuzz.github.io/harfbuzz-hb-subset.html
    """
    import uharfbuzz  # not needed after a small change

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
    # a mapped file: only the pages that are read come into memory
    blob = uharfbuzz.Blob.from_file_path(str(path)) if path else uharfbuzz.Blob(bytes(font.file_content))
    return bytes(uharfbuzz.subset(uharfbuzz.Face(blob, font.index), request).blob.data)


def find_installed_file(content: Any) -> Path | None:
    """Return the installed font file with this length and head; None for a font of the book itself."""
    head = bytes(content[:FINGERPRINT_BYTES])
    for name in sorted({file for file, _, _ in list_fonts()}):
        with contextlib.suppress(OSError):
            path = Path(name)
            if path.stat().st_size == len(content):
                with path.open("rb") as file:
                    if file.read(FINGERPRINT_BYTES) == head:
                        return path
    return None


# -- objects by number

OWN_NAME = "dingben:"
"""Prefix of identifiers that get the number of their element when that is known."""


def object_number(reference: Any) -> int:
    """Return the object number in a reference."""
    return int(reference.split()[0])
