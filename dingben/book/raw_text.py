"""Raw OCR text: from bytes to lines, with nothing dropped.

The raw text is the files' characters one after another, without byte order marks; every
place in it is an offset, and an offset leads back to file, line and column.
"""

from __future__ import annotations

import hashlib
import stat
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dingben.book.encodings import (
    BOMS,
    CERTAIN,
    MOST_GAPS,
    UncertainEncodingError,
    decode_with_gaps,
    detect,
    irregular,
    text_codec,
)
from dingben.diagnostics import UNPRINTABLE, Location, position
from dingben.errors import SourceError

LARGEST = 100_000_000
"""Bytes of a raw file: some thirty million Han characters, and some gigabyte of memory."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """One raw file: how it was decoded, and which raw characters are its own."""

    path: Path
    name: str
    content: bytes
    encoding: str
    bom: bytes
    start: int
    characters: int
    odd: tuple[tuple[int, str], ...] = ()
    """(offset in the file, bytes in hex) of characters that the encoding would write otherwise."""

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class RawText:
    """All raw files as one text."""

    text: str
    files: tuple[RawFile, ...]

    def place(self, offset: int) -> Location:
        """File, line and column of a raw character."""
        index = max(0, bisect_right([f.start for f in self.files], offset) - 1)
        file = self.files[index]
        line = self.text.count("\n", file.start, offset) + 1
        begin = max(self.text.rfind("\n", file.start, offset) + 1, file.start)
        return Location(file.path, line, offset - begin + 1)

    def offset(self, location: Location) -> int:
        """Offset of the character at ``location``: the inverse of :meth:`place`."""
        file = next(file for file in self.files if file.path == location.file)
        begin = file.start
        for _ in range(location.line - 1):
            begin = self.text.index("\n", begin) + 1
        return begin + location.column - 1


def read(paths: Sequence[Path], encoding: str | None = None) -> RawText:
    """Read raw files; an unreadable, empty, binary or undecodable one is a `SourceError`."""
    files: list[RawFile] = []
    texts: list[str] = []
    start = 0
    taken: set[str] = set()
    for path in paths:
        content = read_content(path)
        text, used, bom = decode(content, path, encoding)
        if not text.strip(BLANKS + "\r\n\f\v"):
            raise SourceError(
                "the raw text is empty",
                hint="give the text file that the OCR program has written",
                location=Location(path),
            )
        own = UNPRINTABLE.sub("_", path.name)  # a name may have bytes that are no UTF-8
        name = own if own not in taken else f"{len(taken) + 1:03d}-{own}"
        taken.add(name)
        files.append(RawFile(path, name, content, used, bom, start, len(text), irregular(content[len(bom) :], used)))
        texts.append(text)
        start += len(text)
    if not files:
        raise SourceError("no raw text was given", hint="dingben ingest RAW.txt")
    return RawText("".join(texts), tuple(files))


def read_content(path: Path) -> bytes:
    """Return the bytes of a raw file. Raises SourceError if it can't be read, is empty, or too large."""
    place = Location(path)
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):  # it may never end
            raise SourceError("a device, a pipe or a socket is no raw text", hint="give a file", location=place)
        if about.st_size > LARGEST:
            size = about.st_size // 1_000_000
            message = f"the raw text has {size} MB: that is too long for a book"
            raise SourceError(message, hint="give the books one at a time", location=place)
        content = path.read_bytes()
    except FileNotFoundError:
        raise SourceError("there is no such file", hint="check the name", location=place) from None
    except IsADirectoryError:
        raise SourceError(
            "this is a folder, not a raw text", hint=f"name the files: {path}/*.txt", location=place
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            f"the raw text can't be read: {reason}", hint="check its permissions", location=place
        ) from None
    if not content:
        raise SourceError(
            "the raw text is empty", hint="give the text file that the OCR program has written", location=place
        )
    return content


def decode(content: bytes, path: Path, encoding: str | None = None) -> tuple[str, str, bytes]:
    """Return text, encoding and byte order mark of ``content``.

    Bytes that a named ``encoding`` doesn't have become gaps (U+FFFD); without a name they are an error.
    Raises SourceError.
    """
    bom, marked = next(((b, e) for b, e in BOMS if content.startswith(b)), (b"", None))
    body = content[len(bom) :]
    if encoding is not None:
        used = named_encoding(encoding)
        if marked and used.replace("-sig", "") in {marked, marked.removesuffix("-le").removesuffix("-be"), "utf-8"}:
            used = marked
        elif marked:
            bom, body = b"", content
        text, gaps = decode_with_gaps(body, used)
        if len(gaps) > max(1, MOST_GAPS * len(body)):
            raise undecodable(body, len(bom), used, path)
    else:
        used = marked or detected(body, path)
        try:
            text = body.decode(used)
        except UnicodeDecodeError:
            raise undecodable(body, len(bom), used, path) from None
    nul = text.find("\0")
    if nul >= 0:
        raise SourceError(
            "a NUL character: this is not a text file, or it is damaged",
            hint="give the text of the OCR program, not an image or PDF",
            location=Location(path, *position(text, nul)),
        )
    return text, used, bom


def named_encoding(name: str) -> str:
    """Return the codec's own name. Raises SourceError where Python has no text encoding of that name."""
    try:
        return text_codec(name)
    except LookupError as error:
        raise SourceError(f"there is no encoding {name!r}", hint="for example gb18030, big5, utf-16") from error


def detected(body: bytes, path: Path) -> str:
    """Return the encoding of a text. Raises SourceError with the likely ones where none is certain."""
    try:
        return detect(body)
    except UncertainEncodingError as error:
        damaged = next((each for each in error.candidates if each.gaps and each.score >= CERTAIN), None)
        if damaged:
            raise undecodable(body, 0, damaged.encoding, path) from None
        if not error.candidates:
            return "utf-8"  # decoding tells what is wrong, and where
        shown = "; ".join(f"{each.encoding}: “{each.sample}”" for each in error.candidates)
        raise SourceError(
            f"the encoding is uncertain: {shown}",
            hint=f"name the right one: --encoding {error.candidates[0].encoding}",
            location=Location(path),
        ) from None


def undecodable(body: bytes, offset: int, encoding: str, path: Path) -> SourceError:
    """Return the error that names the first byte that ``encoding`` doesn't have; ``offset``: bytes before the body."""
    text, gaps = decode_with_gaps(body, encoding)
    characters, found = gaps[0] if gaps else (0, body[:1].hex())
    before = text[:characters].encode(encoding)
    line = text.count("\n", 0, characters) + 1
    return SourceError(
        f"byte {len(before) + offset} (0x{found[:2]}) is no {encoding}",
        hint=f"name the encoding: --encoding {encoding if encoding != 'utf-8' else 'gb18030'} "
        "(or big5, utf-16 …); bytes that are invalid in it are kept as marked gaps",
        location=Location(path, line),
    )


BLANKS = " \t\u3000\u00a0\u2002\u2003\u2009\ufeff\u200b"
