"""Pictures that the raw text names: the files beside it are copied to ``source/images``."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dingben.book.raw_text import RawText
from dingben.book.resources import inside
from dingben.errors import SourceError
from dingben.restore.inputs.inline_markup import IMG, PICTURE

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".tif", ".tiff"})
LARGEST = 50_000_000
"""Bytes of a picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file, and its name in ``source/``."""

    name: str
    content: bytes


def find(raw: RawText, source: Path) -> dict[str, Picture]:
    """Return the pictures whose files lie beside a raw file, or in ``source/images`` already, by their targets."""
    found: dict[str, Picture] = {}
    taken: set[str] = set()
    for file in raw.files:
        text = raw.text[file.start : file.start + file.characters]
        for pattern in (PICTURE, IMG):
            for match in pattern.finditer(text):
                target = match["target"].strip("<>")
                if target not in found and (picture := _read(file.path, source, target, taken)):
                    found[target] = picture
                    taken.add(picture.name)
    return found


def _read(raw_file: Path, source: Path, target: str, taken: set[str]) -> Picture | None:
    """Read the picture that ``target`` names, if it is a file below the folder of the raw file."""
    relative = PurePosixPath(urllib.parse.unquote(target))
    if relative.is_absolute() or ".." in relative.parts or relative.suffix.lower() not in SUFFIXES or ":" in target:
        return None
    for folder, path in (
        (raw_file.parent, raw_file.parent / relative),
        (source, source / "images" / relative.name),
    ):
        try:
            inside(folder, path)
            if path.is_file() and 0 < path.stat().st_size <= LARGEST:
                return Picture(f"images/{_free(_safe(relative.name), taken)}", path.read_bytes())
        except (OSError, SourceError, ValueError):
            continue
    return None


def _safe(name: str) -> str:
    """Return a name without signs that Markdown or a URL would read as something else."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-") or "picture"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while f"images/{free}" in taken:
        number += 1
        stem, _, suffix = name.rpartition(".")
        free = f"{stem}-{number}.{suffix}"
    return free
