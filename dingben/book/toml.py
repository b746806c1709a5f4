"""Parse the TOML files of a book, and locate their keys."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from dingben.book.resources import read_text
from dingben.diagnostics import Location
from dingben.errors import SourceError


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Parse ``text`` as TOML. Raises SourceError with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        found = re.search(r"line (\d+), column (\d+)", where)
        line, column = (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, 1)
        raise SourceError(
            f"not TOML: {message[:1].lower()}{message[1:]}",
            hint='A value is a string in straight quotes: title = "书名".',
            location=Location(path, line, column),
        ) from error


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
