"""Character classes for line breaking and spacing: which may begin or end a line, and what stands between two.

Each character has a class of one letter; two classes side by side tell whether a line may
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
    """A table for ``str.translate`` that learns each character when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = class_of(chr(code))
        return found


def class_of(char: str) -> str:
    """The class of a character."""
    if char in _CLASSES:
        return _CLASSES[char]
    if unicodedata.east_asian_width(char) in "WF":
        return HAN
    if char.isalnum() or unicodedata.combining(char):
        return WESTERN
    return SIGN


_table = _Classes()


def classes(text: str) -> str:
    """The class of each character of ``text``, one letter each."""
    return text.translate(_table)


# -- between two characters

NONE, MARK, GAP, SPACE, EVEN = 0, 1, 2, 3, 4
"""What kind of gap lies there: none that may be opened; the white of a mark; between Han and a Western word; a blank;
between two of the width of Han."""

KIND = 7
MAY_BREAK = 8
ASK = 16
"""Within Western text: the shaper's own line breaks (UAX 14) tell."""
LEFT_YIELDS = 32
"""The mark on the left loses the empty half behind it."""
RIGHT_YIELDS = 64
"""The mark on the right loses the empty half before it."""


class _Pairs(dict[str, int]):
    """What lies between two classes, worked out once."""

    def __missing__(self, pair: str) -> int:
        self[pair] = found = between(pair[0], pair[1])
        return found


def between(left: str, right: str) -> int:
    """The gap's kind and flags between two classes."""
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
    """The kind of the gap between two classes."""
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


def told_of(tell: Callable[[int], int]) -> bytes:
    """A table for ``bytes.translate``: what ``tell`` says of each code."""
    return bytes(int(tell(code)) for code in range(256))


def one_of(tell: Callable[[int], object]) -> re.Pattern[bytes]:
    """A pattern that finds the codes of which ``tell`` says yes."""
    return re.compile(b"[" + re.escape(bytes(code for code in range(256) if tell(code))) + b"]")


KINDS = told_of(lambda code: code & KIND)
MAY_END = told_of(lambda code: bool(code & MAY_BREAK))
BESIDE_MARK = told_of(lambda kind: kind == MARK)
BESIDE_WORD = told_of(lambda kind: kind in (GAP, SPACE))
SPECIAL = one_of(lambda code: code & (LEFT_YIELDS | RIGHT_YIELDS) or code & KIND == GAP)
"""Where the two don't just stand side by side."""
ASKED = one_of(lambda code: code & ASK and not code & MAY_BREAK)
