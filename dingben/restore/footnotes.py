"""Notes at the foot of a page or the end of a chapter, and the calls that they hang on.

A line that begins with a sign is a note only if the same sign stands as a call in the text
before it, on the page or, under a heading 注释, in the chapter. So the ① of a list or of a CIP
block stays what it is; a call or a note that finds no partner is left where it stood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from dingben.language.han import HAN, skeleton
from dingben.restore.headings import Heading
from dingben.restore.lines import Line

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
    guessed: list[Call] = field(default_factory=list)
    """Calls that the OCR made bare figures."""
    loose: list[list[int]] = field(default_factory=list)
    """Lines that begin like a note, in a book that has notes, but have no call."""


def sign_of(text: str) -> str:
    """What a sign counts as: its number, however it is written, or stars."""
    digits = re.sub(r"\D", "", text) if text[0] in "[［〔" else ""
    if digits:
        return digits
    if text[0] in "*＊※†‡":
        return text.replace("＊", "*")
    return str(int(unicodedata.numeric(text[0])))


def find(raw: str, lines: Sequence[Line], heads: Sequence[Heading], kinds: Sequence[str], furniture: set[int]) -> Notes:
    """The notes among the lines of the flow."""
    found = Notes()
    chapters = {h.first for h in heads if h.level == 1}
    opened: list[Call] = []  # calls of the chapter that have no note yet
    page_from = 0  # calls from here on are on the page
    in_notes = False  # under a heading that announces notes
    current: Note | None = None
    loose: list[list[int]] = []
    page_lines: list[int] = []
    for i, line in enumerate(lines):
        if i in furniture or (i and line.sheet != lines[i - 1].sheet):
            current, page_from, page_lines = None, len(opened), []
        if i in furniture:
            continue
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
        called = match is not None and any(c.sign == sign_of(match["sign"]) for c in opened[page_from:])
        if match and current is None and not in_notes and _is_wrapped_text(raw, lines, kinds, furniture, i, called):
            match = None  # a line of text that happens to begin with its call
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
            if call is None and match["sign"][0] not in "[［〔" and not in_notes:
                call = _bare_figure(raw, lines, kinds, page_lines, sign, line)
                if call is not None:
                    found.guessed.append(call)
                    current = Note(call, line.start + match.end(), [i])
                    found.notes.append(current)
                    continue
                loose.append([i])
                current = Note(Call(0, 0, "", i), 0, loose[-1])
                continue
        if current is not None and _goes_on_to_foot(lines, furniture, i, bool(in_notes)):
            current.lines.append(i)
            continue
        if current is not None:
            current, page_lines = None, []  # text again: the notes have ended a page
        page_lines.append(i)
        at_start = max(1, match.end()) if match else 0 if line.gap or line.indent else -1
        opened += [
            Call(line.start + m.start(), line.start + m.end(), sign_of(m[0]), i)
            for m in CALL.finditer(text)
            if m.start() >= at_start and (at_start < 0 or m.start() > 0)
        ]
    found.orphans += opened
    if len(found.notes) > 2:
        found.loose = loose
    if not found.notes:
        found.orphans = []
    circled = any(note.call.sign.isdigit() for note in found.notes)
    found.orphans = [c for c in found.orphans if circled or not c.sign.isdigit()]
    return found


def _bare_figure(
    raw: str, lines: Sequence[Line], kinds: Sequence[str], page: Sequence[int], sign: str, note: Line
) -> Call | None:
    """A call whose circle the OCR lost: the note's figure, alone between Han characters or marks."""
    pattern = re.compile(
        rf"(?<=[{HAN}”’」』》）)，。；：？！]){re.escape(sign)}(?=[{HAN}“‘「『《（，。；：？！]|$)(?![年月日世个章节页卷])"
    )
    hits = [(i, m) for i in page if kinds[i] == "text" for m in pattern.finditer(raw, lines[i].start, lines[i].end)]
    if not sign.isdigit() or len(hits) != 1 or hits[0][1].end() > note.start:
        return None
    return Call(hits[0][1].start(), hits[0][1].end(), sign, hits[0][0])


def _notes_follow(raw: str, lines: Sequence[Line], i: int) -> bool:
    return i + 1 < len(lines) and OPENING.match(raw[lines[i + 1].start : lines[i + 1].end]) is not None


def _is_wrapped_text(
    raw: str, lines: Sequence[Line], kinds: Sequence[str], furniture: set[int], i: int, called: bool
) -> bool:
    """Whether a line only goes on with the printed line above it.

    A note stands near the foot of its page, and its sign was ``called`` before.
    """
    if lines[i].gap or i == 0 or kinds[i - 1] != "text" or i - 1 in furniture:
        return False
    near = any(_ends_page(lines, furniture, n) for n in range(i, min(i + 8, len(lines))))
    if called and near:
        return False
    ended = re.search(r"[。！？…”’」』）.!?]$", raw[lines[i - 1].start : lines[i - 1].end])
    return not (ended and near)


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
