"""Glyph runs: a piece of a line with its glyphs in their places, serialized as PDF text operators once.

It stands where WeasyPrint keeps a Pango layout, and :mod:`dingben.typeset.inline.draw` draws it without
shaping the text again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice, pairwise
from operator import sub
from typing import Any

from weasyprint.text.ffi import FROM_UNITS, ffi
from weasyprint.text.line_break import Layout

from dingben.typeset.inline.shaping import EMPTY, UNKNOWN, Face, Run, Shaped, byte_offsets


class Spaced(Layout):  # type: ignore[misc]
    """A Pango layout whose glyphs are followed by extra space, for what can't be drawn as glyphs in a row.

    ``extras`` maps the byte offset of a character to px.
    """

    extras: dict[int, float]

    @classmethod
    def of(cls, text: str, extras: dict[int, float] | None = None) -> Spaced:
        """A layout for ``text``, to be set up when it is drawn."""
        made = cls.__new__(cls)
        made.justification_spacing = 0
        made.max_width = None
        made.text = text
        made.extras = extras or {}
        return made

    def get_first_line(self) -> tuple[Any, Any]:
        """The line as Pango shaped it, then widened."""
        first_line, index = super().get_first_line()
        run = first_line.runs
        while self.extras and run != ffi.NULL:
            glyphs = run.data.glyphs
            for i in range(glyphs.num_glyphs):
                last = i + 1 == glyphs.num_glyphs or glyphs.log_clusters[i + 1] != glyphs.log_clusters[i]
                extra = self.extras.get(run.data.item.offset + glyphs.log_clusters[i], 0.0) if last else 0.0
                glyphs.glyphs[i].geometry.width += round(extra / FROM_UNITS)
            run = run.next
        return first_line, index


@dataclass(slots=True)
class Part:
    """Glyphs of one face as PDF's ``TJ`` shows them.

    ``shown``: the array's pieces, a glyph each, with moves between. ``glyphs`` are those that show something, and
    ``texts`` what each of them stands for; nothing, for all but one glyph of a cluster. ``drop``: px by which they
    stand below the baseline.
    """

    face: Face
    shown: list[str]
    glyphs: list[int]
    texts: Sequence[str]
    drop: float = 0.0

    def divided(self, meaning: dict[int, str]) -> Iterator[tuple[str, str | None]]:
        """Arrays of ``TJ``, each with what it stands for where that is not what its glyphs mean one by one.

        So it is with a glyph that has another ``meaning`` already, and with the glyphs of a cluster, which stand for
        its text together (PDF 32000-1:2008, 14.9.4).
        """
        out: list[str] = []
        cluster: list[str] = []
        at = 0
        for piece in self.shown:
            if piece[0] == ">":
                (cluster or out).append(piece)
                continue
            glyph, text = self.glyphs[at], self.texts[at]
            at += 1
            if not cluster and text and meaning.setdefault(glyph, text) == text:
                out.append(piece)
                continue
            if not cluster:
                yield closed(out), None
                out = []
            cluster.append(piece)
            if text:
                yield closed(cluster), text
                cluster = []
        if cluster:  # it goes on in the next part, which has its text
            yield closed(cluster), ""
        yield closed(out), None


@dataclass(slots=True)
class Segment:
    """A piece of text with its glyphs. ``advances``: px of each character."""

    text: str
    style: Any
    parts: list[Part]
    advances: Sequence[float]
    first_line_direction: int = 0
    max_width: float | None = None
    decoration: Any = field(default=None)

    def reactivate(self, style: Any) -> None:
        """Nothing: no layout was given up."""

    def deactivate(self) -> None:
        """Nothing."""

    def add_hyphen(self, hyphen: Shaped) -> None:
        """Add what shows that a word goes on in the next line; it is no character of the text (U+00AD)."""
        self.advances = [*self.advances, hyphen.widths[0]]
        self.text += "\u00ad"
        show(hyphen.runs[0], "\u00ad", 0, 1, [0.0], {}, 0.0, self.parts)

    @property
    def metrics(self) -> Layout:
        """A layout that knows where lines under and through the text go."""
        if self.decoration is None:
            self.decoration = Layout(self.style)
        return self.decoration

    @property
    def ascent(self) -> float:
        return float(self.metrics.ascent)

    @property
    def underline_position(self) -> float:
        return float(self.metrics.underline_position)

    @property
    def underline_thickness(self) -> float:
        return float(self.metrics.underline_thickness)

    @property
    def strikethrough_position(self) -> float:
        return float(self.metrics.strikethrough_position)

    @property
    def strikethrough_thickness(self) -> float:
        return float(self.metrics.strikethrough_thickness)

    def spaced(self) -> Spaced:
        """The same text for WeasyPrint to shape and draw, each character as wide as here."""
        plain = Spaced.of(self.text)
        plain.reactivate(self.style)
        extras: dict[int, float] = {}
        line, _ = plain.get_first_line()
        run, starts = line.runs, byte_offsets(self.text)
        natural: dict[int, float] = {}
        while run != ffi.NULL:
            glyphs = run.data.glyphs
            for i in range(glyphs.num_glyphs):
                at = run.data.item.offset + glyphs.log_clusters[i]
                natural[at] = natural.get(at, 0.0) + glyphs.glyphs[i].geometry.width * FROM_UNITS
            run = run.next
        for start, advance in zip(starts, self.advances, strict=False):
            if start in natural:
                extras[start] = advance - natural[start]
        return Spaced.of(self.text, extras)


def segment(
    shaped: Shaped,
    first: int,
    end: int,
    advances: Sequence[float],
    back: dict[int, float],
    text: str,
    style: Any,
    pens: Sequence[float] = (),
) -> Segment:
    """Characters ``first`` to ``end`` of a shaped text, each as wide as ``advances`` says.

    ``back``: px by which the glyphs of a character stand further left, by index. ``pens``: px from the left edge of
    the text to the left edge of each character, where they don't stand one after the other.
    """
    pens = pens or list(accumulate(advances, initial=0.0))
    parts: list[Part] = []
    at = 0.0
    for run in islice(shaped.runs, bisect_right(shaped.runs, first, key=lambda run: run.end), None):
        if run.start >= end:
            break
        at = show(run, shaped.text, first, end, pens, back, at, parts)
    return Segment(text, style, parts, advances)


def show(
    run: Run,
    text: str,
    first: int,
    end: int,
    pens: Sequence[float],
    back: dict[int, float],
    at: float,
    parts: list[Part],
) -> float:
    """Add the glyphs of a run to ``parts``; ``at`` is where PDF's pen stands, px, and what is returned.

    An array of ``TJ`` is hexadecimal strings, and moves to the left in thousandths of an em.
    """
    if not run.plain:
        return show_clusters(run, text, first, end, pens, back, at, parts)
    face = run.face
    start, stop = max(first, run.start), min(end, run.end)
    glyphs = run.glyphs[start - run.start : stop - run.start]
    wanted: Sequence[float] = pens[start - first : stop - first]
    moved = [i for i in back if start <= i < stop] if back else ()
    if moved:
        wanted = list(wanted)
        for i in moved:
            wanted[i - start] -= back[i]
    shown = list(map(face.codes.__getitem__, glyphs))
    *unmoved, at = accumulate(map(face.advances.__getitem__, glyphs), initial=at)
    moves, shift = moves_to(wanted, unmoved, face.size / 1000)
    for i, move in reversed(moves):
        shown.insert(i, f">{move}<")
    parts.append(Part(face, shown, glyphs, text[start:stop]))
    return at - shift


def moves_to(wanted: Sequence[float], unmoved: Sequence[float], unit: float) -> tuple[list[tuple[int, int]], float]:
    """Moves that bring glyphs from where they would stand to where they are wanted, and px to the left in all.

    A move: the glyph before which it stands, and how many units to the left.
    """
    off = list(map(sub, unmoved, wanted))
    moves: list[tuple[int, int]] = []
    shift, half = 0.0, unit / 2
    low, high = -half, half
    if low < min(off) and max(off) < high:
        return moves, shift
    for i, here in enumerate(off):
        if low < here < high:
            continue
        move = round((here - shift) / unit)
        if move:
            moves.append((i, move))
            shift += move * unit
            low, high = shift - half, shift + half
    return moves, shift


def glyphs_of(run: Run, first: int, end: int) -> tuple[Sequence[int], Sequence[int]]:
    """Return the glyphs of some characters by index, in the order of the text, and where the text of each ends.

    The glyphs of a cluster come from left to right, and all but the last have no text: theirs ends where it begins.
    """
    characters = run.characters
    if not characters or characters[0] <= characters[-1]:
        low, high = bisect_left(characters, first), bisect_left(characters, end)
        if low == high:  # all belong to a cluster that begins earlier
            return (), ()
        return range(low, high), [*characters[low + 1 : high], characters[high] if high < len(characters) else run.end]
    # written from right to left: the first glyph stands for the last character
    chosen = sorted((i for i, c in enumerate(characters) if first <= c < end), key=characters.__getitem__)
    ends = dict(pairwise(sorted({*characters, run.end})))
    last = {characters[i]: i for i in chosen}
    return chosen, [ends[characters[i]] if last[characters[i]] == i else characters[i] for i in chosen]


def show_clusters(
    run: Run,
    text: str,
    first: int,
    end: int,
    pens: Sequence[float],
    back: dict[int, float],
    at: float,
    parts: list[Part],
) -> float:
    """The same for a run that has several glyphs for a character or the other way round, or moved and unseen ones.

    Glyphs are shown in the order of the text, whichever way it runs: the pen moves back between them. So a reader
    copies the text of the source (PDF 32000-1:2008, 14.8.2.3.3).
    """
    face = run.face
    unit = face.size / 1000
    characters, glyphs, shifts, widths = run.characters, run.glyphs, run.shifts, run.widths
    chosen, followers = glyphs_of(run, first, end)
    texts: list[str] = []
    part = Part(face, [], [], texts)
    before, inside = -1, 0.0
    for i, following in zip(chosen, followers, strict=True):
        character, glyph = characters[i], glyphs[i]
        if character == before:
            inside += widths[i - 1] * FROM_UNITS
        else:
            before, inside = character, 0.0
        if glyph >= UNKNOWN or glyph == EMPTY:
            if glyph == EMPTY:
                continue
            glyph = 0
        drop = run.drops[i] * FROM_UNITS if run.drops else 0.0
        if drop != part.drop:
            parts.append(part)
            texts = []
            part = Part(face, [], [], texts, drop)
        want = pens[character - first] + inside
        if shifts[i]:
            want += shifts[i] * FROM_UNITS
        if back and character in back:
            want -= back[character]
        move = round((at - want) / unit)
        if move:
            part.shown.append(f">{move}<")
            at -= move * unit
        part.shown.append(face.codes[glyph])
        part.glyphs.append(glyph)
        texts.append(text[character] if following == character + 1 else text[character:following])
        at += face.advances[glyph]
    parts.append(part)
    return at


def closed(out: list[str]) -> str:
    """The array's text, without strings of no glyphs."""
    return f"<{''.join(out)}>".replace("<>", "")
