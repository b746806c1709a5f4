"""Audit a book: sources and ledger must rebuild the raw text byte for byte.

Text that was kept is read from the sources, never from the raw text; the raw text only serves to
show what was edited since.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from dingben.book import encodings, source_state
from dingben.book.ledger import DamagedError, Header, read_header, read_records
from dingben.book.resources import inside, is_file, read_text
from dingben.book.toml import parse_toml
from dingben.diagnostics import Diagnostic, Location, position
from dingben.errors import SourceError

MOST = 50


def audit(folder: Path) -> tuple[Diagnostic, ...]:
    """Nothing if the book in ``folder`` rebuilds its raw text; else what differs, and where."""
    source = folder / "source"
    path = inside(folder, source / "ledger.jsonl")
    if not path.is_file():
        return (Diagnostic("there is no ledger", "dingben ingest RAW.txt writes it", Location(path)),)
    try:
        return tuple(_problems(source, read_header(path), path))
    except DamagedError as error:
        return (Diagnostic(f"the ledger is damaged: {error}", "ingest the raw text again", Location(path, error.line)),)


def _content(source: Path, name: str) -> bytes | None:
    """The bytes of a file that the ledger names, if there is one; SourceError where a link is outside the book."""
    path = inside(source.parent, source / name)
    return path.read_bytes() if is_file(path) else None


def _problems(source: Path, header: Header, path: Path) -> Iterator[Diagnostic]:
    texts: dict[str, str] = {}
    changed: set[str] = set()
    for name, digest in header.sources.items():
        if not name.startswith("chapters/"):
            continue
        content = _content(source, name)
        if content is None:
            yield Diagnostic(
                "this file of the edition is missing", "restore it, or ingest again", Location(source / name)
            )
            changed.add(name)
            continue
        texts[name] = content.decode("utf-8", "replace")
        if source_state.digest(content) != digest:
            changed.add(name)
    raw = _raw(source, header)
    if changed and raw is not None:
        for name in sorted(changed & texts.keys()):
            was = _as_written(path, name, raw)
            yield from _hunks(source / name, was, texts[name])
            texts[name] = was
    elif changed & texts.keys():
        yield from (Diagnostic("edited since the last ingest", "", Location(source / name)) for name in sorted(changed))
    yield from _lost_values(source, path)
    if changed - texts.keys():
        return
    yield from _rebuild(source, header, path, texts)


def _raw(source: Path, header: Header) -> str | None:
    """The raw text as kept in source/ocr, if it is still what it was."""
    out = []
    for entry in header.raw:
        content = _content(source, entry.file)
        if content is None or source_state.digest(content) != entry.sha256:
            return None
        out.append(content[len(entry.bom) :].decode(entry.encoding, "replace"))
    return "".join(out)


def _as_written(path: Path, name: str, raw: str) -> str:
    """A source file as the ingest wrote it."""
    own = sorted((r for r in read_records(path) if r.file == name), key=lambda r: r.at)
    return "".join(raw[r.start : r.end] if r.kind == "kept" else r.after for r in own)


def _hunks(path: Path, was: str, now: str) -> Iterator[Diagnostic]:
    """Each place that a person edited, with what stood there."""
    old, new = was.splitlines(keepends=True), now.splitlines(keepends=True)
    reported = 0
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        before, after = "".join(old[i1:i2]), "".join(new[j1:j2])
        base = len("".join(new[:j1]))
        inner = SequenceMatcher(None, before, after, autojunk=False) if len(before) * len(after) < 25_000_000 else None
        codes = inner.get_opcodes() if inner else [("replace", 0, len(before), 0, len(after))]
        for what, a1, a2, b1, b2 in codes:
            if what == "equal":
                continue
            reported += 1
            if reported > MOST:
                yield Diagnostic("and more edits in this file", "", Location(path))
                return
            place = Location(path, *position(now, min(base + b1, len(now))))
            yield Diagnostic(
                f"edited: “{_short(before[a1:a2])}” is now “{_short(after[b1:b2])}”",
                "add it to emendations.toml, so that the ledger has it",
                place,
            )


def _short(text: str) -> str:
    text = text.replace("\n", "↵")
    return text if len(text) <= 40 else f"{text[:24]}…{text[-12:]}"


def _lost_values(source: Path, path: Path) -> Iterator[Diagnostic]:
    """Values that the ledger moved to book.toml and that are no longer there."""
    toml = source / "book.toml"
    try:
        table = parse_toml(toml, read_text(inside(source.parent, toml)))
    except SourceError as error:
        yield from error.diagnostics
        return
    seen: set[str] = set()
    for record in read_records(path):
        if record.kind == "moved" and record.rule == "book.toml" and record.after not in seen:
            seen.add(record.after)
            head, _, key = record.after.partition(".")
            if head not in table or (key and key not in table[head]):
                yield Diagnostic(
                    f"{record.after} is missing; the front page has “{_short(record.before)}”",
                    "restore it",
                    Location(toml),
                )


def _rebuild(source: Path, header: Header, path: Path, texts: dict[str, str]) -> Iterator[Diagnostic]:
    """Rebuild every raw file and compare it with its digest."""
    parts: list[str] = []
    at = 0
    for line, record in enumerate(read_records(path), 2):
        if record.start != at:
            yield Diagnostic(
                f"raw characters {at} to {record.start} do not have exactly one record",
                "ingest again",
                Location(path, line),
            )
            return
        if record.kind == "kept":
            piece = texts.get(record.file, "")[record.at : record.at + record.end - record.start]
        elif record.kind == "added":
            piece = ""
        else:
            piece = record.before
        parts.append(piece)
        at = record.end
        if len(piece) != record.end - record.start:
            yield Diagnostic(
                f"the ledger has {len(piece)} characters for {record.end - record.start}",
                "ingest again",
                Location(path, line),
            )
            return
    whole = "".join(parts)
    start = 0
    for entry in header.raw:
        own = whole[start : start + entry.characters]
        start += entry.characters
        try:
            content = entry.bom + encodings.encode(own, entry.encoding, entry.odd)
        except (ValueError, LookupError) as error:
            raise DamagedError(1, f"{entry.file} can't be rebuilt: {error}") from error
        disk = _content(source, entry.file)
        if source_state.digest(content) != entry.sha256:
            yield _difference(source / entry.file, disk or b"", content, own, entry.encoding)
        elif disk is None:
            message = "the raw text is missing in source/ocr (the ledger can rebuild it)"
            yield Diagnostic(message, "restore it", Location(source / entry.file))
        elif disk != content:
            yield _difference(source / entry.file, disk, content, own, entry.encoding)


def _difference(path: Path, kept: bytes, content: bytes, text: str, encoding: str) -> Diagnostic:
    """Where the rebuilt raw text and the one on disk part."""
    disk = kept.decode(encoding, "replace")
    at = next((i for i, (a, b) in enumerate(zip(text, disk, strict=False)) if a != b), min(len(text), len(disk)))
    place = Location(path, *position(disk, at))
    return Diagnostic(
        f"the rebuilt raw text has “{_short(text[at : at + 12])}” here ({len(content)} bytes in all)",
        "the raw text must not be edited",
        place,
    )
