"""Notes at the foot of a page or the end of a chapter, and the calls that they hang on.

A line that begins with a sign is a note only if the same sign stands as a call in the text
before it, on the page or, under a heading 注释, in the chapter. So the ① of a list or of a CIP
block stays what it is; a call or a note that finds no partner is left where it stood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .headings import Heading
from .ocr import Line, skeleton
from .rules.context import HAN

_CIRCLED = "①-⑳㉑-㉟㊱-㊿"
OPENING = re.compile(
    rf"(?:[注註]\s*)?(?P<sign>[{_CIRCLED}]|[\[［〔]\s*\d{{1,3}}\s*[\]］〕]|[*＊※†‡]{{1,3}})[\s\u3000]*[:：.、]?[\s\u3000]*(?=\S)"
)
CALL = re.compile(
    rf"[{_CIRCLED}]|[\[［〔]\s*\d{{1,3}}\s*[\]］〕]|(?<=[{HAN}A-Za-z”’》」』）)，。；：！？.,])[*＊※†‡]{{1,3}}(?![*＊])"
)
HEADING = frozenset({"注释", "注釋", "註釋", "注", "註", "附注", "本章注释", "notes", "footnotes", "endnotes"})


@dataclass(frozen=True, slots=True)
class Call:
    """A sign in the text: raw offset, and the sign in its right form."""

    start: int
    end: int
    sign: str
    line: int


@dataclass(slots=True)
class Note:
    """A note: its call, the raw end of its own sign, and its lines."""

    call: Call
    text: int
    lines: list[int]


@dataclass(slots=True)
class Notes:
    """The notes of the book."""

    notes: list[Note] = field(default_factory=list)
    headings: set[int] = field(default_factory=set)
    """Lines that only say that notes follow."""
    orphans: list[Call] = field(default_factory=list)
    uncalled: list[int] = field(default_factory=list)
    """Lines at the foot of a page that begin like a note, without a call."""


def sign_of(text: str) -> str:
    """The sign in its right form: circled, ``[1]``, or stars."""
    digits = re.sub(r"\D", "", text) if text[0] in "[［〔" else ""
    return f"[{digits}]" if digits else text.replace("＊", "*")


def find(raw: str, lines: Sequence[Line], heads: Sequence[Heading], kinds: Sequence[str], furniture: set[int]) -> Notes:
    """The notes among the lines of the flow."""
    found = Notes()
    chapters = {h.first for h in heads if h.level == 1}
    opened: list[Call] = []  # calls of the chapter that have no note yet
    page_from = 0  # calls from here on are on the page
    in_notes = False  # under a heading that announces notes
    current: Note | None = None
    for i, line in enumerate(lines):
        if i in furniture:
            current, page_from = None, len(opened)
            continue
        if i and line.sheet != lines[i - 1].sheet:
            current, page_from = None, len(opened)
        text = raw[line.start : line.end]
        if len(text) < 12 and skeleton(text) in HEADING and (opened or found.orphans) and _notes_follow(raw, lines, i):
            in_notes, current = True, None
            found.headings.add(i)
            continue
        if i in chapters:
            found.orphans += opened
            opened, page_from, in_notes, current = [], 0, False, None
        if kinds[i] != "text":
            current = None
            in_notes = in_notes and kinds[i] != "heading"
            continue
        match = OPENING.match(text)
        if match:
            sign = sign_of(match["sign"])
            candidates = (opened or found.orphans) if in_notes else opened[page_from:] or opened
            call = next((c for c in candidates if c.sign == sign and c.line < i), None)
            if call is not None and (in_notes or _is_at_foot(raw, lines, kinds, furniture, i)):
                (opened if call in opened else found.orphans).remove(call)
                page_from = min(page_from, len(opened))
                current = Note(call, line.start + match.end(), [i])
                found.notes.append(current)
                continue
            if call is None and _is_at_foot(raw, lines, kinds, furniture, i) and _ends_page(lines, furniture, i):
                found.uncalled.append(i)
        if current is not None and _goes_on_to_foot(lines, furniture, i, bool(in_notes)):
            current.lines.append(i)
            continue
        current = None
        at_start = match.end() if match else 0
        opened += [
            Call(line.start + m.start(), line.start + m.end(), sign_of(m[0]), i)
            for m in CALL.finditer(text)
            if m.start() >= max(1, at_start)
        ]
    found.orphans += opened
    if not found.notes:
        found.orphans, found.uncalled = [], []
    used = {sign[0] for note in found.notes for sign in [note.call.sign]}
    kinds_used = {"①" if s not in "[*※†‡" else s for s in used}
    found.orphans = [c for c in found.orphans if ("①" if c.sign[0] not in "[*※†‡" else c.sign[0]) in kinds_used]
    return found


def _notes_follow(raw: str, lines: Sequence[Line], i: int) -> bool:
    return i + 1 < len(lines) and OPENING.match(raw[lines[i + 1].start : lines[i + 1].end]) is not None


def _ends_page(lines: Sequence[Line], furniture: set[int], i: int) -> bool:
    """Whether the page ends right after line ``i``."""
    return i + 1 >= len(lines) or i + 1 in furniture or lines[i + 1].sheet != lines[i].sheet


def _is_at_foot(raw: str, lines: Sequence[Line], kinds: Sequence[str], furniture: set[int], i: int) -> bool:
    """Whether only notes, or lines of them, stand between line ``i`` and the end of the page."""
    for n in range(i + 1, min(len(lines), i + 12)):
        if _ends_page(lines, furniture, n - 1) or kinds[n] != "text":
            return True
        if lines[n].gap and not OPENING.match(raw[lines[n].start : lines[n].end]):
            return True  # another paragraph: the notes end here, and the next page begins
    return True


def _goes_on_to_foot(lines: Sequence[Line], furniture: set[int], i: int, in_notes: bool) -> bool:
    """Whether a line without a sign still belongs to the note above it."""
    if not lines[i].gap:
        return True
    if in_notes:
        return False
    return any(n in furniture or lines[n].sheet != lines[i].sheet for n in range(i + 1, min(i + 3, len(lines))))
