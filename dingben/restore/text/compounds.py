"""Hyphens at line ends: whether one divides a word (twen-tieth) or belongs to a compound (so-called).

The rest of the book is the witness. Where it has neither spelling, a hyphen behind the first part of common compounds
stays, and in a long book one between two words that the book uses by themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
COMPOUND = re.compile(
    r"(?:so-called|well-(?!ing|ed$)[a-z]{3,}|self-(?!ish|less|same|hood)[a-z]{3,}|ill-(?!ness|us|um|eg|it)[a-z]{3,}"
    r"|half-(?!penny|pence)[a-z]{3,}|(?:ever|never|long|high|low|ready|new|old|full|hard|far|first|second|third)-[a-z]{2,}ed"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-[a-z]{3,}|(?:father|mother|son|daughter|sister|brother)-in)"
)
LONG_BOOK = 20_000
"""Words of a book whose own words are evidence."""
FREQUENT = 3


def words_of(text: str) -> dict[str, int]:
    """Return the words of a text, with their number."""
    return dict(Counter(WORD.findall(text.lower())))


def is_one_word(first: str, second: str, words: Mapping[str, int]) -> bool:
    """Whether ``first``, which ends in a hyphen, and ``second`` are one word without the hyphen."""
    whole, hyphened = (first[:-1] + second).lower(), (first + second).lower()
    if whole in words or hyphened in words:
        return words.get(whole, 0) >= words.get(hyphened, 0)
    if COMPOUND.match(hyphened):
        return False
    halves = (first[:-1].lower(), second.lower())
    both = all(len(half) > 2 and words.get(half, 0) >= FREQUENT for half in halves)
    return not (both and len(words) >= LONG_BOOK // 4 and sum(words.values()) >= LONG_BOOK)
