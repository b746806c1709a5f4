"""Pinyin by pypinyin, which reads its 47,000 words here for what the text asks of them: a fifth of a second less."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

MANY = 100
"""Characters from which on it takes less time to read all words."""


def pinyin(text: str, **options: bool) -> list[str]:
    """The pinyin of each character without tones, what is no Han in one piece: ``pypinyin.lazy_pinyin``."""
    speller = Speller.shared()
    speller.learn(text)
    spelt: list[str] = speller.spell(text, **options)
    return spelt


class Speller:
    """pypinyin with those of its words that begin with two characters of a text.

    pypinyin divides a text by the longest words that begin at each place, so others have no part in it.
    """

    def __init__(self) -> None:
        before = os.environ.get("PYPINYIN_NO_PHRASES")
        os.environ["PYPINYIN_NO_PHRASES"] = "1"
        try:
            import pypinyin
        finally:
            os.environ.pop("PYPINYIN_NO_PHRASES")
            if before is not None:
                os.environ["PYPINYIN_NO_PHRASES"] = before
        self.spell: Callable[..., Any] = pypinyin.lazy_pinyin
        self.load: Callable[[dict[str, Any]], None] = pypinyin.load_phrases_dict
        self.words = Path(pypinyin.__file__).with_name("phrases_dict.json").read_text("utf-8")
        self.known: set[str] = set()
        """Pairs of characters whose words are loaded."""

    @classmethod
    @functools.cache
    def shared(cls) -> Speller:
        """The one of this process: pypinyin has one table of words."""
        return cls()

    def learn(self, text: str) -> None:
        """Load the words that the text may hold."""
        if len(text) > MANY:
            self.load(json.loads(self.words))
            return
        pairs = {first + second for first, second in pairwise(text) if not (first + second).isascii()}
        found = {word: said for pair in sorted(pairs - self.known) for word, said in self.beginning(pair)}
        self.known |= pairs
        if found:
            self.load(found)

    def beginning(self, pair: str) -> Iterator[tuple[str, Any]]:
        """The words that begin with ``pair``, each with its pinyin: keys of a JSON object, which no value is like."""
        decoder = json.JSONDecoder()
        sign = json.dumps(pair, ensure_ascii=False)[:-1]
        at = self.words.find(sign)
        while at >= 0:
            word, end = decoder.raw_decode(self.words, at)
            said, end = decoder.raw_decode(self.words, self.words.index("[", end))
            yield word, said
            at = self.words.find(sign, end)
