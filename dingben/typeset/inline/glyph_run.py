"""Glyph runs: a part of a line with positioned glyphs, serialized as PDF text operators once.

A :class:`Segment` takes the place of the Pango layout in WeasyPrint's text box, and
:mod:`dingben.typeset.inline.draw` draws it without shaping the text again.
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

METRICS = frozenset(
    {"ascent", "underline_position", "underline_thickness", "strikethrough_position", "strikethrough_thickness"}
)
"""Metrics of a Pango layout that WeasyPrint reads."""


class SpacedLayout(Layout):  # type: ignore[misc]
    """A Pango layout with extra space after glyphs, for text that cannot be drawn as a run of glyphs.

    ``extras`` maps the byte offset of a character to px.
    """

    extras: dict[int, float]

    @classmethod
    def of(cls, text: str, extras: dict[int, float] | None = None) -> SpacedLayout:
        """Return a layout for ``text``, which is set up when it is drawn."""
        layout = cls.__new__(cls)
        layout.justification_spacing = 0
        layout.max_width = None
        layout.text = text
        layout.extras = extras or {}
        return layout

    def get_first_line(self) -> tuple[Any, Any]:
        """Return the line as Pango shaped it, with the extra space."""
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
    """Glyphs of one font for the operator ``TJ`` (PDF 32000-1:2008, 9.4.3).

    ``pieces``: the elements of the array: one for each glyph, with adjustments between. ``glyphs``: the glyphs that
    are shown; ``texts``: the text of each, empty for all but one glyph of a cluster. ``drop``: px below the baseline.
    """

    face: Face
    pieces: list[str]
    glyphs: list[int]
    texts: Sequence[str]
    drop: float = 0.0

    def split_arrays(self, known_texts: dict[int, str]) -> Iterator[tuple[str, str | None]]:
        """Yield arrays for ``TJ``, each with its ActualText if the ToUnicode map has another text for its glyphs.

        That is so for a glyph that has another text in ``known_texts``, and for the glyphs of a cluster, which have one
        text together (PDF 32000-1:2008, 14.9.4).
        """
        out: list[str] = []
        cluster: list[str] = []
        at = 0
        for piece in self.pieces:
            if piece[0] == ">":
                (cluster or out).append(piece)
                continue
            glyph, text = self.glyphs[at], self.texts[at]
            at += 1
            if not cluster and text and known_texts.setdefault(glyph, text) == text:
                out.append(piece)
                continue
            if not cluster:
                yield close_array(out), None
                out = []
            cluster.append(piece)
            if text:
                yield close_array(cluster), text
                cluster = []
        if cluster:  # it goes on in the next part, which has its text
            yield close_array(cluster), ""
        yield close_array(out), None


@dataclass(slots=True)
class Segment:
    """A part of a text with its glyphs. ``advances``: of each character, in px. It replaces a Pango layout."""

    text: str
    style: Any
    parts: list[Part]
    advances: Sequence[float]
    first_line_direction: int = 0
    max_width: float | None = None
    decoration: Any = field(default=None)

    def reactivate(self, style: Any) -> None:
        """Do nothing: there is no Pango layout to set up again."""

    def deactivate(self) -> None:
        """Do nothing."""

    def add_hyphen(self, hyphen: Shaped) -> None:
        """Add a hyphen at the line end; its text is U+00AD, which is not a character of the source."""
        self.advances = [*self.advances, hyphen.widths[0]]
        self.text += "\u00ad"
        add_run(hyphen.runs[0], "\u00ad", 0, 1, [0.0], {}, 0.0, self.parts)

    @property
    def metrics(self) -> Layout:
        """A Pango layout of the style, for the positions of text decorations."""
        if self.decoration is None:
            self.decoration = Layout(self.style)
        return self.decoration

    def __getattr__(self, name: str) -> float:
        """Return a metric that WeasyPrint reads to draw text decorations."""
        if name not in METRICS:
            raise AttributeError(name)
        return float(getattr(self.metrics, name))

    def spaced_layout(self) -> SpacedLayout:
        """Return the same text for WeasyPrint to shape and draw, with the same advances."""
        plain = SpacedLayout.of(self.text)
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
        return SpacedLayout.of(self.text, extras)


def make_segment(
    shaped: Shaped,
    first: int,
    end: int,
    advances: Sequence[float],
    back: dict[int, float],
    text: str,
    style: Any,
    pens: Sequence[float] = (),
) -> Segment:
    """Return characters ``first`` to ``end`` of a shaped text with these advances.

    ``back``: px by which the glyphs of a character are moved to the left, by index. ``pens``: px from the left edge of
    the text to the left edge of each character, if they are not in order.
    """
    pens = pens or list(accumulate(advances, initial=0.0))
    parts: list[Part] = []
    at = 0.0
    for run in islice(shaped.runs, bisect_right(shaped.runs, first, key=lambda run: run.end), None):
        if run.start >= end:
            break
        at = add_run(run, shaped.text, first, end, pens, back, at, parts)
    return Segment(text, style, parts, advances)


def add_run(
    run: Run,
    text: str,
    first: int,
    end: int,
    pens: Sequence[float],
    back: dict[int, float],
    at: float,
    parts: list[Part],
) -> float:
    """Add the glyphs of a run to ``parts``. ``at``: the text position in px; returns the position after the run.

    The array of ``TJ`` contains hexadecimal strings, and adjustments to the left in thousandths of an em.
    """
    if not run.plain:
        return add_clusters(run, text, first, end, pens, back, at, parts)
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
    moves, shift = glyph_moves(wanted, unmoved, face.size / 1000)
    for i, move in reversed(moves):
        shown.insert(i, f">{move}<")
    parts.append(Part(face, shown, glyphs, text[start:stop]))
    return at - shift


def glyph_moves(wanted: Sequence[float], unmoved: Sequence[float], unit: float) -> tuple[list[tuple[int, int]], float]:
    """Return the moves from the ``unmoved`` positions of glyphs to the ``wanted`` ones, and their sum in px.

    A move: the index of the glyph after it, and how many units to the left.
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


def add_clusters(
    run: Run,
    text: str,
    first: int,
    end: int,
    pens: Sequence[float],
    back: dict[int, float],
    at: float,
    parts: list[Part],
) -> float:
    """Do the same for a run in which glyphs and characters do not correspond, or glyphs are shifted or invisible.

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
            part.pieces.append(f">{move}<")
            at -= move * unit
        part.pieces.append(face.codes[glyph])
        part.glyphs.append(glyph)
        texts.append(text[character] if following == character + 1 else text[character:following])
        at += face.advances[glyph]
    parts.append(part)
    return at


def close_array(out: list[str]) -> str:
    """Return the array without empty strings."""
    return f"<{''.join(out)}>".replace("<>", "")
