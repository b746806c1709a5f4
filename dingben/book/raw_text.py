"""Raw OCR text: from bytes to lines, with nothing dropped.

The raw text is the files' characters one after another, without byte order marks; every
place in it is an offset, and an offset leads back to file, line and column.
"""

from __future__ import annotations

import codecs
import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dingben.diagnostics import Location, position
from dingben.errors import SourceError

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LARGEST = 100_000_000
"""Bytes of a raw file: some thirty million Han characters, and some gigabyte of memory."""
COMMON = frozenset(
    "的一是不了在人有我他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會自着去之过過家学學对對可她里裏后後"
)
"""The commonest Han characters of running text in either script: wrong decodings lack them."""


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
        content = _content(path)
        text, used, bom = decode(content, path, encoding)
        if not text.strip(BLANKS + "\r\n\f\v"):
            raise SourceError(
                "the raw text is empty", hint="give the text that the OCR program wrote", location=Location(path)
            )
        name = path.name if path.name not in taken else f"{len(taken) + 1:03d}-{path.name}"
        taken.add(name)
        files.append(RawFile(path, name, content, used, bom, start, len(text), _odd(text, used, content[len(bom) :])))
        texts.append(text)
        start += len(text)
    if not files:
        raise SourceError("no raw text was given", hint="dingben ingest RAW.txt")
    return RawText("".join(texts), tuple(files))


def _content(path: Path) -> bytes:
    place = Location(path)
    try:
        if path.stat().st_size > LARGEST:
            size = path.stat().st_size // 1_000_000
            message = f"the raw text has {size} MB: no book is so long"
            raise SourceError(message, hint="give the books one by one", location=place)
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
        raise SourceError("the raw text is empty", hint="give the text that the OCR program wrote", location=place)
    return content


def decode(content: bytes, path: Path, encoding: str | None = None) -> tuple[str, str, bytes]:
    """Text, encoding and byte order mark of ``content``."""
    bom, marked = next(((b, e) for b, e in BOMS if content.startswith(b)), (b"", None))
    body = content[len(bom) :]
    if encoding is not None:
        try:
            used = codecs.lookup(encoding).name
        except LookupError:
            raise SourceError(f"no encoding is called {encoding!r}", hint="for example gb18030, big5, utf-16") from None
        if marked and used.replace("-sig", "") in {marked, marked.removesuffix("-le").removesuffix("-be"), "utf-8"}:
            used = marked
        elif marked:
            bom, body = b"", content
        candidates = [used]
    elif marked:
        candidates = [marked]
    else:
        candidates = _likely(body)
    try:
        text = body.decode(candidates[0])
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"byte {error.start + len(bom)} (0x{body[error.start]:02x}) is no {candidates[0]}",
            hint="name the encoding: --encoding gb18030 (or big5, utf-16)",
            location=Location(path, line),
        ) from None
    nul = text.find("\0")
    if nul >= 0:
        place = Location(path, *position(text, nul))
        raise SourceError(
            "a NUL character: this is no text, or a damaged one",
            hint="give the OCR program's text, not its picture or PDF",
            location=place,
        )
    return text, candidates[0], bom


def _likely(body: bytes) -> list[str]:
    """The encoding that makes the most sense of ``body``; UTF-8 whenever it can be that."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(body) - 3 and len(body) > 3:
            return ["utf-8"]
    else:
        if b"\0" not in body:
            return ["utf-8"]
    best, score = "utf-8", 0.05
    sample = body[: 1 << 18]
    names = ["utf-16-le", "utf-16-be"] if len(body) % 2 == 0 else []
    for name in [*names, "gb18030", "big5", "big5hkscs"]:
        text = sample.decode(name, "ignore")
        if "\0" in text:
            continue
        try:
            body.decode(name)
        except UnicodeDecodeError:
            continue
        letters = [c for c in text if not c.isspace()]
        sense = sum(c in COMMON or c in "，。、：；“”" or " " < c < "\x7f" for c in letters) / max(1, len(letters))
        if sense > score:
            best, score = name, sense
    return [best]


def _odd(text: str, encoding: str, body: bytes) -> tuple[tuple[int, str], ...]:
    """Characters that have two codes (Big5 has some): their bytes are noted, nothing is lost."""
    if text.encode(encoding, "ignore") == body:
        return ()
    odd: list[tuple[int, str]] = []
    decoder = codecs.getincrementaldecoder(encoding)()
    pending = b""
    at = 0
    for byte in body:
        pending += bytes([byte])
        got = decoder.decode(bytes([byte]))
        if got:
            if got.encode(encoding, "ignore") != pending:
                odd.append((at, pending.hex()))
            at += len(got)
            pending = b""
    return tuple(odd)


def encode(text: str, encoding: str, odd: Sequence[tuple[int, str]] = ()) -> bytes:
    """The bytes of a raw file's characters: the inverse of `decode`."""
    out: list[bytes] = []
    at = 0
    for offset, code in odd:
        out += [text[at:offset].encode(encoding), bytes.fromhex(code)]
        at = offset + len(bytes.fromhex(code).decode(encoding))
    return b"".join([*out, text[at:].encode(encoding)])


BLANKS = " \t\u3000\u00a0\u2002\u2003\u2009\ufeff\u200b"
