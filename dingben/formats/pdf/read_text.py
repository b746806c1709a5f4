"""The text of a PDF, read back out of its bytes in reading order.

The structure tree gives the order, and shows what is not text of the book: running heads and folios are
artifacts and not in it, generated pages have their names (:mod:`dingben.typeset.pdf.tags`), notes are
Notes, their numbers Reference and Lbl. Glyphs become characters by the fonts' ToUnicode maps,
as when a reader copies. A section whose bytes are those of the last build isn't read again.
"""

from __future__ import annotations

import io
import json
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import pikepdf

from dingben.book.model import CONTINUED, GENERATED_ROLES, GOES_ON
from dingben.document.collation import EditionSegment, EditionText
from dingben.document.plain import normalize
from dingben.system.cache import Cache
from dingben.typeset.records import SectionTexts

if TYPE_CHECKING:
    from dingben.typeset.sections.workers import WorkerPool

SILENT = frozenset({"/Figure", "/Formula", "/Lbl", "/Reference"})
"""Elements whose text is none of the book's: words in drawings, numbers of notes and lists."""

GENERATED_TITLES = GENERATED_ROLES | {"generated"}
"""Titles that :mod:`dingben.typeset.pdf.tags` gives to what templates and styles have made."""

MARKED = re.compile(rb"/MCID\s+(\d+)[^>]*>>\s*BDC(.*?)\bEMC\b", re.DOTALL)
FONT = re.compile(rb"/(\S+)\s+[-+.\d]+\s+Tf\b")
SHOWN = re.compile(rb"<([0-9A-Fa-f]*)>")
ACTUAL = re.compile(rb"/Span\s*<<\s*/ActualText\s*<FEFF([0-9A-Fa-f]*)>\s*>>\s*BDC.*?\bEMC\b", re.DOTALL | re.IGNORECASE)
ACTUAL_TEXT = re.compile(rb"/Actual<([0-9A-Fa-f]*)>")
DRAWN = re.compile(rb"/(\S+)\s+Do\b")
MAPPED = re.compile(rb"(beginbfchar|beginbfrange)(.*?)endbf", re.DOTALL)
HYPHENS = ("\u2010", "-")
"""What may stand at the end of a line where a Western word is divided."""


TEXT, OPTIONAL, HEAD, ROW, CELL = range(5)
"""Kinds of pieces: one that may be there once more than in the source, the head of a table; and what is no text.

A row divided between pages begins with a ROW that tells whether it is continued here, ends with one that tells whether
it goes on, and each of its cells ends with a CELL: what there is of it on the pages is put together.
"""

Told = tuple[str, int]
"""A piece and its kind."""


class Meanings(dict[int, str]):
    """The characters of each code; a code without any is the replacement character U+FFFD."""

    def __missing__(self, code: int) -> str:
        return "\ufffd"


Glyphs = tuple[int, Meanings]
"""Bytes of a code, and what the codes mean."""

Fonts = dict[tuple[int, int], Glyphs]
"""Fonts by object number."""


def text_of_pdf(
    data: bytes,
    section_texts: SectionTexts | None = None,
    cache: Cache | None = None,
    workers: WorkerPool | None = None,
) -> EditionText:
    """Return the text and notes of a tagged PDF that dingben built; nothing of a PDF without a structure tree.

    ``section_texts``: where the sections are. Texts read before come from the cache; the ``workers`` read the others.
    """
    sections = section_texts.sections if section_texts else ()
    found = [cache.get("text", (section.digest,)) if cache else None for section in sections]
    known = {number for number, text in enumerate(found) if text is not None}
    with opened(section_texts.without(data, known) if section_texts and known else data) as document:
        elements = sum(section.elements for section in sections)
        fonts = fonts_of(document, section_texts) if section_texts and holds(document, elements) else None
        if section_texts and fonts is not None:
            texts = iter(read(data, section_texts, fonts, [n for n, text in enumerate(found) if text is None], workers))
            section_contents = [next(texts) if text is None else text for text in found]
            for section, text, before in zip(sections, section_contents, found, strict=True):
                if cache and before is None:
                    cache.put("text", (section.digest,), text)
            return united(section_contents)
    with opened(data) as document:
        return united([PdfReader().texts(list(kids(document.Root.get("/StructTreeRoot", {}))))])


def opened(data: bytes) -> pikepdf.Pdf:
    """The file, whose pages are not looked at: each has all that is its own."""
    return pikepdf.open(io.BytesIO(data), inherit_page_attributes=False)


def holds(document: Any, elements: int) -> bool:
    """Whether so many structure elements stand under the document's; none of them is looked at."""
    tops = list(kids(document.Root.get("/StructTreeRoot", {})))
    return len(tops) == 1 and len(tops[0].get("/K", ())) == elements


def fonts_of(document: Any, section_texts: SectionTexts) -> Fonts | None:
    """The book's fonts; None where they don't say that glyphs mean what they have to."""
    found: Fonts = {}
    texts = {}
    for name, font in document.get_object(section_texts.fonts, 0).items():
        found[font.objgen] = to_unicode(font.ToUnicode.read_bytes())
        texts[name.removeprefix("/")] = found[font.objgen][1]
    return found if texts == section_texts.glyph_texts else None


def kids(element: Any) -> Iterator[Any]:
    """The children of a structure element: elements, references to marked content, or bare numbers of such."""
    content = element.get("/K")
    if isinstance(content, pikepdf.Array):
        yield from content
    elif content is not None:
        yield content


@dataclass(slots=True)
class PdfReader:
    """Walks a structure tree; ``pages`` and ``fonts`` are kept by object number."""

    body: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    pages: dict[tuple[int, int], dict[int, str]] = field(default_factory=dict)
    fonts: Fonts = field(default_factory=dict)

    def texts(self, elements: Iterable[Any]) -> bytes:
        """Body and notes of some elements, as JSON."""
        for element in elements:
            self.walk(element, self.body)
        return json.dumps([self.body, self.notes]).encode("ascii")

    def walk(self, element: Any, into: list[Told]) -> None:
        """Add the text of an element to ``into``, and that of a Note to the notes."""
        kind = str(element.get("/S", ""))
        if kind in SILENT or ("/T" in element and str(element.T) in GENERATED_TITLES):
            return
        if kind == "/Note":
            into = self.notes
        if kind == "/TR" and "/T" in element:
            self.walk_row(element, into)
            return
        start = len(into)
        texts = None
        for kid in kids(element):
            if isinstance(kid, int):
                texts = texts or self.page(element.Pg)
                into += pieces(texts.get(kid, ""))
            elif "/S" in kid:
                self.walk(kid, into)
            elif "/MCID" in kid:
                into += pieces(self.page(kid.get("/Pg", element.Pg)).get(int(kid.MCID), ""))
        if kind == "/THead":
            into[start:] = [("".join(text for text, _ in into[start:]), HEAD)]

    def walk_row(self, row: Any, into: list[Told]) -> None:
        """Add the cells of a divided row."""
        title = str(row.T)
        into.append((CONTINUED * title.startswith(CONTINUED), ROW))
        for cell in kids(row):
            found: list[Told] = []
            self.walk(cell, found)
            into += [piece for piece in found if piece[1] not in (ROW, CELL)]
            into.append(("", CELL))
        into.append((GOES_ON * title.endswith(GOES_ON), ROW))

    def page(self, page: Any) -> dict[int, str]:
        """The text of each marked content of a page, by MCID."""
        key = page.objgen
        if key not in self.pages:
            self.pages[key] = {}
            streams = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
            content = b"\n".join(stream.read_bytes() for stream in streams)
            self.read(content, page.get("/Resources", {}), self.pages[key])
        return self.pages[key]

    def read(self, content: bytes, resources: Any, found: dict[int, str]) -> None:
        """Add the text of a content stream's marked contents to ``found``, and of the groups that it draws."""
        fonts: dict[bytes, Glyphs] = {}
        content = ACTUAL.sub(rb"/Actual<\1>", content)
        for number, marked in MARKED.findall(content):
            glyphs: Glyphs = (2, Meanings())
            text, at = "", 0
            for font in FONT.finditer(marked):
                text += decoded(marked[at : font.start()], glyphs)
                at = font.end()
                if font[1] not in fonts:
                    fonts[font[1]] = self.glyphs(resources.get("/Font", {}).get(f"/{font[1].decode('latin-1')}"))
                glyphs = fonts[font[1]]
            found[int(number)] = text + decoded(marked[at:], glyphs)
        for name in DRAWN.findall(content):
            form = resources.get("/XObject", {}).get(f"/{name.decode('latin-1')}")
            if form is not None and form.get("/Subtype") == "/Form":
                self.read(form.read_bytes(), form.get("/Resources", resources), found)

    def glyphs(self, font: Any) -> Glyphs:
        """What the font's codes mean."""
        if font is None or "/ToUnicode" not in font:
            return (2, Meanings())
        key = font.objgen
        if key not in self.fonts:
            self.fonts[key] = to_unicode(font.ToUnicode.read_bytes())
        return self.fonts[key]


def to_unicode(cmap: bytes) -> Glyphs:
    """A ToUnicode map read: PDF 32000-1:2008, 9.10.3."""
    width = re.search(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>", cmap)
    found = Meanings()
    for kind, rows in MAPPED.findall(cmap):
        values = SHOWN.findall(rows)
        if kind == b"beginbfchar":
            found.update(zip((int(code, 16) for code in values[::2]), all_characters(values[1::2]), strict=False))
            continue
        for first, last, text in zip(values[::3], values[1::3], values[2::3], strict=False):
            start = characters(text)
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = start[:-1] + chr(ord(start[-1]) + step)
    return (len(width[1]) // 2 if width else 2, found)


def characters(hexadecimal: bytes) -> str:
    """UTF-16 in hexadecimal as text."""
    return bytes.fromhex(hexadecimal.decode("ascii")).decode("utf-16-be", "replace")


def all_characters(texts: Sequence[bytes]) -> list[str]:
    """Several texts at once."""
    found = characters(b"0000".join(texts)).split("\0")
    return found if len(found) == len(texts) else [characters(text) for text in texts]


def decoded(shown: bytes, glyphs: Glyphs) -> str:
    """Return the text of all strings shown, with ActualText where it is given (PDF 32000-1:2008, 14.9.4)."""
    if b"<" not in shown:
        return ""
    strings = ACTUAL_TEXT.split(shown)  # strings, ActualText, strings, ...
    return "".join(characters(part) if at % 2 else glyph_texts(part, glyphs) for at, part in enumerate(strings))


def glyph_texts(shown: bytes, glyphs: Glyphs) -> str:
    """Return the text of all strings shown, by the ToUnicode map of the font."""
    width, meaning = glyphs
    codes = bytes.fromhex(b"".join(SHOWN.findall(shown)).decode("ascii"))
    numbers = codes if width == 1 else struct.unpack(f">{len(codes) // 2}H", codes)
    return "".join(map(meaning.__getitem__, numbers))


def pieces(text: str) -> list[Told]:
    """The text of a marked content; a hyphen at its end may divide a word."""
    text = normalize(text)
    if text.endswith(HYPHENS):
        return [(text[:-1], TEXT), (text[-1], OPTIONAL)]
    return [(text, TEXT)] if text else []


# -- sections


def united(texts: Sequence[bytes]) -> EditionText:
    """A reading of sections, each of one run of elements, or more in lines."""
    body: list[EditionSegment] = []
    notes: list[EditionSegment] = []
    for text in texts:
        runs = [json.loads(run) for run in text.split(b"\n")]
        for at, stream in enumerate((body, notes)):
            stream += pieces_of(piece for run in runs for piece in run[at])
    return EditionText(tuple(body), tuple(notes), drawn=True)


def pieces_of(section: Iterable[Told]) -> Iterator[EditionSegment]:
    """Pieces of a section. The head of a table that is the same as the last may be that one, printed again."""
    last = ""
    for text, kind in whole_rows(section):
        yield EditionSegment(text, optional=kind == OPTIONAL or (kind == HEAD and text == last))
        if kind == HEAD:
            last = text


def whole_rows(section: Iterable[Told]) -> Iterator[Told]:
    """Yield the pieces; rows that are divided between pages are joined cell by cell."""
    cells: list[list[Told]] = []
    inside, place = False, 0
    for text, kind in section:
        if kind == ROW and not inside:
            inside, place = True, 0
            if text != CONTINUED:
                yield from chain.from_iterable(cells)
                cells = []
        elif kind == ROW:
            inside = False
            if text != GOES_ON:
                yield from chain.from_iterable(cells)
                cells = []
        elif kind == CELL:
            place += 1
        elif inside:
            cells += [[] for _ in range(place + 1 - len(cells))]
            cells[place].append((text, kind))
        else:
            yield text, kind
    yield from chain.from_iterable(cells)


MANY = 200
"""Elements from which on it saves time to send the file to other processes."""


def read(
    data: bytes, section_texts: SectionTexts, fonts: Fonts, numbers: Sequence[int], workers: WorkerPool | None
) -> list[bytes]:
    """Return the texts of some sections; those of many elements are read by worker processes, if there are any.

    ``fonts`` are those that all sections have.
    """
    sizes = [section_texts.sections[number].elements for number in numbers]
    count = workers.process_count if workers else 0
    if workers is None or count < 2 or sum(sizes) < MANY:
        return [
            text_of_run(data, section_texts, fonts, number, 0, size)
            for number, size in zip(numbers, sizes, strict=True)
        ]
    tasks = [
        [
            workers.submit(text_of_run, data, section_texts, fonts, number, *run)
            for run in runs_of(size, sum(sizes), count)
        ]
        for number, size in zip(numbers, sizes, strict=True)
    ]
    return [b"\n".join([task.result() for task in section]) for section in tasks]


def runs_of(size: int, total: int, jobs: int) -> list[tuple[int, int]]:
    """A section's elements in runs, none of which has much more than a process' share of all."""
    count = max(1, round(size * jobs / total))
    return [(size * n // count, size * (n + 1) // count) for n in range(count)]


def text_of_run(data: bytes, section_texts: SectionTexts, fonts: Fonts, number: int, first: int, end: int) -> bytes:
    """The text of some elements of a section, the file being opened with no other in it, for memory's sake."""
    others = [other for other in range(len(section_texts.sections)) if other != number]
    start = sum(section.elements for section in section_texts.sections[:number])
    with opened(section_texts.without(data, others)) as document:
        (top,) = kids(document.Root.StructTreeRoot)
        elements = top.K
        return PdfReader(fonts=dict(fonts)).texts(elements[start + place] for place in range(first, end))
