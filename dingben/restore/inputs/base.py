"""The contract of an input format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from dingben.book.raw_text import RawText
from dingben.restore.lines import InlineMark, Line


@dataclass(slots=True)
class InputLines:
    """Lines of a raw text, in its order, and the markup between them."""

    lines: list[Line]
    markup: list[tuple[int, int, str]] = field(default_factory=list)
    """(start, end, rule): raw characters that are no text; the ledger sets them aside under that rule."""
    marks: list[InlineMark] = field(default_factory=list)
    """Markup inside the lines, in raw order; the spans don't overlap."""


@runtime_checkable
class InputFormat(Protocol):
    """A format of raw text.

    Input is decoded text: the ledger must be able to give back every byte. The text of a line is one span of it.
    """

    name: str
    """Lower-case letters, digits and hyphens."""
    suffixes: tuple[str, ...]
    """Suffixes of its files, with their dots: it is asked before formats that do not name the suffix of a text."""

    def sniff(self, text: str) -> bool:
        """Whether a text is in this format."""

    def read(self, raw: RawText) -> InputLines:
        """Return the lines that hold text; what is neither in a line nor markup must be blank."""
