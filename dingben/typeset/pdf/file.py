"""Write a PDF file: header, objects of its sections, other objects, cross-reference stream (PDF 32000-1:2008, 7.5).

Numbers without an object are free. The cross-references are a stream (7.5.8).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pydyf

from dingben.typeset.fonts.subset import LEVEL
from dingben.typeset.pdf.renumber import OBJECTS_PER_STREAM, ROW, ObjectBundle

HEAD = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
FREE = ROW.pack(0, 0, 65535)


@dataclass(frozen=True, slots=True)
class CrossReferences:
    """The cross-references of a file: a row for each number (``ROW``), and the reference of the catalog.

    ``sections``: the first number of each section, and how many numbers it has.
    """

    rows: bytes
    sections: tuple[tuple[int, int], ...]
    root: bytes

    def without(self, left_out: Collection[int]) -> bytes:
        """Return a cross-reference stream without some sections: a file that ends with it opens fast."""
        spans, at = [], 0
        for number, (first, count) in enumerate(self.sections):
            if number in left_out:
                spans.append((at, first))
                at = first + count
        size = len(self.rows) // ROW.size
        spans.append((at, size))
        rows = b"".join(self.rows[start * ROW.size : end * ROW.size] for start, end in spans)
        index = pydyf.Array([number for start, end in spans for number in (start, end - start)])
        extra = {"Type": "/XRef", "W": pydyf.Array([1, 4, 2]), "Index": index, "Size": size, "Root": self.root}
        return b"%d 0 obj\n%b\nendobj\n" % (size, compressed_stream(rows, extra))

    def append_without(self, data: bytes, left_out: Collection[int]) -> bytes:
        """Return the file with the cross-reference stream of :meth:`without` appended."""
        return b"".join((data, self.without(left_out), b"startxref\n%d\n%%%%EOF\n" % len(data)))


class FileContent:
    """The content of a file, and the cross-references of its objects.

    Numbers below ``first`` are for ``count`` objects of the whole file; the bundles of the sections start at ``first``,
    and further objects follow them.
    """

    def __init__(self, count: int, first: int) -> None:
        self.first, self.next_number = first, first
        self.content = [HEAD]
        self.offset = len(HEAD)
        self.table: list[bytes] = [FREE] * count
        self.bundle_rows: list[bytes] = []
        self.last_rows: list[bytes] = []

    def add_bundle(self, bundle: ObjectBundle) -> None:
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
        stream, offset, numbers = self.next_number, 0, []
        objects = [item.data for item in items]
        for index, (item, data) in enumerate(zip(items, objects, strict=True)):
            self.table[item.number] = ROW.pack(2, stream, index)
            numbers += [item.number, offset]
            offset += len(data) + 1
        header = " ".join(map(str, numbers)).encode() + b"\n"
        extra = {"Type": "/ObjStm", "N": len(items), "First": len(header)}
        self.add_object(stream, compressed_stream(header + b"\n".join(objects), extra))

    def rows(self) -> bytes:
        """Return the rows of the cross-reference stream, which is itself the next object."""
        spare = FREE * (self.first - len(self.table))
        return b"".join((*self.table, spare, *self.bundle_rows, *self.last_rows, ROW.pack(1, self.offset, 0)))


def write_file(pdf: Any, bundles: Sequence[ObjectBundle], identifier: bytes) -> tuple[bytes, CrossReferences]:
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
    for at in range(0, len(waiting), OBJECTS_PER_STREAM):
        file.add_object_stream(waiting[at : at + OBJECTS_PER_STREAM])
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
    cross_references = b"%d 0 obj\n%b\nendobj\n" % (number, compressed_stream(rows, extra))
    trailer = b"startxref\n%d\n%%%%EOF\n" % file.offset
    sections = tuple((bundle.first, len(bundle.rows) // ROW.size) for bundle in bundles)
    return b"".join((*file.content, cross_references, trailer)), CrossReferences(rows, sections, pdf.catalog.reference)


def compressed_stream(data: bytes, extra: dict[str, Any]) -> bytes:
    """Return a compressed stream object."""
    packed = zlib.compress(data, LEVEL)
    head = pydyf.Dictionary({**extra, "Filter": "/FlateDecode", "Length": len(packed)}).data
    return b"\n".join((head, b"stream", packed, b"endstream"))
