"""A hyphen at a line's end is kept where the book, or a common compound, has it."""

from __future__ import annotations

import pytest

from dingben.restore.text.compounds import is_one_word, words_of


@pytest.mark.parametrize(
    ("first", "second", "text", "expected"),
    [
        ("twen-", "tieth", "", True),
        ("so-", "called", "", False),
        ("self-", "ish", "", True),
        ("self-", "taught", "", False),
        ("sheep-", "fold", "The sheep-fold was empty.", False),
        ("sheep-", "fold", "The sheepfold was empty.", True),
        ("twenty-", "third", "", False),
        ("be-", "come", "They come to be.", True),
        ("hill-", "top", "the hill and the top " * 6000 + " ".join(f"{a}{b}{c}" for a in "abcdefghijklmnopqrs" for b in "abcdefghijklmnopqrs" for c in "abcdefghijklmnopqrs"), False),
    ],
)  # fmt: skip
def test_compounds_and_divided_words(first: str, second: str, text: str, expected: bool) -> None:
    assert is_one_word(first, second, words_of(text)) is expected
