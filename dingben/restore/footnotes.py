"""Footnotes and endnotes, and the calls that refer to them.

A line that begins with a sign is a note only if the same sign stands as a call in the text
before it, on the page or, under a heading 注释, in the chapter. So the ① of a list or of a CIP
block stays what it is; a call or a note that finds no partner is left in place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from dingben.language.han import HAN, skeleton
from dingben.restore.inline_marks import InlineMarks
from dingben.restore.lines import Line

_CIRCLED = "①-⑳㉑-㉟㊱-㊿"
_RAISED = (
    rf"<sup>\s?[\[(（]?(?:\d{{1,3}}|[{_CIRCLED}]|[*†‡]{{1,3}})[\])）]?\s?</sup>"
    rf"|\$\s?(?:\{{\s?\}}\s?)?\^\s?\{{?\s?(?:\\textcircled\s?)?[\[({{]*\s?(?:\d{{1,3}}|[{_CIRCLED}]|\*{{1,3}}|\\dagger)\s?[\])}}]*\s?\$"
)
"""Signs that an engine raised: ``<sup>1</sup>``, ``$^{1}$``, ``${ } ^ { 1 }$``."""
OPENING = re.compile(
    rf"(?:[注註]\s*)?(?P<sign>[{_CIRCLED}]|[\[［〔]\s*\d{{1,3}}\s*[\]］〕]|{_RAISED}|\[\^[^\]\s]{{1,40}}\](?=:)|[*＊※†‡]{{1,3}})"
    r"[\s\u3000]*[:：.、]?[\s\u3000]*(?=\S)"
)
CALL = re.compile(
    rf"[{_CIRCLED}]|{_RAISED}|\[\^[^\]\s]{{1,40}}\](?!:)|[\[［〔]\s*\d{{1,3}}\s*[\]］〕]|(?<=[{HAN}A-Za-z”’》」』）)，。；：！？.,])[*＊※†‡]{{1,3}}(?![*＊])"
)
FIGURE_OPENING = re.compile(r"(?P<sign>[1-9]\d?)[ \u00a0]+(?=[\"“'‘(]?[A-Z])")
"""A plain figure at the beginning of a note, in a Latin text."""
FIGURE_CALL = re.compile(r"(?<=[a-z.,;:!?\"”’)])[1-9]\d?(?=\s|$)")
"""A plain figure behind a word or a mark: a call only where a note at the foot of the page has the same figure."""
BOLD = re.compile(r"(?<!\*)\*\*(?=[^\s*])[^*\n]{1,80}(?<=\S)\*\*(?!\*)")
HEADING = frozenset({"注释", "注釋", "註釋", "注", "註", "附注", "本章注释", "notes", "footnotes", "endnotes"})


@dataclass(frozen=True, slots=True)
class Call:
    """A sign in the text: raw offset, and the sign in its right form."""

    start: int
    end: int
    sign: str
    line: Line


@dataclass(slots=True)
class Note:
    """A note: its call, the raw offset where its text begins (behind its own sign), and its lines."""

    call: Call
    text: int
    lines: list[Line]


@dataclass(slots=True)
class Notes:
    """The notes of the book."""

    notes: list[Note] = field(default_factory=list)
    headings: list[Line] = field(default_factory=list)
    """Lines that only announce notes."""
    orphans: list[Call] = field(default_factory=list)
    """Calls without a note."""
    guessed: list[Call] = field(default_factory=list)
    """Calls that the OCR turned into bare figures."""
    uncalled: list[list[Line]] = field(default_factory=list)
    """Lines that begin like a note, in a book that has notes, but have no call."""


def sign_of(text: str) -> str:
    """What a sign counts as: its number, however it is written, or stars."""
    if text.isascii() and text.isdigit():
        return text
    if text[0] in "<$":
        text = re.sub(r"</?sup>|\\textcircled|[\s${}^()\[\]（）]", "", text).replace("\\dagger", "†")
        if text.isascii() and text.isdigit():
            return text
    digits = re.sub(r"\D", "", text) if text[0] in "[［〔" else ""
    if digits or text[0] == "[":
        return digits or text
    if text[0] in "*＊※†‡":
        return text.replace("＊", "*")
    return str(int(unicodedata.numeric(text[0])))


def find(raw: str, lines: Sequence[Line], english: bool = False, marks: InlineMarks | None = None) -> Notes:
    """Find the notes among the lines of the text; in an English one their signs may be plain figures.

    A sign that is markup (``marks``) is no sign of a note.
    """
    finder = _NoteFinder(raw, lines, english, marks or InlineMarks())
    for i, line in enumerate(lines):
        finder.read(i, line)
    return finder.result()


class _NoteFinder:
    """Reads the text line by line, with the calls that still wait for a note."""

    def __init__(self, raw: str, lines: Sequence[Line], english: bool, marks: InlineMarks) -> None:
        self.raw = raw
        self.marks = marks
        self.lines = lines
        self.english = english
        self.found = Notes()
        self.uncalled: list[list[Line]] = []
        self.opened: list[Call] = []
        """Calls of the chapter that have no note yet."""
        self.page_from = 0
        """Index in ``opened`` of the first call on the page."""
        self.page_lines: list[Line] = []
        """Lines of text on the page."""
        self.in_notes = False
        """Whether a heading announced notes."""
        self.current: Note | None = None
        """The note that the line before belongs to."""

    def read(self, i: int, line: Line) -> None:
        """Read the next line."""
        if line.running_head or (i and line.sheet != self.lines[i - 1].sheet):
            self.current, self.page_from, self.page_lines = None, len(self.opened), []
        if line.running_head:
            return
        text = self._text(i)
        if self._announces_notes(i, text):
            self.in_notes, self.current = True, None
            self.found.headings.append(line)
            return
        if line.heading and line.heading.level == 1:
            self.found.orphans += self.opened
            self.opened, self.page_from, self.in_notes, self.current = [], 0, False, None
        if line.kind != "text":
            self.current = None
            self.in_notes = self.in_notes and line.kind != "heading"
            return
        match = self._opening(i, text)
        if match and self._open_note(line, match):
            return
        if self.current is not None and self._goes_on_to_foot(i):
            self.current.lines.append(line)
            return
        if self.current is not None:
            self.current, self.page_lines = None, []  # text again: the notes have ended a page
        self.page_lines.append(line)
        at_start = max(1, match.end()) if match else 0 if line.gap or line.indent else -1
        self.opened += [
            Call(line.start + m.start(), line.start + m.end(), sign_of(m[0]), line)
            for m in CALL.finditer(text)
            if m.start() >= at_start and (at_start < 0 or m.start() > 0) and not self._is_markup(line, text, m)
        ]
        if self.english:
            self.opened += [
                Call(line.start + m.start(), line.start + m.end(), m[0], line) for m in FIGURE_CALL.finditer(text)
            ]

    def result(self) -> Notes:
        """Return the notes; in a text without notes nothing is a call."""
        found = self.found
        found.orphans += self.opened
        if len(found.notes) > 2:
            found.uncalled = self.uncalled
        elif found.notes:
            found.uncalled = self._below_notes()
        if not found.notes:
            found.orphans = []
        found.orphans = [c for c in found.orphans if not FIGURE_CALL.fullmatch(self.raw, c.start, c.end)]
        circled = any(note.call.sign.isdigit() for note in found.notes)
        found.orphans = [c for c in found.orphans if circled or not c.sign.isdigit()]
        return found

    def _below_notes(self) -> list[list[Line]]:
        """Return the uncalled notes that stand right below another note: no list of the text."""
        below = {id(note.lines[-1]) for note in self.found.notes}
        before = {id(line): id(self.lines[i - 1]) for i, line in enumerate(self.lines) if i}
        out = []
        for lines in self.uncalled:
            if before.get(id(lines[0])) in below:
                out.append(lines)
                below.add(id(lines[-1]))
        return out

    def _is_markup(self, line: Line, text: str, match: re.Match[str]) -> bool:
        """Whether stars are emphasis, as ``**`` around a word is in plain text, too."""
        sign = match["sign"] if "sign" in match.re.groupindex else match[0]
        if sign[0] != "*":
            return False
        at = match.start("sign") if "sign" in match.re.groupindex else match.start()
        if any(mark.written for mark in self.marks.within(line.start + at, line.start + at + len(sign))):
            return True
        return any(bold.start() <= at < bold.end() for bold in BOLD.finditer(text))

    def _text(self, i: int) -> str:
        return self.raw[self.lines[i].start : self.lines[i].end]

    def _announces_notes(self, i: int, text: str) -> bool:
        """Whether a line is a heading such as 注释, with calls before it and notes below."""
        if len(text) >= 12 or skeleton(text) not in HEADING or not (self.opened or self.found.orphans):
            return False
        return i + 1 < len(self.lines) and OPENING.match(self._text(i + 1)) is not None

    def _opening(self, i: int, text: str) -> re.Match[str] | None:
        """The sign that opens a note, if the line begins with one and is no text that begins with a call."""
        match = OPENING.match(text)
        if match and self._is_markup(self.lines[i], text, match):
            return None
        if match is None and self.english and (plain := FIGURE_OPENING.match(text)) and self._is_called(plain["sign"]):
            match = plain
        if match and self.current is None and not self.in_notes and self.lines[i].region != "footnote":
            called = any(c.sign == sign_of(match["sign"]) for c in self.opened[self.page_from :])
            if self._is_wrapped_text(i, called):
                return None
        return match

    def _is_called(self, sign: str) -> bool:
        """Whether a plain figure is called on the page."""
        return any(call.sign == sign for call in self.opened[self.page_from :])

    def _open_note(self, line: Line, match: re.Match[str]) -> bool:
        """Open the note that begins with this sign, if its call is known or can be guessed, or if it is uncalled."""
        sign = sign_of(match["sign"])
        orphans = self.found.orphans
        defined = match["sign"].startswith("[^")  # a label counts in the whole book
        candidates = (self.opened or orphans) if self.in_notes else self.opened[self.page_from :] or self.opened
        if defined:
            candidates = [*orphans, *self.opened]
        call = next((c for c in candidates if c.sign == sign and c.start < line.start), None)
        if call is not None:
            (self.opened if call in self.opened else orphans).remove(call)
            self.page_from = min(self.page_from, len(self.opened))
        elif match["sign"][0] in "[［〔" or self.in_notes or match["sign"][0] in "<$":
            return False
        else:
            call = self._bare_figure(sign, line)
            if call is None:
                self.uncalled.append([line])
                self.current = Note(Call(0, 0, "", line), 0, self.uncalled[-1])
                return True
            self.found.guessed.append(call)
        self.current = Note(call, line.start + match.end(), [line])
        self.found.notes.append(self.current)
        return True

    def _bare_figure(self, sign: str, note: Line) -> Call | None:
        """A call whose circle the OCR lost: the note's figure, alone between Han characters or marks."""
        pattern = re.compile(
            rf"(?<=[{HAN}”’」』》）)，。；：？！]){re.escape(sign)}(?=[{HAN}“‘「『《（，。；：？！]|$)(?![年月日世个章节页卷])"
        )
        hits = [(line, m) for line in self.page_lines for m in pattern.finditer(self.raw, line.start, line.end)]
        if not sign.isdigit() or len(hits) != 1 or hits[0][1].end() > note.start:
            return None
        return Call(hits[0][1].start(), hits[0][1].end(), sign, hits[0][0])

    def _is_wrapped_text(self, i: int, called: bool) -> bool:
        """Whether a line only goes on with the printed line above it.

        A note stands near the foot of its page, and its sign was ``called`` before.
        """
        lines = self.lines
        if lines[i].gap or i == 0 or lines[i - 1].kind != "text":
            return False
        near = any(self._ends_page(n) for n in range(i, min(i + 8, len(lines))))
        if called and near:
            return False
        ended = re.search(r"[。！？…”’」』）.!?]$", self._text(i - 1))
        return not (ended and near)

    def _ends_page(self, i: int) -> bool:
        """Whether the page ends right after line ``i``."""
        lines = self.lines
        return i + 1 >= len(lines) or bool(lines[i + 1].running_head) or lines[i + 1].sheet != lines[i].sheet

    def _goes_on_to_foot(self, i: int) -> bool:
        """Whether a line without a sign still belongs to the note above it."""
        lines = self.lines
        if not lines[i].gap:
            return True
        if self.in_notes:
            return False
        following = lines[i + 1 : i + 3]
        return any(line.running_head or line.sheet != lines[i].sheet for line in following)
