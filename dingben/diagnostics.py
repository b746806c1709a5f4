"""Diagnostics: a message about a file, with its location, severity, code and hint.

Errors, lint results, doubts of an ingest, preflight and verification results are all of this one type.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Terminal controls, line ends, bidirectional overrides, lone surrogates."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Position in a file: 1-based line and column (in characters), 0 where unknown."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``file:line:column``, as far as it is known."""
        numbers = [n for n in (self.line, self.column) if n]
        return ":".join([str(self.file), *map(str, numbers)])


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Message about a file or a tool: what is wrong, where, and what to do about it."""

    message: str
    hint: str = ""
    location: Location | None = None
    code: str = ""
    """Stable code of the rule or check (``M001``); empty where the message has none."""
    severity: Severity = "warning"
    suggestions: tuple[str, ...] = ()
    """Texts that may replace what stands at the location, best first."""
    raw: Location | None = None
    """Position in the raw text, where it is known."""

    def __str__(self) -> str:
        """``file:line:column: code message``."""
        text = f"{self.code} {self.message}" if self.code else self.message
        return f"{self.location}: {text}" if self.location else text


def format_warning(diagnostic: Diagnostic) -> str:
    """Format as ``file:line:column: warning: code message``, as compilers do."""
    text = f"{diagnostic.code} {diagnostic.message}" if diagnostic.code else diagnostic.message
    return f"{diagnostic.location}: warning: {text}" if diagnostic.location else f"warning: {text}"


def worst_first(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by severity, then by location."""
    nowhere = Location(Path())
    return tuple(sorted(diagnostics, key=lambda d: (ORDER[d.severity], d.location or nowhere, d.code, d.message)))


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return the JSON object of a diagnostic: file, line, column, message, hint; code and severity if it has a code."""
    location = diagnostic.location
    data: dict[str, Any] = {}
    if location:
        data |= {"file": str(location.file), "line": location.line, "column": location.column}
    data |= {"message": diagnostic.message, "hint": diagnostic.hint}
    if diagnostic.code:
        data |= {"code": diagnostic.code, "severity": diagnostic.severity}
    return data


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column (1-based, in characters) of ``offset`` in ``text``."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


# -- escaping


def printable(text: str) -> str:
    r"""Escape ``text`` to one line that is safe on a terminal and can be encoded: ``\x1b``, ``\n``, ``\udcff``."""
    return UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def printable_diagnostic(diagnostic: Diagnostic) -> Diagnostic:
    """Escape each part of a diagnostic (:func:`printable`)."""
    location = diagnostic.location
    if location:
        location = dataclasses.replace(location, file=Path(printable(str(location.file))))
    message, hint = printable(diagnostic.message), printable(diagnostic.hint)
    return dataclasses.replace(diagnostic, message=message, hint=hint, location=location)
