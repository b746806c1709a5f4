"""A run of text whose pieces know which raw characters they come from.

Every step of the cleaning edits a `Passage`, so whatever reaches a source file can be
written into the ledger without guessing. A piece is a slice, not a character: a page of
prose with ten corrections is some twenty pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace ``text[start:end]`` with ``after``; ``note`` says on what evidence."""

    start: int
    end: int
    after: str
    note: str = ""


class Piece(NamedTuple):
    """``text`` stands for raw characters ``start:end``; no ``rule`` means that it is them."""

    text: str
    start: int
    end: int
    rule: str = ""
    note: str = ""


class Passage:
    """Pieces in reading order, and the places where pages of the printed book begin."""

    __slots__ = ("breaks", "pieces", "text")

    def __init__(self, pieces: Iterable[Piece], breaks: Iterable[tuple[int, str]] = ()) -> None:
        self.pieces: list[Piece] = list(pieces)
        self.text: str = "".join(piece.text for piece in self.pieces)
        self.breaks: list[tuple[int, str]] = list(breaks)
        """(raw offset, page number): a page begins at the piece that starts there."""

    @classmethod
    def kept(cls, raw: str, start: int, end: int) -> Passage:
        """The raw characters ``start:end`` as they are."""
        return cls([Piece(raw[start:end], start, end)])

    @property
    def start(self) -> int:
        """Where it begins in the raw text."""
        return self.pieces[0].start if self.pieces else 0

    def raw_offset(self, position: int) -> int:
        """The raw character that stands, or stood, at ``position`` of the text."""
        at = 0
        for piece in self.pieces:
            if position < at + len(piece.text):
                return piece.start if piece.rule else piece.start + position - at
            at += len(piece.text)
        return self.pieces[-1].end if self.pieces else 0

    def span_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the raw characters ``start:end`` stand in the text, if they still do."""
        at = 0
        for piece in self.pieces:
            if piece.start <= start and end <= piece.end and piece.end > piece.start:
                if not piece.rule:
                    return at + start - piece.start, at + end - piece.start
                return at, at + len(piece.text)
            at += len(piece.text)
        return None

    def apply(self, edits: Sequence[Edit], rule: str) -> None:
        """Make ``edits`` (sorted, apart) in the name of ``rule``."""
        if not edits:
            return
        out: list[Piece] = []
        queue = iter(self.pieces)
        piece = next(queue, None)
        at = 0  # where ``piece`` begins in the text
        for edit in edits:
            before, after = "", edit.after
            while piece is not None and at + len(piece.text) <= edit.start:
                if at + len(piece.text) == edit.start and edit.start == edit.end:
                    break
                out.append(piece)
                at += len(piece.text)
                piece = next(queue, None)
            if piece is not None and at < edit.start:
                cut = edit.start - at
                if piece.rule:  # a correction can't be cut in two: it is corrected as a whole
                    before = piece.text[:cut]
                else:
                    out.append(Piece(piece.text[:cut], piece.start, piece.start + cut))
                    piece = Piece(piece.text[cut:], piece.start + cut, piece.end)
                    at = edit.start
            if edit.start == edit.end and not before:
                place = piece.start if piece is not None else (out[-1].end if out else 0)
                out.append(Piece(after, place, place, rule, edit.note))
                continue
            swallowed: list[Piece] = []
            while piece is not None and at < edit.end:
                size = len(piece.text)
                if at + size > edit.end:
                    cut = edit.end - at
                    if piece.rule:
                        after += piece.text[cut:]
                    else:
                        swallowed.append(Piece(piece.text[:cut], piece.start, piece.start + cut))
                        piece = Piece(piece.text[cut:], piece.start + cut, piece.end)
                        at = edit.end
                        break
                swallowed.append(piece)
                at += size
                piece = next(queue, None)
            out += _merged(swallowed, before + after, rule, edit.note)
        if piece is not None:
            out.append(piece)
            out.extend(queue)
        self.pieces = out
        self.text = "".join(p.text for p in out)

    def split(self, position: int) -> tuple[Passage, Passage]:
        """Two passages, cut at ``position`` (not inside a correction)."""
        first: list[Piece] = []
        second: list[Piece] = []
        at = 0
        for piece in self.pieces:
            size = len(piece.text)
            if at >= position and (size or second):
                second.append(piece)
            elif at + size <= position or piece.rule:
                first.append(piece)
            else:
                cut = position - at
                first.append(Piece(piece.text[:cut], piece.start, piece.start + cut))
                second.append(Piece(piece.text[cut:], piece.start + cut, piece.end))
            at += size
        border = second[0].start if second else 0
        return (
            Passage(first, [b for b in self.breaks if not second or b[0] < border]),
            Passage(second, [b for b in self.breaks if second and b[0] >= border]),
        )


def _merged(pieces: list[Piece], after: str, rule: str, note: str) -> list[Piece]:
    """``pieces`` as one correction to ``after``; a gap in the raw text (a page's foot) cuts it."""
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
