"""Divide the text into chapters, correct each by the rules and the emendations, and write it as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from dingben import rules
from dingben.language import heading_labels
from dingben.language.han import HAN
from dingben.restore import apply_emendations, block_writer, headings
from dingben.restore.draft import Draft
from dingben.restore.footnotes import Note
from dingben.restore.headings import Heading
from dingben.restore.inline_marks import InlineMarks
from dingben.restore.lines import Line
from dingben.restore.metadata.fields import MetadataFields
from dingben.restore.paragraphs import ALONE, Block
from dingben.restore.source_writer import NOTE, Chapter
from dingben.restore.text import compounds
from dingben.rules.passage import Edit, Passage, Piece

FRONT = frozenset({"preface", "foreword", "dedication", "notice", "abstract", "other-credits", "prologue"})
"""Roles of what may stand before the body; elsewhere it belongs to it."""

BACK = frozenset({"bibliography", "appendix", "afterword", "index", "glossary", "endnotes", "acknowledgments"})
"""Roles of what may stand behind the body; with a chapter after it, it belongs to it."""


def divide(blocks: Sequence[Block]) -> list[Chapter]:
    """Divide blocks into chapters: each heading of the first level opens one. Lines before the contents are front."""
    out: list[Chapter] = []
    has_chapters = any(
        (heading := block.lines[0].heading) and (label := heading_labels.read(heading.text)) and 3 <= label.rank <= 5
        for block in blocks
    )
    for block in blocks:
        heading = block.lines[0].heading
        if heading is not None and heading.level == 1:
            label = heading_labels.read(heading.text)
            role = heading_labels.role(heading.text) or (
                "part" if label and label.rank <= 2 and (has_chapters or label.style[-1] not in "卷集季") else "chapter"
            )
            out.append(Chapter(role, "body", heading.text))
        elif not out:
            out.append(Chapter("preamble" if block.lines[0].front else "chapter", "body", ""))
        out[-1].blocks.append(block)
    is_front = [chapter.role in FRONT or chapter.blocks[0].lines[0].front for chapter in out]
    is_back = [chapter.role in BACK for chapter in out]
    first = next((n for n, front in enumerate(is_front) if not front), len(out))
    last = next((n for n in reversed(range(first, len(out))) if not is_back[n]), first)
    for number, chapter in enumerate(out):
        chapter.matter = "front" if number < first else "back" if number > last else "body"
    return out


def give_title(chapter: Chapter, metadata: MetadataFields, language: str) -> None:
    """Give a title to a division that begins before the first heading: contents and navigation need one."""
    chinese = language.startswith("zh")
    if chapter.matter == "front":
        chapter.given = "卷首" if chinese else "Preliminaries"
    else:
        chapter.given = metadata.values.get("book.title") or ("正文" if chinese else "Text")


class Joiner:
    """Joins the lines of a block into a passage: line ends are removed, or become a space."""

    def __init__(self, raw: str, english: bool, marks: InlineMarks | None = None) -> None:
        self.raw = raw
        self.marks = marks or InlineMarks()
        self.english = english
        self._words: dict[str, int] | None = None

    def join(
        self, lines: Sequence[Line], breaks: Iterable[tuple[Line, str]] = (), sign: tuple[int, int] | None = None
    ) -> Passage:
        """Return the lines as one run of text; ``breaks`` are the lines that begin a printed page, with its number.

        ``sign`` is the sign with which a note begins.
        """
        raw = self.raw
        pieces: list[Piece] = []
        for n, line in enumerate(lines):
            if n:
                pieces += self._between(lines[n - 1], line, pieces)
            calls = [(note.call.start, note.call.end) for note in line.notes] + ([sign] if sign else [])
            pieces += self.marks.pieces(raw, line.start, line.end, calls)
        return Passage(pieces, [(line.start, number) for line, number in breaks])

    def _between(self, a: Line, b: Line, pieces: list[Piece]) -> Iterator[Piece]:
        raw = self.raw
        left, right = raw[a.end - 1], raw[b.start]
        gap = raw[a.end : b.start]
        near = not gap.strip()  # otherwise a running head lies between, which the ledger records by itself
        end = b.start if near else a.end
        if (
            left in "-\u00ad"
            and re.match(r"[a-z]", right)
            and re.search(r"[A-Za-z][-\u00ad]$", raw[max(0, a.end - 2) : a.end])
        ):
            if self._is_one_word(raw, a, b):
                last = pieces.pop()
                pieces.append(Piece(last.text[:-1], last.start, last.end - 1))
                yield Piece("", a.end - 1, end, "L403")
                return
            yield Piece("", a.end, end, "line-end")
            return
        latin = r"[A-Za-z0-9À-ɏ,.;:!?)\]’”%&—-]"
        blank = self.english or (
            re.match(latin, left)
            and re.match(r"[A-Za-z0-9À-ɏ(\[“‘&]", right)
            and (gap[:1] in (" ", "\t") or left.isalpha() or left in ",.;:")
        )
        if blank and self.english and left == "—":
            blank = False
        yield Piece(" " if blank else "", a.end, end, "line-end")

    def _is_one_word(self, raw: str, a: Line, b: Line) -> bool:
        """Whether a hyphen at a line's end only divides a word: the book's own words decide."""
        if self._words is None:
            self._words = compounds.words_of(raw)
        first = re.search(r"[A-Za-z-]+$", raw[a.start : a.end])
        second = re.match(r"[A-Za-z-]+", raw[b.start : b.end])
        if not first or not second:
            return False
        return compounds.is_one_word(first[0], second[0], self._words)


class ChapterWriter:
    """Corrects the blocks of chapters by the rules and the emendations, and writes them as Markdown."""

    def __init__(self, draft: Draft, able: Sequence[rules.Rule]) -> None:
        """``able`` are the rules that hold for this book."""
        self.draft = draft
        self.script = draft.script
        self.rules = rules.correcting(able, self.script)
        self.joiner = Joiner(draft.raw.text, draft.english, draft.marks)
        self.ledger = draft.ledger

    def write(self, chapter: Chapter) -> None:
        """Write the file of a chapter."""
        raw, blocks = self.draft.raw.text, chapter.blocks
        signature = _find_signature(chapter, raw)
        level = 1 if chapter.given else 0
        for n, block in enumerate(blocks):
            heading = block.lines[0].heading
            if heading is not None:
                level = min(heading.level, level + 1)  # no level is skipped, though a heading may be lost
                self._heading(chapter, block, heading, level)
            elif block.kind in ALONE:
                block_writer.write_alone(self.draft, chapter, block, self._correct)
            elif block.kind == "verse":
                above = blocks[n - 1] if n else block
                self._verse(chapter, block, n > 0 and above.kind == "verse" and not above.has_notes)
            else:
                if n == signature:
                    chapter.fence("::: {.signature}", self.ledger, block.lines[0].start)
                self._paragraph(chapter, block, blocks[n - 1] if n else None)
        if signature is not None:
            chapter.fence(":::", self.ledger, blocks[-1].lines[-1].end)

    def _heading(self, chapter: Chapter, block: Block, heading: Heading, level: int) -> None:
        passage = self.joiner.join(block.lines, block.breaks)
        if passage.text != heading.text:
            _correct_heading(passage, heading, self.script)
            if heading.evidence and heading.evidence != headings.GLUED:
                message = f"heading “{heading.text}”: {heading.evidence}"
                self.draft.report(passage.start, "H503", message, "compare it with the scan", "note")
        apply_emendations.apply(self.draft.emendations, passage, chapter.path)
        chapter.heading(passage, level, self.ledger)

    def _paragraph(self, chapter: Chapter, block: Block, previous: Block | None) -> None:
        passage = self.joiner.join(block.lines, block.breaks)
        if block.lines[0].has_gap:
            _widen_gap(passage)
        container = block.lines[0].container if block.kind in ("list-item", "quote") else None
        if container:
            block_writer.hide_number(self.draft.raw.text, block.lines[0], container, passage)
        self._correct(passage, chapter)
        first = chapter.notes + 1
        notes = self._hang_notes(chapter, passage, block.lines)
        if container:
            block_writer.write_contained(self.draft, chapter, block, passage, previous)
        else:
            chapter.paragraph(passage, self.ledger)
        self._write_notes(chapter, notes, first)

    def _verse(self, chapter: Chapter, block: Block, goes_on: bool) -> None:
        """Write a stanza; the blanks between the halves of a verse are kept."""
        first = chapter.notes + 1
        passages, notes = [], []
        for line in block.lines:
            passage = self.joiner.join([line], [each for each in block.breaks if each[0] is line])
            if line.has_gap:
                _widen_gap(passage)
            self._correct(passage, chapter)
            notes += self._hang_notes(chapter, passage, [line])
            passages.append(passage)
        chapter.verse(passages, self.ledger, goes_on)
        self._write_notes(chapter, notes, first)

    def _hang_notes(self, chapter: Chapter, passage: Passage, lines: Sequence[Line]) -> list[Note]:
        """Write the calls of the notes in ``lines`` into the passage; return the notes in order."""
        notes = [note for line in lines for note in line.notes]
        edits = []
        for note in notes:
            span = passage.span_of(note.call.start, note.call.end)
            chapter.notes += 1
            edits.append(Edit(*(span or (len(passage.text), len(passage.text))), NOTE, str(chapter.notes)))
        passage.apply(edits, "N601")
        return notes

    def _write_notes(self, chapter: Chapter, notes: Sequence[Note], first: int) -> None:
        for n, note in enumerate(notes, first):
            chapter.note(str(n), self._note(note, chapter), self.ledger)

    def _note(self, note: Note, chapter: Chapter) -> Passage:
        passage = self.joiner.join(note.lines, sign=(note.lines[0].start, note.text))
        sign = passage.span_of(note.lines[0].start, note.text)
        if sign:
            passage.apply([Edit(*sign, "")], "N601")
        self._correct(passage, chapter)
        return passage

    def _correct(self, passage: Passage, chapter: Chapter) -> None:
        rules.apply_all(self.rules, passage)
        apply_emendations.apply(self.draft.emendations, passage, chapter.path)


SIGNED = re.compile(
    rf"^(?:[{HAN}·\s]{{2,12}}|.{{0,12}}[{HAN}\d○]{{2,4}}\s*年.{{0,16}}|[A-Z][\w. ]{{2,30}}|.{{0,24}}\b1[5-9]\d\d)$"
)


SIGNED_ROLES = frozenset({"preface", "foreword", "afterword", "acknowledgments", "notice", "introduction"})
"""Roles of texts that may end with name, place and date."""


def _find_signature(chapter: Chapter, raw: str) -> int | None:
    """Return the index of the block where name, place and date at the end of a preface or an afterword begin."""
    if chapter.role not in SIGNED_ROLES and chapter.matter != "front":
        return None
    blocks = chapter.blocks
    n = len(blocks)
    while n > 1 and len(blocks) - n < 4:
        block = blocks[n - 1]
        text = raw[block.lines[0].start : block.lines[-1].end]
        if block.kind != "text" or len(text) > 30 or re.search("[。！？，；：,;:]", text) or not SIGNED.match(text):
            break
        n -= 1
    return n if n < len(blocks) else None


GAP = re.compile(rf"(?<=[{HAN}，、。])[ \u00a0]{{1,8}}(?=[{HAN}])")


def _widen_gap(passage: Passage) -> None:
    """Make the blank between the halves of a line an ideographic space, which no rule closes."""
    passage.apply([Edit(match.start(), match.end(), "\u3000") for match in GAP.finditer(passage.text)], "caesura")


def _correct_heading(passage: Passage, heading: Heading, script: rules.Script) -> None:
    """Correct a heading: its form, and its letters on the evidence of the printed contents."""
    rules.apply(rules.PLAIN, passage, script)
    source = passage.text
    if _letters(source) == _letters(heading.text):
        passage.apply(_between_letters(source, heading.text), "H501")
    else:
        evidence = heading.evidence or "the printed contents"
        codes = SequenceMatcher(None, source, heading.text, autojunk=False).get_opcodes()
        edits = [Edit(i1, i2, heading.text[j1:j2], evidence) for tag, i1, i2, j1, j2 in codes if tag != "equal"]
        passage.apply(edits, "H502")


def _between_letters(source: str, target: str) -> list[Edit]:
    """Edits from ``source`` to ``target``, which have the same letters: only what stands between."""
    edits: list[Edit] = []
    at, to = 0, 0
    for letter in [*_letters(source), ""]:
        end = source.index(letter, at) if letter else len(source)
        stop = target.index(letter, to) if letter else len(target)
        if source[at:end] != target[to:stop]:
            edits.append(Edit(at, end, target[to:stop]))
        at, to = end + len(letter), stop + len(letter)
    return edits


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
