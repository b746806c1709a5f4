"""Write ``source/``: chapters as Markdown, metadata as TOML, each character recorded in the ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dingben.book.ledger import Ledger
from dingben.language.slug import slug
from dingben.restore.contents import Entry
from dingben.restore.metadata.fields import MetadataFields
from dingben.restore.paragraphs import Block
from dingben.rules.passage import Passage, Piece

TABLES: dict[str, tuple[str, ...]] = {
    table: tuple(keys.split())
    for table, keys in {
        "book": "title subtitle title_pinyin language author_statement series series_statement subject slug",
        "publication": "publisher publisher_en publisher_place pub_date isbn cip_number clc edition printing price",
        "imprint": """responsible_editor printing_supervisor cover_design distribution printer distributor address
            postcode url ad_licence phone_exchange phone_piracy phone_copyright_bureau phone_service""",
        "format": "trim sheets word_count page",
    }.items()
}
"""The keys of book.toml, in the order in which they are written."""


CALL = re.compile(r"(?<!\\)\[(?=\^)")
NOTE = "\ue000"
"""Stands for a note's call in a passage, until it is written."""


@dataclass(slots=True)
class Chapter:
    """A division's file while it is written."""

    role: str
    matter: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    given: str = ""
    """Its title in book.toml, where the raw text has no heading for it."""
    name: str = ""
    parts: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    length: int = 0
    notes: int = 0
    _last: int = 0
    """Raw offset behind what was written last."""
    pending: list[str] = field(default_factory=list)
    """Pages that began at a heading: their markers go into the next paragraph."""

    @property
    def path(self) -> str:
        """Its name in ``source/``."""
        return f"chapters/{self.name}"

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join([*self.whole, *self.parts])

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
        if len(self.parts) > 2000:
            self.whole.append("".join(self.parts))  # many small strings cost more than their letters
            self.parts = []

    def added(self, text: str, ledger: Ledger, at: int) -> None:
        """Write what no raw character stands for; it belongs before raw offset ``at``."""
        if text:
            ledger.add(at, at, "added", file=self.path, at=self.length, after=text)
            self._put(text)

    def heading(self, passage: Passage, level: int, ledger: Ledger) -> None:
        """Write a heading."""
        self.added(("\n" if self.length else "") + "#" * level + " ", ledger, passage.start)
        self.pending += [number for _, number in passage.breaks]
        passage.breaks = []
        self._pieces(passage, ledger, heading=True)
        self.added("\n", ledger, passage.pieces[-1].end)

    def paragraph(self, passage: Passage, ledger: Ledger, before: str = "\n", prefix: str = "") -> None:
        """Write a paragraph: one line, with the sign of its list or quotation as ``prefix``."""
        begin = (before if self.length else "") + prefix + "".join(pagebreak(n) for n in self.pending)
        self.added(begin, ledger, passage.start)
        self.pending = []
        self._pieces(passage, ledger)
        self.added("\n", ledger, passage.pieces[-1].end)

    def verse(self, passages: Sequence[Passage], ledger: Ledger, goes_on: bool) -> None:
        """Write a stanza as a line block (https://pandoc.org/MANUAL.html#line-blocks).

        A stanza that ``goes_on`` with a poem belongs to the line block above it.
        """
        start = ("|\n" if goes_on else "\n") if self.length else ""
        for n, passage in enumerate(passages):
            pages = "" if n else "".join(pagebreak(number) for number in self.pending)
            self.added(f"{'' if n else start}| {pages}", ledger, passage.start)
            self._pieces(passage, ledger)
            self.added("\n", ledger, passage.pieces[-1].end)
        self.pending = []

    def verbatim(self, lines: list[Passage], ledger: Ledger) -> None:
        """Write lines as they are: code, a formula, or a table of the OCR engine's Markdown."""
        self._begin(lines[0], ledger)
        for passage in lines:
            for piece in passage.pieces:
                text = piece.text if piece.written is None else piece.written
                self._put_piece(piece, text, ledger)
            self.added("\n", ledger, self._last)

    def unruled(self, passage: Passage, ledger: Ledger) -> None:
        """Write a table that was made of HTML."""
        self._begin(passage, ledger)
        self._pieces(passage, ledger, heading=True)
        self.added("\n", ledger, passage.pieces[-1].end)

    def _begin(self, passage: Passage, ledger: Ledger) -> None:
        """Begin a block that has no place for the mark of a page."""
        if self.pending:
            self.added(
                ("\n" if self.length else "") + "".join(pagebreak(n) for n in self.pending) + "\n",
                ledger,
                passage.start,
            )
            self.pending = []
        self.added("\n" if self.length else "", ledger, passage.start)

    def _put_piece(self, piece: Piece, text: str, ledger: Ledger) -> None:
        """Write a piece whole: ``text`` for its raw characters."""
        self._last = piece.end
        kind = "added" if piece.start == piece.end else "replaced" if piece.rule else "kept"
        after = text if kind != "kept" else None
        rule, note = ("", "") if kind == "added" else (piece.rule, piece.note)
        if text or kind == "replaced":
            ledger.add(piece.start, piece.end, kind, file=self.path, at=self.length, after=after, rule=rule, note=note)
            self._put(text)

    def note(self, label: str, passage: Passage, ledger: Ledger) -> None:
        """Write a note's text."""
        self.added(f"\n[^{label}]: ", ledger, passage.start)
        self._pieces(passage, ledger)
        self.added("\n", ledger, passage.pieces[-1].end)

    def fence(self, line: str, ledger: Ledger, at: int) -> None:
        """Write a line of a fenced div."""
        self.added(("\n" if self.length else "") + line + "\n", ledger, at)

    def _pieces(self, passage: Passage, ledger: Ledger, heading: bool = False) -> None:
        marks = escape_positions(passage.text, heading)
        breaks = sorted(passage.breaks)
        at = 0  # in the passage's text
        for piece in passage.pieces:
            while breaks and breaks[0][0] <= piece.start:
                self.added(pagebreak(breaks.pop(0)[1]), ledger, piece.start)
            if piece.text == NOTE:
                label = f"[^{piece.note}]"
                ledger.add(
                    piece.start, piece.end, "replaced", file=self.path, at=self.length, after=label, rule=piece.rule
                )
                self._put(label)
                at += len(piece.text)
                continue
            if piece.written is not None:
                self._put_piece(piece, piece.written, ledger)
                at += len(piece.text)
                continue
            inner = [m - at for m in marks if at <= m < at + len(piece.text)] if marks else []
            if piece.rule:
                text = _with_backslashes(piece.text, inner)
                ledger.add(
                    piece.start,
                    piece.end,
                    "replaced",
                    file=self.path,
                    at=self.length,
                    after=text,
                    rule=piece.rule,
                    note=piece.note,
                )
                self._put(text)
            else:
                last = 0
                for cut in [*inner, len(piece.text)]:
                    if cut > last:
                        ledger.add(piece.start + last, piece.start + cut, "kept", file=self.path, at=self.length)
                        self._put(piece.text[last:cut])
                    if cut < len(piece.text):
                        self.added("\\", ledger, piece.start + cut)
                    last = cut
            at += len(piece.text)
            if marks and marks[0] < at:
                marks = [m for m in marks if m >= at]


SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~^$@&]")
OPENER = re.compile(r"(?:[+\-:=%•]|\((?=@)|(?:\(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}|\#))(?=[.)]))")


def escape_positions(text: str, heading: bool = False) -> list[int]:
    """Return the positions in ``text`` that need a backslash; it begins a line unless it is a heading."""
    places = {match.start() for match in SPECIAL.finditer(text)}
    opener = None if heading else OPENER.match(text)
    if opener and opener[0]:
        lone = text[0] in "+-:=%•"
        place = 0 if lone or text[0] == "(" else opener.end()
        if text[0] != "•":
            places.add(place)
    if not heading and re.match(r"(?i)table:", text):
        places.add(5)
    return sorted(places)


def escape_markdown(text: str) -> str:
    """Return ``text`` with escapes, so that pandoc reads no character as markup."""
    return _with_backslashes(text, escape_positions(text))


def _with_backslashes(text: str, positions: Sequence[int]) -> str:
    out, at = [], 0
    for position in positions:
        out += [text[at:position], "\\"]
        at = position
    return "".join([*out, text[at:]])


def pagebreak(number: str) -> str:
    """Return the Markdown that marks the beginning of a printed page."""
    return f'[]{{.pagebreak #page-{number} title="{number}"}}'


def name_files(chapters: list[Chapter]) -> None:
    """Give the files names that sort in reading order: 00-preface, 01-chapter … 90-bibliography."""
    digits = 3 if len(chapters) > 85 else 2
    fronts = sum(c.matter == "front" for c in chapters)
    number = 0 if fronts else 1
    for chapter in chapters:
        if chapter.matter == "back":
            number = max(number, 90 if digits == 2 else 900)
        chapter.name = f"{number:0{digits}d}-{chapter.role}.md"
        number += 1


def book_toml(metadata: MetadataFields, chapters: Iterable[Chapter], contents_after: int | None, language: str) -> str:
    """Return the text of book.toml; ``contents_after`` is the number of front texts before the contents."""
    values = dict(metadata.values)
    values["book.language"] = language
    title = values.setdefault("book.title", "无题" if language.startswith("zh") else "Untitled")
    values["book.slug"] = slug(title, values.get("book.title_pinyin"))
    out: list[str] = []
    for table, keys in TABLES.items():
        rows = []
        for key in keys:
            if key == "phone_piracy":
                if metadata.piracy:
                    rows.append(f"phone_piracy = [{', '.join(map(_string, metadata.piracy))}]")
            elif key == "page":
                if "format.page" in values:
                    wide, high = values["format.page"].split(",")
                    rows.append(f"page = [{wide}, {high}]  # mm, the trade's size of this sheet when trimmed (±1)")
            elif f"{table}.{key}" in values:
                rows.append(f"{key} = {_string(values[f'{table}.{key}'])}")
        if rows:
            out.append("\n".join([f"[{table}]", *rows]))
        if table == "book":
            for name, role in metadata.contributors:
                out.append(f"[[contributor]]\nname = {_string(name)}\nrole = {_string(role)}")
    out += [
        _division(matter, role)
        for matter, role in (("front", "halftitlepage"), ("front", "titlepage"), ("front", "imprint"))
    ]
    toc = _division("front", "toc")
    for fronts, chapter in enumerate(chapters):
        if toc and (chapter.matter != "front" or fronts == contents_after):
            out.append(toc)
            toc = ""
        out.append(_division(chapter.matter, chapter.role, chapter.path, chapter.given))
    out += [toc] if toc else []
    out.append(_division("back", "colophon"))
    return "\n\n".join(out) + "\n"


def _division(matter: str, role: str, path: str = "", title: str = "") -> str:
    rows = ["[[division]]", f'matter = "{matter}"', f'role = "{role}"']
    rows += [f"title = {_string(title)}"] * bool(title) + [f'file = "{path}"'] * bool(path)
    return "\n".join(rows)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def contents_tsv(entries: Iterable[Entry]) -> str:
    """The printed contents: level TAB text TAB page."""
    return "".join(f"{e.level}\t{e.text}\t{e.page}\n" for e in entries)
