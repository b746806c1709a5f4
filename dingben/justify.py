"""Lines made flush: what WeasyPrint leaves ragged is spread between the characters.

WeasyPrint stretches only blanks (``layout/inline.py``, ``justify_line``), so a line of Han
text ends where its last character does. Here the laid-out boxes are walked between
``render()`` and ``write_pdf()`` and the slack of each full line is given away as W3C
CLREQ asks (https://www.w3.org/TR/clreq/#line_adjustment): beside marks first, then evenly.
Nothing is stored in the text: glyphs only move. The gap of a quarter em between Han and
Western words (:mod:`dingben.typography`) is taken away at the ends of lines.

Blocks with ``text-align: start`` are made flush; ``left`` asks for ragged lines.
Lengths are CSS px, WeasyPrint's unit. The boxes and the layout class are WeasyPrint's own
and not a public interface: it is pinned in pyproject.toml.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.text.ffi import FROM_UNITS, ffi
from weasyprint.text.line_break import Layout

QUARTER = 0.25
"""Em: what a blank between Western words gets before all get the same."""

EIGHTH = 0.125
"""Em: what a mark, which carries half an em of white already, gets before all get the same."""

WIDEST = 0.6
"""Em: a line that would need more between its characters stays ragged."""

OPENING = frozenset("（〔［｛〈《「『【〖“‘")
CLOSING = frozenset("，。、；：？！）〕］｝〉》」』】〗”’")
JOINED = frozenset("—…⸺")
NO_GAP, BLANK, MARK, HAN = range(4)
"""Between two characters: nothing may be put; a blank; a mark; Han beside Han or a Western word."""


class SpacedLayout(Layout):  # type: ignore[misc]
    """A Pango layout whose glyphs are followed by extra space when they are drawn.

    ``extras`` maps the byte offset of a character to thousandths of an em.
    """

    extras: dict[int, int]

    @classmethod
    def of(cls, text: str, extras: dict[int, int]) -> SpacedLayout:
        """A layout for ``text``, to be set up when it is drawn."""
        made = cls.__new__(cls)
        made.justification_spacing = 0
        made.max_width = None
        made.text = text
        made.extras = extras
        return made

    def get_first_line(self) -> tuple[Any, Any]:
        """The line as Pango shaped it, then widened."""
        first_line, index = super().get_first_line()
        run = first_line.runs
        while run != ffi.NULL:
            self.widen(run.data)
            run = run.next
        return first_line, index

    def widen(self, run: Any) -> None:
        """Add to the width of each glyph that ends a character with extra space."""
        # the PDF stores whole thousandths, cut towards zero: a little more than the figure keeps it whole
        unit = self.style["font_size"] / 1000 / FROM_UNITS
        glyphs = run.glyphs
        for i in range(glyphs.num_glyphs):
            offset = run.item.offset + glyphs.log_clusters[i]
            last = i + 1 == glyphs.num_glyphs or glyphs.log_clusters[i + 1] != glyphs.log_clusters[i]
            extra = self.extras.get(offset, 0) if last else 0
            if extra:
                glyphs.glyphs[i].geometry.width += int((extra + 0.4) * unit)


@dataclass(frozen=True, slots=True)
class Character:
    """A character of a line: its box (None for a picture or the like), place in the box's text, and itself."""

    box: Any
    index: int
    char: str


def justify(document: Any) -> None:
    """Make the full lines of every block with ``text-align: start`` flush."""
    for page in document.pages:
        for block, line in lines(page._page_box):
            spread(block, line)


def lines(box: Any) -> Iterator[tuple[Any, Any]]:
    """Every line box below ``box``, with the block it stands in."""
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.LineBox):
            yield box, child
        yield from lines(child)


def spread(block: Any, line: Any) -> None:
    """Give away the slack of one line, unless it ends its paragraph."""
    if line.style["text_align_all"] != "start" or line.style["direction"] != "ltr":
        return
    trim(line, start=True)
    if is_last(line):
        return
    trim(line, start=False)
    characters = list(characters_of(line))
    if len(characters) < 2:
        return
    end = max((c.position_x + c.margin_width() for c in line.children if c.is_in_normal_flow()), default=0)
    slack = block.content_box_x() + block.width - end
    if slack <= 0:
        return
    kinds = [gap(a.char, b.char) for a, b in pairwise(characters)]
    em = line.style["font_size"]
    extras = shares(kinds, slack / em * 1000)
    if any(extras):
        apply(line, characters, extras)


def trim(line: Any, *, start: bool) -> None:
    """Take the gap of a Western word away where the word begins or ends the line."""
    parents: list[Any] = []
    box = line
    while children := [c for c in box.children if c.is_in_normal_flow()]:
        child = children[0 if start else -1]
        if not isinstance(child, boxes.InlineBox):
            return
        if "latin" in (child.element.get("class", "") if child.element is not None else "").split():
            break
        parents.append(child)
        box = child
    else:
        return
    gap = child.margin_left if start else child.margin_right
    if not gap:
        return
    if start:
        for each in line.children:
            if each.is_in_normal_flow():
                each.translate(-gap, 0)
        for each in (*parents, child):
            each.position_x += gap
        child.margin_left = 0
    else:
        child.margin_right = 0
    for parent in parents:
        parent.width -= gap


def is_last(line: Any) -> bool:
    """Whether the line ends its paragraph or is broken by force."""
    return line.resume_at is None or any(
        getattr(child, "element_tag", "") == "br" for child in line.descendants() if child is not line
    )


def characters_of(box: Any) -> Iterator[Character]:
    """The characters of a line in order; what is no text counts as one object."""
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            for index, char in enumerate(child.text):
                if char != "\u200b":
                    yield Character(child, index, char)
        elif isinstance(child, boxes.InlineBox):
            if child.is_in_normal_flow():
                if child.element_tag.endswith("::footnote-call"):
                    yield Character(None, 0, "\u2060")  # a call stays with its word
                    continue
                yield from characters_of(child)
        elif child.is_in_normal_flow():
            yield Character(None, 0, "\ufffc")


def gap(before: str, after: str) -> int:
    """What kind of gap lies between two characters."""
    if "\u2060" in (before, after) or "\n" in (before, after):
        return NO_GAP
    if " " in (before, after) or "\u00a0" in (before, after):
        return BLANK if before in " \u00a0" else NO_GAP
    if before in JOINED and after == before:
        return NO_GAP
    if after in CLOSING or before in OPENING:
        return NO_GAP
    if before in CLOSING or after in OPENING:
        return MARK
    left, right = is_han(before), is_han(after)
    if (left and right) or (left and is_word(after)) or (right and is_word(before)):
        return HAN
    return NO_GAP


def is_han(char: str) -> bool:
    """Whether a character stands on the Han grid."""
    return unicodedata.east_asian_width(char) in "WF" or char in JOINED or char in "·•"


def is_word(char: str) -> bool:
    """A letter or figure of a Western word."""
    return char.isalnum() or char in "%‰°℃()[]$€£&+-@#/"


def shares(kinds: Sequence[int], slack: float) -> list[int]:
    """Extra space after each character but the last, in thousandths of an em.

    Marks come first, up to an eighth of an em; blanks next, up to a quarter; the rest goes
    evenly to all. A line that would need too much stays as it is.
    """
    extras = [0.0] * len(kinds)
    left = slack
    order = ((MARK, EIGHTH), (BLANK, QUARTER))
    for kind, widest in order:
        places = [i for i, k in enumerate(kinds) if k == kind]
        if places:
            each = min(widest * 1000, left / len(places))
            for i in places:
                extras[i] += each
            left -= each * len(places)
    places = [i for i, k in enumerate(kinds) if k != NO_GAP]
    if not places or left / len(places) > WIDEST * 1000:
        return [0] * len(kinds)
    for i in places:
        extras[i] += left / len(places)
    return rounded(extras)


def rounded(values: Sequence[float]) -> list[int]:
    """Whole numbers whose sum at any place is off by less than one."""
    whole, carried = [], 0.0
    for value in values:
        carried += value
        part = int(carried) if value else 0
        carried -= part
        whole.append(part)
    return whole


def apply(line: Any, characters: Sequence[Character], extras: Sequence[int]) -> None:
    """Move what stands on the line, and hand each text its extra space."""
    by_box: dict[int, dict[int, int]] = {}
    for character, extra in zip(characters, extras, strict=False):
        if extra and character.box is not None:
            by_box.setdefault(id(character.box), {})[character.index] = extra
    move(line, by_box, 0.0)


def move(box: Any, extras: dict[int, dict[int, int]], shift: float) -> float:
    """Shift the children of ``box`` by what was put before them; returns the shift at its end."""
    for child in box.children:
        if not child.is_in_normal_flow():
            continue
        if isinstance(child, boxes.TextBox):
            child.position_x += shift
            own = extras.get(id(child))
            if own:
                em = child.style["font_size"]
                starts = byte_offsets(child.text)
                child.pango_layout = SpacedLayout.of(child.text, {starts[i]: e for i, e in own.items()})
                width = sum(own.values()) * em / 1000
                child.width += width
                shift += width
        elif isinstance(child, boxes.InlineBox):
            child.position_x += shift
            moved = move(child, extras, shift)
            child.width += moved - shift
            shift = moved
        else:
            child.translate(shift, 0)
    return shift


def byte_offsets(text: str) -> list[int]:
    """Where each character begins in UTF-8, as Pango counts."""
    offsets, at = [], 0
    for char in text:
        offsets.append(at)
        at += len(char.encode("utf-8"))
    return offsets
