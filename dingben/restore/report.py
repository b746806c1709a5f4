"""Ingest report: ``build/reports/ingest.json`` and one static page, ``ingest.html``.

The page (``templates/reports/ingest.html``) shows the raw text and the edition side by side, every change marked
with its rule. It loads no other file; without scripts only its filters are missing.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dingben.book import source_state
from dingben.book.html_report import stream_report
from dingben.book.ledger import Record
from dingben.diagnostics import Diagnostic, worst_first
from dingben.restore.account import AccountItem
from dingben.restore.draft import Draft
from dingben.rules.explain import by_code
from dingben.system import atomic

MOST_ROWS = 20_000
"""Rows of the page; a browser chokes on more."""


def confidences() -> dict[str, str]:
    """Return the confidence of each code."""
    return {code: each.confidence.value for code, each in by_code().items()}


def _confidence(code: str) -> str:
    each = by_code().get(code)
    return each.confidence.value if each else ""


def _name(code: str) -> str:
    each = by_code().get(code)
    return each.name if each else code


def _summary(code: str) -> str:
    each = by_code().get(code)
    return each.summary if each else ""


def write(book: Draft, folder: Path) -> tuple[Diagnostic, ...]:
    """Write both reports; returns the findings of the ingest, worst first."""
    raw = book.raw
    findings = worst_first(replace(doubt, raw=doubt.location) for doubt in book.diagnostics)
    applied = dict(sorted(book.ledger.applied.items()))
    data = {
        "counts": book.counts,
        "account": [asdict(item) for item in book.account],
        "rules": [{"code": c, "name": _name(c), "confidence": _confidence(c), "times": n} for c, n in applied.items()],
        "files": [
            {"name": f.name, "encoding": f.encoding, "characters": f.characters, "sha256": f.sha256} for f in raw.files
        ],
        "chapters": [{"file": c.path, "role": c.role, "matter": c.matter, "title": c.title} for c in book.chapters],
        "findings": [
            {"place": str(f.location), "code": f.code, "message": f.message, "hint": f.hint, "severity": f.severity}
            for f in findings
        ],
    }
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    atomic.write_file(folder, "build/reports/ingest.json", text.encode("utf-8", "backslashreplace"))
    atomic.write_file(folder, "build/reports/ingest.html", source_state.encode_lines(_page(book, findings)))
    return findings


@dataclass(frozen=True, slots=True)
class Mark:
    """Piece of a row: raw text that was kept, replaced, moved or set aside, or text that was added."""

    kind: str
    before: str
    after: str = ""
    rule: str = ""
    confidence: str = ""
    title: str = ""


@dataclass(slots=True)
class Row:
    """Block of the raw text and the edition's text for it; ``chapter`` is set where a file of ``source/`` begins."""

    start: int
    file: str = ""
    chapter: str = ""
    marks: list[Mark] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)

    @property
    def changed(self) -> bool:
        """Whether a rule changed more than line ends."""
        return bool(self.rules - {"line-end"})


def _rows(book: Draft) -> Iterator[Row]:
    """Divide the ledger's records into paragraphs, and into lines of the raw text that became none."""
    raw = book.raw.text
    row = Row(0)
    fresh = False  # whether a printed line has ended since the row's last record
    for r in book.ledger.records(raw):
        if r.kind == "aside" and r.rule == "blank":
            fresh = fresh or raw.count("\n", r.start, r.end) > 0
            continue
        if r.kind in ("moved", "aside"):
            begins = bool(row.file) or fresh
        else:
            block = r.kind == "added" and r.after[:1] + r.after[-1:] not in ("", "\\\\") and "\n" in r.after
            begins = block or row.file != r.file
        if begins and any(mark.kind != "added" for mark in row.marks):
            yield row
            row = Row(r.start)
        row.file = r.file
        fresh = False
        _add_record(row, r, raw)
    if any(mark.kind != "added" for mark in row.marks):
        yield row


def _add_record(row: Row, r: Record, raw: str) -> None:
    """Add a record of the ledger to the row."""
    if r.kind == "kept":
        row.marks.append(Mark("kept", raw[r.start : r.end]))
    elif r.kind == "added":
        if "pagebreak" in r.after:
            row.marks.append(Mark("added", "", r.after.rpartition('title="')[2].partition('"')[0]))
    elif r.kind == "replaced":
        codes = r.rule.split("+")
        row.rules.update(codes)
        confidence = min((_confidence(c) or "certain" for c in codes), key=["suspect", "probable", "certain"].index)
        title = f"{r.rule} {_name(codes[0])}{': ' + r.note if r.note else ''}"
        row.marks.append(Mark("replaced", r.before.replace("\n", "↵"), r.after, codes[0], confidence, title))
    else:
        row.rules.add(r.rule)
        what = f"→ {r.after} " if r.kind == "moved" else "" if r.rule == "label" else f"set aside: {r.rule} "
        row.marks.append(Mark(r.kind, r.before, what))


def _page(book: Draft, findings: Sequence[Diagnostic]) -> Iterator[str]:
    """Render the page, a piece at a time."""
    rows: list[Row] = []
    left_out = 0
    chapter = ""
    for row in _rows(book):
        if len(rows) >= MOST_ROWS:
            left_out += 1
            continue
        if row.file and row.file != chapter:
            chapter = row.chapter = row.file
        rows.append(row)
    starts = [row.start for row in rows]
    yield from stream_report(
        "ingest.html",
        title=book.metadata.values.get("book.title", book.raw.files[0].name),
        counts=book.counts,
        account=[(item, _row_of(item, starts)) for item in book.account],
        doubts=[_doubt(book, finding, starts) for finding in findings],
        rows=rows,
        left_out=left_out,
        most_rows=MOST_ROWS,
        **_filters(book),
    )


def _row_of(item: AccountItem, starts: Sequence[int]) -> int | None:
    """Return the start of the row that shows the first characters of an item of the account."""
    n = bisect_right(starts, item.first) - 1
    return starts[n] if n >= 0 else None


def _doubt(book: Draft, finding: Diagnostic, starts: Sequence[int]) -> tuple[Diagnostic, int | None]:
    """Return the finding with the bare name of its file, and the start of the row that shows it."""
    location = finding.location
    if location is None:
        return finding, None
    n = bisect_right(starts, book.raw.offset(location)) - 1
    short = replace(finding, location=replace(location, file=Path(location.file.name)))
    return short, starts[n] if n >= 0 else None


def _filters(book: Draft) -> dict[str, Any]:
    """Count changes by confidence and by rule, with the summary of each rule."""
    by_confidence: Counter[str] = Counter()
    for code, times in book.ledger.applied.items():
        by_confidence[_confidence(code) or "certain"] += times
    return {
        "confidences": [(name, by_confidence[name]) for name in ("certain", "probable")],
        "rules": [(code, _name(code), times, _summary(code)) for code, times in sorted(book.ledger.applied.items())],
    }
