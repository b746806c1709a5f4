"""Names of outputs: the title in ASCII."""

from __future__ import annotations

import re

from dingben.language.pinyin import pinyin


def slug(title: str, title_pinyin: str | None = None) -> str:
    """An ASCII name for the outputs: the printed pinyin, or the title spelt, cut at a word."""
    words = re.findall(r"[a-z0-9]+", (title_pinyin or spelt(title)).lower())
    out = ""
    for word in words:
        if len(out) + len(word) + 1 > 60:
            break
        out = f"{out}-{word}" if out else word
    return out or "book"


def spelt(title: str) -> str:
    """The title in pinyin without tones; what is ASCII stays."""
    if title.isascii():
        return title
    return " ".join(pinyin(title))
