"""Chapters composed: blocks become divisions, each corrected by the rules and written as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dingben import rules
from dingben.book.emendations import Emendation
from dingben.book.ledger import Ledger
from dingben.diagnostics import Diagnostic, Location
from dingben.language import heading_labels
from dingben.language.han import HAN
from dingben.restore import apply_emendations, headings
from dingben.restore.footnotes import Note
from dingben.restore.headings import Heading
from dingben.restore.lines import Line
from dingben.restore.metadata.fields import MetadataFields
from dingben.restore.paragraphs import Block
from dingben.restore.source_writer import NOTE, Chapter
from dingben.rules.passage import Edit, Passage, Piece

FRONT = frozenset({"preface", "foreword", "dedication", "notice", "abstract", "other-credits", "prologue"})
"""Roles of what may stand before the body; elsewhere it belongs to it."""

BACK = frozenset({"bibliography", "appendix", "afterword", "index", "glossary", "endnotes", "acknowledgments"})
"""Roles of what may stand behind the body; with a chapter after it, it belongs to it."""


def divided(blocks: Sequence[Block], heads: dict[int, Heading], border: int) -> list[tuple[Chapter, list[Block]]]:
    """Blocks by division: each heading of the first level opens one. Lines before ``border`` are front."""
    out: list[tuple[Chapter, list[Block]]] = []
    for block in blocks:
        heading = heads.get(block.lines[0])
        if heading is not None and heading.level == 1:
            label = heading_labels.read(heading.text)
            role = heading_labels.role(heading.text) or (
                "part" if label and label.rank <= 2 and not label.style.endswith("卷") else "chapter"
            )
            out.append((Chapter(role, "body", heading.text), []))
        elif not out:
            out.append((Chapter("preamble" if block.lines[0] < border else "chapter", "body", ""), []))
        out[-1][1].append(block)
    is_front = [chapter.role in FRONT or made[0].lines[0] < border for chapter, made in out]
    is_back = [chapter.role in BACK for chapter, _ in out]
    first = next((n for n, front in enumerate(is_front) if not front), len(out))
    last = next((n for n in reversed(range(first, len(out))) if not is_back[n]), first)
    for number, (chapter, _) in enumerate(out):
        chapter.matter = "front" if number < first else "back" if number > last else "body"
    return out


def give_title(chapter: Chapter, leaves: MetadataFields, language: str) -> None:
    """A division that begins before the first heading needs a title all the same: contents and navigation name it."""
    chinese = language.startswith("zh")
    if chapter.matter == "front":
        chapter.given = "卷首" if chinese else "Preliminaries"
    else:
        chapter.given = leaves.values.get("book.title") or ("正文" if chinese else "Text")


class Joiner:
    """Makes a passage of the lines of a block: what stood at the line ends goes, or is a blank."""

    def __init__(self, raw: str, english: bool) -> None:
        self.raw = raw
        self.english = english
        self._words: set[str] | None = None

    def passage(self, block: Block, flow: Sequence[Line]) -> Passage:
        """The block as one run of text."""
        raw = self.raw
        pieces: list[Piece] = []
        for n, i in enumerate(block.lines):
            line = flow[i]
            if n:
                pieces += self._between(flow[block.lines[n - 1]], line, pieces)
            pieces.append(Piece(raw[line.start : line.end], line.start, line.end))
        return Passage(pieces, [(flow[i].start, number) for i, number in block.breaks])

    def _between(self, a: Line, b: Line, pieces: list[Piece]) -> Iterator[Piece]:
        raw = self.raw
        left, right = raw[a.end - 1], raw[b.start]
        gap = raw[a.end : b.start]
        near = not gap.strip()  # else a page's furniture lies between, with records of its own
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
            self._words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", raw.lower()))
        first = re.search(r"[A-Za-z-]+$", raw[a.start : a.end])
        second = re.match(r"[A-Za-z-]+", raw[b.start : b.end])
        if not first or not second:
            return False
        whole = (first[0][:-1] + second[0]).lower()
        return whole in self._words or (first[0] + second[0]).lower() not in self._words


@dataclass(slots=True)
class ChapterWriter:
    """Corrects blocks by the rules and by a person's readings, and writes them into chapters."""

    flow: Sequence[Line]
    heads: dict[int, Heading]
    notes: dict[int, list[Note]]
    """Line of a call -> its notes."""
    joiner: Joiner
    ledger: Ledger
    emendations: list[Emendation]
    doubts: list[Diagnostic]
    locate: Callable[[int], Location]
    """Location of an offset of the raw text."""
    script: rules.Script
    able: tuple[rules.Rule, ...]
    """The rules that hold for this book."""

    def write(self, chapter: Chapter, blocks: Sequence[Block]) -> None:
        """Write the file of a division."""
        signed = _signature(chapter, blocks, self.flow, self.joiner.raw)
        level = 1 if chapter.given else 0
        for n, block in enumerate(blocks):
            heading = self.heads.get(block.lines[0])
            if heading is not None:
                passage = self.joiner.passage(block, self.flow)
                _correct_heading(passage, heading, self.script, self.doubts, self.locate)
                apply_emendations.apply(self.emendations, passage, chapter.path)
                level = min(heading.level, level + 1)  # none is skipped, though one may be lost
                chapter.heading(passage, level, self.ledger)
            elif block.kind == "verbatim":
                chapter.verbatim([self._line(i) for i in block.lines], self.ledger)
            else:
                if n == signed:
                    chapter.fence("::: {.signature}", self.ledger, self.flow[block.lines[0]].start)
                self._paragraph(chapter, block)
        if signed is not None:
            chapter.fence(":::", self.ledger, self.flow[blocks[-1].lines[-1]].end)

    def _line(self, i: int) -> Passage:
        return Passage.kept(self.joiner.raw, self.flow[i].start, self.flow[i].end)

    def _paragraph(self, chapter: Chapter, block: Block) -> None:
        passage = self.joiner.passage(block, self.flow)
        rules.apply(self.able, passage, self.script)
        apply_emendations.apply(self.emendations, passage, chapter.path)
        called = [note for i in block.lines for note in self.notes.get(i, ())]
        calls: list[tuple[int, int, Note]] = []
        for note in called:
            span = passage.span_of(note.call.start, note.call.end)
            calls.append((*(span or (len(passage.text), len(passage.text))), note))
        edits = []
        for start, end, _ in calls:
            chapter.notes += 1
            edits.append(Edit(start, end, NOTE, str(chapter.notes)))
        first = chapter.notes - len(calls)
        passage.apply(edits, "N601")
        chapter.paragraph(passage, self.ledger)
        for n, (_, _, note) in enumerate(calls, first + 1):
            chapter.note(str(n), self._note(note, chapter), self.ledger)

    def _note(self, note: Note, chapter: Chapter) -> Passage:
        passage = self.joiner.passage(Block("note", note.lines), self.flow)
        sign = passage.span_of(self.flow[note.lines[0]].start, note.text)
        if sign:
            passage.apply([Edit(*sign, "")], "N601")
        rules.apply(self.able, passage, self.script)
        apply_emendations.apply(self.emendations, passage, chapter.path)
        return passage


SIGNED = re.compile(
    rf"^(?:[{HAN}·\s]{{2,12}}|.{{0,12}}[{HAN}\d○]{{2,4}}\s*年.{{0,16}}|[A-Z][\w. ]{{2,30}}|.{{0,24}}\b1[5-9]\d\d)$"
)


def _signature(chapter: Chapter, blocks: Sequence[Block], flow: Sequence[Line], raw: str) -> int | None:
    """Where name, place and date at the end of a preface or an afterword begin."""
    if (
        chapter.role not in {"preface", "foreword", "afterword", "acknowledgments", "notice", "introduction"}
        and chapter.matter != "front"
    ):
        return None
    n = len(blocks)
    while n > 1 and len(blocks) - n < 4:
        block = blocks[n - 1]
        text = raw[flow[block.lines[0]].start : flow[block.lines[-1]].end]
        if block.kind != "text" or len(text) > 30 or re.search("[。！？，；：,;:]", text) or not SIGNED.match(text):
            break
        n -= 1
    return n if n < len(blocks) else None


def _correct_heading(
    passage: Passage,
    heading: Heading,
    script: rules.Script,
    doubts: list[Diagnostic],
    locate: Callable[[int], Location],
) -> None:
    """Bring a heading into its right form; what the contents prove is told as evidence."""
    if passage.text == heading.text:
        return
    rules.apply(rules.PLAIN, passage, script)
    source = passage.text
    if _letters(source) == _letters(heading.text):
        passage.apply(_between_letters(source, heading.text), "H501")
    else:
        evidence = heading.evidence or "the printed contents"
        codes = SequenceMatcher(None, source, heading.text, autojunk=False).get_opcodes()
        edits = [Edit(i1, i2, heading.text[j1:j2], evidence) for tag, i1, i2, j1, j2 in codes if tag != "equal"]
        passage.apply(edits, "H502")
    if heading.evidence and heading.evidence != headings.GLUED:
        message = f"heading “{heading.text}”: {heading.evidence}"
        doubts.append(Diagnostic(message, "compare it with the scan", locate(passage.start), "H503", "note"))


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
