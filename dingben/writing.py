"""What WeasyPrint's PDF writer does slowly or not at all on some machines, done here.

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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydyf
from weasyprint.pdf import fonts
from weasyprint.pdf.fonts import Font
from weasyprint.text.ffi import ffi, harfbuzz

from dingben.fonts import listing

DROPPED = ["BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG "]
"""Tables that a PDF viewer has no use for."""


Keeper = Callable[[str, tuple[str | bytes, ...], Callable[[], bytes]], bytes]
"""Makes bytes, or has kept them: see ``Cache.kept``."""


def anew(_kind: str, _shaped_by: tuple[str | bytes, ...], make: Callable[[], bytes]) -> bytes:
    """Keeps nothing."""
    return make()


@contextlib.contextmanager
def quick_writing(kept: Keeper = anew) -> Iterator[None]:
    """While this lasts, PDFs are written so. ``kept`` may know fonts that were cut before."""

    def subset(font: Any, used: dict[int, str], hinting: bool) -> None:
        if used:
            font.file_content = kept("face", shape_of(font, used, hinting), lambda: cut(font, used, hinting))

    theirs = Font.subset, pydyf.PDF.page_references, pydyf.Stream.data, fonts.get_hb_object_data
    Font.subset = subset
    pydyf.PDF.page_references = property(page_references)
    pydyf.Stream.data = property(lambda stream: stream_data(stream, kept))
    fonts.get_hb_object_data = file_of
    try:
        yield
    finally:
        Font.subset, pydyf.PDF.page_references, pydyf.Stream.data, fonts.get_hb_object_data = theirs


def file_of(face: Any) -> memoryview:
    """A font's file where it lies in memory, as long as the face lives; WeasyPrint copies it for each document."""
    blob = harfbuzz.hb_face_reference_blob(face)
    with ffi.new("unsigned int *") as length:
        data = harfbuzz.hb_blob_get_data(blob, length)
        size = int(length[0])
    harfbuzz.hb_blob_destroy(blob)
    return memoryview(ffi.buffer(data, size)).toreadonly()


LEVEL = 6
"""How hard streams are compressed: pydyf's 9 takes four times as long for one percent."""


LARGE = 1 << 16
"""Bytes from which on a stream is worth keeping compressed."""


def stream_data(stream: Any, kept: Keeper = anew) -> bytes:
    """A stream as it is written, compressed once: pydyf asks for it again to make the file's identifier."""
    known = stream.__dict__.get("_written")
    if known is None:
        content = b"\n".join(pydyf._to_bytes(item) for item in stream.stream)
        extra = pydyf.Dictionary(stream.extra.copy())
        if stream.compress:
            extra["Filter"] = "/FlateDecode"
            plain = content
            shaped_by = (hashlib.sha256(plain).hexdigest(), str(LEVEL))
            content = (kept if len(plain) >= LARGE else anew)("stream", shaped_by, lambda: zlib.compress(plain, LEVEL))
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


def proof_of(font: Any) -> str:
    """What tells the font's file from others."""
    head = hashlib.sha256(font.file_content[:PROOF]).hexdigest()
    return f"{font.index} {len(font.file_content)} {head}"


def shape_of(font: Any, used: dict[int, str], hinting: bool) -> tuple[str, ...]:
    """What shapes the cut font."""
    return proof_of(font), f"{hinting} {bool(font.missing)}", " ".join(map(str, sorted(used)))


def cut(font: Any, used: dict[int, str], hinting: bool) -> bytes:
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
    path = installed(font.file_content)
    # of a file that is mapped, only what is looked at comes into memory
    blob = uharfbuzz.Blob.from_file_path(str(path)) if path else uharfbuzz.Blob(bytes(font.file_content))
    return bytes(uharfbuzz.subset(uharfbuzz.Face(blob, font.index), request).blob.data)


def installed(content: Any) -> Path | None:
    """The installed font file with this content, told by its length and head; None for a font of the book's own."""
    head = bytes(content[:PROOF])
    for name in sorted({file for file, _, _ in listing()}):
        with contextlib.suppress(OSError):
            path = Path(name)
            if path.stat().st_size == len(content):
                with path.open("rb") as file:
                    if file.read(PROOF) == head:
                        return path
    return None
