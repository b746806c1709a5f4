"""Every edition held against the source: no character lost, doubled or changed on the way.

The text of the source is what pandoc's model holds (:func:`text_of_book`); the text of an
edition is read back out of its bytes (:mod:`dingben.formats.read_text`). Each is told in two streams,
the text and the notes, for an edition may put notes where it likes. Both are
compared letter by letter on a normal form without what layout may change: blanks, places
to break a line, soft hyphens.

An edition's text comes in pieces; some may be there or not (the head of a table printed
again on a new page, a hyphen at the end of a line). The comparison follows all readings at
once, as a nondeterministic automaton does, and tells the first place where none goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dingben.diagnostics import Diagnostic
from dingben.document.plain import SAME_GLYPH, DivisionText
from dingben.document.source_location import locate_offset
from dingben.errors import RenderError

CONTEXT = 12
"""Characters shown on each side of a difference."""


@dataclass(frozen=True, slots=True)
class EditionSegment:
    """A run of an edition's text in normal form; ``optional`` may be there once more than in the source."""

    text: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class EditionText:
    """What an edition says: pieces of the text and of the notes, each in reading order.

    ``drawn``: the characters were told by glyphs, so that some can't be told apart (``SAME_GLYPH``).
    """

    body: tuple[EditionSegment, ...]
    notes: tuple[EditionSegment, ...]
    drawn: bool = False


# -- the source


# -- the comparison


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an edition first leaves the source: offset into the source's normal form, and what each says on."""

    offset: int
    expected: str
    found: str


def compare(expected: Sequence[DivisionText], got: EditionText, name: str) -> Diagnostic | None:
    """The first difference between the source and an edition called ``name``; None where they are equal."""
    for stream in ("body", "notes"):
        texts = [getattr(division, stream) for division in expected]
        pieces = getattr(got, stream)
        difference = first_difference("".join(texts), pieces)
        if difference and got.drawn:
            texts = [text.translate(SAME_GLYPH) for text in texts]
            pieces = [EditionSegment(piece.text.translate(SAME_GLYPH), piece.optional) for piece in pieces]
            difference = first_difference("".join(texts), pieces)
        if difference:
            return difference_diagnostic(expected, texts, difference, name)
    return None


def require_equal(expected: Sequence[DivisionText], got: EditionText, name: str) -> None:
    """Raises RenderError where an edition called ``name`` says anything but what the source says."""
    if problem := compare(expected, got, name):
        raise RenderError.of([problem])


def first_difference(expected: str, pieces: Sequence[EditionSegment]) -> Difference | None:
    """Where no reading of the ``pieces`` goes on as ``expected``; None where one of them is equal to it."""
    if expected == "".join(piece.text for piece in pieces if not piece.optional):
        return None
    ends = {0}
    for index, piece in enumerate(pieces):
        on = {end + len(piece.text) for end in ends if expected.startswith(piece.text, end)}
        if piece.optional:
            on |= ends
        if not on:
            return locate_difference(expected, max(ends), pieces[index:])
        ends = on
    return None if len(expected) in ends else locate_difference(expected, max(ends), ())


def locate_difference(expected: str, start: int, pieces: Sequence[EditionSegment]) -> Difference:
    """The first character after ``start`` where what follows in ``pieces`` differs."""
    following = ""
    for piece in pieces:
        if len(following) > len(expected) - start + CONTEXT or len(following) > 10_000:
            break
        following += "" if piece.optional else piece.text
    same = 0
    while same < len(following) and start + same < len(expected) and following[same] == expected[start + same]:
        same += 1
    return Difference(start + same, expected[start + same :][:CONTEXT], following[same : same + CONTEXT])


def difference_diagnostic(
    expected: Sequence[DivisionText], texts: Sequence[str], difference: Difference, name: str
) -> Diagnostic:
    """The difference as a problem at its place in the source."""
    start = 0
    index = 0
    while index + 1 < len(texts) and difference.offset >= start + len(texts[index]):
        start += len(texts[index])
        index += 1
    offset = difference.offset - start
    before = texts[index][max(0, offset - CONTEXT) : offset]
    should = f"“{before}{difference.expected}”" if difference.expected else f"“{before}” and ends"
    has = f"“{before}{difference.found}”" if difference.found else f"“{before}” and ends"
    return Diagnostic(
        f"the {name} differs from the source: it has {has}, not {should}",
        "Styles or templates of the book's own may hide or add text (a page that a template makes is told by the class "
        "of its section: titlepage, imprint …); else it is a fault of dingben: please report it.",
        locate_offset(expected[index].division, texts[index], offset),
    )
