"""Renumber the objects of a section: their numbers on the page become numbers in the file.

The objects of all sides are renumbered as bytes. Streams follow each other; all other
objects go into object streams (PDF 32000-1:2008, 7.5.7), so that a reader opens but a few of
them for a page.
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

from dingben.system.digests import digest_of
from dingben.typeset.fonts.subset import LEVEL, OWN_NAME, object_number, to_bytes
from dingben.typeset.records import CONTENTS, Glyphs, Item, PageRecord, RunningHeadSet, SectionRecord

GRAIN = 512
"""Parts begin with numbers that are multiples of this, so that a few objects more move none of the parts behind."""

KEYS = 64
"""The same for keys of the parent tree."""

ROW = struct.Struct(">BIH")
"""A row of the table of cross-references (7.5.8.3): 1, offset, 0; or 2, object stream, place in it."""

TOGETHER = 128
"""Objects in an object stream."""

NUMBERED = re.compile(
    rb"\(" + OWN_NAME.encode() + rb"(\d+)\)|\((?:[^()\\]|\\.)*\)|/StructParents? (\d+)|\b(\d+) 0 R\b", re.DOTALL
)
"""Identifiers made of numbers; other strings, which are left alone; keys of the parent tree; references."""


def room(count: int) -> int:
    """The number up to which there is room for ``count`` objects: about a twentieth to spare."""
    return -(-(count + count // 20) // GRAIN) * GRAIN


@dataclass(slots=True)
class ObjectTemplate:
    """A part, written down.

    ``content``: its objects one after another. ``rows``: what the file's table says of each number from ``first`` on
    (``ROW``); for ``streams``, a place in the table and an offset in ``content`` each, it has still to learn where
    ``content`` is. ``pages`` are the numbers of the
    page objects, ``kids`` the references of the structure elements under the document's, ``counts`` how many of these
    each page has, ``parents`` the number of its leaf of the parent tree.
    """

    content: bytes
    rows: bytes
    first: int
    streams: list[tuple[int, int]]
    pages: list[int]
    kids: bytes
    counts: list[int]
    parents: int
    names: list[tuple[str, bytes]]

    def data(self) -> bytes:
        """As bytes: a line of JSON, then the content."""
        told = {
            "rows": len(self.rows),
            "first": self.first,
            "streams": self.streams,
            "pages": self.pages,
            "kids": self.kids.decode("latin-1"),
            "counts": self.counts,
            "parents": self.parents,
            "names": [(name, place.decode("latin-1")) for name, place in self.names],
        }
        return b"".join((json.dumps(told).encode("ascii"), b"\n", self.rows, self.content))

    @classmethod
    def of(cls, data: bytes) -> ObjectTemplate:
        """Out of bytes."""
        at = data.index(b"\n") + 1
        told = json.loads(data[:at])
        told["kids"] = told["kids"].encode("latin-1")
        told["names"] = [(name, place.encode("latin-1")) for name, place in told["names"]]
        end = at + told.pop("rows")
        return cls(content=data[end:], rows=data[at:end], **told)

    def table(self, offset: int) -> bytes:
        """The rows, where the content begins at ``offset``."""
        rows = bytearray(self.rows)
        for place, start in self.streams:
            ROW.pack_into(rows, place * ROW.size, 1, offset + start, 0)
        return bytes(rows)


def numbers_in(quire: SectionRecord, margins: RunningHeadSet, others: Mapping[int, Glyphs], pictures: Pictures) -> int:
    """How many numbers the part's objects take: see :func:`bundle`."""
    count = waiting = 1  # the leaf of the parent tree
    known = set(pictures)
    for number, (side, margin) in enumerate(zip(quire.sides, margins.margins, strict=True)):
        told = pictures_in(side.items)
        kept = [item for item in side.items if told.get(item.number) not in known]
        known.update(told.values())
        fonts = len(others[number]) if number in others else 0
        count += len(kept) + bool(margin.stream) + (2 * fonts + 1 if fonts else 0)
        waiting += sum(item.stream is None for item in kept) + (fonts + 1 if fonts else 0)
    return count + -(-waiting // TOGETHER)


def keys_in(quire: SectionRecord) -> int:
    """How many keys of the parent tree the part takes."""
    return sum(len(side.parents) for side in quire.sides)


def spared(keys: int) -> int:
    """Keys for a part that takes so many, with some to spare."""
    return -(-keys // KEYS) * KEYS


@dataclass(frozen=True, slots=True)
class BundleJob:
    """Write the objects of one section in a worker: see :func:`bundle`. ``record``: the data of a SectionRecord."""

    number: int
    record: bytes
    margins: RunningHeadSet
    first: int
    key: int
    shared: Mapping[str, int]
    others: Mapping[int, Glyphs]
    pictures: Pictures
    kind: str = "bundle"

    def run(self, state: object = None) -> bytes:  # noqa: ARG002
        """Return the data of an ObjectTemplate."""
        record = SectionRecord.of(self.record)
        return bundle(record, self.margins, self.first, self.key, self.shared, self.others, self.pictures).data()


def bundle(
    quire: SectionRecord,
    margins: RunningHeadSet,
    first: int,
    key: int,
    shared: Mapping[str, int],
    others: Mapping[int, Glyphs],
    pictures: Pictures,
    whole: Sequence[Any] = (),
) -> ObjectTemplate:
    """The part whose objects begin with the number ``first``, and whose keys of the parent tree with ``key``.

    ``shared``: the numbers of what is the whole book's; ``pictures``: of pictures in several parts. ``others``: by
    side, fonts whose glyphs stand for something else there; ``whole`` are the book's objects, where these fonts are.
    """
    writer = ObjectTemplateWriter(first, key, shared, whole, pictures)
    for number, (side, margin) in enumerate(zip(quire.sides, margins.margins, strict=True)):
        own = dict(shared)
        if number in others:
            own["fonts"] = writer.fonts(others[number])
        writer.add(side, own, margin.stream, margin.states)
    return writer.done()


class ObjectTemplateWriter:
    """Writes the objects of a part, one after another."""

    def __init__(
        self, first: int, key: int, shared: Mapping[str, int], whole: Sequence[Any], pictures: Pictures
    ) -> None:
        self.first, self.key, self.shared, self.whole = first, key, shared, whole
        self.number, self.next_key = first, key
        self.content: list[bytes] = []
        self.offset = 0
        self.streams: list[tuple[int, int]] = []
        self.packed: dict[int, tuple[int, int]] = {}
        """By number of an object in an object stream: the stream, and its place in it."""
        self.waiting: list[tuple[int, bytes]] = []
        """Objects for object streams."""
        self.pages: list[int] = []
        self.kids: list[bytes] = []
        self.counts: list[int] = []
        self.parents: list[tuple[int, bytes]] = []
        self.names: list[tuple[str, bytes]] = []
        self.pictures = dict(pictures)

    def add(self, side: PageRecord, shared: Mapping[str, int], margin: bytes, states: Mapping[str, str]) -> None:
        """Put in a side with what stands in its margins."""
        numbers = {number: shared[name] for number, name in side.shared.items()}
        kept = self.without_known_pictures(side.items, numbers)
        for item in kept:
            numbers[item.number] = self.take_number()
        renumbered = renumbering(numbers, self.next_key)
        margin_number = self.take_number() if margin else 0
        for item in kept:
            head = beside(renumbered(item.head), side.aside) if item.stream is None else renumbered(item.head)
            if item.number == side.page and margin:
                head = with_margin(head, margin_number)
            if item.number == side.resources and states:
                head = with_states(head, states)
            self.put(numbers[item.number], head, item.stream)
        if margin:
            self.put(margin_number, b"<</Filter /FlateDecode /Length %d>>" % len(margin), margin)
        self.pages.append(numbers[side.page])
        kids = renumbered(side.kids.encode("latin-1")).strip(b"[]")
        self.kids.append(kids)
        self.counts.append(kids.count(b" R"))
        for key, elements in enumerate(side.parents, start=self.next_key):
            self.parents.append((key, renumbered(elements.encode("latin-1"))))
        self.next_key += len(side.parents)
        self.names += [(name, beside(renumbered(place.encode("latin-1")), side.aside)) for name, place in side.names]

    def take_number(self) -> int:
        """The next number."""
        self.number += 1
        return self.number - 1

    def put(self, number: int, head: bytes, stream: bytes | None) -> None:
        """Write an object down."""
        if stream is None:
            self.waiting.append((number, head))
            return
        written = b"".join((b"%d 0 obj\n" % number, head, b"\nstream\n", stream, b"\nendstream\nendobj\n"))
        self.streams.append((number - self.first, self.offset))
        self.content.append(written)
        self.offset += len(written)

    def fonts(self, meanings: Glyphs) -> int:
        """The number of a dictionary of the book's fonts in which some glyphs stand for something else."""
        changed: Any = pydyf.Dictionary(self.whole[self.shared["fonts"]])
        for name in sorted(meanings):
            font = self.whole[object_number(changed[name])]
            meaning, number = zlib.compress(to_unicode(meanings[name]), LEVEL), self.take_number()
            self.put(number, b"<</Filter /FlateDecode /Length %d>>" % len(meaning), meaning)
            own = self.take_number()
            self.put(own, pydyf.Dictionary({**font, "ToUnicode": f"{number} 0 R"}).data, None)
            changed[name] = f"{own} 0 R"
        number = self.take_number()
        self.put(number, changed.data, None)
        return number

    def without_known_pictures(self, items: Sequence[Item], numbers: dict[int, int]) -> list[Item]:
        """The items but for pictures that a side before has too; ``numbers`` learns where these are."""
        told = pictures_in(items)
        numbers.update((number, self.pictures[digest]) for number, digest in told.items() if digest in self.pictures)
        kept = [item for item in items if item.number not in numbers]
        for place, item in enumerate(kept):
            if item.number in told:
                self.pictures[told[item.number]] = self.number + place
        return kept

    def done(self) -> ObjectTemplate:
        """The bundle."""
        leaf = self.take_number()
        nums = b" ".join(b"%d %b" % pair for pair in self.parents)
        limits = b"%d %d" % (self.key, max(self.key, self.next_key - 1))
        self.put(leaf, b"<</Limits [%b] /Nums [%b]>>" % (limits, nums), None)
        for at in range(0, len(self.waiting), TOGETHER):
            self.put_together(self.waiting[at : at + TOGETHER])
        return ObjectTemplate(
            content=b"".join(self.content),
            rows=b"".join(ROW.pack(2, *self.packed.get(n, (0, 0))) for n in range(self.first, self.number)),
            first=self.first,
            streams=self.streams,
            pages=self.pages,
            kids=b" ".join(self.kids),
            counts=self.counts,
            parents=leaf,
            names=self.names,
        )

    def put_together(self, objects: Sequence[tuple[int, bytes]]) -> None:
        """Put objects into an object stream."""
        stream, at, table = self.take_number(), 0, []
        for place, (number, head) in enumerate(objects):
            self.packed[number] = (stream, place)
            table.append(b"%d %d" % (number, at))
            at += len(head) + 1
        before = b" ".join(table) + b"\n"
        packed = zlib.compress(before + b"\n".join(head for _, head in objects), LEVEL)
        head = b"<</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d>>"
        self.put(stream, head % (len(objects), len(before), len(packed)), packed)


def renumbering(numbers: Mapping[int, int], key: int) -> Callable[[bytes], bytes]:
    """Gives objects of a side the references and keys that they have in the book."""
    references = {b"%d" % number: b"%d 0 R" % new for number, new in numbers.items()}

    def replaced(found: re.Match[bytes]) -> bytes:
        if found[3]:
            return references[found[3]]
        if found[2]:
            name, _, value = found[0].partition(b" ")
            return b"%b %d" % (name, key + int(value))
        if found[1]:
            return b"(e%d)" % numbers[int(found[1])]
        return found[0]

    return lambda data: NUMBERED.sub(replaced, data)


PLACED = re.compile(rb"(/Subtype /Link/Rect|/O /Layout/BBox) \[(\S+) (\S+) (\S+) |/XYZ (\S+) ")
"""Where a link or a figure stands, or where a name leads: the first that an object tells is its own."""


def beside(data: bytes, aside: float) -> bytes:
    """An object that stands some points to the right of where it says."""
    if not aside:
        return data

    def moved(found: re.Match[bytes]) -> bytes:
        kind, left, bottom, right, place = found.groups()
        if place:
            return b"/XYZ %b " % to_bytes(float(place) + aside)
        return b"%b [%b %b %b " % (kind, to_bytes(float(left) + aside), bottom, to_bytes(float(right) + aside))

    return PLACED.sub(moved, data, count=1)


def with_margin(page: bytes, number: int) -> bytes:
    """A page object whose content goes on with another stream."""
    return CONTENTS.sub(lambda found: b"/Contents [%b %d 0 R]" % (found[1], number), page, count=1)


def with_states(resources: bytes, states: Mapping[str, str]) -> bytes:
    """Resources with more graphics states."""
    more = b"".join(
        b"/%b %b" % (name.encode(), value.encode("latin-1"))
        for name, value in sorted(states.items())
        if b"/%b " % name.encode() not in resources
    )
    return resources.replace(b"/ExtGState <<", b"/ExtGState <<" + more, 1)


# -- pictures

Pictures = dict[str, int]
"""Object numbers of images, by the digest of each image."""

MASK = re.compile(rb"/SMask (\d+) 0 R")


def pictures_in(items: Sequence[Item]) -> dict[int, str]:
    """A digest of each picture, by its number on the side: of its dictionary and bytes, and those of its mask."""
    pictures = {i.number: i for i in items if i.stream is not None and b"/Subtype /Image" in i.head}
    found = {}
    for number, picture in pictures.items():
        mask = MASK.search(picture.head)
        behind = pictures.get(int(mask[1])) if mask else None
        parts = [MASK.sub(b"", picture.head), picture.stream or b""]
        parts += [behind.head, behind.stream or b""] if behind else []
        found[number] = digest_of(*parts)
    return found


def pictures_in_several(quires: Sequence[SectionRecord], add: Callable[[bytes, bytes], int]) -> Pictures:
    """The pictures that are in more parts than one, given to ``add``, which tells their numbers; masks first."""
    parts: dict[str, set[int]] = {}
    first: dict[str, tuple[Item, dict[int, str]]] = {}
    for part, quire in enumerate(quires):
        for side in quire.sides:
            told = pictures_in(side.items)
            for item in side.items:
                if item.number in told:
                    parts.setdefault(told[item.number], set()).add(part)
                    first.setdefault(told[item.number], (item, told))
    numbers: Pictures = {}
    several = [digest for digest, found in parts.items() if len(found) > 1]
    for digest in sorted(several, key=lambda digest: MASK.search(first[digest][0].head) is not None):
        item, told = first[digest]
        mask = MASK.search(item.head)
        head = MASK.sub(b"/SMask %d 0 R" % numbers[told[int(mask[1])]], item.head) if mask else item.head
        numbers[digest] = add(head, item.stream or b"")
    return numbers


def to_unicode(meaning: Mapping[int, str]) -> bytes:
    """A ToUnicode CMap (PDF 32000-1:2008, 9.10.3)."""
    rows = [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(meaning.items())]
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
