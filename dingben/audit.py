"""Proves that nothing was lost: sources and ledger rebuild the raw text byte for byte.

What is kept is read from the sources, never from the raw text; the raw text only serves to name
what a person changed since.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from . import ocr, store
from .errors import Place, Problem, position
from .ledger import Record, parsed

MOST = 50


def audit(folder: Path) -> tuple[Problem, ...]:
    """Nothing if the book in ``folder`` rebuilds its raw text; else what differs, and where."""
    source = folder / "source"
    path = source / "ledger.jsonl"
    if not path.is_file():
        return (Problem("there is no ledger", "dingben ingest RAW.txt makes it", Place(path)),)
    try:
        with path.open(encoding="utf-8") as stream:
            header: dict[str, Any] = json.loads(next(stream))
            return tuple(_problems(source, header, path))
    except (ValueError, KeyError, StopIteration, UnicodeDecodeError) as error:
        return (Problem(f"the ledger is damaged: {error}", "ingest the raw text again", Place(path)),)


def _records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as stream:
        next(stream)
        yield from parsed(stream)


def _problems(source: Path, header: dict[str, Any], path: Path) -> Iterator[Problem]:
    texts: dict[str, str] = {}
    changed: set[str] = set()
    for name, digest in header["sources"].items():
        if not name.startswith("chapters/"):
            continue
        file = source / name
        if not file.is_file():
            yield Problem("this file of the edition is gone", "restore it, or ingest again", Place(file))
            changed.add(name)
            continue
        content = file.read_bytes()
        texts[name] = content.decode("utf-8", "replace")
        if store.digest(content) != digest:
            changed.add(name)
    raw = _raw(source, header)
    if changed and raw is not None:
        for name in sorted(changed & texts.keys()):
            was = _as_written(path, name, raw)
            yield from _hunks(source / name, was, texts[name])
            texts[name] = was
    elif changed & texts.keys():
        yield from (Problem("edited since the last ingest", "", Place(source / name)) for name in sorted(changed))
    yield from _lost_values(source, path)
    if changed - texts.keys():
        return
    yield from _rebuild(source, header, path, texts)


def _raw(source: Path, header: dict[str, Any]) -> str | None:
    """The raw text as kept in source/ocr, if it is still what it was."""
    out = []
    for file in header["raw"]:
        path = source / file["file"]
        if not path.is_file() or store.digest(path.read_bytes()) != file["sha256"]:
            return None
        out.append(path.read_bytes()[len(bytes.fromhex(file["bom"])) :].decode(file["encoding"]))
    return "".join(out)


def _as_written(path: Path, name: str, raw: str) -> str:
    """A source file as the ingest wrote it."""
    own = sorted((r for r in _records(path) if r.file == name), key=lambda r: r.at)
    return "".join(raw[r.start : r.end] if r.kind == "kept" else r.after for r in own)


def _hunks(path: Path, was: str, now: str) -> Iterator[Problem]:
    """Each place that a person edited, with what stood there."""
    old, new = was.splitlines(keepends=True), now.splitlines(keepends=True)
    told = 0
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
            told += 1
            if told > MOST:
                yield Problem("and more edits in this file", "", Place(path))
                return
            place = Place(path, *position(now, min(base + b1, len(now))))
            yield Problem(
                f"edited: “{_short(before[a1:a2])}” is now “{_short(after[b1:b2])}”",
                "put it into emendations.toml to have it in the ledger",
                place,
            )


def _short(text: str) -> str:
    text = text.replace("\n", "↵")
    return text if len(text) <= 40 else f"{text[:24]}…{text[-12:]}"


def _lost_values(source: Path, path: Path) -> Iterator[Problem]:
    """Values that the ledger moved to book.toml and that are no longer there."""
    try:
        table = tomllib.loads((source / "book.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        yield Problem(f"book.toml can't be read: {error}", "", Place(source / "book.toml"))
        return
    seen: set[str] = set()
    for record in _records(path):
        if record.kind == "moved" and record.rule == "book.toml" and record.after not in seen:
            seen.add(record.after)
            head, _, key = record.after.partition(".")
            if head not in table or (key and key not in table[head]):
                yield Problem(
                    f"{record.after} is gone; the leaf has “{_short(record.before)}”",
                    "put it back",
                    Place(source / "book.toml"),
                )


def _rebuild(source: Path, header: dict[str, Any], path: Path, texts: dict[str, str]) -> Iterator[Problem]:
    """Rebuild every raw file and compare it with its digest."""
    parts: list[str] = []
    at = 0
    for line, record in enumerate(_records(path), 2):
        if record.start != at:
            yield Problem(
                f"raw characters {at} to {record.start} are not accounted for once", "ingest again", Place(path, line)
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
            yield Problem(
                f"the ledger has {len(piece)} characters for {record.end - record.start}",
                "ingest again",
                Place(path, line),
            )
            return
    whole = "".join(parts)
    start = 0
    for file in header["raw"]:
        own = whole[start : start + file["characters"]]
        start += file["characters"]
        odd = [(int(a), str(b)) for a, b in file["odd"]]
        content = bytes.fromhex(file["bom"]) + ocr.encode(own, file["encoding"], odd)
        kept = source / file["file"]
        if store.digest(content) != file["sha256"]:
            yield _difference(kept, content, own, file["encoding"])
        elif not kept.is_file():
            yield Problem(
                "the raw text is gone from source/ocr (the ledger can rebuild it)", "put it back", Place(kept)
            )
        elif kept.read_bytes() != content:
            yield _difference(kept, content, own, file["encoding"])


def _difference(path: Path, content: bytes, text: str, encoding: str) -> Problem:
    """Where the rebuilt raw text and the one on disk part."""
    disk = path.read_bytes().decode(encoding, "replace") if path.is_file() else ""
    at = next((i for i, (a, b) in enumerate(zip(text, disk, strict=False)) if a != b), min(len(text), len(disk)))
    place = Place(path, *position(disk, at))
    return Problem(
        f"the rebuilt raw text has “{_short(text[at : at + 12])}” here ({len(content)} bytes in all)",
        "the raw text must not be edited",
        place,
    )
