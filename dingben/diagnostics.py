"""What a proof-reader should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dingben.errors import Place

Severity = Literal["error", "warning", "note"]
ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt: where it is in the source, what is odd, and what to do."""

    place: Place
    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"
    raw: Place | None = None
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
