"""State of ``source/``: which files were edited since the last ingest, and which are out of date.

A person's work is kept: a source file whose digest is no longer the one in the ledger has been
edited, and is not overwritten unless that is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from dingben.book import project
from dingben.book.resources import inside, is_file, packaged
from dingben.diagnostics import Diagnostic, Location
from dingben.errors import SourceError
from dingben.system.json import is_text_map, parse_json


def digest(content: bytes) -> str:
    """Return the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def find_edited(source: Path) -> list[Path]:
    """Return the files of ``source`` that were edited or added since the last ingest."""
    known = _known(source)
    out = [
        path
        for name, was in known.items()
        if is_file(path := inside(source.parent, source / name)) and digest(path.read_bytes()) != was
    ]
    written = [source / "book.toml", source / "contents.tsv", *sorted((source / "chapters").glob("*.md"))]
    strange = [path for path in written if path.is_file() and path.relative_to(source).as_posix() not in known]
    return out + [path for path in strange if not _is_specimen(source, path)]


def _known(source: Path) -> Mapping[str, str]:
    """Return the digest of each file that the last ingest wrote."""
    ledger = inside(source.parent, source / "ledger.jsonl")
    try:
        with ledger.open(encoding="utf-8") as stream:
            known = parse_json(next(stream, "{}")).get("sources", {})
        return known if is_text_map(known) else {}
    except (OSError, ValueError, AttributeError):
        return {}


def find_stale(source: Path, files: Container[str]) -> list[Path]:
    """Return chapters of the last ingest or of `dingben new` that are not among ``files``; never an editor's own."""
    known = _known(source)
    found = []
    for path in sorted((source / "chapters").glob("*.md")):
        name = path.relative_to(source).as_posix()
        if name not in files and (name in known or _is_specimen(source, path)):
            found.append(path)
    return found


def _is_specimen(source: Path, path: Path) -> bool:
    """Whether a file is unchanged since ``dingben new`` wrote it."""
    name = inside(source.parent, path).relative_to(source.parent).as_posix()
    specimen = next((name_ for name_, target in project.FILES.items() if target == name), None)
    return specimen is not None and path.read_bytes() == (packaged("templates") / "project" / specimen).read_bytes()


def refuse_to_overwrite(source: Path) -> None:
    """Raise SourceError if files were edited that an ingest would overwrite."""
    mine = find_edited(source)
    if mine:
        hint = "--force overwrites them (put your readings into emendations.toml to keep them)"
        raise SourceError.of(
            [Diagnostic("edited since the last ingest, or not written by it", hint, Location(path)) for path in mine]
        )


def encode_lines(lines: Iterable[str]) -> Iterator[bytes]:
    """Encode lines, some thousand at a time; bytes of a file name that are no UTF-8 are escaped."""
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) >= 4096:
            yield "".join(batch).encode("utf-8", "backslashreplace")
            batch.clear()
    yield "".join(batch).encode("utf-8", "backslashreplace")
