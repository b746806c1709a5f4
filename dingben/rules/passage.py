"""Text that knows the raw characters it comes from.

Every correction edits a `Passage`, so whatever reaches a source file can be recorded in the
ledger without guessing. A piece is a slice, not a character: a page of prose with ten
corrections is some twenty pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace ``text[start:end]`` with ``after``; ``note`` is the evidence."""

    start: int
    end: int
    after: str
    note: str = ""


class Piece(NamedTuple):
    """Text of the raw characters ``start:end``: unchanged if ``rule`` is empty, else corrected."""

    text: str
    start: int
    end: int
    rule: str = ""
    note: str = ""
    written: str | None = None
    """Markdown that is written in the place of ``text`` and that no edit changes; None if ``text`` itself is."""


class Passage:
    """Pieces in reading order, and the offsets where pages of the printed book begin."""

    __slots__ = ("breaks", "pieces", "text")

    def __init__(self, pieces: Iterable[Piece], breaks: Iterable[tuple[int, str]] = ()) -> None:
        self.pieces: list[Piece] = list(pieces)
        self.text: str = "".join(piece.text for piece in self.pieces)
        self.breaks: list[tuple[int, str]] = list(breaks)
        """(raw offset, page number): a page begins at the piece that starts there."""

    @classmethod
    def kept(cls, raw: str, start: int, end: int) -> Passage:
        """Return a passage of the raw characters ``start:end``, unchanged."""
        return cls([Piece(raw[start:end], start, end)])

    @property
    def start(self) -> int:
        """Offset in the raw text where it begins."""
        return self.pieces[0].start if self.pieces else 0

    def raw_offset(self, position: int) -> int:
        """Return the offset of the raw character at ``position`` of the text."""
        at = 0
        for piece in self.pieces:
            if position < at + len(piece.text):
                return piece.start if piece.rule else piece.start + position - at
            at += len(piece.text)
        return self.pieces[-1].end if self.pieces else 0

    def span_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the span in the text of the raw characters ``start:end``, if it still has them."""
        at = 0
        for piece in self.pieces:
            if piece.start <= start and end <= piece.end and piece.end > piece.start:
                if not piece.rule:
                    return at + start - piece.start, at + end - piece.start
                return at, at + len(piece.text)
            at += len(piece.text)
        return None

    def apply(self, edits: Sequence[Edit], rule: str) -> None:
        """Apply ``edits`` (sorted, not overlapping) and record them under ``rule``."""
        if not edits:
            return
        out: list[Piece] = []
        queue = iter(self.pieces)
        piece = next(queue, None)
        at = 0  # where ``piece`` begins in the text
        for edit in edits:
            while piece is not None and at < edit.start:
                size = len(piece.text)
                if at + size > edit.start:
                    first, piece = _split(piece, edit.start - at)
                    out.append(first)
                    at = edit.start
                else:
                    out.append(piece)
                    at += size
                    piece = next(queue, None)
            if edit.start == edit.end:
                place = piece.start if piece is not None else (out[-1].end if out else 0)
                out.append(Piece(edit.after, place, place, rule, edit.note))
                continue
            replaced: list[Piece] = []
            untouched: list[Piece] = []
            after = edit.after
            while piece is not None and at < edit.end:
                size = len(piece.text)
                if piece.written is not None:
                    (untouched if replaced else out).append(piece)
                    after = after.replace(piece.text, "", 1) if piece.text else after
                    at += size
                    piece = next(queue, None)
                    continue
                if at + size > edit.end:
                    first, piece = _split(piece, edit.end - at)
                    replaced.append(first)
                    at = edit.end
                else:
                    replaced.append(piece)
                    at += size
                    piece = next(queue, None)
            out += _merged(replaced, after, rule, edit.note)
            out += untouched
        if piece is not None:
            out.append(piece)
            out.extend(queue)
        self.pieces = out
        self.text = "".join(p.text for p in out)


def _split(piece: Piece, at: int) -> tuple[Piece, Piece]:
    """Split a piece; of a correction, the first part keeps all raw characters that it corrected."""
    if piece.rule:
        return piece._replace(text=piece.text[:at]), piece._replace(text=piece.text[at:], start=piece.end)
    return Piece(piece.text[:at], piece.start, piece.start + at), Piece(piece.text[at:], piece.start + at, piece.end)


def _merged(pieces: list[Piece], after: str, rule: str, note: str) -> list[Piece]:
    """Merge ``pieces`` into one correction to ``after``; a gap in the raw text (the foot of a page) divides it."""
    codes = [code for piece in pieces for code in piece.rule.split("+") if code]
    code = "+".join(dict.fromkeys([*codes, rule]))
    notes = "; ".join(dict.fromkeys(n for n in [*(p.note for p in pieces), note] if n))
    out: list[Piece] = []
    for piece in pieces:
        if out and out[-1].end == piece.start:
            out[-1] = out[-1]._replace(end=piece.end)
        else:
            out.append(Piece("" if out else after, piece.start, piece.end, code, notes))
    return out
