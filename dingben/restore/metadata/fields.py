"""Metadata fields: values of book.toml, and the raw text that each was read from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dingben.book.ledger import Ledger
from dingben.language.han import skeleton
from dingben.restore.lines import Line
from dingben.rules import PLAIN, corrected


@dataclass(slots=True)
class MetadataFields:
    """Metadata found on title pages and imprint, and the raw spans that were moved or set aside."""

    values: dict[str, str] = field(default_factory=dict)
    """Dotted key of book.toml -> value."""
    piracy: list[str] = field(default_factory=list)
    contributors: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[int, int, str]] = field(default_factory=list)
    """(start, end, key): raw characters that went to book.toml."""
    aside: list[tuple[int, int, str]] = field(default_factory=list)
    """(start, end, rule): raw characters set aside, and as what."""
    doubts: list[tuple[int, str, str]] = field(default_factory=list)
    """(raw offset, message, hint)."""
    prose: list[Line] = field(default_factory=list)
    unknown: list[Line] = field(default_factory=list)
    """Lines before any imprint that tell nothing known: text, with a doubt."""

    def put(self, key: str, value: str, start: int, end: int) -> None:
        """Set a value unless it is set; a repeat is set aside, and a different reading is reported."""
        value = value.strip()
        if not value:
            return
        if key in self.values:
            same = skeleton(self.values[key]) == skeleton(value)
            self.aside.append((start, end, "repeated" if same else "other-reading"))
            if not same and key != "imprint.distribution":
                self.doubts.append(
                    (start, f"{key} is printed in two ways: {self.values[key]} and {value}", "the first was taken")
                )
            return
        self.values[key] = value
        self.moved.append((start, end, key))


def normalize_value(text: str) -> str:
    """Normalize a printed value: spaces and punctuation are corrected."""
    text = re.sub(r"[\s\u3000]+", " ", text).strip(" 　:：")
    return corrected(PLAIN, text, "zh")


def record_metadata(metadata: MetadataFields, lines: list[Line], ledger: Ledger) -> None:
    """Record every line of title pages and imprint in the ledger: values are moved, repeats and labels set aside."""
    values = [(start, end, "moved", key) for start, end, key in metadata.moved]
    repeats = [(start, end, "aside", rule) for start, end, rule in metadata.aside]
    spans = sorted(values + repeats, key=lambda span: (span[0], span[2] != "moved", -span[1]))
    prose = {line.start for line in metadata.prose}
    n = 0
    at = 0
    for line in lines:
        if line.start in prose:
            continue
        at = max(at, line.start)  # a title may run over two lines
        known = False
        while n < len(spans) and spans[n][0] < line.end:
            start, end, kind, what = spans[n]
            n += 1
            start, end = max(start, at), end
            if start >= end:
                continue
            known = True
            if start > at:
                ledger.add(at, start, "aside", rule="label")
            if kind == "moved":
                ledger.add(start, end, "moved", after=what, rule="book.toml")
            else:
                ledger.add(start, end, "aside", rule=what)
            at = end
        if at < line.end:
            ledger.add(at, line.end, "aside", rule="label" if known else "notice")
