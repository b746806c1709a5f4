"""Pinyin by pypinyin, loading only the parts of its tables that a text needs, which saves a quarter of a second."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

MANY = 100
"""Characters from which on it takes less time to read the tables whole."""

SINGLE, PHRASES = "pypinyin.pinyin_dict", "PYPINYIN_NO_PHRASES"
"""The module of pypinyin that reads its table of characters, and the variable by which it reads none of words."""


def pinyin(text: str, **options: bool) -> list[str]:
    """Return the pinyin of each character without tones, other text in one piece: ``pypinyin.lazy_pinyin``."""
    speller = Speller.shared()
    speller.learn(text)
    spelt: list[str] = speller.spell(text, **options)
    return spelt


class Speller:
    """pypinyin with the characters of a text, and the words that begin with two of them.

    pypinyin divides a text by the longest words that begin at each place, so others have no part in it.
    """

    def __init__(self) -> None:
        before = os.environ.get(PHRASES)
        os.environ[PHRASES] = "1"
        empty = ModuleType(SINGLE)
        empty.pinyin_dict = {}  # type: ignore[attr-defined]
        sys.modules.setdefault(SINGLE, empty)
        try:
            import pypinyin
        finally:
            os.environ.pop(PHRASES)
            if before is not None:
                os.environ[PHRASES] = before
        self.spell: Callable[..., Any] = pypinyin.lazy_pinyin
        self.load_characters: Callable[[dict[int, str]], None] = pypinyin.load_single_dict
        self.load_words: Callable[[dict[str, Any]], None] = pypinyin.load_phrases_dict
        tables = [Path(pypinyin.__file__).with_name(f"{name}_dict.json") for name in ("pinyin", "phrases")]
        self.characters, self.words = (table.read_bytes().decode("utf-8") for table in tables)
        self.known: set[str] = set()
        """Characters that are loaded, and pairs of them whose words are."""

    @classmethod
    @functools.cache
    def shared(cls) -> Speller:
        """The one of this process: pypinyin has one table of words."""
        return cls()

    def learn(self, text: str) -> None:
        """Load the characters and the words that the text may hold."""
        if len(text) > MANY:
            self.load_characters({int(code): reading for code, reading in json.loads(self.characters).items()})
            self.load_words(json.loads(self.words))
            return
        asked = {part for part in (*text, *map("".join, pairwise(text))) if not part.isascii()} - self.known
        self.known |= asked
        codes = [str(ord(char)) for char in asked if len(char) == 1]
        characters = {
            int(key): reading for code in codes for key, reading in entries(self.characters, code) if key == code
        }
        words = {word: reading for pair in asked if len(pair) == 2 for word, reading in entries(self.words, pair)}
        if characters or words:
            self.load_characters(characters)
            self.load_words(words)


def entries(table: str, start: str) -> Iterator[tuple[str, Any]]:
    """The entries of a JSON object whose keys begin with ``start``, as no value of it does."""
    decoder = json.JSONDecoder()
    sign = json.dumps(start, ensure_ascii=False)[:-1]
    at = table.find(sign)
    while at >= 0:
        key, end = decoder.raw_decode(table, at)
        value = table.index(":", end) + 1
        value += len(table[value : value + 99]) - len(table[value : value + 99].lstrip())
        reading, end = decoder.raw_decode(table, value)
        yield key, reading
        at = table.find(sign, end)
