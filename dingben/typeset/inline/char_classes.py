"""Character classes for line breaking and spacing: which may begin or end a line, and which gap is between two.

Each character has a class of one letter; a pair of classes determines whether a line may
end between them and what kind of gap is there. The classes follow W3C CLREQ
(https://www.w3.org/TR/clreq/#punctuation_marks_and_line_breaking) and, for what CLREQ
leaves open, UAX 14 (https://www.unicode.org/reports/tr14/).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

HAN, WESTERN, SIGN, OPENS, CLOSES, POINT, DASH, DOTS, MIDDLE = "H", "L", "P", "O", "C", "S", "J", "E", "D"
BLANK, HELD, BREAK, CALL, ZERO, LATIN_OPENS, LATIN_CLOSES, HALF_STOP, UNIT = " ", "W", "B", "N", "Z", "o", "c", "s", "U"
"""The classes: Han and what is as wide; letters and figures; other Western signs; full-width opening marks, closing
marks and points; ——; ……; ·; the blank; what forbids a break (U+2060, U+00A0); a forced line end; the call of a note;
a zero-width blank, where a line may end; half-width brackets, stops; ％ ℃ and the like, which follow figures."""

OPENING_MARKS = "（〔［｛〈《「『【〖“‘"
CLOSING_MARKS = "）〕］｝〉》」』】〗”’"
POINTS = "，。、；：？！．"
NON_STARTERS = "々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーゝゞヽヾ"
"""Han-wide signs that repeat or lengthen the one before and may not begin a line (UAX 14, class NS and CJ)."""

_CLASSES = {
    **dict.fromkeys(OPENING_MARKS, OPENS),
    **dict.fromkeys(CLOSING_MARKS, CLOSES),
    **dict.fromkeys(POINTS, POINT),
    **dict.fromkeys("—―⸺", DASH),
    **dict.fromkeys("…⋯", DOTS),
    **dict.fromkeys("·・‧•", MIDDLE),
    **dict.fromkeys("％‰℃℉°", UNIT),
    **dict.fromkeys(NON_STARTERS, UNIT),
    **dict.fromkeys("([{", LATIN_OPENS),
    **dict.fromkeys(")]}", LATIN_CLOSES),
    **dict.fromkeys(",.;:!?%", HALF_STOP),
    " ": BLANK,
    "\t": BLANK,
    "\n": BREAK,
    "\u00a0": HELD,
    "\u202f": HELD,
    "\u2060": HELD,
    "\ufeff": HELD,
    "\u200b": ZERO,
    "\ufffc": HAN,
}


class _Classes(dict[int, str]):
    """A table for ``str.translate`` that computes the class of a character when it is first used."""

    def __missing__(self, code: int) -> str:
        self[code] = found = class_of(chr(code))
        return found


def class_of(char: str) -> str:
    """Return the class of a character."""
    if char in _CLASSES:
        return _CLASSES[char]
    if unicodedata.east_asian_width(char) in "WF":
        return HAN
    if char.isalnum() or unicodedata.combining(char):
        return WESTERN
    return SIGN


_table = _Classes()


def classes(text: str) -> str:
    """Return the class of each character of ``text``, one letter each."""
    return text.translate(_table)


EAST_ASIAN = ("zh", "ja", "ko", "yue")
"""Languages whose quotation marks and dashes are full-width."""

SHARED_MARKS = re.compile(r"(?:(?<![A-Za-z\u00c0-\u024f])’|’(?![A-Za-z\u00c0-\u024f])|[“”‘—―…⋯·])+")
"""Marks that Chinese and Western text write with the same code; an apostrophe in a word is none."""

IDENTIFIER = re.compile(r"[!-~]*[/_.:@#=&?~%+\-][!-~]*|[A-Za-z]*[a-z][A-Z][A-Za-z0-9]*")
"""An address, a path, a name in code: what has signs or capitals within it."""

DIVISION = re.compile(r"(?<=[/_\-=&?#~%+:@])(?=\w)|(?<=\w)(?=[./?&=#])(?!\.$)|(?<=[a-z])(?=[A-Z])")
"""Where it may be divided: behind a sign, before a stop, between small and capital letters."""


def divisions(text: str) -> list[int]:
    """Where the addresses and identifiers in a text may be divided; two characters stay together on either side."""
    return [
        word.start() + place.start()
        for word in IDENTIFIER.finditer(text)
        for place in DIVISION.finditer(word[0])
        if 2 <= place.start() <= len(word[0]) - 2 and not word[0][: place.start()].endswith((":", ":/", "://"))
    ]


# -- between two characters

NONE, MARK, GAP, SPACE, EVEN = 0, 1, 2, 3, 4
"""Kind of the gap: none that may be widened; the white space of a mark; between Han and a Western word; a space;
between two of the width of Han."""

KIND = 7
MAY_BREAK = 8
ASK = 16
"""Inside Western text: use the line breaks of the shaper (UAX 14)."""
LEFT_YIELDS = 32
"""The mark on the left loses the empty half behind it."""
RIGHT_YIELDS = 64
"""The mark on the right loses the empty half before it."""


class _Pairs(dict[str, int]):
    """Gaps between two classes, computed once."""

    def __missing__(self, pair: str) -> int:
        self[pair] = found = between(pair[0], pair[1])
        return found


def between(left: str, right: str) -> int:
    """Return the kind and flags of the gap between two classes."""
    flags = kind(left, right)
    if may_break(left, right):
        flags |= MAY_BREAK
    elif left in WESTERN_KINDS and right in WESTERN_KINDS and right not in LATIN_CLOSES + HALF_STOP + UNIT:
        flags |= ASK
    if left in CLOSES + POINT and right in OPENS + CLOSES + POINT:
        flags |= LEFT_YIELDS
    elif left == OPENS == right:
        flags |= RIGHT_YIELDS
    return flags


WESTERN_KINDS = WESTERN + SIGN + LATIN_OPENS + LATIN_CLOSES + HALF_STOP + UNIT
FULL = HAN + DASH + DOTS + MIDDLE


def may_break(left: str, right: str) -> bool:
    """Whether a line may end between two classes."""
    if left in (BREAK, ZERO):
        return True
    if HELD in (left, right) or right in BLANK + BREAK + ZERO + CALL + CLOSES + POINT + MIDDLE + DOTS + UNIT:
        return False
    if right in LATIN_CLOSES + HALF_STOP or left in OPENS + LATIN_OPENS:
        return False
    if left == BLANK:
        return True
    if left == right == DASH:
        return False
    return not (left in WESTERN_KINDS and right in WESTERN_KINDS)


def kind(left: str, right: str) -> int:
    """Return the kind of the gap between two classes."""
    if left == BLANK:
        return SPACE
    if right in BLANK + BREAK + ZERO + CALL + HELD or left in BREAK + HELD:
        return NONE
    if (left == right == DASH) or (left == right == DOTS):
        return NONE
    if right in CLOSES + POINT or left == OPENS:
        return NONE
    if left in CLOSES + POINT or right == OPENS:
        return MARK
    if left in FULL + CALL and right in FULL:
        return EVEN
    western = WESTERN + SIGN + LATIN_OPENS + LATIN_CLOSES + HALF_STOP
    if left == HAN and right in WESTERN + LATIN_OPENS:
        return GAP
    if left in WESTERN + LATIN_CLOSES + UNIT + HALF_STOP and right == HAN:
        return GAP if left != UNIT else EVEN
    if (left in FULL and right in western) or (left in western and right in FULL):
        return EVEN
    return NONE


pairs: dict[str, int] = _Pairs()


# -- codes in a row, as bytes


def table_of(value: Callable[[int], int]) -> bytes:
    """Return a table for ``bytes.translate`` with the value of each code."""
    return bytes(int(value(code)) for code in range(256))


def pattern_of(test: Callable[[int], object]) -> re.Pattern[bytes]:
    """Return a pattern that finds the codes for which ``test`` is true."""
    return re.compile(b"[" + re.escape(bytes(code for code in range(256) if test(code))) + b"]")


KINDS = table_of(lambda code: code & KIND)
MAY_END = table_of(lambda code: bool(code & MAY_BREAK))
BESIDE_MARK = table_of(lambda kind: kind == MARK)
BESIDE_WORD = table_of(lambda kind: kind in (GAP, SPACE))
SPECIAL = pattern_of(lambda code: code & (LEFT_YIELDS | RIGHT_YIELDS) or code & KIND == GAP)
"""Codes with a gap or a mark that loses a half."""
ASK_SHAPER = pattern_of(lambda code: code & ASK and not code & MAY_BREAK)
