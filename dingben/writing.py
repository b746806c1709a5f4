"""What WeasyPrint's PDF writer does slowly or not at all on some machines, done here.

Fonts are cut by the HarfBuzz that comes with uharfbuzz, pinned in pyproject.toml: the
system's may be old enough to fail (6.0 does with LXGW WenKai), and then 15 MB of font go
into the file; and the same HarfBuzz everywhere gives the same bytes everywhere. The list
of a PDF's pages, asked for with each tag, is made once.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from typing import Any

import pydyf
import uharfbuzz
from weasyprint.pdf.fonts import Font

DROPPED = ["BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG "]
"""Tables that a PDF viewer has no use for."""


@contextlib.contextmanager
def quick_writing() -> Iterator[None]:
    """While this lasts, PDFs are written so."""
    theirs = Font.subset, pydyf.PDF.page_references, pydyf.Stream.data
    Font.subset = cut
    pydyf.PDF.page_references = property(page_references)
    pydyf.Stream.data = property(stream_data)
    try:
        yield
    finally:
        Font.subset, pydyf.PDF.page_references, pydyf.Stream.data = theirs


LEVEL = 6
"""How hard streams are compressed: pydyf's 9 takes four times as long for one percent."""


def stream_data(stream: Any) -> bytes:
    """A stream as it is written, compressed once: pydyf asks for it again to make the file's identifier."""
    known = stream.__dict__.get("_written")
    if known is None:
        content = b"\n".join(pydyf._to_bytes(item) for item in stream.stream)
        extra = pydyf.Dictionary(stream.extra.copy())
        if stream.compress:
            extra["Filter"] = "/FlateDecode"
            content = zlib.compress(content, LEVEL)
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


def cut(font: Any, used: dict[int, str], hinting: bool) -> None:
    """Leave out of the font's file all glyphs but those ``used``, by their number; numbers stay.

    https://harfbuzz.github.io/harfbuzz-hb-subset.html
    """
    if not used:
        return
    request = uharfbuzz.SubsetInput()
    request.glyph_set.update(used)
    request.drop_table_tag_set.update(int.from_bytes(tag.encode("ascii"), "big") for tag in DROPPED)
    flags = uharfbuzz.SubsetFlags
    request.flags = flags.RETAIN_GIDS | flags.PASSTHROUGH_UNRECOGNIZED | flags.DESUBROUTINIZE
    if not hinting:
        request.flags |= flags.NO_HINTING
    if font.missing:
        request.flags |= flags.NOTDEF_OUTLINE
    face = uharfbuzz.Face(uharfbuzz.Blob(font.file_content), font.index)
    font.file_content = uharfbuzz.subset(face, request).blob.data
