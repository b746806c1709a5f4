"""Waits for changes in a book's sources, templates and styles."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

WATCHED = ("source", "templates", "styles")
PAUSE = 0.3
"""Seconds between looks; polling works on every file system, network drives too."""


def changes(folder: Path) -> Iterator[None]:
    """Once at the beginning, then after every change, until interrupted."""
    seen: dict[Path, tuple[int, int]] | None = None
    while True:
        now = state(folder)
        if now != seen:
            seen = now
            yield
        time.sleep(PAUSE)


def state(folder: Path) -> dict[Path, tuple[int, int]]:
    """Time and size of every watched file: enough to see a save."""
    found = {}
    for name in WATCHED:
        for path in (folder / name).rglob("*"):
            try:
                status = path.stat()
            except OSError:  # it went away between listing and looking
                continue
            found[path] = (status.st_mtime_ns, status.st_size)
    return found
