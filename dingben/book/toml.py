"""Parse the TOML files of a book, and locate their keys."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from dingben.book.resources import read_text
from dingben.diagnostics import Location, position
from dingben.errors import SourceError

INT64 = range(-(2**63), 2**63)
"""Whole numbers of TOML: https://toml.io/en/v1.0.0#integer."""

LONG_NUMBER = re.compile(r"[0-9A-Fa-f_]{16,}")
"""What a number beyond them is written with."""


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Parse ``text`` as TOML. Raises SourceError with line and column."""
    try:
        table = tomllib.loads(text)
        if has_long_number(table):
            raise long_number(path, text)
        return table
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        found = re.search(r"line (\d+), column (\d+)", where)
        line, column = (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, 1)
        raise SourceError(
            f"not TOML: {message[:1].lower()}{message[1:]}",
            hint='A value is a string in straight quotes: title = "书名".',
            location=Location(path, line, column),
        ) from error
    except RecursionError as error:
        raise SourceError(
            "tables or lists are nested too deeply",
            hint="Look for long runs of [ or {.",
            location=Location(path, deepest_line(text)),
        ) from error
    except ValueError as error:  # Python converts no more than 4300 digits
        raise long_number(path, text) from error


def long_number(path: Path, text: str) -> SourceError:
    """Return the error for a whole number that TOML does not have."""
    return SourceError("a number is too long", hint="TOML has numbers of 64 bits.", location=at_long(path, text))


def has_long_number(value: object) -> bool:
    """Return whether a value holds a whole number that TOML does not have."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, int) and item not in INT64:
            return True
    return False


def at_long(path: Path, text: str) -> Location:
    """Return the location of the longest number: the first of them."""
    longest = max(LONG_NUMBER.finditer(text), key=lambda found: len(found[0]), default=None)
    return Location(path, *position(text, longest.start())) if longest else Location(path)


def deepest_line(text: str) -> int:
    """Return the number of the line with the most opening brackets."""
    lines = text.split("\n")
    return 1 + max(range(len(lines)), key=lambda index: lines[index].count("[") + lines[index].count("{"))


def place_of_key(folder: Path, table: str, key: str) -> Location:
    """Return the location of ``key`` in ``book.toml``."""
    path = folder / "source" / "book.toml"
    return Location(path, *key_lines(read_text(path)).get((table, 0, key), ()))


def key_lines(text: str) -> dict[tuple[str, int, str], tuple[int, int]]:
    """Locate every key: (table, index, key) to line and column; key "" is the header of the table.

    tomllib gives no positions. This reads headers and keys at the start of lines, which
    is how book.toml is written; a key inside a multi-line string may be taken for one,
    which costs no more than a wrong line number in an error.
    """
    places: dict[tuple[str, int, str], tuple[int, int]] = {}
    table, index = "", 0
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*(\[\[?)\s*([\w.-]+)\s*\]", line):
            table = header[2]
            index = counts[table] = counts.get(table, -1) + 1
            places.setdefault((table, index, ""), (number, 1))
        elif key := re.match(r"\s*([\w-]+|\"[^\"]*\")\s*=", line):
            name = key[1].strip('"')
            places.setdefault((table, index, name) if table else (name, 0, ""), (number, key.start(1) + 1))
    return places
