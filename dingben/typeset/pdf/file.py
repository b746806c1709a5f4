"""Write a PDF file: header, objects of its sections, other objects, cross-reference stream (PDF 32000-1:2008, 7.5).

Numbers that no object has are free. Cross-references are a stream (7.5.8).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pydyf

from dingben.typeset.fonts.subset import LEVEL
from dingben.typeset.pdf.renumber import ROW, TOGETHER, ObjectTemplate

HEAD = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
FREE = ROW.pack(0, 0, 65535)


@dataclass(frozen=True, slots=True)
class Table:
    """A file's cross-references: a row for each number (``bundles.ROW``), which parts have which, and the root."""

    rows: bytes
    parts: tuple[tuple[int, int], ...]
    root: bytes

    def without(self, left_out: Collection[int]) -> bytes:
        """What makes a file, put behind it, one that has nothing of some parts: quick to open where there are many."""
        spans, at = [], 0
        for number, (first, count) in enumerate(self.parts):
            if number in left_out:
                spans.append((at, first))
                at = first + count
        size = len(self.rows) // ROW.size
        spans.append((at, size))
        rows = b"".join(self.rows[start * ROW.size : end * ROW.size] for start, end in spans)
        index = pydyf.Array([number for start, end in spans for number in (start, end - start)])
        extra = {"Type": "/XRef", "W": pydyf.Array([1, 4, 2]), "Index": index, "Size": size, "Root": self.root}
        return b"%d 0 obj\n%b\nendobj\n" % (size, stream_of(rows, extra))

    def opened(self, data: bytes, left_out: Collection[int]) -> bytes:
        """The file with such a table, at which its end points now."""
        return b"".join((data, self.without(left_out), b"startxref\n%d\n%%%%EOF\n" % len(data)))


def write_file(pdf: Any, bundles: Sequence[ObjectTemplate], identifier: bytes) -> tuple[bytes, Table]:
    """The file: the parts' bundles, then the objects of ``pdf``, whose numbers come before theirs. And its table."""
    if pdf.info:
        pdf.add_object(pdf.info)
    assert len(pdf.objects) <= bundles[0].first
    content = [HEAD]
    offset = len(HEAD)
    table: list[bytes] = [FREE] * len(pdf.objects)
    behind: list[bytes] = []
    count = bundles[0].first
    for made in bundles:
        assert made.first >= count
        behind += [FREE * (made.first - count), made.table(offset)]
        count = made.first + len(made.rows) // ROW.size
        content.append(made.content)
        offset += len(made.content)
    after: list[bytes] = []

    def put(number: int, data: bytes) -> None:
        nonlocal offset
        written = b"%d 0 obj\n%b\nendobj\n" % (number, data)
        row = ROW.pack(1, offset, 0)
        if number < len(table):
            table[number] = row
        else:
            after.append(row)
        content.append(written)
        offset += len(written)

    waiting = [item for item in pdf.objects[1:] if item.compressible]
    for item in pdf.objects[1:]:
        if not item.compressible:
            put(item.number, item.data)
    for at in range(0, len(waiting), TOGETHER):
        group = waiting[at : at + TOGETHER]
        stream, place, numbers = count + len(after), 0, []
        heads = [item.data for item in group]
        for index, (item, head) in enumerate(zip(group, heads, strict=True)):
            table[item.number] = ROW.pack(2, stream, index)
            numbers += [item.number, place]
            place += len(head) + 1
        before = " ".join(map(str, numbers)).encode() + b"\n"
        extra = {"Type": "/ObjStm", "N": len(group), "First": len(before)}
        put(stream, stream_of(before + b"\n".join(heads), extra))
    digest = hashlib.md5(b"".join(content), usedforsecurity=False).hexdigest()
    number = count + len(after)
    after.append(ROW.pack(1, offset, 0))
    spare = FREE * (bundles[0].first - len(table))
    rows = b"".join((*table, spare, *behind, *after))
    extra = {
        "Type": "/XRef",
        "W": pydyf.Array([1, 4, 2]),
        "Size": number + 1,
        "Root": pdf.catalog.reference,
        "ID": pydyf.Array([pydyf.String(identifier).data, pydyf.String(digest).data]),
    }
    if pdf.info:
        extra["Info"] = pdf.info.reference
    put_last = b"%d 0 obj\n%b\nendobj\n" % (number, stream_of(rows, extra))
    content += [put_last, b"startxref\n%d\n%%%%EOF\n" % offset]
    parts = tuple((made.first, len(made.rows) // ROW.size) for made in bundles)
    return b"".join(content), Table(rows, parts, pdf.catalog.reference)


def stream_of(data: bytes, extra: dict[str, Any]) -> bytes:
    """A compressed stream."""
    packed = zlib.compress(data, LEVEL)
    head = pydyf.Dictionary({**extra, "Filter": "/FlateDecode", "Length": len(packed)}).data
    return b"\n".join((head, b"stream", packed, b"endstream"))
