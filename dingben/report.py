"""The report of an ingest: ``build/reports/ingest.json`` and one static page, ``ingest.html``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from . import store
from .finding import Finding, worst_first

if TYPE_CHECKING:
    from .restore import Restored


def write(book: Restored, folder: Path) -> tuple[Finding, ...]:
    """Write both reports; returns the findings of the ingest, worst first."""
    raw = book.raw
    findings = worst_first(
        [Finding(raw.place(d.offset), d.code, d.message, d.hint, d.severity, raw.place(d.offset)) for d in book.doubts]
    )
    data = {
        "counts": book.counts,
        "rules": dict(sorted(book.ledger.applied.items())),
        "findings": [
            {"place": str(f.place), "code": f.code, "message": f.message, "hint": f.hint, "severity": f.severity}
            for f in findings
        ],
    }
    reports = folder / "build" / "reports"
    store.write(reports / "ingest.json", [json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"])
    store.write(reports / "ingest.html", [b"<!doctype html><title>ingest</title>\n"])
    return findings
