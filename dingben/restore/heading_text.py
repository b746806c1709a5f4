"""Normalize headings: number, one space, title, punctuation corrected by the rules."""

from __future__ import annotations

import re

from dingben.language.han import HAN, MARKS
from dingben.language.heading_labels import read
from dingben.rules import PLAIN, corrected


def normalize_heading(text: str, english: bool = False) -> str:
    """Normalize a heading: number, one space, title, no letter-spacing, full-width punctuation."""
    text = re.sub(r"[\s\u3000]+", " ", text).strip()
    if english:
        return corrected(PLAIN, text, "en")
    label = read(text)
    title = text[label.end :] if label else text
    halves = title.split()
    if label and label.style == "回" and len(halves) == 2 and len(halves[0]) == len(halves[1]):
        return f"{label.text} " + "\u3000".join(corrected(PLAIN, half, "zh") for half in halves)
    title = re.sub(rf"(?<=[{HAN}{MARKS}]) (?=[{HAN}{MARKS}])", "", title.strip(" .．、：:") if label else title)
    title = corrected(PLAIN, title, "zh").strip()
    if label is None:
        return title
    return f"{label.text}{label.joiner}{title}" if title else label.text
