"""What the leaves of a book told: values of book.toml, and what became of each line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .ledger import Ledger
from .ocr import Line, skeleton
from .rules import RULES, corrected


@dataclass(slots=True)
class Leaves:
    """What the leaves told, and what became of each of their lines."""

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

    def put(self, key: str, value: str, start: int, end: int) -> None:
        """Take a value where it is first printed; a repeat is set aside."""
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


def closed(text: str) -> str:
    """A value as the leaf prints it, with stray blanks closed and marks made right."""
    text = re.sub(r"[\s\u3000]+", " ", text).strip(" 　:：")
    return corrected(RULES, text, "zh")


def enter(leaves: Leaves, lines: list[Line], ledger: Ledger) -> None:
    """Account for every line of the leaves: values moved, repeats and labels set aside."""
    for start, end, key in leaves.moved:
        ledger.add(start, end, "moved", after=key, rule="book.toml")
    for start, end, rule in leaves.aside:
        ledger.add(start, end, "aside", rule=rule)
    for line in lines:
        if any(line is prose for prose in leaves.prose):
            continue
        spans = sorted((s, e) for s, e, _ in [*leaves.moved, *leaves.aside] if s < line.end and e > line.start)
        at = line.start
        for start, end in [*spans, (line.end, line.end)]:
            if start > at:
                ledger.add(at, start, "aside", rule="label" if spans else "notice")
            at = max(at, end)
