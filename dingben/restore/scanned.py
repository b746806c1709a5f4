"""Read the page layout files of a scan as raw text, with what they say of their regions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dingben.book.raw_text import RawFile, RawText, read_content
from dingben.diagnostics import UNPRINTABLE, Location
from dingben.errors import SourceError
from dingben.restore.lines import Line
from dingben.restore.pages import folios
from dingben.restore.pages.running_heads import RunningHead
from dingben.scan import facsimile
from dingben.scan.file_kinds import LayoutKind, foreign_kind, hint_for, layout_kind
from dingben.scan.model import Page
from dingben.scan.raw_lines import LineRecord, write_text
from dingben.scan.reader import NAMES, read_pages

HEAD = 65_536
"""Bytes of a file by which its kind is known."""
COMPARE = "compare it with the scan"
LONGEST_RUNNING_HEAD = 80
SENTENCE = re.compile(r"[。！？；，]$|[a-z][.!?]$")


@dataclass(slots=True)
class ScannedText:
    """Raw text made of page layout files."""

    raw: RawText
    files: dict[str, bytes]
    """Files to keep in ``source/`` by name: those of the engine, and ``facsimile.jsonl``."""
    records: list[LineRecord]
    findings: list[tuple[int, str, str]] = field(default_factory=list)
    """(raw offset, message, hint)."""


def read(paths: Sequence[Path], source: Path) -> ScannedText | None:
    """Return the raw text of page layout files; None if the files are text.

    Raises SourceError for a file that is neither, for a mixture of kinds, and for a file that can't be read.
    """
    paths = list(_files_of(paths))
    kinds = [_kind(path) for path in paths]
    known = sorted({NAMES[kind] if kind else "text" for kind in kinds})
    if len(known) > 1:
        message = f"these files are of several kinds: {', '.join(known)}"
        raise SourceError(message, hint="give the pages of one kind", location=Location(paths[0]))
    kind = kinds[0] if kinds else None
    return None if kind is None else _read(paths, kind, source)


def _files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files; those of a folder in natural order (page 2 before page 10)."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted((each for each in path.iterdir() if each.is_file() and _kind(each)), key=_natural)
        yield from inside or [path]


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _kind(path: Path) -> LayoutKind | None:
    """Return the layout format of a file, None if it may be text. Raises SourceError for any other kind."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            kind = layout_kind(head)
            foreign = "" if kind else foreign_kind(head + stream.read() if head.startswith(b"PK") else head)
    except OSError:
        return None  # reading the text says why
    if foreign:
        raise SourceError(f"this is {foreign}, no text", hint=hint_for(foreign), location=Location(path))
    return kind


def _read(paths: Sequence[Path], kind: LayoutKind, source: Path) -> ScannedText:
    texts: list[str] = []
    raw_files: list[RawFile] = []
    pages: list[tuple[str, Page]] = []
    records: list[LineRecord] = []
    findings: list[tuple[int, str, str]] = []
    files: dict[str, bytes] = {}
    start = 0
    for path in paths:
        content = read_content(path)
        found, faults = read_pages(content, kind, path, alone=len(paths) == 1)
        name = _free_name(UNPRINTABLE.sub("_", path.name), files)
        files[f"ocr/{name}"] = content
        text, lines = write_text(found, start, len(pages))
        findings += [
            (_offset(lines, len(pages) + n, start), f"page {n + 1} of {name}: {fault}", COMPARE) for n, fault in faults
        ]
        findings += _without_text(found, lines, name, len(pages), start)
        pages += [(f"ocr/{name}", page) for page in found]
        if text.strip():
            encoded = text.encode()
            own = f"{name}.txt"
            raw_files.append(RawFile(source / "ocr" / own, own, encoded, "utf-8", b"", start, len(text)))
            texts.append(text)
            records += lines
            start += len(text)
    if not raw_files:
        message = f"none of the {len(pages)} pages has text"
        raise SourceError(message, hint="let an OCR engine read the pages", location=Location(paths[0]))
    files["facsimile.jsonl"] = facsimile.write(pages, records)
    return ScannedText(RawText("".join(texts), tuple(raw_files)), files, records, findings)


def _free_name(name: str, taken: dict[str, bytes]) -> str:
    return name if f"ocr/{name}" not in taken else f"{len(taken) + 1:03d}-{name}"


def _offset(lines: Sequence[LineRecord], page: int, default: int) -> int:
    """Return the raw offset of the first line of a page, or of the line before it."""
    at = bisect_right([line.page for line in lines], page - 1)
    return lines[min(at, len(lines) - 1)].start if lines else default


def _without_text(
    pages: Sequence[Page], lines: Sequence[LineRecord], name: str, first: int, start: int
) -> Iterator[tuple[int, str, str]]:
    """Yield what a text has no place for: figures, and tables whose cells are lines."""
    for kind, message in (
        ("figure", "a figure of the scan is not in the text"),
        ("table", "a table was read line by line"),
        ("formula", "a formula was read as text"),
    ):
        for n, page in enumerate(pages):
            count = sum(region.kind == kind for region in page.regions)
            if count:
                times = f", {count} times" if count > 1 else ""
                yield _offset(lines, first + n, start), f"page {n + 1} of {name}: {message}{times}", COMPARE


def mark_regions(lines: Sequence[Line], records: Sequence[LineRecord]) -> None:
    """Mark each line with the kind of the region that it stands in."""
    starts = [record.start for record in records]
    for line in lines:
        at = bisect_right(starts, line.start) - 1
        if at >= 0 and line.start < records[at].end:
            line.region = records[at].kind


def mark_running_heads(raw: str, lines: Sequence[Line]) -> None:
    """Mark the lines that the file says are running heads or folios, unless they end like a sentence."""
    for n, line in enumerate(lines):
        text = raw[line.start : line.end]
        if line.region not in ("running-head", "folio") or len(text) > LONGEST_RUNNING_HEAD or SENTENCE.search(text):
            continue
        numbers = folios.read_numbers(n, text)
        number = numbers[0].page if numbers else None
        kind = "folio" if numbers and not numbers[0].head else "running-head"
        at_head = n == 0 or lines[n - 1].sheet != line.sheet or bool(lines[n - 1].running_head)
        line.kind = "running-head"
        line.running_head = RunningHead(line, kind, number, at_head)
