"""Doubts of the ingest, which the ledger keeps: they stand until the text they are about is edited, or are ignored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from dingben.book import raw_text, source_state
from dingben.book.ledger import DamagedError, Doubt, Header, Record, read
from dingben.book.model import Book
from dingben.book.raw_text import RawText
from dingben.book.resources import inside, is_present
from dingben.diagnostics import Diagnostic, Location, Severity, position
from dingben.errors import SourceError

FOUND_AGAIN = {"H504", "T801", "T802"}
"""Codes of doubts that `check` finds by itself in the sources."""
METADATA = ("B7", "H506")
"""Beginnings of codes about ``book.toml``: an edited book.toml settles them."""
QUOTED = 12
"""Characters on either side of a place by which it is found again in an edited chapter."""


def read_doubts(book: Book, chapters: Mapping[Path, str]) -> Iterator[Diagnostic]:
    """Return the doubts that the last ingest left, with their place in the chapters or in the raw text."""
    source = book.folder / "source"
    path = source / "ledger.jsonl"
    if not is_present(path):
        return
    try:
        header, records = read(path)
        raw = raw_text.read(
            [inside(source.parent, source / entry.file) for entry in header.raw],
            header.raw[0].encoding if header.raw else None,
        )
    except (OSError, DamagedError, SourceError):
        return  # `audit` reports a damaged ledger or raw text
    records.sort(key=lambda record: record.start)
    starts = [record.start for record in records]
    settled = _is_edited(source, header, "book.toml")
    for doubt in header.doubts:
        if doubt.code in FOUND_AGAIN or (settled and doubt.code.startswith(METADATA)):
            continue
        place, edited = _place(source, doubt, records, starts, raw, chapters)
        if not edited:
            here = raw.place(min(doubt.offset, max(0, len(raw.text) - 1)))
            yield Diagnostic(doubt.message, doubt.hint, place or here, doubt.code, _severity(doubt), raw=here)


def _severity(doubt: Doubt) -> Severity:
    return next((each for each in get_args(Severity) if each == doubt.severity), "warning")


def _is_edited(source: Path, header: Header, name: str) -> bool:
    path = inside(source.parent, source / name)
    return path.is_file() and source_state.digest(path.read_bytes()) != header.sources.get(name)


def _place(
    source: Path, doubt: Doubt, records: list[Record], starts: list[int], raw: RawText, chapters: Mapping[Path, str]
) -> tuple[Location | None, bool]:
    """Return the place in a chapter, if the character went there, and whether the words there were edited since."""
    record = next((r for r in records[max(0, bisect_right(starts, doubt.offset) - 1) :] if r.end > doubt.offset), None)
    if record is None or record.kind not in ("kept", "replaced") or not record.file:
        return None, False
    path = source / record.file
    text = chapters.get(path)
    if text is None:
        return None, True
    if record.kind == "replaced":
        words, at = record.after, record.at
    else:
        begin = max(record.start, doubt.offset - QUOTED)
        words = raw.text[begin : min(record.end, doubt.offset + QUOTED)]
        at = record.at + begin - record.start
    found = at if text.startswith(words, at) else text.find(words)
    if found < 0:
        return None, True
    inside_words = max(0, doubt.offset - max(record.start, doubt.offset - QUOTED)) if record.kind == "kept" else 0
    return Location(path, *position(text, found + inside_words)), False
