"""Places of findings in the raw text, by the ledger."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from pathlib import Path

from dingben.book import raw_text
from dingben.book.ledger import DamagedError, Record, read
from dingben.book.raw_text import RawText
from dingben.book.resources import inside
from dingben.diagnostics import Diagnostic
from dingben.errors import SourceError
from dingben.lint.markdown_text import read_source


def add_raw_places(source: Path, findings: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings with their places in the raw text, where the ledger has them."""
    path = source / "ledger.jsonl"
    if not findings or not path.is_file():
        return findings
    try:
        header, records = read(path)
        files = [inside(source.parent, source / entry.file) for entry in header.raw]
        raw = raw_text.read(files, header.raw[0].encoding if header.raw else None)
    except (OSError, DamagedError, SourceError):
        return findings  # `audit` reports a damaged ledger or raw text
    by_file: dict[str, list[Record]] = {}
    for record in records:
        if record.file:
            by_file.setdefault(record.file, []).append(record)
    for rows in by_file.values():
        rows.sort(key=lambda record: record.at)
    return [_add_raw_place(source, finding, by_file, raw) for finding in findings]


def _add_raw_place(source: Path, finding: Diagnostic, by_file: dict[str, list[Record]], raw: RawText) -> Diagnostic:
    location = finding.location
    rows = by_file.get(location.file.relative_to(source).as_posix()) if location else None
    if not rows or not location or not location.line:
        return finding
    lines = read_source(source, location.file).splitlines(keepends=True)
    at = sum(map(len, lines[: location.line - 1])) + max(0, location.column - 1)
    row = rows[max(0, bisect_right([record.at for record in rows], at) - 1)]
    offset = min(row.end, row.start + at - row.at) if row.kind == "kept" else row.start
    return replace(finding, raw=raw.place(offset))
