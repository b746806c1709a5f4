"""Plugins: entry points of installed packages, found and imported with clear errors.

An entry point names an object by ``package.module:OBJECT`` (https://packaging.python.org/specifications/entry-points/).
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dingben.errors import ToolError
from dingben.system.versions import metadata_paths


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point: an object reference, the package that declares it, and that package's version."""

    reference: str
    package: str = "dingben"
    version: str = ""


@functools.cache
def plugin_entries(group: str) -> tuple[Entry, ...]:
    """Return the entry points of a group, by package and name.

    importlib.metadata takes 30 ms to import and reads every package's metadata. So it is asked only where the text of
    an ``entry_points.txt`` names the group.
    """
    found: dict[str, list[Entry]] = {}
    for folder in metadata_paths():
        for package, entry in _entries_of(folder, group):
            found.setdefault(package, []).append(entry)
    return tuple(entry for _, entries in sorted(found.items()) for entry in entries)


def _entries_of(folder: Path, group: str) -> Iterator[tuple[str, Entry]]:
    """Yield the entry points of the group that one package's metadata lists."""
    try:
        text = (folder / "entry_points.txt").read_bytes()
    except OSError:
        return
    if f"[{group}]".encode() not in text:
        return
    from importlib.metadata import PathDistribution

    distribution = PathDistribution(folder)
    package = str(distribution.metadata["Name"] or folder.name)
    if package == "dingben":
        return
    for point in sorted(distribution.entry_points.select(group=group), key=lambda point: point.name):
        yield package, Entry(point.value.replace(" ", ""), package, distribution.version)


def load_object(entry: Entry, kind: str) -> Any:
    """Import the object of an entry point. Raises ToolError; ``kind`` is what it is to be, as in `unusable`."""
    module, _, attribute = entry.reference.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:  # code of a plugin may raise anything
        raise unusable(entry, kind, f"{type(error).__name__}: {error}") from error


def unusable(entry: Entry, kind: str, fault: str) -> ToolError:
    """Return the error for an entry point that cannot be used; ``kind`` is for example "output format"."""
    return ToolError(
        f"{kind} {entry.reference} of {entry.package} cannot be used: {fault}",
        hint=f"Update {entry.package}, or uninstall it: pip uninstall {entry.package}",
    )
