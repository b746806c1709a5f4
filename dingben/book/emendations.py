"""Emendations: readings of an editor in ``source/emendations.toml``, applied again at every ingest.

[[emendation]]
where = "chapters/01-chapter.md"    # may be left out: the whole book
sic = "what the source says"
corr = "what it should say"
reason = "the scan, page 12"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dingben.book.resources import is_present, read_text
from dingben.book.toml import key_lines, parse_toml
from dingben.diagnostics import Diagnostic, Location
from dingben.errors import SourceError

EMPTY = """# Readings made by a person; dingben ingest applies them again each time.
#
# [[emendation]]
# where = "chapters/01-chapter.md"
# sic = "the words as the source has them, as many as make the place unique"
# corr = "the words as they should be"
# reason = "how you know: the scan, page 12"
"""
KEYS = {"where", "sic", "corr", "reason"}


@dataclass(slots=True)
class Emendation:
    """An emendation; ``hits`` counts the places where ``sic`` was found."""

    where: str
    sic: str
    corr: str
    reason: str
    location: Location
    hits: int = 0


def read_emendations(path: Path) -> list[Emendation]:
    """Read the emendations of a book; an absent file has none. Raises SourceError."""
    if not is_present(path):
        return []
    text = read_text(path)
    table = parse_toml(path, text)
    out: list[Emendation] = []
    problems: list[Diagnostic] = [
        Diagnostic(f"unknown key: {key}", "only [[emendation]] and [[ignore]] tables belong here", Location(path))
        for key in table
        if key not in ("emendation", "ignore")
    ]
    for row, place in _rows(table, "emendation", text, path):
        if set(row) - KEYS or not all(isinstance(v, str) for v in row.values()):
            problems.append(
                Diagnostic(
                    f"unknown or wrong key: {', '.join(sorted(set(row) - KEYS)) or 'not a string'}",
                    "where, sic, corr, reason",
                    place,
                )
            )
        elif not row.get("sic") or "corr" not in row:
            problems.append(Diagnostic("an emendation needs sic and corr", "", place))
        else:
            out.append(Emendation(row.get("where", ""), row["sic"], row["corr"], row.get("reason", ""), place))
    if problems:
        raise SourceError.of(problems)
    return out


@dataclass(slots=True)
class Ignore:
    """A finding that is to be ignored."""

    code: str
    text: str
    reason: str
    location: Location
    hits: int = 0


def read_ignores(path: Path) -> list[Ignore]:
    """Read the ``[[ignore]]`` tables. Raises SourceError."""
    if not is_present(path):
        return []
    text = read_text(path)
    table = parse_toml(path, text)
    return [
        Ignore(str(row.get("code", "")), str(row.get("text", "")), str(row.get("reason", "")), place)
        for row, place in _rows(table, "ignore", text, path)
    ]


def _rows(table: dict[str, Any], name: str, text: str, path: Path) -> Iterator[tuple[dict[str, Any], Location]]:
    """Yield the tables ``[[name]]`` with their locations. Raises SourceError if ``name`` is something else."""
    rows = table.get(name, [])
    lines = key_lines(text)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        place = Location(path, *(lines.get((name, 0, "")) or (1, 1)))
        raise SourceError(f"{name} must be a table", hint=f"Write [[{name}]] on a line of its own.", location=place)
    for index, row in enumerate(rows):
        yield row, Location(path, *(lines.get((name, index, "")) or (1, 1)))
