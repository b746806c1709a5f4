"""What a proof-reader should look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning", "note"]
ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt: where it is in the source, what is odd, and what to do."""

    place: Location
    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"
    raw: Location | None = None
    """The place in the raw text, where it is known."""

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}"


def worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """By severity, then by place."""
    return tuple(sorted(findings, key=lambda f: (ORDER[f.severity], f.place, f.code, f.message)))


@dataclass(slots=True)
class Doubt:
    """Something to point at, by its place in the raw text."""

    offset: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: 1-based line and column (in characters), 0 where unknown."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``file:line:column``, as far as it is known."""
        numbers = [n for n in (self.line, self.column) if n]
        return ":".join([str(self.file), *map(str, numbers)])


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: what is wrong, where, and what to do about it."""

    message: str
    hint: str = ""
    place: Location | None = None

    def __str__(self) -> str:
        """``file:line:column: message``."""
        return f"{self.place}: {self.message}" if self.place else self.message


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column (1-based, in characters) of ``offset`` in ``text``."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
