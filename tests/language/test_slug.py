"""File names from titles."""

from __future__ import annotations

import pytest

from dingben.language.slug import slug


@pytest.mark.parametrize(
    ("title", "pinyin", "expected"),
    [
        ("海港志", None, "hai-gang-zhi"),
        ("海港志", "Haigang Zhi", "haigang-zhi"),
        ("Ports & Cities: 2", None, "ports-cities-2"),
        ("——", None, "book"),
        ("word " * 30, None, "-".join(["word"] * 12)),  # cut at a word, 60 characters at most
    ],
)
def test_slugs(title: str, pinyin: str | None, expected: str) -> None:
    assert slug(title, pinyin) == expected
