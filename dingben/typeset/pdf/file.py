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


class FileContent:
    """The content of a file as it is written, and the cross-references of its objects.

    Numbers below ``first`` are those of ``count`` objects of the whole file; bundles of sections come from ``first``
    on, and further objects behind them.
    """

    def __init__(self, count: int, first: int) -> None:
        self.first, self.next_number = first, first
        self.content = [HEAD]
        self.offset = len(HEAD)
        self.table: list[bytes] = [FREE] * count
        self.bundle_rows: list[bytes] = []
        self.last_rows: list[bytes] = []

    def add_bundle(self, bundle: ObjectTemplate) -> None:
        """Add the objects of a section."""
        assert bundle.first >= self.next_number
        self.bundle_rows += [FREE * (bundle.first - self.next_number), bundle.table(self.offset)]
        self.next_number = bundle.first + len(bundle.rows) // ROW.size
        self.content.append(bundle.content)
        self.offset += len(bundle.content)

    def add_object(self, number: int, data: bytes) -> None:
        """Add an object of the whole file."""
        written = b"%d 0 obj\n%b\nendobj\n" % (number, data)
        row = ROW.pack(1, self.offset, 0)
        if number < len(self.table):
            self.table[number] = row
        else:
            self.last_rows.append(row)
            self.next_number += 1
        self.content.append(written)
        self.offset += len(written)

    def add_object_stream(self, items: Sequence[Any]) -> None:
        """Add objects of the whole file in one object stream (7.5.7)."""
        stream, place, numbers = self.next_number, 0, []
        objects = [item.data for item in items]
        for index, (item, data) in enumerate(zip(items, objects, strict=True)):
            self.table[item.number] = ROW.pack(2, stream, index)
            numbers += [item.number, place]
            place += len(data) + 1
        header = " ".join(map(str, numbers)).encode() + b"\n"
        extra = {"Type": "/ObjStm", "N": len(items), "First": len(header)}
        self.add_object(stream, stream_of(header + b"\n".join(objects), extra))

    def rows(self) -> bytes:
        """Return the rows of the cross-reference stream, which is itself the next object."""
        spare = FREE * (self.first - len(self.table))
        return b"".join((*self.table, spare, *self.bundle_rows, *self.last_rows, ROW.pack(1, self.offset, 0)))


def write_file(pdf: Any, bundles: Sequence[ObjectTemplate], identifier: bytes) -> tuple[bytes, Table]:
    """Write the bundles of the sections, then the objects of ``pdf``, whose numbers come before theirs.

    Returns the file and its cross-references.
    """
    if pdf.info:
        pdf.add_object(pdf.info)
    assert len(pdf.objects) <= bundles[0].first
    file = FileContent(len(pdf.objects), bundles[0].first)
    for bundle in bundles:
        file.add_bundle(bundle)
    waiting = [item for item in pdf.objects[1:] if item.compressible]
    for item in pdf.objects[1:]:
        if not item.compressible:
            file.add_object(item.number, item.data)
    for at in range(0, len(waiting), TOGETHER):
        file.add_object_stream(waiting[at : at + TOGETHER])
    digest = hashlib.md5(b"".join(file.content), usedforsecurity=False).hexdigest()
    number, rows = file.next_number, file.rows()
    extra = {
        "Type": "/XRef",
        "W": pydyf.Array([1, 4, 2]),
        "Size": number + 1,
        "Root": pdf.catalog.reference,
        "ID": pydyf.Array([pydyf.String(identifier).data, pydyf.String(digest).data]),
    }
    if pdf.info:
        extra["Info"] = pdf.info.reference
    cross_references = b"%d 0 obj\n%b\nendobj\n" % (number, stream_of(rows, extra))
    trailer = b"startxref\n%d\n%%%%EOF\n" % file.offset
    sections = tuple((bundle.first, len(bundle.rows) // ROW.size) for bundle in bundles)
    return b"".join((*file.content, cross_references, trailer)), Table(rows, sections, pdf.catalog.reference)


def stream_of(data: bytes, extra: dict[str, Any]) -> bytes:
    """A compressed stream."""
    packed = zlib.compress(data, LEVEL)
    head = pydyf.Dictionary({**extra, "Filter": "/FlateDecode", "Length": len(packed)}).data
    return b"\n".join((head, b"stream", packed, b"endstream"))
