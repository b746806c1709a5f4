"""A heading of the text: its lines, level and evidence."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 90
"""Characters of the longest line that may be a heading."""

GLUED = "glued to its paragraph"


@dataclass(slots=True)
class Heading:
    """Lines ``first`` to ``last`` are a heading (or ``cut``, the raw end of one that is glued)."""

    first: int
    last: int
    level: int
    text: str
    """In its right form."""
    entry: int | None = None
    """The entry of the printed contents that witnesses it."""
    evidence: str = ""
    cut: int = 0
