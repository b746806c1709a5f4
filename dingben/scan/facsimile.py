"""`source/facsimile.jsonl`: for each line of the raw text its page, boxes, confidence and alternatives.

The first line is a header: version, and the pages with file, size and printed number. Then a line for each line of the
raw text, in its order::

    {"raw": [0, 4], "page": 0, "kind": "text", "box": [l, t, r, b], "boxes": [[l, t, r, b], null, …],
     "confidence": [0.98, null, …], "alternatives": {"2": ["己", "巳"]}}

``raw`` counts characters of the whole raw text; ``boxes`` and ``confidence`` have an item for each of them, and stand
only where the engine gave some. Boxes are in the units of the page: pixels, or points in a PDF.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dingben.scan.model import Box, Page
from dingben.scan.raw_lines import LineRecord

VERSION = 1


def write(pages: Sequence[tuple[str, Page]], records: Sequence[LineRecord]) -> bytes:
    """Return the file's content; ``pages`` are (name of the file in ``source/``, page)."""
    header = {
        "facsimile": VERSION,
        "pages": [
            {"file": name, "image": page.image, "width": page.width, "height": page.height, "label": page.label}
            for name, page in pages
        ],
    }
    return b"".join(_line(each) for each in (header, *map(_record, records)))


def _record(record: LineRecord) -> dict[str, Any]:
    found: dict[str, Any] = {"raw": [record.start, record.end], "page": record.page, "kind": record.kind}
    if record.box:
        found["box"] = _edges(record.box)
    if any(c.box for c in record.characters):
        found["boxes"] = [_edges(c.box) if c.box else None for c in record.characters]
    if any(c.confidence is not None for c in record.characters):
        found["confidence"] = [None if c.confidence is None else round(c.confidence, 3) for c in record.characters]
    others = {str(n): list(c.alternatives) for n, c in enumerate(record.characters) if c.alternatives}
    if others:
        found["alternatives"] = others
    return found


def _edges(box: Box) -> list[float]:
    return [_short(edge) for edge in box]


def _short(value: float) -> float:
    """Return a number without needless digits."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
