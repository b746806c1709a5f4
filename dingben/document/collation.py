"""Collation: compare the text of an edition with the source, character by character.

The text of the source is what pandoc's AST holds (:func:`dingben.document.plain.book_text`); the text of an edition
is read back out of its bytes (``read_text`` of each format). Each is given as two streams, body text and notes,
because an edition may place notes anywhere. Both are compared in a normal form without what layout may change:
white space, break opportunities, soft hyphens.

An edition's text comes in segments. Some are optional: the head of a table repeated on a new page, a hyphen at the end
of a line. The comparison follows all possible readings at once, as a nondeterministic finite automaton does, and
reports the first position where none matches.
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
    """A segment of an edition's text in normal form; an ``optional`` one may be missing from the source."""

    text: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class EditionText:
    """The text of an edition: segments of the body text and of the notes, each in reading order.

    ``drawn``: the characters were read from glyphs, so that some are indistinguishable (``SAME_GLYPH``).
    """

    body: tuple[EditionSegment, ...]
    notes: tuple[EditionSegment, ...]
    drawn: bool = False


# -- the source


# -- the comparison


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference: its offset in the source's normal form, and the text that follows in source and edition."""

    offset: int
    expected: str
    found: str


def compare(expected: Sequence[DivisionText], got: EditionText, name: str) -> Diagnostic | None:
    """Return the first difference between the source and the edition called ``name``, or None where they are equal."""
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
    """Raise RenderError where the edition called ``name`` differs from the source."""
    if problem := compare(expected, got, name):
        raise RenderError.of([problem])


def first_difference(expected: str, pieces: Sequence[EditionSegment]) -> Difference | None:
    """Return where no reading of the segments ``pieces`` matches ``expected``, or None where one is equal to it."""
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
    """Return the first difference after ``start``, comparing with the mandatory segments that follow."""
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
    """Build the diagnostic of a difference, located in the source."""
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
        "Styles or templates of the book may hide or add text (generated pages are recognised by the class of their "
        "section: titlepage, imprint …). If not, please report this as a bug.",
        locate_offset(expected[index].division, texts[index], offset),
    )
