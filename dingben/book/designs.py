"""Designs: the looks of a book. The built-in one, and those of installed plugins (entry points ``dingben.designs``).

A design is a folder with a style sheet ``design.css``, whose ``:root`` sets variables, and a folder ``templates``; each
is optional. A file of the book comes before one of its design, and that before the packaged one.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dingben.system.plugins import Entry, load_object, plugin_entries, unusable

GROUP, KIND = "dingben.designs", "design"
STYLE, TEMPLATES = "design.css", "templates"
NAME = re.compile("[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Design:
    """A design: its name in book.toml, its folder (None: the packaged files alone), and a summary of one line."""

    name: str
    folder: Path | None
    summary: str = ""

    def file(self, kind: str, name: str) -> Path | None:
        """Return where a template or style sheet of the design is; None if a design cannot have it."""
        if self.folder is None:
            return None
        if kind == "templates":
            return self.folder / TEMPLATES / name
        return self.folder / STYLE if name == STYLE else None

    def files(self) -> dict[str, Path]:
        """Return all files of the design by the names that they would have in a book."""
        if self.folder is None:
            return {}
        found = {f"styles/{STYLE}": self.folder / STYLE} if (self.folder / STYLE).is_file() else {}
        templates = self.folder / TEMPLATES
        paths = sorted(path for path in templates.rglob("*") if path.is_file() and not path.name.startswith("."))
        return found | {f"templates/{path.relative_to(templates).as_posix()}": path for path in paths}

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file of the design, by name."""
        files = self.files().items()
        return {f"design {self.name}/{name}": hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files}


DEFAULT = Design("default", None, "Chinese books by CLREQ: Song text, Hei headings")
"""The packaged templates and styles."""


@functools.cache
def designs() -> Mapping[str, tuple[Design, Entry]]:
    """Return all designs by name, with the packages they come from. Raises ToolError for a faulty plugin."""
    return load([Entry("dingben.book.designs:DEFAULT"), *plugin_entries(GROUP)])


def load(entries: Iterable[Entry]) -> dict[str, tuple[Design, Entry]]:
    """Import designs and check their definitions. Raises ToolError."""
    loaded: dict[str, tuple[Design, Entry]] = {}
    for entry in entries:
        design = load_object(entry, KIND)
        if not isinstance(design, Design):
            raise unusable(entry, KIND, "it is not a dingben.book.designs.Design")
        if not NAME.fullmatch(design.name):
            raise unusable(entry, KIND, f"{design.name!r} is not a name: lower-case letters, digits and hyphens")
        if design.name in loaded:
            raise unusable(entry, KIND, f"name {design.name!r} is taken by {loaded[design.name][1].reference}")
        if design.folder is not None and not design.files():
            raise unusable(entry, KIND, f"{design.folder} has neither {STYLE} nor {TEMPLATES}/")
        loaded[design.name] = design, entry
    return loaded
