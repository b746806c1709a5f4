"""Ingest raw texts: restore the book in memory, then write ``source/`` and the reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dingben.book import emendations as emend
from dingben.book import raw_text, source_state
from dingben.book.ledger import VERSION
from dingben.book.raw_text import RawText
from dingben.book.resources import inside
from dingben.diagnostics import Diagnostic
from dingben.restore import pictures, report, scanned
from dingben.restore.account import AccountItem
from dingben.restore.draft import Draft
from dingben.restore.pipeline import restore
from dingben.restore.source_writer import book_toml, contents_tsv
from dingben.system import atomic

WRITTEN = ("source", "source/ocr", "source/chapters", "source/images", "build", "build/reports")
"""The folders that an ingest writes."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """Result of an ingest: files written, counts, and findings to look at."""

    files: tuple[Path, ...]
    counts: dict[str, int]
    diagnostics: tuple[Diagnostic, ...]
    account: tuple[AccountItem, ...] = ()
    """What became of the characters of the raw text, in sums."""


def ingest(
    raw: Sequence[Path],
    folder: Path,
    *,
    encoding: str | None = None,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> IngestResult:
    """Write ``folder/source`` from raw texts; see `IngestResult`. Edited files are kept unless ``force`` is set."""
    source = folder / "source"
    atomic.refuse_links(folder, WRITTEN)
    scan = scanned.read(raw, source)
    text = scan.raw if scan else raw_text.read(raw, encoding)
    if not force:
        source_state.refuse_to_overwrite(source)
    emendations = emend.read_emendations(inside(folder, source / "emendations.toml"))
    found = pictures.find(text, source)
    names = {target: picture.name for target, picture in found.items()}
    book = restore(text, emendations, progress, names, scan.records if scan else ())
    for offset, message, hint in scan.findings if scan else ():
        book.report(offset, "F704", message, hint)
    progress("writing")
    files: dict[str, bytes] = {f"ocr/{f.name}": f.content for f in text.files}
    files |= scan.files if scan else {}
    files |= {picture.name: picture.content for picture in found.values()}
    files |= {c.path: c.text.encode() for c in book.chapters}
    if book.entries:
        files["contents.tsv"] = contents_tsv(book.entries).encode()
    if not (source / "emendations.toml").is_file():
        files["emendations.toml"] = emend.EMPTY.encode()
    files["book.toml"] = book_toml(book.metadata, book.chapters, book.contents_after, book.language).encode()
    header = _ledger_header(text, book, files)
    confidence = report.confidences()
    stale = [path.relative_to(source).as_posix() for path in source_state.find_stale(source, files)]
    whole: dict[str, bytes | Iterable[bytes]] = {name: data for name, data in files.items() if name != "book.toml"}
    whole["ledger.jsonl"] = source_state.encode_lines(book.ledger.written(text.text, header, confidence))
    whole["book.toml"] = files["book.toml"]
    atomic.update_folder(folder, "source", whole, stale)
    findings = report.write(book, folder)
    result = [source / name for name in [*files, "ledger.jsonl"]]
    reports = folder / "build" / "reports"
    return IngestResult(
        (*result, reports / "ingest.json", reports / "ingest.html"), book.counts, findings, book.account
    )


def _ledger_header(text: RawText, book: Draft, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the first line of the ledger: the raw files, digests of the sources, and the doubts."""
    return {
        "ledger": VERSION,
        "raw": [
            {
                "file": f"ocr/{f.name}",
                "encoding": f.encoding,
                "bom": f.bom.hex(),
                "sha256": f.sha256,
                "characters": f.characters,
                "odd": list(f.odd),
            }
            for f in text.files
        ],
        "sources": {
            name: source_state.digest(content) for name, content in files.items() if name != "emendations.toml"
        },
        "doubts": [
            {"raw": d.offset, "code": d.code, "severity": d.severity, "message": d.message, "hint": d.hint}
            for d in sorted(book.doubts)
        ],
    }
