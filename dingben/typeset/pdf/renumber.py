"""Renumber the objects of a section: their numbers on the page become numbers in the file.

Objects are renumbered as bytes, without being parsed. Streams follow each other; all other objects go into object
streams (PDF 32000-1:2008, 7.5.7), so that a reader opens only a few of them for a page.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydyf

from dingben.typeset.fonts.subset import LEVEL, OWN_NAME, object_number, to_bytes
from dingben.typeset.pdf.shared_images import ImageNumbers, image_digests
from dingben.typeset.records import CONTENTS, Glyphs, Item, PageRecord, RunningHead, RunningHeadSet, SectionRecord

NUMBER_STEP = 512
"""The objects of a section begin at a multiple of this, so that a few more objects move no section after it."""

KEY_STEP = 64
"""The same for keys of the parent tree."""

ROW = struct.Struct(">BIH")
"""A row of the cross-reference stream (7.5.8.3): 1, offset, 0; or 2, object stream, index in it."""

OBJECTS_PER_STREAM = 128
"""Objects in an object stream."""

NUMBERED = re.compile(
    rb"\(" + OWN_NAME.encode() + rb"(\d+)\)|\((?:[^()\\]|\\.)*\)|/StructParents? (\d+)|\b(\d+) 0 R\b", re.DOTALL
)
"""Identifiers made of numbers; other strings, which are left alone; keys of the parent tree; references."""


def reserve_numbers(count: int) -> int:
    """Return how many object numbers to reserve for ``count`` objects: about a twentieth more, in whole steps."""
    return -(-(count + count // 20) // NUMBER_STEP) * NUMBER_STEP


def reserve_keys(keys: int) -> int:
    """Return how many keys of the parent tree to reserve for a section that needs ``keys``."""
    return -(-keys // KEY_STEP) * KEY_STEP


@dataclass(slots=True)
class ObjectBundle:
    """The objects of a section with their numbers in the file.

    ``content``: the objects one after another. ``rows``: the cross-references of the numbers from ``first`` on
    (``ROW``), in which offsets of ``streams`` are still missing: for each, its index in the rows and its offset in
    ``content``. ``pages``: the numbers of the page objects. ``kids``: the references of the structure elements below
    that of the document; ``counts``: how many of them each page has. ``parents``: the number of the section's leaf of
    the parent tree. ``destinations``: the named destinations with their places.
    """

    content: bytes
    rows: bytes
    first: int
    streams: list[tuple[int, int]]
    pages: list[int]
    kids: bytes
    counts: list[int]
    parents: int
    destinations: list[tuple[str, bytes]]

    def to_bytes(self) -> bytes:
        """Serialize: a line of JSON, the rows, the content."""
        header = {
            "rows": len(self.rows),
            "first": self.first,
            "streams": self.streams,
            "pages": self.pages,
            "kids": self.kids.decode("latin-1"),
            "counts": self.counts,
            "parents": self.parents,
            "destinations": [(name, place.decode("latin-1")) for name, place in self.destinations],
        }
        return b"".join((json.dumps(header).encode("ascii"), b"\n", self.rows, self.content))

    @classmethod
    def from_bytes(cls, data: bytes) -> ObjectBundle:
        """Read what :meth:`to_bytes` has written."""
        at = data.index(b"\n") + 1
        header = json.loads(data[:at])
        header["kids"] = header["kids"].encode("latin-1")
        header["destinations"] = [(name, place.encode("latin-1")) for name, place in header["destinations"]]
        end = at + header.pop("rows")
        return cls(content=data[end:], rows=data[at:end], **header)

    def table(self, offset: int) -> bytes:
        """Return the rows for a file in which the content begins at ``offset``."""
        rows = bytearray(self.rows)
        for index, start in self.streams:
            ROW.pack_into(rows, index * ROW.size, 1, offset + start, 0)
        return bytes(rows)


def count_numbers(
    record: SectionRecord, running_heads: RunningHeadSet, other_texts: Mapping[int, Glyphs], shared_images: ImageNumbers
) -> int:
    """Return how many numbers the objects of a section take: see :func:`bundle_objects`."""
    count = waiting = 1  # the leaf of the parent tree
    known = set(shared_images)
    for number, (page, head) in enumerate(zip(record.pages, running_heads.pages, strict=True)):
        digests = image_digests(page.items)
        own = [item for item in page.items if digests.get(item.number) not in known]
        known.update(digests.values())
        fonts = len(other_texts[number]) if number in other_texts else 0
        count += len(own) + bool(head.stream) + (2 * fonts + 1 if fonts else 0)
        waiting += sum(item.stream is None for item in own) + (fonts + 1 if fonts else 0)
    return count + -(-waiting // OBJECTS_PER_STREAM)


def count_keys(record: SectionRecord) -> int:
    """Return how many keys of the parent tree a section needs."""
    return sum(len(page.parents) for page in record.pages)


@dataclass(frozen=True, slots=True)
class BundleJob:
    """Renumber one section in a worker: see :func:`bundle_objects`. ``record``: the bytes of a SectionRecord."""

    number: int
    record: bytes
    running_heads: RunningHeadSet
    first: int
    key: int
    shared: Mapping[str, int]
    shared_images: ImageNumbers
    kind: str = "bundle"

    def run(self, state: object = None) -> bytes:  # noqa: ARG002
        """Return the bytes of an ObjectBundle."""
        record = SectionRecord.from_bytes(self.record)
        bundle = bundle_objects(record, self.running_heads, self.first, self.key, self.shared, {}, self.shared_images)
        return bundle.to_bytes()


def bundle_objects(
    record: SectionRecord,
    running_heads: RunningHeadSet,
    first: int,
    key: int,
    shared: Mapping[str, int],
    other_texts: Mapping[int, Glyphs],
    shared_images: ImageNumbers,
    file_objects: Sequence[Any] = (),
) -> ObjectBundle:
    """Renumber a section: its objects from ``first`` on, its keys of the parent tree from ``key`` on.

    ``shared``: the numbers of the objects of the whole file, by name; ``shared_images``: of images that several
    sections have. ``other_texts``: by page, fonts whose glyphs stand for other texts there than in the rest of the
    file; ``file_objects``: the objects of the file, among them these fonts.
    """
    writer = BundleWriter(first, key, shared, file_objects, shared_images)
    for number, (page, head) in enumerate(zip(record.pages, running_heads.pages, strict=True)):
        own = dict(shared)
        if number in other_texts:
            own["fonts"] = writer.write_font_resources(other_texts[number])
        writer.add_page(page, own, head)
    return writer.finish()


class BundleWriter:
    """Writes the objects of a section, one after another."""

    def __init__(
        self,
        first: int,
        key: int,
        shared: Mapping[str, int],
        file_objects: Sequence[Any],
        shared_images: ImageNumbers,
    ) -> None:
        self.first, self.key, self.shared, self.file_objects = first, key, shared, file_objects
        self.number, self.next_key = first, key
        self.content: list[bytes] = []
        self.offset = 0
        self.streams: list[tuple[int, int]] = []
        self.compressed: dict[int, tuple[int, int]] = {}
        """By number of an object in an object stream: the stream, and the index in it."""
        self.waiting: list[tuple[int, bytes]] = []
        """Objects for object streams."""
        self.pages: list[int] = []
        self.kids: list[bytes] = []
        self.counts: list[int] = []
        self.parents: list[tuple[int, bytes]] = []
        self.destinations: list[tuple[str, bytes]] = []
        self.images = dict(shared_images)

    def add_page(self, page: PageRecord, shared: Mapping[str, int], running_head: RunningHead) -> None:
        """Add a page with its running heads."""
        numbers = {number: shared[name] for number, name in page.shared.items()}
        items = self.without_known_images(page.items, numbers)
        for item in items:
            numbers[item.number] = self.take_number()
        renumber = renumberer(numbers, self.next_key)
        head_number = self.take_number() if running_head.stream else 0
        for item in items:
            head = shift_right(renumber(item.head), page.shift) if item.stream is None else renumber(item.head)
            if item.number == page.page and head_number:
                head = add_content_stream(head, head_number)
            if item.number == page.resources and running_head.graphics_states:
                head = add_graphics_states(head, running_head.graphics_states)
            self.write_object(numbers[item.number], head, item.stream)
        if head_number:
            length = len(running_head.stream)
            self.write_object(head_number, b"<</Filter /FlateDecode /Length %d>>" % length, running_head.stream)
        self.pages.append(numbers[page.page])
        kids = renumber(page.kids.encode("latin-1")).strip(b"[]")
        self.kids.append(kids)
        self.counts.append(kids.count(b" R"))
        for key, elements in enumerate(page.parents, start=self.next_key):
            self.parents.append((key, renumber(elements.encode("latin-1"))))
        self.next_key += len(page.parents)
        for name, place in page.destinations:
            self.destinations.append((name, shift_right(renumber(place.encode("latin-1")), page.shift)))

    def take_number(self) -> int:
        """Return the next free number."""
        self.number += 1
        return self.number - 1

    def write_object(self, number: int, head: bytes, stream: bytes | None) -> None:
        """Write an object; one without a stream waits for an object stream."""
        if stream is None:
            self.waiting.append((number, head))
            return
        written = b"".join((b"%d 0 obj\n" % number, head, b"\nstream\n", stream, b"\nendstream\nendobj\n"))
        self.streams.append((number - self.first, self.offset))
        self.content.append(written)
        self.offset += len(written)

    def write_font_resources(self, other_texts: Glyphs) -> int:
        """Write font resources in which some glyphs stand for other texts; return their number."""
        resources: Any = pydyf.Dictionary(self.file_objects[self.shared["fonts"]])
        for name in sorted(other_texts):
            font = self.file_objects[object_number(resources[name])]
            cmap, cmap_number = zlib.compress(to_unicode(other_texts[name]), LEVEL), self.take_number()
            self.write_object(cmap_number, b"<</Filter /FlateDecode /Length %d>>" % len(cmap), cmap)
            font_number = self.take_number()
            changed = pydyf.Dictionary({**font, "ToUnicode": f"{cmap_number} 0 R"})
            self.write_object(font_number, changed.data, None)
            resources[name] = f"{font_number} 0 R"
        number = self.take_number()
        self.write_object(number, resources.data, None)
        return number

    def without_known_images(self, items: Sequence[Item], numbers: dict[int, int]) -> list[Item]:
        """Return the items without images written before, whose numbers in the file are added to ``numbers``."""
        digests = image_digests(items)
        numbers.update((number, self.images[digest]) for number, digest in digests.items() if digest in self.images)
        remaining = [item for item in items if item.number not in numbers]
        for index, item in enumerate(remaining):
            if item.number in digests:
                self.images[digests[item.number]] = self.number + index
        return remaining

    def finish(self) -> ObjectBundle:
        """Write the leaf of the parent tree and the object streams, and return the bundle."""
        leaf = self.take_number()
        nums = b" ".join(b"%d %b" % pair for pair in self.parents)
        limits = b"%d %d" % (self.key, max(self.key, self.next_key - 1))
        self.write_object(leaf, b"<</Limits [%b] /Nums [%b]>>" % (limits, nums), None)
        for at in range(0, len(self.waiting), OBJECTS_PER_STREAM):
            self.write_object_stream(self.waiting[at : at + OBJECTS_PER_STREAM])
        return ObjectBundle(
            content=b"".join(self.content),
            rows=b"".join(ROW.pack(2, *self.compressed.get(n, (0, 0))) for n in range(self.first, self.number)),
            first=self.first,
            streams=self.streams,
            pages=self.pages,
            kids=b" ".join(self.kids),
            counts=self.counts,
            parents=leaf,
            destinations=self.destinations,
        )

    def write_object_stream(self, objects: Sequence[tuple[int, bytes]]) -> None:
        """Write one object stream."""
        stream, offset, table = self.take_number(), 0, []
        for index, (number, head) in enumerate(objects):
            self.compressed[number] = (stream, index)
            table.append(b"%d %d" % (number, offset))
            offset += len(head) + 1
        header = b" ".join(table) + b"\n"
        content = zlib.compress(header + b"\n".join(head for _, head in objects), LEVEL)
        head = b"<</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d>>"
        self.write_object(stream, head % (len(objects), len(header), len(content)), content)


def renumberer(numbers: Mapping[int, int], key: int) -> Callable[[bytes], bytes]:
    """Return a function that replaces the references and parent tree keys in an object of a page."""
    references = {b"%d" % number: b"%d 0 R" % new for number, new in numbers.items()}

    def replacement(found: re.Match[bytes]) -> bytes:
        if found[3]:
            return references[found[3]]
        if found[2]:
            name, _, value = found[0].partition(b" ")
            return b"%b %d" % (name, key + int(value))
        if found[1]:
            return b"(e%d)" % numbers[int(found[1])]
        return found[0]

    return lambda data: NUMBERED.sub(replacement, data)


POSITION = re.compile(rb"(/Subtype /Link/Rect|/O /Layout/BBox) \[(\S+) (\S+) (\S+) |/XYZ (\S+) ")
"""The position of a link or figure, or of a destination; the first one in an object is its own."""


def shift_right(data: bytes, shift: float) -> bytes:
    """Move the position in an object ``shift`` points to the right."""
    if not shift:
        return data

    def moved(found: re.Match[bytes]) -> bytes:
        kind, left, bottom, right, x = found.groups()
        if x:
            return b"/XYZ %b " % to_bytes(float(x) + shift)
        return b"%b [%b %b %b " % (kind, to_bytes(float(left) + shift), bottom, to_bytes(float(right) + shift))

    return POSITION.sub(moved, data, count=1)


def add_content_stream(page: bytes, number: int) -> bytes:
    """Add a second content stream to a page object."""
    return CONTENTS.sub(lambda found: b"/Contents [%b %d 0 R]" % (found[1], number), page, count=1)


def add_graphics_states(resources: bytes, graphics_states: Mapping[str, str]) -> bytes:
    """Add graphics states to a resource dictionary."""
    more = b"".join(
        b"/%b %b" % (name.encode(), value.encode("latin-1"))
        for name, value in sorted(graphics_states.items())
        if b"/%b " % name.encode() not in resources
    )
    return resources.replace(b"/ExtGState <<", b"/ExtGState <<" + more, 1)


def to_unicode(texts: Mapping[int, str]) -> bytes:
    """Return a ToUnicode CMap (PDF 32000-1:2008, 9.10.3)."""
    rows = [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(texts.items())]
    lines = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CIDSystemInfo",
        "<< /Registry (Adobe)", "/Ordering (UCS)", "/Supplement 0", ">> def", "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def", "1 begincodespacerange", "<0000> <ffff>", "endcodespacerange",
    ]  # fmt: skip
    for at in range(0, len(rows), 100):
        chunk = rows[at : at + 100]
        lines += [f"{len(chunk)} beginbfchar", *chunk, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
