"""Normalize headings: number, one space, title, punctuation corrected by the rules."""

from __future__ import annotations

import re

from dingben.language.han import HAN, MARKS
from dingben.language.heading_labels import Label, read, read_weak
from dingben.rules import PLAIN, corrected


def normalize_heading(text: str, english: bool = False, known: Label | None = None) -> str:
    """Normalize a heading: number, one space, title, no letter-spacing, full-width punctuation.

    ``known`` is its label, where that is one only because of the headings around it.
    """
    text = re.sub(r"[\s\u3000]+", " ", text).strip()
    if english:
        return corrected(PLAIN, text, "en")
    label = read_weak(text) if known else read(text)
    title = text[label.end :] if label else text
    if label and label.style in {"回", "折", "出"} and (halves := _halves(title)):
        return f"{label.text} " + "\u3000".join(corrected(PLAIN, half, "zh") for half in halves)
    title = re.sub(rf"(?<=[{HAN}{MARKS}]) (?=[{HAN}{MARKS}])", "", title.strip(" .．、：:") if label else title)
    title = corrected(PLAIN, title, "zh").strip()
    if label is None:
        return title
    return f"{label.text}{label.joiner}{title}" if title else label.text


def _halves(title: str) -> tuple[str, str] | None:
    """The halves of a couplet that a blank divides; stray blanks inside them are dropped."""
    pieces = title.split()
    whole = "".join(pieces)
    for n in range(1, len(pieces)):
        first = "".join(pieces[:n])
        if 2 * len(first) == len(whole):
            return first, whole[len(first) :]
    return None
