"""Join printed lines, and paragraphs divided by a page end, into paragraphs.

Every line of a paragraph but the last is full. So a full line continues, and a short line ends its
paragraph. At the foot of a page the fill of the last line decides, even where the text has one line
for each paragraph: the measure is then fitted to the lines that must have been full.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dingben.language.han import NARROW, SENTENCE_END, width
from dingben.restore.lines import Line, LineKind
from dingben.restore.text import wrapping

LONG_PARAGRAPH = 24
"""Characters from which on a line is more than a heading, an entry or a verse."""
TAIL = 32
"""Characters at the end of a line that tell whether it ends a sentence: patterns search from each character on."""
SOFT = re.compile(r"[；;：:”’」』）)》】\]—]$")
RUNNING_ON = re.compile(r"[，、,《（(“‘「『]$")
ENGLISH_END = re.compile(r"[.!?:;][”’\"')\]]*$")
LATIN_END = re.compile(r"[A-Za-z]{2}[.][”’\"')]?$")
NO_START = "，。、；：？！）》」』”’…·—％,.;:?!)]%"
REFERENCE = re.compile(r"^[\[［〔]\s*\d{1,3}\s*[\]］〕]")
STRAY = re.compile(r"(?<=[^\x00-\x7f,;:?!()]) +(?=[^\x00-\x7f])|(?<=[,;:]) +(?=[^\x00-\x7f])")
ELLIPSIS = re.compile(r"[…⋯]+|\.{3,}|·{3,}")
ITEM = re.compile(
    r"^(?:[①-⑳]|[（(]\s*[一二三四五六七八九十\d]{1,3}\s*[)）]|[•●■◆※]\s*|\d{1,2}[.．、]\s*\D|[一二三四五六七八九十]{1,3}、)"
)


@dataclass(slots=True)
class Block:
    """A paragraph: the lines that it is printed on, and the pages that begin in it."""

    kind: LineKind
    lines: list[Line]
    breaks: list[tuple[Line, str]] = field(default_factory=list)
    """(line, page number): a page of the printed book begins with that line."""
    joined: list[Line] = field(default_factory=list)
    """Lines that follow a page's end inside the paragraph."""

    @property
    def has_notes(self) -> bool:
        """Whether a note is called in it."""
        return any(line.notes for line in self.lines)


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure of the printed text, as far as the raw text shows it."""

    wrapped: bool
    """Whether the raw text has a line for each printed line."""
    width: float
    """Of a full line, in Han characters (half characters for Latin text); 0 if unknown."""
    indents: float
    """How often a paragraph begins with blanks, 0 to 1."""
    english: bool
    gapped: bool = False
    """Whether blank lines stand between the paragraphs of a wrapped text."""
    exact: bool = False
    """Whether all full lines of a wrapped text have exactly this width."""
    prose: bool = True
    """Whether the paragraphs of a text that isn't wrapped mostly end with a mark."""


def measure(raw: str, lines: Sequence[Line], english: bool, fit: bool = True) -> Measure:
    """Find the measure of the text from its own lines; ``fit`` it where no line shows it."""
    body = [i for i, line in enumerate(lines) if line.kind == "text"]
    close = sum(not lines[i].gap for i in body)
    full = wrapping.full_width(raw, lines, body, english) if close * 4 > len(body) > 4 else 0.0
    if full:
        starts = [i for i in body if lines[i].gap]
        ends = [
            i
            for i in body
            if i - 1 >= 0
            and lines[i - 1].kind == "text"
            and width(raw[lines[i - 1].start : lines[i - 1].end], english) < full * 0.8
        ]
        chosen = ends if len(ends) * 2 > len(starts) else starts
        indented = sum(lines[i].indent >= 1 for i in body)
        indents = sum(lines[i].indent >= 1 for i in chosen) / max(1, len(chosen))
        if len(chosen) < 3 <= indented <= len(body) // 2:  # no line is short, but some begin with blanks
            indents = 1.0
        known = set(body)
        inner = sum(lines[i].gap and i - 1 in known and lines[i - 1].sheet == lines[i].sheet for i in body)
        exact = 0.0 if english else wrapping.exact_width(raw, lines, full)
        return Measure(True, exact or full, indents, english, inner * 12 > len(body), exact > 0)
    return Measure(
        False,
        0.0 if english or not fit else _fitted(raw, lines, body),
        sum(lines[i].indent >= 1 for i in body) / max(1, len(body)),
        english,
        prose=_ends_with_marks([raw[max(lines[i].start, lines[i].end - TAIL) : lines[i].end] for i in body]),
    )


def _ends_with_marks(tails: Sequence[str]) -> bool:
    """Whether paragraphs that are longer than a heading end with a mark; page ends tear some of them."""
    long = [text for text in tails if len(text) > LONG_PARAGRAPH]
    ended = sum(bool(SENTENCE_END.search(text) or SOFT.search(text) or RUNNING_ON.search(text)) for text in long)
    return ended * 4 >= len(long)


def _fitted(raw: str, lines: Sequence[Line], body: list[int]) -> float:
    """Return the measure at which paragraphs that stop in mid-sentence fill their last line; 0 if none fits."""
    torn = []
    for i in body:
        line = lines[i]
        tail = raw[max(line.start, line.end - TAIL) : line.end]
        if LONG_PARAGRAPH < line.end - line.start < 500 and not SENTENCE_END.search(tail) and not SOFT.search(tail):
            torn.append(raw[line.start : line.end])
        if len(torn) >= 60:
            break
    if len(torn) < 4:
        return 0.0
    best, score = 0.0, 0.0
    for size in range(16, 46):
        fits = 0.0
        for text in torn:
            fits += min(lines_and_room(text, size, indent)[1] for indent in (2.0, 0.0)) <= 1.0
        chance = 1 - (1 - 3 / size) ** 2
        gain = fits / len(torn) - chance
        if gain > score:
            best, score = float(size), gain
    return best if score > 0.35 else 0.0


def lines_and_room(text: str, size: float, indent: float) -> tuple[int, float]:
    """Return the number of lines of ``size`` characters that ``text`` takes, and the free space on the last one."""
    text = STRAY.sub("", ELLIPSIS.sub("……", text))
    at, n = 0, len(text)
    room = size - indent
    count = 1
    while True:
        end = _line_end(text, at, room)
        if end >= n:
            used = n - at - 0.5 * len(NARROW.findall(text, at, n))
            return count, max(0.0, room - used)
        if text[end] in NO_START:  # squeezed in, with one more that may hang beside it
            end += 1
            if end < n and text[end] in NO_START:
                end += 1
        while end - 1 > at and text[end - 1] in "（《「『“‘([":
            end -= 1
        if end < n and text[end].isascii() and text[end - 1].isascii():
            word = end
            while word > at + 1 and WORD.match(text[word - 1]) and WORD.match(text[end]):
                word -= 1
            end = word if end - word < 14 and word > at + 1 else end
        if end >= n:
            return count, 0.0
        at, room = end, size
        count += 1


WORD = re.compile(r"[A-Za-z0-9.]")


def _line_end(text: str, at: int, room: float) -> int:
    """Return the index of the first character that does not fit on a line that begins at ``at``."""
    end = at + int(room)
    while True:
        used = min(end, len(text)) - at - 0.5 * len(NARROW.findall(text, at, end))
        more = int(room - used)
        if end >= len(text) or more < 1:
            half = end < len(text) and room - used >= 0.5 and NARROW.match(text, end)
            return end + 1 if half else end
        end += more


ALONE = frozenset({"code", "table", "html-table", "formula", "figure", "thematic-break"})
"""Kinds of lines that are a block by themselves."""

NOT_IN_PARAGRAPHS = frozenset({"running-head", "note", "uncalled-note", "notes-heading", "picture", "caption"})
"""Kinds of lines that stand between the lines of a paragraph, or beside it."""


def build(raw: str, lines: Sequence[Line], m: Measure) -> list[Block]:
    """Build paragraphs, headings and tables of the lines of the text."""
    blocks: list[Block] = []
    previous = -1
    turned: list[tuple[Line, str | None]] = []
    after_note = False
    waiting: list[Block] = []
    for i, line in enumerate(lines):
        kind = line.kind
        if line.starts_page:
            turned.append((line, line.page))
        if kind in ("note", "uncalled-note"):
            after_note = True
        if kind == "uncalled-note":  # after the paragraph that it may have torn
            if waiting and not line.gap:
                waiting[-1].lines.append(line)
            else:
                waiting.append(Block("text", [line]))
        if kind in NOT_IN_PARAGRAPHS:
            continue
        numbers = [(line, number) for _, number in turned if number is not None]
        if kind == "heading-continued" and blocks:
            blocks[-1].lines.append(line)
        elif (
            kind == "heading"
            or not blocks
            or line.starts_part
            or line.apart
            or blocks[-1].kind != kind
            or not _goes_on(raw, lines, previous, i, bool(turned) or after_note, m, kind, blocks[-1].lines)
        ):
            blocks += waiting
            waiting = []
            blocks.append(Block(kind, [line]))
        else:
            blocks[-1].lines.append(line)
            if turned or after_note or (line.gap and not m.wrapped):
                blocks[-1].joined.append(line)
        blocks[-1].breaks += numbers[-1:]
        turned, after_note = [], False
        previous = i
    return blocks + waiting


def _goes_on(
    raw: str, lines: Sequence[Line], a: int, b: int, turned: bool, m: Measure, kind: str, own: Sequence[Line]
) -> bool:
    """Whether line ``b`` continues the paragraph of line ``a``."""
    first = raw[lines[a].start : lines[a].end]
    second = raw[lines[b].start : lines[b].end]
    if kind in ALONE:
        return False
    if kind in ("list-item", "quote"):
        return _same_container(lines[a], lines[b], m)
    if lines[b].goes_on and a == b - 1:
        return True
    if kind == "verse":
        return not lines[b].gap
    if kind in ("bibliography", "note") and (REFERENCE.match(second) or ITEM.match(second)):
        return False
    if m.english:
        return _english_goes_on(lines, a, b, first, second, turned, m, len(own) == 1)
    if m.wrapped:
        return _wrapped_goes_on(raw, lines, a, b, turned, m, kind, len(own) == 1)
    if m.indents > 0.5 and lines[b].indent >= 1.5:
        return False
    torn = _torn(own, first, second, turned, m)
    if torn and not m.prose and not turned and not RUNNING_ON.search(first) and not _leaves_open(first):
        lines[b].undecided = True  # many paragraphs of this text end without a mark
        return False
    return torn


def _same_container(a: Line, b: Line, m: Measure) -> bool:
    """Whether line ``b`` continues a list item or a paragraph of a quotation; lines of a quotation may be verse."""
    return a.container is b.container and not b.gap and (m.wrapped or a.kind == "list-item")


def _english_goes_on(
    lines: Sequence[Line], a: int, b: int, first: str, second: str, turned: bool, m: Measure, opening: bool
) -> bool:
    if lines[b].indent >= 1 and (lines[a].indent < lines[b].indent):
        return False
    ended = ENGLISH_END.search(first) is not None
    if not m.wrapped:
        return not ended and (turned or second[:1].islower() or first.endswith((",", "-", "—")))
    full = len(first) + 1 + len(second.split(" ", 1)[0]) > m.width - 2 or first.endswith("-")
    if not lines[b].gap and not turned:
        return True if m.indents < 0.3 else full or not ended
    if turned and full and ended and opening and m.indents < 0.3 and not second[:1].islower():
        lines[b].undecided = True
        return False
    if turned:
        return full or (not ended and second[:1].islower())
    return full and not ended and second[:1].islower()


def _wrapped_goes_on(
    raw: str, lines: Sequence[Line], a: int, b: int, turned: bool, m: Measure, kind: str, opening: bool
) -> bool:
    first, second = raw[lines[a].start : lines[a].end], raw[lines[b].start : lines[b].end]
    if kind == "bibliography" and not lines[b].gap:
        return True
    if lines[b].indent >= 1.5 and kind == "text" and m.indents > 0.2:
        return False
    reach = width(first) + lines[a].indent
    if m.gapped and not lines[b].gap and not turned:
        return reach > m.width * 0.75 or _is_full(reach, second, m)
    full = _is_full(reach, second, m)
    if opening and lines[a].indent < 1 and not full:  # the OCR may have dropped the indent
        full = _is_full(reach + 2, second, m) and reach > m.width - 4
    if full:
        if lines[b].gap and not turned:
            return not SENTENCE_END.search(first) and not SOFT.search(first)
        if not SENTENCE_END.search(first):
            return True
        if m.indents < 0.05 and not m.gapped:
            lines[b].undecided = True
            return False
        return not _opens(raw, lines, b, m)
    if kind == "bibliography":
        return True
    if RUNNING_ON.search(first) and not lines[b].gap and reach > m.width - 3:
        return True
    ragged = not lines[b].gap and not turned and not SENTENCE_END.search(first) and reach > m.width * 0.75
    if ragged and m.exact:  # the next word had room: the line ends here, whatever for
        lines[b].undecided = True
        return False
    return ragged and (m.indents < 0.2 or not SOFT.search(first))


def _is_full(reach: float, following: str, m: Measure) -> bool:
    """Whether a line of this width had no room for the word that follows."""
    need = wrapping.need(following)
    if m.exact:
        return reach + need > m.width
    return reach + need > m.width - 0.25 or reach > m.width - 1.5


def _opens(raw: str, lines: Sequence[Line], b: int, m: Measure) -> bool:
    """Whether an unindented line had an indent: it is two characters short although the next line continues."""
    if m.indents < 0.3 or b + 2 >= len(lines) or lines[b].indent or lines[b + 1].gap or lines[b + 1].indent >= 1:
        return False
    reach = width(raw[lines[b].start : lines[b].end])
    third = raw[lines[b + 1].start : lines[b + 1].end]
    return not _is_full(reach, third, m) and _is_full(reach + 2, third, m)


def _torn(own: Sequence[Line], first: str, second: str, turned: bool, m: Measure) -> bool:
    """Whether a page end divided the paragraph (raw text with one line for each paragraph)."""
    if ITEM.match(second) and not RUNNING_ON.search(first):
        return False
    tail = first[-TAIL:]
    hard = SENTENCE_END.search(tail) is not None or LATIN_END.search(tail) is not None
    soft = SOFT.search(tail) is not None
    if RUNNING_ON.search(first) or _leaves_open(first):
        return True
    begins = 2.0 if len(own) == 1 else 0.0
    size = m.width
    if size:
        room = lines_and_room(first, size, begins)[1]
        if turned:
            return room <= 1.5 or (not hard and not soft and len(first) > 2 * size)
        if hard or re.search("[；;：:—]$", first):
            return False
        if re.search("[”’」』）)】]$", first):
            aside = re.search("[（(][^（()）]*[）)]$", first)
            if aside and SENTENCE_END.search(first[: aside.start()]):
                return False  # the source of a quotation ends its paragraph
            return room < 1 and len(first) > size
        return room <= 1.5 or width(first) > 1.5 * size
    return not hard and not soft and len(first) > LONG_PARAGRAPH


def _leaves_open(text: str) -> bool:
    """Whether a bracket or a book title is still open at the end."""
    tail = text[-60:]
    return any(
        tail.rfind(a) > tail.rfind(b)
        for a, b in (("《", "》"), ("（", "）"), ("(", ")"))
        if a in tail and not (a == "(" and "）" in tail)
    )
