"""Slugs: names of output files, the title in ASCII."""

from __future__ import annotations

import re

from dingben.language.pinyin import pinyin


def slug(title: str, title_pinyin: str | None = None) -> str:
    """Return an ASCII name for the outputs: the printed pinyin, or the pinyin of the title, cut at a word."""
    words = re.findall(r"[a-z0-9]+", (title_pinyin or spelt(title)).lower())
    out = ""
    for word in words:
        if len(out) + len(word) + 1 > 60:
            break
        out = f"{out}-{word}" if out else word
    return out or "book"


def spelt(title: str) -> str:
    """Return the title in pinyin without tones; ASCII is unchanged."""
    if title.isascii():
        return title
    return " ".join(pinyin(title))
